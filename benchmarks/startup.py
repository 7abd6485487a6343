"""How soon the daemon is ready, how much memory it holds and how soon it stops, with N feeds over loopback HTTP.

usage: python -m benchmarks.startup [--feeds 300] [--seconds 10] [--runs 3]

Ready is what systemd is told: READY=1 on the notification socket. Each run is a first start, on an empty store, and a
second one on the store it left, which is what a restart is; SIGTERM ends both.

Baseline in the same run: a Python process that imports feedparser, aiohttp and onnxruntime and does nothing.
"""

import argparse
import asyncio
import os
import socket
import statistics
import sys
import tempfile
import time
from pathlib import Path

from aiohttp import web

ITEMS = 30
BARE = "import aiohttp, feedparser, onnxruntime, time; print('ready', flush=True); time.sleep(600)"


def document(feed: str) -> str:
    """A feed of ordinary items of about 40 KB."""
    filler = "Nothing much happened in the town today, and people went about their business as usual. " * 14
    items = "".join(
        f"<item><guid>{feed}-{n}</guid><title>Ordinary item {n} of {feed}</title>"
        f"<description>{filler}</description></item>"
        for n in range(ITEMS)
    )
    return f'<?xml version="1.0"?><rss version="2.0"><channel><title>{feed}</title>{items}</channel></rss>'


async def serve() -> tuple[web.AppRunner, int]:
    async def answer(request: web.Request) -> web.Response:
        if request.headers.get("If-None-Match") == '"1"':
            return web.Response(status=304, headers={"ETag": '"1"'})
        return web.Response(text=document(request.path), content_type="application/rss+xml", headers={"ETag": '"1"'})

    app = web.Application()
    app.router.add_get("/{name}", answer)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    return runner, runner.addresses[0][1]


def config(folder: Path, port: int, feeds: int) -> Path:
    path = folder / "brinkwatch.yaml"
    listed = "\n".join(
        f'  - {{id: feed{n}, url: "http://f{n}.localhost:{port}/feed{n}", allow_private: true}}' for n in range(feeds)
    )
    path.write_text(f"state_dir: {folder}/state\nlogging: {{format: json}}\nfeeds:\n{listed}\n", encoding="utf-8")
    return path


def resident_mb(pid: int) -> float:
    """Resident memory of a process and its children, in MB (10^6 bytes)."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    own = next(line for line in Path(f"/proc/{pid}/status").read_text().splitlines() if line.startswith("VmRSS"))
    return int(own.split()[1]) * 1.024e-3 + sum(resident_mb(int(child)) for child in children)


async def bare() -> float:
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", BARE, stdout=asyncio.subprocess.PIPE)
    assert process.stdout is not None
    await process.stdout.readline()
    memory = resident_mb(process.pid)
    process.kill()
    await process.wait()
    return memory


class Manager:
    """The notification socket; says when READY=1 came."""

    def __init__(self, folder: Path) -> None:
        self.address = str(folder / "notify")
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
        self.socket.bind(self.address)

    async def ready(self) -> None:
        while b"READY=1" not in await asyncio.get_running_loop().sock_recv(self.socket, 4096):
            pass


async def start(config: Path, manager: Manager) -> tuple[asyncio.subprocess.Process, float]:
    """A running daemon, and the seconds until it was ready."""
    began = time.monotonic()
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "brinkwatch", "run", "--config", str(config),
        stderr=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.DEVNULL,
        env={**os.environ, "NOTIFY_SOCKET": manager.address}, limit=1 << 20,
    )  # fmt: skip
    await asyncio.wait_for(manager.ready(), 120)
    return process, time.monotonic() - began


async def stop(process: asyncio.subprocess.Process) -> float:
    """Seconds from SIGTERM to the end."""
    began = time.monotonic()
    process.terminate()
    await process.communicate()
    return time.monotonic() - began


async def once(feeds: int, seconds: float) -> dict[str, float]:
    runner, port = await serve()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        path, manager = config(folder, port, feeds), Manager(folder)
        began = time.monotonic()
        process, first = await start(path, manager)
        assert process.stderr is not None
        polled = 0
        async for line in process.stderr:
            polled += b'"event": "polled"' in line
            if polled == feeds:
                break
        polls = time.monotonic() - began
        await asyncio.sleep(seconds)
        memory = resident_mb(process.pid)
        first_stop = await stop(process)
        process, warm = await start(path, manager)
        await asyncio.sleep(1)
        second_stop = await stop(process)
        manager.socket.close()
    await runner.cleanup()
    return {
        "ready_first_s": first, "ready_again_s": warm, "all_polled_s": polls, "resident_mb": memory,
        "stop_s": max(first_stop, second_stop),
    }  # fmt: skip


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--feeds", type=int, default=300)
    parser.add_argument("--seconds", type=float, default=10, help="how long it rests before memory is read")
    parser.add_argument("--runs", type=int, default=3)
    options = parser.parse_args()
    runs = [await once(options.feeds, options.seconds) for _ in range(options.runs)]
    for name in runs[0]:
        values = sorted(run[name] for run in runs)
        print(
            f"{name}: median {statistics.median(values):.2f} ({values[0]:.2f} to {values[-1]:.2f}), "
            f"{options.feeds} feeds"
        )
    baseline = await bare()
    memory = statistics.median(run["resident_mb"] for run in runs)
    print(f"resident, against a process that only imports aiohttp, feedparser and onnxruntime ({baseline:.0f} MB): "
          f"{memory / baseline:.2f} times")  # fmt: skip


if __name__ == "__main__":
    asyncio.run(main())
