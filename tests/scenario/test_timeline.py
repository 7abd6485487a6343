"""What people see, and what they must never see, as time goes by."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from world import World

from brinkwatch.config.settings import Alerting, Route, Thresholds
from brinkwatch.signals.catalogue import Signal
from brinkwatch.signals.classifier import Classifier, Embedder
from fakes.slack import rate_limited, reset_after, reset_before, server_error

HOURS = timedelta(hours=1)
BUILDUP = "Ruritania moves tanks towards the border with Sylvania"
BUILDUP_AGAIN = "Ruritania moves more tanks towards its border with Sylvania, ministry says"
THREAT = "Ruritania sends ultimatum to Sylvania as tanks wait at the border"
EASING = "Ruritania and Sylvania agree truce, tanks leave the border"
FOOTBALL = "Rovers survive late siege to beat United in cup thriller"
GARDEN = "How to grow better tomatoes on a balcony this summer"


async def test_a_new_crisis_is_told_once_after_the_group_wait(world: World) -> None:
    await world.seed()
    world.serve("wire", world.item(1, BUILDUP, "Satellite pictures show tanks."))
    await world.poll_once()
    await world.poll_once()
    (message,) = world.seen
    assert BUILDUP in message.words
    assert "1 publisher, unverified" in message.words
    await world.at(3600)
    assert len(world.seen) == 1
    assert world.seen[0].replies == []


async def test_ordinary_news_is_never_told(world: World) -> None:
    await world.seed()
    world.serve("wire", world.item(1, FOOTBALL), world.item(2, GARDEN))
    await world.at(7200)
    assert world.seen == []
    assert set(world.reasons()) == {("none", "below_threshold")}


async def test_the_first_poll_only_seeds_and_is_told_as_one_line(world: World) -> None:
    world.serve("wire", world.item(1, BUILDUP), world.item(2, THREAT))
    await world.at(7200)
    assert world.seen == []
    assert world.outcomes()["seeded"] == 2
    (line,) = world.slack.people_see()
    assert line.text == "Passed over without an alert: 2 items from before the first poll of 1 feed."


async def test_a_first_install_with_feeds_full_of_old_crises_tells_only_what_comes_after(world: World) -> None:
    for feed in world.names:
        world.serve(feed, *(world.item(f"{feed}-{n}", f"{THREAT}, part {n}", age=n * HOURS) for n in range(20)))
    await world.at(3600)
    assert world.seen == []
    assert world.outcomes()["seeded"] == 20 * len(world.names)
    world.serve("wire", world.item("new", BUILDUP))
    await world.at(7200)
    (message,) = world.seen
    assert BUILDUP in message.words


async def test_three_days_offline_flood_nobody(world: World) -> None:
    await world.seed()
    await world.halt()
    for number in range(30):
        world.serve("wire", world.item(number, f"{BUILDUP}, day report {number}", age=timedelta(hours=2 * number)))
    world.now += timedelta(days=3)
    for number in range(30, 60):
        world.serve("wire", world.item(number, f"{THREAT}, report {number}", age=timedelta(hours=7 + number)))
    world.boot()
    await world.poll_once()
    await world.at((world.now - world.start).total_seconds() + 3600)
    assert world.seen == []
    assert world.outcomes()["stale"] == 60
    assert "60 items from 1 feed older than the alert age" in world.slack.people_see()[-1].text


async def test_a_second_publisher_replies_and_edits_the_first_message(world: World) -> None:
    await world.seed()
    world.serve("wire", world.item(1, BUILDUP))
    await world.at(1200)
    world.serve("gazette", world.item(2, BUILDUP_AGAIN))
    await world.at(4800)
    (message,) = world.seen
    assert len(message.replies) == 1
    assert "2 independent publishers" in message.words
    assert message.edits >= 1


async def test_two_feeds_of_one_family_are_one_publisher(
    tmp_path: Path, keywords: Classifier, embedder: Embedder
) -> None:
    async with World(tmp_path, keywords, embedder) as world:
        feeds = (world.feed("wire", family="house"), world.feed("gazette", family="house"))
        world.running.apply(world.build_settings(feeds=feeds))
        await world.seed()
        world.serve("wire", world.item(1, BUILDUP))
        await world.at(1200)
        world.serve("gazette", world.item(2, BUILDUP_AGAIN))
        await world.at(4800)
        (message,) = world.seen
        assert message.replies == []
        assert "1 publisher, unverified" in message.words


async def test_a_tier_rise_is_told_at_once_and_to_the_channel(world: World) -> None:
    await world.seed()
    world.serve("wire", world.item(1, BUILDUP))
    await world.at(1200)
    world.serve("wire", world.item(2, f"{THREAT}: Russia shelled Ukraine, nuclear forces ready; embargo follows"))
    await world.at(1800)
    replies = [reply for message in world.seen for reply in message.replies]
    assert ("reply", "tier_up") in world.reasons()
    assert any(reply.broadcast for reply in replies)


async def test_easing_is_told_in_the_thread(world: World) -> None:
    await world.seed()
    world.serve("wire", world.item(1, BUILDUP))
    await world.at(1200)
    world.serve("wire", world.item(2, EASING))
    await world.at(7200)
    (message,) = world.seen
    assert ("reply", "deescalated") in world.reasons()
    assert any("truce" in reply.words for reply in message.replies)


async def test_another_act_of_a_known_kind_is_told_in_the_thread_after_two_hours(world: World) -> None:
    await world.seed()
    world.serve("wire", world.item(1, BUILDUP))
    await world.at(1200)
    world.serve("wire", world.item(2, "Ruritania ferries amphibious tanks across the Sylvania border"))
    await world.at(4800)
    assert world.seen[0].replies == []
    await world.at(9000)
    world.serve("wire", world.item(3, "Ruritanian tanks encircle Sylvania border garrison"))
    await world.at(10800)
    (message,) = world.seen
    (reply,) = message.replies
    assert "encircle" in reply.words
    assert ("reply", "new_signal") in world.reasons()


async def test_an_edit_of_the_words_is_not_a_second_alert(world: World) -> None:
    await world.seed()
    first = world.item(1, BUILDUP)
    world.serve("wire", first)
    await world.at(1200)
    world.server.items["wire"] = [replace(first, title=BUILDUP + ", pictures show", published=world.now)]
    await world.at(4800)
    (message,) = world.seen
    assert message.replies == []
    assert world.outcomes()["pending"] == 2


async def test_a_bumped_date_is_not_news(world: World) -> None:
    await world.seed()
    first = world.item(1, BUILDUP)
    world.serve("wire", first)
    await world.at(1200)
    for _ in range(5):
        world.server.items["wire"] = [replace(first, published=world.now)]
        await world.poll_once()
    assert len(world.seen) == 1
    assert world.outcomes()["pending"] == 1


async def test_a_restart_tells_nothing_twice(world: World) -> None:
    await world.seed()
    world.serve("wire", world.item(1, BUILDUP))
    await world.at(1200)
    for _ in range(3):
        await world.restart()
        await world.poll_once()
    assert len(world.seen) == 1
    assert world.seen[0].replies == []


async def test_a_restart_during_the_group_wait_still_tells(world: World) -> None:
    await world.seed()
    world.serve("wire", world.item(1, BUILDUP))
    while ("none", "waiting") not in world.reasons():
        await world.at((world.now - world.start).total_seconds() + 10)
    assert world.seen == []
    await world.restart()
    await world.at((world.now - world.start).total_seconds() + 120)
    assert len(world.seen) == 1


@pytest.mark.parametrize("fault", [rate_limited(30), server_error(), reset_before(), reset_after()])
async def test_whatever_slack_does_the_alert_arrives_once(world: World, fault: object) -> None:
    await world.seed()
    world.slack.script("chat.postMessage", fault)  # type: ignore[arg-type]
    world.serve("wire", world.item(1, BUILDUP))
    await world.at(3600)
    assert len(world.seen) == 1


async def test_a_broken_feed_leaves_the_others_alone(world: World) -> None:
    world.server.broken["post"] = (500, b"oops")
    world.server.broken["gazette"] = (200, b"<!doctype html><title>Just a moment...</title><p>Checking your browser")
    await world.seed()
    world.serve("wire", world.item(1, BUILDUP))
    await world.at(1800)
    assert len(world.seen) == 1
    health = {state.id: state.health for state in world.feed_states()}
    assert health["wire"] == "ok"
    assert health["post"] == "failing"
    assert health["gazette"] in {"challenged", "failing"}


async def test_a_feed_comes_back_and_its_first_good_poll_seeds(world: World) -> None:
    world.server.broken["wire"] = (500, b"oops")
    await world.seed()
    world.serve("wire", world.item(1, THREAT))
    await world.at(1200)
    del world.server.broken["wire"]
    await world.at(5 * 3600)
    assert world.outcomes()["seeded"] == 1
    assert world.seen == []


async def test_a_threshold_changed_by_a_reload_changes_the_next_decision(world: World) -> None:
    await world.seed()
    world.running.apply(world.build_settings(thresholds=Thresholds(signals={Signal.TROOP_BUILDUP: 0.999})))
    world.serve("wire", world.item(1, BUILDUP))
    await world.at(1200)
    assert world.seen == []
    world.running.apply(world.build_settings())
    world.serve("wire", world.item(2, "Borduria parks tanks along the frontier of Syldavia"))
    await world.at(2400)
    assert len(world.seen) == 1


async def test_each_route_has_its_own_thresholds_and_tier(
    tmp_path: Path, keywords: Classifier, embedder: Embedder
) -> None:
    routes = (
        Route(channel="#alerts", min_tier="watch", thresholds=Thresholds(default=0.999), continue_=True),
        Route(channel="#alerts", name="all", min_tier="watch", signals=(Signal.TROOP_BUILDUP,)),
    )
    async with World(tmp_path, keywords, embedder, routes=routes) as world:
        await world.seed()
        world.serve("wire", world.item(1, BUILDUP))
        await world.at(1200)
        assert len(world.seen) == 1


async def test_a_muted_feed_alone_alerts_nobody(tmp_path: Path, keywords: Classifier, embedder: Embedder) -> None:
    async with World(tmp_path, keywords, embedder) as world:
        world.running.apply(world.build_settings(feeds=(world.feed("wire", muted=True), world.feed("post"))))
        await world.seed()
        world.serve("wire", world.item(1, BUILDUP))
        await world.at(1200)
        assert world.seen == []
        assert ("none", "muted_feed") in world.reasons()


async def test_other_languages_end_as_such_and_are_counted(world: World) -> None:
    await world.seed()
    world.serve(
        "wire",
        world.item(
            1,
            "Die Regierung in Berlin berät über den Haushalt für das kommende Jahr",
            "Nach langen Verhandlungen haben sich die Parteien am Dienstag auf einen Entwurf verständigt.",
        ),
    )
    await world.at(1200)
    assert world.outcomes()["unsupported_language"] == 1
    assert ("none", "unsupported_language") in world.reasons()


async def test_the_ledger_balances(world: World) -> None:
    world.serve("wire", world.item(1, BUILDUP), world.item(2, FOOTBALL), world.item(2, FOOTBALL))
    await world.seed()
    world.serve("gazette", world.item(3, THREAT), world.item(4, GARDEN), world.item(5, "", ""))
    await world.at(3600)
    found = world.outcomes()
    after = found.pop("assessed", 0) + found.pop("unsupported_language", 0)
    assert found["pending"] == after
    assert sum(found.values()) == world.server.entries_served


async def test_feed_text_cannot_act_in_slack(world: World) -> None:
    await world.seed()
    world.serve(
        "wire", world.item(1, f"<!channel> {BUILDUP} <@U00PERSON1> `x` *y*", "Tanks. <!here> https://evil.example")
    )
    await world.at(1200)
    assert len(world.seen) == 1
    assert world.slack.pings() == []


async def test_group_wait_can_be_nothing(tmp_path: Path, keywords: Classifier, embedder: Embedder) -> None:
    async with World(tmp_path, keywords, embedder, alerting=Alerting(group_wait=timedelta(0))) as world:
        await world.seed()
        world.serve("wire", world.item(1, BUILDUP))
        await world.at(1200)
        assert len(world.seen) == 1
        assert ("none", "waiting") not in world.reasons()
