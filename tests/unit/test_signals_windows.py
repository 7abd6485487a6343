from hypothesis import given
from hypothesis import strategies as st

from brinkwatch.signals.windows import pieces, sentence_tokens, windows


def test_a_text_that_fits_is_one_window():
    assert windows([(0, 10), (10, 30)], 30) == [(0, 30)]


def test_sentences_stay_whole():
    assert windows([(0, 10), (10, 25), (25, 30)], 20) == [(0, 10), (10, 30)]


def test_a_long_sentence_is_cut_into_pieces_that_overlap():
    assert pieces((0, 20), 8) == [(0, 8), (6, 14), (12, 20)]


def test_what_follows_a_long_sentence_shares_its_last_window():
    assert windows([(0, 10), (10, 12)], 8) == [(0, 8), (6, 12)]


def test_windows_end_at_the_limit():
    assert windows([(n, n + 1) for n in range(100)], 1, limit=3) == [(0, 1), (1, 2), (2, 3)]


def test_every_token_belongs_to_one_sentence():
    # Tokens start at these characters; the second sentence starts at character 9.
    assert sentence_tokens([0, 4, 7, 9, 12], [0, 9]) == [(0, 3), (3, 5)]
    assert sentence_tokens([2, 4], []) == []


@given(st.lists(st.integers(0, 60), max_size=12), st.integers(1, 25))
def test_no_token_is_lost_and_no_window_is_too_long(lengths, size):
    spans, at = [], 0
    for length in lengths:
        spans.append((at, at + length))
        at += length
    found = windows(spans, size, limit=10_000)
    assert {token for start, end in found for token in range(start, end)} == set(range(at))
    assert all(0 < end - start <= size for start, end in found)
    assert found == sorted(found)
