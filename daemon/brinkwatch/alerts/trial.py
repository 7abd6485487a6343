"""Writes the card that tries a route: it says before all else that it is a test. Pure."""

from datetime import datetime

from brinkwatch.alerts.card import Card, rfc3339
from brinkwatch.config.alerting import Route

WORDS = "This is a test"


def trial_card(route: Route, now: datetime) -> Card:
    """A card as the route's readers get it, that calls nobody and reports nothing."""
    return Card(
        story="test",
        tier=route.min_tier,
        direction="none",
        state="test",
        headline=f"{WORDS} of the route {route.label}",
        link=None,
        publisher="Brinkwatch",
        published=rfc3339(now),
        signals=(),
        summary=f"{WORDS}. Nothing has happened, and nobody need do anything. Alerts of this route will appear here.",
        evidence=(),
        confidence="none, as this is a test",
        reason="test",
        changed="",
    )
