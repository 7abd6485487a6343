"""Which routes take a story. Pure."""

from collections.abc import Collection, Sequence

from brinkwatch.alerts.decision import Reason
from brinkwatch.config.settings import Route
from brinkwatch.stories.story import Story, Tier


def routes_for(
    routes: Sequence[Route], views: Sequence[Story], told: Collection[str] = ()
) -> list[tuple[Route, Story]]:
    """The routes that take a story, in order: the first that matches, and the next ones as long as each says
    `continue`.

    `views[i]` is the story through the thresholds of `routes[i]`. A route that was `told` of the story (by label)
    keeps it, whatever becomes of it: its readers must hear the end.
    """
    open_ = True
    taken: list[tuple[Route, Story]] = []
    for route, story in zip(routes, views, strict=True):
        matches = open_ and asks_for(route, story) and grave_enough(route, story)
        if matches or route.label in told:
            taken.append((route, story))
        if matches and not route.continue_:
            open_ = False
    return taken


def why_nobody(routes: Sequence[Route], views: Sequence[Story]) -> Reason:
    """Why no route takes a story: too slight for those that ask for its kind, or of a kind that none asks for."""
    slight = any(asks_for(route, story) for route, story in zip(routes, views, strict=True))
    return Reason.BELOW_THRESHOLD if slight else Reason.NO_ROUTE


def asks_for(route: Route, story: Story) -> bool:
    """Whether the story is of the kind the route asks for."""
    if route.signals and not any(signal in story.signals for signal in route.signals):
        return False
    if route.directions and story.direction not in route.directions:
        return False
    return not route.feeds or any(member.feed in route.feeds for member in story.members)


def grave_enough(route: Route, story: Story) -> bool:
    """Whether any of its signals passes the route's thresholds, and its tier the route's."""
    return bool(story.signals) and story.tier >= Tier.of(route.min_tier)
