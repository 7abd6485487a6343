"""What the operators' channel gets, on SQLite and on PostgreSQL: each trouble once, across restarts."""

from collections.abc import Sequence
from datetime import timedelta

import pytest
from structlog.testing import capture_logs

from brinkwatch.alerts.operators import refused_configuration
from brinkwatch.config.settings import FeedSettings, Operators, Settings
from brinkwatch.delivery.receiver import Attempt, Verdict
from brinkwatch.engine.notices import Notices
from brinkwatch.store import dead_letters, feeds, outbox
from brinkwatch.store.database import Database
from brinkwatch.store.outbox import State
from fakes.cards import NOW, put
from fakes.outboxes import Clock, Scripted, outbox_of

MINUTE = timedelta(minutes=1)
OPS = Settings(operators=Operators(channel="#ops"))
REVOKED = Attempt(Verdict.RETRY, error="token_revoked", retry_after=MINUTE)


class Mendable(Scripted):
    """Fails in the channels named; says what mends it."""

    def __init__(self, failing: Sequence[str], attempt: Attempt = REVOKED) -> None:
        super().__init__()
        self.failing = set(failing)
        self.attempt = attempt

    async def send(self, message):  # type: ignore[no-untyped-def]
        if message.channel in self.failing:
            return self.attempt
        return await super().send(message)

    def mend(self, error: str) -> str | None:
        return f"mend {error}"


class House:
    """A store, a receiver and a clock; minutes pass as in the daemon."""

    def __init__(self, database: Database, receiver: Scripted, settings: Settings = OPS) -> None:
        self.database, self.receiver, self.settings = database, receiver, settings
        self.clock = Clock(NOW - timedelta(hours=2))  # before the hour of the daily line
        self.restart()

    def restart(self) -> None:
        self.outbox = outbox_of(self.database, self.receiver, self.clock)
        self.notices = Notices(self.database, {"slack": self.receiver})

    async def minutes(self, number: int) -> None:
        for _ in range(number * 2):
            await self.outbox.drain()
            self.notices.tell(self.settings, self.clock())
            self.clock.advance(MINUTE / 2)

    def put(self, key: str, **values: object) -> None:
        put(self.database, key, next_attempt_at=self.clock(), **values)

    @property
    def told(self) -> list[str]:
        with self.database.begin() as connection:
            rows = [outbox.get(connection, n) for n in range(1, outbox_size(self.database) + 1)]
        return [row.text for row in rows if row.channel == "#ops"]


def outbox_size(database: Database) -> int:
    with database.begin() as connection:
        return sum(outbox.counts(connection).values())


async def test_a_lasting_trouble_is_told_once_with_what_mends_it(database: Database) -> None:
    house = House(database, Mendable(["#alerts"]))
    house.put("a")
    house.put("b", story="s2")
    await house.minutes(30)
    (line,) = house.told
    assert "#alerts" in line
    assert "token_revoked" in line
    assert "mend token_revoked" in line
    assert [message.text for message in house.receiver.sent] == [line]


async def test_what_passes_by_itself_is_not_told(database: Database) -> None:
    house = House(database, Mendable(["#alerts"]))
    house.put("a")
    await house.minutes(1)
    house.receiver.failing.clear()  # type: ignore[attr-defined]
    await house.minutes(10)
    assert house.told == []


async def test_a_restart_tells_nothing_again(database: Database) -> None:
    house = House(database, Mendable(["#alerts"]))
    house.put("a")
    await house.minutes(5)
    house.restart()
    await house.minutes(5)
    assert len(house.told) == 1


async def test_a_new_trouble_after_the_first_was_mended_is_told(database: Database) -> None:
    house = House(database, Mendable(["#alerts"]))
    house.put("a")
    await house.minutes(5)
    house.receiver.failing.clear()  # type: ignore[attr-defined]
    await house.minutes(5)
    house.receiver.failing.add("#alerts")  # type: ignore[attr-defined]
    house.put("b", story="s2")
    await house.minutes(5)
    assert [line.split(" by ")[0] for line in house.told] == [
        "Messages to #alerts have not gone out", "Messages to #alerts go out", "Messages to #alerts have not gone out",
    ]  # fmt: skip


async def test_when_it_is_over_that_is_told_once_across_restarts(database: Database) -> None:
    house = House(database, Mendable(["#alerts"]))
    for number in range(5):
        house.put(f"k{number}", story=f"s{number}")
    await house.minutes(5)
    house.restart()
    house.receiver.failing.clear()  # type: ignore[attr-defined]
    await house.minutes(2)
    house.restart()
    await house.minutes(5)
    begun, over = house.told
    assert "have not gone out" in begun
    assert over == (
        "Messages to #alerts go out by slack again; they did not from 2022-01-10 07:00 to 2022-01-10 07:05 UTC."
    )


async def test_a_channel_that_answers_nothing_is_in_trouble_once(database: Database) -> None:
    """Each attempt is unanswered, and each look-up says that nothing is there: no error stands in the row for long."""
    house = House(database, Mendable(["#alerts"], Attempt(Verdict.AMBIGUOUS, error="timeout")))
    house.put("a")
    await house.minutes(20)
    house.receiver.failing.clear()  # type: ignore[attr-defined]
    await house.minutes(5)
    assert [line.split(" by ")[0] for line in house.told] == [
        "Messages to #alerts have not gone out", "Messages to #alerts go out",
    ]  # fmt: skip


async def test_trouble_whose_messages_were_all_given_up_is_over_as_well(database: Database) -> None:
    house = House(database, Mendable(["#alerts"]))
    house.put("a")
    await house.minutes(5)
    house.receiver.attempt = Attempt(Verdict.REJECTED, error="msg_too_long")  # type: ignore[attr-defined]
    await house.minutes(5)
    assert [line.split(" by ")[0].split(" for ")[0] for line in house.told] == [
        "Messages to #alerts have not gone out", "No message to #alerts waits any more",
        "1 message to #alerts was given up",
    ]  # fmt: skip


async def test_what_is_tried_again_is_new_and_no_trouble_yet(database: Database) -> None:
    house = House(database, Mendable(["#alerts"], Attempt(Verdict.REJECTED, error="msg_too_long")))
    house.put("a")
    await house.minutes(5)
    house.receiver.attempt = REVOKED  # type: ignore[attr-defined]
    with database.begin() as connection:
        dead_letters.redrive(connection, None, house.clock())
    await house.minutes(1)
    assert len(house.told) == 1, "given up, once"
    await house.minutes(5)
    assert ["have not gone out" in line for line in house.told] == [False, True]


async def test_readers_are_told_what_came_too_late_for_them_once_their_channel_goes_again(database: Database) -> None:
    house = House(database, Mendable(["#alerts"]))
    for number in range(3):
        created = house.clock() + number * MINUTE
        house.put(f"k{number}", story=f"s{number}", created_at=created, expires_at=created + 10 * MINUTE)
    await house.minutes(30)
    house.put("new", story="new", created_at=house.clock())
    await house.minutes(30)
    assert [line.split(" by ")[0] for line in house.told][:1] == ["Messages to #alerts have not gone out"]
    house.receiver.failing.clear()  # type: ignore[attr-defined]
    await house.minutes(5)
    house.restart()
    await house.minutes(5)
    assert [line.split(" by ")[0] for line in house.told].count("3 messages to #alerts were given up") == 1
    lines = [message.text for message in house.receiver.sent if message.channel == "#alerts" and message.card is None]
    (line,) = lines
    assert line.startswith("3 alerts of 2022-01-10 07:00 to 2022-01-10 07:02 UTC could not be sent here in time")


async def test_each_channel_in_trouble_is_told(database: Database) -> None:
    house = House(database, Mendable(["#one", "#two"]))
    house.put("a", channel="#one")
    house.put("b", channel="#two")
    await house.minutes(5)
    assert sorted(line.split()[2] for line in house.told) == ["#one", "#two"]


async def test_trouble_of_the_operators_own_channel_makes_no_notice_of_itself(database: Database) -> None:
    house = House(database, Mendable(["#alerts", "#ops"]))
    house.put("a")
    await house.minutes(30)
    assert len(house.told) == 1
    house.receiver.failing.clear()  # type: ignore[attr-defined]
    await house.minutes(5)
    assert len(house.told) == 2, "begun, and over"
    assert len(house.receiver.sent) == 3


async def test_messages_that_fail_by_themselves_are_told_as_such(database: Database) -> None:
    house = House(database, Mendable(["#alerts"], Attempt(Verdict.RETRY, error="strange")))
    for number in range(4):
        house.put(f"k{number}", story=f"s{number}")
    await house.minutes(20)
    assert [line.split()[0] for line in house.told] == ["A"]


async def test_what_was_given_up_is_told_once_and_later_ones_again(database: Database) -> None:
    house = House(database, Mendable(["#alerts"], Attempt(Verdict.REJECTED, error="msg_too_long")))
    house.put("a")
    house.put("b", story="s2")
    await house.minutes(3)
    house.restart()
    await house.minutes(3)
    assert [line.split(" by ")[0] for line in house.told] == ["2 messages to #alerts were given up"]
    house.put("c", story="s3")
    await house.minutes(3)
    assert [line.split(" by ")[0] for line in house.told][1:] == ["1 message to #alerts was given up"]


async def test_without_a_channel_the_log_is_told_once_and_nobody_else(database: Database) -> None:
    house = House(database, Mendable(["#alerts"]), Settings())
    house.put("a")
    with capture_logs() as lines:
        await house.minutes(10)
    assert [line["log_level"] for line in lines if line["event"] == "operators are told"] == ["error"]
    assert outbox_size(database) == 1


async def test_the_daily_line_comes_once_a_day_from_eight_on(database: Database) -> None:
    feed = FeedSettings(id="wire", url="https://news.example/feed")
    house = House(database, Scripted(), OPS.model_copy(update={"feeds": (feed,)}))
    with database.begin() as connection:
        feeds.enrol(connection, {"wire": (feed.url, NOW), "no longer configured": (feed.url, NOW)})
        feeds.update(connection, "wire", health="failing")
    house.notices.tell(house.settings, NOW.replace(hour=7, minute=59))
    assert house.told == []
    for _ in range(2):
        house.notices.tell(house.settings, NOW.replace(hour=8))
        house.restart()
    assert len(house.told) == 1
    assert "0 feeds ok, 1 failing (wire)" in house.told[0]
    house.notices.tell(house.settings, NOW + timedelta(days=1))
    assert len(house.told) == 2


async def test_what_could_not_be_written_is_told_later(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    house = House(database, Mendable(["#alerts"], Attempt(Verdict.REJECTED, error="msg_too_long")))
    house.put("a")
    await house.outbox.drain()
    with monkeypatch.context() as broken:
        broken.setattr(outbox, "put", lambda *_, **__: (_ for _ in ()).throw(OSError("disk full")))
        with pytest.raises(OSError, match="disk full"):
            house.notices.tell(OPS, house.clock())
    house.notices.tell(OPS, house.clock())
    assert len(house.told) == 1
    with database.begin() as connection:
        assert [row.state for row in outbox.dead(connection)] == [State.DEAD]


async def test_a_refused_configuration_is_told_once_for_each_state_of_the_file(database: Database) -> None:
    house = House(database, Mendable([]))
    problems = "\n".join(f"brinkwatch.yaml:{line}: routes[0]: wrong" for line in range(1, 9))
    for mark in ("one", "one", "two"):
        house.restart()
        house.notices.say(OPS, f"configuration:{mark}", refused_configuration(problems), house.clock())
    await house.minutes(1)
    first, _ = [message.text for message in house.receiver.sent]
    assert "brinkwatch.yaml:5: routes[0]: wrong" in first
    assert "brinkwatch.yaml:6" not in first
    assert "3 more" in first


def stands(house: House, feed: str, health: str, error: str | None = None, *, lasting: bool = True) -> None:
    """A poll's word on a feed; `lasting`: it has been so for an hour."""
    told = {"health_told": health} if lasting else {}
    with house.database.begin() as connection:
        feeds.update(connection, feed, health=health, health_since=house.clock(), last_error=error, **told)


@pytest.fixture
def pressroom(database: Database) -> House:
    names = ("wire", "post", "gazette")
    settings = OPS.model_copy(
        update={"feeds": tuple(FeedSettings(id=name, url=f"https://{name}.example/") for name in names)}
    )
    house = House(database, Scripted(), settings)
    with database.begin() as connection:
        feeds.enrol(connection, {feed.id: (feed.url, NOW) for feed in settings.feeds})
    return house


async def test_feeds_that_fail_for_long_are_one_notice_and_once(pressroom: House) -> None:
    stands(pressroom, "wire", "failing", "no answer within 30 s")
    stands(pressroom, "post", "challenged")
    await pressroom.minutes(10)
    pressroom.restart()
    stands(pressroom, "gazette", "gone")
    await pressroom.minutes(10)
    assert len(pressroom.told) == 1
    assert "wire is failing since 2022-01-10" in pressroom.told[0]
    assert "(no answer within 30 s)" in pressroom.told[0]
    assert "post is challenged" in pressroom.told[0]
    await pressroom.minutes(20)
    assert [line.count(" is ") for line in pressroom.told] == [2, 1]
    assert "gazette is gone" in pressroom.told[1]


async def test_a_passing_failure_and_a_feed_that_was_never_ill_are_no_news(pressroom: House) -> None:
    stands(pressroom, "wire", "failing", lasting=False)
    stands(pressroom, "post", "ok")
    await pressroom.minutes(40)
    assert pressroom.told == []


async def test_that_a_feed_is_read_again_is_told_to_those_who_heard_that_it_was_not(pressroom: House) -> None:
    stands(pressroom, "wire", "failing")
    await pressroom.minutes(35)
    stands(pressroom, "wire", "ok")
    await pressroom.minutes(10)
    assert [("failing" in line, "read well again" in line) for line in pressroom.told] == [(True, False), (False, True)]
