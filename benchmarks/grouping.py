"""Same story or not: ours at its shipped threshold against two baselines at the best threshold picked afterwards.

Run as `python -m benchmarks.grouping DATA_DIR`, where DATA_DIR holds `grouping/`. Pairs: precision, recall, F1, and the
share of the same pairs with a common word that are joined. ECB+: B-cubed (Bagga and Baldwin, 1998), mean of three
orders. Baselines: cosine of the frozen MiniLM vectors, and of TF-IDF over words and pairs of words.
"""

import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from benchmarks.grouping_data import SEEDS, Events, Pairs, bbc, ecb, sts
from numpy.typing import NDArray
from sklearn.feature_extraction.text import TfidfVectorizer

from brinkwatch.items.item import ItemText
from brinkwatch.stories.group import group
from brinkwatch.stories.story import Features

Matrix = NDArray[np.float32]
THRESHOLDS = np.arange(0.05, 0.95, 0.01)


def f1(joined: NDArray[np.bool_], same: NDArray[np.bool_]) -> tuple[float, float, float]:
    hits = int((joined & same).sum())
    precision, recall = hits / max(1, int(joined.sum())), hits / max(1, int(same.sum()))
    return precision, recall, 2 * precision * recall / (precision + recall) if hits else 0.0


def tfidf(texts: Sequence[ItemText]) -> Matrix:
    words = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True)
    return words.fit_transform([f"{t.title} {t.summary}" for t in texts]).toarray().astype(np.float32)


def minilm(features: Sequence[Features]) -> Matrix:
    return np.array([f.vector for f in features])


def best_pairs(data: Sequence[Pairs], vectors: Sequence[Matrix]) -> tuple[float, float, float, float]:
    likeness = np.concatenate([(v[0::2] * v[1::2]).sum(axis=1) for v in vectors])
    same = np.concatenate([d.same for d in data])
    sharing = np.concatenate([d.shares_word for d in data]) & same
    best = max(THRESHOLDS, key=lambda t: f1(likeness >= t, same)[2])
    return (*f1(likeness >= best, same), float((likeness >= best)[sharing].mean()))


def our_pairs(data: Sequence[Pairs]) -> tuple[float, float, float, float]:
    joined = []
    for part in data:
        stories = group(enumerate(part.features))
        joined += [stories[n] == stories[n + 1] for n in range(0, len(part.features), 2)]
    same = np.concatenate([d.same for d in data])
    sharing = np.concatenate([d.shares_word for d in data]) & same
    return (*f1(np.array(joined), same), float(np.array(joined)[sharing].mean()))


def b_cubed(stories: Sequence[object], events: Sequence[object]) -> tuple[float, float, float]:
    labels = [{name: n for n, name in enumerate(dict.fromkeys(side))} for side in (stories, events)]
    clusters = np.array([labels[0][s] for s in stories])
    classes = np.array([labels[1][e] for e in events])
    together = clusters[:, None] == clusters[None, :]
    true = classes[:, None] == classes[None, :]
    both = (together & true).sum(axis=1)
    precision, recall = float((both / together.sum(axis=1)).mean()), float((both / true.sum(axis=1)).mean())
    return precision, recall, 2 * precision * recall / (precision + recall)


def single_pass(vectors: Matrix, threshold: float) -> list[int]:
    """Each document joins the nearest centroid over the threshold."""
    sums: list[Matrix] = []
    labels = []
    for vector in vectors:
        likeness = [float(vector @ total) / float(np.linalg.norm(total)) for total in sums]
        best = int(np.argmax(likeness)) if likeness else -1
        if best >= 0 and likeness[best] >= threshold:
            sums[best] = sums[best] + vector
        else:
            best = len(sums)
            sums.append(vector.copy())
        labels.append(best)
    return labels


def best_events(data: Sequence[Events], vectors: Sequence[Matrix]) -> tuple[float, float, float]:
    def score(threshold: float) -> tuple[float, ...]:
        each = [b_cubed(single_pass(v, threshold), d.events) for d, v in zip(data, vectors, strict=True)]
        return tuple(np.mean(each, axis=0))

    found = max((score(t) for t in np.arange(0.1, 0.8, 0.05)), key=lambda s: s[2])
    return found[0], found[1], found[2]


def our_events(data: Sequence[Events]) -> tuple[float, float, float]:
    each = []
    for part in data:
        stories = group(enumerate(part.features))
        each.append(b_cubed([stories[n] for n in range(len(part.features))], part.events))
    precision, recall, score = np.mean(each, axis=0)
    return precision, recall, score


def show(measure: str, method: str, values: Sequence[float]) -> None:
    print(f"{measure:18}{method:26}" + "  ".join(f"{value:.4f}" for value in values))


def main(data: Path) -> None:
    print(f"{'':44}prec.   recall  F1      common word joined")
    for name, sets in (("sts_2013 + 2014", [sts(data, 2013), sts(data, 2014)]), ("bbc_title_pairs", [bbc(data)])):
        show(name, "ours, shipped threshold", our_pairs(sets))
        show(name, "MiniLM, best threshold", best_pairs(sets, [minilm(s.features) for s in sets]))
        show(name, "TF-IDF, best threshold", best_pairs(sets, [tfidf(s.texts) for s in sets]))
    orders = [ecb(data, seed) for seed in SEEDS]
    show("ECB+ B-cubed", "ours, shipped threshold", our_events(orders))
    show("ECB+ B-cubed", "MiniLM, best threshold", best_events(orders, [minilm(o.features) for o in orders]))
    show("ECB+ B-cubed", "TF-IDF, best threshold", best_events(orders, [tfidf(o.texts) for o in orders]))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
