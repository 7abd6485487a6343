"""The systemd unit and its drop-ins: how exposed they leave the service, and whether each line says why it is there."""

import re
import shutil
import subprocess
from itertools import pairwise
from pathlib import Path

import pytest

from fakes.means import lacking

SYSTEMD = Path(__file__).parents[2] / "deploy" / "systemd"
UNIT = SYSTEMD / "brinkwatch.service"
DROP_INS = sorted((SYSTEMD / "drop-ins").glob("*.conf"))
HIGHEST = 1.3


def exposure(folder: Path, drop_in: Path | None = None) -> float:
    """The score of `systemd-analyze security` for the unit, with one drop-in at most."""
    if not shutil.which("systemd-analyze"):
        lacking("systemd-analyze (Debian: systemd)")
    units = folder / "etc" / "systemd" / "system"
    units.mkdir(parents=True)
    shutil.copy(UNIT, units)
    if drop_in is not None:
        (units / "brinkwatch.service.d").mkdir()
        shutil.copy(drop_in, units / "brinkwatch.service.d")
    done = subprocess.run(
        ["systemd-analyze", "security", "--offline=true", "--no-pager", f"--root={folder}", "brinkwatch.service"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    found = re.search(r"Overall exposure level for brinkwatch.service: ([0-9.]+)", done.stdout)
    assert found, done.stderr
    return float(found[1])


def test_the_unit_leaves_little_exposed(tmp_path: Path) -> None:
    assert exposure(tmp_path) <= HIGHEST


@pytest.mark.parametrize("drop_in", DROP_INS, ids=lambda path: path.stem)
def test_a_drop_in_opens_no_more_than_it_says(tmp_path: Path, drop_in: Path) -> None:
    assert exposure(tmp_path, drop_in) <= HIGHEST


def test_the_score_can_tell_a_sandbox_from_none(tmp_path: Path) -> None:
    opened = tmp_path / "open.conf"
    opened.write_text("[Service]\nSystemCallFilter=\nCapabilityBoundingSet=~\nDynamicUser=no\nProtectSystem=no\n")
    assert exposure(tmp_path, opened) > HIGHEST


def test_every_line_of_the_sandbox_is_under_a_comment_that_says_what_it_takes_away() -> None:
    lines = UNIT.read_text().splitlines()
    bare = 0
    for line in lines[lines.index("DynamicUser=yes") : lines.index("[Install]")]:
        bare = bare + 1 if "=" in line and not line.startswith("#") else 0
        assert bare <= 5, f"{line} is too far from what explains it"
    for before, line in pairwise(lines):
        if "=" in line and not line.startswith("#"):
            assert before, f"{line} follows a blank line, without a word"


def test_what_the_unit_promises_is_in_it() -> None:
    lines = UNIT.read_text().splitlines()
    for line in (
        "Type=notify", "Restart=always", "DynamicUser=yes", "StateDirectory=brinkwatch", "CacheDirectory=brinkwatch",
        "Environment=ORT_DISABLE_TELEMETRY=1", "LoadCredential=slack-token:brinkwatch.slack-token",
        "StartLimitIntervalSec=0", "TimeoutStopSec=15",
    ):  # fmt: skip
        assert line in lines
    assert any(line.startswith("WatchdogSec=") for line in lines)
    assert any(line.startswith("MemoryMax=") for line in lines)
    assert any(line.startswith("TasksMax=") for line in lines)
