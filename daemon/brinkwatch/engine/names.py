"""What the names in routes and silences mean, by the gazetteer and the catalogue of feeds."""

from functools import cache

from brinkwatch.alerts.matching import Names
from brinkwatch.config.catalogue import packs
from brinkwatch.stories.entities import find


@cache
def entities(name: str) -> frozenset[str]:
    """The identities of an actor or a place; none if the gazetteer does not know it."""
    # A capital by itself stands for its state; after "in" it is the city as well.
    return find(name).all | find(f"in {name}").all


@cache
def feeds(pack: str) -> frozenset[str]:
    """The feeds of a pack of the catalogue, by id; none if there is no such pack."""
    found = packs().get(pack)
    return frozenset(str(feed["id"]) for feed in found.feeds) if found else frozenset()


NAMES = Names(entities, feeds)
