"""Decides how grave a story is. Touches no clock, store or model.

The gravest signal counts with its probability; further signals, the parties and the number of publishers add to it.
What lies more than a day apart is not added up: a long war does not become critical by lasting.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from functools import cache

from brinkwatch.signals.catalogue import DE_ESCALATION, INFO, Signal
from brinkwatch.stories.gazetteer import lines
from brinkwatch.stories.story import Member, Story, Tier

ELEVATED_FROM = 4.75
CRITICAL_FROM = 10.0

ADDED_UP_WITHIN = timedelta(hours=24)
MOST_FURTHER_SIGNALS = 2
"""Of the signals beside the gravest, the surest count with their probability."""
CORROBORATED_BY = 3
CORROBORATION = 0.5

ALONE = 1.5
HOT_DYAD = 1.5
COLD_DYAD = 2.0
COLD_DYAD_ATTACK = 3.5
"""An attack between states that are not yet at war."""
SURE = 0.85
NUCLEAR_POWER = 1.0
ONE_SIDED_ATTACK = -1.5
"""An attack with nobody named on the other side is often a crime or an inner affair."""

_PARTIES = ("state:", "group:", "org:")
_BETWEEN = frozenset({Signal.ARMED_ATTACK, Signal.BLOCKADE})


@dataclass(frozen=True, slots=True)
class Dyad:
    """Two adversaries and how they stand, `hot` or `cold`; or one (`other` None), `alone` or a `nuclear` power."""

    heat: str
    one: str
    other: str | None

    def among(self, entities: frozenset[str]) -> bool:
        return self.one in entities and (self.other is None or self.other in entities)


@cache
def dyads() -> tuple[Dyad, ...]:
    """The flashpoints, from the gazetteer."""
    rows = ([field.strip() for field in line.split("|")] for line in lines("dyads.txt"))
    return tuple(Dyad(heat, one, other or None) for heat, one, other in rows)


def tier(story: Story) -> Tier:
    """How grave a story is at its gravest."""
    reports = sorted(story.reports, key=lambda member: member.published)
    gravest, first = Tier.WATCH, 0
    for last, member in enumerate(reports):
        while member.published - reports[first].published > ADDED_UP_WITHIN:
            first += 1
        gravest = max(gravest, _tier_of(reports[first : last + 1]))
    return gravest


def _tier_of(reports: Iterable[Member]) -> Tier:
    signals: dict[Signal, float] = {}
    entities: set[str] = set()
    families: set[str] = set()
    for member in reports:
        for signal, probability in member.signals.items():
            signals[signal] = max(probability, signals.get(signal, 0.0))
        entities |= member.entities
        families.add("(state media)" if member.state_affiliated else member.family)
    rising = {signal: p for signal, p in signals.items() if signal not in DE_ESCALATION}
    if not rising:
        return _easing(signals, frozenset(entities))
    points = gravity(rising, frozenset(entities))
    points += CORROBORATION if len(families) >= CORROBORATED_BY else 0.0
    if points >= CRITICAL_FROM:
        return Tier.CRITICAL
    return Tier.ELEVATED if points >= ELEVATED_FROM else Tier.WATCH


def _easing(signals: dict[Signal, float], entities: frozenset[str]) -> Tier:
    """What eases is only watched, unless adversaries stop fighting or pull back."""
    agreed = Signal.CEASEFIRE in signals or Signal.WITHDRAWAL in signals
    between = any(dyad.among(entities) for dyad in dyads() if dyad.other)
    return Tier.ELEVATED if agreed and between else Tier.WATCH


def gravity(rising: dict[Signal, float], entities: frozenset[str]) -> float:
    """Points for escalation signals among these parties; a signal that is barely flagged counts for half."""
    worth = {signal: INFO[signal].gravity * (0.5 + 0.5 * p) for signal, p in rising.items()}
    gravest = max(worth, key=lambda signal: worth[signal])
    further = sorted((p for signal, p in rising.items() if signal is not gravest), reverse=True)
    return worth[gravest] + sum(further[:MOST_FURTHER_SIGNALS]) + _parties(rising, entities)


def _parties(rising: dict[Signal, float], entities: frozenset[str]) -> float:
    heats = {dyad.heat for dyad in dyads() if dyad.among(entities)}
    if "hot" in heats:
        # Bystanders of a war are named with it; what happens is laid to those who fight.
        return HOT_DYAD
    if "cold" in heats:
        attacked = max((rising[signal] for signal in _BETWEEN if signal in rising), default=0.0)
        return COLD_DYAD_ATTACK if attacked >= SURE else COLD_DYAD
    if "alone" in heats:
        return ALONE
    named = [entity for entity in entities if entity.startswith(_PARTIES)]
    if len(named) < 2 and max(rising, key=lambda s: rising[s]) is Signal.ARMED_ATTACK:
        return ONE_SIDED_ATTACK
    return NUCLEAR_POWER if "nuclear" in heats else 0.0
