"""The systemd unit and its drop-ins: how exposed they leave the service, and whether each line says why it is there."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from conftest import lacking

SYSTEMD = Path(__file__).parents[2] / "deploy" / "systemd"
UNIT = SYSTEMD / "brinkwatch.service"
DROP_INS = sorted((SYSTEMD / "drop-ins").glob("*.conf"))
HIGHEST = 1.3
# Without a word of its own: what belongs to the line before it, or is told by its section.
PART_OF_THE_LINE_BEFORE = {
    "Wants", "After", "NotifyAccess", "ExecStart", "Restart", "RestartSteps", "RestartMaxDelaySec", "StateDirectoryMode",
    "CacheDirectory", "CacheDirectoryMode", "AmbientCapabilities", "PrivateTmp", "DevicePolicy", "RestrictSUIDSGID",
    "LockPersonality", "KeyringMode", "SystemCallFilter", "SystemCallErrorNumber", "MemoryMax", "TasksMax",
    "ProtectKernelModules", "ProtectKernelLogs", "ProtectControlGroups", "ProtectClock", "ProtectHostname",
    "Description", "Documentation", "WantedBy", "ExecReload", "Type", "PrivateUsers", "MemoryHigh", "User",
}  # fmt: skip


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


@pytest.mark.parametrize("file", [UNIT, *DROP_INS], ids=lambda path: path.stem)
def test_every_line_has_a_comment_that_says_what_it_is_for(file: Path) -> None:
    lines = file.read_text().splitlines()
    for before, line in zip(["", *lines], lines, strict=False):
        name = line.partition("=")[0]
        if "=" in line and not line.startswith("#") and not before.startswith("#"):
            assert name in PART_OF_THE_LINE_BEFORE, f"{file.name}: {line}"


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
