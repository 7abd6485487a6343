"""Each reason to tell and not to tell, over the whole daemon: what people see, when, and when nothing may come."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest
from world import World

from brinkwatch.config.settings import Alerting, Route, Stories
from brinkwatch.signals.classifier import Classifier, Embedder
from fakes.feeds import Item

SECOND, MINUTE, HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)
WAIT = 90 * SECOND
BUILDUP = "Ruritania moves tanks towards the border with Sylvania"
AGAIN = "Ruritania moves more tanks towards its border with Sylvania, ministry says"
THREAT = "Ruritania sends ultimatum to Sylvania as tanks wait at the border"
GRAVE = "Russia shelled Ukraine, nuclear forces ready as tanks mass and ultimatum runs out; embargo follows"
CALM = "Ruritania says that nothing at all has left its barracks near Sylvania this week"

Make = Callable[..., AbstractAsyncContextManager[World]]


@pytest.fixture
def make(tmp_path: Path, keywords: Classifier, embedder: Embedder) -> Make:
    """Makes a world with other settings."""
    return partial(World, tmp_path, keywords, embedder)


async def tell(world: World, title: str = BUILDUP) -> Item:
    """A story is told; returns the item that it opened with."""
    await world.seed()
    item = world.item(1, title)
    world.serve("wire", item)
    await world.decided("first")
    return item


async def edit(world: World, item: Item, title: str) -> None:
    world.server.items["wire"] = [replace(item, title=title)]
    await world.later(5 * MINUTE)


# -- reasons to tell


async def test_first_comes_when_the_group_wait_is_over_and_not_before(world: World) -> None:
    await world.seed()
    world.serve("wire", world.item(1, BUILDUP))
    await world.decided("waiting")
    (message,) = await world.between(WAIT - 5 * SECOND, WAIT + SECOND)
    assert BUILDUP in message.words
    await world.nothing_for(2 * HOUR)


async def test_new_actor_is_told_once_when_a_nuclear_power_comes_in(world: World) -> None:
    await tell(world)
    world.serve("wire", world.item(2, "Ruritania moves more tanks towards its border with Sylvania as Russia joins"))
    await world.decided("cooldown")
    (reply,) = await world.between(timedelta(0), 2 * HOUR)
    assert "now also names RU" in reply.words
    world.serve("wire", world.item(3, "Ruritania moves still more tanks to its border with Sylvania with Russia"))
    await world.nothing_for(3 * HOUR)


async def test_corrected_when_an_edit_takes_back_what_was_told(world: World) -> None:
    item = await tell(world)
    await edit(world, item, CALM)
    (message,) = world.seen
    (reply,) = message.replies
    assert "no longer reported: troop build-up" in reply.words
    assert reply.broadcast
    assert message.edits
    assert world.reasons()[-1] == ("reply", "corrected")
    await world.nothing_for(3 * HOUR)


async def test_corrected_when_the_publisher_says_so_in_an_item_of_its_own(world: World) -> None:
    await tell(world)
    world.serve("wire", world.item(2, f"CORRECTION: {BUILDUP}"))
    await world.decided("corrected")
    (message,) = world.seen
    assert [reply.broadcast for reply in message.replies] == [True]
    await world.nothing_for(3 * HOUR)


async def test_an_edit_that_takes_back_a_part_corrects_the_message_and_calls_nobody(world: World) -> None:
    item = await tell(world, THREAT)
    await edit(world, item, "Ruritania sends stern letter to Sylvania as tanks wait at the border")
    (message,) = world.seen
    assert message.replies == []
    assert "Military threat" not in message.words
    assert world.reasons()[-1] == ("update", "corrected")


async def test_a_live_page_that_moves_on_but_still_reports_it_corrects_nothing(world: World) -> None:
    item = await tell(world)
    await edit(world, item, "Ruritania live: tanks seen at dawn on the road to Sylvania")
    assert world.count("corrected") == 0


async def test_reopened_when_a_closed_story_is_reported_again(make: Make) -> None:
    alerting = Alerting(state_notices=("closed",))
    closing = Stories(window=HOUR, cooling_after=HOUR / 2)
    async with make(alerting=alerting, stories=closing) as world:
        await tell(world)
        await world.decided_within("closed", 2 * HOUR)
        # It is within its grace: found again, by the longer window.
        world.running.apply(world.build_settings(alerting=alerting, stories=Stories()))
        world.serve("wire", world.item(2, AGAIN))
        await world.decided_within("reopened", HOUR)
        reply = world.seen[0].replies[-1]
        assert "reported again" in reply.words
        assert reply.broadcast


async def test_repeat_recalls_a_story_that_goes_on_and_stops_when_it_cools(make: Make) -> None:
    async with make(alerting=Alerting(repeat_interval=4 * HOUR)) as world:
        await tell(world)
        (first,) = await world.between(4 * HOUR - 8 * SECOND, 4 * HOUR + SECOND)
        assert "still going on" in first.words
        assert first.broadcast
        await world.between(4 * HOUR - 8 * SECOND, 4 * HOUR + SECOND)
        await world.nothing_for(24 * HOUR)
        assert world.count("repeat") == 2


async def test_nothing_repeats_by_default(world: World) -> None:
    await tell(world)
    await world.nothing_for(48 * HOUR)


async def test_cooling_and_closed_are_said_once_each_in_the_thread_alone(make: Make) -> None:
    alerting = Alerting(state_notices=("cooling", "closed"))
    async with make(alerting=alerting, stories=Stories(window=2 * HOUR, cooling_after=HOUR)) as world:
        await tell(world)
        replies = await world.between(50 * MINUTE, 6 * HOUR)
        assert [reply.broadcast for reply in replies] == [False, False]
        assert ["cooling" in replies[0].words, "closed" in replies[1].words] == [True, True]
        assert "closed story" in world.seen[0].words


# -- reasons not to tell


async def test_cooldown_holds_news_until_the_interval_is_over(world: World) -> None:
    await tell(world, "Russia moves tanks towards the border with Ukraine")
    told = world.now
    world.serve("wire", world.item(2, "Russia sends ultimatum to Ukraine as tanks wait at the border"))
    await world.decided("cooldown")
    (free_at,) = world.next_times("cooldown")
    assert free_at is not None
    assert timedelta(0) <= told + 30 * MINUTE - free_at <= 5 * SECOND
    left = free_at - world.now
    (reply,) = await world.between(left, left + 2 * SECOND)
    assert "new: military threat" in reply.words


async def test_silenced_holds_back_what_matches_and_tells_it_at_the_end(world: World) -> None:
    await world.seed()
    world.silence(2 * HOUR, signals=("troop_buildup",))
    ends = world.now + 2 * HOUR
    world.serve("wire", world.item(1, BUILDUP))
    await world.decided("silenced")
    assert world.next_times("silenced") == [ends]
    left = ends - world.now
    (message,) = await world.between(left, left + 2 * SECOND)
    assert BUILDUP in message.words


async def test_a_silence_leaves_alone_what_it_does_not_match(world: World) -> None:
    await world.seed()
    world.silence(2 * HOUR, signals=("blockade",))
    world.silence(2 * HOUR, start=HOUR, signals=("troop_buildup",))  # not yet begun
    world.serve("wire", world.item(1, BUILDUP))
    await world.decided("first")
    assert world.count("silenced") == 0


async def test_a_silence_that_is_ended_lets_its_stories_go_at_once_and_no_restart_is_needed(world: World) -> None:
    await world.seed()
    number = world.silence(5 * HOUR, actors=("Ruritania",))
    world.serve("wire", world.item(1, BUILDUP))
    await world.decided("silenced")
    await world.nothing_for(HOUR)
    world.end_silence(number)
    assert len(await world.between(timedelta(0), 5 * SECOND)) == 1


async def test_what_is_no_news_any_more_when_a_silence_ends_is_never_told(world: World) -> None:
    await world.seed()
    world.silence(7 * HOUR, tiers=("watch", "elevated", "critical"))
    world.serve("wire", world.item(1, BUILDUP))
    await world.decided("silenced")
    await world.nothing_for(12 * HOUR)
    assert world.reasons()[-1] == ("none", "stale")


async def test_news_of_a_told_story_waits_for_the_end_of_a_silence(world: World) -> None:
    await tell(world)
    await world.later(3 * HOUR)
    world.silence(2 * HOUR, feeds=("wire",))
    world.serve("wire", world.item(2, THREAT))
    await world.decided("silenced")
    await world.nothing_for(HOUR)
    (reply,) = await world.between(50 * MINUTE, HOUR)
    assert "military threat" in reply.words


async def test_seeded_items_have_a_decision_each(world: World) -> None:
    world.serve("wire", world.item(1, BUILDUP), world.item(2, THREAT))
    await world.seed()
    assert world.reasons() == [("none", "seeded")] * 2


async def test_stale_items_have_a_decision_each(world: World) -> None:
    await world.seed()
    world.serve("wire", world.item(1, BUILDUP, age=7 * HOUR))
    await world.decided("stale")
    assert world.reasons() == [("none", "stale")]


async def test_not_news_alerts_nobody_until_somebody_reports_it(world: World) -> None:
    await world.seed()
    world.serve("wire", world.item(1, f"Opinion | {BUILDUP}"))
    await world.decided("not_news")
    await world.nothing_for(HOUR)
    world.serve("gazette", world.item(2, AGAIN))
    await world.decided("first")
    (message,) = world.seen
    assert AGAIN in message.words
    assert "1 publisher, unverified" in message.words


async def test_anniversaries_and_analysis_are_never_critical(world: World) -> None:
    await world.seed()
    world.serve("wire", world.item(1, f"Ten years on: {GRAVE}"))
    world.serve("gazette", world.item(2, f"Analysis: {GRAVE}"))
    await world.later(HOUR)
    assert world.seen == []
    assert set(world.reasons()) == {("none", "not_news")}


async def test_a_comment_neither_confirms_nor_raises_what_is_reported(world: World) -> None:
    await tell(world)
    world.serve("gazette", world.item(2, f"Opinion | {THREAT}"))
    await world.nothing_for(3 * HOUR)
    assert world.reasons()[-1] == ("none", "duplicate")


async def test_a_muted_feed_adds_no_news_of_its_own_to_a_told_story(make: Make) -> None:
    async with make() as world:
        world.running.apply(world.build_settings(feeds=(world.feed("wire"), world.feed("post", muted=True))))
        await tell(world)
        await world.later(3 * HOUR)
        world.serve("post", world.item(2, THREAT))
        await world.decided("muted_feed")
        await world.nothing_for(3 * HOUR)
        world.serve("wire", world.item(3, f"{THREAT}, reports say"))
        await world.decided("new_signal")


async def test_below_threshold_and_no_route_name_who_did_not_want_it(make: Make) -> None:
    routes = (Route(channel="#alerts", min_tier="critical", signals=("troop_buildup",)),)
    async with make(routes=routes) as world:
        await world.seed()
        world.serve("wire", world.item(1, BUILDUP))
        await world.decided("below_threshold")
        world.serve("wire", world.item(2, "Borduria and Syldavia agree truce after long parley"))
        await world.decided("no_route")
        await world.nothing_for(HOUR)


# -- routes


async def test_a_child_route_that_takes_over_answers_in_the_thread_and_posts_no_second_message(make: Make) -> None:
    grave = {"name": "grave", "min_tier": "critical", "mentions": ["<!here>"]}
    route = Route.model_validate({"channel": "#alerts", "min_tier": "watch", "routes": [grave]})
    async with make(routes=(route,)) as world:
        await tell(world, "Russia moves tanks towards the border with Ukraine")
        world.serve("wire", world.item(2, GRAVE))
        await world.decided("tier_up")
        (message,) = world.seen
        assert len(message.replies) == 1
        assert world.slack.pings() == ["!here"]


async def test_a_child_with_continue_and_its_sister_both_tell_and_the_parent_does_not(make: Make) -> None:
    tree = {
        "channel": "#alerts", "min_tier": "watch",
        "routes": [
            {"channel": "#tanks", "signals": ["troop_buildup"], "continue": True},
            {"channel": "#wire", "feeds": ["wire"]},
        ],
    }  # fmt: skip
    async with make(channels=("alerts", "tanks", "wire"), routes=(Route.model_validate(tree),)) as world:
        await tell(world)
        seen = {channel: len(world.slack.people_see(channel)) for channel in ("alerts", "tanks", "wire")}
        assert seen == {"alerts": 0, "tanks": 1, "wire": 1}
