"""Asks Slack what a token may do and which channels it reaches, and judges the answers. Posts nothing.

The judgement, `judge`, is pure. Scopes are those that Slack names in the header `x-oauth-scopes` of its answers.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from brinkwatch.delivery.slack.channels import Channels, Unresolved
from brinkwatch.delivery.slack.client import NoAnswer, Ok, SlackClient
from brinkwatch.delivery.slack.errors import hint
from brinkwatch.ops.finding import Finding, failure, ok, warning

POST = "chat:write"
# What is lost without each; deploy/slack-app-manifest.yaml asks for them all.
WITHOUT = {
    "chat:write.public": "it posts only in channels that it was invited to",
    "channels:read": "public channels must be written as ids, not as names",
    "groups:read": "private channels must be written as ids, not as names",
    "channels:history": "after an unanswered attempt nobody can tell whether people see a message in a public channel",
    "groups:history": "the same in private channels",
}
MANIFEST = "add the scopes of deploy/slack-app-manifest.yaml to the app and install it again"
INVITE = "invite the app to the channel"


@dataclass(frozen=True, slots=True)
class SlackFacts:
    """What Slack said. `error`: why the token does not count, None: it does. `scopes`: None: Slack did not name them.
    `channels`: by their configured names, the error that a look into them met, None: it is seen. `offset`: how far this
    machine's clock is ahead of Slack's."""

    error: str | None = None
    unreachable: bool = False
    team: str = ""
    scopes: frozenset[str] | None = None
    channels: Mapping[str, str | None] = field(default_factory=dict)
    offset: timedelta | None = None


async def examine(token: str, base_url: str, channels: Sequence[str], now: datetime) -> SlackFacts:
    """Ask `auth.test`, and each channel for its last message. Never raises for what Slack answers."""
    client = SlackClient(token, base_url)
    try:
        answer = await client.call("auth.test", {}, form=True)
        if not isinstance(answer, Ok):
            return SlackFacts(answer.code, unreachable=isinstance(answer, NoAnswer))
        known = Channels(client)
        seen = {channel: await _look(client, known, channel) for channel in dict.fromkeys(channels)}
    finally:
        await client.close()
    scopes = answer.headers.get("x-oauth-scopes")
    return SlackFacts(
        team=str(answer.data.get("team") or ""),
        scopes=None if scopes is None else frozenset(scope.strip() for scope in scopes.split(",") if scope.strip()),
        channels=seen,
        offset=_offset(answer.headers.get("date"), now),
    )


async def _look(client: SlackClient, known: Channels, channel: str) -> str | None:
    """The code of what keeps the app from seeing a channel; None: it sees it."""
    found = await known.resolve(channel)
    if isinstance(found, Unresolved):
        return found.answer.code
    answer = await client.call("conversations.history", {"channel": found, "limit": "1"}, form=True)
    return None if isinstance(answer, Ok) else answer.code


def _offset(date: str | None, now: datetime) -> timedelta | None:
    try:
        told = parsedate_to_datetime(date or "")
    except ValueError:
        return None
    told = told if told.tzinfo else told.replace(tzinfo=UTC)
    # The header has whole seconds.
    return timedelta(seconds=int((now - told).total_seconds()))


def judge(facts: SlackFacts) -> Iterator[Finding]:
    """The token, its scopes, and each channel that a route or the operators name."""
    if facts.error is not None:
        if facts.unreachable:
            yield failure("Slack", f"cannot be reached: {facts.error}", "check the network, and `slack.base_url`")
        else:
            yield failure("Slack token", facts.error, hint(facts.error))
        return
    yield ok("Slack token", f"counts in the workspace {facts.team}" if facts.team else "counts")
    yield from _scopes(facts.scopes)
    for channel, error in facts.channels.items():
        yield _channel(channel, error, facts.scopes or frozenset())


def _scopes(scopes: frozenset[str] | None) -> Iterator[Finding]:
    if scopes is None:
        yield ok("Slack scopes", "not named by this server")
        return
    if POST not in scopes:
        yield failure("Slack scopes", f"{POST} is missing: nothing can be posted", MANIFEST)
    missing = [scope for scope in WITHOUT if scope not in scopes]
    for scope in missing:
        yield warning("Slack scopes", f"{scope} is missing: {WITHOUT[scope]}", MANIFEST)
    if POST in scopes and not missing:
        yield ok("Slack scopes", "all that are needed")


def _channel(channel: str, error: str | None, scopes: frozenset[str]) -> Finding:
    check = f"channel {channel}"
    if error is None:
        return ok(check, "the app is in it, and sees its messages")
    if error == "not_in_channel" and "chat:write.public" in scopes:
        return warning(check, "the app may post, but is not in it and cannot look for what it posted", INVITE)
    if error == "missing_scope":
        return warning(check, "a scope is missing to look into it", MANIFEST)
    return failure(check, error, hint(error))
