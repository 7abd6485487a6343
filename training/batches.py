"""Splits the corpus into what is learnt and what is held out, and turns texts into tensors. Learns nothing."""

import hashlib
import random
from collections.abc import Iterator, Sequence

import torch
from transformers import PreTrainedTokenizerBase

from brinkwatch.signals.catalogue import PLOVER_ROOTS, SIGNALS
from training.corpus import Near
from training.sources import Text, normalise

MAX_TOKENS = 96  # in training; the shipped window is larger, and few items are
HOLD_OUT = 0.12  # of the labelled stream
HOLD_OUT_ROOTS = 0.08  # of the PLOVER sentences: enough for one temperature
# cameo_class: 0 statement, 1 verbal and 2 material cooperation, 3 verbal and 4 material conflict. Roots by the PLOVER
# manual's quad classes; a statement says nothing about the root.
QUADS = {
    1: ("AGREE", "CONSULT", "SUPPORT"),
    2: ("COOPERATE", "AID", "YIELD"),
    3: ("ACCUSE", "REJECT", "REQUEST", "THREATEN"),
    4: ("PROTEST", "SANCTION", "MOBILIZE", "COERCE", "ASSAULT"),
}


def share(text: str) -> float:
    """A number from 0 to 1 that is always the same for a text."""
    return hashlib.sha256(text.encode()).digest()[0] / 256


def split(texts: Sequence[Text]) -> tuple[list[Text], list[Text]]:
    """(learnt, held out). Only the labelled sample of the stream and PLOVER sentences are held out: written examples
    and negatives are no stream. News that is re-titled stays together."""
    taught = [t for t in texts if t.labels is not None or t.root is not None or t.quad]
    first = [
        t
        for t in taught
        if t.source.startswith("labels:") and share(" ".join(normalise(t.title).split()[:5])) < HOLD_OUT
    ]
    close = Near(normalise(t.title) for t in first)
    kept: list[Text] = []
    learnt: list[Text] = []
    for text in taught:
        if text.source.startswith("labels:"):
            held = normalise(text.title) in close
        else:
            held = text.root is not None and share(normalise(text.title)) < HOLD_OUT_ROOTS
        (kept if held else learnt).append(text)
    return learnt, kept


def targets(batch: Sequence[Text]) -> dict[str, torch.Tensor]:
    """`labels` [B, 18], `known` [B]: the weight of an item with labels, else 0; `roots` [B, 15]: all that are right."""
    labels = torch.zeros(len(batch), len(SIGNALS))
    known = torch.zeros(len(batch))
    roots = torch.zeros(len(batch), len(PLOVER_ROOTS))
    for number, text in enumerate(batch):
        if text.labels is not None:
            known[number] = text.weight
            for label in text.labels:
                labels[number, SIGNALS.index(label)] = 1.0
        names = (text.root,) if text.root else QUADS.get(text.quad or 0, ())
        for name in names:
            roots[number, PLOVER_ROOTS.index(name)] = 1.0
    return {"labels": labels, "known": known, "roots": roots}


def batches(texts: Sequence[Text], size: int, chance: random.Random) -> Iterator[list[Text]]:
    """Shuffled batches of texts of like length: little padding."""
    order = sorted(texts, key=lambda t: len(t.title) + len(t.summary[:400]) + 60 * chance.random())
    groups = [order[start : start + size] for start in range(0, len(order), size)]
    chance.shuffle(groups)
    yield from groups


def encode(
    tokenizer: PreTrainedTokenizerBase, pairs: Sequence[tuple[str, str]], device: torch.device
) -> dict[str, torch.Tensor]:
    """Padded token ids and mask of (title, summary) pairs."""
    encoded = [
        tokenizer(title, summary or None, truncation=True, max_length=MAX_TOKENS)["input_ids"]
        for title, summary in pairs
    ]
    width = max(len(ids) for ids in encoded)
    ids = torch.zeros(len(encoded), width, dtype=torch.long)
    mask = torch.zeros(len(encoded), width, dtype=torch.long)
    for row, tokens in enumerate(encoded):
        ids[row, : len(tokens)] = torch.tensor(tokens)
        mask[row, : len(tokens)] = 1
    return {"input_ids": ids.to(device), "attention_mask": mask.to(device)}
