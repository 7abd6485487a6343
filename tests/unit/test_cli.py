"""The command line keeps standard output for answers, and names mistakes."""

import json
import subprocess
import sys
from pathlib import Path


def cli(*arguments: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "brinkwatch", *arguments], input=stdin, capture_output=True, text=True, timeout=60,
        check=False,
    )  # fmt: skip


def test_classify_answers_on_standard_output_and_nothing_else(tmp_path: Path) -> None:
    lines = ['{"id": "a", "title": "Rovers win the cup"}', "not json", '{"id": "b", "title": "\\ud800 Snow in May"}']
    done = cli("classify", stdin="\n".join(lines) + "\n")
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.returncode == 1
    assert [answer.get("id") for answer in answers] == ["a", None, "b"]
    assert answers[1].keys() == {"error", "line"}
    assert answers[0].keys() == {
        "id", "outcome", "signals", "flagged", "direction", "plover", "evidence", "language", "model",
    }  # fmt: skip
    assert (len(answers[0]["signals"]), len(answers[0]["plover"])) == (18, 15)


def test_a_wrong_configuration_is_named_and_the_exit_code_is_two(tmp_path: Path) -> None:
    path = tmp_path / "wrong.yaml"
    path.write_text("alerting: {group_wait: soon}\n")
    done = cli("classify", "--config", str(path))
    assert done.returncode == 2
    assert f"{path}:1" in done.stderr
    assert "alerting.group_wait" in done.stderr
    assert done.stdout == ""
