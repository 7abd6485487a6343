"""The account of a long run: everything that was seen ends in exactly one outcome, stage by stage.

Usage: python benchmarks/ledger.py [--items 10000]
`tests/fakes/long_run.py` says what happens in it: twenty feeds over midnight, edits, repeats, empty entries, languages
that the model does not read, and restarts in the middle. Ends with 1 if the account does not balance.
"""

import argparse
import asyncio
import sys
import tempfile
import time
from pathlib import Path

from brinkwatch.config.settings import Logging, Settings
from brinkwatch.ops.logging import configure
from fakes.long_run import LongRun
from fakes.models import keyword_model


async def account(number: int, folder: Path) -> bool:
    began = time.perf_counter()
    run = LongRun(folder, keyword_model(folder / "model", max_tokens=64))
    found = await run.run(number)
    await run.close()
    print(f"{run.documents.made:,} entries were published; ran for {time.perf_counter() - began:.0f} s")
    print(*found.lines(), sep="\n")
    return found.balance.balanced and not found.undecided


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--items", type=int, default=10_000)
    wanted = parser.parse_args()
    configure(Settings(logging=Logging(level="error")))
    with tempfile.TemporaryDirectory() as folder:
        sys.exit(not asyncio.run(account(wanted.items, Path(folder))))


if __name__ == "__main__":
    main()
