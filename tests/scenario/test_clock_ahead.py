"""A machine that booted years ahead, and was set right while the daemon did not run."""

from datetime import timedelta

from structlog.testing import capture_logs
from world import START, World

BUILDUP = "Ruritania moves tanks towards the border with Sylvania"
THREAT = "Ruritania sends ultimatum to Sylvania as tanks wait at the border"
YEARS = timedelta(days=4 * 365)


async def booted_ahead(world: World) -> None:
    """A first run by a clock that is ahead; then the clock is set right, and the daemon started again."""
    world.now = START + YEARS
    await world.halt()
    world.boot()
    for _ in range(20):
        world.now += timedelta(minutes=1)
        await world.running.cycle()
    assert world.server.visits["wire"] > 1
    await world.halt()
    world.now = START
    world.boot()


async def test_feeds_are_polled_and_alerts_go_out_as_if_nothing_had_been(world: World) -> None:
    await booted_ahead(world)
    visits = world.server.visits["wire"]
    await world.at(600)
    assert world.server.visits["wire"] > visits
    world.serve("wire", world.item(1, BUILDUP))
    await world.at(1800)
    assert len(world.seen) == 1


async def test_a_story_told_by_that_clock_is_gone_on_with_and_not_silenced_for_years(world: World) -> None:
    world.serve("wire", world.item(0, "Weather was fine today"))
    world.now = START + YEARS
    await world.halt()
    world.boot()
    for number in range(40):
        world.now += timedelta(minutes=1)
        if number == 10:
            world.serve("wire", world.item(1, BUILDUP))
        await world.running.cycle()
    assert len(world.seen) == 1
    await world.halt()
    world.now = START
    world.slack.clock = lambda: (world.now + 2 * YEARS).timestamp()  # Slack's own clock does not go back
    with capture_logs() as logs:
        world.boot()
    assert any(line["event"].startswith("the clock was ahead") for line in logs)
    await world.at(600)
    world.serve("gazette", world.item(2, THREAT))
    await world.at(3 * 3600)
    (message,) = world.seen
    assert len(message.replies) == 1


async def test_a_clock_that_was_right_has_nothing_mended(world: World) -> None:
    await world.seed()
    world.serve("wire", world.item(1, BUILDUP))
    await world.at(1200)
    await world.halt()
    with capture_logs() as logs:
        world.boot()
    assert not any(line["event"].startswith("the clock was ahead") for line in logs)
