"""Compares sentence splitters on sentences of news English written for this, and by speed on any text.

usage: python benchmarks/sentences.py [--text FILE]

Without FILE the cases themselves are repeated for the speed. Libraries that are not installed are left out:
pip install pysbd blingfire syntok. `brinkwatch` is sentencex with the project's three corrections on top.
"""

import argparse
import time
from collections.abc import Callable
from pathlib import Path

# Each case is a list of sentences; joined by spaces it must be cut into them again.
CASES = [
    ["The U.S. Army moved its tanks.", "Gen. Mark A. Reed said so on Monday."],
    ["He met Lt. Col. J. R. Hale at the U.N. on Jan. 10.", "They spoke for an hour."],
    ['"We will respond," the minister said.', '"If they attack, we fight."', "Nobody replied."],
    ["“We are ready.”", "The general left.", "(He was tired.)", "Then he slept."],
    ["The ship left at 5 p.m. local time.", "Two others followed."],
    ["The call began at 11 a.m. Friday.", "It ended at noon."],
    ["The curfew starts at 9 p.m. Eastern time.", "Shops are closed."],
    ["The No. 2 diplomat arrived.", "Sen. Ann Lee, D-N.J., spoke."],
    ["Prices rose 3.5 percent.", "It was $1.2 million."],
    ["Is war near?", "Yes!", "Perhaps... no one knows.", "The end."],
    ["Troops moved from the U.S.", "They arrived on Friday."],
    ["Mr. Orlov vs. Mr. Hale: St. Petersburg talks.", "U.S.-led forces left."],
    ["President Igor V. Orlov said yes.", "Anna B. Reed was there."],
    ["The firm, Aero Corp., sold jets.", "Hale Co. did too.", "Reed Inc. refused."],
    ["1. The border is closed.", "2. The embassy stays open."],
    ["KYIV (AP) — A plane landed.", "Another left."],
    ["Maj. Gen. Ann Reed and Adm. Bo Hale met Rep. Lee.", "Gov. Orr was away."],
    ["Sens. Lee and Orr wrote to Prof. Hale.", "Dr. Reed did not."],
    ["The treaty of Feb. 4 was left by Dec. 12.", "Nothing came of it."],
    ["The E.U. and the U.K. agreed.", "So did Iran, i.e. its envoy."],
]
Splitter = Callable[[str], list[str]]


def brinkwatch() -> Splitter:
    from brinkwatch.items.sentences import sentences

    return sentences


def sentencex() -> Splitter:
    from sentencex import segment

    return lambda text: [piece.strip() for piece in segment("en", text) if piece.strip()]


def pysbd() -> Splitter:
    from pysbd import Segmenter

    segmenter = Segmenter(language="en", clean=False)
    return lambda text: [piece.strip() for piece in segmenter.segment(text)]


def blingfire() -> Splitter:
    from blingfire import text_to_sentences

    return lambda text: text_to_sentences(text).split("\n")


def syntok() -> Splitter:
    from syntok.segmenter import process

    return lambda text: [
        "".join(token.spacing + token.value for token in sentence).strip()
        for paragraph in process(text)
        for sentence in paragraph
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--text", type=Path)
    options = parser.parse_args()
    text = options.text.read_text(encoding="utf-8") if options.text else " ".join(" ".join(case) for case in CASES) * 50
    text = text[:100_000]
    print("| splitter | cases right | of | seconds per 100,000 characters |")
    print("| --- | ---: | ---: | ---: |")
    for made in (brinkwatch, sentencex, pysbd, blingfire, syntok):
        try:
            splitter = made()
        except ImportError:
            continue
        right = sum(splitter(" ".join(case)) == case for case in CASES)
        started = time.perf_counter()
        splitter(text)
        seconds = (time.perf_counter() - started) * 100_000 / len(text)
        print(f"| {made.__name__} | {right} | {len(CASES)} | {seconds:.3f} |")


if __name__ == "__main__":
    main()
