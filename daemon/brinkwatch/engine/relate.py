"""Puts an assessed item into its story, or opens one. The decision itself is `stories.same`; this reads and writes."""

from dataclasses import dataclass
from datetime import datetime

from brinkwatch.engine.rules import Rules, passing
from brinkwatch.store import stories
from brinkwatch.store.database import Connection
from brinkwatch.store.items import StoredAssessment, StoredItem
from brinkwatch.stories.features import features
from brinkwatch.stories.group import story_id
from brinkwatch.stories.index import StoryIndex
from brinkwatch.stories.story import Features, StoryState, Tier


@dataclass(frozen=True, slots=True)
class Placed:
    """Where an item went. `story` None: in no story, because it carries no signal and touches none that is open."""

    story: str | None
    features: Features


def place(
    connection: Connection,
    item: StoredItem,
    assessment: StoredAssessment,
    index: StoryIndex,
    rules: Rules,
    now: datetime,
) -> Placed:
    """Join the item to a story. The caller adds it to `index` once the transaction is committed."""
    traits = features(item.title, item.summary, assessment.vector, item.published)
    story = stories.story_of(connection, item.id)
    score: float | None = None
    reason = "edited"
    if story is None:
        match = index.find(traits, now)
        story, score, reason = match.story, match.score, match.reason
    if story is None:
        if not passing(assessment.signals, rules.opening(item.feed)):
            return Placed(None, traits)
        # The same id whenever the stage is run again.
        anchor = f"{item.feed}\n{item.key}\n{item.first_seen.isoformat()}"
        story, score, reason = story_id(anchor), None, "opened"
        stories.open_story(connection, stories.StoryRow(story, now, now, StoryState.NEW, Tier.WATCH))
    stories.join(connection, story, item.id, traits, score, reason, now)
    stories.touch(connection, story, last_at=now)
    return Placed(story, traits)
