"""What simpler roads reach on the gold set: a keyword list, TF-IDF and the frozen base, each with logistic regression.

usage: python -m training.baselines --data ../shared/data [--out training/baselines.json]

They learn from the labels that the model learns from, written examples included, and take one threshold for all
signals, the best on the held-out part. Ships nothing.
"""

import argparse
import json
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression

from brinkwatch.items.item import ItemText
from brinkwatch.signals.catalogue import SIGNALS, Signal
from brinkwatch.signals.load import load_embedder
from training.batches import split
from training.calibrate import GRID, Floats
from training.corpus import build
from training.score import Judged, signals_table
from training.sources import Text

# As fair as a list can be: word stems with their usual company, no stem that sport or business owns.
KEYWORDS = {
    Signal.TROOP_BUILDUP: r"troops? (mass|build|deploy|sent)|deploys? (troops|forces|warships)|reinforce",
    Signal.MOBILIZATION: r"mobili[sz]ation|reservists|martial law|conscript",
    Signal.SHOW_OF_FORCE: r"military (exercise|drill)|war games|test-?fires?|fires? (a )?missile|carrier group|fly-?by",
    Signal.INCURSION: r"airspace|warning shots|median line|territorial waters|intercept(s|ed)|shot down",
    Signal.MILITARY_THREAT: r"ultimatum|red line|threatens? (to )?(attack|strike|invade|war)|imminent attack",
    Signal.ARMED_ATTACK: r"air ?strikes?|shell(s|ed|ing)\b|(missile|drone) (attack|strike)|invasion|invades?",
    Signal.NUCLEAR_SIGNAL: r"nuclear|enrichment|uranium|ballistic",
    Signal.SANCTIONS_THREAT: r"(threatens?|consider|propose|warn)\w*[^.]{0,30}sanctions",
    Signal.SANCTIONS_IMPOSED: r"(impose|announce|new|hit)\w*[^.]{0,20}sanctions|asset freeze|embargo",
    Signal.ARMS_TRANSFER: r"(send|supply|deliver|approve)\w*[^.]{0,30}(weapons|arms|tanks|missiles|ammunition|jets)",
    Signal.DIPLOMATIC_RUPTURE: r"expels?|expelled|recalls? (its )?ambassador|summons|cuts? ties|severs?",
    Signal.EVACUATION: r"evacuat",
    Signal.BLOCKADE: r"blockad|besieg|siege|no-fly zone|closes? (the )?(strait|port)",
    Signal.HYBRID_ATTACK: r"cyber-?attack|sabotage|assassinat|poison(ed|ing)|hackers?|disinformation",
    Signal.TERRITORIAL_CLAIM: r"annex|referendum|breakaway|recogni[sz]es? .{0,20}(republic|independence)",
    Signal.TALKS: r"\btalks\b|negotiat|summit|mediat",
    Signal.CEASEFIRE: r"cease-?fire|truce|prisoner (swap|exchange)|hostages? (freed|released)|grain deal",
    Signal.WITHDRAWAL: r"withdraw|pulls? (back|out)|lifts? sanctions",
}


def truth(texts: Sequence[Text]) -> Floats:
    return np.array([[s in (t.labels or ()) for s in SIGNALS] for t in texts], np.float64)


def by_keywords(texts: Sequence[ItemText]) -> Floats:
    patterns = [re.compile(KEYWORDS[signal], re.IGNORECASE) for signal in SIGNALS]
    return np.array([[bool(p.search(f"{t.title}. {t.summary}")) for p in patterns] for t in texts], np.float64)


def regressions(rows: Any, labels: Floats) -> Callable[[Any], Floats]:
    fits = [LogisticRegression(C=30, max_iter=1000).fit(rows, labels[:, n]) for n in range(labels.shape[1])]
    return lambda others: np.array([fit.predict_proba(others)[:, 1] for fit in fits]).T


def best_threshold(chances: Floats, labels: Floats) -> float:
    said = chances[None] >= GRID[:, None, None]
    hits = (said & (labels > 0)).sum((1, 2))
    return float(GRID[(2 * hits / np.maximum(1, said.sum((1, 2)) + labels.sum())).argmax()])


def scores(gold: Sequence[dict[str, Any]], chances: Floats, threshold: float) -> dict[str, Any]:
    items = [
        Judged(
            row["id"], frozenset(row["labels"]),
            frozenset(s.value for s, p in zip(SIGNALS, each, strict=True) if p >= threshold),
            {s.value: float(p) for s, p in zip(SIGNALS, each, strict=True)},
        ) for row, each in zip(gold, chances, strict=True)
    ]  # fmt: skip
    found: dict[str, Any] = {"threshold": round(threshold, 2)}
    for name in ("both", "p", "q"):
        part = signals_table([item for item in items if name == "both" or item.id.startswith(name)])
        found[name] = {key: part[key] for key in ("any", "micro", "macro_f1", "calibration_error")}
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path)
    given = parser.parse_args()
    learn, kept = ([t for t in part if t.labels is not None] for part in split(list(build(given.data))))
    gold = [json.loads(line) for line in (given.data / "gold/public.jsonl").read_text(encoding="utf-8").splitlines()]
    three = [[ItemText(t.title, t.summary) for t in part] for part in (learn, kept)]
    three.append([ItemText(row["title"], row.get("summary") or "") for row in gold])
    found = {"keywords": scores(gold, by_keywords(three[2]), 0.5)}

    words = TfidfVectorizer(ngram_range=(1, 2), min_df=2, sublinear_tf=True)
    lines = [[f"{t.title} {t.summary}" for t in part] for part in three]
    embedder = load_embedder()
    roads = {
        "tfidf": lambda: [words.fit_transform(lines[0]), words.transform(lines[1]), words.transform(lines[2])],
        "frozen_minilm": lambda: [embedder.embed(part) for part in three],
    }
    for name, rows_of in roads.items():
        rows = rows_of()
        predict = regressions(rows[0], truth(learn))
        found[name] = scores(gold, predict(rows[2]), best_threshold(predict(rows[1]), truth(kept)))
    text = json.dumps(found, indent=1)
    print(text)
    if given.out:
        given.out.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
