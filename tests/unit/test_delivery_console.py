"""Cards on a terminal."""

import io

import pytest
from rich.console import Console

from brinkwatch.alerts.card import Card
from brinkwatch.delivery.console import ConsoleReceiver
from brinkwatch.delivery.receiver import Kind, Message, Verdict
from fakes.cards import CARD, card


def message(kind: Kind = Kind.POST, of: Card | None = CARD, text: str = "") -> Message:
    return Message("key", kind, "#alerts", of, text, parent=None if kind is Kind.POST else "console-first")


async def printed(*messages: Message, width: int = 90, colour: bool = False) -> str:
    out = io.StringIO()
    receiver = ConsoleReceiver(
        Console(file=out, width=width, force_terminal=colour, color_system="truecolor" if colour else None)
    )
    for each in messages:
        await receiver.send(each)
    return out.getvalue()


async def test_a_post_shows_what_the_slack_message_says() -> None:
    out = await printed(message())
    for part in (
        "ELEVATED", "both directions", CARD.headline, "Example Wire · 2022-01-10 08:55 UTC", "Troop build-up", "93%",
        "Two brigades", "2 independent publishers", "Also reported by", "Second Desk", "story-1",
    ):  # fmt: skip
        assert part in out


async def test_a_bar_is_as_long_as_its_probability() -> None:
    lines = (await printed(message(), colour=True)).splitlines()
    bars = [line for line in lines if "Talks" in line]
    assert bars
    assert "\x1b[1m━━━━━━━\x1b[0m" in bars[0]


async def test_the_tier_has_its_colour() -> None:
    assert "\x1b[31m" in await printed(message(of=card(tier="critical")), colour=True)
    assert "\x1b[33m" in await printed(message(of=card(tier="watch")), colour=True)


async def test_a_reply_stands_under_its_story_and_is_shorter() -> None:
    post, reply = await printed(message()), await printed(message(Kind.REPLY, card(changed="raised from watch")))
    assert all(line.startswith("    ") for line in reply.splitlines())
    assert "raised from watch" in reply
    assert len(reply.splitlines()) < len(post.splitlines())


async def test_an_edit_is_one_line() -> None:
    out = await printed(message(Kind.UPDATE, card(changed="now 3 independent publishers")))
    assert out.count("\n") == 1
    assert "now 3 independent publishers" in out


async def test_a_notice_is_its_words() -> None:
    assert await printed(message(Kind.NOTICE, None, "Passed over: 12 items.")) == "Passed over: 12 items.\n"


@pytest.mark.parametrize("kind", Kind)
async def test_feed_text_cannot_act_on_the_terminal(kind: Kind) -> None:
    bad = "[bold red]x[/] \x1b[2J\x1b]8;;http://evil.example\x07 \u202e [link=http://evil.example]y[/link]"
    hostile = card(headline=bad, summary=bad, publisher=bad, evidence=(bad,), changed=bad, confidence=bad, state=bad)
    out = await printed(message(kind, hostile, bad), width=200)
    assert "\x1b" not in out
    assert "\x07" not in out
    assert "\u202e" not in out
    assert "[bold red]x[/]" in out


@pytest.mark.parametrize("kind", Kind)
async def test_a_narrow_terminal_and_an_empty_card_are_no_trouble(kind: Kind) -> None:
    empty = Card("", "", "", "", "", None, "", "soon", (), "", (), "", "", "")
    assert await printed(message(kind, empty), width=20)


async def test_a_sent_card_has_a_reference_and_a_terminal_cannot_be_asked() -> None:
    receiver = ConsoleReceiver(Console(file=io.StringIO()))
    assert (await receiver.send(message())).reference == "console-key"
    assert (await receiver.find(message())).verdict is Verdict.RETRY
