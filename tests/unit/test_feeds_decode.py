"""Bodies are decoded piece by piece and refused as soon as they grow too large."""

import gzip
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brinkwatch.feeds.decode import Body, BodyError


def decode(encoding: str, wire: bytes, piece: int = 1_000, limit: int = 50_000_000) -> bytes:
    body = Body(encoding, limit)
    for start in range(0, len(wire), piece):
        body.feed(wire[start : start + piece])
    return body.finish()


@given(st.binary(max_size=5_000), st.sampled_from(["", "identity", "gzip", "x-gzip", "deflate"]), st.integers(1, 700))
def test_what_was_encoded_comes_back_however_it_was_cut(data: bytes, encoding: str, piece: int) -> None:
    wire = gzip.compress(data) if "gzip" in encoding else zlib.compress(data) if encoding == "deflate" else data
    assert decode(encoding, wire, piece) == data


def test_a_body_that_grows_like_no_text_does_is_refused_long_before_its_limit() -> None:
    bomb = gzip.compress(b"\0" * 40_000_000)
    with pytest.raises(BodyError) as caught:
        decode("gzip", bomb)
    assert caught.value.code == "too_large"
    assert "times" in caught.value.words


def test_the_limit_counts_what_is_decoded() -> None:
    with pytest.raises(BodyError) as caught:
        decode("gzip", gzip.compress(bytes(range(256)) * 1_000), limit=100_000)
    assert "100,000 bytes" in caught.value.words


def test_a_bomb_behind_a_bomb_is_not_inflated() -> None:
    wire = gzip.compress(b"x" * 900_000) * 3_000
    body = Body("gzip", 2_000_000)
    with pytest.raises(BodyError):
        body.feed(wire)
    assert body._size < 2_100_000
