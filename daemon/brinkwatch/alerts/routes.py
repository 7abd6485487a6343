"""Which routes take a story: a walk down the tree, as Alertmanager's. Pure.

A route that matches asks the routes under it, in order; the first that takes the story ends the question, unless it
says `continue`. If none does, the route itself takes it. The list at the top is asked in the same way.
"""

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass

from brinkwatch.alerts.decision import Reason
from brinkwatch.alerts.matching import Check, Names, checks
from brinkwatch.config.alerting import Branch, Matchers, RestOfRoute, Route
from brinkwatch.stories.story import Story, Tier

INHERITED = ("channel", "min_tier", "mentions", "mention_tier", "group_wait", "group_wait_critical", "repeat_interval")


@dataclass(frozen=True, slots=True)
class Node:
    """A route with everything that it inherits filled in, and the nodes under it."""

    route: Route
    below: tuple["Node", ...]

    def flat(self) -> Iterator[Route]:
        """This route and all under it, from the top down."""
        yield self.route
        for node in self.below:
            yield from node.flat()


def plant(branches: Sequence[Branch], above: Route | None = None) -> tuple[Node, ...]:
    """The tree of some routes. What one does not say is as the route above it has it."""
    return tuple(_node(branch, above) for branch in branches)


def _node(branch: Branch, above: Route | None) -> Node:
    route = branch if above is None and isinstance(branch, Route) else _inherit(branch, above)
    return Node(route, plant(route.routes, route))


def _inherit(branch: Branch, above: Route | None) -> Route:
    values = {name: getattr(branch, name) for name in type(branch).model_fields}
    if above is not None:
        values |= {name: getattr(above, name) for name in INHERITED if name not in branch.model_fields_set}
        values["thresholds"] = branch.thresholds.over(above.thresholds)
        values["group_interval"] = _rest(branch.group_interval, above.group_interval)
    return Route.model_construct(**values)


def _rest(own: RestOfRoute, above: RestOfRoute) -> RestOfRoute:
    said = {name: getattr(own, name) for name in RestOfRoute.model_fields if getattr(own, name) is not None}
    return above.model_copy(update=said)


@dataclass(frozen=True, slots=True)
class Visit:
    """One route that was asked, with its answers. `takes`: the story is told by this very route."""

    route: Route
    depth: int
    story: Story
    checks: tuple[Check, ...]
    matches: bool
    takes: bool


def walk(nodes: Sequence[Node], view: Callable[[Route], Story], names: Names, depth: int = 0) -> list[Visit]:
    """Every route that is asked about a story, in order; `view` gives the story through a route's thresholds."""
    visits: list[Visit] = []
    for node in nodes:
        story = view(node.route)
        answers = (*_threshold(node.route, story), *checks(node.route, story, names))
        fits = all(answer.fits for answer in answers)
        below = walk(node.below, view, names, depth + 1) if fits else []
        taken = any(visit.takes for visit in below)
        visits += [Visit(node.route, depth, story, answers, fits, fits and not taken), *below]
        if fits and not node.route.continue_:
            break
    return visits


def _threshold(route: Route, story: Story) -> Iterator[Check]:
    """The two that every route asks: whether any signal passes its thresholds, and the tier its `min_tier`."""
    yield Check("thresholds", ("a signal over its threshold",), tuple(story.signals), bool(story.signals))
    yield Check("min_tier", (route.min_tier,), (story.tier.word,), story.tier >= Tier.of(route.min_tier))


@dataclass(frozen=True, slots=True)
class Taken:
    """A route that is asked to tell of a story. `told_as` is the label under which its channel's history is kept."""

    route: Route
    story: Story
    told_as: str


def taken(
    nodes: Sequence[Node], visits: Sequence[Visit], view: Callable[[Route], Story], told: Collection[str] = ()
) -> list[Taken]:
    """The routes that tell of a story: those that take it, and those that were `told` of it (by label) before, whose
    readers must hear the end.

    A channel hears of a story by one route. A route that takes over goes on where the channel's former one ended.
    """
    takes = {visit.route.label for visit in visits if visit.takes}
    routes = [route for node in nodes for route in node.flat()]
    by_channel: dict[str, list[Route]] = {}
    for route in routes:
        if route.label in takes or route.label in told:
            by_channel.setdefault(route.channel, []).append(route)
    found = []
    for group in by_channel.values():
        chosen = next((route for route in group if route.label in takes), group[0])
        before = [route.label for route in group if route.label in told]
        told_as = chosen.label if chosen.label in told or not before else before[0]
        found.append(Taken(chosen, view(chosen), told_as))
    return found


def why_nobody(visits: Sequence[Visit]) -> Reason:
    """Why no route takes a story: too slight for those that ask for its kind, or of a kind that none asks for."""
    slight = any(not visit.matches and not _refused_by(visit, Matchers.model_fields) for visit in visits)
    return Reason.BELOW_THRESHOLD if slight else Reason.NO_ROUTE


def _refused_by(visit: Visit, words: Collection[str]) -> list[str]:
    return [check.word for check in visit.checks if not check.fits and check.word in words]
