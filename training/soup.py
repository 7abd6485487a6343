"""Averages the weights of several runs that began alike (Wortsman et al., "Model soups", 2022). Learns nothing.

usage: python -m training.soup --data ../shared/data --out build/soup.pt build/one.pt build/two.pt

Prints the held-out figures of each run, of the mean of their weights, and of the mean of their answers.
"""

import argparse
import json
from pathlib import Path

import numpy as np
import torch
from transformers import AutoTokenizer

from training.batches import split
from training.corpus import build
from training.model import base_model, load_weights, save_weights
from training.train import logits_of, report


def mean(states: list[dict[str, torch.Tensor]]) -> dict[str, torch.Tensor]:
    """The mean of each tensor of numbers; others are the first run's."""
    first = states[0]
    return {
        name: torch.stack([state[name] for state in states]).mean(0) if value.is_floating_point() else value
        for name, value in first.items()
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("runs", type=Path, nargs="+")
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    given = parser.parse_args()
    loaded = [load_weights(path) for path in given.runs]
    (base,) = {base for base, _ in loaded}
    states = [{name: value.clone() for name, value in model.state_dict().items()} for _, model in loaded]
    together = mean(states)
    _, kept = split(list(build(given.data)))
    tokenizer, model = AutoTokenizer.from_pretrained(base_model()), loaded[0][1]
    answers = []
    for name, state in zip([*map(str, given.runs), "mean of weights"], [*states, together], strict=True):
        model.load_state_dict(state)
        answers.append(logits_of(model, tokenizer, kept, torch.device("cpu")))
        print(name, json.dumps(report(*answers[-1], kept)))
    save_weights(given.out, base, model)
    # What all of them together would reach, at as many times the cost.
    signals, plover = (np.mean([answer[side] for answer in answers[:-1]], axis=0) for side in (0, 1))
    print("mean of answers", json.dumps(report(signals, plover, kept)))


if __name__ == "__main__":
    main()
