"""What Prometheus is told: every metric's name, and the counts of this process. Reads no store, network or clock.

Counts are kept here as things happen, on a registry of their own; how things stand comes as a `Snapshot` when somebody
asks. Names follow prometheus.io/docs/practices/naming. No label has a value that a feed or a person chooses.
"""

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    Info,
    ProcessCollector,
    disable_created_metrics,
)
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from brinkwatch.outcomes import Outcome

disable_created_metrics()  # type: ignore[no-untyped-call]  # a series beside each counter that says when it began: nobody asks
POLL_SECONDS = (0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
ASSESSMENT_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5)
DELIVERY_SECONDS = (0.5, 1, 2.5, 5, 10, 30, 60, 300, 1800, 3600, 21600)


@dataclass(frozen=True, slots=True)
class Snapshot:
    """How everything stands at one moment. Keys are label values; `decisions` are counts since the start."""

    feeds: Mapping[str, int] = field(default_factory=dict)
    polls_in_flight: int = 0
    queue: Mapping[str, int] = field(default_factory=dict)
    stories_open: int = 0
    decisions: Mapping[str, int] = field(default_factory=dict)
    outbox: Mapping[str, int] = field(default_factory=dict)
    outbox_oldest: timedelta = timedelta(0)
    last_progress: Mapping[str, datetime] = field(default_factory=dict)
    ledger_off: int = 0
    state_free_bytes: int = 0
    database_bytes: int = 0
    store_up: bool = True
    ready: bool = False


class Metrics:
    """The counts and times of one process, on a registry of its own. Safe to use from several threads."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._polls = self._counter("brinkwatch_polls", "Visits to feeds, by how they ended.", "outcome")
        self._poll_seconds = self._histogram(
            "brinkwatch_poll_seconds", "From a visit's first request to the end of its last answer.", POLL_SECONDS
        )
        self._items = self._counter("brinkwatch_items", "Entries of feeds, by what became of them.", "outcome")
        self._assessment = self._histogram(
            "brinkwatch_assessment_seconds", "Reading one item with the model, in its batch.", ASSESSMENT_SECONDS
        )
        self._deliveries = self._counter(
            "brinkwatch_deliveries", "Attempts to deliver and look-ups, by what came of them.", "outcome", "receiver"
        )
        self._delivery_seconds = self._histogram(
            "brinkwatch_delivery_seconds", "From a decision to its notification's arrival.", DELIVERY_SECONDS,
            "receiver",
        )  # fmt: skip
        self._reload_ok = Gauge(
            "brinkwatch_config_last_reload_successful", "1: the configuration in force is the one in the file.",
            registry=self.registry,
        )  # fmt: skip
        self._reload_at = Gauge(
            "brinkwatch_config_last_reload_success_timestamp_seconds", "When a configuration was last taken up.",
            registry=self.registry,
        )  # fmt: skip
        self._model = Info("brinkwatch_model", "The model that reads items.", registry=self.registry)
        self._build = Info("brinkwatch_build", "The program that runs.", registry=self.registry)

    def prepare(self, *, receivers: Iterable[str], deliveries: Collection[str]) -> None:
        """Show these series as 0 from the start: what has not happened yet cannot rise otherwise."""
        for outcome in ("ok", "not_modified"):
            self._polls.labels(outcome)
        for ending in Outcome:
            self._items.labels(ending)
        for receiver in receivers:
            self._delivery_seconds.labels(receiver)
            for delivery in deliveries:
                self._deliveries.labels(delivery, receiver)

    def runs(self, *, version: str, python: str, receivers: Iterable[str], standing: Collector) -> None:
        """Say what runs, and add how it stands and what the kernel knows of the process."""
        self._build.info({"version": version, "python": python, "receivers": ",".join(sorted(receivers))})
        self.registry.register(standing)
        ProcessCollector(registry=self.registry)

    def polled(self, status: str, took: timedelta, items: Mapping[Outcome, int]) -> None:
        """One poll; `items` is how many entries of it ended how."""
        self._polls.labels(poll_outcome(status)).inc()
        self._poll_seconds.observe(took.total_seconds())
        self.ended(items)

    def ended(self, items: Mapping[Outcome, int]) -> None:
        """So many entries ended so."""
        for outcome, number in items.items():
            self._items.labels(outcome).inc(number)

    def assessed(self, items: int, seconds: float) -> None:
        """A batch of items was read in so much time."""
        for _ in range(items):
            self._assessment.observe(seconds / items)

    def delivered(self, receiver: str, outcome: str, latency: timedelta | None) -> None:
        """One attempt or look-up. `latency`: since the decision, once people have it."""
        self._deliveries.labels(outcome, receiver).inc()
        if latency is not None:
            self._delivery_seconds.labels(receiver).observe(latency.total_seconds())

    def configured(self, now: datetime, model: str) -> None:
        """A configuration was taken up, and this model with it."""
        self._reload_ok.set(1)
        self._reload_at.set(now.timestamp())
        self._model.info({"version": model})

    def refused(self) -> None:
        """A configuration was refused; the old one stays."""
        self._reload_ok.set(0)

    def _counter(self, name: str, words: str, *labels: str) -> Counter:
        return Counter(name, words, labels, registry=self.registry)

    def _histogram(self, name: str, words: str, buckets: tuple[float, ...], *labels: str) -> Histogram:
        return Histogram(name, words, labels, buckets=buckets, registry=self.registry)


class Standing(Collector):
    """Asks how everything stands whenever the registry is read. `read` gives None while the store cannot be read."""

    def __init__(self, read: Callable[[], Snapshot | None]) -> None:
        self.read = read

    def collect(self) -> Iterator[Metric]:
        snapshot = self.read()
        up = snapshot is not None and snapshot.store_up
        yield _one("brinkwatch_store_up", "1: the store can be read and written.", up)
        if snapshot is not None:
            yield from families(snapshot)


def families(now: Snapshot) -> Iterator[Metric]:
    """A snapshot as metrics."""
    yield _by("brinkwatch_feeds", "Configured feeds, by how they stand.", "state", now.feeds)
    yield _one("brinkwatch_polls_in_flight", "Visits under way.", now.polls_in_flight)
    yield _by("brinkwatch_queue_items", "Items that wait for a stage.", "stage", now.queue)
    yield _one("brinkwatch_stories_open", "Stories that items may still join.", now.stories_open)
    decisions = CounterMetricFamily(
        "brinkwatch_decisions", "Decisions stored since the start, by their reason.", labels=["reason"]
    )
    for reason, number in now.decisions.items():
        decisions.add_metric([reason], number)
    yield decisions
    yield _by("brinkwatch_outbox_notifications", "Notifications that are not settled, by state.", "state", now.outbox)
    yield _one("brinkwatch_outbox_oldest_seconds", "Age of the oldest that waits.", now.outbox_oldest.total_seconds())
    progress = {stage: at.timestamp() for stage, at in now.last_progress.items()}
    yield _by(
        "brinkwatch_stage_last_progress_timestamp_seconds",
        "When a stage last ended well or went on.",
        "stage",
        progress,
    )
    yield _one("brinkwatch_ledger_balance", "Entries that are not accounted for; 0: it balances.", now.ledger_off)
    yield _one("brinkwatch_state_free_bytes", "Room on the disk that holds the state.", now.state_free_bytes)
    yield _one("brinkwatch_database_bytes", "Size of the database file; 0: it is elsewhere.", now.database_bytes)
    yield _one("brinkwatch_ready", "1: /readyz says yes.", now.ready)


def poll_outcome(status: str) -> str:
    """A poll's status as a label: HTTP statuses by their class, as servers choose among hundreds."""
    return re.sub(r"^http_(\d)\d\d$", r"http_\1xx", status)


def _one(name: str, words: str, value: float) -> Metric:
    return GaugeMetricFamily(name, words, value=float(value))


def _by(name: str, words: str, label: str, values: Mapping[str, float]) -> Metric:
    family = GaugeMetricFamily(name, words, labels=[label])
    for key, value in values.items():
        family.add_metric([key], value)
    return family
