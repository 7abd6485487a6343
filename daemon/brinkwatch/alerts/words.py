"""Small helpers for sentences. Pure."""


def plural(number: int, word: str, many: str | None = None) -> str:
    """`1 item`, `1,200 items`; `many` where that is not the word with an s."""
    return f"{number:,} {word if number == 1 else many or word + 's'}"
