import io
import json

import pytest

from brinkwatch.cli.classify import run
from brinkwatch.config.settings import Settings
from brinkwatch.signals.catalogue import PLOVER_ROOTS, SIGNALS
from fakes.models import keyword_model

KEYS = ["id", "outcome", "signals", "flagged", "direction", "plover", "evidence", "language", "model"]


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    return str(keyword_model(tmp_path_factory.mktemp("model")))


def ask(model, *lines, **blocks):
    settings = Settings.model_validate({"classifier": {"model": model}, **blocks})
    out = io.StringIO()
    raw = b"".join(line if isinstance(line, bytes) else json.dumps(line).encode() + b"\n" for line in lines)
    status = run(io.BytesIO(raw), out, settings)
    return status, [json.loads(line) for line in out.getvalue().splitlines()]


def test_every_key_is_always_there(model):
    german = "Die Minister haben sich gestern Abend in der Hauptstadt zu Gesprächen getroffen"
    status, answers = ask(
        model,
        {
            "id": "a",
            "title": "The town was shelled",
            "summary": "A truce was said to be near.",
            "published": "2022-02-24",
        },
        {"id": 2, "title": "The weather was fine", "summary": None},
        {"id": "c", "title": german},
    )
    assert status == 0
    assert [list(found) for found in answers] == [KEYS] * 3
    assert [found["id"] for found in answers] == ["a", 2, "c"]
    assert [found["outcome"] for found in answers] == ["assessed", "assessed", "unsupported_language"]
    assert [found["flagged"] for found in answers] == [["armed_attack", "ceasefire"], [], []]
    assert [found["direction"] for found in answers] == ["mixed", "none", "none"]
    assert [found["language"] for found in answers] == ["en", "en", "de"]
    assert all(list(found["signals"]) == list(SIGNALS) for found in answers)
    assert all(list(found["plover"]) == list(PLOVER_ROOTS) for found in answers)
    assert {evidence["sentence"] for evidence in answers[0]["evidence"]} == {
        "The town was shelled",
        "A truce was said to be near.",
    }


def test_a_wrong_line_does_not_stop_the_others(model):
    status, answers = ask(model, {"id": "a", "title": "Talks"}, b"{\n", {"id": "b"}, {"id": "c", "title": "Parley"})
    assert status == 1
    assert [found.get("id") for found in answers] == ["a", None, None, "c"]
    assert answers[1]["line"] == 2
    assert answers[2] == {"error": "title: is missing", "line": 3}
    assert answers[3]["flagged"] == ["talks"]


def test_an_answer_does_not_depend_on_its_neighbours(model):
    items = [{"id": n, "title": f"Ministers met {'tanks ' * (n % 3)}today", "summary": "Fine. " * n} for n in range(90)]
    _, together = ask(model, *items)
    _, backwards = ask(model, *items[::-1])
    assert backwards[::-1] == together
    assert ask(model, items[70])[1] == [together[70]]


def test_thresholds_of_the_settings_decide_and_flags_have_evidence(model):
    item = {"id": "a", "title": "The town was shelled"}
    assert ask(model, item, thresholds={"default": 0.99})[1][0]["flagged"] == []
    low = ask(model, item, thresholds={"signals": {"talks": 0.001}})[1][0]
    assert low["flagged"] == ["armed_attack", "talks"]
    assert [evidence["signal"] for evidence in low["evidence"]] == ["armed_attack", "talks"]
