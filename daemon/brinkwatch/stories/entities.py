"""Finds the states, people, armed groups, bodies and places that a text names. Reads the gazetteer, nothing else.

Identities are `kind:name`: `state:ua`, `city:kharkiv`, `place:crimea`, `area:us-texas`, `person:putin`, `group:hamas`,
`org:nato`. A city, a leader and a group imply their state as well. A capital stands for its state alone unless the text
puts something there ("in Moscow", "Kyiv blast"): "Moscow says" is no place.
"""

from dataclasses import dataclass
from functools import lru_cache

from brinkwatch.stories.gazetteer import Name, gazetteer, plain, word_set, words
from brinkwatch.stories.wordstock import TITLES_KEPT

PLACES = ("city:", "place:", "area:")

# What comes before a name that is a place where something happens.
_BEFORE = word_set(
    "in at near off outside inside around across throughout over above on hits hit strikes strike struck rocks rock",
    "rocked jolts jolt rattles shakes shook pounds pound shells shelled bombs bombed batters lashes devastates reaches",
    "leaves left enters captures seizes retakes recaptures besieges storms floods visits blasts",
)
# What comes after it.
_AFTER = word_set(
    "blast blasts explosion explosions strike strikes attack attacks airport hospital hotel station metro subway",
    "region province suburb suburbs protest protests rally siege airstrike airstrikes bombing bombings shelling raid",
    "quake earthquake fire fires flood floods crash shooting port market mosque church embassy bridge prison school",
    "raids drone drones power apartment building clashes riots summit oblast district depot plant refinery factory",
    "base airbase barracks university court theatre stadium neighbourhood neighborhood bus train rail railway",
    "talks meeting conference",
)
_DIRECTIONS = word_set(
    "north south east west northern southern eastern western central northeast northwest southeast southwest",
    "northeastern northwestern southeastern southwestern coastal downtown occupied annexed nw ne sw se besieged the",
)
# After "in US" these show that the name stands alone.
_LINKS = word_set("as after for to over amid and with by from on at in but says say since before while during of")


@dataclass(frozen=True, slots=True)
class Found:
    """`all`: every identity, implied ones too. `named`: without the implied ones. `loci`: where the text says that
    something happens."""

    all: frozenset[str]
    named: frozenset[str]
    loci: frozenset[str]


def _fits(name: Name, written: list[str], lower: list[str], start: int, *, uncased: bool) -> bool:
    end = start + len(name.key)
    if end > len(lower) or tuple(lower[start:end]) != name.key:
        return False
    if uncased:
        return "A" not in name.cased and len(name.key[0]) > 3
    for word, case in zip(written[start:end], name.cased, strict=True):
        if (case == "A" and not word.isupper()) or (case == "a" and not word[0].isupper()):
            return False
    return True


def _is_locus(name: Name, lower: list[str], start: int, end: int) -> bool:
    """Whether the words around say that something happens there; "in US drone strike" does not."""
    if name.adjective and end < len(lower) and lower[end] not in _LINKS:
        return False
    before = start - 1
    while before >= 0 and lower[before] in _DIRECTIONS:
        before -= 1
    return before >= 0 and lower[before] in _BEFORE


def find(text: str) -> Found:
    """What `text` names, by the longest name at each word."""
    written = words(text)
    lower = [plain(word) for word in written]
    uncased = text == text.lower()
    found: set[str] = set()
    named: set[str] = set()
    loci: set[str] = set()
    at, names = 0, gazetteer().names
    while at < len(lower):
        name = next((n for n in names.get(lower[at], ()) if _fits(n, written, lower, at, uncased=uncased)), None)
        if name is None:
            at += 1
            continue
        end = at + len(name.key)
        placed = _is_locus(name, lower, at, end)
        if name.capital:
            physical = placed or (end < len(lower) and lower[end] in _AFTER)
            found.update(name.ids if physical else name.ids[1:])
            named.add(name.ids[0] if physical else name.ids[1])
            loci.update(name.ids[:1] if physical else ())
        else:
            found.update(name.ids)
            first = name.ids[0]
            named.add(first)
            if first.startswith(PLACES) or (placed and first.startswith("state:")):
                loci.add(first)
        at = end
    return Found(frozenset(found), frozenset(named), frozenset(loci))


@lru_cache(maxsize=TITLES_KEPT)
def of_title(title: str) -> Found:
    """`find` for a title, which is compared again and again."""
    return find(title)


def lies_in(inner: str, outer: str) -> bool:
    """Whether one place is the other or lies in it."""
    return inner == outer or outer in gazetteer().inside.get(inner, ())
