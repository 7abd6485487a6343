"""Reading YAML text: what is accepted, and that every refusal names its line."""

from itertools import pairwise

import pytest

from brinkwatch.config.document import MAX_VALUES, read


def faults(text: str) -> list[tuple[int | None, str]]:
    return [(line, message) for _, line, message in read(text).faults]


def test_plain_values_keep_their_types_and_lines() -> None:
    document = read("a: 1\nb:\n  - x\n  - 0.5\nc: {d: yes, e: 'no', f: }\n")
    assert document.value == {"a": 1, "b": ["x", 0.5], "c": {"d": "yes", "e": "no", "f": None}}
    assert document.line(("b", 1)) == 4
    assert document.line(("c", "e")) == 5
    assert document.line(("c", "not there")) == 5
    assert not document.faults


def test_a_key_given_twice_is_a_fault_that_names_both_lines() -> None:
    document = read("slack: {}\nroutes: []\nslack: {}\n")
    assert document.faults == [(("slack",), 3, "this key is given twice; it is on line 1 already")]


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("a: 1\n\tb: 2\n", 2, "a tab; YAML is indented with spaces"),
        ("a: 1\nb: c: d\n", 2, "needs quotes"),
        ("a:\n- b: x\n - b: y\n", 3, "indented differently"),
        ("a: 'x\n", 1, "a quote that is never closed"),
        ("a: 1\nb: [1, 2\n", 2, "the file ends in the middle of a value"),
        ("a: 1\nb: @x\n", 2, "needs quotes"),
        ("a: 1\nb: *nobody\n", 2, "without its anchor"),
        ("a: 1\n---\nb: 2\n", 2, "a second document"),
        ('a: "\\q"\n', 1, "unknown escape"),
        ("a: 1\nb: !!python/object:os.system x\n", 2, "a YAML tag"),
        ("a: 1\n? [x]\n: 2\n", 2, "a key must be one word"),
        ("a: 1\nb: \x00\n", 2, "U+0000"),
    ],
)
def test_what_is_not_yaml_is_told_with_its_line(text: str, line: int, words: str) -> None:
    found = faults(text)
    assert len(found) == 1
    # A parser may notice the end of a file only on the line after it.
    assert found[0][0] in (line, line + 1)
    assert words in found[0][1]


def test_merge_keys_work_and_the_own_key_wins() -> None:
    document = read("base: &base {interval: 5m, muted: true}\nfeed:\n  <<: *base\n  muted: false\n")
    assert document.value["feed"] == {"interval": "5m", "muted": False}
    assert not document.faults


def test_a_bomb_of_aliases_is_refused_and_not_expanded() -> None:
    names = "abcdefghij"
    levels = [f"{name}: &{name} [{', '.join([f'*{before}'] * 9)}]" for before, name in pairwise(names)]
    text = "a: &a [1, 1, 1, 1, 1, 1, 1, 1, 1]\n" + "\n".join(levels)
    assert faults(text) == [(None, f"the file holds more than {MAX_VALUES:,} values, aliases counted")]


def test_an_alias_of_the_block_around_it_is_refused() -> None:
    assert faults("a: &a\n  b: *a\n") == [(None, "an alias stands inside the block that it repeats")]


@pytest.mark.parametrize("depth", [60, 1000])
def test_deep_nesting_is_refused(depth: int) -> None:
    assert "levels deep" in faults("a: " + "[" * depth + "]" * depth)[0][1]


def test_messages_quote_nothing_of_the_text() -> None:
    for text in (
        "a: *sEcret\n",
        "a: &sEcret 1\nb: &sEcret [*sEcret\n",
        "%sEcret\n",
        "a: !sEcret x\n",
        "'sEcret",
        "sEcret: x: y",
    ):
        assert "sEcret" not in str(faults(text))
