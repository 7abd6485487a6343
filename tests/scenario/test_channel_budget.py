"""Budgets: what a channel is told in an hour, what becomes of the rest, and a flood."""

import hashlib
import random
from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from world import SILENT_POLLS, World

from brinkwatch.config.settings import Alerting, Route
from brinkwatch.items.item import ItemText
from brinkwatch.signals.classifier import Classifier, Embedder
from brinkwatch.stories.story import Tier

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
PAIRS = (
    ("Peru", "Ecuador"), ("Morocco", "Algeria"), ("Thailand", "Cambodia"), ("Kenya", "Somalia"), ("Eritrea", "Sudan"),
)  # fmt: skip
GRAVE = "Russia shelled Ukraine, nuclear forces ready as tanks mass and ultimatum runs out; embargo follows"


class Scattered:
    """An embedder for floods: each text has a direction of its own, alike only to the same words."""

    def embed(self, texts: Sequence[ItemText]) -> NDArray[np.float32]:
        rows = []
        for text in texts:
            seed = int.from_bytes(hashlib.sha256(text.title.split(":")[0].encode()).digest()[:8], "big")
            row = np.random.default_rng(seed).normal(size=64)
            rows.append(row / np.linalg.norm(row))
        return np.asarray(rows, np.float32)


def budget(per_hour: int, **channels: int) -> Alerting:
    named = {f"#{channel}": number for channel, number in channels.items()}
    return Alerting.model_validate({"budget": {"per_hour": per_hour, "channels": named}})


async def crises(world: World) -> None:
    """Five stories at once."""
    await world.seed()
    for number, (one, other) in enumerate(PAIRS):
        world.serve("wire", world.item(number, f"{one} moves tanks towards the border with {other}"))


async def test_what_is_over_the_budget_becomes_one_line_with_its_count(
    tmp_path: Path, keywords: Classifier, embedder: Embedder
) -> None:
    async with World(tmp_path, keywords, embedder, alerting=budget(3)) as world:
        await crises(world)
        await world.decided("budget")
        first = world.now
        await world.later(30 * MINUTE)
        posts = [message for message in world.arrived() if not message.text.startswith("Held back")]
        (line,) = [message for message in world.arrived() if message.text.startswith("Held back")]
        assert len(posts) == 2
        assert line.text.startswith(
            "Held back, as this channel's 3 messages an hour are spent: 3 stories (3 elevated): "
        )
        assert world.count("budget") == 3 + 1  # three stories, and the line
        assert {at - first < HOUR for at in world.next_times("budget") if at} == {True}
        await world.nothing_for(4 * HOUR)


async def test_what_was_held_back_is_told_when_it_goes_on_and_there_is_room(
    tmp_path: Path, keywords: Classifier, embedder: Embedder
) -> None:
    async with World(tmp_path, keywords, embedder, alerting=budget(3)) as world:
        await crises(world)
        await world.later(90 * MINUTE)
        assert len(world.arrived()) == 3
        for number, (one, other) in enumerate(PAIRS):
            world.serve("post", world.item(f"more-{number}", f"{one} moves more tanks to its border with {other}"))
        await world.later(10 * MINUTE)
        assert len(world.alerts()) == 4


async def test_critical_is_told_whatever_the_budget_says_and_counts(
    tmp_path: Path, keywords: Classifier, embedder: Embedder
) -> None:
    async with World(tmp_path, keywords, embedder, alerting=budget(2)) as world:
        await crises(world)
        await world.decided("budget")
        world.serve("post", world.item("grave", GRAVE))
        await world.decided("first")
        await world.later(10 * timedelta(seconds=1))
        assert any("Critical" in message.words for message in world.arrived())


async def test_each_channel_has_a_budget_of_its_own(tmp_path: Path, keywords: Classifier, embedder: Embedder) -> None:
    routes = (Route(channel="#alerts", continue_=True), Route(channel="#quiet"))
    async with World(
        tmp_path, keywords, embedder, channels=("alerts", "quiet"), routes=routes, alerting=budget(20, quiet=2)
    ) as world:
        await crises(world)
        await world.later(30 * MINUTE)
        assert len(world.slack.people_see("alerts")) == 5
        _told, line = world.slack.people_see("quiet")
        assert "4 stories" in line.text


async def test_a_flood_fills_no_channel_delays_nothing_critical_and_loses_no_item(
    tmp_path: Path, keywords: Classifier
) -> None:
    """2,000 flagged items in ten minutes from 200 feeds."""
    names = [f"feed{number}" for number in range(200)]
    made = random.Random(7)
    routes = (Route(channel="#grave", min_tier="critical", continue_=True), Route(channel="#alerts", min_tier="watch"))
    seldom = SILENT_POLLS.model_copy(update={"interval": 10 * MINUTE})
    async with World(
        tmp_path, keywords, Scattered(), feeds=names, channels=("alerts", "grave"), routes=routes,
        alerting=budget(10), polling=seldom,
    ) as world:  # fmt: skip
        await world.seed()
        number = 0
        for _ in range(10):
            for name in names:
                development = made.randrange(300)
                title = f"Ministers of {_words(development)} said that tanks were at the frontier: report {number}"
                if number in {400, 1100, 1700}:
                    title = f"{GRAVE}: report {number}"
                world.serve(name, world.item(number, title))
                number += 1
            await world.later(MINUTE)
        await world.later(15 * MINUTE)
        for channel in ("alerts", "grave"):
            moments = sorted(world.shown_at(channel))
            assert moments
            assert max(sum(at <= other < at + HOUR for other in moments) for at in moments) <= 10
        outcomes = world.outcomes()
        assert (number, outcomes["pending"], outcomes["assessed"]) == (2000, 2000, 2000)
        log = world.log()
        decided = {row.guid for row in log if row.guid}
        assert len(decided) == 2000
        reasons = Counter(row.reason for row in log)
        held = {row.story for row in log if row.reason == "budget" and row.story}
        told = {row.story for row in log if row.action == "post"}
        assert held - told
        assert reasons["budget"] > 0
        critical = [row for row in log if row.tier is Tier.CRITICAL and row.channel == "#grave"]
        assert [row.reason for row in critical if row.action == "post"] == ["first"]
        (seen,) = [message for message in world.slack.people_see("grave") if "Critical" in message.words]
        assert world.moment_of(seen) - critical[0].at <= MINUTE


def _words(number: int) -> str:
    """Three made-up names for a development, unlike those of any other."""
    letters = "bdfgklmnprstvz"
    digits = [number % 14, number // 14 % 14, number // 196 % 14]
    return " ".join(
        f"{letters[d].upper()}{'aeiou'[(d + i) % 5]}{letters[(d * 3 + i) % 14]}oria" for i, d in enumerate(digits)
    )
