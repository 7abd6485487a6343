"""Reloads the daemon under load, and counts polls that were missed and alerts that people miss or see twice.

Usage: python benchmarks/reloads.py [--times 100] [--seed 0]

One process of `brinkwatch run` on loopback feeds that change; each reload changes thresholds, waits, names, the level
of the log and now and then the model; every fifth is found by the changed file alone, and before every tenth comes a
broken file. Exits with 1 if a poll was missed or a message lost or doubled.
"""

import argparse
import asyncio
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from fakes.reloads import Reloads


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--times", type=int, default=100)
    parser.add_argument("--seed", type=int, default=0)
    wanted = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="brinkwatch-reloads-") as folder:
        report = asyncio.run(Reloads(Path(folder), wanted.seed).run(wanted.times, lambda line: print(line, flush=True)))
    print(report.line())
    for name in ("missed", "lost", "doubled"):
        for one in getattr(report, name):
            print(f"{name}: {one}")
    return 1 if report.missed or report.lost or report.doubled else 0


if __name__ == "__main__":
    sys.exit(main())
