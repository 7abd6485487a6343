"""`brinkwatch init` on a terminal: it asks which packs of feeds to take."""

import os
import pty
import subprocess
import sys
from pathlib import Path

from brinkwatch.config.catalogue import packs
from brinkwatch.config.load import load


def on_a_terminal(directory: Path, typed: str) -> tuple[int, str]:
    """Run it, type an answer when it asks, and return its exit code and what the terminal showed."""
    ours, its = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "brinkwatch", "init", str(directory)],
        stdin=its, stdout=its, stderr=its, env={**os.environ, "TERM": "dumb", "COLUMNS": "120"}, close_fds=True,
    )  # fmt: skip
    os.close(its)
    shown = b""
    asked = False
    try:
        while True:
            try:
                piece = os.read(ours, 4_096)
            except OSError:  # the other end is closed
                break
            if not piece:
                break
            shown += piece
            if not asked and b"Packs of feeds, separated by spaces" in shown:
                asked = True
                os.write(ours, typed.encode())
    finally:
        os.close(ours)
        process.wait(30)
    return process.returncode, shown.decode()


def test_the_packs_that_are_named_are_written(tmp_path: Path) -> None:
    code, shown = on_a_terminal(tmp_path, "sanctions, defence\n")
    there = packs()
    assert code == 0, shown
    assert all(f"  {name}" in shown for name in there)
    chosen = {feed["id"] for name in ("sanctions", "defence") for feed in there[name].feeds}
    assert {feed.id for feed in load(tmp_path / "brinkwatch.yaml").feeds} == chosen


def test_nothing_but_enter_takes_the_usual_selection(tmp_path: Path) -> None:
    assert on_a_terminal(tmp_path / "asked", "\n")[0] == 0
    unasked = [sys.executable, "-m", "brinkwatch", "init", str(tmp_path / "unasked")]
    subprocess.run(unasked, check=True, capture_output=True)
    written = [(tmp_path / name / "brinkwatch.yaml").read_text() for name in ("asked", "unasked")]
    assert written[0] == written[1]


def test_a_pack_that_is_not_there_is_named_and_nothing_is_written(tmp_path: Path) -> None:
    code, shown = on_a_terminal(tmp_path, "sports\n")
    assert code == 2
    assert "no pack is called sports" in shown
    assert not (tmp_path / "brinkwatch.yaml").exists()
