"""Reads the grouping sets and makes items of them, timed so that no story spans two pairs. Measures nothing."""

import json
import random
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from brinkwatch.items.item import ItemText
from brinkwatch.signals.load import load_embedder
from brinkwatch.stories.features import features
from brinkwatch.stories.story import Features

START = datetime(1990, 1, 1, tzinfo=UTC)
SEEDS = (0, 1, 2)


@dataclass(frozen=True)
class Pairs:
    """Items 2n and 2n + 1 are a pair."""

    name: str
    texts: list[ItemText]
    features: list[Features]
    same: NDArray[np.bool_]
    shares_word: NDArray[np.bool_]


@dataclass(frozen=True)
class Events:
    """Documents in the order of arrival, a minute apart."""

    seed: int
    texts: list[ItemText]
    features: list[Features]
    events: list[str]


def embedded(texts: Sequence[ItemText], moments: Sequence[datetime]) -> list[Features]:
    vectors = load_embedder().embed(texts)
    return [features(t.title, t.summary, v, m) for t, v, m in zip(texts, vectors, moments, strict=True)]


def _words(title: str) -> set[str]:
    return set(re.findall(r"[^\W_]{4,}", title.lower()))


def pairs(name: str, triples: Sequence[tuple[str, str, bool]]) -> Pairs:
    texts = [ItemText(title, "") for first, second, _ in triples for title in (first, second)]
    moments = [START + timedelta(days=4 * (n // 2), minutes=10 * (n % 2)) for n in range(len(texts))]
    return Pairs(
        name,
        texts,
        embedded(texts, moments),
        np.array([same for *_, same in triples]),
        np.array([bool(_words(first) & _words(second)) for first, second, _ in triples]),
    )


def sts(data: Path, year: int) -> Pairs:
    """Headline pairs scored 4 or more (same) or 1 or less (not)."""
    triples = []
    for line in (data / "grouping" / f"sts_{year}_headlines.tsv").read_text(encoding="utf-8").splitlines():
        score, first, second = line.split("\t")
        if score and not 1 < float(score) < 4:
            triples.append((first, second, float(score) >= 4))
    return pairs(f"sts_{year}", triples)


def rows(path: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def bbc(data: Path) -> Pairs:
    """Two titles of one page, or of two pages of a day and a section."""
    found = rows(data / "grouping" / "bbc_title_pairs.jsonl")
    return pairs("bbc_title_pairs", [(str(r["a"]), str(r["b"]), r["same"] == 1) for r in found])


def ecb(data: Path, seed: int) -> Events:
    """Documents of the development part of ECB+, shuffled."""
    found = rows(data / "grouping" / "ecbplus_train_dev.jsonl")
    random.Random(seed).shuffle(found)
    texts = []
    for document in found:
        sentences = document["sentences"]
        assert isinstance(sentences, list)
        title = str(document.get("title") or sentences[0])
        rest = [sentence for sentence in sentences if sentence != title]
        texts.append(ItemText(title[:300], " ".join(rest[:2])[:500]))
    moments = [START + timedelta(minutes=number) for number in range(len(texts))]
    return Events(seed, texts, embedded(texts, moments), [str(document["story"]) for document in found])
