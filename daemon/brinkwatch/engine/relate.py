"""Puts an assessed item into its story, or opens one. The decision itself is `stories.same`; this reads and writes."""

from dataclasses import asdict, dataclass, replace
from datetime import datetime

from brinkwatch.engine.rules import Rules, passing
from brinkwatch.store import links, stories
from brinkwatch.store.database import Connection
from brinkwatch.store.items import StoredAssessment, StoredItem
from brinkwatch.store.stories import Joining, MemberFeatures
from brinkwatch.stories.features import features
from brinkwatch.stories.group import story_id
from brinkwatch.stories.index import StoryIndex
from brinkwatch.stories.same import Match
from brinkwatch.stories.story import StoryState, Tier


@dataclass(frozen=True, slots=True)
class Placed:
    """Where an item went. `story` None: in no story, because it carries no signal and touches none that is open.

    `members` is what the index is to hold of the story from now on: the item, and all others if it was not there.
    """

    story: str | None
    members: tuple[MemberFeatures, ...] = ()


def place(
    connection: Connection,
    item: StoredItem,
    assessment: StoredAssessment,
    index: StoryIndex,
    rules: Rules,
    now: datetime,
) -> Placed:
    """Join the item to a story. The caller adds what was placed to `index` once the transaction is committed."""
    traits = features(item.title, item.summary, assessment.vector, item.published)
    story = stories.story_of(connection, item.id)
    why = Joining("edited")
    if story is None:
        flagged = bool(passing(assessment.signals, rules.opening(item.feed)))
        match = index.find(traits, now, returning=flagged)
        story, why = match.story, _joining(match)
        if story is None:
            if not flagged:
                return Placed(None)
            # The same id whenever the stage is run again.
            anchor = f"{item.feed}\n{item.key}\n{item.first_seen.isoformat()}"
            story, why = story_id(anchor), _opening(match)
            stories.open_story(connection, stories.StoryRow(story, now, now, StoryState.NEW, Tier.WATCH))
    stories.join(connection, story, item.id, traits, why, now)
    stories.touch(connection, story, last_at=now)
    if story in index:
        return Placed(story, (MemberFeatures(item.id, traits, index.part_of(item.id) or why.part),))
    # New, or forgotten long since and brought back by an edit: then with all that it has.
    return Placed(story, tuple(stories.member_features(connection, [story])[story]))


def _joining(match: Match) -> Joining:
    weighed = {name: round(value, 4) for name, value in asdict(match.seen).items() if value} if match.seen else None
    nearest = match.nearest if isinstance(match.nearest, int) else None
    part = None if match.part == match.story else match.part
    return Joining(match.reason, match.score, part, nearest, weighed)


def _opening(match: Match) -> Joining:
    """Why an item opened a story: what came nearest, and was another."""
    near = _joining(match)
    return replace(
        near, reason=f"opened; the nearest was not the same: {near.reason}" if near.nearest else "opened", score=None
    )


def hold(index: StoryIndex, story: str, members: tuple[MemberFeatures, ...], at: datetime) -> None:
    """Let the index hold these members of a story."""
    for member in members:
        index.add(story, member.item, member.features, at, member.part)


def restore(connection: Connection, index: StoryIndex, since: datetime) -> tuple[int, int]:
    """Read the stories that something joined since then into memory; returns how many, and the newest link known."""
    active = stories.active_since(connection, since)
    found = stories.member_features(connection, [story.id for story in active])
    for story in active:
        hold(index, story.id, tuple(found[story.id]), story.last_at)
    index.keep_apart(links.apart(connection))
    return len(active), links.newest(connection)


def catch_up(connection: Connection, index: StoryIndex, known: int) -> list[links.Link]:
    """Let the index hold what people have merged and split since the link `known`; returns the links."""
    new = links.since(connection, known)
    touched = dict.fromkeys(story for link in new for story in (link.story, link.other))
    for name in touched:
        index.forget(name)
    for name in touched:
        row = stories.get(connection, name)
        if row is not None and row.merged_into is None:
            hold(index, name, tuple(stories.member_features(connection, [name])[name]), row.last_at)
    if new:
        index.keep_apart(links.apart(connection))
    return new
