"""From a model's logits to probabilities that mean what they say. Pure.

Signals: Platt scaling, p = sigmoid(a * logit + b) with a and b per signal (Platt, "Probabilistic outputs for support
vector machines", 1999). PLOVER roots: temperature scaling, softmax(logits / T) (Guo et al., "On calibration of modern
neural networks", 2017).
"""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from brinkwatch.signals.catalogue import PLOVER_ROOTS, SIGNALS, Signal

DIGITS = 6
Floats = NDArray[np.float64]


def platt(logits: NDArray[np.floating], a: Floats, b: Floats) -> Floats:
    """Calibrated probability of each signal; the last axis is the signals."""
    # Beyond ±60 the sigmoid is 0 or 1 to more digits than are kept; clipping keeps exp() from overflowing.
    scaled = np.clip(a * np.asarray(logits, dtype=np.float64) + b, -60.0, 60.0)
    result: Floats = 1.0 / (1.0 + np.exp(-scaled))
    return result


def softmax(logits: NDArray[np.floating], temperature: float) -> Floats:
    """Probability of each PLOVER root; the last axis sums to 1. `temperature` is above 0."""
    scaled = np.asarray(logits, dtype=np.float64) / temperature
    raised = np.exp(scaled - scaled.max(axis=-1, keepdims=True))
    result: Floats = raised / raised.sum(axis=-1, keepdims=True)
    return result


def signal_table(probabilities: Floats | Sequence[float]) -> dict[Signal, float]:
    """Probabilities in catalogue order as a mapping, rounded to the digits that are stored and shown."""
    return {signal: round(float(p), DIGITS) for signal, p in zip(SIGNALS, probabilities, strict=True)}


def plover_table(windows: Floats) -> dict[str, float]:
    """The roots' probabilities from those of the windows [W, 15]: their maximum, brought back to a sum of 1 if over."""
    best = windows.max(axis=0)
    shares = best / max(1.0, float(best.sum()))
    return {root: round(float(p), DIGITS) for root, p in zip(PLOVER_ROOTS, shares, strict=True)}


NO_SIGNALS: Mapping[Signal, float] = dict.fromkeys(SIGNALS, 0.0)
NO_PLOVER: Mapping[str, float] = dict.fromkeys(PLOVER_ROOTS, 0.0)
