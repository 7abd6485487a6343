"""What a receiver is: one protocol, and the answers an attempt can have. Knows no platform."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol, runtime_checkable

from brinkwatch.alerts.card import Card


class Kind(StrEnum):
    """What a notification asks of its receiver."""

    POST = "post"
    REPLY = "reply"
    UPDATE = "update"
    NOTICE = "notice"
    """A line of plain text without a story: digests, operators' notices."""


@dataclass(frozen=True, slots=True)
class Message:
    """One notification as a receiver gets it.

    `key` is the delivery key, unique for ever. `parent` is the receiver's own reference of the story's first message
    (Slack: its `ts`), None for a post. `card` is None for a notice, whose words are `text`. `after` is the receiver's
    reference of a message that was in this channel before this one was first sent, if any is known: `find` need not
    look further back. `created_at` is when the notification was decided; `late`: so long ago that people should know.
    """

    key: str
    kind: Kind
    channel: str
    card: Card | None
    text: str
    parent: str | None = None
    broadcast: bool = False
    after: str | None = None
    created_at: datetime | None = None
    late: bool = False


@runtime_checkable
class Renewable(Protocol):
    """A receiver whose secret can be exchanged while it works."""

    def use(self, secret: str, /) -> bool:
        """Use this secret from the next attempt on; returns whether it is another one."""
        ...


class Verdict(StrEnum):
    """How one attempt ended."""

    SENT = "sent"
    RETRY = "retry"
    """Refused for now: certain that nobody saw anything."""
    AMBIGUOUS = "ambiguous"
    """No answer: people may have seen it."""
    GONE = "gone"
    """Refused, as the story's first message is not there any more: somebody deleted it."""
    REJECTED = "rejected"
    """Refused for good."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """The outcome of one delivery. `reference` names the message sent (Slack: `ts`); `error` is a short code.

    `retry_after`, with RETRY: the cause concerns the whole channel, which waits so long; zero: longer each time; None:
    the cause may lie in this message, and others of the channel may go past it. With AMBIGUOUS from `find`: the
    question can be asked again after so long; None: asking again will not help.
    """

    verdict: Verdict
    reference: str | None = None
    channel_id: str | None = None
    error: str | None = None
    retry_after: timedelta | None = None


class Receiver(Protocol):
    """Sends one message, once. Never retries by itself and never raises for what the platform answers."""

    name: str
    spacing: timedelta
    """The least time between two messages to one channel."""

    async def send(self, message: Message) -> Attempt:
        """Make one attempt."""
        ...

    async def find(self, message: Message) -> Attempt:
        """Settle an ambiguous attempt: SENT with its reference if people see it, RETRY if they do not, AMBIGUOUS
        when that cannot be told."""
        ...

    def mend(self, error: str) -> str | None:
        """What a person can do about an error code of an attempt; None where that is not known."""
        ...

    async def close(self) -> None: ...
