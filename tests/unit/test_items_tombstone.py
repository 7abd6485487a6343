"""An item that was deleted for its age while its feed still shows it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from brinkwatch.feeds.entry import Entry
from brinkwatch.items.item import ItemIntent, ItemText
from brinkwatch.items.settle import keys, settle
from brinkwatch.items.tombstone import identity, said
from brinkwatch.outcomes import Outcome

NOW = datetime(2024, 5, 1, 12, tzinfo=UTC)
OLD = Entry(
    guid="g1", title="Fleet leaves port", link="https://post.example/1", summary="It sailed.", published=None,
    updated=None,
)  # fmt: skip


def again(
    entry: Entry, *, first_poll: bool = False, max_alert_age: timedelta | None = timedelta(hours=6)
) -> ItemIntent:
    """What the entry is, `OLD` having been deleted."""
    buried = {keys([OLD])[0]: said(ItemText("Fleet leaves port", "It sailed."))}
    (intent,) = settle([entry], {}, first_poll=first_poll, max_alert_age=max_alert_age, now=NOW, buried=buried)
    return intent


def test_an_entry_without_a_date_is_not_new_because_its_item_was_deleted() -> None:
    assert again(OLD) == ItemIntent(Outcome.UNCHANGED, None)


def test_a_bumped_date_does_not_make_it_new() -> None:
    assert again(replace(OLD, published=NOW)).outcome is Outcome.UNCHANGED
    assert again(replace(OLD, title="FLEET leaves port!", updated=NOW)).outcome is Outcome.UNCHANGED


def test_other_words_are_news_only_with_a_fresh_date() -> None:
    edited = replace(OLD, title="Fleet opens fire")
    assert again(edited).outcome is Outcome.UNCHANGED
    assert again(replace(edited, published=NOW - timedelta(days=500))).outcome is Outcome.UNCHANGED
    intent = again(replace(edited, published=NOW - timedelta(days=500), updated=NOW))
    assert intent.outcome is Outcome.PENDING
    assert intent.write is not None
    assert (intent.write.published, intent.write.revision) == (NOW, 1)


def test_on_a_first_poll_it_alerts_nobody_either() -> None:
    assert again(replace(OLD, title="Fleet opens fire", updated=NOW), first_poll=True).outcome is Outcome.SEEDED


@given(st.text(), st.text())
def test_digests_are_of_one_length_whatever_the_text(key: str, title: str) -> None:
    assert len(identity(key)) == 16
    assert len(said(ItemText(title, key))) == 8
