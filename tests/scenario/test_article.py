"""The article that started it: the bundled model and the daemon say what it says, at once, and nothing of football."""

import json
from pathlib import Path

import pytest
from world import World

from brinkwatch.items.item import ItemText
from brinkwatch.signals.catalogue import Signal
from brinkwatch.signals.classifier import Classifier, Embedder
from fakes.feeds import Item

FIXTURES = Path(__file__).parents[1] / "fixtures"
ARTICLE = json.loads((FIXTURES / "article_2021_12_31.json").read_text("utf-8"))
OTHER_WORDS = json.loads((FIXTURES / "article_in_other_words.json").read_text("utf-8"))
FOOTBALL = (
    ("Rovers strike late to end United's unbeaten run", "A goal in the 89th minute settled a battle of the north."),
    ("Manager defends tactics after cup defeat: we were under siege", "His side held out for an hour."),
    ("Striker fires warning to title rivals", "The forward says that his team will attack from the start."),
    ("Club hit with transfer sanctions over late accounts", "The league confirmed the ban on Thursday."),
)


def test_the_model_reads_what_the_article_reports(bundled: Classifier) -> None:
    (found,) = bundled.assess([ItemText(ARTICLE["title"], ARTICLE["summary"])])
    flagged = set(found.flagged)
    assert {Signal.SANCTIONS_THREAT, Signal.TROOP_BUILDUP, Signal.TALKS} <= flagged
    assert flagged & {Signal.MILITARY_THREAT, Signal.ARMS_TRANSFER}
    assert found.direction == "mixed"


@pytest.mark.parametrize("number", range(len(OTHER_WORDS)))
def test_the_model_reads_the_same_in_other_words(bundled: Classifier, number: int) -> None:
    (found,) = bundled.assess([ItemText(**OTHER_WORDS[number])])
    flagged = set(found.flagged)
    assert {Signal.SANCTIONS_THREAT, Signal.TROOP_BUILDUP, Signal.TALKS} <= flagged
    assert flagged & {Signal.MILITARY_THREAT, Signal.ARMS_TRANSFER}


@pytest.mark.parametrize(("title", "summary"), FOOTBALL)
def test_the_model_is_silent_on_football(bundled: Classifier, title: str, summary: str) -> None:
    (found,) = bundled.assess([ItemText(title, summary)])
    assert found.flagged == ()


async def test_the_daemon_tells_of_it_within_one_poll(tmp_path: Path, bundled: Classifier, embedder: Embedder) -> None:
    async with World(tmp_path, bundled, embedder, feeds=("wire", "sport")) as world:
        await world.seed()
        world.serve("wire", Item(ARTICLE["id"], ARTICLE["title"], ARTICLE["summary"], world.now))
        world.serve("sport", *(world.item(n, *each) for n, each in enumerate(FOOTBALL)))
        while ("none", "waiting") not in world.reasons() and ("post", "first") not in world.reasons():
            await world.at((world.now - world.start).total_seconds() + 10)
            assert world.now - world.start < world.settings.polling.interval * 3
        await world.at((world.now - world.start).total_seconds() + 90)
        (message,) = world.seen
        assert ARTICLE["title"] in message.words
        assert "Elevated" in message.words or "Critical" in message.words
        assert "both directions" in message.words
        (summary,) = world.summaries()
        assert "sanctions" in summary
        assert "troops" in summary
