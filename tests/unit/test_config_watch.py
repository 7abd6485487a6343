"""When a changed file is read again."""

import os
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from brinkwatch.config.watch import Marks, Watch, marks

FILE = Path("/x")


def watch_of(found: Marks) -> Watch:
    return Watch(found, found)


def looks(path: Path, watch: Watch, number: int = 1) -> tuple[Watch, list[bool]]:
    due: list[bool] = []
    for _ in range(number):
        watch, now = watch.look(marks([path]))
        due.append(now)
    return watch, due


def test_a_change_is_read_once_it_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "c"
    path.write_text("a")
    watch = watch_of(marks([path]))
    assert looks(path, watch, 3)[1] == [False, False, False]
    path.write_text("half")
    watch, due = looks(path, watch)
    assert due == [False], "it may not be complete"
    path.write_text("half and half")
    watch, due = looks(path, watch, 2)
    assert due == [False, True]
    watch = watch.read(marks([path]))
    assert looks(path, watch, 2)[1] == [False, False]


def test_an_editor_that_replaces_the_file_is_noticed(tmp_path: Path) -> None:
    path = tmp_path / "c"
    path.write_text("same size")
    os.utime(path, ns=(5, 5))
    watch = watch_of(marks([path]))
    new = tmp_path / "new"
    new.write_text("same siz2")
    os.utime(new, ns=(5, 5))
    new.rename(path)
    assert looks(path, watch, 2)[1] == [False, True]


def test_a_link_that_is_turned_is_noticed(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / name).write_text("x")
    link = tmp_path / "c"
    link.symlink_to("one")
    watch = watch_of(marks([link]))
    link.unlink()
    link.symlink_to("two")
    assert looks(link, watch, 2)[1] == [False, True]


def test_an_emptied_file_is_one_that_is_being_written(tmp_path: Path) -> None:
    path = tmp_path / "c"
    path.write_text("a")
    watch = watch_of(marks([path]))
    path.write_text("")
    watch, due = looks(path, watch, 5)
    assert not any(due)
    path.write_text("b")
    assert looks(path, watch, 2)[1] == [False, True]


def test_a_file_that_is_gone_is_a_change(tmp_path: Path) -> None:
    path = tmp_path / "c"
    path.write_text("a")
    watch = watch_of(marks([path]))
    path.unlink()
    assert looks(path, watch, 2)[1] == [False, True]
    watch = watch.read(marks([path]))
    assert looks(path, watch, 3)[1] == [False] * 3, "it is said once"


@given(st.lists(st.tuples(st.integers(1, 3), st.integers(1, 3), st.integers(0, 2)), min_size=1, max_size=30))
def test_it_is_read_only_when_two_looks_agree_and_differ_from_what_was_read(
    history: list[tuple[int, int, int]],
) -> None:
    watch = watch_of({FILE: (0, 0, 9)})
    before: Marks = {FILE: (0, 0, 9)}
    for mark in history:
        found = {FILE: mark}
        known = watch.known
        watch, due = watch.look(found)
        assert due == (found == before and found != known and mark[2] > 0)
        if due:
            watch = watch.read(found)
        before = found
