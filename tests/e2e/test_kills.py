"""A fast part of `benchmarks/kills.py`: real processes, real SIGKILLs, real HTTP."""

from pathlib import Path

from fakes.campaign import Campaign


async def test_killed_25_times_on_the_way_people_miss_nothing_and_see_nothing_twice(tmp_path: Path) -> None:
    report = await Campaign(tmp_path, seed=1, crisis_every=5, life=0.8).run(25)
    assert report.kills.total() == 25
    assert report.dropped_answers > 0
    assert (report.lost, report.doubled, report.outdated) == ([], [], [])
