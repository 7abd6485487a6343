"""Sizes as people write them."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from brinkwatch.config.size import format_size, parse_size


@pytest.mark.parametrize(
    ("text", "size"), [("10GB", 10**10), ("200MB", 2 * 10**8), ("1.5TB", 15 * 10**11), ("4kB", 4000), (0, 0), (17, 17)]
)
def test_a_size_is_a_number_and_a_unit(text: object, size: int) -> None:
    assert parse_size(text) == size


@pytest.mark.parametrize(
    "text", ["10", "10 GB", "10GiB", "-1GB", "GB", "1e9", "", None, True, -1, 1.5, "9" * 20 + "TB"]
)
def test_anything_else_is_refused_with_what_is_allowed(text: object) -> None:
    with pytest.raises(ValueError, match="500MB or 10GB"):
        parse_size(text)


@example(1_001_000)
@given(st.integers(0, 10**6).map(lambda number: number * 1000))
def test_what_is_written_is_read_as_the_same(size: int) -> None:
    assert parse_size(format_size(size)) == size
