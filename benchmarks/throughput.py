"""Measures delivery against Slack's rate limit of one message a second in each channel. Real HTTP to the fake Slack.

Usage: python benchmarks/throughput.py [--messages 10000] [--channels 50] [--wall [--answer 0.3]]

Slack documents one message a second in each channel (docs.slack.dev/apis/web-api/rate-limits); the fake Slack refuses
whatever comes sooner, bursts as well. All messages wait in the outbox, a file, from the beginning; the limit's own time
is that of the fullest channel. On the virtual clock (default) no time passes but what the outbox waits for: what is
measured is whether it wastes any of the limit. The processor's seconds are printed beside it, the fake Slack's among
them, as work that takes longer than the limit would be the limit. `--wall` lets real time pass, of which `--answer` is
what Slack takes for each answer. Exits with 1 if a message is lost or doubled, or if either is more than a tenth over
the limit's own time.
"""

import argparse
import asyncio
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from brinkwatch.config.settings import Logging, Settings
from brinkwatch.delivery.outbox import PATIENCE_SECONDS, Outbox
from brinkwatch.delivery.receiver import Kind
from brinkwatch.delivery.slack.receiver import SlackReceiver
from brinkwatch.ops.logging import configure
from brinkwatch.store import outbox
from brinkwatch.store.database import Database
from fakes.cards import NOW, card
from fakes.outboxes import Clock
from fakes.slack import FakeSlack, slow


def fill(database: Database, messages: int, channels: int, now: datetime) -> None:
    with database.begin() as connection:
        for number in range(messages):
            outbox.put(
                connection, key=f"k{number}", decision=None, story=f"s{number}", receiver="slack",
                channel=f"#c{number % channels}", kind=Kind.POST.value, card=card(headline=f"k{number}").to_json(),
                text="", broadcast=False, next_attempt_at=now, created_at=now,
            )  # fmt: skip


async def measure(folder: Path, messages: int, channels: int, *, wall: bool, answer: float) -> int:
    virtual = Clock(NOW)
    clock: Callable[[], datetime] = (lambda: datetime.now(UTC)) if wall else virtual
    database = Database.open(None, folder)
    fill(database, messages, channels, clock())
    names = [f"c{number}" for number in range(channels)]
    async with FakeSlack(names, rate_limit=True, clock=lambda: clock().timestamp()) as slack:
        slack.fault_for = lambda method, _: slow(answer) if answer and method == "chat.postMessage" else None
        # The virtual clock stands still while a request is under way, however long the machine takes.
        patience = PATIENCE_SECONDS if wall else 30.0
        sender = Outbox(database, {"slack": SlackReceiver(slack.token, slack.url)}, clock, patience=patience)
        began, busy = clock(), time.process_time()
        while (due := await sender.drain()) is not None:
            wait = max(due - clock(), timedelta(milliseconds=1))
            if wall:
                await asyncio.sleep(wait.total_seconds())
            else:
                virtual.advance(wait)
        took, work = (clock() - began).total_seconds(), time.process_time() - busy
        await sender.close()
        seen = [key for name in names for key in slack.keys(name)]
        refused = sum(1 for call in slack.calls if call.answer and call.answer.get("error") == "ratelimited")
    database.close()
    limit = float(-(-messages // channels) - 1)
    print(f"{len(set(seen))} of {messages} messages in {channels} channels, {len(seen) - len(set(seen))} twice,")
    print(f"{refused} refused by the rate limit; {took:.1f} s against the limit's own {limit:.1f} s", end=" ")
    print(f"({took / limit - 1:+.1%}), {work:.1f} s of the processor")
    return 0 if len(seen) == len(set(seen)) == messages and max(took, work) <= 1.1 * limit else 1


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--messages", type=int, default=10_000)
    parser.add_argument("--channels", type=int, default=50)
    parser.add_argument("--wall", action="store_true")
    parser.add_argument("--answer", type=float, default=0.0)
    wanted = parser.parse_args()
    configure(Settings(logging=Logging(level="error")))
    with tempfile.TemporaryDirectory(prefix="brinkwatch-throughput-") as folder:
        return asyncio.run(
            measure(Path(folder), wanted.messages, wanted.channels, wall=wanted.wall, answer=wanted.answer)
        )


if __name__ == "__main__":
    sys.exit(main())
