"""Cards, and rows of the outbox that hold them."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from brinkwatch.alerts.card import Card, CardSignal, CardSource
from brinkwatch.delivery.receiver import Kind
from brinkwatch.store import outbox
from brinkwatch.store.database import Database

NOW = datetime(2022, 1, 10, 9, 0, tzinfo=UTC)
CARD = Card(
    story="story-1",
    tier="elevated",
    direction="mixed",
    state="developing",
    headline="Neighbours mass armour at the river while envoys keep talking",
    link="https://news.example/river",
    publisher="Example Wire",
    published="2022-01-10T08:55:00Z",
    signals=(CardSignal("troop_buildup", "Troop build-up", 0.93), CardSignal("talks", "Talks", 0.71)),
    summary="Two brigades moved to the river on Sunday. Envoys meet again on Wednesday.",
    evidence=("Two brigades moved to the river on Sunday.",),
    confidence="2 independent publishers",
    reason="first",
    changed="",
    sources=(CardSource("Second Desk", "Armour seen at the river", "https://desk.example/1", "2022-01-10T08:58:00Z"),),
)


def card(**changes: Any) -> Card:
    return replace(CARD, **changes)


def put(database: Database, key: str, kind: Kind = Kind.POST, **changes: Any) -> str:
    """Add a notification to the outbox, as a decision does; returns its key."""
    values: dict[str, Any] = {
        "story": "story-1", "receiver": "slack", "channel": "#alerts", "card": card(headline=key).to_json(),
        "text": key, "broadcast": False, "next_attempt_at": NOW, "created_at": NOW,
    }  # fmt: skip
    if kind is Kind.NOTICE:
        values |= {"story": None, "card": None}
    with database.begin() as connection:
        outbox.put(connection, key=key, decision=None, kind=kind.value, **(values | changes))
    return key
