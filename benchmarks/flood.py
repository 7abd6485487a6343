"""A flood: flagged items in ten minutes from many feeds, with the bundled model. Virtual time, real HTTP and store.

Usage: python benchmarks/flood.py [--items 2000] [--feeds 200] [--per-hour 20]

Prints how many messages each channel got in its fullest 60 minutes, how late the critical ones were, and whether every
item is accounted for; exits with 1 if a channel got more than its budget (what is critical goes to a channel of its
own, as it is never held back), if anything critical came later than a minute, or if an item is missing.
"""

import argparse
import asyncio
import random
import sys
import tempfile
import time
from collections import Counter
from datetime import datetime, timedelta
from itertools import combinations
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "scenario"))

from world import World

from brinkwatch.config.settings import Alerting, Classifier, Logging, Route, Settings
from brinkwatch.ops.logging import configure
from brinkwatch.signals.load import load_classifier, load_embedder
from brinkwatch.stories.story import Tier
from fakes.campaign import STATES

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
FORMS = (
    "{one} masses thousands of troops and armour on the border with {two}",
    "{one} moves tanks and artillery towards {two}, satellite images show",
    "{one} gives {two} 48 hours to pull back its forces or face attack",
    "{one} shells villages inside {two}, officials say",
    "{one} fires missiles at {two} capital, nuclear forces on high alert",
)
GRAVE = "China launches missile attack on Taiwan, killing dozens"


async def flood(items: int, feeds: int, per_hour: int) -> bool:
    made = random.Random(7)
    pairs = list(combinations(STATES, 2))
    names = [f"feed{number}" for number in range(feeds)]
    routes = (Route(channel="#grave", min_tier="critical"), Route(channel="#alerts", min_tier="watch"))
    alerting = Alerting.model_validate({"budget": {"per_hour": per_hour}})
    settings = Classifier()
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        world = World(
            Path(folder), load_classifier(settings), load_embedder(settings), feeds=names,
            channels=("alerts", "grave"), routes=routes, alerting=alerting, logging=Logging(level="error"),
        )  # fmt: skip
        async with world:
            await world.seed()
            for number in range(items):
                one, two = made.choice(pairs)
                title = made.choice(FORMS).format(one=one, two=two) if number % 400 != 200 else f"{GRAVE}: {number}"
                world.serve(names[number % feeds], world.item(number, title))
                if (number + 1) % max(items // 10, 1) == 0:
                    await world.later(MINUTE)
            await world.later(20 * MINUTE)
            return report(world, items, per_hour, time.monotonic() - began)


def report(world: World, items: int, per_hour: int, seconds: float) -> bool:
    log = world.log()
    decided = {row.guid for row in log if row.guid}
    print(f"items served {items}, decided on {len(decided)}, in {seconds:.0f} s of real time")
    print("decisions:", dict(Counter(f"{row.action} {row.reason}" for row in log).most_common()))
    fullest = {channel: _fullest(world.shown_at(channel)) for channel in ("alerts", "grave")}
    print(f"messages in the fullest 60 minutes: {fullest}; the budget is {per_hour}")
    posted = [row.at for row in log if row.action == "post" and row.tier is Tier.CRITICAL]
    arrived = sorted(world.shown_at("grave"))
    late = max((seen - at for seen, at in zip(arrived, sorted(posted), strict=False)), default=timedelta(0))
    print(f"critical stories {len(posted)}, the latest {late.total_seconds():.0f} s after its decision")
    return len(decided) == items and fullest["alerts"] <= per_hour and late <= MINUTE


def _fullest(moments: list[datetime]) -> int:
    return max((sum(at <= other < at + HOUR for other in moments) for at in moments), default=0)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--items", type=int, default=2000)
    parser.add_argument("--feeds", type=int, default=200)
    parser.add_argument("--per-hour", type=int, default=20)
    options = parser.parse_args()
    configure(Settings(logging=Logging(level="error")))
    sys.exit(0 if asyncio.run(flood(options.items, options.feeds, options.per_hour)) else 1)
