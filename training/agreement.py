"""Measures what quantisation changes: logits, flags and embeddings of the int8 files against the exact network.

usage: python -m training.agreement --data ../shared/data --weights build/model.pt --model build/model

On the held-out part of the labels, one text at a time. Changes nothing.
"""

import argparse
import json
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from transformers import AutoModel, AutoTokenizer

from brinkwatch.config.settings import Classifier as ClassifierSettings
from brinkwatch.items.item import ItemText
from brinkwatch.signals.catalogue import SIGNALS
from brinkwatch.signals.embedder import OnnxEmbedder
from brinkwatch.signals.load import load_classifier
from brinkwatch.signals.model_card import read_card
from training.batches import split
from training.calibrate import Floats, probabilities
from training.corpus import build
from training.model import Embedding, base_model, load_weights

COSINES = np.arange(0.3, 0.96, 0.01)


class Pair(NamedTuple):
    """Two headlines, and whether people rated them 4 or more of 5 alike (else 1 or less)."""

    one: str
    other: str
    same: bool


def sts(data: Path) -> list[Pair]:
    found = []
    for path in sorted(data.glob("grouping/sts_*_headlines.tsv")):
        for line in path.read_text(encoding="utf-8").splitlines():
            score, one, other = line.split("\t")
            if score and not 1 < float(score) < 4:
                found.append(Pair(one, other, float(score) >= 4))
    return found


def exact_logits(weights: Path, texts: list[ItemText]) -> Floats:
    tokenizer = AutoTokenizer.from_pretrained(base_model())
    _, model = load_weights(weights)
    return run(model, tokenizer, texts)


def run(model: torch.nn.Module, tokenizer: Any, texts: list[ItemText]) -> Floats:
    model.eval()
    found = []
    for text in texts:
        tokens = tokenizer(text.title, text.summary or None, truncation=True, max_length=128, return_tensors="pt")
        with torch.inference_mode():
            output = model(tokens["input_ids"], tokens["attention_mask"])
        found.append((output[0] if isinstance(output, tuple) else output)[0].numpy())
    return np.array(found, np.float64)


def best_f1(cosines: Floats, same: np.ndarray) -> float:
    said = cosines[None] >= COSINES[:, None]
    hits = (said & same).sum(1)
    return round(float((2 * hits / (said.sum(1) + same.sum())).max()), 4)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("data", "weights", "model"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    given = parser.parse_args()
    _, kept = split(list(build(given.data)))
    texts = [ItemText(text.title, text.summary) for text in kept if text.labels is not None]
    card = read_card(given.model)
    limits = np.array([card.thresholds[s] for s in SIGNALS])
    exact = probabilities(
        exact_logits(given.weights, texts), [(card.calibration[s].a, card.calibration[s].b) for s in SIGNALS]
    )
    said = load_classifier(ClassifierSettings(model=str(given.model), languages=("*",))).assess(
        texts, ["en"] * len(texts)
    )
    small = np.array([[each.signals[s] for s in SIGNALS] for each in said])
    gap = np.abs(exact - small)

    pairs = sts(given.data)
    same = np.array([row.same for row in pairs])
    sides = [[ItemText(row.one, "") for row in pairs], [ItemText(row.other, "") for row in pairs]]
    embedder = OnnxEmbedder(given.model)
    frozen = Embedding(AutoModel.from_pretrained(base_model(), attn_implementation="eager"))
    tokenizer = AutoTokenizer.from_pretrained(base_model())
    small_rows = [embedder.embed(side).astype(np.float64) for side in sides]
    exact_rows = [run(frozen, tokenizer, side) for side in sides]
    each = np.concatenate([(a * b).sum(1) for a, b in zip(small_rows, exact_rows, strict=True)])
    print(
        json.dumps(
            {
                "items": len(texts),
                "probability_gap": {
                    "mean": round(float(gap.mean()), 5),
                    "p99": round(float(np.quantile(gap, 0.99)), 4),
                },
                "items_with_the_same_flags": round(float(((exact >= limits) == (small >= limits)).all(1).mean()), 4),
                "embedding_cosine": {"mean": round(float(each.mean()), 5), "least": round(float(each.min()), 5)},
                "sts_pairs": len(pairs),
                "sts_best_f1": {
                    "exact": best_f1((exact_rows[0] * exact_rows[1]).sum(1), same),
                    "int8": best_f1((small_rows[0] * small_rows[1]).sum(1), same),
                },
            },
            indent=1,
        )
    )


if __name__ == "__main__":
    main()
