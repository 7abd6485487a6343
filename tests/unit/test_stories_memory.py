"""What was read of an item is not kept once it is related: a year brings millions of them."""

import gc
import tracemalloc
from collections.abc import Callable
from datetime import UTC, datetime

import numpy as np

from brinkwatch.stories.features import features
from brinkwatch.stories.story import Features

NOW = datetime(2026, 1, 31, 12, tzinfo=UTC)
VECTOR = np.full(4, 0.5, np.float32)
SUMMARY = "People went about their business near the old harbour. " * 8


def grown_by(work: Callable[[int], object], times: int) -> int:
    """Bytes that are held after so many turns and were not before."""
    gc.collect()
    tracemalloc.start()
    for turn in range(times):
        work(turn)
    gc.collect()
    held, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return held


def read(number: int) -> Features:
    return features(f"Bakery number {number} opens in Kharkiv on 3 May", f"{number}. {SUMMARY}", VECTOR, NOW)


def test_texts_leave_nothing_behind():
    grown_by(read, 100)
    assert grown_by(lambda turn: read(1_000 + turn), 1_000) < 100_000
