"""The daemon's clockwork: a wall clock that is set back stops nothing."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

from brinkwatch.engine.daemon import Daemon

HOUR = timedelta(hours=1)


async def test_a_clock_that_is_set_back_does_not_hold_up_the_ticks() -> None:
    moved: list[timedelta] = []
    engine: Any = SimpleNamespace(clock_set_back=moved.append)
    daemon = Daemon(engine)

    async def tick() -> None: ...

    daemon.every(1.0, tick, "tick")
    daemon.scheduler.start()
    try:
        (job,) = daemon.scheduler.get_jobs()
        job.modify(next_run_time=datetime.now(UTC) + HOUR)
        daemon.clock_set_back(HOUR)
        assert job.next_run_time <= datetime.now(UTC)
    finally:
        daemon.scheduler.shutdown(wait=False)
    assert moved == [HOUR]
