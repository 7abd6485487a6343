"""Keeps glibc from holding memory that is free: few arenas, and a trim once a night. Does nothing elsewhere.

Threads get arenas of their own, up to eight a core, and what is free in one serves no other: mallopt(3),
malloc_trim(3).
"""

import ctypes
import sys

_M_ARENA_MAX = -8  # malloc.h
ARENAS = 2


def few_arenas() -> bool:
    """Let all threads share two arenas from now on; False where that cannot be asked for."""
    glibc = _glibc()
    return glibc is not None and glibc.mallopt(_M_ARENA_MAX, ARENAS) == 1


def give_back() -> bool:
    """Give free memory back to the system; False if there was none, or it cannot be asked for."""
    glibc = _glibc()
    return glibc is not None and glibc.malloc_trim(0) == 1


def _glibc() -> ctypes.CDLL | None:
    if not sys.platform.startswith("linux"):
        return None
    library = ctypes.CDLL(None)
    return library if hasattr(library, "malloc_trim") and hasattr(library, "mallopt") else None
