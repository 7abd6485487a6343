"""Writes a card as a Slack message: one form for a story's message, a shorter one for a reply. Pure.

Whatever the card holds, the message keeps to the budget and to every documented limit. What does not fit goes in this
order: sources, evidence, summary. The headline always stays.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from brinkwatch.alerts.card import Card
from brinkwatch.delivery.plain import plain, web_address
from brinkwatch.delivery.receiver import Kind
from brinkwatch.delivery.slack.blocks import (
    MAX_BLOCKS,
    MAX_CHARACTERS,
    Block,
    Element,
    bullets,
    context,
    date,
    grey,
    header,
    link,
    mention,
    quoted,
    rich,
    section,
    size,
    text,
)
from brinkwatch.delivery.slack.escape import address, mentions, mrkdwn

EVENT_TYPE = "brinkwatch_alert"
TIERS = {"watch": "🟡 Watch", "elevated": "🟠 Elevated", "critical": "🔴 Critical"}
DIRECTIONS = {"escalation": "⬆️ escalation", "de-escalation": "⬇️ de-escalation", "mixed": "↕️ both directions"}

LATE = "Late: could not be sent at"

MAX_HEADLINE = 300
MAX_SUMMARY = 2_000
MAX_PLAIN_SUMMARY = 500
MAX_EVIDENCE = 400
MAX_SHORT = 100
MAX_CHANGED = 400
MAX_MENTIONS = 5
MAX_SIGNALS = 18
MAX_TEXT = 3_500
"""`chat.update` takes at most 4,000 characters of `text`, `chat.postMessage` ten times that."""
MAX_NOTICE = 600
MAX_KEY = 200


def render(card: Card, kind: Kind, key: str, late: datetime | None = None) -> dict[str, Any]:
    """What goes to `chat.postMessage` or `chat.update`, but for the channel and the thread.

    `key` is the delivery key by which the message is found again. An update carries none: Slack then keeps the key
    that the message was posted with. `late` is when it should have been sent, if that is worth telling.
    """
    build = _reply if kind is Kind.REPLY else _post
    delayed = [context(grey(LATE), date(late))] if late else []
    candidate: list[Block] = []
    for smaller in _ever_smaller(card):
        candidate = delayed + build(smaller)
        if size(candidate) <= MAX_CHARACTERS and len(candidate) <= MAX_BLOCKS:
            break
    return _message(fallback(card), candidate, None if kind is Kind.UPDATE else key)


def render_plain(card: Card, kind: Kind, key: str, late: datetime | None = None) -> dict[str, Any]:
    """The same in words alone, for when Slack refuses the blocks. An update must say that it has none."""
    when = _moment(card.published)
    at = f", {when:%Y-%m-%d %H:%M} UTC" if when else ""
    url = web_address(card.link)
    lines = [
        " ".join(mentions(card.mentions)[:MAX_MENTIONS]),
        f"{LATE} {late:%Y-%m-%d %H:%M} UTC" if late else "",
        fallback(card),
        address(url) if url else "",
        mrkdwn(_changed(card)),
        mrkdwn(card.publisher, MAX_SHORT) + at,
        mrkdwn(_confidence(card)),
        mrkdwn(_signals(card)),
        mrkdwn(card.summary, MAX_PLAIN_SUMMARY),
    ]
    words = ""
    for line in lines:
        if line and len(words) + len(line) < MAX_TEXT:
            words += f"\n{line}" if words else line
    message = _message(words, None, None if kind is Kind.UPDATE else key)
    return message | {"blocks": []} if kind is Kind.UPDATE else message


def render_notice(words: str, key: str) -> dict[str, Any]:
    """A line without a story."""
    line = plain(words, MAX_NOTICE) or "(nothing)"
    return _message(mrkdwn(line), [rich(section(text(line)))], key)


def fallback(card: Card) -> str:
    """One line for notifications and screen readers."""
    head = f"{_tier(card)} · {_direction(card)}: {mrkdwn(card.headline, MAX_HEADLINE) or '(no title)'}"
    publisher = mrkdwn(card.publisher, MAX_SHORT)
    return f"{head} ({publisher})" if publisher else head


def delivery_key(message: dict[str, Any]) -> str | None:
    """The delivery key of a message as Slack gives it back; None for messages of others."""
    metadata = message.get("metadata")
    if not isinstance(metadata, dict) or metadata.get("event_type") != EVENT_TYPE:
        return None
    payload = metadata.get("event_payload")
    key = payload.get("key") if isinstance(payload, dict) else None
    return key if isinstance(key, str) else None


def _message(words: str, blocks: list[Block] | None, key: str | None) -> dict[str, Any]:
    # `parse` must be told: an update would else look for addresses and names in the text.
    message: dict[str, Any] = {
        "text": words,
        "parse": "none",
        "link_names": False,
        "unfurl_links": False,
        "unfurl_media": False,
    }
    if blocks is not None:
        message["blocks"] = blocks
    if key is not None:
        message["metadata"] = {"event_type": EVENT_TYPE, "event_payload": {"key": key[:MAX_KEY]}}
    return message


def _ever_smaller(card: Card) -> Iterator[Card]:
    """The card, then with less and less of what matters least."""
    yield card
    for left in range(len(card.sources) - 1, -1, -1):
        card = replace(card, sources=card.sources[:left])
        yield card
    for left in range(len(card.evidence) - 1, -1, -1):
        card = replace(card, evidence=card.evidence[:left])
        yield card
    for limit in (700, 300, 0):
        card = replace(card, summary=plain(card.summary, limit) if limit else "")
        yield card


def _post(card: Card) -> list[Block]:
    blocks = [header(f"{_tier(card)} · {_direction(card)}")]
    blocks += [*_called(card), rich(section(_headline(card))), _source_line(card)]
    if changed := _changed(card):
        blocks.append(rich(section(text("What changed: ", bold=True), text(changed))))
    if signals := _signals(card):
        blocks.append(rich(section(text("Signals: ", bold=True), text(signals))))
    if summary := plain(card.summary, MAX_SUMMARY):
        blocks.append(rich(section(text(summary))))
    blocks += _evidence(card.evidence)
    if card.sources:
        rows = [_source(source.publisher, source.title, source.link) for source in card.sources]
        blocks.append(rich(section(text("Also reported by", bold=True)), bullets(rows)))
    blocks.append(context(grey(f"{_confidence(card)} · {_story(card)}")))
    return blocks


def _reply(card: Card) -> list[Block]:
    """What is new, the report that says so, and one sentence of it."""
    blocks = [rich(section(text(" · ".join(filter(None, (_tier(card), _direction(card), _changed(card)))), bold=True)))]
    blocks += [*_called(card), rich(section(_headline(card))), _source_line(card)]
    if signals := _signals(card):
        blocks.append(rich(section(text(signals))))
    if card.evidence:
        blocks += _evidence(card.evidence[:1])
    elif summary := plain(card.summary, MAX_EVIDENCE):
        blocks.append(rich(section(text(summary))))
    blocks.append(context(grey(_confidence(card))))
    return blocks


def _called(card: Card) -> list[Block]:
    """Who is called: a first alert calls, and a reply that says that the story has become grave enough."""
    called = [mention(notation) for notation in mentions(card.mentions)[:MAX_MENTIONS]]
    return [rich(section(*[part for one in called for part in (one, text(" "))]))] if called else []


def _headline(card: Card) -> Element:
    return link(plain(card.headline, MAX_HEADLINE) or "(no title)", card.link, bold=True)


def _source_line(card: Card) -> Block:
    """Publisher and time."""
    publisher = grey(plain(card.publisher, MAX_SHORT) or "(no publisher)")
    when = _moment(card.published)
    return context(publisher, date(when)) if when else context(publisher)


def _moment(published: str) -> datetime | None:
    """The time of a card, from 1970 on; None if it is not one."""
    try:
        when = datetime.fromisoformat(published)
    except ValueError:
        return None
    when = when if when.tzinfo else when.replace(tzinfo=UTC)
    try:
        return when.astimezone(UTC) if when.timestamp() >= 0 else None
    except (OverflowError, ValueError):
        return None


def _evidence(sentences: tuple[str, ...]) -> list[Block]:
    quotes = [quoted(line) for sentence in sentences if (line := plain(sentence, MAX_EVIDENCE))]
    return [rich(*quotes)] if quotes else []


def _source(publisher: str, title: str, url: str | None) -> list[Element]:
    name = plain(publisher, MAX_SHORT) or "(no publisher)"
    return [text(f"{name}: "), link(plain(title, MAX_SHORT) or "(no title)", url)]


def _signals(card: Card) -> str:
    """Each signal with its probability, the surest first."""
    ordered = sorted(card.signals, key=lambda signal: -signal.probability)[:MAX_SIGNALS]
    return " · ".join(f"{plain(s.label, 30)} {min(max(s.probability, 0.0), 1.0):.0%}" for s in ordered)


def _tier(card: Card) -> str:
    return TIERS.get(card.tier, "⚪ Alert")


def _direction(card: Card) -> str:
    return DIRECTIONS.get(card.direction, "no direction")


def _changed(card: Card) -> str:
    return plain(card.changed, MAX_CHANGED)


def _confidence(card: Card) -> str:
    return "Confidence: " + (plain(card.confidence, MAX_SHORT) or "unknown")


def _story(card: Card) -> str:
    """Its state and its id, which `brinkwatch` asks for."""
    return f"{plain(card.state, 20)} story {plain(card.story, 40)}".strip()
