"""Prints messages to a terminal as cards that look like the Slack message. Asks nobody and keeps nothing.

Feed text is plain by the time it is printed: it can neither act on the terminal nor be taken for rich's markup.
"""

from datetime import UTC, datetime, timedelta

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.panel import Panel
from rich.rule import Rule
from rich.style import Style
from rich.text import Text

from brinkwatch.alerts.card import Card, CardSignal
from brinkwatch.delivery.plain import plain, web_address
from brinkwatch.delivery.receiver import Attempt, Kind, Message, Verdict

COLOURS = {"watch": "yellow", "elevated": "dark_orange", "critical": "red"}
DIRECTIONS = {"escalation": "▲ escalation", "de-escalation": "▼ de-escalation", "mixed": "◆ both directions"}
INDENT = 4
BAR = 10
MAX_LINE = 300
MAX_SUMMARY = 700
MAX_WIDTH = 100


class ConsoleReceiver:
    """Prints to `console` (default: standard output). A reference is made up from the delivery key."""

    name = "console"
    spacing = timedelta(0)

    def __init__(self, console: Console | None = None) -> None:
        self.console = console or Console(highlight=False)

    async def send(self, message: Message) -> Attempt:
        """Print the card, the line of an edit, or the words of a notice."""
        self.console.print(layout(message, min(self.console.width, MAX_WIDTH)))
        return Attempt(Verdict.SENT, reference=f"console-{message.key}")

    async def find(self, message: Message) -> Attempt:  # noqa: ARG002 - a terminal remembers nothing
        """A terminal cannot be asked. A line seen twice does less harm than one never seen."""
        return Attempt(Verdict.RETRY)

    def mend(self, error: str) -> str | None:  # noqa: ARG002 - it has no errors of its own
        """Nothing is known."""
        return None

    async def close(self) -> None:
        """Nothing is open."""


def layout(message: Message, width: int) -> RenderableType:
    """What is printed for a message, at most `width` columns wide."""
    card = message.card
    if card is None:
        return Text(plain(message.text, MAX_LINE), style="dim")
    delayed = [Text(f"Late: could not be sent at {message.created_at:%Y-%m-%d %H:%M} UTC")] if message.late else []
    if message.kind is Kind.POST:
        return _panel(card, Group(*delayed, *_full(card)), width)
    if message.kind is Kind.UPDATE:
        return Padding(_edited(card), (0, 0, 0, INDENT))
    return Padding(_panel(card, Group(*delayed, *_short(card)), width - INDENT), (0, 0, 0, INDENT))


def _panel(card: Card, body: RenderableType, width: int) -> Panel:
    colour = COLOURS.get(card.tier, "white")
    title = Text(f" {plain(card.tier, 20).upper()} · {_direction(card)} ", style=f"bold {colour}")
    return Panel(body, title=title, title_align="left", border_style=colour, width=max(width, 40), padding=(0, 1))


def _full(card: Card) -> list[RenderableType]:
    parts: list[RenderableType] = [_headline(card), _byline(card)]
    if changed := plain(card.changed, MAX_LINE):
        parts.append(Text.assemble(("What changed: ", "bold"), changed))
    if card.signals:
        parts += [Text(""), *map(_bar, _surest_first(card))]
    if summary := plain(card.summary, MAX_SUMMARY):
        parts += [Text(""), Text(summary)]
    if card.evidence:
        parts += [Text(""), *map(_quote, card.evidence)]
    if card.sources:
        rows = (Text(f"  • {plain(s.publisher, 60)}: {plain(s.title, MAX_LINE)}") for s in card.sources)
        parts += [Text(""), Text("Also reported by", style="bold"), *rows]
    parts += [Rule(style="dim"), Text(f"{_confidence(card)} · {_story(card)}", style="dim")]
    return parts


def _short(card: Card) -> list[RenderableType]:
    """A reply: what is new, the report that says so, and one sentence of it."""
    parts: list[RenderableType] = []
    if changed := plain(card.changed, MAX_LINE):
        parts.append(Text(changed, style="bold"))
    parts += [_headline(card), _byline(card)]
    if card.signals:
        parts.append(Text(" · ".join(f"{plain(s.label, 30)} {s.probability:.0%}" for s in _surest_first(card))))
    if card.evidence:
        parts.append(_quote(card.evidence[0]))
    elif summary := plain(card.summary, MAX_LINE):
        parts.append(Text(summary))
    parts.append(Text(_confidence(card), style="dim"))
    return parts


def _edited(card: Card) -> Text:
    what = plain(card.changed, MAX_LINE) or _confidence(card)
    return Text(f"↻ first message now says: {plain(card.tier, 20)}, {_direction(card)}; {what}", style="dim")


def _headline(card: Card) -> Text:
    address = web_address(card.link)
    return Text(plain(card.headline, MAX_LINE) or "(no title)", style=Style(bold=True, link=address))


def _byline(card: Card) -> Text:
    return Text(" · ".join(filter(None, (plain(card.publisher, 60), _when(card.published)))), style="dim")


def _when(published: str) -> str:
    try:
        return f"{datetime.fromisoformat(published).astimezone(UTC):%Y-%m-%d %H:%M} UTC"
    except (OverflowError, ValueError):
        return ""


def _surest_first(card: Card) -> list[CardSignal]:
    return sorted(card.signals, key=lambda signal: -signal.probability)


def _bar(signal: CardSignal) -> Text:
    filled = round(min(max(signal.probability, 0.0), 1.0) * BAR)
    return Text.assemble(
        f"{plain(signal.label, 20):<20} ", ("━" * filled, "bold"), ("━" * (BAR - filled), "dim"),
        f" {signal.probability:.0%}",
    )  # fmt: skip


def _quote(sentence: str) -> Text:
    return Text(f"“{plain(sentence, MAX_LINE)}”", style="italic")


def _direction(card: Card) -> str:
    return DIRECTIONS.get(card.direction, "no direction")


def _confidence(card: Card) -> str:
    return "Confidence: " + (plain(card.confidence, 100) or "unknown")


def _story(card: Card) -> str:
    return f"{plain(card.state, 20)} story {plain(card.story, 40)}"
