"""What the field got wrong, each by its name: a day of the whole daemon in which it must not happen again."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from world import INTERVAL, World

from brinkwatch.app import renew
from brinkwatch.config.load import load
from brinkwatch.engine.reload import Reloader
from brinkwatch.signals.classifier import Classifier, Embedder
from fakes.manager import Listener
from fakes.slack import rate_limited, reset_after, reset_before

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
BUILDUP = "Ruritania moves tanks towards the border with Sylvania"
AGAIN = "Ruritania moves more tanks towards its border with Sylvania, ministry says"
THREAT = "Ruritania sends ultimatum to Sylvania as tanks wait at the border"
GRAVE = "Russia shelled Ukraine, nuclear forces ready as tanks mass and ultimatum runs out; embargo follows"
CHALLENGE = b"<!doctype html><title>Just a moment...</title><p>Checking your browser before you enter"
NO_SIGNAL = (
    ("De-escalation room opens at city hospital for distressed patients", "Staff were trained in calm words."),
    ("League-sanctioned marathon draws 20,000 runners", "The race was sanctioned by the athletics federation."),
    ("Council votes on sanctioned parking near the stadium", "Residents had asked for it."),
    ("Missile of a shot settles the derby", "It was an explosive attack from the wings."),
)


@pytest.fixture
async def real(tmp_path: Path, bundled: Classifier, embedder: Embedder) -> AsyncIterator[World]:
    """A world that the bundled model reads."""
    async with World(tmp_path, bundled, embedder) as world:
        yield world


async def test_substring_keywords_firing_on_de_escalation_or_sanctioned(real: World) -> None:
    await real.seed()
    real.serve("wire", *(real.item(number, *each) for number, each in enumerate(NO_SIGNAL)))
    await real.later(HOUR)
    assert real.seen == []
    assert real.reasons() == [("none", "below_threshold")] * len(NO_SIGNAL)


async def test_anniversaries_and_analysis_sent_as_critical(world: World) -> None:
    await world.seed()
    world.serve("wire", world.item(1, f"Ten years on: {GRAVE}"), world.item(2, f"Analysis: {GRAVE}"))
    await world.nothing_for(HOUR)
    assert set(world.reasons()) == {("none", "not_news")}


async def test_one_publisher_s_five_feeds_counted_as_five_confirmations(
    tmp_path: Path, keywords: Classifier, embedder: Embedder
) -> None:
    names = tuple(f"house{number}" for number in range(5))
    async with World(tmp_path, keywords, embedder, feeds=names) as world:
        world.running.apply(world.build_settings(feeds=tuple(world.feed(name, family="house") for name in names)))
        await world.seed()
        for name in names:
            world.serve(name, world.item(name, BUILDUP))
        await world.later(3 * HOUR)
        (message,) = world.seen
        assert message.replies == []
        assert "1 publisher, unverified" in message.words


async def test_an_edit_or_a_bumped_date_alerting_again(world: World) -> None:
    await world.seed()
    first = world.item(1, BUILDUP)
    world.serve("wire", first)
    await world.decided("first")
    for number in range(4):
        world.server.items["wire"] = [replace(first, title=f"{BUILDUP}, picture {number}", published=world.now)]
        await world.nothing_for(INTERVAL)
    assert len(world.arrived()) == 1


async def test_a_restart_alerting_again(world: World) -> None:
    await world.seed()
    world.serve("wire", world.item(1, BUILDUP))
    await world.decided("first")
    for _ in range(3):
        await world.restart()
        await world.nothing_for(INTERVAL)


async def test_a_tier_rise_swallowed_by_a_deduplication_key_without_the_tier(world: World) -> None:
    await world.seed()
    first = world.item(1, "Russia moves tanks towards the border with Ukraine")
    world.serve("wire", first)
    await world.decided("first")
    # The same item, under the same address: only its tier tells that this is another matter.
    world.server.items["wire"] = [replace(first, title=GRAVE)]
    await world.decided("tier_up")
    (message,) = world.seen
    assert [reply.broadcast for reply in message.replies] == [True]
    assert "raised from elevated to critical" in message.replies[0].words


async def test_a_304_that_heals_a_broken_feed(world: World) -> None:
    await world.seed()
    await world.poll_once()
    world.server.broken["wire"] = (200, CHALLENGE)
    await world.poll_once()
    asked = len(world.server.answers)
    del world.server.broken["wire"]
    await world.later(HOUR)
    answers = [status for name, status in world.server.answers[asked:] if name == "wire"]
    # The document is asked for whole, not by the validators of the time before.
    assert answers[0] == 200
    assert {state.id: state.health for state in world.feed_states()}["wire"] == "ok"


async def test_a_feed_switched_off_for_ever_after_three_failures(world: World) -> None:
    await world.seed()
    world.server.broken["wire"] = (500, b"oops")
    await world.later(3 * HOUR)
    failed = sum(name == "wire" and status == 500 for name, status in world.server.answers)
    assert failed > 3
    del world.server.broken["wire"]
    world.serve("wire", world.item(1, BUILDUP, age=-13 * HOUR))
    await world.later(13 * HOUR)
    assert {state.id: state.health for state in world.feed_states()}["wire"] in {"ok", "quiet"}
    assert len(world.seen) == 1


async def test_a_200_with_an_html_challenge_stored_as_an_empty_feed(world: World) -> None:
    world.server.broken["wire"] = (200, CHALLENGE)
    await world.seed()
    world.serve("wire", world.item(1, BUILDUP))
    del world.server.broken["wire"]
    await world.later(3 * HOUR)
    # It was never read, so its first good poll seeds: what was there before is no news.
    assert world.seen == []
    assert world.outcomes()["seeded"] == 1


async def test_an_alert_marked_sent_before_slack_answered(world: World) -> None:
    await world.seed()
    world.slack.script("chat.postMessage", reset_before())
    world.serve("wire", world.item(1, BUILDUP))
    await world.decided("first")
    await world.restart()
    await world.later(10 * MINUTE)
    assert len(world.arrived()) == 1


@pytest.mark.parametrize("fault", [rate_limited(120), reset_after()])
async def test_a_429_dropped_or_an_unanswered_message_doubled(world: World, fault: object) -> None:
    await world.seed()
    world.slack.script("chat.postMessage", fault)  # type: ignore[arg-type]
    world.serve("wire", world.item(1, BUILDUP))
    await world.decided("first")
    await world.later(10 * MINUTE)
    assert len(world.arrived()) == 1


async def test_fourteen_messages_in_twenty_two_minutes(world: World) -> None:
    await world.seed()
    for number in range(14):
        world.serve(("wire", "gazette", "post")[number % 3], world.item(number, f"{AGAIN}, update {number}"))
        await world.later(94 * timedelta(seconds=1))
    (message,) = world.seen
    assert len(message.replies) <= 1
    assert {row.action for row in world.log() if row.reason in {"duplicate", "cooldown"}} == {"none"}


async def test_a_bad_configuration_file_that_stops_the_daemon(world: World, tmp_path: Path) -> None:
    await world.seed()
    path = tmp_path / "brinkwatch.yaml"
    path.write_text("routes:\n  - channel: '#alerts'\n    routes:\n      - min_tier: urgent\n")
    before = world.running.settings
    daemon: Any = SimpleNamespace(
        engine=world.running, apply=world.running.apply, started=asyncio.Event(), notifier=Listener()
    )
    daemon.started.set()
    reloading = Reloader(daemon, path, partial(load, path), partial(renew, {}))
    reloading.ask()
    assert reloading._work is not None
    await reloading._work
    assert reloading.counts.refused == 1
    assert world.running.settings is before
    world.serve("wire", world.item(1, BUILDUP))
    await world.decided("first")
