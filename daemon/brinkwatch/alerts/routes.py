"""Which routes take a story. Pure."""

from collections.abc import Sequence

from brinkwatch.config.settings import Route
from brinkwatch.stories.story import Story


def matches(route: Route, story: Story) -> bool:
    """Whether a story, as seen through the route's thresholds, is of the kind the route asks for."""
    if route.signals and not any(signal in story.signals for signal in route.signals):
        return False
    if route.directions and story.direction not in route.directions:
        return False
    return not route.feeds or any(member.feed in route.feeds for member in story.members)


def routes_for(routes: Sequence[Route], views: Sequence[Story]) -> list[tuple[Route, Story]]:
    """The routes that take a story, in order: the first that matches, and the next ones as long as each says
    `continue`. `views[i]` is the story through the thresholds of `routes[i]`."""
    taken: list[tuple[Route, Story]] = []
    for route, story in zip(routes, views, strict=True):
        if matches(route, story):
            taken.append((route, story))
            if not route.continue_:
                break
    return taken
