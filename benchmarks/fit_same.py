"""Fits the weights of `stories.same.SamePolicy` on the public halves of the grouping sets and prints them.

Run as `python -m benchmarks.fit_same DATA_DIR`. Logistic regression with the signs held: what speaks for stays for.
Each set counts alike; pairs under a veto are left out. Of ECB+ a sample of pairs whose vectors are not far apart.
`base` is then raised by 0.4, where re-titled pages gain most and STS and ECB+ are still good; BY_HAND, `cohesion` and
`crowding` are set by hand: `foreign` on the 30-language sample, the others on the replay series.
"""

import random
import sys
from dataclasses import fields
from pathlib import Path

import numpy as np
from benchmarks.grouping_data import bbc, ecb, sts
from numpy.typing import NDArray
from scipy.optimize import minimize

from brinkwatch.stories.conflict import veto
from brinkwatch.stories.same import Evidence, evidence
from brinkwatch.stories.story import Features

FOR = {"cosine", "cosine_squared", "shared", "length", "common_counts"}
BY_HAND = {"per_day", "foreign", "foreign_shared"}
NAMES = [field.name for field in fields(Evidence) if field.name not in BY_HAND]
RIDGE = 0.3
SAMPLE = 3000

Pair = tuple[Features, Features, bool]


def ecb_sample(data: Path) -> list[Pair]:
    events = ecb(data, 0)
    vectors = np.array([f.vector for f in events.features])
    likeness = vectors @ vectors.T
    all_pairs = [(i, j) for i in range(len(vectors)) for j in range(i) if likeness[i, j] > 0.35]
    chooser = random.Random(0)
    chosen: list[Pair] = []
    for same in (True, False):
        alike = [(i, j) for i, j in all_pairs if (events.events[i] == events.events[j]) is same]
        chosen += [(events.features[i], events.features[j], same) for i, j in chooser.sample(alike, SAMPLE)]
    return chosen


def all_sets(data: Path) -> list[list[Pair]]:
    sets: list[list[Pair]] = [ecb_sample(data)]
    for pairs in (sts(data, 2013), sts(data, 2014), bbc(data)):
        sides = zip(pairs.features[0::2], pairs.features[1::2], pairs.same, strict=True)
        sets.append([(a, b, bool(same)) for a, b, same in sides])
    return sets


def main(data: Path) -> None:
    rows, same, weights = [], [], []
    for pairs in all_sets(data):
        for a, b, answer in pairs:
            if veto(a, b) is None:
                seen = evidence(a, b)
                rows.append([*(getattr(seen, name) for name in NAMES), 1.0])
                same.append(1.0 if answer else -1.0)
                weights.append(1000 / len(pairs))
    x, sign, weight = np.array(rows), np.array(same), np.array(weights)
    penalty = np.array([RIDGE] * len(NAMES) + [0.0])

    def loss(p: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        margin = x @ p * sign
        slope = x.T @ (-sign / (1 + np.exp(margin)) * weight) + penalty * p
        return float((np.logaddexp(0, -margin) * weight).sum() + (penalty * p * p).sum() / 2), slope

    bounds = [(0, None) if name in FOR else (None, 0) for name in NAMES] + [(None, None)]
    fitted = minimize(loss, np.zeros(len(NAMES) + 1), jac=True, bounds=bounds, method="L-BFGS-B").x
    for name, value in zip([*NAMES, "base"], fitted, strict=True):
        print(f"{name:16}{value:7.2f}")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
