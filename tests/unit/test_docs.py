"""What the documentation says is so: examples load, links and files exist, commands are there."""

import re
import shutil
import subprocess
from configparser import RawConfigParser
from pathlib import Path

import pytest
import typer.main

from brinkwatch.cli.main import app
from brinkwatch.config.load import parse

ROOT = Path(__file__).parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("deploy/*.md")])
UNIT = ROOT / "deploy" / "systemd" / "brinkwatch.service"


def blocks(language: str) -> list[tuple[str, str]]:
    """(page, text) of each fenced block of a language, in every page."""
    found = []
    for page in PAGES:
        for indent, text in re.findall(rf"(?ms)^( *)```{language}\n(.*?)^ *```$", page.read_text("utf-8")):
            found.append((page.name, re.sub(rf"(?m)^{indent}", "", text)))
    return found


@pytest.mark.parametrize(("page", "text"), blocks("yaml"))
def test_every_example_of_a_configuration_loads(page: str, text: str) -> None:
    if "display_information" in text:
        assert "chat:write" in text  # a manifest for Slack, no configuration of ours
    else:
        parse(text, page)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_to_files_that_are_there(page: Path) -> None:
    for target in re.findall(r"\]\((?!https?:)([^)#]+)", page.read_text("utf-8")):
        assert (page.parent / target).exists(), target


def test_the_map_names_files_that_are_there() -> None:
    text = (ROOT / "docs" / "architecture.md").read_text("utf-8")
    named = set(re.findall(r"`((?:[a-z_]+/)+(?:[a-z_]+\.py)?)`", text))
    assert len(named) > 20
    missing = [path for path in named if not (ROOT / "daemon" / "brinkwatch" / path).exists()]
    missing = [path for path in missing if not (ROOT / path).exists()]
    assert missing == []


def test_commands_in_the_documentation_exist() -> None:
    root = typer.main.get_command(app)
    commands = getattr(root, "commands")  # noqa: B009 - a group of typer's own kind
    for page in PAGES:
        code = _code(page.read_text("utf-8"))
        for first, second in re.findall(r"(?m)(?:^|[\s|]|/bin/)brinkwatch ([a-z]+)(?: ([a-z]+))?", code):
            assert first in commands, (page.name, first)
            below = getattr(commands[first], "commands", None)
            assert below is None or not second or second in below, (page.name, first, second)


def _code(text: str) -> str:
    """The parts of a page that a person would type."""
    fenced = re.findall(r"(?ms)^ *```sh\n(.*?)^ *```$", text)
    return "\n".join([*fenced, *re.findall(r"`(brinkwatch [^`]*)`", text)])


def test_the_unit_runs_the_program_in_a_sandbox() -> None:
    unit = RawConfigParser(strict=False)
    unit.optionxform = str  # type: ignore[assignment, method-assign]
    unit.read_string(UNIT.read_text("utf-8"))
    service = unit["Service"]
    assert service["ExecStart"].endswith("brinkwatch run --config /etc/brinkwatch/brinkwatch.yaml")
    assert "LoadCredential=slack-token:" in UNIT.read_text("utf-8")
    assert service["StateDirectory"] == "brinkwatch"
    assert service["NoNewPrivileges"] == service["DynamicUser"] == "yes"
    assert "ORT_DISABLE_TELEMETRY=1" in UNIT.read_text("utf-8")


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="needs systemd-analyze")
def test_systemd_knows_every_line_of_the_unit() -> None:
    found = subprocess.run(["systemd-analyze", "verify", str(UNIT)], capture_output=True, text=True, check=False)
    ours = [line for line in found.stderr.splitlines() if "brinkwatch" in line and "is not executable" not in line]
    newer = ("RestartSteps", "RestartMaxDelaySec")  # systemd 254
    assert [line for line in ours if not any(f"Unknown key '{name}'" in line for name in newer)] == []
