"""The stages after the poll: an item that cannot be handled holds up nothing else, and nothing old alerts."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from brinkwatch.alerts.decision import Reason
from brinkwatch.config.settings import Classifier as ClassifierSettings
from brinkwatch.config.settings import Route, Settings, Stories
from brinkwatch.engine import pipeline as module
from brinkwatch.engine.intake import enter, intake
from brinkwatch.engine.pipeline import Pipeline
from brinkwatch.engine.rules import Rules
from brinkwatch.feeds.entry import Entry
from brinkwatch.items.item import ItemText
from brinkwatch.outcomes import Outcome
from brinkwatch.signals.assessment import Assessment
from brinkwatch.signals.catalogue import Signal
from brinkwatch.signals.classifier import Classifier
from brinkwatch.signals.embedder import OnnxEmbedder
from brinkwatch.signals.load import load_classifier
from brinkwatch.store import decisions, items, ledger
from brinkwatch.store.database import Database
from fakes.models import keyword_model

NOW = datetime(2022, 1, 10, 9, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
BUILDUP = "Ruritania moves tanks towards the border with Sylvania"
FOOTBALL = "Rovers survive late siege to beat United in cup thriller"
POISON = "A title that no model can read"
SETTINGS = Settings(routes=(Route(channel="#alerts", min_tier="watch"),))


class Choosy:
    """A classifier that fails on titles with one of these words."""

    def __init__(self, classifier: Classifier) -> None:
        self.classifier = classifier
        self.name = classifier.name
        self.thresholds = classifier.thresholds
        self.refused: tuple[str, ...] = (POISON,)

    def assess(
        self,
        texts: Sequence[ItemText],
        languages: Sequence[str | None] | None = None,
        thresholds: Mapping[Signal, float] | None = None,
    ) -> list[Assessment]:
        if any(word in text.title for text in texts for word in self.refused):
            raise RuntimeError("cannot be read")
        return self.classifier.assess(texts, languages, thresholds)


@pytest.fixture
def choosy(tmp_path: Path) -> Choosy:
    return Choosy(load_classifier(ClassifierSettings(model=str(keyword_model(tmp_path, max_tokens=128)))))


@pytest.fixture
def pipeline(tmp_path: Path, choosy: Choosy) -> Pipeline:
    rules = Rules(SETTINGS, choosy.thresholds)
    return Pipeline(Database.throwaway(), choosy, OnnxEmbedder(tmp_path), rules, ("console",))


def take(pipeline: Pipeline, *titles: str, now: datetime = NOW) -> None:
    with pipeline.database.begin() as connection:
        entries = [Entry(title, None, title, "", now, None) for title in titles]
        counts = intake(connection, "wire", entries, now, first_poll=False, max_alert_age=6 * HOUR)
        enter(connection, {"wire": counts}, now)


def reasons(pipeline: Pipeline) -> list[str]:
    with pipeline.database.begin() as connection:
        assert items.waiting(connection) == {}
        return [row.reason for row in decisions.log(connection)]


def test_an_item_that_cannot_be_read_is_given_up_and_counted(pipeline: Pipeline) -> None:
    take(pipeline, FOOTBALL, POISON, BUILDUP)
    pipeline.advance(NOW)
    assert sorted(reasons(pipeline)) == sorted([Reason.BELOW_THRESHOLD, Reason.FAILED, Reason.WAITING])
    with pipeline.database.begin() as connection:
        assert ledger.totals(connection) == {Outcome.PENDING: 3, Outcome.ASSESSED: 2, Outcome.FAILED: 1}


def test_a_model_that_reads_nothing_loses_nothing_and_timers_go_on(pipeline: Pipeline, choosy: Choosy) -> None:
    take(pipeline, BUILDUP)
    pipeline.advance(NOW)
    choosy.refused = ("",)
    take(pipeline, FOOTBALL, "Another quiet day")
    with pytest.raises(RuntimeError):
        pipeline.step(NOW + HOUR)
    choosy.refused = ()
    pipeline.advance(NOW + HOUR)
    found = reasons(pipeline)
    assert found[:2] == [Reason.WAITING, Reason.FIRST]
    assert len(found) == 4
    assert Reason.FAILED not in found


def test_an_item_that_cannot_be_decided_is_given_up(pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise ValueError("cannot be decided")

    take(pipeline, FOOTBALL, BUILDUP)
    with monkeypatch.context() as patched:
        patched.setattr(module, "decide_item", fail)
        pipeline.advance(NOW)
    assert sorted(reasons(pipeline)) == [Reason.BELOW_THRESHOLD, Reason.FAILED]
    take(pipeline, f"{BUILDUP}, again")
    pipeline.advance(NOW)
    assert reasons(pipeline)[-1] == Reason.WAITING


def test_a_timer_that_cannot_be_decided_is_dropped(pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise ValueError("cannot be decided")

    take(pipeline, BUILDUP)
    pipeline.advance(NOW)
    monkeypatch.setattr(module, "decide_timer", fail)
    pipeline.advance(NOW + HOUR)
    with pipeline.database.begin() as connection:
        assert decisions.timers(connection) == 0


def test_an_item_that_waited_out_an_outage_alerts_nobody(pipeline: Pipeline) -> None:
    take(pipeline, BUILDUP)
    pipeline.advance(NOW + 72 * HOUR)
    assert reasons(pipeline) == [Reason.STALE]


def test_a_wait_that_ended_during_an_outage_alerts_nobody(pipeline: Pipeline) -> None:
    take(pipeline, BUILDUP)
    pipeline.advance(NOW)
    pipeline.advance(NOW + 72 * HOUR)
    assert reasons(pipeline) == [Reason.WAITING, Reason.STALE]


def test_whole_articles_are_read_a_few_at_a_time() -> None:
    def stored(number: int, size: int) -> items.StoredItem:
        return items.StoredItem(
            number, "wire", str(number), None, "", "x" * size, NOW, NOW, NOW, 1, "pending", "assess"
        )

    short, long = stored(1, 100), stored(2, module.BATCH_CHARACTERS)
    assert module.at_once([short, short, short]) == [short, short, short]
    assert module.at_once([short, long, short]) == [short]
    assert module.at_once([long, long]) == [long]
    assert module.at_once([]) == []


def test_a_reload_changes_how_long_a_story_stays_open(pipeline: Pipeline) -> None:
    settings = SETTINGS.model_copy(update={"stories": Stories(window=24 * HOUR)})
    pipeline.apply(Rules(settings, pipeline.classifier.thresholds))
    assert pipeline.index.window == 24 * HOUR
