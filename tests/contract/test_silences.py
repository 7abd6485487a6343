"""Silences in either database, and what ending one wakes."""

from datetime import UTC, datetime, timedelta

from brinkwatch.alerts.decision import History
from brinkwatch.alerts.matching import Names
from brinkwatch.alerts.silences import Silenced, SilenceState, silenced_until
from brinkwatch.signals.catalogue import Signal
from brinkwatch.store import decisions, silences, stories
from brinkwatch.store.database import Database
from brinkwatch.stories.story import Member, Story, StoryState, Tier

NOW = datetime(2022, 1, 10, 9, tzinfo=UTC)
HOUR = timedelta(hours=1)
NAMES = Names(lambda _: frozenset(), lambda _: frozenset())


def story(**values: object) -> Story:
    member = Member(1, "Tanks move", "", None, NOW, NOW, "wire", "wire", "wire", {Signal.TROOP_BUILDUP: 0.9})
    return Story("s-1", NOW, NOW, StoryState.NEW, Tier.ELEVATED, (member,))


def add(database: Database, start: datetime, end: datetime, **words: object) -> int:
    with database.begin() as connection:
        return silences.add(
            connection, Silenced(**words), author="ana", comment="drill", starts_at=start, ends_at=end, now=NOW  # type: ignore[arg-type]
        )  # fmt: skip


def test_a_silence_is_kept_as_it_was_made_and_knows_how_it_stands(database: Database) -> None:
    number = add(database, NOW, NOW + HOUR, signals=("blockade",), actors=("Russia",), stories=("s-9",))
    with database.begin() as connection:
        (found,) = silences.listed(connection)
    assert (found.id, found.author, found.comment) == (number, "ana", "drill")
    assert found.matchers == Silenced(signals=(Signal.BLOCKADE,), actors=("Russia",), stories=("s-9",))
    states = [found.state(NOW + gap) for gap in (-HOUR, timedelta(0), HOUR)]
    assert states == [SilenceState.PENDING, SilenceState.ACTIVE, SilenceState.EXPIRED]


def test_only_what_has_begun_and_not_ended_is_active(database: Database) -> None:
    add(database, NOW - 2 * HOUR, NOW, tiers=("watch",))
    number = add(database, NOW, NOW + HOUR, tiers=("watch",))
    add(database, NOW + HOUR, NOW + 2 * HOUR, tiers=("watch",))
    with database.begin() as connection:
        assert [one.id for one in silences.active(connection, NOW)] == [number]


def test_ending_one_asks_again_about_what_it_held_and_ends_once(database: Database) -> None:
    number = add(database, NOW, NOW + 5 * HOUR, tiers=("watch",))
    with database.begin() as connection:
        for name, at in (("s-1", NOW + 5 * HOUR), ("s-2", NOW + 2 * HOUR)):
            stories.open_story(connection, stories.StoryRow(name, NOW, NOW, StoryState.NEW, Tier.WATCH))
            decisions.remember(connection, name, "#alerts", History(), check_at=at, cause=None)
        assert silences.expire(connection, number, NOW + HOUR)
        assert [row[0] for row in decisions.due_timers(connection, NOW + HOUR)] == ["s-1"]
        assert not silences.expire(connection, number, NOW + HOUR)
        assert not silences.expire(connection, 99, NOW + HOUR)
        assert silences.active(connection, NOW + HOUR) == []


def test_the_last_end_of_those_that_match_counts(database: Database) -> None:
    add(database, NOW, NOW + HOUR, signals=("troop_buildup",))
    add(database, NOW, NOW + 3 * HOUR, stories=("s-1",), routes=("#alerts",))
    add(database, NOW, NOW + 9 * HOUR, stories=("s-2",))
    add(database, NOW, NOW + 9 * HOUR, routes=("#other",))
    with database.begin() as connection:
        found = silences.active(connection, NOW)
    assert silenced_until(found, story(), ("desk", "#alerts"), NAMES, NOW) == NOW + 3 * HOUR
    assert silenced_until(found, story(), ("#quiet",), NAMES, NOW) == NOW + HOUR
