"""The measures of the evaluation, from labels and predictions. Pure; runs no model.

Precision, recall, F1, average precision and the calibration error are counted so: `any` is about
escalation signals alone, the calibration error is over equal-mass bins of the (item, signal) cells that are labelled
or were given a probability of 0.05 and more.
"""

import math
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from brinkwatch.signals.catalogue import DE_ESCALATION, SIGNALS

SUPPORT = 8  # positives from which a signal counts in the macro average
BINS = 10
ESCALATION = frozenset(SIGNALS) - DE_ESCALATION


@dataclass(frozen=True, slots=True)
class Judged:
    """One item: what it carries, what was flagged, and the probability of each signal."""

    id: str
    labels: frozenset[str]
    flagged: frozenset[str]
    chances: Mapping[str, float]


def rates(hits: int, false: int, missed: int) -> dict[str, float]:
    precision = hits / (hits + false) if hits + false else 0.0
    recall = hits / (hits + missed) if hits + missed else 0.0
    f1 = 2 * precision * recall / (precision + recall) if precision + recall else 0.0
    return {"precision": round(precision, 4), "recall": round(recall, 4), "f1": round(f1, 4)}


def counted(pairs: Sequence[tuple[bool, bool]]) -> dict[str, float]:
    """Rates of (is so, was said) pairs."""
    each = Counter(pairs)
    return rates(each[True, True], each[False, True], each[True, False])


def average_precision(scored: Sequence[tuple[float, bool]]) -> float | None:
    """Area under the precision-recall curve of (score, is so) pairs; None without a positive."""
    hits = total = 0.0
    for rank, (_, positive) in enumerate(sorted(scored, key=lambda pair: -pair[0]), 1):
        if positive:
            hits += 1
            total += hits / rank
    return round(total / hits, 4) if hits else None


def bins(items: Sequence[Judged]) -> list[dict[str, float]]:
    """Of each tenth of the cells that matter: how many, mean probability, share that is so."""
    cells = sorted(
        (item.chances[signal], signal in item.labels)
        for item in items
        for signal in sorted(SIGNALS)
        if signal in item.labels or item.chances[signal] >= 0.05
    )
    size = max(1, len(cells) // BINS)
    found = []
    for start in range(0, len(cells), size):
        group = cells[start : start + size]
        mean, share = sum(p for p, _ in group) / len(group), sum(t for _, t in group) / len(group)
        found.append({"cells": len(group), "probability": round(mean, 4), "share": round(share, 4)})
    return found


def calibration_error(groups: Sequence[Mapping[str, float]]) -> float:
    """Mean gap between what was said and what is so, by the bins' sizes."""
    total = sum(group["cells"] for group in groups)
    gaps = sum(group["cells"] * abs(group["probability"] - group["share"]) for group in groups)
    return round(gaps / total, 4) if total else 0.0


def signals_table(items: Sequence[Judged]) -> dict[str, object]:
    """Everything that is measured of labelled items."""
    each: dict[str, dict[str, float | int | None]] = {}
    for signal in SIGNALS:
        pairs = [(signal in item.labels, signal in item.flagged) for item in items]
        scored = [(item.chances[signal], signal in item.labels) for item in items]
        support = sum(truth for truth, _ in pairs)
        each[signal.value] = {"support": support, **counted(pairs), "average_precision": average_precision(scored)}
    supported = [float(row["f1"] or 0) for row in each.values() if (row["support"] or 0) >= SUPPORT]
    groups = bins(items)
    cells = [(signal in item.labels, signal in item.flagged) for item in items for signal in SIGNALS]
    return {
        "items": len(items),
        "any": counted([(bool(item.labels & ESCALATION), bool(item.flagged & ESCALATION)) for item in items]),
        "micro": counted(cells),
        "macro_f1": round(sum(supported) / len(supported), 4) if supported else math.nan,
        "calibration_error": calibration_error(groups),
        "per_signal": each,
        "reliability": groups,
        "confusion": confusion(items),
    }


def confusion(items: Sequence[Judged], most: int = 12) -> list[dict[str, object]]:
    """The pairs (missed signal, signal flagged in its place) that occur most."""
    pairs = Counter(
        (missed, wrong)
        for item in items
        for missed in sorted(item.labels - item.flagged)
        for wrong in sorted(item.flagged - item.labels) or ["none"]
    )
    return [{"missed": a, "flagged": b, "items": n} for (a, b), n in pairs.most_common(most)]


def macro_f1(truth: Sequence[str], said: Sequence[str], classes: Collection[str]) -> float:
    """Mean F1 over classes of a one-of-many task."""
    scores = [counted([(t == c, s == c) for t, s in zip(truth, said, strict=True)])["f1"] for c in sorted(classes)]
    return round(sum(scores) / len(scores), 4)


def worst(items: Sequence[Judged], most: int = 10) -> list[dict[str, object]]:
    """The items that the model was most surely wrong about: by the probability it gave to what is not so."""
    rows = []
    for item in items:
        error, signal = max((abs((s in item.labels) - item.chances[s]), s.value) for s in SIGNALS)
        row = {"id": item.id, "signal": signal, "labels": sorted(item.labels), "flagged": sorted(item.flagged)}
        rows.append((error, {**row, "probability": round(item.chances[signal], 3)}))
    rows.sort(key=lambda each: -each[0])
    return [row for _, row in rows[:most]]
