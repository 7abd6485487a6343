"""`brinkwatch config …` and `brinkwatch init`, as a person would type them."""

import json
import stat
import subprocess
import sys
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from brinkwatch.cli.config import app
from brinkwatch.cli.init import init
from brinkwatch.config.load import check

cli = typer.Typer()
cli.add_typer(app, name="config")
cli.command()(init)
runner = CliRunner()


def test_check_prints_every_problem_and_fails(tmp_path: Path) -> None:
    file = tmp_path / "b.yaml"
    file.write_text("treshold: {}\nslack: {token: [xoxb-planted-1]}\n")
    result = runner.invoke(cli, ["config", "check", str(file)])
    assert result.exit_code == 1
    assert result.stdout.splitlines() == [
        f"{file}:1: treshold: unknown key `treshold`; did you mean `thresholds`?",
        f"{file}:2: slack.token: found a list; allowed: text",
    ]


def test_check_counts_feeds_and_routes(tmp_path: Path) -> None:
    file = tmp_path / "b.yaml"
    file.write_text("feeds: [{id: a, url: 'http://a'}, {id: b, url: 'http://b'}]\n")
    result = runner.invoke(cli, ["config", "check", str(file)])
    assert (result.exit_code, result.stdout) == (0, "ok: 2 feeds, 1 route\n")


def test_schema_prints_json() -> None:
    result = runner.invoke(cli, ["config", "schema"])
    assert json.loads(result.stdout)["title"] == "Brinkwatch configuration"


def test_init_writes_a_file_that_passes_the_check(tmp_path: Path) -> None:
    target = tmp_path / "new" / "place"
    result = runner.invoke(cli, ["init", str(target)])
    assert result.exit_code == 0, result.output
    file = target / "brinkwatch.yaml"
    assert check(file) == []
    assert stat.S_IMODE(file.stat().st_mode) & ~0o640 == 0
    assert json.loads((target / "brinkwatch.schema.json").read_text())["title"] == "Brinkwatch configuration"
    assert f"brinkwatch run --config {file}" in result.stdout


def test_init_does_not_overwrite_without_force(tmp_path: Path) -> None:
    file = tmp_path / "brinkwatch.yaml"
    file.write_text("mine: yes\n")
    refused = runner.invoke(cli, ["init", str(tmp_path)])
    assert refused.exit_code == 1
    assert "--force" in refused.stderr
    assert file.read_text() == "mine: yes\n"
    assert runner.invoke(cli, ["init", str(tmp_path), "--force"]).exit_code == 0
    assert check(file) == []
    assert sorted(path.name for path in tmp_path.iterdir()) == ["brinkwatch.schema.json", "brinkwatch.yaml"]


def test_init_says_when_it_cannot_write(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    result = runner.invoke(cli, ["init", str(tmp_path / "file")])
    assert result.exit_code == 1
    assert "cannot be written" in result.stderr


@pytest.mark.parametrize("module", ["brinkwatch.cli.config", "brinkwatch.config.load", "brinkwatch.ops.logging"])
def test_the_configuration_starts_without_the_classifier(module: str) -> None:
    heavy = "{'onnxruntime', 'transformers', 'torch', 'sqlalchemy', 'slack_sdk', 'aiohttp'}"
    code = (
        f"import sys, {module}; sys.exit(str(sorted({heavy} & set(sys.modules))) if {heavy} & set(sys.modules) else 0)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
