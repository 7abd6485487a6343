"""Shows the model the same labelled item in other clothes: without its summary, in capitals, with a publisher's tail,
between other countries. Labels stay as they are. Pure, given a random generator."""

import random
import re

TAILS = (" - BBC News", " | Reuters", " - The Harbour Gazette", " — live", " - CNN", " | AP News", " - Al Jazeera",
         " | World News", " - Times of India", " - Xinhua", " - TASS", " - DW", " - France 24")  # fmt: skip
HEADS = ("BREAKING: ", "Live: ", "Update: ", "WATCH: ", "Exclusive: ", "UPDATE 1-", "Live updates: ")

# (country, people or language, capital, leader): swapped as a whole, so that a sentence stays true to itself.
STATES = (
    ("Russia", "Russian", "Moscow", "Putin"), ("China", "Chinese", "Beijing", "Xi"),
    ("Iran", "Iranian", "Tehran", "Khamenei"), ("North Korea", "North Korean", "Pyongyang", "Kim"),
    ("Turkey", "Turkish", "Ankara", "Erdogan"), ("Pakistan", "Pakistani", "Islamabad", "Sharif"),
    ("Serbia", "Serbian", "Belgrade", "Vucic"), ("Azerbaijan", "Azerbaijani", "Baku", "Aliyev"),
    ("Ethiopia", "Ethiopian", "Addis Ababa", "Abiy"), ("Algeria", "Algerian", "Algiers", "Tebboune"),
    ("Venezuela", "Venezuelan", "Caracas", "Maduro"), ("Rwanda", "Rwandan", "Kigali", "Kagame"),
)  # fmt: skip
TARGETS = (
    ("Ukraine", "Ukrainian", "Kyiv", "Zelensky"), ("Taiwan", "Taiwanese", "Taipei", "Tsai"),
    ("Israel", "Israeli", "Jerusalem", "Netanyahu"), ("South Korea", "South Korean", "Seoul", "Yoon"),
    ("Greece", "Greek", "Athens", "Mitsotakis"), ("India", "Indian", "Delhi", "Modi"),
    ("Kosovo", "Kosovan", "Pristina", "Kurti"), ("Armenia", "Armenian", "Yerevan", "Pashinyan"),
    ("Eritrea", "Eritrean", "Asmara", "Isaias"), ("Morocco", "Moroccan", "Rabat", "Akhannouch"),
    ("Guyana", "Guyanese", "Georgetown", "Ali"), ("Moldova", "Moldovan", "Chisinau", "Sandu"),
)  # fmt: skip


def augment(title: str, summary: str, chance: random.Random) -> tuple[str, str]:
    """The item as another outlet, about other states, might have carried it."""
    if chance.random() < 0.25:
        title, summary = swap_states(title, summary, chance)
    if summary and chance.random() < 0.3:
        summary = ""
    if chance.random() < 0.06:
        title += chance.choice(TAILS)
    if chance.random() < 0.04:
        title = chance.choice(HEADS) + title
    if chance.random() < 0.03:
        title = title.rstrip(".?!")
    return title, summary


def swap_states(title: str, summary: str, chance: random.Random) -> tuple[str, str]:
    """Every state of the text becomes another of its side, everywhere alike."""
    mapping: dict[str, str] = {}
    for side in (STATES, TARGETS):
        others = chance.sample(side, len(side))
        for state, other in zip(side, others, strict=True):
            mapping.update(zip(state, other, strict=True))
    names = sorted(mapping, key=len, reverse=True)
    pattern = re.compile(r"\b(" + "|".join(map(re.escape, names)) + r")\b")
    return tuple(pattern.sub(lambda found: mapping[found[1]], text) for text in (title, summary))  # type: ignore[return-value]
