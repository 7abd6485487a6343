"""Each stage, while it hangs, owes its piece: that is what keeps the watchdog from being fed. The real stages."""

import asyncio
import threading
from typing import Any

import pytest
from world import World

from brinkwatch.engine import pipeline
from brinkwatch.engine.supervise import STUCK_AFTER, Supervision
from fakes.manager import Listener
from fakes.slack import slow

TANKS = "Russia moves tanks to the border with Ukraine"


class Hold:
    """Stands in for a call, and lets it through when it is released."""

    def __init__(self, call: Any) -> None:
        self.call = call
        self.entered = threading.Event()
        self.release = threading.Event()

    def __call__(self, *arguments: Any, **named: Any) -> Any:
        self.entered.set()
        assert self.release.wait(30)
        return self.call(*arguments, **named)


def fed(world: World, later: float) -> bool:
    """Whether a tick so many seconds from now would feed the watchdog."""
    progress, listener = world.running.progress, Listener()
    ahead = type(progress)(lambda: progress._clock() + later)
    ahead._asked, ahead._pieces = progress._asked, progress._pieces
    Supervision(listener).ticked(ahead, world.settings)
    return "WATCHDOG=1" in listener.told


@pytest.mark.parametrize(
    ("stage", "owner", "name"), [("assess", "classifier", "assess"), ("relate", "module", "place")]
)
async def test_a_stage_that_hangs_in_its_thread_owes_its_piece(
    world: World, monkeypatch: pytest.MonkeyPatch, stage: str, owner: str, name: str
) -> None:
    target: Any = pipeline if owner == "module" else type(world.classifier)
    await world.seed()
    world.serve("wire", world.item(1, TANKS))
    hold = Hold(getattr(target, name))
    monkeypatch.setattr(target, name, lambda *arguments, **named: hold(*arguments, **named))
    under_way = asyncio.create_task(world.at(1200))
    assert await asyncio.to_thread(hold.entered.wait, 20)
    assert set(world.running.progress.owed_since()) == {stage}
    assert fed(world, 1)
    assert not fed(world, STUCK_AFTER.total_seconds() + 1)
    hold.release.set()
    await under_way
    assert world.running.progress.owed_since() == {}
    assert fed(world, 1e6), "a quiet hour is no hang"


async def test_a_poll_that_hangs_owes_its_piece(world: World) -> None:
    await world.seed()
    hang = asyncio.Event()
    fetch = world.running.poller.fetcher.fetch

    async def held(*arguments: Any, **named: Any) -> Any:
        await hang.wait()
        return await fetch(*arguments, **named)

    world.running.poller.fetcher.fetch = held  # type: ignore[method-assign]
    under_way = asyncio.create_task(world.at(1200))
    await asyncio.sleep(0.1)
    assert set(world.running.progress.owed_since()) == {"poll"}
    assert not fed(world, STUCK_AFTER.total_seconds() + world.settings.polling.timeout.total_seconds() + 1)
    hang.set()
    await under_way
    assert world.running.progress.owed_since() == {}


async def test_a_delivery_that_hangs_owes_its_piece(world: World) -> None:
    await world.seed()
    world.slack.script("chat.postMessage", slow(1.0))
    world.serve("wire", world.item(1, TANKS))
    under_way = asyncio.create_task(world.at(1200))
    for _ in range(400):
        await asyncio.sleep(0.01)
        if "deliver" in world.running.progress.owed_since():
            break
    assert set(world.running.progress.owed_since()) == {"deliver"}
    assert not fed(world, STUCK_AFTER.total_seconds() + 1)
    await under_way
    assert world.running.progress.owed_since() == {}
