"""Joins the sources into one corpus without doubles and without anything close to the gold set, with a manifest.

usage: python -m training.corpus --data DIR --out corpus.jsonl.gz
"""

import argparse
import gzip
import hashlib
import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import asdict, replace
from pathlib import Path

from training.sources import (
    Text,
    forbidden,
    forbidden_sentences,
    labelled,
    negatives,
    normalise,
    plover,
    text_key,
    unlabelled,
    written,
)

HERE = Path(__file__).parent
CLOSE = 0.6  # Jaccard overlap of words from which two titles count as the same news


class Near:
    """Finds whether a title shares most of its words with one of a fixed list."""

    def __init__(self, titles: Iterable[str]) -> None:
        self.sets = [frozenset(title.split()) for title in titles]
        self.by_word: dict[str, list[int]] = defaultdict(list)
        frequency = Counter(word for words in self.sets for word in words)
        for number, words in enumerate(self.sets):
            # Two sets that overlap by 0.6 share at least one of the rarer half of either's words.
            for word in sorted(words, key=lambda w: (frequency[w], w))[: len(words) // 2 + 1]:
                self.by_word[word].append(number)

    def __contains__(self, title: str) -> bool:
        words = frozenset(title.split())
        if not words:
            return False
        candidates = {number for word in words for number in self.by_word.get(word, ())}
        return any(len(words & self.sets[n]) / len(words | self.sets[n]) >= CLOSE for n in candidates)


def extra_labels(folder: Path) -> dict[str, tuple[str, ...]]:
    """Labels of real items that live here without their text, by text key."""
    found: dict[str, tuple[str, ...]] = {}
    for path in sorted(folder.glob("*.jsonl")):
        for line in path.read_text(encoding="utf-8").splitlines():
            row = json.loads(line)
            found[row["key"]] = tuple(row["labels"])
    return found


def build(data: Path) -> Iterator[Text]:
    """The corpus: labelled texts first, so that of two equal texts the labelled one stays."""
    gold, test = Near(forbidden(data)), Near(forbidden_sentences(data))
    own = extra_labels(HERE / "labels")
    seen: set[str] = set()
    dropped: Counter[str] = Counter()
    sources = (written(HERE / "examples"), labelled(data), plover(data), negatives(data), unlabelled(data))
    for source in sources:
        for text in source:
            key = text_key(text.title, text.summary if text.root is None else "")
            title = normalise(text.title)
            if len(title) < 8 or key in seen:
                dropped["double or empty"] += 1
            elif text.root is not None or text.quad is not None:
                if title in test:
                    dropped["close to the PLOVER test"] += 1
                else:
                    seen.add(key)
                    yield text
            # The labels come with the promise that they are apart from the gold set.
            elif not text.source.startswith("labels:") and title in gold:
                dropped["close to gold"] += 1
            else:
                seen.add(key)
                labels = own.get(key)
                yield text if labels is None else replace(text, source="own:" + text.source, labels=labels)
    print("dropped:", dict(dropped))


def manifest(data: Path, texts: list[Text]) -> dict[str, object]:
    """Every file that was read, with its hash, and how many texts came of each source."""
    used = ("labels/*", "plover/*.tsv", "replay/*", "headlines/*", "negatives/*")
    files = sorted(
        {path for pattern in used for path in data.glob(pattern)}
        | {*(HERE / "examples").glob("*.jsonl"), *(HERE / "labels").glob("*.jsonl")}
    )
    return {
        "files": {
            f"{p.parent.name}/{p.name}": hashlib.sha256(p.read_bytes()).hexdigest() for p in files if p.is_file()
        },
        "texts": dict(sorted(Counter(text.source for text in texts).items())),
        "labels": dict(Counter(label for text in texts for label in text.labels or ()).most_common()),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    texts = list(build(options.data))
    with gzip.open(options.out, "wt", encoding="utf-8") as out:
        out.writelines(json.dumps(asdict(text), ensure_ascii=False) + "\n" for text in texts)
    listing = manifest(options.data, texts)
    options.out.with_suffix(".manifest.json").write_text(json.dumps(listing, indent=1) + "\n")
    print(json.dumps(listing["texts"], indent=1))


if __name__ == "__main__":
    main()
