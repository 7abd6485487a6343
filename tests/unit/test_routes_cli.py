"""`brinkwatch routes test`: the way of an item, by given signals and by the real classifier."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from brinkwatch.cli.main import app

RUNNER = CliRunner()
CONFIG = """
feeds: [{id: wire, url: "https://wire.example/rss"}]
routes:
  - channel: "#alerts"
    min_tier: watch
    routes:
      - name: talks
        channel: "#talks"
        signals: [talks]
      - name: kyiv
        places: [Kyiv]
        continue: true
      - name: wire
        feeds: [wire]
"""


def ask(folder: Path, *words: str, config: str = CONFIG) -> tuple[int, str]:
    path = folder / "brinkwatch.yaml"
    path.write_text(config)
    done = RUNNER.invoke(app, ["routes", "test", *words, "--config", str(path)], env={"COLUMNS": "200", "TERM": "dumb"})
    return done.exit_code, done.stdout + " ".join(done.stderr.replace("│", " ").split())


def test_the_way_of_given_signals_shows_what_each_route_asked(tmp_path: Path) -> None:
    code, out = ask(tmp_path, "--signal", "armed_attack", "--name", "Kyiv", "--feed", "wire")
    assert code == 0
    assert out.splitlines()[1:] == [
        "#alerts: matches; a route under it takes it",
        "  yes  min_tier watch: it is elevated",
        "  talks: does not match",
        "    yes  min_tier watch: it is elevated",
        "    no   signals talks: it has armed_attack",
        "  kyiv: takes it, and the next is asked as well (continue)",
        "    yes  min_tier watch: it is elevated",
        "    yes  places Kyiv: it has city:kyiv, state:ua",
        "  wire: takes it",
        "    yes  min_tier watch: it is elevated",
        "    yes  feeds wire: it has wire",
        "told by: kyiv in #alerts, wire in #alerts",
    ]


def test_a_title_is_read_by_the_classifier(tmp_path: Path) -> None:
    code, out = ask(tmp_path, "--title", "Russian missiles hit Kyiv overnight, killing 12")
    assert code == 0
    assert "armed_attack" in out.splitlines()[0]
    assert out.endswith("told by: kyiv in #alerts\n")


def test_what_no_route_takes_is_said_with_the_reason(tmp_path: Path) -> None:
    code, out = ask(tmp_path, "--signal", "talks", config="routes: [{channel: a, min_tier: critical}]")
    assert code == 1
    assert "no   min_tier critical: it is watch" in out
    assert out.endswith("no route takes it (below_threshold)\n")


def test_a_comment_is_named_as_one(tmp_path: Path) -> None:
    assert (
        "by itself it alerts nobody" in ask(tmp_path, "--title", "Opinion | A strait closed", "--signal", "blockade")[1]
    )


def test_a_tier_can_be_given(tmp_path: Path) -> None:
    assert ask(tmp_path, "--signal", "talks", "--tier", "critical")[1].startswith("critical, de-escalation: talks")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "give a text with --title, or signals with --signal"),
        (("--signal", "rain"), "'rain' is no signal; they are troop_buildup"),
        (("--signal", "talks", "--tier", "high"), "'high' is no tier; they are watch, elevated, critical"),
        (("--signal", "talks", "--feed", "nobody"), "the configuration has no feed 'nobody'"),
    ],
)
def test_what_is_wrong_is_said(tmp_path: Path, words: tuple[str, ...], said: str) -> None:
    code, out = ask(tmp_path, *words)
    assert code == 2
    assert said in out
