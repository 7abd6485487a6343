"""Model directories that tests can reason about: a word sets off a signal, wherever it stands. Real files."""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from tokenizers import Tokenizer
from tokenizers.models import WordPiece
from tokenizers.normalizers import BertNormalizer
from tokenizers.pre_tokenizers import BertPreTokenizer
from tokenizers.processors import TemplateProcessing

from brinkwatch.signals.catalogue import PLOVER_ROOTS, SIGNALS, Signal

SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
LETTERS = [chr(code) for code in range(ord("a"), ord("z") + 1)] + list("0123456789.,!?'\"-:;()")
PLAIN = ["the", "a", "of", "in", "to", "and", "ministers", "met", "quietly", "today", "weather", "was", "fine", "said"]
KEYWORDS = {
    "tanks": Signal.TROOP_BUILDUP,
    "ultimatum": Signal.MILITARY_THREAT,
    "shelled": Signal.ARMED_ATTACK,
    "embargo": Signal.SANCTIONS_IMPOSED,
    "truce": Signal.CEASEFIRE,
    "parley": Signal.TALKS,
}
ROOTS = {"shelled": "ASSAULT", "truce": "AGREE", "parley": "CONSULT"}
# With a = 1 and b = 0: a keyword is 0.98 sure, everything else 0.0025.
LOUD, SILENT = 4.0, -6.0


def tokenizer(directory: Path) -> list[str]:
    """Write a WordPiece tokenizer that knows the keywords, some plain words and all letters; returns the vocabulary."""
    words = [*SPECIAL, *LETTERS, *(f"##{letter}" for letter in LETTERS), *PLAIN, *KEYWORDS]
    vocabulary = {word: number for number, word in enumerate(dict.fromkeys(words))}
    made = Tokenizer(WordPiece(vocabulary, unk_token="[UNK]"))
    made.normalizer = BertNormalizer(lowercase=True)
    made.pre_tokenizer = BertPreTokenizer()
    ends = [(token, vocabulary[token]) for token in ("[CLS]", "[SEP]")]
    made.post_processor = TemplateProcessing(
        single="[CLS] $A [SEP]", pair="[CLS] $A [SEP] $B:1 [SEP]:1", special_tokens=ends
    )
    made.save(str(directory / "tokenizer.json"))
    names = {"pad_token": "[PAD]", "unk_token": "[UNK]", "cls_token": "[CLS]", "sep_token": "[SEP]"}
    config = {"tokenizer_class": "PreTrainedTokenizerFast", "model_max_length": 512, "mask_token": "[MASK]", **names}
    (directory / "tokenizer_config.json").write_text(json.dumps(config))
    return list(vocabulary)


def keyword_model(directory: Path, *, max_tokens: int = 32, width: int = len(SIGNALS), **card: object) -> Path:
    """Write a whole model directory; `card` replaces entries of `model.json`."""
    directory.mkdir(parents=True, exist_ok=True)
    vocabulary = tokenizer(directory)
    _write_graph(
        directory / "signals.onnx",
        {
            "signals": _table(vocabulary, {word: SIGNALS.index(signal) for word, signal in KEYWORDS.items()}, width),
            "plover": _table(vocabulary, {word: PLOVER_ROOTS.index(root) for word, root in ROOTS.items()}, 15),
        },
        "ReduceMax",
    )
    random = np.random.default_rng(7).normal(size=(len(vocabulary), 384)).astype(np.float32)
    _write_graph(directory / "embedding.onnx", {"embedding": random}, "ReduceMean")
    names = ("signals.onnx", "embedding.onnx", "tokenizer.json", "tokenizer_config.json")
    content: Mapping[str, object] = {
        "format": 1,
        "name": "keywords",
        "version": "1.0",
        "base": "none",
        "max_tokens": max_tokens,
        "signals": list(SIGNALS),
        "plover": list(PLOVER_ROOTS),
        "calibration": {signal: {"a": 1.0, "b": 0.0} for signal in SIGNALS},
        "plover_temperature": 1.0,
        "thresholds": dict.fromkeys(SIGNALS, 0.5),
        "base_rate": dict.fromkeys(SIGNALS, 0.05),
        "files": {name: hashlib.sha256((directory / name).read_bytes()).hexdigest() for name in names},
        **card,
    }
    (directory / "model.json").write_text(json.dumps(content))
    return directory


def replace_file(directory: Path, name: str, content: bytes) -> Path:
    """Put other bytes in a file's place, with a hash in the card that fits them."""
    (directory / name).write_bytes(content)
    card = json.loads((directory / "model.json").read_text())
    card["files"][name] = hashlib.sha256(content).hexdigest()
    (directory / "model.json").write_text(json.dumps(card))
    return directory


def _table(vocabulary: list[str], words: Mapping[str, int], width: int) -> np.ndarray:
    table = np.full((len(vocabulary), width), SILENT, dtype=np.float32)
    for word, column in words.items():
        table[vocabulary.index(word), column] = LOUD
    return table


def _write_graph(path: Path, tables: Mapping[str, np.ndarray], reduce: str) -> None:
    """A graph that looks each token up in a table and reduces over the tokens."""
    nodes, initializers, outputs = [], [], []
    for name, table in tables.items():
        initializers.append(numpy_helper.from_array(table, f"{name}_table"))
        nodes.append(helper.make_node("Gather", [f"{name}_table", "input_ids"], [f"{name}_rows"]))
        last = f"{name}_mean" if reduce == "ReduceMean" else name
        nodes.append(helper.make_node(reduce, [f"{name}_rows"], [last], axes=[1], keepdims=0))
        if last != name:
            nodes.append(helper.make_node("LpNormalization", [last], [name], axis=-1, p=2))
        outputs.append(helper.make_tensor_value_info(name, TensorProto.FLOAT, ["batch", table.shape[1]]))
    inputs = [
        helper.make_tensor_value_info(name, TensorProto.INT64, ["batch", "tokens"])
        for name in ("input_ids", "attention_mask")
    ]
    graph = helper.make_graph(nodes, path.stem, inputs, outputs, initializers)
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    onnx.save(made, str(path))
