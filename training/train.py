"""Fine-tunes the shipped model and writes its directory: weights, tokenizer, calibration, thresholds.

usage: python -m training.train --data ../shared/data --out build/model [--epochs 4] [--seed 1]

Runs on two processor cores (half an hour to an hour) or on a GPU if torch sees one. The corpus is joined anew each
time; its manifest, with a hash of every source, is written beside the model.
"""

import argparse
import copy
import json
import math
import random
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np
import torch
from tqdm import tqdm
from transformers import AutoTokenizer, PreTrainedTokenizerBase

from training.augment import augment
from training.batches import batches, encode, split, targets
from training.corpus import build, manifest
from training.export import export
from training.model import SignalModel, base_model, load_weights, new_model, save_weights
from training.sources import Text

# Runs of any seed begin with the same heads, so that their weights can be averaged (Wortsman et al., 2022).
FIRST_HEADS = 1


@dataclass(frozen=True)
class Options:
    """The recipe's numbers. README.md says which were measured."""

    base: str = "minilm"
    epochs: int = 4
    batch: int = 32
    rate: float = 1.6e-4
    head_rate: float = 1e-3
    layer_decay: float = 0.85
    warmup: float = 0.08
    weight_decay: float = 0.05
    ema: float = 0.995
    positive_weight: float = 2.0
    plover_weight: float = 2.0
    seed: int = 1


def loss_of(
    signals: torch.Tensor, plover: torch.Tensor, goal: dict[str, torch.Tensor], options: Options
) -> torch.Tensor:
    """Binary cross-entropy per signal, and the negative log of the probability of all roots that would be right."""
    weight = torch.full((signals.shape[1],), options.positive_weight, device=signals.device)
    each = torch.nn.functional.binary_cross_entropy_with_logits(
        signals.float(), goal["labels"], pos_weight=weight, reduction="none"
    ).sum(1)
    loss = (each * goal["known"]).sum()
    rooted = goal["roots"].sum(1) > 0
    if rooted.any():
        logs = torch.log_softmax(plover.float()[rooted], -1).masked_fill(goal["roots"][rooted] == 0, -math.inf)
        loss = loss - options.plover_weight * torch.logsumexp(logs, -1).sum()
    return loss / len(signals)


def parameter_groups(model: SignalModel, options: Options) -> list[dict[str, object]]:
    """Lower layers learn more slowly (Howard and Ruder, 2018), word embeddings not at all."""
    layers = model.trunk.config.num_hidden_layers
    found: dict[tuple[float, float], list[torch.nn.Parameter]] = {}
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
        found.setdefault((rate, decay), []).append(parameter)
    return [{"params": group, "lr": rate, "weight_decay": decay} for (rate, decay), group in found.items()]


def half_precision_pays(device: torch.device) -> bool:
    """On processors without instructions for bfloat16 it is the slower one; on one with them it saves a quarter."""
    return device.type == "cuda" or bool(torch.cpu.get_capabilities().get("avx512_bf16"))


@torch.inference_mode()
def logits_of(
    model: SignalModel, tokenizer: PreTrainedTokenizerBase, texts: Sequence[Text], device: torch.device
) -> tuple[np.ndarray, np.ndarray]:
    model.eval()
    signals, plover = [], []
    for start in range(0, len(texts), 64):
        pairs = [(t.title, t.summary) for t in texts[start : start + 64]]
        one, two = model(**encode(tokenizer, pairs, device))
        signals.append(one.float().cpu().numpy())
        plover.append(two.float().cpu().numpy())
    return np.concatenate(signals), np.concatenate(plover)


def report(signals: np.ndarray, plover: np.ndarray, texts: Sequence[Text]) -> dict[str, float]:
    """Held-out average precision over all cells, the best F1 that one threshold for all signals could give, the same
    for any escalation, and the share of roots that are right."""
    goal = targets(texts)
    known, rooted = goal["known"].numpy() > 0, goal["roots"].numpy().sum(1) == 1

    def ranked(scores: np.ndarray, truth: np.ndarray) -> tuple[float, float]:
        truth = truth[np.argsort(-scores)]
        hits = np.cumsum(truth)
        ranks = np.arange(1, len(truth) + 1)
        return float((hits / ranks * truth).sum() / truth.sum()), float((2 * hits / (ranks + truth.sum())).max())

    labels = goal["labels"].numpy()[known]
    precision, f1 = ranked(signals[known].ravel(), labels.ravel())
    # The last three of the catalogue are the de-escalating ones.
    _, any_f1 = ranked(signals[known, :-3].max(1), labels[:, :-3].max(1))
    right = (plover[rooted].argmax(1) == goal["roots"].numpy()[rooted].argmax(1)).mean()
    found = {"average_precision": precision, "best_micro_f1": f1, "best_any_f1": any_f1, "roots_right": float(right)}
    return {name: round(value, 4) for name, value in found.items()}


def train(
    texts: Sequence[Text], options: Options, checkpoint: Path, begin: Path | None = None
) -> tuple[SignalModel, PreTrainedTokenizerBase, list[Text]]:
    """The averaged weights after the last epoch, the tokenizer, and what was held out.

    The averaged weights of each epoch are left in `checkpoint`, from which `training.export` can make a model. `begin`:
    such a file of an earlier run, to go on from.
    """
    torch.manual_seed(FIRST_HEADS)
    chance = random.Random(options.seed)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    tokenizer = AutoTokenizer.from_pretrained(base_model())
    model = (load_weights(begin)[1] if begin else new_model(options.base, checkpoint.parent)).to(device)
    torch.manual_seed(options.seed)
    model.trunk.embeddings.word_embeddings.weight.requires_grad_(False)
    average = copy.deepcopy(model).eval()
    pairs_of = [(a, b) for a, b in zip(average.parameters(), model.parameters(), strict=True) if b.requires_grad]
    means, live = [a for a, _ in pairs_of], [b for _, b in pairs_of]
    learn, kept = split(texts)
    total = options.epochs * math.ceil(len(learn) / options.batch)
    optimiser = torch.optim.AdamW(parameter_groups(model, options), betas=(0.9, 0.98), fused=True)
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimiser,
        lambda s: min((s + 1) / (options.warmup * total), max(0.02, (total - s) / (total * (1 - options.warmup)))),
    )
    print(f"{len(learn)} texts learnt, {len(kept)} held out; bfloat16: {half_precision_pays(device)}", flush=True)
    bar = tqdm(total=total, desc="train", mininterval=5)
    step = 0
    for epoch in range(options.epochs):
        model.train()
        for batch in batches(learn, options.batch, chance):
            pairs = [augment(t.title, t.summary, chance) if t.labels is not None else (t.title, "") for t in batch]
            goal = {name: tensor.to(device) for name, tensor in targets(batch).items()}
            with torch.autocast(device.type, torch.bfloat16, enabled=half_precision_pays(device)):
                signals, plover = model(**encode(tokenizer, pairs, device))
            loss = loss_of(signals, plover, goal, options)
            optimiser.zero_grad(set_to_none=True)
            loss.backward()
            torch.nn.utils.clip_grad_norm_(live, 1.0)
            optimiser.step()
            schedule.step()
            step += 1
            with torch.no_grad():
                torch._foreach_lerp_(means, live, 1 - min(options.ema, (step + 1) / (step + 10)))
            bar.update()
            bar.set_postfix(loss=f"{loss.item():.3f}", refresh=False)
        found = report(*logits_of(average, tokenizer, kept, device), kept)
        bar.write(f"epoch {epoch + 1}: {json.dumps(found)}")
        save_weights(checkpoint, options.base, average)
    bar.close()
    return average.cpu(), tokenizer, kept


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--version", default=time.strftime("%Y.%m.%d"))
    parser.add_argument("--threads", type=int, help="on a machine that others use too, 1 is three times faster than 2")
    parser.add_argument("--begin", type=Path, help="weights of an earlier run to go on from")
    parser.add_argument("--limit", type=int, help="use this many texts only, for a quick trial")
    for name, default in asdict(Options()).items():
        parser.add_argument(f"--{name.replace('_', '-')}", type=type(default), default=default)
    given = parser.parse_args()
    options = replace(Options(), **{name: getattr(given, name) for name in asdict(Options())})
    if given.threads:
        torch.set_num_threads(given.threads)
    texts = list(build(given.data))
    if given.limit:
        texts = random.Random(options.seed).sample(texts, given.limit)
    given.out.mkdir(parents=True, exist_ok=True)
    options = replace(options, base=load_weights(given.begin)[0]) if given.begin else options
    begun = json.loads(given.begin.with_suffix(".manifest.json").read_text(encoding="utf-8")) if given.begin else None
    listing = {"options": asdict(options), **manifest(given.data, texts), "begun_with": begun}
    given.out.with_suffix(".manifest.json").write_text(json.dumps(listing, indent=1) + "\n", encoding="utf-8")
    model, tokenizer, kept = train(texts, options, given.out.with_suffix(".pt"), given.begin)
    export(model, tokenizer, kept, given.out, base=options.base, version=given.version)


if __name__ == "__main__":
    main()
