"""From held-out logits to calibration and thresholds. Pure; runs no model.

Calibration is Platt's (1999): p = sigmoid(a * logit + b). A signal's own a and b are the most probable ones when they
are taken to be drawn from a normal distribution around the fit over all signals together, so that a signal with four
held-out positives stays near what holds for all and one with eighty goes its own way.
"""

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

Floats = NDArray[np.float64]
SPREAD = (0.25, 0.8)  # standard deviation of a signal's a and b around the common ones
SOFTER, HIGHER = 0.8, 0.2  # what all fits are multiplied by and raised by: on texts not fitted on, they are too sure
LEAN = 24.0  # positives that the common F1 counts for when a signal's threshold is chosen
GRID = np.arange(0.2, 0.71, 0.01)


def platt(logits: Floats, truth: Floats, around: tuple[float, float] | None = None) -> tuple[float, float]:
    """(a, b) of the best fit, or of the most probable one around another."""
    high, low = (truth.sum() + 1) / (truth.sum() + 2), 1 / ((1 - truth).sum() + 2)
    goal = truth * high + (1 - truth) * low  # Platt's own smoothing of the targets
    middle = np.array(around or (1.0, 0.0))

    def cost(fit: Floats) -> float:
        z = fit[0] * logits + fit[1]
        loss = float((np.logaddexp(0, z) - goal * z).sum())
        return loss + (0.0 if around is None else float((((fit - middle) / SPREAD) ** 2).sum() / 2))

    a, b = minimize(cost, middle, method="Nelder-Mead", options={"xatol": 1e-4, "fatol": 1e-5, "maxiter": 2000}).x
    return max(float(a), 0.1), float(b)


def calibrate(logits: Floats, truth: Floats) -> list[tuple[float, float]]:
    """(a, b) of each signal, from [texts, signals] logits and truth."""
    common = platt(logits.ravel(), truth.ravel())
    fits = [platt(logits[:, n], truth[:, n], common) for n in range(truth.shape[1])]
    return [(SOFTER * a, SOFTER * b + HIGHER) for a, b in fits]


def probabilities(logits: Floats, fits: list[tuple[float, float]]) -> Floats:
    a, b = np.array(fits).T
    result: Floats = 1 / (1 + np.exp(-(logits * a + b)))
    return result


def thresholds(chances: Floats, truth: Floats) -> list[float]:
    """Where each signal's F1 is best, leaning on the F1 of one threshold for all: few positives choose little."""

    def f1(p: Floats, t: Floats) -> Floats:
        flagged = p[None] >= GRID.reshape(-1, *[1] * p.ndim)
        axes = tuple(range(1, flagged.ndim))
        hits = (flagged & (t[None] > 0)).sum(axis=axes)
        return np.asarray(2 * hits / np.maximum(1, flagged.sum(axis=axes) + t.sum()))

    common = f1(chances, truth)
    found = []
    for number in range(truth.shape[1]):
        positives = truth[:, number].sum()
        blend = (positives * f1(chances[:, number], truth[:, number]) + LEAN * common) / (positives + LEAN)
        # The middle of all that are as good as the best, so that one item more or less moves it little.
        found.append(round(float(GRID[blend >= blend.max() - 0.002].mean()), 2))
    return found


def balanced(limits: list[float], chances: Floats, truth: Floats, rising: NDArray[np.bool_]) -> list[float]:
    """The thresholds moved together, at most by 0.1, to where items flagged as escalation (any of the `rising` signals)
    hold as many false ones as are missed: precision and recall alike."""
    so = (truth[:, rising] > 0).any(1)

    def gap(move: float) -> tuple[int, float]:
        said = (chances >= np.array(limits) + move)[:, rising].any(1)
        return abs(int(said.sum()) - int(so.sum())), abs(move)

    move = min(np.arange(-0.1, 0.101, 0.01), key=gap)
    return [round(limit + float(move), 2) for limit in limits]


def temperature(logits: Floats, right: NDArray[np.int64]) -> float:
    """T of softmax(logits / T) with the highest likelihood (Guo et al., 2017). `right`: the right class of each row."""
    grid = np.geomspace(0.5, 3.0, 60)

    def cost(t: float) -> float:
        z = logits / t
        z = z - z.max(1, keepdims=True)
        return float((np.log(np.exp(z).sum(1)) - z[np.arange(len(z)), right]).mean())

    return round(float(min(grid, key=cost)), 3)
