"""What makes an entry itself."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brinkwatch.feeds.entry import Entry
from brinkwatch.items.identity import MAX_KEY, canonical, keys

DATE = datetime(2024, 5, 1, tzinfo=UTC)


def entry(guid: str | None = None, link: str | None = None, title: str = "Fleet sails", **more: object) -> Entry:
    return Entry(
        **{"guid": guid, "link": link, "title": title, "summary": "", "published": DATE, "updated": None} | more
    )  # type: ignore[arg-type]


def key(*entries: Entry) -> str:
    return keys(entries)[0]


def test_the_guid_is_the_identity_whatever_else_changes() -> None:
    before = entry("g1", "http://post.example/1")
    after = replace(before, link="https://www.post.example/1-new", title="Fleet returns", published=None, updated=DATE)
    assert key(before) == key(after) == "guid:g1"


def test_a_guid_that_is_an_address_is_the_same_over_https() -> None:
    assert key(entry("http://post.example/1")) == key(entry("https://post.example/1"))


def test_the_version_behind_a_guid_is_not_part_of_it() -> None:
    assert key(entry("https://post.example/1#0")) == key(entry("https://post.example/1#3"))


def test_guids_that_only_their_fragments_tell_apart_stay_apart() -> None:
    assert len(set(keys([entry(f"https://post.example/log#{n}", title=f"Entry {n}") for n in range(3)]))) == 3


@pytest.mark.parametrize(
    "same",
    [
        "https://post.example/news/1?id=7",
        "http://post.example/news/1?id=7#comments",
        "https://POST.example:443/news/1?id=7&utm_source=rss&utm_medium=feed",
        "https://post.example/news/1?at_medium=RSS&at_campaign=X&id=7&fbclid=abc",
    ],
)
def test_without_a_guid_the_address_is_the_identity_without_its_trimmings(same: str) -> None:
    assert key(entry(link=same)) == "link://post.example/news/1?id=7"


def test_what_belongs_to_an_address_stays_in_it() -> None:
    different = ["https://a.example/1", "https://b.example/1", "https://a.example/2", "https://a.example/1?p=2",
                 "https://a.example:8080/1", "https://a.example/1?utmost=1"]  # fmt: skip
    assert len({canonical(link) for link in different}) == len(different)


def test_addresses_that_only_their_fragments_tell_apart_stay_apart() -> None:
    assert len(set(keys([entry(link=f"https://post.example/live#{n}", title=f"T{n}") for n in range(3)]))) == 3


def test_one_guid_for_all_entries_says_nothing() -> None:
    found = keys([entry("0", f"https://post.example/{n}") for n in range(3)])
    assert found == [f"link://post.example/{n}" for n in range(3)]


def test_one_guid_and_one_address_for_all_entries_say_nothing() -> None:
    found = keys([entry("0", "https://post.example/", title=f"Title {n}") for n in range(3)])
    assert len(set(found)) == 3
    assert all(k.startswith("text:") for k in found)


def test_one_address_for_all_entries_says_nothing() -> None:
    assert len(set(keys([entry(None, "https://post.example/", title=f"Title {n}") for n in range(3)]))) == 3


def test_the_same_entry_twice_has_the_same_identity_twice() -> None:
    assert len(set(keys([entry("g1", "https://post.example/1")] * 2))) == 1
    assert len(set(keys([entry(None, "https://post.example/1")] * 2))) == 1


def test_without_guid_and_address_the_title_and_date_are_the_identity() -> None:
    assert key(entry(title="<b>Fleet</b> sails!")) == key(entry(title="fleet  sails"))
    assert key(entry(title="Fleet sails")) != key(entry(title="Fleet sails", published=None))
    assert key(entry(title="", summary="One")) != key(entry(title="", summary="Two"))


def test_a_huge_identity_is_made_short() -> None:
    assert len(key(entry("x" * 100_000))) < MAX_KEY
    assert key(entry("x" * 100_000)) != key(entry("x" * 100_001))


entries = st.lists(
    st.builds(
        entry,
        guid=st.none() | st.sampled_from(["", "0", "g", "http://a.example/1#0", "http://a.example/1#1", "\x00"]),
        link=st.none()
        | st.sampled_from(["https://a.example/", "http://a.example/1?utm_x=1", "http://[x", "x#1", "x#2"]),
        title=st.sampled_from(["", "A", "B", "a!"]) | st.text(max_size=5),
    ),
    max_size=8,
)


@given(entries, st.randoms(use_true_random=False))
def test_identities_do_not_depend_on_the_order_of_the_document(given_entries: list[Entry], random: object) -> None:
    order = list(range(len(given_entries)))
    random.shuffle(order)  # type: ignore[attr-defined]
    found = keys(given_entries)
    assert len(found) == len(given_entries)
    assert keys([given_entries[n] for n in order]) == [found[n] for n in order]
    assert all("\x00" not in k for k in found)
