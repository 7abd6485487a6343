"""Kills the daemon at random points of the way from feed to Slack, and counts what people miss or see twice.

Usage: python benchmarks/kills.py [--runs 500] [--seed 0] [--postgres]

A run is one process of `brinkwatch run`, ended by SIGKILL, on loopback feeds that change and a Slack that drops every
third answer after it took the message. Exits with 1 if anything was lost, doubled or left outdated. `--postgres` starts
a server of its own.
"""

import argparse
import asyncio
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from fakes import postgres
from fakes.campaign import Campaign


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=500)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--postgres", action="store_true")
    wanted = parser.parse_args()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="brinkwatch-kills-")))
        url = None
        if wanted.postgres:
            tools = postgres.binaries()
            if tools is None:
                sys.exit("needs the PostgreSQL server binaries (Debian: postgresql)")
            url = stack.enter_context(postgres.empty_database(stack.enter_context(postgres.server(tools))))
        began = time.monotonic()

        def say(line: str) -> None:
            print(f"{time.monotonic() - began:6.0f} s  {line}", flush=True)

        say(f"{'PostgreSQL' if url else 'SQLite'}, seed {wanted.seed}")
        report = asyncio.run(Campaign(folder, url=url, seed=wanted.seed).run(wanted.runs, say))
        say(f"end: {report.line()}; {report.refused_starts} starts refused while the store was still held")
        for name in ("lost", "doubled", "outdated"):
            for one in getattr(report, name):
                print(f"{name}: {one}")
        wrong = report.lost or report.doubled or report.outdated
        if wrong:
            log = Path(f"kills-{int(time.time())}.log")
            log.write_bytes((folder / "log").read_bytes())
            print(f"the daemons' log: {log}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
