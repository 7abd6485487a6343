"""`brinkwatch backtest`: over a file and over a real store, which it leaves as it was."""

import hashlib
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML
from typer.testing import CliRunner

from brinkwatch.cli import backtest_picture
from brinkwatch.cli.main import app
from brinkwatch.config.load import load
from brinkwatch.engine.backtest import Given, backtest
from brinkwatch.engine.intake import enter, intake
from brinkwatch.engine.pipeline import Pipeline
from brinkwatch.engine.replay import Arrival
from brinkwatch.engine.rules import Rules
from brinkwatch.feeds.entry import Entry
from brinkwatch.items.item import ItemText
from brinkwatch.signals.load import load_classifier, load_embedder
from brinkwatch.store import decisions
from brinkwatch.store.database import Database
from fakes.models import keyword_model

BUILDUP = "Ruritania moves tanks towards the border with Sylvania"
THREAT = "Freedonia sends ultimatum over fishing rights to Osterlich"
PARLEY = "Envoys of Grand Fenwick open parley in the capital"
FOOTBALL = "Rovers survive late siege to beat United in cup thriller"


def read(text: str) -> Any:
    return YAML(typ="safe").load(text)


class Desk:
    """Two configurations that differ in what the new one is given, and the state that the present one keeps."""

    def __init__(self, folder: Path, model: Path) -> None:
        self.folder = folder
        self.values: dict[str, Any] = {
            "state_dir": str(folder / "state"),
            "classifier": {"model": str(model)},
            "routes": [{"channel": "#alerts", "min_tier": "watch"}],
            "alerting": {"group_wait": "90s"},
        }
        self.present = self.write("present.yaml")

    def write(self, name: str, **values: Any) -> Path:
        path = self.folder / name
        path.write_text(json.dumps({**self.values, **values}))  # JSON is YAML as well
        return path

    def items(self, *titles: str) -> Path:
        path = self.folder / "items.jsonl"
        start = datetime(2022, 1, 10, 9, tzinfo=UTC)
        lines = [
            {"id": f"i{n}", "title": title, "feed": "wire", "seen": (start + timedelta(hours=6 * n)).isoformat()}
            for n, title in enumerate(titles)
        ]
        path.write_text("".join(json.dumps(line) + "\n" for line in lines))
        return path

    def lived(self, *titles: str) -> list[tuple[datetime, str, str]]:
        """Let the real stages work for some days until now, on a real store; returns what was sent."""
        settings = load(self.present)
        classifier, embedder = load_classifier(settings.classifier), load_embedder()
        database = Database.open(None, self.folder / "state")
        rules = Rules(settings, classifier.thresholds)
        pipeline = Pipeline(database, classifier, embedder, rules, ("console",))
        now = datetime.now(UTC) - timedelta(days=5)
        for number, title in enumerate(titles):
            with database.begin() as connection:
                entry = Entry(f"guid-{number}", None, title, "", now, None)
                counts = intake(connection, "wire", [entry], now, first_poll=False, max_alert_age=None)
                enter(connection, {"wire": counts}, now)
            pipeline.advance(now)
            now += timedelta(hours=2)
            with database.begin() as connection:
                due = decisions.next_timer(connection)
            while due is not None and due <= now:
                pipeline.advance(due)
                with database.begin() as connection:
                    due = decisions.next_timer(connection)
        with database.begin() as connection:
            sent = [
                (row.at, row.action, row.reason) for row in decisions.log(connection) if row.action in ("post", "reply")
            ]
        database.close()
        return sent


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return keyword_model(tmp_path_factory.mktemp("keywords"), max_tokens=128)


@pytest.fixture
def desk(tmp_path: Path, model: Path) -> Desk:
    return Desk(tmp_path, model)


def ask(*words: str | Path, status: int = 0) -> str:
    result = CliRunner().invoke(app, ["backtest", *map(str, words)], env={"COLUMNS": "200"})
    assert result.exit_code == status, result.output
    return result.output


def test_over_a_file_a_higher_tier_on_the_route_sends_less(desk: Desk) -> None:
    new = desk.write("new.yaml", routes=[{"channel": "#alerts", "min_tier": "critical"}])
    items = desk.items(BUILDUP, FOOTBALL, PARLEY)
    out = ask("--config", new, "--present", desk.present, "--items", items, "--quick")
    assert "2 less" in out
    assert "0 more" in out
    assert f"- 2022-01-10T09:01:30Z #alerts: post, first, elevated: {BUILDUP}\n" in out
    assert "3 items, 2022-01-10 to 2022-01-10, 1 days; 3 of them read by the model anew" in out


def test_the_answer_as_json_counts_by_day_and_route(desk: Desk) -> None:
    new = desk.write("new.yaml", routes=[{"channel": "#desk", "min_tier": "watch"}])
    found = json.loads(
        ask("-c", new, "--present", desk.present, "--items", desk.items(BUILDUP, *[FOOTBALL] * 5), "--quick", "--json")
    )
    assert found["present"]["counts"] == [{"day": "2022-01-10", "route": "#alerts", "action": "post", "count": 1}]
    assert [message["channel"] for message in found["more"]] == ["#desk"]
    assert [message["channel"] for message in found["less"]] == ["#alerts"]
    assert found["days"] == ["2022-01-10", "2022-01-11"]
    assert found["present"]["posts"] == 0.5


def test_a_higher_threshold_never_flags_more_items_and_the_model_reads_each_once(desk: Desk, model: Path) -> None:
    settings = load(desk.present)
    classifier, embedder = load_classifier(settings.classifier), load_embedder()
    read: list[ItemText] = []

    class Counting:
        name, thresholds = classifier.name, classifier.thresholds

        def assess(self, texts: Any, languages: Any = None, thresholds: Any = None) -> Any:
            read.extend(texts)
            return classifier.assess(texts, languages, thresholds)

    start = datetime(2022, 1, 10, 9, tzinfo=UTC)
    titles = [BUILDUP, THREAT, PARLEY, FOOTBALL]
    arrivals = [
        Arrival(n, title, "", None, "wire", start + timedelta(hours=n), start + timedelta(hours=n))
        for n, title in enumerate(titles)
    ]
    found = backtest(
        Given(arrivals=arrivals), settings, settings, lambda _: (Counting(), embedder), steps=(-99, -40, 0, 60, 97, 99)
    )
    assert [step.flagged for step in found.steps] == [3, 3, 3, 3, 0, 0]
    assert sorted(text.title for text in read) == sorted(titles)
    assert found.read == 4


def test_the_present_configuration_would_have_sent_what_was_sent(desk: Desk) -> None:
    sent = desk.lived(BUILDUP, FOOTBALL, THREAT, PARLEY)
    assert [(action, reason) for _, action, reason in sent].count(("post", "first")) == 3
    new = desk.write("new.yaml", thresholds={"signals": {"talks": 1.0}})
    found = json.loads(ask("-c", new, "--present", desk.present, "--since", "10d", "--quick", "--json"))
    assert found["read"] == 0, "the store's assessments are used"
    posts = [one for one in found["present"]["counts"] if one["action"] == "post"]
    assert sum(one["count"] for one in posts) == 3
    less = [(message["headline"], message["action"]) for message in found["less"] if message["action"] == "post"]
    assert less == [(PARLEY, "post")]
    assert found["more"] == []


def test_the_store_is_left_as_it_was(desk: Desk) -> None:
    desk.lived(BUILDUP, FOOTBALL)
    file = desk.folder / "state" / "brinkwatch.db"
    before = hashlib.sha256(file.read_bytes()).hexdigest()
    ask("-c", desk.write("new.yaml", thresholds={"default": 0.9}), "--present", desk.present)
    assert hashlib.sha256(file.read_bytes()).hexdigest() == before
    wal = file.with_name(file.name + "-wal")
    assert not wal.exists() or not wal.stat().st_size


def test_another_classifier_reads_the_items_of_the_store_anew(desk: Desk, tmp_path: Path) -> None:
    desk.lived(BUILDUP, FOOTBALL)
    other = keyword_model(tmp_path / "other", max_tokens=128, version="2.0")
    new = desk.write("new.yaml", classifier={"model": str(other)})
    found = json.loads(ask("-c", new, "--present", desk.present, "--quick", "--json"))
    assert found["read"] == 2
    assert found["same"] >= 1


def test_the_bars_and_the_picture_are_drawn_and_a_step_is_printed(desk: Desk, tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    picture = tmp_path / "picture.png"
    new = desk.write("new.yaml", thresholds={"default": 0.6})
    out = ask(
        "-c", new, "--present", desk.present, "--items", desk.items(BUILDUP, FOOTBALL), "--picture", picture,
        "--pick", "50",
    )  # fmt: skip
    assert "+15 %" in out
    assert "█" in out
    assert read(out[out.index("thresholds:\n") :]) == {"thresholds": {"default": 0.8}}
    assert picture.read_bytes().startswith(b"\x89PNG")


def test_printed_thresholds_are_a_configuration(desk: Desk) -> None:
    out = ask(
        "-c", desk.present, "--present", desk.present, "--items", desk.items(FOOTBALL), "--quick", "--pick", "-20"
    )  # fmt: skip
    chosen = read(out[out.index("thresholds:\n") :])
    settings = load(desk.write("chosen.yaml", **chosen))
    assert set(settings.thresholds.signals.values()) == {0.4}


def test_a_picture_without_matplotlib_is_refused_in_one_line(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backtest_picture, "available", lambda: False)
    out = ask("-c", desk.present, "--items", desk.items(FOOTBALL), "--picture", "p.png", status=1)
    assert out == "brinkwatch: --picture needs matplotlib: pip install 'brinkwatch[plot]'\n"


def test_bad_input_is_said_in_one_line_with_its_place(desk: Desk) -> None:
    items = desk.items(BUILDUP)
    items.write_text(items.read_text() + "{\n")
    out = ask("-c", desk.present, "--present", desk.present, "--items", items, "--quick", status=1)
    assert f"brinkwatch: {items} line 2: not JSON" in out
    assert "1 as before" in out  # the others are run all the same
    assert "--since" in ask("-c", desk.present, "--items", items, "--since", "3d", status=2)
    assert "a duration is written as" in ask("-c", desk.present, "--since", "soon", status=2).replace("│", "")
    empty = desk.folder / "empty.jsonl"
    empty.touch()
    assert ask("-c", desk.present, "--items", empty, status=1) == f"brinkwatch: {empty} holds no item\n"


def test_without_a_store_or_without_items_in_it_that_is_said(desk: Desk) -> None:
    assert "no state yet in" in ask("-c", desk.present, "--present", desk.present, status=1)
    desk.lived(BUILDUP)
    out = ask("-c", desk.present, "--present", desk.present, "--since", "1m", status=1)
    assert out.startswith("brinkwatch: the store has no item of that time")


def test_a_new_configuration_that_is_wrong_names_its_line(desk: Desk) -> None:
    new = desk.folder / "new.yaml"
    new.write_text("thresholds:\n  default: 7\n")
    result = CliRunner().invoke(app, ["backtest", "-c", str(new), "--items", str(desk.items(FOOTBALL))])
    assert result.exit_code != 0
    assert f"{new}:2" in str(result.exception) or "line 2" in str(result.exception)
