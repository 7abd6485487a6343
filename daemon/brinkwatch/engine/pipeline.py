"""Runs the stages between poll and delivery on whatever waits for them in the store. Knows no clock and no network."""

from collections.abc import Sequence
from datetime import datetime

import structlog

from brinkwatch.alerts.decision import Reason
from brinkwatch.engine.decide import decide_item, decide_timer, decide_unrelated
from brinkwatch.engine.relate import place
from brinkwatch.engine.rules import Rules
from brinkwatch.items.item import ItemText
from brinkwatch.outcomes import Outcome, Stage
from brinkwatch.signals.classifier import Classifier, Embedder
from brinkwatch.store import decisions, items, ledger, stories
from brinkwatch.store.database import Database
from brinkwatch.stories.index import StoryIndex

BATCH = 32
log = structlog.get_logger(__name__)


class Pipeline:
    """The stages assess, relate and decide. Each may be run again at any time: what is done is not done twice.

    Not for use from two threads at once: the index of open stories is in memory.
    """

    def __init__(
        self,
        database: Database,
        classifier: Classifier,
        embedder: Embedder,
        rules: Rules,
        receivers: Sequence[str],
    ) -> None:
        self.database = database
        self.classifier = classifier
        self.embedder = embedder
        self.rules = rules
        self.receivers = receivers
        self.index = StoryIndex(rules.settings.stories)

    def restore(self, now: datetime) -> int:
        """Read the open stories into memory; returns how many there are."""
        with self.database.begin() as connection:
            active = stories.active_since(connection, now - self.rules.settings.stories.window)
            found = stories.member_features(connection, [story.id for story in active])
        for story in active:
            for item, features in found[story.id]:
                self.index.add(story.id, item, features, story.last_at)
        return len(active)

    def step(self, now: datetime) -> int:
        """One batch of each stage, and the timers that are due; returns how much was done, 0 when nothing waits."""
        return self.assess(now) + self.relate(now) + self.timers(now)

    def advance(self, now: datetime) -> None:
        """Do everything that can be done at `now`."""
        while self.step(now):
            pass

    def assess(self, now: datetime) -> int:
        """Read a batch of items with the classifier."""
        with self.database.begin() as connection:
            batch = items.at_stage(connection, Stage.ASSESS, BATCH)
        if not batch:
            return 0
        texts = [ItemText(item.title, item.summary) for item in batch]
        languages = [self.rules.feed(item.feed).language for item in batch]
        assessments = self.classifier.assess(texts, languages, self.rules.lowest)
        vectors = self.embedder.embed(texts)
        with self.database.begin() as connection:
            for item, assessment, vector in zip(batch, assessments, vectors, strict=True):
                outcome = Outcome.ASSESSED if assessment.supported else Outcome.UNSUPPORTED_LANGUAGE
                if items.advance(connection, item, Stage.RELATE, outcome):
                    items.save_assessment(connection, item, assessment, vector, now)
                    ledger.count(connection, item.feed, {outcome: 1}, now)
        return len(batch)

    def relate(self, now: datetime) -> int:
        """Put a batch of assessed items into stories, one transaction each, and decide who is told."""
        with self.database.begin() as connection:
            batch = items.at_stage(connection, Stage.RELATE, BATCH)
        # Within a batch the earliest report comes first, whatever the order of the feeds.
        for item in sorted(batch, key=lambda item: (item.first_seen, item.published, item.key)):
            self._relate(item, now)
        return len(batch)

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
            made = decide_item(connection, placed.story, item.id, item.revision, self.rules, self.receivers, now)
        self.index.add(placed.story, item.id, placed.features, now)
        for decision in made:
            log.info(
                "decided", story=placed.story, item=item.id, feed=item.feed, title=item.title,
                action=decision.action.value, reason=decision.reason.value,
            )  # fmt: skip

    def timers(self, now: datetime) -> int:
        """Ask again for every story whose wait is over."""
        with self.database.begin() as connection:
            due = decisions.due_timers(connection, now)
        for story, route, moment, item in due:
            with self.database.begin() as connection:
                made = decide_timer(connection, story, route, moment, item, self.rules, self.receivers, now)
            if made is not None:
                log.info("decided", story=story, action=made.action.value, reason=made.reason.value, by="timer")
        return len(due)
