"""Draws the model card's pictures from the gold set: precision and recall, reliability, confusion. Learns nothing.

usage: python -m training.curves --data ../shared/data [--model DIR] [--out docs/img]

Writes model-precision-recall.png, model-reliability.png and model-confusion.png. For reporting alone, like
`training.evaluate`.
"""

import argparse
import os
from pathlib import Path

os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")

import matplotlib as mpl
import numpy as np
from matplotlib.figure import Figure

from brinkwatch.config.settings import Classifier as ClassifierSettings
from brinkwatch.signals.catalogue import INFO, SIGNALS
from brinkwatch.signals.load import load_classifier
from training.evaluate import judge
from training.score import Judged, bins

mpl.rcParams.update({"font.size": 8, "axes.spines.top": False, "axes.spines.right": False})


def curve(scored: list[tuple[float, bool]]) -> tuple[list[float], list[float]]:
    """(recall, precision) after each item, from the most probable one down."""
    hits, recalls, precisions = 0, [], []
    total = sum(so for _, so in scored)
    for rank, (_, so) in enumerate(sorted(scored, key=lambda pair: -pair[0]), 1):
        hits += so
        recalls.append(hits / total)
        precisions.append(hits / rank)
    return recalls, precisions


def precision_recall(items: list[Judged]) -> Figure:
    """A small panel a signal; the dot is where the shipped threshold stands."""
    figure = Figure(figsize=(10, 5.6), layout="constrained")
    axes = figure.subplots(3, 6, sharex=True, sharey=True).ravel()
    for axis, signal in zip(axes, SIGNALS, strict=True):
        scored = [(item.chances[signal], signal in item.labels) for item in items]
        so = sum(truth for _, truth in scored)
        axis.set_title(f"{INFO[signal].label} ({so})", fontsize=8)
        axis.set(xlim=(0, 1.02), ylim=(0, 1.05))
        if so:
            axis.plot(*curve(scored), color="#24405c")
            said = sum(signal in item.flagged for item in items)
            hits = sum(signal in item.flagged & item.labels for item in items)
            axis.plot(hits / so, hits / said if said else 0, "o", color="#c0392b", markersize=4)
    figure.supxlabel("recall")
    figure.supylabel("precision")
    return figure


def reliability(items: list[Judged]) -> Figure:
    """What was said against what was so, by tenths of the cells that matter; the line is what perfect ones would do."""
    groups = bins(items)
    figure = Figure(figsize=(4, 3.6), layout="constrained")
    axis = figure.subplots()
    axis.plot([0, 1], [0, 1], color="#bbbbbb")
    axis.plot([g["probability"] for g in groups], [g["share"] for g in groups], "o-", color="#24405c")
    axis.set(xlabel="probability given", ylabel="share that is so", xlim=(0, 1), ylim=(0, 1))
    return figure


def confusion(items: list[Judged]) -> Figure:
    """Rows: labelled signals; columns: flagged ones. A wrong flag counts once for each label the item carries."""
    names = [INFO[signal].label for signal in SIGNALS]
    table = np.zeros((len(SIGNALS) + 1, len(SIGNALS) + 1), int)
    place = {signal.value: number for number, signal in enumerate(SIGNALS)}
    none = len(SIGNALS)
    for item in items:
        for label in item.labels & item.flagged:
            table[place[label], place[label]] += 1
        wrong = [place[signal] for signal in item.flagged - item.labels]
        missed = [place[signal] for signal in item.labels - item.flagged]
        for row in missed or ([none] if wrong else []):
            for column in wrong or [none]:
                table[row, column] += 1
    figure = Figure(figsize=(7, 6.2), layout="constrained")
    axis = figure.subplots()
    axis.imshow(np.sqrt(table), cmap="Blues")
    axis.set_xticks(range(none + 1), [*names, "none"], rotation=60, ha="right")
    axis.set_yticks(range(none + 1), [*names, "none"])
    axis.set(xlabel="flagged", ylabel="labelled")
    for (row, column), count in np.ndenumerate(table):
        if count:
            axis.text(column, row, str(count), ha="center", va="center", fontsize=7)
    return figure


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--model", type=Path)
    parser.add_argument("--out", type=Path, default=Path("docs/img"))
    given = parser.parse_args()
    items = judge(
        load_classifier(ClassifierSettings(model=str(given.model) if given.model else None)),
        given.data / "gold/public.jsonl",
    )
    stream = [item for item in items if item.id.startswith("p")]
    given.out.mkdir(parents=True, exist_ok=True)
    for name, figure in (
        ("precision-recall", precision_recall(items)),
        ("reliability", reliability(stream)),
        ("confusion", confusion(items)),
    ):
        figure.savefig(given.out / f"model-{name}.png", dpi=110, metadata={"Software": None})


if __name__ == "__main__":
    main()
