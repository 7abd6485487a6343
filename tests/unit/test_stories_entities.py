"""The gazetteer finds who and where, and tells a government from its capital."""

import pytest

from brinkwatch.stories.entities import find, lies_in
from brinkwatch.stories.gazetteer import gazetteer, lines, words
from brinkwatch.stories.tier import dyads


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Russian envoy leaves", {"state:ru"}),
        ("U.S. and UK consult", {"state:us", "state:gb"}),
        ("Kremlin answers Pentagon", {"state:ru", "state:us"}),
        ("South Sudanese army, not Sudanese", {"state:ss", "state:sd"}),
        ("Papua New Guinea votes", {"state:pg"}),
        ("Erdoğan calls Türkiye's allies", {"person:erdogan", "state:tr"}),
        ("Hezbollah answers", {"group:hezbollah", "state:lb"}),
        ("Nato meets", {"org:nato"}),
        ("Latin American leaders meet", {"region:latin-america"}),
    ],
)
def test_names_demonyms_and_offices_stand_for_one_identity(text: str, expected: set[str]) -> None:
    assert find(text).all == expected


def test_a_capital_that_speaks_is_its_state_alone() -> None:
    found = find("Moscow warns Kyiv over border")
    assert found.all == {"state:ru", "state:ua"}
    assert not found.loci


@pytest.mark.parametrize(
    "text", ["Explosions in Kyiv", "Missiles hit Kyiv", "Kyiv airport closed", "Fire in central Kyiv"]
)
def test_a_capital_where_something_happens_is_a_place(text: str) -> None:
    assert "city:kyiv" in find(text).all
    assert "city:kyiv" in find(text).loci


def test_a_city_stays_apart_from_its_state_and_implies_it() -> None:
    found = find("Shells fall on Kharkiv")
    assert found.all == {"city:kharkiv", "state:ua"}
    assert found.named == {"city:kharkiv"}


def test_the_longest_name_wins() -> None:
    assert find("Talks in South Korea").all == {"state:kr"}
    assert find("Zaporizhzhia nuclear plant shelled").named == {"place:zaporizhzhia-plant"}


def test_small_words_are_no_names() -> None:
    assert not find("they told us that it is who we are").all
    assert not find("Turkey stuffing and polish, said the man in reading").all - {"state:tr"}


def test_an_adjective_before_its_noun_is_no_place() -> None:
    assert "state:us" not in find("Leader killed in US drone strike").loci
    assert "state:us" in find("Wildfire spreads in US as winds rise").loci


def test_lower_case_texts_are_read_as_well() -> None:
    assert find("war in ukraine and syria").all == {"state:ua", "state:sy"}


def test_places_nest_at_any_depth() -> None:
    assert lies_in("place:azovstal", "place:donbas")
    assert lies_in("city:kharkiv", "city:kharkiv")
    assert not lies_in("place:donbas", "place:azovstal")


def test_the_lists_name_only_identities_that_exist() -> None:
    known = {identity for names in gazetteer().names.values() for name in names for identity in name.ids}
    nested = {side.strip() for line in lines("nested.txt") for side in line.split("<")}
    sides = {side for dyad in dyads() for side in (dyad.one, dyad.other) if side}
    assert nested - known == {"city:gaza"} - known
    assert sides <= known
    assert {dyad.heat for dyad in dyads()} == {"hot", "cold", "alone", "nuclear"}


def test_words_drop_possessives_and_inner_stops() -> None:
    assert words("The U.S.’s and Iran's plans: N'Djamena") == ["The", "US", "and", "Iran", "plans", "NDjamena"]
