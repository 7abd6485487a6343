"""`brinkwatch status`: what became of every entry, from the store; loads no classifier."""

import json
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

if TYPE_CHECKING:
    from brinkwatch.engine.balance import Balance
    from brinkwatch.store.database import Database


def run(config: Path | None, days: int, *, as_json: bool) -> int:
    """Print the ledger of the last `days` days and its check; 0 if it balances, or if there is no store yet."""
    from brinkwatch.cli.stored import open_store
    from brinkwatch.config.load import load

    database = open_store(load(config))
    if database is None:
        return 0
    try:
        found = read(database)
    finally:
        database.close()
    since = (datetime.now(UTC) - timedelta(days=days - 1)).date().isoformat()
    if as_json:
        typer.echo(json.dumps(_as_json(found, since), ensure_ascii=False))
    else:
        _print(found, since)
    return 0 if found.balanced else 1


def read(database: "Database") -> "Balance":
    """The ledger and its check, from one moment of the store."""
    from brinkwatch.engine.balance import balance
    from brinkwatch.store import ledger, polls

    seen: Counter[tuple[str, str]] = Counter()
    with database.read() as connection:
        for day in polls.days(connection, since=""):
            seen[day.feed, day.day] += day.entries
        return balance(ledger.rows(connection), seen, ledger.waiting(connection))


def _as_json(found: "Balance", since: str) -> dict[str, Any]:
    return {
        "balanced": found.balanced,
        "days": [
            {
                "feed": line.feed,
                "day": line.day,
                "seen": line.seen,
                "outcomes": {outcome.value: number for outcome, number in line.outcomes.items() if number},
                "balanced": line.balanced,
            }
            for line in found.days
            if line.day >= since
        ],
        "feeds": [
            {
                "feed": line.feed,
                "pending": line.pending,
                "ended": line.ended,
                "waiting": line.waiting,
                "balanced": line.balanced,
            }
            for line in found.feeds
        ],
    }


def _print(found: "Balance", since: str) -> None:
    from rich.console import Console
    from rich.table import Table

    from brinkwatch.engine.balance import AT_POLL
    from brinkwatch.outcomes import AFTER_PENDING

    used = {outcome for line in found.days for outcome, number in line.outcomes.items() if number}
    columns = [outcome for outcome in (*AT_POLL, *AFTER_PENDING) if outcome in used]
    table = Table("day", "feed", "seen", *(outcome.value.replace("_", " ") for outcome in columns), "adds up")
    for line in found.days:
        if line.day >= since:
            numbers = [f"{line.outcomes.get(outcome, 0) or ''}" for outcome in columns]
            seen = "?" if line.seen is None else str(line.seen)
            table.add_row(line.day, line.feed, seen, *numbers, "yes" if line.balanced else f"NO: {line.sum}")
    console = Console()
    console.print(table)
    seen_in_all = sum(line.seen or 0 for line in found.days)
    in_all = sum(line.sum for line in found.days)
    pending, ended, waiting = (
        sum(getattr(line, name) for line in found.feeds) for name in ("pending", "ended", "waiting")
    )
    console.print(f"All days: {seen_in_all:,} entries seen, {in_all:,} accounted for at their polls.")
    console.print(f"Pending: {pending:,} = {ended:,} assessed or otherwise ended + {waiting:,} waiting.")
    wrong = ", ".join(found.wrong)
    console.print(f"It does NOT add up: {wrong}." if wrong else "Everything is accounted for.")
