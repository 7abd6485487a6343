"""What is said of a store in trouble, and when polling pauses for want of room."""

import sqlite3

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st
from structlog.testing import capture_logs

from brinkwatch.engine.storewatch import StoreWatch, short
from brinkwatch.store.database import Damaged
from brinkwatch.store.trouble import words


@given(st.integers(0, 10**13), st.integers(0, 10**13))
def test_polling_that_has_paused_goes_on_only_with_room_to_spare(free: int, least: int) -> None:
    assert short(free, least, True) or not short(free, least, False)


def test_it_pauses_below_the_least_and_goes_on_a_quarter_above_it() -> None:
    assert [short(free, 100, False) for free in (99, 100)] == [True, False]
    assert [short(free, 100, True) for free in (100, 124, 125)] == [True, True, False]


def test_without_a_least_it_never_pauses() -> None:
    assert not short(0, 0, False)


def test_trouble_is_told_when_it_begins_and_when_all_of_it_is_over() -> None:
    watch = StoreWatch()
    error = sa.exc.OperationalError("insert", {}, _sqlite_error(sqlite3.SQLITE_FULL))
    with capture_logs() as logs:
        for _ in range(3):
            watch.failed("poll", error)
        watch.failed("think", error)
        assert watch.trouble == "the disk is full"
        watch.worked("poll")
        assert watch.trouble == "the disk is full"
        watch.worked("think")
        watch.worked("think")
    assert watch.trouble is None
    assert [(line["log_level"], line["event"]) for line in logs] == [
        ("error", "the store is in trouble"),
        ("info", "the store is in order again"),
    ]
    assert not watch.damaged.is_set()


def test_damage_ends_the_daemon() -> None:
    watch = StoreWatch()
    watch.failed("think", Damaged("the database is damaged"))
    assert watch.damaged.is_set()


@pytest.mark.parametrize(
    ("number", "said"),
    [
        (sqlite3.SQLITE_BUSY, "locked by another program"),
        (sqlite3.SQLITE_READONLY_DBMOVED, "read-only"),
        (sqlite3.SQLITE_IOERR_WRITE, "I/O error"),
        (sqlite3.SQLITE_FULL, "full"),
        (sqlite3.SQLITE_CANTOPEN, "permissions"),
        (sqlite3.SQLITE_ERROR, "cannot be used: it broke"),
    ],
)
def test_an_error_is_told_in_words(number: int, said: str) -> None:
    assert said in words(sa.exc.OperationalError("insert", {}, _sqlite_error(number)))


def _sqlite_error(number: int) -> sqlite3.OperationalError:
    error = sqlite3.OperationalError("it broke")
    error.sqlite_errorcode = number
    return error
