"""`brinkwatch replay`: the contract of its lines, and time that is never the machine's."""

import io
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from brinkwatch.cli.main import app
from brinkwatch.cli.replay import run
from brinkwatch.config.settings import Alerting, Classifier, Route, Settings
from brinkwatch.signals.catalogue import SIGNALS
from fakes.models import keyword_model

ACTIONS = {"post", "reply", "update", "digest", "none"}
BUILDUP = "Ruritania moves tanks towards the border with Sylvania"
FOOTBALL = "Rovers survive late siege to beat United in cup thriller"


@pytest.fixture(scope="module")
def configured(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    directory = keyword_model(tmp_path_factory.mktemp("keywords"), max_tokens=128)
    return Settings(classifier=Classifier(model=str(directory)), routes=(Route(channel="#alerts", min_tier="watch"),))


def replay(folder: Path, configured: Settings, *items: dict[str, Any] | str) -> tuple[int, list[dict[str, Any]]]:
    path = folder / "items.jsonl"
    lines = [item if isinstance(item, str) else json.dumps(item) for item in items]
    path.write_text("".join(line + "\n" for line in lines), encoding="utf-8")
    out = io.StringIO()
    status = run(path, out, configured, progress=False)
    return status, [json.loads(line) for line in out.getvalue().splitlines()]


def item(number: int | str, title: str, seen: str, **values: Any) -> dict[str, Any]:
    return {"id": number, "title": title, "seen": seen, "published": seen, "feed": "wire", **values}


def test_a_story_waits_is_told_by_the_timer_and_names_its_item(tmp_path: Path, configured: Settings) -> None:
    status, lines = replay(
        tmp_path, configured,
        item("a", BUILDUP, "2022-01-10T09:00:00Z"), item("b", FOOTBALL, "2022-01-10T09:01:00Z"),
    )  # fmt: skip
    assert status == 0
    assert [(line["at"], line["item"], line["action"], line["reason"]) for line in lines] == [
        ("2022-01-10T09:00:00Z", "a", "none", "waiting"),
        ("2022-01-10T09:01:00Z", "b", "none", "below_threshold"),
        ("2022-01-10T09:01:30Z", "a", "post", "first"),
    ]
    assert lines[0]["story"] == lines[2]["story"]
    assert lines[1]["story"] is None
    assert (lines[2]["signals"], lines[2]["channel"]) == (["troop_buildup"], "#alerts")


def test_offsets_are_honoured_and_nothing_is_stale(tmp_path: Path, configured: Settings) -> None:
    _, lines = replay(
        tmp_path, configured,
        item("late", BUILDUP, "1999-01-10T04:00:00-05:00", published="1990-01-01"),
        item("early", FOOTBALL, "1999-01-10T08:59:00+00:00"),
    )  # fmt: skip
    assert [(line["at"], line["item"]) for line in lines] == [
        ("1999-01-10T08:59:00Z", "early"),
        ("1999-01-10T09:00:00Z", "late"),
        ("1999-01-10T09:01:30Z", "late"),
    ]
    assert lines[-1]["action"] == "post"


def test_a_wrong_line_is_said_and_the_others_are_answered(tmp_path: Path, configured: Settings) -> None:
    status, lines = replay(
        tmp_path, configured, "{", item("a", FOOTBALL, "2022-01-10T09:00:00Z"), {"id": "b", "title": "No time at all"}
    )  # fmt: skip
    assert status == 1
    assert [line["item"] for line in lines if "item" in line] == ["a"]
    assert [line["line"] for line in lines if "error" in line] == [1, 3]


def test_ids_that_look_like_addresses_stay_apart(tmp_path: Path, configured: Settings) -> None:
    ids = ["https://x.example/a?utm_source=1", "https://x.example/a?utm_source=2", "https://x.example/a#b", 7, "7"]
    _, lines = replay(
        tmp_path, configured, *(item(i, f"{FOOTBALL} {n}", "2022-01-10T09:00:00Z") for n, i in enumerate(ids))
    )  # fmt: skip
    assert sorted(map(repr, (line["item"] for line in lines))) == sorted(map(repr, ids))


def test_a_title_that_is_only_markup_is_a_wrong_line(tmp_path: Path, configured: Settings) -> None:
    status, lines = replay(
        tmp_path, configured, item("a", "<b></b>&nbsp;", "2022-01-10T09:00:00Z"),
        item("b", "<b></b>", "2022-01-10T09:00:00Z", summary=FOOTBALL),
    )  # fmt: skip
    assert status == 1
    assert [line.get("item", line.get("line")) for line in lines] == ["b", 1]


def test_one_id_in_two_feeds_and_twice_in_one_has_its_lines(tmp_path: Path, configured: Settings) -> None:
    twice = [item("a", FOOTBALL, "2022-01-10T09:00:00Z", feed=feed) for feed in ("wire", "post", "wire")]
    _, lines = replay(tmp_path, configured, *twice)
    assert [line["item"] for line in lines] == ["a", "a"]


def test_the_end_of_time_spoils_only_its_own_item(tmp_path: Path, configured: Settings) -> None:
    status, lines = replay(
        tmp_path, configured,
        item("last", BUILDUP, "9999-12-31T23:59:59Z"), item("a", FOOTBALL, "2022-01-10T09:00:00Z"),
    )  # fmt: skip
    assert status == 0
    assert [(line["item"], line["reason"]) for line in lines] == [("a", "below_threshold"), ("last", "failed")]


def test_a_file_that_is_not_there_is_said_in_words(tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["replay", "--items", str(tmp_path / "nowhere.jsonl")])
    assert result.exit_code == 2
    assert "no file that can be read" in " ".join(result.output.replace("│", " ").split())


titles = st.sampled_from([BUILDUP, FOOTBALL, "Sylvania sends ultimatum", "Envoys open parley over truce", "x"])
arrivals = st.lists(
    st.tuples(st.integers(0, 5), titles, st.integers(0, 2000), st.sampled_from(["wire", "post"])), max_size=8
)


@settings(max_examples=25)
@given(arrivals, st.booleans())
def test_every_item_has_a_line_in_the_order_of_time(
    tmp_path_factory: pytest.TempPathFactory, configured: Settings, given: list[Any], at_once: bool
) -> None:
    wait = configured.alerting.model_copy(update={"group_wait": configured.alerting.group_wait * (not at_once)})
    assert isinstance(wait, Alerting)
    items = [
        item(f"i{number}", title, f"2022-01-10T{minute // 60 % 24:02}:{minute % 60:02}:00Z", feed=feed)
        for number, title, minute, feed in given
    ]
    _, lines = replay(tmp_path_factory.mktemp("replay"), configured.model_copy(update={"alerting": wait}), *items)
    assert {line["item"] for line in lines} == {each["id"] for each in items}
    assert [line["at"] for line in lines] == sorted(line["at"] for line in lines)
    for line in lines:
        assert set(line) == {"at", "item", "story", "action", "reason", "tier", "signals", "channel"}
        assert line["action"] in ACTIONS
        assert set(line["signals"]) <= set(SIGNALS)
        assert line["story"] is not None or line["action"] == "none"
