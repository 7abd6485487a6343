"""Accounts for every item of a run: told, or suppressed for one reason. Pure.

An item counts once, by what became of it in the end: told if any message was sent because of it, else suppressed with
the reason of its last decision.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from brinkwatch.alerts.decision import Action, Reason
from brinkwatch.outcomes import Outcome
from brinkwatch.store.decisions import Logged

WORDS: Mapping[str, str] = {
    Reason.SEEDED: "there before the feed's first poll",
    Reason.STALE: "published longer ago than the alert age",
    Reason.BELOW_THRESHOLD: "no signal of a crisis, or one too faint or too slight for the route",
    Reason.UNSUPPORTED_LANGUAGE: "in a language that the model does not read",
    Reason.WAITING: "joined a story before its first message, which tells them together",
    Reason.DUPLICATE: "joined a story and adds nothing that was not told",
    Reason.COOLDOWN: "joined a story that rested after its last message",
    Reason.SILENCED: "held back by a silence",
    Reason.BUDGET: "over what its channel is told in an hour; told in one line",
    Reason.NOT_NEWS: "opinion, a look back or a correction, without a report",
    Reason.MUTED_FEED: "from feeds that never alert alone",
    Reason.NO_ROUTE: "no route asks for it",
}
"""What the reasons that occur here mean, for people."""

_TOLD = frozenset({Action.POST, Action.REPLY, Action.UPDATE})
_ALERTS = frozenset({Action.POST, Action.REPLY})


@dataclass(frozen=True, slots=True)
class Suppressed:
    """The items that were kept silent for one reason. `example` is the title of one, where one is known."""

    reason: str
    items: int
    example: str

    @property
    def words(self) -> str:
        return WORDS.get(self.reason, self.reason.replace("_", " "))


@dataclass(frozen=True, slots=True)
class Account:
    """A run in numbers. `alerts` are messages that call on people: first alerts and replies, but no edits in place."""

    polls: int
    items: int
    assessed: int
    stories: int
    alerts: int
    suppressed: tuple[Suppressed, ...]
    """Most items first."""

    @property
    def last_line(self) -> str:
        suppressed = sum(row.items for row in self.suppressed)
        return (
            f"demo: polls={self.polls} items={self.items} assessed={self.assessed} stories={self.stories} "
            f"alerts={self.alerts} suppressed={suppressed}"
        )


def account(
    log: Sequence[Logged],
    outcomes: Mapping[Outcome, int],
    titles: Mapping[str, str],
    *,
    polls: int,
    stories: int,
    examples: Mapping[Reason, str] | None = None,
) -> Account:
    """Add up the decisions (`log`, by time) and the ledger's sums (`outcomes`) of a run in which nothing waits.

    `titles` gives an item's title by its GUID; the first that a reason applies to is the reason's example, unless
    `examples` names another.
    """
    fates: dict[str, str | None] = {}
    for row in log:
        if row.guid is None:
            continue
        if row.action in _TOLD:
            fates[row.guid] = None
        elif fates.get(row.guid, "") is not None:
            fates[row.guid] = row.reason
    counts: dict[str, int] = {}
    for reason in fates.values():
        if reason is not None:
            counts[reason] = counts.get(reason, 0) + 1
    shown = {reason.value: title for reason, title in (examples or {}).items()}
    for guid, title in titles.items():
        shown.setdefault(fates.get(guid) or "", title)
    rows = [Suppressed(reason, number, shown.get(reason, "")) for reason, number in counts.items()]
    return Account(
        polls=polls,
        items=len(fates),
        assessed=outcomes.get(Outcome.ASSESSED, 0),
        stories=stories,
        alerts=sum(row.action in _ALERTS for row in log),
        suppressed=tuple(sorted(rows, key=lambda row: (-row.items, row.reason))),
    )
