"""Fine-tunes the shipped model and writes its directory: weights, tokenizer, calibration, thresholds.

usage: python -m training.train --data ../shared/data --out build/model [--epochs 5] [--seed 1]

Runs on two processor cores (about an hour) or on a GPU if torch sees one. The corpus is joined anew each time; its
manifest, with a hash of every source, is written beside the model.
"""

import argparse
import copy
import hashlib
import json
import math
import random
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from tqdm import tqdm
from transformers import AutoTokenizer, PreTrainedTokenizerBase

from brinkwatch.signals.catalogue import PLOVER_ROOTS, SIGNALS
from training.augment import augment
from training.corpus import build, manifest
from training.export import export
from training.model import SignalModel, base_model
from training.sources import Text, normalise

MAX_TOKENS = 96  # in training; the shipped window is larger, and few items are
HOLD_OUT = 0.12
# cameo_class: 0 statement, 1 verbal and 2 material cooperation, 3 verbal and 4 material conflict. Roots by the PLOVER
# manual's quad classes; a statement says nothing about the root.
QUADS = {
    1: ("AGREE", "CONSULT", "SUPPORT"),
    2: ("COOPERATE", "AID", "YIELD"),
    3: ("ACCUSE", "REJECT", "REQUEST", "THREATEN"),
    4: ("PROTEST", "SANCTION", "MOBILIZE", "COERCE", "ASSAULT"),
}


@dataclass(frozen=True)
class Options:
    """The recipe's numbers. Chosen on held-out labels; see README.md."""

    epochs: int = 5
    batch: int = 32
    rate: float = 1.6e-4
    head_rate: float = 1e-3
    layer_decay: float = 0.85
    warmup: float = 0.08
    weight_decay: float = 0.05
    ema: float = 0.995
    positive_weight: float = 2.0
    plover_weight: float = 0.35
    seed: int = 1


def held_out(text: Text) -> bool:
    """Whether a labelled item is kept for calibration: by a hash of its first words, so re-titled news stays together."""
    words = " ".join(normalise(text.title).split()[:5])
    return hashlib.sha256(words.encode()).digest()[0] / 256 < HOLD_OUT


def split(texts: Sequence[Text]) -> tuple[list[Text], list[Text]]:
    """(training, held out). Only the labelled sample of the stream is held out: written examples are no stream."""
    taught = [t for t in texts if t.labels is not None or t.root is not None or t.quad]
    kept = [t for t in taught if t.source.startswith("labels:") and held_out(t)]
    names = {id(t) for t in kept}
    return [t for t in taught if id(t) not in names], kept


def targets(batch: Sequence[Text]) -> dict[str, torch.Tensor]:
    labels = torch.zeros(len(batch), len(SIGNALS))
    known = torch.zeros(len(batch))
    roots = torch.zeros(len(batch), len(PLOVER_ROOTS))
    for number, text in enumerate(batch):
        if text.labels is not None:
            known[number] = text.weight
            for label in text.labels:
                labels[number, SIGNALS.index(label)] = 1.0  # type: ignore[arg-type]
        names = (text.root,) if text.root else QUADS.get(text.quad or 0, ())
        for name in names:
            roots[number, PLOVER_ROOTS.index(name)] = 1.0
    return {"labels": labels, "known": known, "roots": roots}


def loss_of(signals: torch.Tensor, plover: torch.Tensor, goal: dict[str, torch.Tensor], options: Options) -> torch.Tensor:
    """Binary cross-entropy per signal, and the negative log of the probability of all roots that would be right."""
    weight = torch.full((len(SIGNALS),), options.positive_weight, device=signals.device)
    each = torch.nn.functional.binary_cross_entropy_with_logits(
        signals.float(), goal["labels"], pos_weight=weight, reduction="none"
    ).sum(1)
    loss = (each * goal["known"]).sum() / goal["known"].sum().clamp(min=1)
    rooted = goal["roots"].sum(1) > 0
    if rooted.any():
        logs = torch.log_softmax(plover.float()[rooted], -1).masked_fill(goal["roots"][rooted] == 0, -math.inf)
        loss = loss - options.plover_weight * torch.logsumexp(logs, -1).mean()
    return loss


def batches(texts: Sequence[Text], options: Options, chance: random.Random) -> Iterator[list[Text]]:
    """Shuffled batches of texts of like length: little padding."""
    order = sorted(texts, key=lambda t: len(t.title) + len(t.summary[:400]) + 60 * chance.random())
    groups = [order[start : start + options.batch] for start in range(0, len(order), options.batch)]
    chance.shuffle(groups)
    yield from groups


def encode(
    tokenizer: PreTrainedTokenizerBase, pairs: Sequence[tuple[str, str]], device: torch.device
) -> dict[str, torch.Tensor]:
    encoded = [
        tokenizer(title, summary or None, truncation=True, max_length=MAX_TOKENS)["input_ids"] for title, summary in pairs
    ]
    width = max(len(ids) for ids in encoded)
    ids = torch.zeros(len(encoded), width, dtype=torch.long)
    mask = torch.zeros(len(encoded), width, dtype=torch.long)
    for row, tokens in enumerate(encoded):
        ids[row, : len(tokens)] = torch.tensor(tokens)
        mask[row, : len(tokens)] = 1
    return {"input_ids": ids.to(device), "attention_mask": mask.to(device)}


def parameter_groups(model: SignalModel, options: Options) -> list[dict[str, object]]:
    """Lower layers learn more slowly (Howard and Ruder, 2018)."""
    layers = model.trunk.config.num_hidden_layers
    groups: list[dict[str, object]] = []
    for name, parameter in model.named_parameters():
        if not parameter.requires_grad:
            continue
        if name.startswith("trunk.encoder.layer."):
            rate = options.rate * options.layer_decay ** (layers - 1 - int(name.split(".")[3]))
        elif name.startswith("trunk.embeddings"):
            rate = options.rate * options.layer_decay**layers
        else:
            rate = options.rate if name.startswith("trunk") else options.head_rate
        decay = 0.0 if parameter.ndim < 2 else options.weight_decay
        groups.append({"params": [parameter], "lr": rate, "weight_decay": decay})
    return groups


@torch.inference_mode()
def logits_of(
    model: SignalModel, tokenizer: PreTrainedTokenizerBase, texts: Sequence[Text], device: torch.device
) -> np.ndarray:
    model.eval()
    rows = []
    for start in range(0, len(texts), 64):
        chunk = texts[start : start + 64]
        rows.append(model(**encode(tokenizer, [(t.title, t.summary) for t in chunk], device))[0].float().cpu().numpy())
    return np.concatenate(rows)


def report(logits: np.ndarray, texts: Sequence[Text]) -> dict[str, float]:
    """Held-out average precision over all cells, and the best F1 that one threshold for all signals could give."""
    truth = targets(texts)["labels"].numpy().ravel()
    order = np.argsort(-logits.ravel())
    hits = np.cumsum(truth[order])
    ranks = np.arange(1, len(order) + 1)
    precision = hits / ranks
    return {
        "average_precision": float((precision * truth[order]).sum() / truth.sum()),
        "best_micro_f1": float((2 * hits / (ranks + truth.sum())).max()),
    }


def train(texts: Sequence[Text], options: Options) -> tuple[SignalModel, PreTrainedTokenizerBase, list[Text]]:
    """The averaged weights after the last epoch, the tokenizer, and what was held out."""
    torch.manual_seed(options.seed)
    chance = random.Random(options.seed)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    tokenizer = AutoTokenizer.from_pretrained(base_model())
    model = SignalModel(base_model()).to(device)
    average = copy.deepcopy(model).eval()
    learn, kept = split(texts)
    total = options.epochs * math.ceil(len(learn) / options.batch)
    optimiser = torch.optim.AdamW(parameter_groups(model, options), betas=(0.9, 0.98))
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimiser, lambda s: min((s + 1) / (options.warmup * total), max(0.02, (total - s) / (total * (1 - options.warmup))))
    )
    bar = tqdm(total=total, desc="train", mininterval=5)
    step = 0
    for epoch in range(options.epochs):
        model.train()
        for batch in batches(learn, options, chance):
            pairs = [augment(t.title, t.summary, chance) if t.labels is not None else (t.title, "") for t in batch]
            goal = {name: tensor.to(device) for name, tensor in targets(batch).items()}
            # On processors without matrix units for it, bfloat16 is the slower one.
            with torch.autocast(device.type, torch.bfloat16, enabled=device.type == "cuda"):
                signals, plover = model(**encode(tokenizer, pairs, device))
            loss = loss_of(signals, plover, goal, options)
            optimiser.zero_grad(set_to_none=True)
            loss.backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimiser.step()
            schedule.step()
            step += 1
            keep = min(options.ema, (step + 1) / (step + 10))
            with torch.no_grad():
                for mean, now in zip(average.parameters(), model.parameters(), strict=True):
                    mean.lerp_(now, 1 - keep)
            bar.update()
            bar.set_postfix(loss=f"{loss.item():.3f}")
        print(f"epoch {epoch + 1}:", json.dumps(report(logits_of(average, tokenizer, kept, device), kept)), flush=True)
    bar.close()
    return average.cpu(), tokenizer, kept


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--version", default=time.strftime("%Y.%m.%d"))
    parser.add_argument("--limit", type=int, help="use this many texts only, for a quick trial")
    for name, kind in (("epochs", int), ("seed", int), ("rate", float), ("positive-weight", float), ("batch", int)):
        default = getattr(Options(), name.replace("-", "_"))
        parser.add_argument(f"--{name}", type=kind, default=default)
    given = parser.parse_args()
    options = Options(
        epochs=given.epochs, seed=given.seed, rate=given.rate, positive_weight=given.positive_weight, batch=given.batch
    )
    texts = list(build(given.data))
    if given.limit:
        texts = random.Random(options.seed).sample(texts, given.limit)
    model, tokenizer, kept = train(texts, options)
    given.out.mkdir(parents=True, exist_ok=True)
    torch.save(model.state_dict(), given.out.with_suffix(".pt"))
    export(model, tokenizer, kept, given.out, version=given.version)
    given.out.with_suffix(".manifest.json").write_text(
        json.dumps({"options": vars(options), **manifest(given.data, texts)}, indent=1) + "\n", encoding="utf-8"
    )


if __name__ == "__main__":
    main()
