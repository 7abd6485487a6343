"""The fast part of `benchmarks/reloads.py`: the daemon is reloaded under load, and nothing is missed or doubled."""

from pathlib import Path

from fakes.reloads import Reloads

TIMES = 10


async def test_reloads_under_load_miss_no_poll_and_lose_or_double_no_alert(tmp_path: Path) -> None:
    report = await Reloads(tmp_path).run(TIMES)
    assert report.missed == {}
    assert report.lost == []
    assert report.doubled == []
    assert report.reloads >= TIMES
    assert report.refused == 1
