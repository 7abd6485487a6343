"""Reloads the daemon under load, and counts polls that were missed and alerts that people miss or see twice.

Usage: python benchmarks/reloads.py [--times 100] [--seed 0]

One process of `brinkwatch run` on loopback feeds that change; each reload changes thresholds, waits, names, the level
of the log and now and then the model; every fifth is found by the changed file alone, and before every tenth comes a
broken file. The same load without reloads goes before: a busy machine leaves feeds alone as well. Exits with 1 if more
feeds were left alone than there, or a message was lost or doubled.
"""

import argparse
import asyncio
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from fakes.reloads import Reloads, Report


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--times", type=int, default=100)
    parser.add_argument("--seed", type=int, default=0)
    wanted = parser.parse_args()
    without, report = (measure(wanted.times, wanted.seed, reload=reload) for reload in (False, True))
    print(f"without reloads: {without.line()}")
    print(f"with reloads:    {report.line()}")
    for name in ("missed", "lost", "doubled"):
        for one in getattr(report, name):
            print(f"{name}: {one}")
    return 1 if len(report.missed) > len(without.missed) or report.lost or report.doubled else 0


def measure(times: int, seed: int, *, reload: bool) -> Report:
    with tempfile.TemporaryDirectory(prefix="brinkwatch-reloads-") as folder:
        return asyncio.run(Reloads(Path(folder), seed, reload=reload).run(times))


if __name__ == "__main__":
    sys.exit(main())
