"""Writes the model directory: int8 ONNX, tokenizer, calibration and thresholds from what training held out.

usage: python -m training.export --data ../shared/data --weights build/model.pt --out build/model --version V

Calibration is fitted on the quantised model's own logits, one text at a time, as the runtime runs it.
"""

import argparse
import hashlib
import json
import tempfile
import warnings
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from torch import nn
from transformers import AutoModel, PreTrainedTokenizerBase

from brinkwatch.signals.catalogue import DE_ESCALATION, PLOVER_ROOTS, SIGNALS
from training.calibrate import Floats, balanced, calibrate, probabilities, temperature, thresholds
from training.model import Embedding, SignalModel, base_model, base_title, load_weights
from training.sources import Text

MAX_TOKENS = 128


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


def run_one_by_one(path: Path, tokenizer: PreTrainedTokenizerBase, texts: Sequence[Text]) -> tuple[Floats, Floats]:
    """Logits of the exported model for signals, [texts, 18], and for roots, [texts, 15]."""
    import onnxruntime

    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    rows = []
    for text in texts:
        encoded = tokenizer(
            text.title, text.summary or None, truncation=True, max_length=MAX_TOKENS, return_tensors="np"
        )
        feed = {name: encoded[name].astype(np.int64) for name in ("input_ids", "attention_mask")}
        rows.append([output[0] for output in session.run(["signals", "plover"], feed)])
    return np.array([signals for signals, _ in rows], np.float64), np.array([plover for _, plover in rows], np.float64)


def truth_of(texts: Sequence[Text]) -> Floats:
    return np.array([[signal.value in (text.labels or ()) for signal in SIGNALS] for text in texts], np.float64)


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def export(
    model: SignalModel,
    tokenizer: PreTrainedTokenizerBase,
    kept: Sequence[Text],
    out: Path,
    *,
    base: str,
    version: str,
) -> None:
    """Write everything the runtime reads into `out`, `model.json` last."""
    to_onnx(model, ["signals", "plover"], out / "signals.onnx")
    frozen = AutoModel.from_pretrained(base_model(), attn_implementation="eager")
    to_onnx(Embedding(frozen), ["embedding"], out / "embedding.onnx")
    tokenizer.save_pretrained(out)
    logits, plover = run_one_by_one(out / "signals.onnx", tokenizer, kept)
    known = [number for number, text in enumerate(kept) if text.labels is not None]
    rooted = [number for number, text in enumerate(kept) if text.root is not None]
    truth = truth_of([kept[number] for number in known])
    fits = calibrate(logits[known], truth)
    chances = probabilities(logits[known], fits)
    rising = np.array([signal not in DE_ESCALATION for signal in SIGNALS])
    limits = balanced(thresholds(chances, truth), chances, truth, rising)
    roots = np.array([PLOVER_ROOTS.index(kept[number].root or "") for number in rooted])
    names = ["signals.onnx", "embedding.onnx", "tokenizer.json", "tokenizer_config.json"]
    card = {
        "format": 1,
        "name": f"brinkwatch-{base}",
        "version": version,
        "base": base_title(base),
        "max_tokens": MAX_TOKENS,
        "signals": [signal.value for signal in SIGNALS],
        "plover": list(PLOVER_ROOTS),
        "calibration": {s.value: {"a": round(a, 4), "b": round(b, 4)} for s, (a, b) in zip(SIGNALS, fits, strict=True)},
        "plover_temperature": temperature(plover[rooted], roots),
        "thresholds": {signal.value: limit for signal, limit in zip(SIGNALS, limits, strict=True)},
        "base_rate": {s.value: round(float(rate), 5) for s, rate in zip(SIGNALS, truth.mean(0), strict=True)},
        "files": {name: digest(out / name) for name in names},
    }
    (out / "model.json").write_text(json.dumps(card, indent=1) + "\n", encoding="utf-8")


def main() -> None:
    """Make a model directory of weights that training left."""
    from transformers import AutoTokenizer

    from training.batches import split
    from training.corpus import build

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--weights", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--version", required=True)
    given = parser.parse_args()
    base, model = load_weights(given.weights)
    _, kept = split(list(build(given.data)))
    given.out.mkdir(parents=True, exist_ok=True)
    tokenizer = AutoTokenizer.from_pretrained(base_model())
    export(model, tokenizer, kept, given.out, base=base, version=given.version)


if __name__ == "__main__":
    main()
