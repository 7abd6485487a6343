"""Runs the stages between poll and delivery on whatever waits for them in the store. Knows no clock and no network."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import partial
from time import perf_counter

import numpy as np
import structlog
from numpy.typing import NDArray

from brinkwatch.alerts.decision import Reason
from brinkwatch.engine.decide import decide_item, decide_timer, decide_unrelated, drop_timer, refresh
from brinkwatch.engine.relate import catch_up, hold, place, restore
from brinkwatch.engine.rules import Rules
from brinkwatch.items.item import ItemText
from brinkwatch.ops.metrics import Metrics
from brinkwatch.ops.progress import Progress
from brinkwatch.outcomes import Outcome, Stage
from brinkwatch.signals.assessment import Assessment
from brinkwatch.signals.classifier import Classifier, Embedder
from brinkwatch.store import decisions, items, ledger, links
from brinkwatch.store.database import UNAVAILABLE, Connection, Database
from brinkwatch.stories.index import StoryIndex

BATCH = 32
BATCH_CHARACTERS = 60_000  # whole articles take seconds each, and a stop waits for the batch
PATIENCE = timedelta(minutes=1)  # for the rest of a poll to be read, so that its order decides nothing
# What passes by itself: the item is tried again. Anything else is the fault of the item at hand.
PASSES = (*UNAVAILABLE, MemoryError, OSError)
Read = tuple[items.StoredItem, Assessment, NDArray[np.float32]]
log = structlog.get_logger(__name__)


class Pipeline:
    """The stages assess, relate and decide. Each may be run again at any time: what is done is not done twice.

    An item that a stage cannot handle is given up with the reason `failed`, so that it holds up nothing else.

    Not for use from two threads at once: the index of open stories is in memory.
    """

    def __init__(
        self,
        database: Database,
        classifier: Classifier,
        embedder: Embedder,
        rules: Rules,
        receivers: Sequence[str],
        metrics: Metrics | None = None,
    ) -> None:
        self.metrics = metrics or Metrics()
        self.database = database
        self.classifier = classifier
        self.embedder = embedder
        self.rules = rules
        self.receivers = receivers
        self.progress = Progress()
        self.index = StoryIndex(rules.settings.stories)
        self._links_known = 0

    def restore(self, now: datetime) -> int:
        """Read the open stories into memory; returns how many there are."""
        settings = self.rules.settings.stories
        with self.database.read() as connection:
            count, self._links_known = restore(connection, self.index, now - settings.window - settings.grace)
        return count

    def apply(self, rules: Rules) -> None:
        """Use other rules from the next step on."""
        self.rules = rules
        self.index.window = rules.settings.stories.window
        self.index.grace = rules.settings.stories.grace

    def step(self, now: datetime) -> int:
        """One batch of each stage, and the timers that are due; returns how much was done, 0 when nothing waits."""
        try:
            read = self.assess(now)
        finally:
            # What was read before goes on, also while nothing can be read.
            rest = self.relate(now) + self.timers(now)
        return read + rest

    def advance(self, now: datetime) -> None:
        """Do everything that can be done at `now`."""
        while self.step(now):
            pass

    def assess(self, now: datetime) -> int:
        """Read a batch of items with the classifier."""
        with self.database.read() as connection:
            batch = at_once(items.at_stage(connection, Stage.ASSESS, BATCH))
        if not batch:
            return 0
        began = perf_counter()
        with self.progress.piece("assess"):
            read, unreadable = self._read(batch)
        self.metrics.assessed(len(batch), perf_counter() - began)
        ended: Counter[Outcome] = Counter()
        with self.database.begin() as connection:
            for item, assessment, vector in read:
                outcome = Outcome.ASSESSED if assessment.supported else Outcome.UNSUPPORTED_LANGUAGE
                if items.advance(connection, item, Stage.RELATE, outcome):
                    ended[outcome] += 1
                    items.save_assessment(connection, item, assessment, vector, now)
                    ledger.count(connection, item.feed, {outcome: 1}, now)
            for item in unreadable:
                if items.advance(connection, item, Stage.ASSESS, Outcome.FAILED):
                    ended[Outcome.FAILED] += 1
                    ledger.count(connection, item.feed, {Outcome.FAILED: 1}, now)
                    give_up(connection, item, now)
        self.metrics.ended(ended)
        return len(batch)

    def _read(self, batch: Sequence[items.StoredItem]) -> tuple[list[Read], list[items.StoredItem]]:
        """What the models say of each item, and the items they cannot read. Raises where it is not the items' fault."""
        try:
            return self._read_together(batch), []
        except PASSES:
            raise
        except Exception:
            log.warning("a batch cannot be read, reading its items one by one", items=len(batch), exc_info=True)
        read: list[Read] = []
        unreadable: list[tuple[items.StoredItem, Exception]] = []
        for item in batch:
            try:
                read += self._read_together([item])
            except PASSES:
                raise
            except Exception as raised:  # noqa: BLE001 - whatever a model raises
                unreadable.append((item, raised))
        if not read and len(batch) > 1:
            raise unreadable[0][1]  # Not one can be read: that is the model's fault.
        for item, error in unreadable:
            log.critical("item given up", item=item.id, feed=item.feed, title=item.title, error=repr(error))
        return read, [item for item, _ in unreadable]

    def _read_together(self, batch: Sequence[items.StoredItem]) -> list[Read]:
        texts = [ItemText(item.title, item.summary) for item in batch]
        languages = [self.rules.feed(item.feed).language for item in batch]
        assessments = self.classifier.assess(texts, languages, self.rules.lowest)
        return list(zip(batch, assessments, self.embedder.embed(texts), strict=True))

    def relate(self, now: datetime) -> int:
        """Put a batch of assessed items into stories, one transaction each, and decide who is told."""
        self._follow_people(now)
        with self.database.read() as connection:
            batch = items.to_relate(connection, BATCH, now - PATIENCE)
        for item in batch:
            with (
                self.progress.piece("relate"),
                self._sparing_the_rest(partial(give_up, item=item, now=now), item=item.id, feed=item.feed),
            ):
                self._relate(item, now)
        return len(batch)

    def _follow_people(self, now: datetime) -> None:
        """Take over what people have merged and split since the last step."""
        with self.database.read() as connection:
            if links.newest(connection) == self._links_known:
                return
        with self.database.begin() as connection:
            new = catch_up(connection, self.index, self._links_known)
            for story in {name for link in new for name in (link.story, link.other)}:
                refresh(connection, story, self.rules, now)
        for link in new:
            self._links_known = link.id
            log.info("stories changed by hand", kind=link.kind.value, story=link.story, other=link.other)

    @contextmanager
    def _sparing_the_rest(self, give_up: Callable[[Connection], None], **about: str | int) -> Iterator[None]:
        """Should the work inside fail for a reason of its own, give it up, so that the rest is done."""
        try:
            yield
        except PASSES:
            raise
        except Exception:
            log.critical("given up", **about, exc_info=True)
            with self.database.begin() as connection:
                give_up(connection)

    def _relate(self, item: items.StoredItem, now: datetime) -> None:
        with self.database.begin() as connection:
            if not items.advance(connection, item, Stage.DONE):
                return
            assessment = items.assessment_of(connection, item.id)
            if assessment is None:
                raise LookupError(f"item {item.id} has passed the stage assess without an assessment")
            if not assessment.supported:
                decide_unrelated(connection, item.id, item.revision, Reason.UNSUPPORTED_LANGUAGE, now)
                return
            placed = place(connection, item, assessment, self.index, self.rules, now)
            if placed.story is None:
                decide_unrelated(connection, item.id, item.revision, Reason.BELOW_THRESHOLD, now)
                return
            if self.rules.too_old(item.published, now):  # it waited here while the daemon was down
                made = [decide_unrelated(connection, item.id, item.revision, Reason.STALE, now, placed.story)]
            else:
                made = decide_item(connection, placed.story, item.id, item.revision, self.rules, self.receivers, now)
        hold(self.index, placed.story, placed.members, now)
        for decision in made:
            log.info(
                "decided", story=placed.story, item=item.id, feed=item.feed, title=item.title,
                action=decision.action.value, reason=decision.reason.value,
            )  # fmt: skip

    def timers(self, now: datetime) -> int:
        """Ask again for every story whose wait is over."""
        with self.database.read() as connection:
            due = decisions.due_timers(connection, now)
        for story, route, moment, item in due:
            with (
                self.progress.piece("decide"),
                self._sparing_the_rest(partial(drop_timer, story=story, label=route), story=story, route=route),
            ):
                with self.database.begin() as connection:
                    made = decide_timer(connection, story, route, moment, item, self.rules, self.receivers, now)
                if made is not None:
                    log.info("decided", story=story, action=made.action.value, reason=made.reason.value, by="timer")
        return len(due)


def give_up(connection: Connection, item: items.StoredItem, now: datetime) -> None:
    """Let an item that no stage can handle go no further."""
    if items.advance(connection, item, Stage.DONE):
        decide_unrelated(connection, item.id, item.revision, Reason.FAILED, now)


def at_once(batch: Sequence[items.StoredItem]) -> Sequence[items.StoredItem]:
    """The first of these items, as many as are read without keeping a stop waiting; at least one."""
    characters = 0
    for number, item in enumerate(batch):
        characters += len(item.title) + len(item.summary)
        if number and characters > BATCH_CHARACTERS:
            return batch[:number]
    return batch
