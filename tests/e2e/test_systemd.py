"""The service under a real systemd: installed from a wheel, started, stopped, killed, reloaded, rebooted, removed.

`container/boot.sh` boots systemd on an overlay of this machine, `container/inside.py` makes the claims there; each is a
test here. Needs root, systemd-nspawn and the second version of control groups.
"""

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import pytest
from container.inside import FIRST, SECOND

from fakes.means import lacking

REPOSITORY = Path(__file__).parents[2]
BOOT = Path(__file__).with_name("container") / "boot.sh"
WHEELHOUSE = REPOSITORY / "build" / "wheelhouse"
BOOTS_WITHIN = "400"
"""Seconds; on two idle cores it takes a fifth."""
SYSTEM_PYTHON = Path("/usr/bin/python3")


def missing() -> str | None:
    """What the test needs and this machine does not have."""
    if os.geteuid() != 0:
        return "root"
    if not shutil.which("systemd-nspawn"):
        return "systemd-nspawn (Debian: systemd-container)"
    if not any(Path(path, "cgroup.procs").exists() for path in ("/sys/fs/cgroup/unified", "/sys/fs/cgroup")):
        return "control groups of the second version"
    if "overlay" not in Path("/proc/filesystems").read_text():
        return "overlay file systems"
    if not SYSTEM_PYTHON.exists() or not works(SYSTEM_PYTHON, "-c", "import ensurepip, venv"):
        return "the system's Python with venv (Debian: python3-venv)"
    return None


def works(*command: str | Path) -> bool:
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def pip(python: str | Path, *arguments: str) -> None:
    done = subprocess.run(
        [python, "-m", "pip", "--disable-pip-version-check", "--quiet", *arguments],
        capture_output=True, text=True, check=False, cwd=REPOSITORY,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr


def wheelhouse() -> Path:
    """A folder with our wheel, built now, and all that it needs; those are fetched when the constraints change."""
    inputs = (REPOSITORY / "constraints.txt").read_bytes() + (REPOSITORY / "pyproject.toml").read_bytes()
    mark = WHEELHOUSE / f"for-{hashlib.sha256(inputs).hexdigest()[:16]}"
    if not mark.exists():
        shutil.rmtree(WHEELHOUSE, ignore_errors=True)
    for old in WHEELHOUSE.glob("brinkwatch-*.whl"):
        old.unlink()
    pip(sys.executable, "wheel", "--no-deps", "--wheel-dir", str(WHEELHOUSE), str(REPOSITORY))
    if not mark.exists():
        (wheel,) = WHEELHOUSE.glob("brinkwatch-*.whl")
        # By the Python that installs them: wheels are for one version.
        with tempfile.TemporaryDirectory() as folder:
            subprocess.run([SYSTEM_PYTHON, "-m", "venv", folder], check=True, capture_output=True)
            python = Path(folder) / "bin" / "python"
            pip(python, "download", "--constraint", "constraints.txt", "--dest", str(WHEELHOUSE), str(wheel))
        mark.touch()
    return WHEELHOUSE


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What became of each claim, by its name."""
    if what := missing():
        lacking(what)
    out = tmp_path_factory.mktemp("container")
    # A container that is told to end does so, and what it mounted goes with it.
    boot = ["timeout", "--kill-after=20", BOOTS_WITHIN, BOOT, REPOSITORY, sys.executable, wheelhouse(), out]
    done = subprocess.run(boot, capture_output=True, text=True, check=False)
    file = out / "results.jsonl"
    told = {line["claim"]: line for line in map(json.loads, file.read_text().splitlines())} if file.exists() else {}
    if not told or any(line["fault"] for line in told.values()):
        for path in sorted(out.glob("*.*")):
            print(f"--- {path.name}\n{path.read_text(errors='replace')[-20_000:]}")
        print(done.stdout, done.stderr)
    print("\n".join(f"{line['seconds']:6.2f} s  {claim}" for claim, line in told.items()))
    return told


@pytest.mark.parametrize("claim", [check.__name__ for check in (*FIRST, *SECOND)])
def test_under_systemd(claim: str, results: dict[str, Any]) -> None:
    assert claim in results, "the container ended before it was checked"
    fault = results[claim]["fault"]
    assert fault is None, fault
