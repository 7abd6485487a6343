"""Small helpers for sentences. Pure."""


def plural(number: int, word: str) -> str:
    """`1 item`, `1,200 items`."""
    return f"{number:,} {word}" + ("" if number == 1 else "s")
