"""Finds the way of one item down the routes, as the daemon would if it opened a story with it. Opens no store."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from brinkwatch.alerts.decision import Reason
from brinkwatch.alerts.routes import Visit, walk, why_nobody
from brinkwatch.config.alerting import Route
from brinkwatch.config.settings import Settings
from brinkwatch.engine.names import entities
from brinkwatch.engine.rules import Rules
from brinkwatch.items.clean import clean
from brinkwatch.items.form import Form, form
from brinkwatch.items.item import ItemText
from brinkwatch.signals.catalogue import SIGNALS, Signal
from brinkwatch.signals.load import load_classifier
from brinkwatch.store.stories import MemberRow
from brinkwatch.stories.entities import find
from brinkwatch.stories.features import SUMMARY_CHARACTERS
from brinkwatch.stories.story import Story, StoryState, Tier

CERTAIN = 1.0
AT = datetime(2000, 1, 1, tzinfo=UTC)  # routes do not ask for times


@dataclass(frozen=True, slots=True)
class Asked:
    """What is known of the item. Given signals stand in place of the classifier's word."""

    text: ItemText
    feed: str
    signals: tuple[Signal, ...]
    tier: Tier | None
    names: tuple[str, ...]
    language: str

    @classmethod
    def of(
        cls, title: str, summary: str, feed: str, signals: Sequence[str], tier: str | None, names: Sequence[str],
        language: str,
    ) -> "Asked":  # fmt: skip
        """The same from words; raises ValueError that says which word is none of ours."""
        text = clean(title, summary) if title else ItemText("", summary)
        if text is None:
            raise ValueError("the title holds no text")
        if wrong := [name for name in signals if name not in SIGNALS]:
            raise ValueError(f"{wrong[0]!r} is no signal; they are {', '.join(SIGNALS)}")
        if tier is not None and tier.upper() not in Tier.__members__:
            raise ValueError(f"{tier!r} is no tier; they are watch, elevated, critical")
        return cls(
            text, feed, tuple(map(Signal, signals)), Tier.of(tier) if tier else None, tuple(names), language
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Way:
    """The routes that were asked, in order, and the item as a story."""

    story: Story
    visits: tuple[Visit, ...]
    form: Form
    why_nobody: Reason


def way(settings: Settings, asked: Asked) -> Way:
    """Ask every route. Loads the configured classifier only if no signals are given; raises ModelError."""
    probabilities, thresholds, language = _read(settings, asked)
    rules = Rules(settings, thresholds)
    text = f"{asked.text.title}\n{asked.text.summary[:SUMMARY_CHARACTERS]}"
    named = find(text).all.union(*(entities(name) for name in asked.names))
    row = MemberRow(
        0, asked.feed, asked.text.title, " ".join([asked.text.summary, *asked.names]), None, AT, AT, "", 1,
        dict(probabilities), (), named, frozenset(), True, asked.language or language,
    )  # fmt: skip

    def view(route: Route | None) -> Story:
        story = rules.view("", [row], route=route, opened_at=AT, last_at=AT, state=StoryState.NEW)
        return story if asked.tier is None else replace(story, tier=asked.tier)

    visits = walk(rules.tree, view, rules.names)
    return Way(view(None), tuple(visits), form(asked.text.title, asked.text.summary), why_nobody(visits))


def _read(settings: Settings, asked: Asked) -> tuple[Mapping[Signal, float], Mapping[Signal, float], str]:
    """Probabilities, the model's thresholds, and the language."""
    if asked.signals:
        return {signal: CERTAIN * (signal in asked.signals) for signal in SIGNALS}, dict.fromkeys(SIGNALS, 0.5), ""
    classifier = load_classifier(settings.classifier)
    (assessment,) = classifier.assess([asked.text], [asked.language or None])
    return assessment.signals, classifier.thresholds, assessment.language
