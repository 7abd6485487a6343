"""Reads the raw sets: one function a kind, each giving (source, title, summary). Decides nothing about labels."""

import csv
import hashlib
import html
import json
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

QUIET_FROM, QUIET_TO = "2021-09-01", "2021-09-15"  # the fortnight that is kept for reading flags by eye


@dataclass(frozen=True, slots=True)
class Text:
    """One text of the corpus. `labels` None: unlabelled; `root` a PLOVER root; `quad` 0 to 4 as in cameo_class."""

    source: str
    title: str
    summary: str = ""
    labels: tuple[str, ...] | None = None
    root: str | None = None
    quad: int | None = None
    weight: float = 1.0
    extra: dict[str, str] = field(default_factory=dict)


def normalise(text: str) -> str:
    """Text with case, punctuation, accents and white space out of the way: what keys and comparisons use."""
    text = unicodedata.normalize("NFKD", html.unescape(text))
    return " ".join(re.findall(r"[^\W_]+", "".join(c for c in text if not unicodedata.combining(c)).casefold()))


def text_key(title: str, summary: str) -> str:
    """The hash that labels of real items are kept under: sha256 of the normalised title and summary, 20 hex digits."""
    return hashlib.sha256(f"{normalise(title)}\n{normalise(summary)}".encode()).hexdigest()[:20]


def half(text: str) -> int:
    """0 or 1, by the text's hash: which half of a negative set it belongs to. Half 1 is held out of training."""
    return hashlib.sha256(normalise(text).encode()).digest()[0] & 1


def rows(path: Path) -> Iterator[dict[str, str]]:
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            yield {key: value or "" for key, value in json.loads(line).items() if not isinstance(value, list)}


def tidy(text: str) -> str:
    return " ".join(re.sub(r"<[^>]*>", " ", html.unescape(text)).split())


def labelled(data: Path) -> Iterator[Text]:
    with (data / "labels/train.jsonl").open(encoding="utf-8") as lines:
        for line in lines:
            row = json.loads(line)
            yield Text("labels:" + row["source"], tidy(row["title"]), tidy(row["summary"] or ""), tuple(row["labels"]))


def written(folder: Path) -> Iterator[Text]:
    for path in sorted(folder.glob("*.jsonl")):
        with path.open(encoding="utf-8") as lines:
            for line in lines:
                row = json.loads(line)
                extra = {"kind": row.get("kind", ""), "set": row.get("set", "")}
                yield Text("written:" + path.stem, row["title"], row["summary"], tuple(row["labels"]), extra=extra)


def plover(data: Path) -> Iterator[Text]:
    """PLOVER training sentences with their root, and cameo_class sentences with their quad."""
    with (data / "plover/PLV_train.tsv").open(encoding="utf-8") as lines:
        for row in csv.DictReader(lines, delimiter="\t"):
            yield Text("plv", tidy(row["sentence"]), root=row["gold_root"])
    with (data / "plover/cameo_class_train.tsv").open(encoding="utf-8") as lines:
        for line in lines:
            sentence, _, quad = line.rstrip("\n").rpartition("\t")
            if sentence:
                yield Text("cameo", tidy(sentence), quad=int(quad))


def negatives(data: Path) -> Iterator[Text]:
    """The training half of sport and culture with war words, and of ordinary sport: labelled none."""
    folder = data / "negatives"
    for row in rows(folder / "bbc_sport_culture_war_words.jsonl"):
        if half(row["title"]) == 0:
            yield Text("negative:war_words", tidy(row["title"]), tidy(row["summary"]), ())
    for row in rows(folder / "bbc_rss_sports.jsonl"):
        if half(row["title"]) == 0 and int(text_key(row["title"], ""), 16) % 8 == 0:
            yield Text("negative:sport", tidy(row["title"]), tidy(row["description"]), (), weight=0.5)
    for row in rows(folder / "ag_news_2004.jsonl"):
        if row["topic"] == "sports" and half(row["title"]) == 0:
            yield Text("negative:ag_sport", tidy(row["title"]), tidy(row["summary"]), (), weight=0.5)


def unlabelled(data: Path) -> Iterator[Text]:
    """Everything a teacher may label softly. The quiet fortnight, the events and held-out halves are left out."""
    events = {normalise(title) for title in json.loads((data / "replay/bbc_taiwan_events.json").read_text())}
    for name in ("bbc_quiet_2021-07-11_2021-10-31", "bbc_taiwan_2022-07-15_2022-08-31"):
        for row in rows(data / f"replay/{name}.jsonl"):
            fortnight = QUIET_FROM <= row["first_seen"] < QUIET_TO
            if not fortnight and normalise(row["title"]) not in events:
                yield Text("un:" + name[:9], tidy(row["title"]), tidy(row["summary"]))
    for row in rows(data / "replay/rss_2025-04_2025-08.jsonl"):
        yield Text("un:rss", tidy(row["title"]), tidy(row["description"])[:600])
    for row in rows(data / "replay/reddit_2022-04_2022-06.jsonl"):
        yield Text("un:reddit", tidy(row["title"]))
    for row in rows(data / "headlines/nyt_2020.jsonl"):
        yield Text("un:nyt", tidy(row["headline"]), tidy(row["abstract"]))
    for row in rows(data / "headlines/one_day_2022-08-31.jsonl"):
        yield Text("un:one_day", tidy(row["Headline"]))
    for row in rows(data / "headlines/global_south_2022-01_2022-02.jsonl"):
        yield Text("un:global_south", tidy(row["Headline"]))
    for row in rows(data / "headlines/ukraine_war_2022-04_on_9_outlets.jsonl"):
        yield Text("un:ruwa", tidy(row["title"]), tidy(row["desc"])[:600])
    for row in rows(data / "negatives/bbc_rss_business.jsonl"):
        if half(row["title"]) == 0:
            yield Text("un:business", tidy(row["title"]), tidy(row["description"]))
    for row in rows(data / "negatives/bbc_rss_sports.jsonl"):
        if half(row["title"]) == 0:
            yield Text("un:sport", tidy(row["title"]), tidy(row["description"]))
    for row in rows(data / "negatives/ag_news_2004.jsonl"):
        if half(row["title"]) == 0:
            yield Text("un:ag_" + row["topic"], tidy(row["title"]), tidy(row["summary"]))
    for row in rows(data / "negatives/google_news_topics_120snaps.jsonl"):
        if row["title"].isascii():
            yield Text("un:google", tidy(row["title"]))
    with (data / "negatives/headlines.csv").open(encoding="utf-8") as lines:
        for row in csv.DictReader(lines):
            if row["headline"]:
                yield Text("un:press", tidy(row["headline"]))


def forbidden(data: Path) -> list[str]:
    """Normalised titles of the gold set: nothing equal or close to them may be learnt from."""
    return [normalise(row["title"]) for row in rows(data / "gold/public.jsonl")]


def forbidden_sentences(data: Path) -> list[str]:
    """The same of the PLOVER test: its sentences stand in the training files of others."""
    with (data / "plover/PLV_test_public.tsv").open(encoding="utf-8") as lines:
        return [normalise(row["sentence"]) for row in csv.DictReader(lines, delimiter="\t")]
