"""How fast the bundled classifier reads news beside zero-shot NLI with a small DeBERTa, in one run.

Run as `python -m benchmarks.zero_shot DATA_DIR [--items 2000]`; DATA_DIR holds `replay/rss_2025-04_2025-08.jsonl`.
Needs the extra `train`. The other side has the shape of deberta-v3-small (six layers of width 768), int8 by the same
quantiser, 15 hypotheses an item in one batch, as the zero-shot pipeline of transformers does it. Its weights are
random, which changes nothing about its speed: what it would answer is not measured here.
"""

import argparse
import json
import os
import statistics
import tempfile
import time
import warnings
from collections.abc import Callable
from pathlib import Path

os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")

import numpy as np
import onnxruntime
import torch
from onnxruntime.quantization import QuantType, quantize_dynamic
from transformers import DebertaV2Config, DebertaV2ForSequenceClassification

from brinkwatch.config.settings import Classifier as ClassifierSettings
from brinkwatch.items.item import ItemText
from brinkwatch.signals.load import load_classifier

HYPOTHESES = 15
HYPOTHESIS_TOKENS = 12  # "This text is about troops massed at a border." and its like
THREADS = 2


class Logits(torch.nn.Module):
    def __init__(self, network: DebertaV2ForSequenceClassification) -> None:
        super().__init__()
        self.network = network

    def forward(self, ids: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        return self.network(input_ids=ids, attention_mask=mask).logits


def small_deberta(folder: Path) -> onnxruntime.InferenceSession:
    """The int8 network with random weights. https://huggingface.co/microsoft/deberta-v3-small/blob/main/config.json"""
    config = DebertaV2Config(
        vocab_size=128100, hidden_size=768, num_hidden_layers=6, num_attention_heads=12, intermediate_size=3072,
        relative_attention=True, position_buckets=256, norm_rel_ebd="layer_norm", share_att_key=True,
        pos_att_type=["p2c", "c2p"], position_biased_input=False, type_vocab_size=0, num_labels=3,
    )  # fmt: skip
    ids = torch.full((HYPOTHESES, 32), 2003)
    exact, small = folder / "exact.onnx", folder / "int8.onnx"
    axes = {name: {0: "batch", 1: "tokens"} for name in ("ids", "mask")}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(
            Logits(DebertaV2ForSequenceClassification(config)).eval(), (ids, torch.ones_like(ids)), str(exact),
            input_names=["ids", "mask"], output_names=["logits"], dynamic_axes=axes, opset_version=17, dynamo=False,
        )  # fmt: skip
        quantize_dynamic(str(exact), str(small), weight_type=QuantType.QInt8, per_channel=True)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = THREADS
    return onnxruntime.InferenceSession(str(small), options, providers=["CPUExecutionProvider"])


def timed(read: Callable[[ItemText], object], texts: list[ItemText]) -> tuple[float, float]:
    """(items a second, median milliseconds of one)."""
    read(texts[0])
    each = []
    for text in texts:
        start = time.perf_counter()
        read(text)
        each.append(time.perf_counter() - start)
    return len(each) / sum(each), 1000 * statistics.median(each)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--items", type=int, default=2000)
    given = parser.parse_args()
    lines = (given.data / "replay/rss_2025-04_2025-08.jsonl").read_text(encoding="utf-8").splitlines()[: given.items]
    rows = [json.loads(line) for line in lines]
    texts = [ItemText(row["title"], row["description"][:300]) for row in rows]
    classifier = load_classifier(ClassifierSettings(threads=THREADS))
    start = time.perf_counter()
    classifier.assess(texts, ["en"] * len(texts))
    together = len(texts) / (time.perf_counter() - start)
    ours, ours_ms = timed(lambda text: classifier.assess([text], ["en"]), texts[:200])
    with tempfile.TemporaryDirectory() as folder:
        session = small_deberta(Path(folder))

        def hypotheses(text: ItemText) -> object:
            # Four characters a token of English, as our own tokenizer cuts these items.
            width = min(512, (len(text.title) + len(text.summary)) // 4 + HYPOTHESIS_TOKENS + 3)
            ids = np.full((HYPOTHESES, width), 2003, np.int64)
            return session.run(["logits"], {"ids": ids, "mask": np.ones_like(ids)})

        theirs, theirs_ms = timed(hypotheses, texts[:40])
    print(f"{'':34}items a second   one item, ms")
    print(f"{'bundled, ' + str(len(texts)) + ' items together':34}{together:14.1f}")
    print(f"{'bundled, one by one':34}{ours:14.1f}{ours_ms:15.1f}")
    print(f"{'zero-shot NLI, 15 hypotheses':34}{theirs:14.1f}{theirs_ms:15.1f}")
    print(f"{'ratio':34}{together / theirs:13.0f}x{theirs_ms / ours_ms:14.0f}x")


if __name__ == "__main__":
    main()
