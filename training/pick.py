"""Picks real items that are worth a label, and joins the readings of several people. Reads texts, keeps none of them.

usage: python -m training.pick choose --corpus corpus.jsonl.gz --count 900 --batches 6 --out DIR
       python -m training.pick compare FIRST.jsonl SECOND.jsonl
       python -m training.pick settle --first FIRST.jsonl --second SECOND.jsonl [--third THIRD.jsonl] --out OUT.jsonl

A reading is a file of {"key", "labels"} lines. `choose` takes items the shipped model is unsure of, items where it
sees a rare signal, and a tenth at random, spread over the sources. `settle` writes the labels both readings agree on,
and the third reading's where they differ.
"""

import argparse
import gzip
import json
import random
from collections import Counter, defaultdict
from pathlib import Path

from training.sources import text_key

RARE = (
    "troop_buildup", "mobilization", "blockade", "incursion", "withdrawal", "show_of_force", "diplomatic_rupture",
    "evacuation", "territorial_claim", "hybrid_attack", "nuclear_signal", "military_threat", "sanctions_threat",
)  # fmt: skip


def choose(corpus: Path, count: int, batches: int, out: Path, seed: int = 7) -> None:
    from brinkwatch.config.settings import Classifier
    from brinkwatch.items.item import ItemText
    from brinkwatch.signals.load import load_classifier

    classifier = load_classifier(Classifier())
    random.seed(seed)
    with gzip.open(corpus, "rt", encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    pool = [row for row in rows if row["labels"] is None and row["source"].startswith("un:")]
    random.shuffle(pool)
    scored = []
    for start in range(0, len(pool), 512):
        chunk = pool[start : start + 512]
        answers = classifier.assess([ItemText(row["title"], row["summary"]) for row in chunk], ["en"] * len(chunk))
        for row, answer in zip(chunk, answers, strict=True):
            unsure = max(min(p, 1 - p) for p in answer.signals.values())
            rare = max(p for signal, p in answer.signals.items() if signal.value in RARE)
            scored.append((row, unsure, rare))
    chosen = _spread(sorted(scored, key=lambda each: -each[1]), count // 2)
    chosen += _spread(sorted(scored, key=lambda each: -each[2]), count - count // 2 - count // 10)
    chosen += random.sample([row for row, _, _ in scored], count // 10)
    unique = list({text_key(row["title"], row["summary"]): row for row in chosen}.items())
    random.shuffle(unique)
    out.mkdir(parents=True, exist_ok=True)
    for number in range(batches):
        with (out / f"batch{number}.jsonl").open("w", encoding="utf-8") as lines:
            for key, row in unique[number::batches]:
                lines.write(json.dumps({"key": key, "title": row["title"], "summary": row["summary"][:500]}) + "\n")
    print(f"{len(unique)} items in {batches} batches:", dict(Counter(row["source"] for _, row in unique)))


def _spread(scored: list[tuple[dict[str, str], float, float]], count: int) -> list[dict[str, str]]:
    """The best `count`, none of the sources giving more than a fifth."""
    taken: list[dict[str, str]] = []
    each: Counter[str] = Counter()
    for row, _, _ in scored:
        if len(taken) < count and each[row["source"]] < count // 5:
            each[row["source"]] += 1
            taken.append(row)
    return taken


def reading(path: Path) -> dict[str, frozenset[str]]:
    with path.open(encoding="utf-8") as lines:
        return {row["key"]: frozenset(row["labels"]) for row in map(json.loads, lines)}


def compare(first: dict[str, frozenset[str]], second: dict[str, frozenset[str]]) -> dict[str, float]:
    """Agreement of two readings on the items both have: micro F1 over labels, Cohen's kappa over (item, label) cells
    (Cohen, 1960), share of items with equal labels."""
    keys = first.keys() & second.keys()
    labels = sorted({label for key in keys for label in first[key] | second[key]})
    both = sum(len(first[key] & second[key]) for key in keys)
    one, two = sum(len(first[key]) for key in keys), sum(len(second[key]) for key in keys)
    cells = max(1, len(keys) * len(labels))
    agreed = (cells - one - two + 2 * both) / cells
    chance = (one / cells) * (two / cells) + (1 - one / cells) * (1 - two / cells)
    return {
        "items": len(keys),
        "micro_f1": round(2 * both / max(1, one + two), 4),
        "kappa": round((agreed - chance) / (1 - chance), 4) if chance < 1 else 1.0,
        "equal": round(sum(first[key] == second[key] for key in keys) / max(1, len(keys)), 4),
    }


def settle(first: Path, second: Path, third: Path | None, out: Path) -> None:
    one, two = reading(first), reading(second)
    three = reading(third) if third else {}
    settled: dict[str, list[str]] = {}
    open_keys = []
    for key in sorted(one.keys() & two.keys()):
        if one[key] == two[key]:
            settled[key] = sorted(one[key])
        elif key in three:
            settled[key] = sorted(three[key])
        else:
            open_keys.append(key)
    out.parent.mkdir(parents=True, exist_ok=True)
    with out.open("w", encoding="utf-8") as lines:
        lines.writelines(json.dumps({"key": key, "labels": labels}) + "\n" for key, labels in settled.items())
    counts: dict[str, int] = defaultdict(int)
    for labels in settled.values():
        for label in labels or ["none"]:
            counts[label] += 1
    print(f"{len(settled)} settled, {len(open_keys)} need a third reading;", compare(one, two), dict(counts))
    for key in open_keys:
        print(json.dumps({"key": key, "first": sorted(one[key]), "second": sorted(two[key])}))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    choosing = commands.add_parser("choose")
    choosing.add_argument("--corpus", type=Path, required=True)
    choosing.add_argument("--count", type=int, default=900)
    choosing.add_argument("--batches", type=int, default=6)
    choosing.add_argument("--out", type=Path, required=True)
    comparing = commands.add_parser("compare")
    comparing.add_argument("first", type=Path)
    comparing.add_argument("second", type=Path)
    settling = commands.add_parser("settle")
    settling.add_argument("--first", type=Path, required=True)
    settling.add_argument("--second", type=Path, required=True)
    settling.add_argument("--third", type=Path)
    settling.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    if options.command == "choose":
        choose(options.corpus, options.count, options.batches, options.out)
    elif options.command == "compare":
        print(json.dumps(compare(reading(options.first), reading(options.second))))
    else:
        settle(options.first, options.second, options.third, options.out)


if __name__ == "__main__":
    main()
