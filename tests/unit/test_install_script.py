"""The installer, as far as it goes without changing a machine; `tests/e2e/test_systemd.py` runs all of it."""

import shutil
import subprocess
from pathlib import Path

import pytest

from fakes.means import lacking

REPOSITORY = Path(__file__).parents[2]
SCRIPT = REPOSITORY / "deploy" / "install.sh"
SCRIPTS = [SCRIPT, REPOSITORY / "tests" / "e2e" / "container" / "boot.sh", REPOSITORY / ".ci" / "run"]


def install(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([SCRIPT, *arguments], capture_output=True, text=True, check=False)


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_shellcheck_finds_nothing(script: Path) -> None:
    if not shutil.which("shellcheck"):
        lacking("shellcheck")
    done = subprocess.run(["shellcheck", str(script)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_a_dry_run_says_each_step_and_takes_none(tmp_path: Path) -> None:
    prefix = tmp_path / "program"
    done = install("--dry-run", "--prefix", str(prefix))
    assert done.returncode == 0, done.stderr
    for step in (
        "would build a wheel",
        "-m venv",
        "pip",
        "constraints.txt",
        "would write /etc/systemd/system",
        "current",
    ):
        assert step in done.stdout
    assert done.stdout.splitlines()[-1] == "nothing was changed"
    assert not prefix.exists()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--prefix", "/"), "absolute path other than /"),
        (("--prefix", "relative"), "absolute path"),
        (("--prefix", "/opt/$(id)"), "may hold letters"),
        (("--prefix",), "needs a value"),
        (("--extras", "torch;id"), "names with commas"),
        (("--wheelhouse", "/nowhere"), "is no folder"),
        (("--wheel", "/nowhere.whl"), "cannot be read"),
        (("--python", "/nowhere/python3"), "no Python from 3.11 on"),
        (("--wat",), "unknown option --wat"),
    ],
)
def test_what_cannot_be_is_refused_in_words(arguments: tuple[str, ...], words: str) -> None:
    done = install("--dry-run", *arguments)
    assert done.returncode != 0
    assert words in done.stderr


def test_a_folder_of_somebody_else_is_neither_filled_nor_removed(tmp_path: Path) -> None:
    (tmp_path / "precious").touch()
    for arguments in ((), ("--uninstall", "--yes")):
        done = install("--dry-run", "--prefix", str(tmp_path), *arguments)
        assert done.returncode != 0
        assert "not made by this script" in done.stderr
    assert (tmp_path / "precious").exists()


def test_a_python_that_the_service_cannot_see_is_refused(tmp_path: Path) -> None:
    python = tmp_path / "python3"
    shutil.copy(shutil.which("python3") or "", python)
    done = install("--dry-run", "--python", str(python), "--prefix", str(tmp_path / "program"))
    assert "outside /home, /root and /tmp" in done.stderr
