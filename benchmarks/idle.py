"""What the daemon takes while nothing happens: memory and processor time with N feeds that stay as they are.

usage: python -m benchmarks.idle [--feeds 300] [--interval 10m] [--seconds 600]

Each feed is a host of its own on loopback, answers 304 once it was read, and is visited every `--interval`. Processor
time and memory are those of the daemon with its parse worker, read from /proc; the time in which all feeds are read
for the first time is not in it. With `--seconds` as long as the interval each feed is visited once meanwhile.
"""

import argparse
import asyncio
import json
import os
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.startup import config, resident_mb, serve

TICKS = os.sysconf("SC_CLK_TCK")


def processor_seconds(pid: int) -> float:
    """User and system time of a process, its children that live and those that have ended."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return sum(map(int, fields[11:15])) / TICKS + sum(processor_seconds(int(child)) for child in children)


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--feeds", type=int, default=300)
    parser.add_argument("--interval", default="10m")
    parser.add_argument("--seconds", type=float, default=600)
    options = parser.parse_args()
    runner, port = await serve()
    with tempfile.TemporaryDirectory() as folder:
        path = config(Path(folder), port, options.feeds)
        with path.open("a") as file:
            file.write(f"polling: {{interval: {options.interval}}}\n")
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "brinkwatch", "run", "--config", str(path),
            stderr=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.DEVNULL,
        )  # fmt: skip
        assert process.stderr is not None
        polled = 0
        while polled < options.feeds:
            line = await process.stderr.readline()
            polled += b'"event": "polled"' in line
        reading = asyncio.create_task(process.stderr.read())
        await asyncio.sleep(10)
        began, used, memory = time.monotonic(), processor_seconds(process.pid), resident_mb(process.pid)
        await asyncio.sleep(options.seconds)
        share = (processor_seconds(process.pid) - used) / (time.monotonic() - began)
        print(json.dumps({
            "feeds": options.feeds, "interval": options.interval, "seconds": options.seconds,
            "idle_share_of_a_core": round(share, 5), "resident_mb_before": round(memory, 1),
            "resident_mb_after": round(resident_mb(process.pid), 1),
        }))  # fmt: skip
        process.terminate()
        await process.wait()
        await reading
    await runner.cleanup()


if __name__ == "__main__":
    asyncio.run(main())
