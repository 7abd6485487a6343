"""A story goes on over midnight and over the hours that a clock on the wall skips or has twice."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import world as timeline
from world import World

from brinkwatch.signals.classifier import Classifier, Embedder

BUILDUP = "Ruritania moves tanks towards the border with Sylvania"
BUILDUP_AGAIN = "Ruritania moves more tanks towards its border with Sylvania, ministry says"
RISE = "Russia shelled Ukraine, nuclear forces ready: ultimatum to Sylvania as Ruritania moves tanks to the border"
# Half past eleven in Berlin. Midnight comes there and then in UTC, and within four hours the clocks of Berlin change.
EVENINGS = {
    "an_hour_is_skipped": datetime(2022, 3, 26, 22, 30, tzinfo=UTC),
    "an_hour_comes_twice": datetime(2022, 10, 29, 21, 30, tzinfo=UTC),
}


@pytest.fixture(params=EVENINGS.values(), ids=EVENINGS.keys())
def evening(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[datetime]:
    monkeypatch.setattr(timeline, "START", request.param)
    monkeypatch.setenv("TZ", "Europe/Berlin")
    time.tzset()
    yield request.param
    monkeypatch.undo()
    time.tzset()


async def test_a_story_that_crosses_midnight_and_a_daylight_saving_change(
    evening: datetime, tmp_path: Path, keywords: Classifier, embedder: Embedder
) -> None:
    async with World(tmp_path, keywords, embedder) as world:
        await world.seed()
        world.serve("wire", world.item(1, BUILDUP))
        await world.decided("waiting")
        (first,) = await world.between(timedelta(seconds=85), timedelta(seconds=95))
        told = world.now
        # Nothing is told again because a day ends, in Berlin or in UTC.
        await world.at(timedelta(hours=1, minutes=45).total_seconds())
        world.serve("gazette", world.item(2, BUILDUP_AGAIN))
        await world.decided("corroborated")
        await world.at(timedelta(hours=4).total_seconds())
        assert local(world.now).dst() != local(told).dst(), "the clocks have changed"
        served = world.now
        world.serve("wire", world.item(3, RISE))
        await world.decided("tier_up")
        await world.at(timedelta(hours=6).total_seconds())
        (message,) = world.seen
        assert message.ts == first.ts
        assert len(message.replies) == 2
        assert world.moment_of(message.replies[1]) - served <= timeline.INTERVAL + timedelta(seconds=5)
        assert world.count("first") == 1
        assert len({row.story for row in world.log() if row.story}) == 1


def local(moment: datetime) -> datetime:
    return moment.astimezone(ZoneInfo("Europe/Berlin"))
