"""Writes docs/model-card.md from the evaluation's figures and the manifest of the training. Measures nothing.

usage: python -m training.card [--evaluation training/evaluation.json] [--manifest training/manifest.json]
"""

import argparse
import json
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from brinkwatch.signals.catalogue import INFO, SIGNALS
from brinkwatch.signals.load import bundled_model
from brinkwatch.signals.model_card import ModelCard, read_card

HERE = Path(__file__).parent
PAGE = HERE.parent / "docs" / "model-card.md"
# What is asked for at least, and where the project is going.
TARGETS = {
    "any_precision": ("0.80", "0.92"), "any_recall": ("0.80", "0.90"), "micro": ("0.72", "0.85"),
    "macro": ("0.65", "0.80"), "calibration": ("0.12", "0.06"), "root": ("0.80", "0.86"), "quad": ("0.88", "0.92"),
    "bbc_sport_culture_war_words": ("0.5 %", "0.2 %"), "bbc_rss_sports": ("0.1 %", "0.05 %"),
    "ag_sports": ("0.1 %", "0.05 %"), "ag_scitech": ("0.2 %", "0.1 %"), "ag_business": ("1.5 %", "1 %"),
    "bbc_rss_business": ("", ""), "rate": ("60", "200"), "one": ("40", "10"),
}  # fmt: skip
NEGATIVES = {
    "bbc_sport_culture_war_words": "BBC sport and culture with words of war",
    "bbc_rss_sports": "BBC sport",
    "bbc_rss_business": "BBC business",
    "ag_sports": "AG News 2004, sport",
    "ag_scitech": "AG News 2004, science and technology",
    "ag_business": "AG News 2004, business",
}
# Where the texts came from, and on what terms they could be used. None of them is part of the project.
SOURCES = (
    ("BBC home page 2021 and 2022", "labels, negatives", "research use"),
    ("RSS items of WSJ, FT, Economist, NYT 2025", "labels", "research use"),
    ("Headlines of many outlets posted on Reddit 2022", "labels", "research use"),
    ("RUWA: nine outlets on the war in Ukraine", "labels", "CC BY-NC-SA 4.0"),
    ("NYT 2020; one day of 232 outlets", "labels", "research use"),
    ("AG News 2004", "negatives", "non-commercial research"),
    ("PLV, cameo_class", "PLOVER roots and quads", "research use"),
    ("Examples in `training/examples`", "written for the project, text included", "Apache-2.0, as the project"),
    ("Labels in `training/labels`", "made for the project, text not included", "Apache-2.0, as the project"),
)


def table(head: Sequence[str], body: Iterable[Sequence[object]], left: int = 1) -> str:
    """A Markdown table; columns after the first `left` are numbers."""
    rule = ["---"] * left + ["---:"] * (len(head) - left)
    return "\n".join("| " + " | ".join(map(str, row)) + " |" for row in (head, rule, *body))


def percent(share: float) -> str:
    return f"{100 * share:.2f} %"


def goals(found: dict[str, Any]) -> str:
    gold, plover = found["gold"], found["plover"]["all"]
    both = gold["both"]
    rows: list[tuple[object, ...]] = [
        ("any escalation, precision", f"{both['any']['precision']:.3f}", *TARGETS["any_precision"]),
        ("any escalation, recall", f"{both['any']['recall']:.3f}", *TARGETS["any_recall"]),
        ("micro F1 over signals", f"{both['micro']['f1']:.3f}", *TARGETS["micro"]),
        ("macro F1, signals with 8 and more items", f"{both['macro_f1']:.3f}", *TARGETS["macro"]),
        ("calibration error, part p", f"{gold['p']['calibration_error']:.3f}", *TARGETS["calibration"]),
        ("PLOVER root, macro F1", f"{plover['root_macro_f1']:.3f}", *TARGETS["root"]),
        ("PLOVER quad class, macro F1", f"{plover['quad_macro_f1']:.3f}", *TARGETS["quad"]),
    ]
    for name, title in NEGATIVES.items():
        row = found["negatives"][name]
        rows.append((f"flagged: {title} ({row['items']:,} items)", percent(row["flagged"]), *TARGETS[name]))
    if "speed" in found:
        rows.append(("items a second, 2 threads", found["speed"]["items_a_second"], *TARGETS["rate"]))
        rows.append(("one item, ms", found["speed"]["one_ms"], *TARGETS["one"]))
    if "quiet" in found:
        rows.append(("flagged items a day, ordinary summer", found["quiet"]["flagged_a_day"], "", ""))
    return table(("measure", "value", "must", "goal"), rows)


def parts(found: dict[str, Any]) -> str:
    rows = []
    for name, title in (("both", "both"), ("p", "p: stream-like"), ("q", "q: rich in rare signals")):
        part = found["gold"][name]
        numbers = (*part["any"].values(), part["micro"]["precision"], part["micro"]["recall"], part["micro"]["f1"],
                   part["macro_f1"], part["calibration_error"])  # fmt: skip
        rows.append((title, part["items"], *(f"{number:.3f}" for number in numbers)))
    head = ("part", "items", "any P", "any R", "any F1", "micro P", "micro R", "micro F1", "macro F1", "ECE")
    return table(head, rows)


def per_signal(found: dict[str, Any], card: ModelCard) -> str:
    rows = []
    for signal in SIGNALS:
        row = found["gold"]["both"]["per_signal"][signal.value]
        precision = "" if row["average_precision"] is None else f"{row['average_precision']:.3f}"
        rows.append((
            INFO[signal].label, row["support"], f"{row['precision']:.3f}", f"{row['recall']:.3f}", f"{row['f1']:.3f}",
            precision, f"{card.thresholds[signal]:.2f}", percent(card.base_rate[signal]),
        ))  # fmt: skip
    head = ("signal", "items", "precision", "recall", "F1", "average precision", "threshold", "share in the stream")
    return table(head, rows)


def page(found: dict[str, Any], manifest: dict[str, Any], card: ModelCard) -> str:
    texts = Counter[str]()
    for source, count in manifest["texts"].items():
        kind = source.split(":")[0]
        if kind not in ("un", "cameo"):
            texts[{"own": "labels", "plv": "PLOVER sentences"}.get(kind, kind)] += count
    confused = [(row["missed"], row["flagged"], row["items"]) for row in found["gold"]["both"]["confusion"]]
    bins = [(f"{r['probability']:.2f}", f"{r['share']:.2f}", r["cells"]) for r in found["gold"]["p"]["reliability"]]
    wrong = [(r["id"], r["signal"], r["probability"], ", ".join(r["labels"]) or "none") for r in found["gold"]["worst"]]
    sizes = found["sizes_mb"]
    options = ", ".join(f"{name} {value}" for name, value in manifest["options"].items())
    return f"""# Model card: {card.title}

Generated by `python -m training.card` from the figures of `python -m training.evaluate`; do not edit by hand.

## What it is

A transformer of six layers ({card.base}), fine-tuned to read one news item (title and summary, English) and to say with
what probability it reports each of the {len(SIGNALS)} signals of the codebook, and which PLOVER root it is about. int8,
{sizes["signals.onnx"]} MB; a second file of {sizes["embedding.onnx"]} MB, all-MiniLM-L6-v2 as it is, gives the vectors
by which stories are told apart. Windows of {card.max_tokens} tokens.

## What it is for, and what not

For pointing people to news that they then read, with the sentence that made the difference beside it. It reports what
outlets say, not what is so. It must not decide anything by itself, be used to target or assess persons, or stand in for
official warnings. It reads English alone, short news text alone, and leans on the regions and years of its texts
(2004 to 2025, most of 2021 to 2025).

## Figures

On items and sentences that nothing was learnt from; no threshold or setting was chosen by them. The gold set was read
by two annotators, disagreements settled in a third reading.

{goals(found)}

The gold set's parts:

{parts(found)}

Each signal, both parts:

{per_signal(found, card)}

Precision and recall of each signal as its threshold moves; the dot is the shipped threshold:

![precision and recall of each signal](img/model-precision-recall.png)

Of what was said with this probability, this share was so (part p, tenths of the cells that matter):

{table(("probability", "share", "cells"), bins, left=0)}

![what was said against what was so](img/model-reliability.png)

What is missed, and what was flagged in its place:

{table(("missed", "flagged", "items"), confused, left=2)}

![signals that are taken for each other](img/model-confusion.png)

## Known failures

Seen when the errors on the held-out labels were read:

- A title that hides its act in an allusion is missed: a bodyguard for an official whom a state has threatened, a
  negotiator who warned in an interview, a yacht that is sold after it was seized.
- Aftermath and running tolls (bodies found, losses so far, inquiries, intercepted calls) are flagged as `armed_attack`.
- Opinion and background on nuclear matters, and civil nuclear plants, are flagged as `nuclear_signal`.
- Wars inside one state, which the codebook leaves out, are flagged like those between states.
- Export curbs and trade measures that are told without the word "sanctions" are missed; so are acts told by allusion,
  or in a clause of an item about something else.
- `military_threat` and `diplomatic_rupture` are its weakest signals. Rare signals have few labels; their thresholds
  lean on those of the others.
- int8 costs a little: `training/README.md` has the figures.

The items of the gold set that it was most surely wrong about, by their identifiers:

{table(("item", "signal", "probability", "labels"), wrong, left=2)}

## How it was made

{table(("texts", "count"), texts.most_common())}

{table(("source", "use", "terms"), SOURCES, left=3)}

Both base models are Apache-2.0 (sentence-transformers). Several of the sources are for research alone: whoever uses the
weights in a product should take advice on that, or train again on texts of their own.

Recipe: {options}. Calibration and thresholds are from held-out labels of the stream, with the int8 file run as the
daemon runs it: `training/README.md`.
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--evaluation", type=Path, default=HERE / "evaluation.json")
    parser.add_argument("--manifest", type=Path, default=HERE / "manifest.json")
    given = parser.parse_args()
    found, manifest = (json.loads(path.read_text(encoding="utf-8")) for path in (given.evaluation, given.manifest))
    card = read_card(bundled_model())
    if found["model"] != card.title:
        raise SystemExit(f"the figures are of {found['model']}, the bundled model is {card.title}: evaluate it first")
    PAGE.write_text(page(found, manifest, card), encoding="utf-8")


if __name__ == "__main__":
    main()
