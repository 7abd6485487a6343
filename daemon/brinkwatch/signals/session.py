"""One ONNX model, run one window at a time. Knows nothing of signals.

A window is never padded to its neighbours and never shares a run with them, and a run uses one thread: so the same
window gives the same bits whatever it is read with. Speed comes from several runs at a time.
"""

import os
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from brinkwatch.signals.classifier import ModelError

Arrays = tuple[NDArray[np.float32], ...]


def quiet_environment(*, offline: bool = False) -> None:
    """Before the libraries are imported: no telemetry, no advice on the terminal, no threads of their own, no hub."""
    # onnxruntime's Linux builds report home by default since 1.29; it reads this once, when it is imported.
    os.environ["ORT_DISABLE_TELEMETRY"] = "1"
    os.environ["TRANSFORMERS_NO_ADVISORY_WARNINGS"] = "1"
    os.environ["HF_HUB_DISABLE_TELEMETRY"] = "1"
    os.environ["TOKENIZERS_PARALLELISM"] = "false"
    if offline:
        os.environ["HF_HUB_OFFLINE"] = "1"
        os.environ["TRANSFORMERS_OFFLINE"] = "1"


class OnnxSession:
    """Runs windows of tokens through a model file; `outputs` are the names and widths it must give."""

    def __init__(self, path: Path, outputs: Sequence[tuple[str, int]], threads: int) -> None:
        quiet_environment()
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        # Patterns are kept per input shape, and here nearly every window has its own length.
        options.enable_mem_pattern = False
        options.log_severity_level = 3
        self._names = [name for name, _ in outputs]
        try:
            self._session: Any = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
        except Exception as error:
            raise ModelError(f"{path} cannot be loaded by onnxruntime: {error}") from error
        self._check(path, outputs)
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix=path.stem) if threads > 1 else None

    def run(self, windows: Iterable[NDArray[np.int64]]) -> list[Arrays]:
        """The outputs of each window, in order, without the batch axis."""
        if self._pool is None:
            return [self._one(window) for window in windows]
        return list(self._pool.map(self._one, windows))

    def _one(self, window: NDArray[np.int64]) -> Arrays:
        found = self._session.run(self._names, {"input_ids": window, "attention_mask": np.ones_like(window)})
        return tuple(output[0] for output in found)

    def _check(self, path: Path, outputs: Sequence[tuple[str, int]]) -> None:
        inputs = {found.name for found in self._session.get_inputs()}
        if inputs != {"input_ids", "attention_mask"}:
            raise ModelError(f"{path} takes {sorted(inputs)}; expected input_ids and attention_mask")
        given = [found.name for found in self._session.get_outputs()]
        if missing := [name for name in self._names if name not in given]:
            raise ModelError(f"{path} gives {given}; the output {missing[0]} is missing")
        try:
            shapes = [output.shape for output in self._one(np.zeros((1, 4), dtype=np.int64))]
        except Exception as error:
            raise ModelError(f"{path} cannot be run by onnxruntime: {error}") from error
        for (name, width), shape in zip(outputs, shapes, strict=True):
            if shape != (width,):
                raise ModelError(f"{path}: the output {name} has shape {list(shape)}; expected {width} numbers an item")
