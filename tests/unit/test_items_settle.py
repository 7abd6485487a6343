"""What one more sight of an entry means."""

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from brinkwatch.feeds.entry import Entry
from brinkwatch.items.item import ItemIntent, ItemText, KnownItem
from brinkwatch.items.settle import keys, settle
from brinkwatch.outcomes import Outcome

NOW = datetime(2024, 5, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
AGE = 6 * HOUR


def entry(guid: str = "g1", title: str = "Fleet leaves port", **more: object) -> Entry:
    usual = {"link": "https://post.example/1", "summary": "It sailed.", "published": NOW - HOUR, "updated": None}
    return Entry(**{"guid": guid, "title": title} | usual | more)  # type: ignore[arg-type]


def poll(*entries: Entry, known: dict[str, KnownItem] | None = None, **more: object) -> list[ItemIntent]:
    usual = {"first_poll": False, "max_alert_age": AGE, "now": NOW}
    return settle(entries, known or {}, **usual | more)  # type: ignore[arg-type]


def outcome(*args: Entry, **more: object) -> Outcome:
    return poll(*args, **more)[0].outcome  # type: ignore[arg-type]


def remembered(
    intents: list[ItemIntent], known: dict[str, KnownItem] | None = None, outcome: Outcome | None = None
) -> dict[str, KnownItem]:
    """What the store would know after these intents."""
    after = dict(known or {})
    for intent in intents:
        if row := intent.write:
            old = after.get(row.key)
            was = old.outcome if old and intent.outcome is Outcome.COSMETIC else intent.outcome
            former = (ItemText(old.title, old.summary), *old.former) if old and row.revision > old.revision else ()
            after[row.key] = KnownItem(
                row.key, row.title, row.summary, row.link, row.published, row.revision, outcome or was, former
            )
    return after


def after(first: Entry, outcome: Outcome = Outcome.ASSESSED, **more: object) -> dict[str, KnownItem]:
    return remembered(poll(first, **more), outcome=outcome)  # type: ignore[arg-type]


def test_a_new_entry_waits_to_be_assessed() -> None:
    (intent,) = poll(entry())
    assert intent.outcome is Outcome.PENDING
    assert intent.write is not None
    assert (intent.write.title, intent.write.summary, intent.write.revision) == ("Fleet leaves port", "It sailed.", 1)
    assert (intent.write.published, intent.outcome) == (NOW - HOUR, Outcome.PENDING)


def test_the_first_poll_only_seeds() -> None:
    fresh, old = poll(entry("a"), entry("b", published=NOW - 100 * HOUR), first_poll=True)
    assert (fresh.outcome, old.outcome) == (Outcome.SEEDED, Outcome.SEEDED)
    assert fresh.write is not None


def test_an_old_entry_is_stored_as_stale() -> None:
    (intent,) = poll(entry(published=NOW - AGE - timedelta(seconds=1)))
    assert intent.outcome is Outcome.STALE
    assert intent.write is not None
    assert outcome(entry(published=NOW - AGE)) is Outcome.PENDING


def test_in_a_replay_nothing_is_stale_or_clamped() -> None:
    old, future = NOW - 1000 * HOUR, NOW + 5 * HOUR
    intents = poll(entry("a", published=old), entry("b", published=future), max_alert_age=None)
    assert [(i.outcome, i.write.published) for i in intents if i.write] == [
        (Outcome.PENDING, old),
        (Outcome.PENDING, future),
    ]


@pytest.mark.parametrize(
    ("dates", "published"),
    [
        ({"published": NOW + 48 * HOUR}, NOW),
        ({"published": None, "updated": NOW - 2 * HOUR}, NOW - 2 * HOUR),
        ({"published": None}, NOW),
    ],
)
def test_dates_are_clamped_to_now_and_made_up_when_missing(dates: dict[str, object], published: datetime) -> None:
    (intent,) = poll(entry(**dates))
    assert intent.write is not None
    assert intent.write.published == published


def test_the_same_entry_again_is_unchanged() -> None:
    assert poll(entry(), known=after(entry())) == [ItemIntent(Outcome.UNCHANGED, None)]


@pytest.mark.parametrize("field", ["title", "summary"])
def test_a_material_edit_is_assessed_again_as_the_next_revision(field: str) -> None:
    (intent,) = poll(entry(**{field: "Fleet fires warning shots"}), known=after(entry()))
    assert intent.outcome is Outcome.PENDING
    assert intent.write is not None
    assert intent.write.revision == 2
    assert getattr(intent.write, field) == "Fleet fires warning shots"


@pytest.mark.parametrize(
    "title", ["FLEET leaves port", "Fleet leaves port.", "“Fleet leaves port”", "Fleet — leaves port"]
)
def test_case_and_punctuation_are_cosmetic(title: str) -> None:
    (intent,) = poll(entry(title=title), known=after(entry()))
    assert intent.outcome is Outcome.COSMETIC
    assert intent.write is not None
    assert (intent.write.title, intent.write.revision) == (title, 1)


@pytest.mark.parametrize(
    ("before", "now"),
    [
        ("Fleet sails (5 minutes ago)", "Fleet sails (17 minutes ago)"),
        ("Fleet sails. Updated 10:45 GMT", "Fleet sails. Updated 11:02 GMT"),
        ("Fleet sails, an hour ago", "Fleet sails, 3 hours ago"),
        ("Live 10:45 GMT: fleet sails", "Live 11:45 GMT: fleet sails"),
    ],
)
def test_a_text_that_tells_the_time_does_not_change_for_ever(before: str, now: str) -> None:
    assert outcome(entry(title=now), known=after(entry(title=before))) is Outcome.UNCHANGED


def test_other_numbers_are_material() -> None:
    known = after(entry(title="At least 5 killed at port"))
    assert outcome(entry(title="At least 50 killed at port"), known=known) is Outcome.PENDING


@pytest.mark.parametrize("state", [Outcome.ASSESSED, Outcome.SEEDED, Outcome.STALE, Outcome.PENDING])
def test_a_bumped_date_alone_never_alerts_again(state: Outcome) -> None:
    known = after(entry(published=NOW - 30 * HOUR), state)
    assert outcome(entry(published=NOW, updated=NOW), known=known) is Outcome.UNCHANGED


@pytest.mark.parametrize("state", [Outcome.SEEDED, Outcome.STALE])
def test_an_old_item_that_alerted_nobody_stays_silent_when_edited(state: Outcome) -> None:
    known = after(entry(published=NOW - 30 * HOUR), state)
    (intent,) = poll(entry(title="Fleet was away for days", published=NOW - 30 * HOUR), known=known)
    assert intent.outcome is Outcome.STALE
    assert intent.write is not None
    assert intent.write.revision == 2


@pytest.mark.parametrize("state", [Outcome.SEEDED, Outcome.STALE, Outcome.ASSESSED])
def test_an_edit_that_is_dated_freshly_is_news(state: Outcome) -> None:
    known = after(entry(published=NOW - 30 * HOUR), state)
    (intent,) = poll(entry(title="Fleet fires", published=NOW - 30 * HOUR, updated=NOW - HOUR), known=known)
    assert intent.outcome is Outcome.PENDING
    assert intent.write is not None
    assert intent.write.published == NOW - HOUR


def test_a_seeded_item_that_is_fresh_is_news_when_edited() -> None:
    known = after(entry(), Outcome.SEEDED)
    assert outcome(entry(title="Fleet fires"), known=known) is Outcome.PENDING


def test_an_edit_found_after_a_long_outage_is_stale() -> None:
    known = after(entry(published=NOW - 72 * HOUR))
    edit = entry(title="Fleet fires", published=NOW - 72 * HOUR, updated=NOW - 70 * HOUR)
    assert outcome(edit, known=known, last_read=NOW - 71 * HOUR) is Outcome.STALE


@pytest.mark.parametrize("published", [None, NOW - 20 * HOUR])
def test_an_edit_of_an_item_that_is_followed_is_as_fresh_as_the_last_look_at_the_feed(
    published: datetime | None,
) -> None:
    known = {k: replace(v, published=NOW - 20 * HOUR) for k, v in after(entry()).items()}
    edit = entry(title="Fleet fires", published=published)
    (intent,) = poll(edit, known=known, last_read=NOW - HOUR)
    assert intent.outcome is Outcome.PENDING
    assert intent.write is not None
    assert intent.write.published == NOW
    assert outcome(edit, known=known, last_read=NOW - 10 * HOUR) is Outcome.STALE
    assert outcome(edit, known=known) is Outcome.STALE
    for silent in (Outcome.SEEDED, Outcome.STALE):
        unfollowed = {k: replace(v, outcome=silent) for k, v in known.items()}
        assert outcome(edit, known=unfollowed, last_read=NOW - HOUR) is Outcome.STALE


def test_a_text_that_swings_to_and_fro_is_assessed_once_each() -> None:
    known = after(entry(title="Alpha"))
    outcomes = []
    for n in range(8):
        intents = poll(entry(title="Beta" if n % 2 == 0 else "Alpha"), known=known)
        outcomes.append(intents[0].outcome)
        known = remembered(intents, known)
    assert Counter(outcomes) == {Outcome.PENDING: 1, Outcome.UNCHANGED: 7}


def test_a_moved_address_is_stored_and_no_news() -> None:
    (intent,) = poll(entry(link="https://post.example/moved"), known=after(entry()))
    assert intent.outcome is Outcome.COSMETIC
    assert intent.write is not None
    assert intent.write.link == "https://post.example/moved"
    assert outcome(entry(link="http://post.example/1?utm_source=rss"), known=after(entry())) is Outcome.UNCHANGED


def test_an_entry_without_text_is_refused() -> None:
    assert poll(entry(title=" ", summary="<p></p>")) == [ItemIntent(Outcome.REFUSED_EMPTY, None)]


def test_a_second_entry_of_one_identity_is_refused() -> None:
    outcomes = [intent.outcome for intent in poll(entry(), entry())]
    assert outcomes == [Outcome.PENDING, Outcome.REFUSED_DUPLICATE]


def test_the_publisher_is_no_part_of_the_title() -> None:
    (intent,) = poll(entry(title="Fleet sails | Harbour Post"), publisher="Harbour Post")
    assert intent.write is not None
    assert intent.write.title == "Fleet sails"


drawn = st.lists(
    st.builds(
        entry,
        guid=st.sampled_from(["a", "b", "c", "http://x.example/#1"]) | st.none(),
        title=st.sampled_from(["", "Fleet sails", "FLEET sails!", "Fleet sails 5 minutes ago", "Talks fail"])
        | st.text(max_size=12),
        summary=st.sampled_from(["", "One. Two.", "<p>Three</p>"]) | st.text(max_size=12),
        link=st.none() | st.sampled_from(["https://p.example/1", "https://p.example/2#x"]),
        published=st.none() | st.sampled_from([NOW, NOW + HOUR, NOW - HOUR, NOW - 100 * HOUR]),
        updated=st.none() | st.just(NOW),
    ),
    max_size=6,
)


@settings(max_examples=200, deadline=None)
@given(drawn, st.booleans())
def test_settling_the_same_document_again_finds_nothing_new(entries: list[Entry], first_poll: bool) -> None:
    intents = poll(*entries, first_poll=first_poll)
    again = poll(*entries, known=remembered(intents), now=NOW + timedelta(minutes=10))
    refused = {Outcome.REFUSED_EMPTY, Outcome.REFUSED_DUPLICATE}
    assert len(intents) == len(entries)
    for before, now in zip(intents, again, strict=True):
        assert now.write is None
        assert now.outcome is (before.outcome if before.outcome in refused else Outcome.UNCHANGED)


@settings(max_examples=150, deadline=None)
@given(st.lists(drawn, min_size=1, max_size=6))
def test_no_history_of_polls_writes_one_item_twice_or_lowers_a_revision(polls: list[list[Entry]]) -> None:
    known: dict[str, KnownItem] = {}
    for n, entries in enumerate(polls):
        intents = poll(*entries, known=known, first_poll=n == 0, now=NOW + n * timedelta(minutes=10))
        written = [intent.write.key for intent in intents if intent.write]
        assert len(written) == len(set(written))
        assert set(written) <= set(keys(entries))
        for intent in intents:
            if intent.write and (old := known.get(intent.write.key)):
                assert intent.write.revision == old.revision + (intent.outcome is not Outcome.COSMETIC)
        known = remembered(intents, known)


def test_an_undated_entry_after_an_outage_may_be_as_old_as_the_outage() -> None:
    undated = entry(published=None)
    assert outcome(undated, last_read=NOW - HOUR) is Outcome.PENDING
    assert outcome(undated, last_read=NOW - 72 * HOUR) is Outcome.STALE
    assert outcome(undated, last_read=None) is Outcome.PENDING
