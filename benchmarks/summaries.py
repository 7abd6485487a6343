"""ROUGE of the extractive summary against lead-3 with the same cap and cleaning.

Run as `python -m benchmarks.summaries DATA_DIR`, where DATA_DIR holds `summaries/cnndm_50.jsonl`; needs the library
`rouge-score`. Prints F1 of ROUGE-1, ROUGE-2 and ROUGE-L for both, and the ratio.
"""

import json
import sys
from collections.abc import Callable
from pathlib import Path
from statistics import mean

from rouge_score import rouge_scorer

from brinkwatch.alerts.summary import MAX_CHARACTERS, clean_sentences, flat, shorten, summarize

KINDS = ("rouge1", "rouge2", "rougeL")


def lead(text: str) -> str:
    """The first three sentences that fit, cleaned like ours."""
    chosen: list[str] = []
    for sentence in clean_sentences(text)[:3]:
        if len(" ".join([*chosen, sentence])) > MAX_CHARACTERS:
            break
        chosen.append(sentence)
    return " ".join(chosen) if chosen else shorten((clean_sentences(text) or [flat(text)])[0])


def rouge(summarizer: Callable[[str], str], articles: list[dict[str, str]]) -> dict[str, float]:
    scorer = rouge_scorer.RougeScorer(KINDS, use_stemmer=True)
    scores = [scorer.score(" ".join(a["highlights"]), summarizer(a["article"])) for a in articles]
    return {kind: mean(score[kind].fmeasure for score in scores) for kind in KINDS}


def main(data: Path) -> None:
    lines = (data / "summaries" / "cnndm_50.jsonl").read_text(encoding="utf-8").splitlines()
    articles = [json.loads(line) for line in lines]
    ours, baseline = rouge(summarize, articles), rouge(lead, articles)
    print(f"{len(articles)} articles   ours    lead-3  ratio")
    for kind in KINDS:
        print(f"{kind:11}  {ours[kind]:.4f}  {baseline[kind]:.4f}  {ours[kind] / baseline[kind]:.3f}")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
