"""The settings of alerting: routes, what they and silences match, the clocks, the budget. Reads no file."""

from datetime import timedelta
from typing import Annotated, Literal

from pydantic import ConfigDict, Field

from brinkwatch.config.block import LANGUAGE_PATTERN, Block, Span, Thresholds, TierName
from brinkwatch.config.duration import Duration
from brinkwatch.signals.catalogue import Direction, Signal

Word = Annotated[str, Field(min_length=1)]
Language = Annotated[str, Field(pattern=LANGUAGE_PATTERN)]
PerHour = Annotated[int, Field(ge=2)]
"""Two at least: one place is the digest line's."""
Notice = Literal["cooling", "closed"]


class Matchers(Block):
    """Which stories are meant. Each word must fit; a word fits if any of its values does; an empty one always fits."""

    signals: tuple[Signal, ...] = Field((), description="Only stories with one of these; empty: all.")
    directions: tuple[Direction, ...] = Field((), description="Only these directions; empty: all.")
    tiers: tuple[TierName, ...] = Field((), description="Only stories of just these tiers; empty: all.")
    actors: tuple[Word, ...] = Field(
        (),
        description="Only stories whose reports name one of these: states, armed groups, leaders, bodies; empty: all.",
    )
    places: tuple[Word, ...] = Field(
        (), description="Only stories whose reports name one of these cities, regions or states; empty: all."
    )
    packs: tuple[Word, ...] = Field(
        (), description="Only stories with an item of a feed of these packs of the catalogue; empty: all."
    )
    feeds: tuple[Word, ...] = Field((), description="Only stories with an item of these feeds; empty: all.")
    languages: tuple[Language, ...] = Field(
        (), description="Only stories with a report in one of these languages (ISO 639-1); empty: all."
    )


class RestOfRoute(Block):
    """How long a thread of this route rests between two replies, by tier; unset: as the route above has it."""

    watch: Duration | None = Field(None, description="For stories of tier `watch`.")
    elevated: Duration | None = Field(None, description="The same for `elevated`.")
    critical: Duration | None = Field(None, description="The same for `critical`.")


class Branch(Matchers):
    """A route under another. It sees the stories that the other takes; what it does not say is as the other has it."""

    model_config = ConfigDict(populate_by_name=True)

    channel: str | None = Field(
        None, min_length=1, description='Slack channel: a quoted `"#name"`, or its id; unset: that of the route above.'
    )
    name: str | None = Field(
        None, description="Default: the channel. Keep it: under a new name the route knows nothing of what it told."
    )
    min_tier: TierName = Field("elevated", description="Stories below this tier are not told to this route.")
    mentions: tuple[str, ...] = Field(
        (), description="Put at the head of a first alert, such as `<!here>` or `<@U01>`."
    )
    mention_tier: TierName = Field("critical", description="Mention only from this tier on.")
    thresholds: Thresholds = Field(default=Thresholds(), description="For stories on this route.")
    group_wait: Duration | None = Field(None, description="In place of `alerting.group_wait`.")
    group_wait_critical: Duration | None = Field(None, description="In place of `alerting.group_wait_critical`.")
    group_interval: RestOfRoute = Field(default=RestOfRoute(), description="In place of `alerting.group_interval`.")
    repeat_interval: Span | None = Field(None, description="In place of `alerting.repeat_interval`.")
    continue_: bool = Field(False, alias="continue", description="Go on to the next routes as well.")
    routes: tuple["Branch", ...] = Field(
        (), description="Routes for a part of these stories: the first that matches takes it, if none does this one."
    )


class Route(Branch):
    """Which stories go to which channel. The first route that matches takes the story, unless it says `continue`."""

    channel: str = Field(min_length=1, description='Slack channel: a quoted `"#name"`, or its id.')

    @property
    def label(self) -> str:
        return self.name or self.channel


class GroupInterval(Block):
    """How long a thread rests between two replies, by tier. A higher tier is always told at once."""

    watch: Duration = Field(timedelta(hours=2), description="Between two replies about a story of tier `watch`.")
    elevated: Duration = Field(timedelta(minutes=30), description="The same for `elevated`.")
    critical: Duration = Field(timedelta(minutes=10), description="The same for `critical`.")


class Budget(Block):
    """The most that a channel is told in any 60 minutes. What is over it becomes one line with its count; what is
    critical is told all the same, and counts."""

    per_hour: PerHour | None = Field(
        20,
        description="Posts, replies and digest lines together; one place is the line's, a quarter is for what is "
        "critical; null: no limit.",
    )
    channels: dict[str, PerHour] = Field(
        default_factory=dict, description="For single channels, as `routes` names them."
    )

    def of(self, channel: str) -> int | None:
        return self.channels.get(channel, self.per_hour)


class Alerting(Block):
    """When stories are told. The words are Alertmanager's; each clock runs by itself."""

    group_wait: Duration = Field(
        timedelta(seconds=90), description="A new story waits this long, so that the first message knows more."
    )
    group_wait_critical: Duration = Field(timedelta(0), description="The same for a story that is critical.")
    group_interval: GroupInterval = Field(
        default=GroupInterval(), description="How long a thread rests between two replies, by tier."
    )
    repeat_interval: Span | None = Field(
        None, description="A story that goes on is recalled to the channel this often; unset: never."
    )
    state_notices: tuple[Notice, ...] = Field(
        ("closed",), description="Say in the thread, once each, that a story is `cooling` or `closed`; empty: do not."
    )
    budget: Budget = Field(default=Budget(), description="The most that a channel is told in an hour.")
    signal_memory: Duration = Field(
        timedelta(hours=2), description="A kind of signal told this long ago is news again when it is another act."
    )
    digest_wait: Duration = Field(
        timedelta(minutes=10), description="What was passed over or held back is told in one line after this long."
    )
