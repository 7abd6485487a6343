"""What is freed goes back to the system, in a process of its own."""

import subprocess
import sys

import pytest

from brinkwatch.ops import memory

HOLES = """
from pathlib import Path
from brinkwatch.ops.memory import give_back
def resident():
    return int(Path("/proc/self/statm").read_text().split()[1])
kept = [bytes(600) for _ in range(100_000)]
top = [bytes(600) for _ in range(1000)]  # above the free ones: without a trim the heap stays as high
kept = None
before = resident()
give_back()
print(before - resident())
"""


@pytest.mark.skipif(memory._glibc() is None, reason="not glibc")
def test_free_memory_below_what_is_in_use_goes_back() -> None:
    answer = subprocess.run([sys.executable, "-c", HOLES], capture_output=True, text=True, check=True)
    assert int(answer.stdout) > 1_000  # pages of 4 KiB


def test_where_it_cannot_be_asked_for_nothing_happens(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    assert (memory.few_arenas(), memory.give_back()) == (False, False)
