"""Writes the model directory: int8 ONNX, tokenizer, calibration and thresholds from what training held out.

Calibration is fitted on the quantised model's own logits, one text at a time, as the runtime runs it.
"""

import hashlib
import json
import tempfile
import warnings
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from torch import nn
from transformers import AutoModel, PreTrainedTokenizerBase

from brinkwatch.signals.catalogue import PLOVER_ROOTS, SIGNALS
from training.model import Embedding, SignalModel, base_model
from training.sources import Text

Floats = NDArray[np.float64]
MAX_TOKENS = 128
PRIOR = 12.0  # pseudo-positives with which a rare signal leans on what holds for all signals together


def to_onnx(module: nn.Module, outputs: Sequence[str], path: Path) -> None:
    """Export and quantise the weights per channel; activations are quantised as the model runs."""
    from onnxruntime.quantization import QuantType, quantize_dynamic

    ids = torch.full((2, 9), 2003)
    axes = {name: {0: "batch", 1: "tokens"} for name in ("input_ids", "attention_mask")}
    axes |= {name: {0: "batch"} for name in outputs}
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        exact = Path(folder) / "exact.onnx"
        torch.onnx.export(
            module.eval(), (ids, torch.ones_like(ids)), str(exact), input_names=["input_ids", "attention_mask"],
            output_names=list(outputs), dynamic_axes=axes, opset_version=17, dynamo=False,
        )  # fmt: skip
        quantize_dynamic(str(exact), str(path), weight_type=QuantType.QInt8, per_channel=True)


def run_one_by_one(path: Path, tokenizer: PreTrainedTokenizerBase, texts: Sequence[Text]) -> Floats:
    """Signal logits of the exported model, [texts, 18]."""
    import onnxruntime

    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    rows = []
    for text in texts:
        encoded = tokenizer(text.title, text.summary or None, truncation=True, max_length=MAX_TOKENS, return_tensors="np")
        feed = {name: encoded[name].astype(np.int64) for name in ("input_ids", "attention_mask")}
        rows.append(session.run(["signals"], feed)[0][0])
    return np.asarray(rows, np.float64)


def truth_of(texts: Sequence[Text]) -> Floats:
    return np.array([[signal.value in (text.labels or ()) for signal in SIGNALS] for text in texts], np.float64)


def platt(logits: Floats, truth: Floats) -> tuple[float, float]:
    """p = sigmoid(a * logit + b), with the smoothed targets of Platt (1999)."""
    positives, negatives = truth.sum(), (1 - truth).sum()
    high, low = (positives + 1) / (positives + 2), 1 / (negatives + 2)
    goal = truth * high + (1 - truth) * low
    x = np.concatenate([logits, logits])[:, None]
    y = np.concatenate([np.ones_like(goal), np.zeros_like(goal)])
    fit = LogisticRegression(C=1e3).fit(x, y, sample_weight=np.concatenate([goal, 1 - goal]))
    return float(fit.coef_[0, 0]), float(fit.intercept_[0])


def calibrate(logits: Floats, truth: Floats) -> dict[str, dict[str, float]]:
    """Per signal, drawn towards the fit over all signals together the fewer positives it has."""
    common = platt(logits.ravel(), truth.ravel())
    found = {}
    for number, signal in enumerate(SIGNALS):
        positives = truth[:, number].sum()
        own = platt(logits[:, number], truth[:, number]) if positives >= 3 else common
        share = positives / (positives + PRIOR)
        a, b = (share * mine + (1 - share) * all_ for mine, all_ in zip(own, common, strict=True))
        found[signal.value] = {"a": round(max(a, 0.1), 4), "b": round(b, 4)}
    return found


def thresholds(probabilities: Floats, truth: Floats) -> dict[str, float]:
    """Where F1 is best, smoothed: the common best threshold's F1 stands in for `PRIOR` more positives."""
    grid = np.arange(0.2, 0.71, 0.01)

    def f1(p: Floats, t: Floats) -> Floats:
        flagged = p[None] >= grid.reshape(-1, *[1] * p.ndim)
        axes = tuple(range(1, flagged.ndim))
        hits = (flagged & (t[None] > 0)).sum(axis=axes)
        return np.asarray(2 * hits / np.maximum(1, flagged.sum(axis=axes) + t.sum()))

    common = f1(probabilities, truth)
    found = {}
    for number, signal in enumerate(SIGNALS):
        positives = truth[:, number].sum()
        own = f1(probabilities[:, number], truth[:, number])
        blend = (positives * own + 2 * PRIOR * common) / (positives + 2 * PRIOR)
        found[signal.value] = round(float(grid[int(np.argmax(blend))]), 2)
    return found


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def export(
    model: SignalModel, tokenizer: PreTrainedTokenizerBase, kept: Sequence[Text], out: Path, *, version: str
) -> None:
    """Write everything the runtime reads into `out`, `model.json` last."""
    to_onnx(model, ["signals", "plover"], out / "signals.onnx")
    frozen = AutoModel.from_pretrained(base_model(), attn_implementation="eager")
    to_onnx(Embedding(frozen), ["embedding"], out / "embedding.onnx")
    tokenizer.save_pretrained(out)
    logits, truth = run_one_by_one(out / "signals.onnx", tokenizer, kept), truth_of(kept)
    calibration = calibrate(logits, truth)
    scale = np.array([[calibration[signal.value][name] for signal in SIGNALS] for name in ("a", "b")])
    probabilities = 1 / (1 + np.exp(-(logits * scale[0] + scale[1])))
    names = ["signals.onnx", "embedding.onnx", "tokenizer.json", "tokenizer_config.json"]
    card = {
        "format": 1,
        "name": "brinkwatch-minilm",
        "version": version,
        "base": "all-MiniLM-L6-v2",
        "max_tokens": MAX_TOKENS,
        "signals": [signal.value for signal in SIGNALS],
        "plover": list(PLOVER_ROOTS),
        "calibration": calibration,
        "plover_temperature": 1.0,
        "thresholds": thresholds(probabilities, truth),
        "base_rate": {s.value: round(float(rate), 5) for s, rate in zip(SIGNALS, truth.mean(0), strict=True)},
        "files": {name: digest(out / name) for name in names},
    }
    (out / "model.json").write_text(json.dumps(card, indent=1) + "\n", encoding="utf-8")
