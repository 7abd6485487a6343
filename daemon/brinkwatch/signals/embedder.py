"""Turns items into vectors for the question whether two tell the same story. Decides nothing about stories."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from brinkwatch.items.item import ItemText
from brinkwatch.signals.encoder import Encoder
from brinkwatch.signals.model_card import EMBEDDING_FILE, TOKENIZER_FILES, read_card, verify
from brinkwatch.signals.session import OnnxSession

WIDTH = 384


class OnnxEmbedder:
    """The embedding model of a model directory. Safe to use from several threads."""

    def __init__(self, directory: Path, threads: int = 2) -> None:
        """Load and check the model; raises ModelError."""
        card = read_card(directory)
        verify(directory, card, EMBEDDING_FILE, *TOKENIZER_FILES)
        self.name = card.title
        self._session = OnnxSession(directory / EMBEDDING_FILE, (("embedding", WIDTH),), threads)
        self._encoder = Encoder.load(directory, card.max_tokens)

    def embed(self, texts: Sequence[ItemText]) -> NDArray[np.float32]:
        """Rows of unit length, [N, 384]: of the title and the beginning of the summary, one window."""
        rows = [row for (row,) in self._session.run(self._encoder.first(text) for text in texts)]
        return np.array(rows, dtype=np.float32).reshape(-1, WIDTH)
