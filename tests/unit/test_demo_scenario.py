"""The bundled scenario holds what the demonstration promises."""

import re
from collections import defaultdict
from datetime import timedelta

import pytest
from pydantic import ValidationError

from brinkwatch.config.settings import Settings
from brinkwatch.demo.scenario import WINDOW, Edit, Fault, Item, Kind, Scenario, load

CRISES = {Kind.CRISIS, Kind.EASING}
MAX_ALERT_AGE = Settings.model_fields["max_alert_age"].default


@pytest.fixture(scope="module")
def scenario() -> Scenario:
    return load()


def edits(scenario: Scenario) -> list[tuple[Item, Edit]]:
    return [(item, edit) for item in scenario.items() for edit in item.edits]


def test_has_many_items_of_several_publishers_in_every_format(scenario: Scenario) -> None:
    assert len(list(scenario.items())) >= 140
    assert len({feed.family_name for feed in scenario.feeds if feed.items}) >= 6
    assert {feed.format for feed in scenario.feeds if feed.items} == {"rss20", "atom10", "rss10", "json11"}
    assert scenario.last_round == 8


def test_one_family_has_two_feeds_and_one_publisher_is_run_by_a_state(scenario: Scenario) -> None:
    families = [feed.family_name for feed in scenario.feeds]
    assert max(families.count(family) for family in families) == 2
    assert sum(feed.state_affiliated for feed in scenario.feeds) == 1


def test_most_items_are_traps_and_every_kind_of_trap_is_there(scenario: Scenario) -> None:
    kinds = [item.kind for item in scenario.items()]
    assert set(kinds) == set(Kind)
    assert sum(kind in CRISES for kind in kinds) < len(kinds) / 2


def test_only_crises_carry_signals_and_every_crisis_does(scenario: Scenario) -> None:
    assert [item.id for item in scenario.items() if bool(item.signals) != (item.kind in CRISES)] == []
    assert all(edit.signals for _, edit in edits(scenario) if edit.kind == "material")


def test_the_war_is_told_by_many_publishers_in_words_of_their_own(scenario: Scenario) -> None:
    told: dict[str, dict[str, str]] = defaultdict(dict)
    for feed in scenario.feeds:
        for item in feed.items:
            if item.development:
                told[item.development][feed.family_name] = item.title
    assert sum(len(families) >= 3 for families in told.values()) >= 6
    titles = [title for families in told.values() for title in families.values()]
    assert len(set(titles)) == len(titles)


def test_there_are_easing_items_from_different_publishers(scenario: Scenario) -> None:
    families = {feed.family_name for feed in scenario.feeds for item in feed.items if item.kind is Kind.EASING}
    assert len(families) >= 3


def test_edits_are_one_material_and_two_cosmetic_ones_that_claim_a_new_date(scenario: Scenario) -> None:
    assert [edit.kind for _, edit in edits(scenario)].count("material") == 1
    cosmetic = [(item, edit) for item, edit in edits(scenario) if edit.kind == "cosmetic"]
    assert len(cosmetic) == 2
    for item, edit in cosmetic:
        assert edit.redated
        assert re.findall(r"\w+", (edit.title or item.title).casefold()) == re.findall(r"\w+", item.title.casefold())
        before, after = item.shown(edit.round - 1), item.shown(edit.round)
        assert before is not None
        assert after is not None
        assert after.published == edit.at > before.published


def test_old_items_are_there_at_the_first_poll_and_some_come_late(scenario: Scenario) -> None:
    first = [item for item in scenario.items() if item.round == 0]
    assert sum(-item.published > MAX_ALERT_AGE for item in first) >= 10
    assert any(-item.published < MAX_ALERT_AGE and item.kind is Kind.CRISIS for item in first)
    late = [item for item in scenario.items() if item.round > 0 and -item.published > MAX_ALERT_AGE]
    assert len(late) >= 3
    assert any(item.kind is Kind.CRISIS for item in late)


def test_what_is_news_is_less_than_an_hour_old_and_later_rounds_bring_later_news(scenario: Scenario) -> None:
    news = [item for item in scenario.items() if item.round > 0 and -item.published < MAX_ALERT_AGE]
    assert all(-item.published < timedelta(hours=1) for item in news)
    for round_ in range(1, scenario.last_round):
        newest = max(item.published for item in news if item.round == round_)
        assert newest <= min(item.published for item in news if item.round == round_ + 1) + timedelta(minutes=1)


def test_every_item_and_edit_can_be_seen_by_a_daemon_that_polls_once_a_round(scenario: Scenario) -> None:
    for feed in scenario.feeds:
        for item in feed.items:
            assert feed.fault(item.round) is None
            for round_ in (item.round, *(edit.round for edit in item.edits)):
                assert item.shown(round_) in feed.shown(round_), item.id


def test_a_document_lists_the_newest_items_first_and_lets_the_oldest_drop_out(scenario: Scenario) -> None:
    feed = next(feed for feed in scenario.feeds if len(feed.items) > WINDOW)
    shown = feed.shown(scenario.last_round)
    assert len(shown) == WINDOW
    assert list(shown) == sorted(shown, key=lambda s: s.published, reverse=True)
    assert feed.items[1].id not in {s.id for s in shown}


def test_one_feed_never_works_and_one_shows_a_web_page_and_recovers(scenario: Scenario) -> None:
    rounds = range(scenario.last_round + 1)
    faults = {feed.id: [feed.fault(round_) for round_ in rounds] for feed in scenario.feeds}
    assert faults["coastal-bulletin"] == [Fault.TRUNCATED] * 5 + [Fault.SERVER_ERROR] * 4
    assert faults["pacific-ledger"] == [None] * 3 + [Fault.CHALLENGE] * 3 + [None] * 3
    assert sum(any(of_feed) for of_feed in faults.values()) == 2


def test_an_id_that_is_used_twice_is_refused(scenario: Scenario) -> None:
    with pytest.raises(ValidationError, match="used twice: capital-courier"):
        Scenario(feeds=(scenario.feeds[0], scenario.feeds[0]))


@pytest.mark.parametrize("written", ["3m", "-3", "-3 minutes", 3])
def test_a_moment_that_is_not_before_the_start_is_refused(written: str | int) -> None:
    with pytest.raises(ValidationError, match="published"):
        Item.model_validate({"id": "x", "round": 1, "published": written, "kind": "sport", "title": "Title"})
