"""`brinkwatch status`: what the daemon does now, asked at its socket, or what its store says. Loads no classifier."""

import json
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

if TYPE_CHECKING:
    from brinkwatch.config.settings import Settings
    from brinkwatch.engine.balance import Balance
    from brinkwatch.store.database import Database

DAYS_OF_JSON = 2


def run(config: Path | None, days: int, *, as_json: bool) -> int:
    """Print how the daemon stands, and the ledger of the last `days` days; 0 if the ledger balances.

    Raises StoreError. Without a daemon the store is read; without a store there is nothing to say.
    """
    from brinkwatch.cli.stored import open_store
    from brinkwatch.config.load import load

    settings = load(config)
    answer = _ask(settings)
    if answer is not None and not days and not as_json:
        return _show(answer, running=True)
    database = open_store(settings)
    if database is None:
        return 0
    try:
        since = (datetime.now(UTC) - timedelta(days=(days or DAYS_OF_JSON) - 1)).date().isoformat()
        found = read(database, since)
        known = answer or _from_store(database, settings, found)
    finally:
        database.close()
    if as_json:
        typer.echo(json.dumps({"running": answer is not None, "now": known, **_as_json(found)}, ensure_ascii=False))
    else:
        _show(known, running=answer is not None)
        if days:
            _print(found)
    return 0 if found.balanced else 1


def _ask(settings: "Settings") -> dict[str, Any] | None:
    from brinkwatch.ops.paths import where_state_is
    from brinkwatch.ops.socket import ask

    try:
        return ask(where_state_is(settings.state_dir), "status")
    except OSError as error:
        typer.echo(f"brinkwatch: the daemon cannot be asked: {error.strerror or error}", err=True)
        return None


def _from_store(database: "Database", settings: "Settings", found: "Balance") -> dict[str, Any]:
    from brinkwatch.engine.now import stored

    now = datetime.now(UTC)
    with database.read() as connection:
        return stored(connection, settings, now, found.off, now)


def _show(answer: dict[str, Any], *, running: bool) -> int:
    from rich.console import Console

    from brinkwatch.cli.status_view import view

    Console(highlight=False).print(view(answer, running=running))
    return 1 if answer.get("ledger", {}).get("unaccounted") else 0


def read(database: "Database", since: str = "") -> "Balance":
    """The ledger from a day (ISO) on, and the check of all of it, from one moment of the store.

    The days before are added up where they lie: in a year there are a million rows of them.
    """
    from brinkwatch.engine.balance import Earlier, balance
    from brinkwatch.store import ledger, polls, survey

    seen: Counter[tuple[str, str]] = Counter()
    with database.read() as connection:
        for day in polls.days(connection, since):
            seen[day.feed, day.day] += day.entries
        earlier = Earlier(
            tuple(ledger.sums_before(connection, since)),
            polls.entries_before(connection, since),
            survey.off_at_polls(connection, before=since),
        )
        return balance(ledger.rows(connection, since), seen, ledger.waiting(connection), earlier)


def _as_json(found: "Balance") -> dict[str, Any]:
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


def _print(found: "Balance") -> None:
    from rich.console import Console
    from rich.table import Table

    from brinkwatch.engine.balance import AT_POLL
    from brinkwatch.outcomes import AFTER_PENDING

    used = {outcome for line in found.days for outcome, number in line.outcomes.items() if number}
    columns = [outcome for outcome in (*AT_POLL, *AFTER_PENDING) if outcome in used]
    table = Table("day", "feed", "seen", *(outcome.value.replace("_", " ") for outcome in columns), "adds up")
    for line in found.days:
        numbers = [f"{line.outcomes.get(outcome, 0) or ''}" for outcome in columns]
        seen = "?" if line.seen is None else str(line.seen)
        table.add_row(line.day, line.feed, seen, *numbers, "yes" if line.balanced else f"NO: {line.sum}")
    console = Console()
    console.print(table)
    pending, ended, waiting = (
        sum(getattr(line, name) for line in found.feeds) for name in ("pending", "ended", "waiting")
    )
    console.print(f"All days: {found.seen:,} entries seen, {found.told:,} accounted for at their polls.")
    console.print(f"Pending: {pending:,} = {ended:,} assessed or otherwise ended + {waiting:,} waiting.")
    wrong = ", ".join(found.wrong)
    console.print(f"It does NOT add up: {wrong}." if wrong else "Everything is accounted for.")
