"""What is kept of an item that is deleted: digests of its identity and of its words, to know it again by. Pure."""

import hashlib

from brinkwatch.items.compare import bare
from brinkwatch.items.item import ItemText


def identity(key: str) -> bytes:
    """16 bytes that stand for an item's key within its feed."""
    return hashlib.blake2b(key.encode("utf-8", "surrogatepass"), digest_size=16).digest()


def said(text: ItemText) -> bytes:
    """8 bytes that stand for an item's words: the same as long as no edit of it is material."""
    words = f"{bare(text.title)}\n{bare(text.summary)}"
    return hashlib.blake2b(words.encode("utf-8", "surrogatepass"), digest_size=8).digest()
