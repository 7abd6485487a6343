import io
import json
import subprocess
import sys
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brinkwatch.cli.lines import (
    CHUNK,
    MAX_LINE,
    Line,
    LineError,
    Moment,
    OptionalMoment,
    OptionalText,
    Record,
    Title,
    answer_lines,
    read,
)


class Item(Record):
    title: Title
    summary: OptionalText = ""
    published: OptionalMoment = None


class Dated(Record):
    published: Moment


def echo(records):
    for record in records:
        yield record.model_dump(mode="json")


class Terminal(io.BytesIO):
    def isatty(self) -> bool:
        return True


class Bytes(io.TextIOWrapper):
    """Standard output with an encoding that cannot hold everything."""

    def __init__(self) -> None:
        super().__init__(io.BytesIO(), encoding="ascii")

    def value(self) -> bytes:
        return self.buffer.getvalue()


def run(raw: bytes) -> tuple[int, list[dict[str, Any]]]:
    out = Bytes()
    status = answer_lines(io.BytesIO(raw), out, Item, echo)
    lines = out.value().decode().split("\n")
    assert lines.pop() == ""
    return status, [json.loads(line) for line in lines]


def one(raw: bytes) -> dict[str, Any]:
    _, (found,) = run(raw)
    return found


def item(**changes: object) -> bytes:
    return json.dumps({"id": "1", "title": "Talks", **changes}).encode()


def test_a_wrong_line_is_answered_in_its_place():
    status, answers = run(b'{"id": "a", "title": "One"}\nnot json\n{"id": "c", "title": "Three"}\n')
    assert status == 1
    assert [answer.get("id") for answer in answers] == ["a", None, "c"]
    assert answers[1] == {"error": "not JSON: Expecting value at character 1", "line": 2}


def test_all_lines_right_is_status_zero():
    assert run(item() + b"\n" + item())[0] == 0
    assert run(b"") == (0, [])


def test_a_line_ends_at_the_line_feed_alone():
    text = "One\u2028two\u2029three\x85four\x0bfive\rsix"
    status, (found,) = run(json.dumps({"id": "1", "title": text}, ensure_ascii=False).encode() + b"\r\n")
    assert status == 0
    assert found["title"] == "One two three four five six"


def test_the_answer_has_no_line_end_inside_for_any_reader():
    found = json.dumps({"id": "\u2028", "title": "t", "summary": "a\u2028b"}, ensure_ascii=False).encode()
    out = Bytes()
    answer_lines(io.BytesIO(found), out, Item, echo)
    assert len(out.value().decode().splitlines()) == 1
    assert json.loads(out.value())["id"] == "\u2028"


def test_the_last_line_needs_no_line_feed_and_a_last_line_feed_is_no_line():
    assert len(run(item())[1]) == len(run(item() + b"\n")[1]) == 1


def test_an_empty_line_is_a_wrong_line():
    status, answers = run(b"\n" + item() + b"\n  \t\n")
    assert status == 1
    assert answers[0] == {"error": "the line is empty", "line": 1}
    assert answers[2] == {"error": "the line is empty", "line": 3}


def test_control_characters_and_lone_surrogates_are_cleaned():
    escaped = b'{"id": "1", "title": "a\\u0000b \\ud800c\\udfff \\u001b[31md\\ud83d\\ude80"}'
    assert one(escaped)["title"] == "ab c [31md\U0001f680"
    assert one(b'{"id": "1", "title": "raw \x01tab\tend\x7f"}')["title"] == "raw tab end"
    assert one(b'{"id": "x\\ud800\\u0007y", "title": "t"}')["id"] == "xy"


def test_a_byte_order_mark_is_no_error():
    assert one(b"\xef\xbb\xbf" + item())["title"] == "Talks"


@pytest.mark.parametrize("summary", [None, "", "   ", "\u200b", "\x00"])
def test_an_empty_summary_is_none(summary):
    assert one(item(summary=summary))["summary"] == ""


def test_paragraphs_of_a_summary_are_kept():
    assert one(item(summary=" One.\n\nTwo. "))["summary"] == "One.\n\nTwo."


@pytest.mark.parametrize("id_", ["a", " ", "é", 0, -7, 12345678901234567890])
def test_the_id_comes_back_unchanged(id_):
    assert one(item(id=id_))["id"] == id_


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"id": None}, "id: must be a string or a whole number"),
        ({"id": True}, "id: must be a string or a whole number"),
        ({"id": 1.5}, "id: must be a string or a whole number"),
        ({"id": ""}, "id: is empty"),
        ({"title": None}, "title: must be a string"),
        ({"title": ["a"]}, "title: must be a string"),
        ({"title": ""}, "title: is empty"),
        ({"title": " \u200b\x00\u00a0"}, "title: is empty"),
        ({"summary": 3}, "summary: must be a string"),
        ({"published": 1645678800}, "published: must be a string"),
        ({"title": 1, "summary": 2}, "title: must be a string; summary: must be a string"),
    ],
)
def test_a_wrong_value_is_named(changes, error):
    assert one(item(**changes)) == {"error": error, "line": 1}


def test_a_wrong_date_says_what_is_allowed():
    assert one(item(published="soon"))["error"].startswith("published: a moment is written as 2022-02-24T05:00:00Z")


@pytest.mark.parametrize(
    ("raw", "error"),
    [
        (b'{"title": "t"}', "id: is missing"),
        (b'{"id": "1"}', "title: is missing"),
        (b"[1]", "not a JSON object"),
        (b"null", "not a JSON object"),
        (b'{"id": "1", "title": NaN}', "not JSON: NaN is no number"),
        (b'{"id": "1", "title": "t", "x": [-Infinity]}', "not JSON: -Infinity is no number"),
        (b'{"id": "1", "id": "2", "title": "t"}', "a key stands twice in one object"),
        (b'{"id": "1", "title": "t", "x": {"y": 1, "y": 2}}', "a key stands twice in one object"),
        (b'{"id": "1", "title": "\xff"}', "not UTF-8 at byte 23"),
        (b'{"id": "1", "title": "t"} {}', "not JSON: Extra data at character 27"),
        (b'{"x": ' + b"[" * 100_000, "nested too deeply"),
    ],
)
def test_what_is_wrong_with_a_line_is_said(raw, error):
    assert one(raw) == {"error": error, "line": 1}


def test_a_number_too_long_to_read_is_an_error():
    assert one(b'{"title": "t", "id": ' + b"9" * 5000 + b"}")["line"] == 1


def test_unknown_keys_are_ignored():
    assert one(item(feed=3, labels=["talks"])) == {"id": "1", "title": "Talks", "summary": "", "published": None}


def test_a_line_longer_than_the_limit_is_refused_and_the_next_is_read():
    status, answers = run(b'{"id": "1", "title": "' + b"a" * (3 * MAX_LINE) + b'"}\n' + item(id="2"))
    assert status == 1
    assert answers[0] == {"error": f"the line is longer than {MAX_LINE} bytes", "line": 1}
    assert answers[1]["id"] == "2"


def test_moments_are_read_as_utc():
    (line,) = read(io.BytesIO(b'{"id": 1, "published": "2022-02-24T05:00:00+02:00"}'), Dated)
    assert isinstance(line, Line)
    assert line.record.published.isoformat() == "2022-02-24T03:00:00+00:00"
    (line,) = read(io.BytesIO(b'{"id": 1, "published": null}'), Dated)
    assert line == LineError("published: must be a string", 1)


def test_work_is_done_in_chunks_and_at_a_terminal_line_by_line():
    sizes: list[int] = []

    def count(records):
        sizes.append(len(records))
        return echo(records)

    raw = b"".join(item(id=n) + b"\n" for n in range(CHUNK + 3))
    answer_lines(io.BytesIO(raw), Bytes(), Item, count)
    assert sizes == [CHUNK, 3]
    sizes.clear()
    answer_lines(Terminal(raw), Bytes(), Item, count)
    assert sizes == [1] * (CHUNK + 3)


def test_a_chunk_of_wrong_lines_asks_nothing():
    def never(records):
        raise AssertionError

    assert answer_lines(io.BytesIO(b"x\ny\n"), Bytes(), Item, never) == 1


def test_text_without_bytes_behind_it_is_written_too():
    out = io.StringIO()
    assert answer_lines(io.BytesIO(item()), out, Item, echo) == 0
    assert json.loads(out.getvalue())["title"] == "Talks"


def test_a_reader_that_goes_away_ends_the_work_quietly():
    program = (
        "import sys\nfrom brinkwatch.cli.lines import Record, answer_lines\n"
        "answer = lambda records: ({'id': record.id, 'x': 'y' * 999} for record in records)\n"
        "sys.exit(answer_lines(sys.stdin.buffer, sys.stdout, Record, answer))"
    )
    command = [sys.executable, "-c", program]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        process.stdout.close()
        process.stdin.write(b'{"id": 1}\n' * 5000)
        process.stdin.close()
        assert process.stderr.read() == b""
    assert process.returncode == 1


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(), max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=6,
)
OBJECTS = st.fixed_dictionaries(
    {}, optional={"id": JSON, "title": JSON, "summary": JSON, "published": JSON | st.just("2022-02-24")}
).map(lambda found: json.dumps(found).encode())
LINES = st.lists(st.binary(max_size=40).map(lambda raw: raw.replace(b"\n", b" ")) | OBJECTS, max_size=8)


@given(LINES)
def test_any_bytes_give_exactly_one_valid_line_per_line(lines):
    status, answers = run(b"".join(line + b"\n" for line in lines))
    assert len(answers) == len(lines)
    for number, found in enumerate(answers, start=1):
        assert set(found) == {"error", "line"} or set(found) == {"id", "title", "summary", "published"}
        assert found.get("line", number) == number
    assert status == int(any("error" in found for found in answers))
