"""Shows a backtest in a terminal: counts, messages, and bars of messages a day. Runs nothing and writes no file."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from brinkwatch.alerts.card import rfc3339
from brinkwatch.engine.compare import POST, REPLY, Message, per_day
from brinkwatch.items.clean import clean_line

if TYPE_CHECKING:
    from brinkwatch.engine.backtest import Backtest, Run
    from brinkwatch.signals.catalogue import Signal

BAR = 36
"""Characters of the longest bar."""


def show(found: "Backtest", console: Console) -> None:
    """Print everything: what would have been sent otherwise, by day and route, message by message, and the bars."""
    span = f"{found.days[0]} to {found.days[-1]}, {len(found.days)} days" if found.days else "no days"
    read = f"; {found.read} of them read by the model anew" if found.read else ""
    console.print(f"{found.items} items, {span}{read}", highlight=False)
    console.print(_rates(found))
    console.print(_by_day(found))
    for line in _messages(found):
        console.print(line, soft_wrap=True)
    if found.steps:
        console.print(Text("\nMessages a day with all thresholds of the new configuration moved", style="bold"))
    for line in bars(found):
        console.print(line, soft_wrap=True)


def _rates(found: "Backtest") -> Table:
    table = Table(title="messages a day", title_justify="left")
    for head in ("", "posts", "replies", "median day", "busiest day", "held back"):
        table.add_column(head, justify="left" if not head else "right")

    def row(name: str, run: "Run") -> None:
        rate = run.rate
        table.add_row(
            name, f"{rate.posts:g}", f"{rate.replies:g}", f"{rate.median:g}", str(rate.busiest), str(run.held)
        )

    row("present", found.present)
    row("new", found.new)
    return table


def _by_day(found: "Backtest") -> Table:
    present, new = per_day(found.present.messages), per_day(found.new.messages)
    keys = sorted({(day, route) for day, route, _ in present | new})
    table = Table(title="by day and route, days without messages left out", title_justify="left")
    for head in ("day", "route", "posts", "new", "replies", "new", "change"):
        table.add_column(head, justify="left" if head in ("day", "route") else "right")
    for day, route in keys:
        counts = [counter[day, route, action] for action in (POST, REPLY) for counter in (present, new)]
        change = counts[1] + counts[3] - counts[0] - counts[2]
        table.add_row(day.isoformat(), Text(route), *map(str, counts), f"{change:+d}" if change else "")
    return table


def _messages(found: "Backtest") -> Iterator[Text]:
    difference = found.difference
    yield Text(f"\n{len(difference.more)} more", style="bold")
    yield from (Text("+ ", style="green") + _line(message) for message in difference.more)
    yield Text(f"{len(difference.less)} less", style="bold")
    yield from (Text("- ", style="red") + _line(message) for message in difference.less)
    yield Text(f"{len(difference.otherwise)} otherwise", style="bold")
    for pair in difference.otherwise:
        yield Text("< ", style="red") + _line(pair.present)
        yield Text("> ", style="green") + _line(pair.new)
    yield Text(f"{difference.same} as before", style="bold")


def _line(message: Message) -> Text:
    where = message.route if message.route == message.channel else f"{message.route} in {message.channel}"
    said = f"{rfc3339(message.at)} {where}: {message.action}, {message.reason}, {message.tier}: {message.headline}"
    return Text(clean_line(said))


def bars(found: "Backtest") -> list[Text]:
    """A line of the present configuration, and one of each step: between which numbers the thresholds are, and how
    many posts and replies there are a day."""
    if not found.steps:
        return []
    rows = [("present", between(found.present.thresholds), found.present.rate, "")]
    for step in found.steps:
        here = ", the new configuration" if not step.percent else ""
        rows.append(
            (moved_by(step.percent), between(step.thresholds), step.rate, f"; {step.flagged} items flagged{here}")
        )
    longest = max(rate.posts + rate.replies for _, _, rate, _ in rows) or 1.0
    width = max(len(numbers) for _, numbers, _, _ in rows)
    return [
        Text(f"{name:>7}  {numbers:{width}}  ")
        + Text("█" * (posts := round(rate.posts / longest * BAR)), style="red")
        + Text("░" * (round((rate.posts + rate.replies) / longest * BAR) - posts), style="yellow")
        + Text(f" {rate.posts:g} posts, {rate.replies:g} replies{more}")
        for name, numbers, rate, more in rows
    ]


def moved_by(percent: int) -> str:
    """`+15 %`, `-15 %`, `0 %`."""
    return f"{percent:+d} %" if percent else "0 %"


def between(thresholds: "Mapping[Signal, float]") -> str:
    """`0.62-0.81`, or the one number that all thresholds are."""
    low, high = min(thresholds.values()), max(thresholds.values())
    return f"{low:.2f}" if low == high else f"{low:.2f}-{high:.2f}"


def as_json(found: "Backtest") -> dict[str, Any]:
    """The same as plain data."""
    difference = found.difference
    return {
        "days": [day.isoformat() for day in found.days],
        "items": found.items,
        "read": found.read,
        "present": _run(found.present),
        "new": _run(found.new),
        "more": [_plain(message) for message in difference.more],
        "less": [_plain(message) for message in difference.less],
        "otherwise": [{"present": _plain(pair.present), "new": _plain(pair.new)} for pair in difference.otherwise],
        "same": difference.same,
        "steps": [
            {
                "percent": step.percent,
                "thresholds": _limits(step.thresholds),
                "flagged": step.flagged,
                **asdict(step.rate),
            }
            for step in found.steps
        ],
    }


def _run(run: "Run") -> dict[str, Any]:
    counts = per_day(run.messages)
    return {
        **asdict(run.rate),
        "held_back": run.held,
        "thresholds": _limits(run.thresholds),
        "counts": [
            {"day": day.isoformat(), "route": route, "action": action, "count": count}
            for (day, route, action), count in sorted(counts.items())
        ],
    }


def _plain(message: Message) -> dict[str, Any]:
    words = ("route", "channel", "action", "reason", "tier", "headline")
    return {"at": rfc3339(message.at), **{word: getattr(message, word) for word in words}}


def _limits(thresholds: "Mapping[Signal, float]") -> dict[str, float]:
    return {signal.value: limit for signal, limit in thresholds.items()}
