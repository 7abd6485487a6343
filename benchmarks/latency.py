"""Measures how long people wait: from the answer to a poll until Slack has taken the message. Real HTTP, real time.

Usage: python benchmarks/latency.py [--feeds 300] [--news 200] [--rate 2] [--model DIRECTORY]

The daemon runs as a process (`brinkwatch run`, `group_wait: 0s`) on so many loopback feeds, each a host of its own.
News comes to random feeds at random times, `--rate` a second on average; each item is a story of its own. The feeds
have 30 channels between them, so that Slack's one message a second in each channel is not what is measured. Without
`--model` the bundled model reads the items.
"""

import argparse
import asyncio
import json
import random
import signal
import sys
import tempfile
import time
from itertools import combinations
from pathlib import Path
from statistics import quantiles

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from aiohttp import web

from fakes.campaign import STATES
from fakes.feeds import FeedServer, Item
from fakes.slack import FakeSlack

CHANNELS = 30
SEEDED_WITHIN = 180.0
LAST_WITHIN = 60.0


class TimedFeeds(FeedServer):
    """Knows when each item was first in an answer."""

    def __init__(self) -> None:
        super().__init__()
        self.answered: dict[str, float] = {}

    async def _serve(self, request: web.Request) -> web.Response:
        response = await super()._serve(request)
        if response.status == 200:
            now = time.monotonic()
            for item in self.items.get(request.match_info["name"], []):
                self.answered.setdefault(item.id, now)
        return response


class TimedSlack(FakeSlack):
    """Knows when each item was taken."""

    def __init__(self, channels: list[str]) -> None:
        super().__init__(channels, rate_limit=True)
        self.taken: dict[str, float] = {}

    def _chat_postMessage(self, body: dict) -> dict:  # type: ignore[type-arg] # noqa: N802 - Slack's name
        answer = super()._chat_postMessage(body)
        text = json.dumps(body["blocks"])
        if "news.example/" in text:
            self.taken.setdefault(text.split("news.example/")[1].split('"')[0], time.monotonic())
        return answer


async def measure(folder: Path, feeds: int, news: int, rate: float, model: str | None) -> tuple[list[float], int]:
    """(seconds of each message, messages that never came)."""
    server = TimedFeeds()
    await server.start("0.0.0.0")
    names = [f"feed{number}" for number in range(feeds)]
    async with TimedSlack([f"c{number}" for number in range(CHANNELS)]) as slack:
        config = folder / "brinkwatch.yaml"
        config.write_text(json.dumps(configuration(folder, server, slack, names, model)))
        with (folder / "log").open("wb") as log:
            process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "brinkwatch", "run", "--config", str(config), stdout=log, stderr=log
            )
        try:
            await until(lambda: len(server.visits) == feeds, SEEDED_WITHIN)
            await asyncio.sleep(3)
            await publish(server, names, news, rate)
            await until(lambda: len(slack.taken) == news, LAST_WITHIN)
        finally:
            process.send_signal(signal.SIGTERM)
            await process.wait()
            await server.stop()
    waits = [taken - server.answered[item] for item, taken in slack.taken.items()]
    return waits, news - len(waits)


async def publish(server: FeedServer, names: list[str], news: int, rate: float) -> None:
    chance = random.Random(0)
    pairs = list(combinations(STATES, 2))
    chance.shuffle(pairs)
    for number, (one, other) in zip(range(news), pairs, strict=False):
        name = chance.choice(names)
        title = f"{one} masses tanks and artillery along the border with {other}, satellite images show"
        server.items[name] = [Item(f"i{number}.", title), *server.items.get(name, [])]
        await asyncio.sleep(chance.expovariate(rate))


def configuration(folder: Path, server: FeedServer, slack: FakeSlack, names: list[str], model: str | None) -> dict:  # type: ignore[type-arg]
    hosts = {name: f"127.0.{1 + number // 250}.{1 + number % 250}" for number, name in enumerate(names)}
    return {
        "state_dir": str(folder / "state"),
        "classifier": {"model": model} if model else {},
        "feeds": [{"id": name, "url": server.url(name, host), "allow_private": True} for name, host in hosts.items()],
        "routes": [
            {"channel": f"#c{number}", "min_tier": "watch", "feeds": names[number::CHANNELS]}
            for number in range(CHANNELS)
        ],
        "polling": {"interval": "10s", "min_interval": "1s", "host_gap": "0s"},
        "slack": {"token": slack.token, "base_url": slack.url},
        "alerting": {"group_wait": "0s", "digest_wait": "1d", "budget": {"per_hour": None}},
    }


async def until(claim, seconds: float) -> None:  # type: ignore[no-untyped-def]
    ends = time.monotonic() + seconds
    while not claim() and time.monotonic() < ends:  # noqa: ASYNC110 - another process acts
        await asyncio.sleep(0.1)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--feeds", type=int, default=300)
    parser.add_argument("--news", type=int, default=200)
    parser.add_argument("--rate", type=float, default=2.0)
    parser.add_argument("--model")
    wanted = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="brinkwatch-latency-") as folder:
        waits, missing = asyncio.run(measure(Path(folder), wanted.feeds, wanted.news, wanted.rate, wanted.model))
        if len(waits) < 2:
            sys.exit((Path(folder) / "log").read_text()[-2000:])
    cuts = quantiles(waits, n=100, method="inclusive")
    print(
        f"{wanted.feeds} feeds polled every 10 s, {len(waits)} messages, {missing} never came; seconds from the poll's"
    )
    print("answer to Slack's acceptance:", ", ".join(f"p{p} {cuts[p - 1]:.2f}" for p in (50, 90, 95, 99)), end=", ")
    print(f"longest {max(waits):.2f}")
    return 1 if missing or cuts[94] > 3 or cuts[98] > 6 else 0


if __name__ == "__main__":
    sys.exit(main())
