"""Shows the account of a run: what was kept silent and why, what went wrong with feeds, and the sum of every entry."""

from collections.abc import Mapping, Sequence

from rich.table import Table
from rich.text import Text

from brinkwatch.demo.account import Account
from brinkwatch.outcomes import Outcome
from brinkwatch.store.feeds import FeedState

GOOD_HEALTH = frozenset({"ok", "degraded"})


def suppressed_table(account: Account) -> Table:
    """A row per reason, most items first."""
    table = Table(title="Suppressed, by reason", title_justify="left", expand=False)
    table.add_column("reason", no_wrap=True)
    table.add_column("items", justify="right")
    table.add_column("what it means", ratio=1)
    table.add_column("for example", ratio=1)
    for row in account.suppressed:
        table.add_row(row.reason, f"{row.items:,}", Text(row.words), Text(row.example))
    return table


def trouble(feeds: Sequence[FeedState], names: Mapping[str, str]) -> list[str]:
    """A line for each feed that could not be read in the end; `names` gives its publisher by its id."""
    return [
        f"Could not be read: {names.get(feed.id, feed.id)}: {feed.last_error or feed.last_status or feed.health}"
        for feed in feeds
        if feed.health not in GOOD_HEALTH
    ]


def entries_line(outcomes: Mapping[Outcome, int]) -> str:
    """What became of every entry of every document; an item is seen as often as its feed lists it."""
    # What was pending has come to another end by now.
    ends = {
        outcome: outcomes[outcome] for outcome in Outcome if outcome is not Outcome.PENDING and outcomes.get(outcome)
    }
    parts = [f"{number:,} {end.value.replace('_', ' ')}" for end, number in ends.items()]
    return f"Entries seen: {sum(ends.values()):,} = " + " + ".join(parts)
