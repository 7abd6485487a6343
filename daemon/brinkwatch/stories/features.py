"""Makes what `same` compares of an item. Pure; the vector comes from outside."""

from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from brinkwatch.stories.entities import find
from brinkwatch.stories.numerals import numerals
from brinkwatch.stories.story import Features
from brinkwatch.stories.wordstock import tokens

SUMMARY_CHARACTERS = 400
"""The beginning of a summary says what the item is about; later sentences are background."""


def features(title: str, summary: str, vector: NDArray[np.float32], published: datetime) -> Features:
    """The features of one item; `vector` is of unit length, `published` aware."""
    text = f"{title}\n{summary[:SUMMARY_CHARACTERS]}"
    return Features(
        vector=vector,
        tokens=tokens(text),
        entities=find(text).all,
        numbers=numerals(text),
        published=published,
        title=title,
    )
