"""Numbers that tell one event from another are found and told apart by kind."""

import pytest

from brinkwatch.stories.numerals import numerals


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("EU agrees 13th sanctions package", {"ordinal:13:sanction", "ordinal:13:packag"}),
        ("thirteenth package", {"ordinal:13:packag"}),
        ("Twelve dead, 1,359 hurt", {"count:12", "count:1359"}),
        ("6.0-magnitude quake", {"magnitude:6"}),
        ("Magnitude 6.1 earthquake", {"magnitude:6.1"}),
        ("Inflation at 5.1 per cent", {"share:5.1"}),
        ("Shares fall 4% on Friday", {"share:4", "weekday:fri"}),
        ("Summit on 27 January", {"date:1-27"}),
        ("Summit on January 27", {"date:1-27"}),
        ("A $2.5bn deal", {"count:2500000000"}),
        ("Treaty of 1987", {"year:1987"}),
        ("United win 2-0", set()),
        ("no numbers here", set()),
    ],
)
def test_numbers_have_a_kind(text: str, expected: set[str]) -> None:
    assert numerals(text) == expected
