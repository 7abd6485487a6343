"""What `brinkwatch doctor` makes of what is found: each trouble is named, with its mend."""

from collections.abc import Iterable
from datetime import timedelta

import pytest

from brinkwatch.ops.doctor import (
    FeedFacts,
    HostFacts,
    PathFacts,
    StoreFacts,
    clock,
    disk,
    feeds,
    model,
    names,
    permissions,
    store,
)
from brinkwatch.ops.finding import Finding, Level

GB = 1_000_000_000
WHOLE = StoreFacts("SQLite", revision="0002", newest="0002")


def only(found: Iterable[Finding]) -> Finding:
    (finding,) = found
    return finding


def said(finding: Finding) -> tuple[Level, str]:
    assert finding.level is Level.OK or finding.mend, f"no mend for {finding}"
    return finding.level, finding.words


@pytest.mark.parametrize(
    ("path", "level", "words"),
    [
        (PathFacts("state directory", "/s", 0o750), Level.OK, "/s 0750"),
        (PathFacts("state directory", "/s", None), Level.OK, "not there yet"),
        (PathFacts("state directory", "/s", 0o757), Level.FAILURE, "everybody can write"),
        (PathFacts("state directory", "/s", 0o755), Level.OK, "/s 0755"),
        (PathFacts("state directory", "/s", 0o750, writable=False), Level.FAILURE, "cannot be written"),
        (PathFacts("state directory", "/s", None, error="Permission denied"), Level.FAILURE, "Permission denied"),
        (PathFacts("slack.token_file", "/t", 0o640, secret=True), Level.OK, "/t 0640"),
        (PathFacts("slack.token_file", "/t", 0o644, secret=True), Level.FAILURE, "everybody can read"),
        (PathFacts("slack.token_file", "/t", 0o660, secret=True), Level.WARNING, "the group can change"),
        (PathFacts("slack.token_file", "/t", None, secret=True), Level.FAILURE, "is not there"),
    ],
)  # fmt: skip
def test_permissions(path: PathFacts, level: Level, words: str) -> None:
    found = said(only(permissions([path])))
    assert found[0] is level
    assert words in found[1]


def test_names_that_resolve_are_one_line() -> None:
    assert said(only(names([HostFacts("a.example"), HostFacts("b.example")]))) == (
        Level.OK, "all 2 hosts of feeds have an address",
    )  # fmt: skip


def test_one_lost_name_is_a_warning_and_all_of_them_a_failure() -> None:
    lost = HostFacts("a.example", "Name or service not known")
    assert said(only(names([lost, HostFacts("b.example")])))[0] is Level.WARNING
    level, words = said(only(names([lost, HostFacts("b.example", "x")])))
    assert (level, "no name can be resolved" in words) == (Level.FAILURE, True)


def test_a_private_address_names_the_feeds_that_are_refused() -> None:
    first, second = names([HostFacts("intranet", refused=("a", "b"))])
    assert said(first) == (Level.FAILURE, "intranet is not a public address, so that it is refused: a, b")
    assert second.level is Level.OK
    assert list(names([])) == []


@pytest.mark.parametrize(
    ("seconds", "level"),
    [(None, Level.OK), (0, Level.OK), (-5, Level.OK), (6, Level.WARNING), (-301, Level.FAILURE), (400, Level.FAILURE)],
)
def test_the_clock(seconds: int | None, level: Level) -> None:
    found = clock(None if seconds is None else timedelta(seconds=seconds), "Slack")
    assert said(found)[0] is level
    if seconds == -301:
        assert found.words == "301 s behind Slack"


@pytest.mark.parametrize(
    ("free", "files", "level"),
    [(9 * GB, None, Level.OK), (GB, 10, Level.WARNING), (GB // 10, 10, Level.FAILURE), (9 * GB, 0, Level.FAILURE)],
)
def test_the_disk(free: int, files: int | None, level: Level) -> None:
    assert said(disk("/s", free, files))[0] is level


@pytest.mark.parametrize(
    ("facts", "level", "words"),
    [
        (WHOLE, Level.OK, "whole"),
        (StoreFacts("SQLite", exists=False), Level.OK, "none yet"),
        (StoreFacts("PostgreSQL", error="it cannot be opened: refused"), Level.FAILURE, "cannot be opened"),
        (StoreFacts("SQLite", problems=("page 3 is lost", "page 4")), Level.FAILURE, "page 3 is lost and 1 more"),
        (StoreFacts("SQLite", revision="0099", newest="0002", known=False), Level.FAILURE, "a newer version"),
        (StoreFacts("SQLite", revision="0001", newest="0002"), Level.WARNING, "migrates it to 0002"),
    ],
)
def test_the_store(facts: StoreFacts, level: Level, words: str) -> None:
    found = said(only(store(facts)))
    assert found[0] is level
    assert words in found[1]


def test_the_model() -> None:
    assert said(model("m 1", None, 3.8)) == (Level.OK, "m 1 reads an item in 4 ms")
    assert said(model(None, "no model at /x", 0))[0] is Level.FAILURE


def test_bad_feeds_are_a_line_each_and_all_bad_is_a_failure() -> None:
    good, bad = FeedFacts("a", True, "ok"), FeedFacts("b", False, "failing: timeout")
    moved = FeedFacts("c", True, "ok", ("the address has moved for good: set url: https://x",))
    found = list(feeds([good, bad, moved]))
    assert [(finding.check, finding.level) for finding in found] == [
        ("feed b", Level.WARNING), ("feed c", Level.WARNING), ("feeds", Level.OK),
    ]  # fmt: skip
    assert found[1].mend == moved.suggestions[0]
    assert said(list(feeds([bad]))[-1]) == (Level.FAILURE, "not one could be read")
