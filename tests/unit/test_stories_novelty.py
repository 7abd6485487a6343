"""How much a report adds to what was said."""

from brinkwatch.stories.novelty import adds
from brinkwatch.stories.wordstock import tokens

DRILLS = tokens("Borduria begins its biggest military drills around Klow")


def test_the_same_in_other_words_adds_little_and_another_act_much() -> None:
    again = adds("Military drills around Klow: Borduria begins biggest yet", [DRILLS])
    act = adds("Borduria launches ballistic missiles during drills around Klow", [DRILLS])
    assert again < 0.5
    assert act > 1.5


def test_what_any_earlier_report_said_is_known() -> None:
    title = "Borduria launches ballistic missiles"
    assert adds(title, [DRILLS, tokens("Ballistic missiles may be launched, experts say")]) == 0.0
    assert adds(title, []) > adds(title, [DRILLS])
