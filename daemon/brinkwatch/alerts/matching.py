"""Decides whether a story fits the words of a route or a silence, and says why. Touches no clock and no store."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from brinkwatch.config.alerting import Matchers
from brinkwatch.stories.story import Story

ACTORS = ("state:", "group:", "person:", "org:")
PLACES = ("city:", "place:", "area:", "state:")


@dataclass(frozen=True, slots=True)
class Names:
    """What names mean: `entities` gives the identities of an actor or a place, `feeds` the feeds of a pack."""

    entities: Callable[[str], frozenset[str]]
    feeds: Callable[[str], frozenset[str]]


@dataclass(frozen=True, slots=True)
class Check:
    """One word of a route or a silence, asked of a story: what it wants and what it found."""

    word: str
    wanted: tuple[str, ...]
    found: tuple[str, ...]
    fits: bool


def matches(matchers: Matchers, story: Story, names: Names) -> bool:
    """Whether every word fits. Words that say nothing fit everything."""
    return all(check.fits for check in checks(matchers, story, names))


def checks(matchers: Matchers, story: Story, names: Names) -> list[Check]:
    """One answer for each word that says something, in the order of the settings.

    A word fits if any of its values does. Signals, actors, places and languages are asked of the reports, which carry a
    signal; feeds and packs of every item of the story.
    """
    feeds = {member.feed for member in story.members}
    languages = {member.language for member in story.reports if member.language}
    return [
        check
        for check in (
            _any_of("signals", matchers.signals, story.signals),
            _any_of("directions", matchers.directions, [story.direction]),
            _any_of("tiers", matchers.tiers, [story.tier.word]),
            _named("actors", matchers.actors, ACTORS, story, names),
            _named("places", matchers.places, PLACES, story, names),
            _packs(matchers.packs, feeds, names),
            _any_of("feeds", matchers.feeds, sorted(feeds)),
            _any_of("languages", matchers.languages, sorted(languages)),
        )
        if check.wanted
    ]


def _any_of(word: str, wanted: Iterable[str], found: Iterable[str]) -> Check:
    wanted, found = tuple(map(str, wanted)), tuple(map(str, found))
    return Check(word, wanted, found, not wanted or not set(wanted).isdisjoint(found))


def _named(word: str, wanted: tuple[str, ...], kinds: tuple[str, ...], story: Story, names: Names) -> Check:
    """Whether a report names one of these. What the gazetteer does not know is looked for in its words."""
    found = frozenset(one for report in story.reports for one in report.entities if one.startswith(kinds))
    fits = not wanted or any(_is_named(name, found, kinds, story, names) for name in wanted)
    return Check(word, wanted, tuple(sorted(found)), fits)


def _is_named(name: str, found: frozenset[str], kinds: tuple[str, ...], story: Story, names: Names) -> bool:
    # The closest identity alone: "Kyiv" means the city, not every story of its state.
    known = [one for one in names.entities(name) if one.startswith(kinds)]
    closest = [one for one in known if not one.startswith("state:")] or known
    if closest:
        return not found.isdisjoint(closest)
    spelled = re.compile(rf"(?<!\w){re.escape(name)}(?!\w)", re.IGNORECASE)
    return any(spelled.search(f"{report.title}\n{report.summary}") for report in story.reports)


def _packs(wanted: tuple[str, ...], feeds: set[str], names: Names) -> Check:
    fits = not wanted or any(feeds & names.feeds(pack) for pack in wanted)
    return Check("packs", wanted, tuple(sorted(feeds)), fits)
