"""Measures a model directory on everything that is set aside for it, as JSON and as a table. Learns nothing.

usage: python -m training.evaluate --data ../shared/data [--model DIR] [--out training/evaluation.json]

The model is run as the daemon runs it, through `brinkwatch.signals`. The gold set is for reporting alone: no setting
of the recipe may be chosen by it.
"""

import argparse
import csv
import json
import os
import statistics
import time
from pathlib import Path
from typing import Any

os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")

from rich.console import Console
from rich.table import Table

from brinkwatch.config.settings import Classifier as ClassifierSettings
from brinkwatch.items.item import ItemText
from brinkwatch.signals.catalogue import SIGNALS
from brinkwatch.signals.classifier import Classifier
from brinkwatch.signals.load import load_classifier, model_directory
from training.batches import QUADS
from training.corpus import Near
from training.score import ESCALATION, Judged, macro_f1, signals_table, worst
from training.sources import half, normalise, rows

QUAD_OF = {root: str(quad) for quad, roots in QUADS.items() for root in roots}


def judge(classifier: Classifier, path: Path) -> list[Judged]:
    labelled = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    texts = [ItemText(row["title"], row.get("summary") or "") for row in labelled]
    return [
        Judged(
            row["id"], frozenset(row["labels"]), frozenset(said.flagged), {s.value: said.signals[s] for s in SIGNALS}
        )
        for row, said in zip(labelled, classifier.assess(texts), strict=True)
    ]


def gold(classifier: Classifier, data: Path) -> dict[str, Any]:
    items = judge(classifier, data / "gold/public.jsonl")
    parts = {part: [item for item in items if item.id.startswith(part)] for part in ("p", "q")}
    return {
        "both": signals_table(items),
        **{part: signals_table(chosen) for part, chosen in parts.items()},
        "worst": worst(items),
    }


def plover(classifier: Classifier, data: Path) -> dict[str, Any]:
    """Macro F1 over roots and over quads, without the test sentences that a training file holds as well, or nearly."""
    with (data / "plover/PLV_train.tsv").open(encoding="utf-8") as lines:
        taught = [normalise(row["sentence"]) for row in csv.DictReader(lines, delimiter="\t")]
    with (data / "plover/cameo_class_train.tsv").open(encoding="utf-8") as lines:
        taught += [normalise(line.rpartition("\t")[0]) for line in lines]
    with (data / "plover/PLV_test_public.tsv").open(encoding="utf-8") as lines:
        test = list(csv.DictReader(lines, delimiter="\t"))
    known = Near(taught)
    said = [
        each.plover for each in classifier.assess([ItemText(row["sentence"], "") for row in test], ["en"] * len(test))
    ]
    found: dict[str, Any] = {}
    for name, chosen in (
        ("all", list(range(len(test)))),
        ("stripped", [n for n, row in enumerate(test) if normalise(row["sentence"]) not in known]),
    ):
        roots = [test[n]["gold_root"] for n in chosen]
        quads = [QUAD_OF[root] for root in roots]
        best = [max(said[n], key=said[n].__getitem__) for n in chosen]
        sums = [{q: sum(p for root, p in said[n].items() if QUAD_OF[root] == q) for q in "1234"} for n in chosen]
        found[name] = {
            "sentences": len(chosen),
            "root_macro_f1": macro_f1(roots, best, set(roots)),
            "quad_macro_f1": macro_f1(quads, [max(each, key=each.__getitem__) for each in sums], set(quads)),
        }
    return found


def negatives(classifier: Classifier, data: Path) -> dict[str, dict[str, float]]:
    """Share flagged of ordinary news, its held-out halves alone: with any signal, and with an escalating one."""
    folder = data / "negatives"
    ag = list(rows(folder / "ag_news_2004.jsonl"))
    bbc = ("bbc_sport_culture_war_words", "bbc_rss_sports", "bbc_rss_business")
    sets = {name: list(rows(folder / f"{name}.jsonl")) for name in bbc}
    sets |= {f"ag_{topic}": [row for row in ag if row["topic"] == topic] for topic in ("sports", "scitech", "business")}
    found = {}
    for name, members in sets.items():
        texts = [
            ItemText(row["title"], row.get("summary") or row.get("description") or "")
            for row in members
            if half(row["title"]) == 1
        ]
        flags = [set(said.flagged) for said in classifier.assess(texts)]
        escalating = sum(bool(each & ESCALATION) for each in flags)
        found[name] = {
            "items": len(texts),
            "flagged": round(sum(map(bool, flags)) / len(texts), 5),
            "escalating": round(escalating / len(texts), 5),
        }
    return found


def quiet(classifier: Classifier, data: Path) -> dict[str, float]:
    """Flagged items a day in an ordinary summer, by the day of their first sight."""
    members = list(rows(data / "replay/bbc_quiet_2021-07-11_2021-10-31.jsonl"))
    days = len({row["first_seen"][:10] for row in members})
    said = classifier.assess([ItemText(row["title"], row["summary"]) for row in members])
    flagged = sum(bool(set(each.flagged) & ESCALATION) for each in said)
    return {"items": len(members), "days": days, "flagged_a_day": round(flagged / days, 2)}


def speed(classifier: Classifier, data: Path, count: int) -> dict[str, float]:
    """Items a second read together, and the median time of one by itself; evidence included. Depends on the load."""
    texts = [ItemText(r["title"], r["description"][:300]) for r in rows(data / "replay/rss_2025-04_2025-08.jsonl")][
        :count
    ]
    classifier.assess(texts[:50], ["en"] * 50)
    start = time.perf_counter()
    classifier.assess(texts, ["en"] * len(texts))
    together = len(texts) / (time.perf_counter() - start)
    each = []
    for text in texts[:200]:
        start = time.perf_counter()
        classifier.assess([text], ["en"])
        each.append(time.perf_counter() - start)
    return {
        "items": len(texts),
        "items_a_second": round(together, 1),
        "one_ms": round(1000 * statistics.median(each), 2),
    }


def sizes(directory: Path) -> dict[str, float]:
    return {path.name: round(path.stat().st_size / 1e6, 2) for path in sorted(directory.iterdir())}


def show(found: dict[str, Any], console: Console) -> None:
    """The table that people read."""
    table = Table("measure", "data", "value", title=str(found["model"]), title_justify="left")
    for part in ("both", "p", "q"):
        part_of = found["gold"][part]
        any_, micro = part_of["any"], part_of["micro"]
        table.add_row(
            "any: precision, recall, F1", f"gold {part}", f"{any_['precision']} {any_['recall']} {any_['f1']}"
        )
        table.add_row("micro F1; macro F1", f"gold {part}", f"{micro['f1']}; {part_of['macro_f1']}")
        table.add_row("calibration error", f"gold {part}", str(part_of["calibration_error"]))
    for name, row in found["plover"].items():
        table.add_row("root; quad macro F1", f"PLV test {name}", f"{row['root_macro_f1']}; {row['quad_macro_f1']}")
    for name, row in found["negatives"].items():
        table.add_row("flagged; escalating", name, f"{row['flagged']:.2%}; {row['escalating']:.2%} of {row['items']}")
    for name in ("quiet", "speed", "sizes_mb"):
        if name in found:
            table.add_row(name, "", json.dumps(found[name]))
    console.print(table)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--model", help="directory of a model; unset: the bundled one")
    parser.add_argument("--out", type=Path, help="where to write the figures as JSON")
    parser.add_argument("--only", nargs="*", default=["gold", "plover", "negatives", "quiet", "speed"])
    parser.add_argument("--speed-items", type=int, default=2000)
    given = parser.parse_args()
    settings = ClassifierSettings(model=given.model)
    classifier = load_classifier(settings)
    found: dict[str, Any] = {"model": classifier.name, "sizes_mb": sizes(model_directory(settings))}
    measures = {"gold": gold, "plover": plover, "negatives": negatives, "quiet": quiet}
    for name in given.only:
        part = (
            speed(classifier, given.data, given.speed_items)
            if name == "speed"
            else measures[name](classifier, given.data)
        )
        found[name] = part
    if given.out:
        given.out.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    if {"gold", "plover", "negatives"} <= found.keys():
        show(found, Console(width=120, highlight=False))
    else:
        print(json.dumps(found, indent=1))


if __name__ == "__main__":
    main()
