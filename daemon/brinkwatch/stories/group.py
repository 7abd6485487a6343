"""Groups any news items into stories, by the same decision that the daemon uses. Pure."""

import base64
import hashlib
from collections.abc import Iterable
from typing import TypeVar

from brinkwatch.config.settings import Stories
from brinkwatch.stories.index import StoryIndex
from brinkwatch.stories.same import SamePolicy
from brinkwatch.stories.story import Features

Identity = TypeVar("Identity", str, int, str | int)


def content_key(features: Features) -> str:
    """Orders items of one moment by what they say, so that the order in which they came does not matter."""
    parts = (features.title, *sorted(features.tokens), *sorted(features.entities), *sorted(features.numbers))
    return hashlib.sha256("\n".join(parts).encode("utf-8", "replace")).hexdigest()


def story_id(anchor: str | int) -> str:
    """A story's id, from the item that opens it."""
    named = f"{type(anchor).__name__}:{anchor}"  # 7 and "7" are two items
    digest = hashlib.sha256(named.encode("utf-8", "replace")).digest()
    return "s-" + base64.b32encode(digest[:10]).decode().lower()


def group(
    items: Iterable[tuple[Identity, Features]], settings: Stories | None = None, policy: SamePolicy | None = None
) -> dict[Identity, str]:
    """The story of each item; every item is in one. A second item with the same id is an edit of the first.

    Items are taken in the order of publication. Those of one moment are ordered by content, so the answer does not
    depend on the order in which they are given.
    """
    index = StoryIndex(settings or Stories(), policy)
    latest = dict(items)
    ordered = sorted(latest.items(), key=lambda item: (item[1].published, content_key(item[1]), str(item[0])))
    stories: dict[Identity, str] = {}
    for identity, features in ordered:
        story = index.find(features, features.published).story or story_id(identity)
        index.add(story, identity, features, features.published)
        stories[identity] = story
    return stories
