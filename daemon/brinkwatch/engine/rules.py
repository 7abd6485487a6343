"""What the settings and the model's own thresholds together mean for an item and for a route. Pure."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cached_property

from brinkwatch.alerts.decide import Policy
from brinkwatch.alerts.matching import Names
from brinkwatch.alerts.routes import Node, plant
from brinkwatch.config.alerting import GroupInterval, RestOfRoute, Route
from brinkwatch.config.settings import FeedSettings, Settings
from brinkwatch.engine.names import NAMES
from brinkwatch.items.form import Form, form
from brinkwatch.signals.catalogue import DE_ESCALATION, SIGNALS, Signal
from brinkwatch.store.stories import MemberRow
from brinkwatch.stories.novelty import adds
from brinkwatch.stories.parties import parties
from brinkwatch.stories.state import begins
from brinkwatch.stories.story import Member, Story, StoryState, Tier
from brinkwatch.stories.tier import tier

HINTED = 0.5
"""The share of its threshold down to which a signal is not yet gone from an edited text."""
IN_COMPANY = 0.6
"""Share of a threshold that is enough for a signal which other reports of the story carry."""


@dataclass(frozen=True)
class Rules:
    """One reading of the settings; a reload makes a new one.

    The closer word wins: a route's thresholds over its feeds', these over the global ones, these over the model's.
    `ageless` is for replays: nothing is too old to be told, and what is about no item is not told.
    """

    settings: Settings
    model_thresholds: Mapping[Signal, float]
    ageless: bool = False

    @cached_property
    def feeds(self) -> dict[str, FeedSettings]:
        return {feed.id: feed for feed in self.settings.feeds}

    @cached_property
    def tree(self) -> tuple[Node, ...]:
        """The routes, with everything inherited filled in."""
        return plant(self.settings.routes)

    @cached_property
    def routes(self) -> tuple[Route, ...]:
        """Every route of the tree, from the top down."""
        return tuple(route for node in self.tree for route in node.flat())

    @property
    def names(self) -> Names:
        return NAMES

    def feed(self, feed: str) -> FeedSettings:
        """The settings of a feed; one that is not configured (any more) is a publisher of its own."""
        return self.feeds.get(feed) or FeedSettings.model_construct(id=feed, url="")

    def thresholds(self, feed: str, route: Route | None = None) -> dict[Signal, float]:
        """The probability from which each signal counts, for an item of `feed` as `route` (None: nobody) sees it."""
        key = (feed, route.label if route else None)
        if key not in self._cache:
            said = self.feed(feed).thresholds.over(self.settings.thresholds)
            if route is not None:
                said = route.thresholds.over(said)
            self._cache[key] = said.resolve(dict(self.model_thresholds))
        return self._cache[key]

    def opening(self, feed: str) -> dict[Signal, float]:
        """The lowest threshold anybody has: an item that passes it may open a story."""
        if feed not in self._opening:
            self._opening[feed] = self._lowest_for(feed)
        return self._opening[feed]

    def _lowest_for(self, feed: str) -> dict[Signal, float]:
        each = [self.thresholds(feed), *(self.thresholds(feed, route) for route in self.routes)]
        return {signal: min(thresholds[signal] for thresholds in each) for signal in SIGNALS}

    @cached_property
    def lowest(self) -> dict[Signal, float]:
        """The lowest threshold that anybody has for any feed: whatever may ever be flagged needs its evidence."""
        each = [self.opening(feed) for feed in ("", *self.feeds)]
        return {signal: min(thresholds[signal] for thresholds in each) for signal in SIGNALS}

    def expires_at(self, now: datetime) -> datetime | None:
        """When it is too late to send what is decided now; None: never."""
        return None if self.ageless else now + self.settings.max_alert_age

    def too_old(self, moment: datetime, now: datetime) -> bool:
        """Whether what happened at `moment` may alert nobody any more."""
        return not self.ageless and now - moment > self.settings.max_alert_age

    def policy(self, route: Route) -> Policy:
        """What a route wants, whatever the story and the moment."""
        alerting = self.settings.alerting
        waits, rests = (route.group_wait, route.group_wait_critical), alerting.group_interval
        return Policy(
            min_tier=Tier.of(route.min_tier),
            group_wait=alerting.group_wait if waits[0] is None else waits[0],
            group_wait_critical=alerting.group_wait_critical if waits[1] is None else waits[1],
            group_interval={tier: _closer(tier.word, route.group_interval, rests) for tier in Tier},
            max_alert_age=None if self.ageless else self.settings.max_alert_age,
            window=self.settings.stories.window,
            signal_memory=alerting.signal_memory,
            repeat_interval=route.repeat_interval or alerting.repeat_interval,
            notices=frozenset() if self.ageless else frozenset(map(StoryState, alerting.state_notices)),
        )

    def policy_for(
        self,
        route: Route,
        story: Story,
        silenced_until: datetime | None,
        budget_free_at: datetime | None,
    ) -> Policy:
        """What a route wants of a story at this moment."""
        return replace(
            self.policy(route),
            begins=begins(story, self.settings.stories),
            silenced_until=silenced_until,
            budget_free_at=budget_free_at,
        )

    def member(self, row: MemberRow, thresholds: Mapping[Signal, float]) -> Member:
        """A stored member with the thresholds applied."""
        feed = self.feed(row.feed)
        probabilities = row.probabilities if row.supported else {}
        signals = passing(probabilities, thresholds)
        kind = form(row.title, row.summary)
        return Member(
            item_id=row.item,
            title=row.title,
            summary=row.summary,
            link=row.link,
            published=row.published,
            seen=row.first_seen,
            feed=row.feed,
            family=feed.family_name,
            publisher=feed.publisher,
            signals=signals,
            evidence=row.evidence,
            entities=row.entities,
            state_affiliated=feed.state_affiliated,
            muted=feed.muted,
            language=row.language,
            parties=parties(row.title) if signals.keys() - DE_ESCALATION else frozenset(),
            news=kind in (Form.REPORT, Form.CORRECTED),
            corrects=kind in (Form.CORRECTION, Form.CORRECTED),
            revised=row.revision > 1,
            hinted=frozenset(s for s, p in probabilities.items() if HINTED * thresholds[s] <= p < thresholds[s]),
        )

    def view(
        self,
        story: str,
        rows: Sequence[MemberRow],
        *,
        route: Route | None,
        opened_at: datetime,
        last_at: datetime,
        state: StoryState,
    ) -> Story:
        """A story as a route sees it (None: as whoever has the lowest thresholds does)."""
        thresholds = [self.thresholds(row.feed, route) if route else self.opening(row.feed) for row in rows]
        alone = [self.member(row, limits) for row, limits in zip(rows, thresholds, strict=True)]
        carried = {signal for member in alone for signal in member.signals} - DE_ESCALATION
        members = tuple(
            replace(member, signals=member.signals or in_company(row.probabilities, limits, carried))
            if row.supported
            else member
            for member, row, limits in zip(alone, rows, thresholds, strict=True)
        )
        if any(member.news for member in members):
            # What only comments, looks back or corrects says nothing of its own beside a report.
            members = tuple(member if member.news else replace(member, signals={}) for member in members)
        plain = Story(story, opened_at, last_at, state, Tier.WATCH, members)
        return replace(plain, tier=tier(plain), newest_adds=_newest_adds(plain, rows))

    @cached_property
    def _opening(self) -> dict[str, dict[Signal, float]]:
        return {}

    @cached_property
    def _cache(self) -> dict[tuple[str, str | None], dict[Signal, float]]:
        return {}


def _newest_adds(story: Story, rows: Sequence[MemberRow]) -> float:
    """What the newest report says that no other report of the story has said."""
    newest = story.newest
    if newest is None:
        return 0.0
    others = {member.item_id for member in story.reports} - {newest.item_id}
    return adds(newest.title, (row.tokens for row in rows if row.item in others))


def in_company(
    probabilities: Mapping[Signal, float], thresholds: Mapping[Signal, float], carried: Collection[Signal]
) -> dict[Signal, float]:
    """The signals of an item that stays below the thresholds alone, in a story whose other reports carry them.

    What joins a story of drills is more likely to tell of drills than any item is.
    """
    return passing(probabilities, {s: thresholds[s] * IN_COMPANY if s in carried else 2.0 for s in SIGNALS})


def passing(probabilities: Mapping[Signal, float], thresholds: Mapping[Signal, float]) -> dict[Signal, float]:
    """The signals at or over their thresholds, in catalogue order."""
    return {
        signal: probabilities[signal] for signal in SIGNALS if probabilities.get(signal, -1.0) >= thresholds[signal]
    }


def _closer(tier: str, route: RestOfRoute, everywhere: GroupInterval) -> timedelta:
    own: timedelta | None = getattr(route, tier)
    rest: timedelta = getattr(everywhere, tier)
    return rest if own is None else own
