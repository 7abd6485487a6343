"""Runs the same items under two configurations, and under others around the new one. Sends nothing, writes no store.

Each text is read by a model once: what a threshold decides comes after the probabilities.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

from brinkwatch.alerts.decision import Reason
from brinkwatch.config import settings as configuration
from brinkwatch.config.settings import Settings
from brinkwatch.engine.compare import Difference, Message, Rate, compare, days, rate
from brinkwatch.engine.memory import Memory
from brinkwatch.engine.replay import Arrival, Replay
from brinkwatch.engine.rules import Rules, passing
from brinkwatch.engine.sweep import STEPS, shifted
from brinkwatch.signals.catalogue import SIGNALS, Signal
from brinkwatch.signals.classifier import Classifier, Embedder
from brinkwatch.signals.language import ANY
from brinkwatch.store import past
from brinkwatch.store.past import PastItem

RECEIVER = "backtest"
BEGINNING = datetime(1, 1, 1, tzinfo=UTC)
Open = Callable[[configuration.Classifier], tuple[Classifier, Embedder]]


@dataclass(frozen=True, slots=True)
class Given:
    """What is run again: items of a file, or of a store with its present moment.

    `since`: what would have been sent before is not looked at; it only lets stories be known.
    """

    arrivals: Sequence[Arrival] = ()
    past: Sequence[PastItem] = ()
    since: datetime = BEGINNING
    now: datetime | None = None

    @property
    def count(self) -> int:
        """Items in the time looked at."""
        return len(self.arrivals) + sum(item.first_seen >= self.since for item in self.past)

    @property
    def size(self) -> int:
        return len(self.arrivals) + len(self.past)


@dataclass(frozen=True, slots=True)
class Run:
    """What one configuration would have sent. `held`: messages that its budgets would have held back; `thresholds`
    are the global ones."""

    messages: tuple[Message, ...]
    held: int
    rate: Rate
    thresholds: Mapping[Signal, float]


@dataclass(frozen=True, slots=True)
class Step:
    """The new configuration with all thresholds moved. `thresholds` are the global ones; `flagged` counts items."""

    percent: int
    thresholds: Mapping[Signal, float]
    flagged: int
    rate: Rate


@dataclass(frozen=True, slots=True)
class Backtest:
    """`days` are those looked at, in UTC; `read`: texts that a model had to read for it; `model`: the thresholds that
    the new configuration's classifier has of its own."""

    days: tuple[date, ...]
    items: int
    read: int
    present: Run
    new: Run
    difference: Difference
    steps: tuple[Step, ...]
    model: Mapping[Signal, float]


def backtest(
    given: Given,
    present: Settings,
    new: Settings,
    open_models: Open,
    progress: Callable[[int], None] = lambda _: None,
    steps: Sequence[int] = STEPS,
) -> Backtest:
    """Run everything; `steps` are percents as `shifted` takes them. `progress` is told of the items of all runs done.

    Raises ModelError.
    """
    classifier, embedder = open_models(new.classifier)
    variants = [shifted(new, classifier.thresholds, percent) for percent in steps]
    memory = _memory([new, *variants], classifier, embedder)
    of_present = memory
    if present.classifier == new.classifier:
        memory.lowest = _lowest([present, new, *variants], classifier)
    else:
        of_present = _memory([present], *open_models(present.classifier))
    runs = _Runs(given, progress)
    for each, models in ((present, of_present), (new, memory)):
        _recall(given.past, each, models)
    before, after = (runs.whole(present, of_present), runs.whole(new, memory))
    seen = [arrival.seen for arrival in given.arrivals]
    if given.now is not None:
        seen = [max(given.since, min(item.first_seen for item in given.past)), given.now]
    over = days([*(moment.astimezone(UTC) for moment in seen), *(m.at for m in (*before[0], *after[0]))])
    found = [
        Step(percent, _global(variant, classifier), flagged, rate(messages, over))
        for percent, variant in zip(steps, variants, strict=True)
        for messages, flagged in [runs.counted(variant, memory)]
    ]
    sides = [
        Run(messages, held, rate(messages, over), _global(settings, models))
        for (messages, held), settings, models in ((before, present, of_present), (after, new, memory))
    ]
    return Backtest(
        days=tuple(over),
        items=given.count,
        read=memory.read + (of_present.read if of_present is not memory else 0),
        present=sides[0],
        new=sides[1],
        difference=compare(before[0], after[0]),
        steps=tuple(found),
        model=dict(classifier.thresholds),
    )


class _Runs:
    """Runs of the same items, each in a throwaway store of its own."""

    def __init__(self, given: Given, progress: Callable[[int], None]) -> None:
        self.given = given
        self.progress = progress
        self.done = 0

    def whole(self, settings: Settings, memory: Memory) -> tuple[tuple[Message, ...], int]:
        """Every message as people would see it, and how many were held back."""
        replay = self._run(settings, memory, (RECEIVER,))
        with replay.database.begin() as connection:
            rows = past.sent(connection, RECEIVER)
            stories = past.stories(connection)
            held = past.held_back(connection, Reason.BUDGET.value, self.given.since)
        replay.database.close()
        return tuple(
            Message(
                row.at, row.route, row.channel, row.action, row.reason, row.tier.word, row.headline,
                row.guid or row.story, stories.get(row.story, frozenset()),
            )
            for row in rows if row.at >= self.given.since
        ), held  # fmt: skip

    def counted(self, settings: Settings, memory: Memory) -> tuple[list[past.Told], int]:
        """When what was sent, and how many items carry a signal."""
        replay = self._run(settings, memory, ())
        rules = replay.pipeline.rules
        with replay.database.begin() as connection:
            messages = [told for told in past.told(connection) if told.at >= self.given.since]
            known = past.probabilities(connection, self.given.since)
        replay.database.close()
        return messages, sum(bool(passing(signals, rules.opening(feed))) for feed, signals in known)

    def _run(self, settings: Settings, memory: Memory, receivers: Sequence[str]) -> Replay:
        def forward(done: int) -> None:
            self.progress(self.done + done)

        from_store = self.given.now is not None
        replay = Replay(settings, memory, memory, ageless=not from_store, receivers=receivers)
        if self.given.now is not None:
            replay.run_again(self.given.past, self.given.now, forward)
        else:
            replay.run(self.given.arrivals, forward)
        self.done += self.given.size
        return replay


def _memory(variants: Sequence[Settings], classifier: Classifier, embedder: Embedder) -> Memory:
    return Memory(classifier, embedder, _lowest(variants, classifier))


def _lowest(variants: Sequence[Settings], classifier: Classifier) -> dict[Signal, float]:
    each = [Rules(variant, classifier.thresholds).lowest for variant in variants]
    return {signal: min(limits[signal] for limits in each) for signal in SIGNALS}


def _global(settings: Settings, classifier: Classifier | Memory) -> dict[Signal, float]:
    return settings.thresholds.resolve(dict(classifier.thresholds))


def _recall(items: Sequence[PastItem], settings: Settings, memory: Memory) -> None:
    """Take over what the store knows, where the configured classifier would say the same of the text."""
    rules = Rules(settings, memory.thresholds)
    readable = settings.classifier.languages
    for item in items:
        language = rules.feed(item.feed).language
        known, vector = item.assessment, item.vector
        if known is None or vector is None or known.model != memory.name or not known.supported:
            continue
        if language in (None, known.language) and (ANY in readable or known.language in readable):
            memory.know(item.text, language, known, vector)
