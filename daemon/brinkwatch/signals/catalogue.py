"""The catalogue: the 18 signals of the codebook and the 15 PLOVER roots, in their fixed order."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

Direction = Literal["escalation", "de-escalation", "mixed", "none"]


class Signal(StrEnum):
    """One kind of event; codebook, version 2."""

    TROOP_BUILDUP = "troop_buildup"
    MOBILIZATION = "mobilization"
    SHOW_OF_FORCE = "show_of_force"
    INCURSION = "incursion"
    MILITARY_THREAT = "military_threat"
    ARMED_ATTACK = "armed_attack"
    NUCLEAR_SIGNAL = "nuclear_signal"
    SANCTIONS_THREAT = "sanctions_threat"
    SANCTIONS_IMPOSED = "sanctions_imposed"
    ARMS_TRANSFER = "arms_transfer"
    DIPLOMATIC_RUPTURE = "diplomatic_rupture"
    EVACUATION = "evacuation"
    BLOCKADE = "blockade"
    HYBRID_ATTACK = "hybrid_attack"
    TERRITORIAL_CLAIM = "territorial_claim"
    TALKS = "talks"
    CEASEFIRE = "ceasefire"
    WITHDRAWAL = "withdrawal"


DE_ESCALATION = frozenset({Signal.TALKS, Signal.CEASEFIRE, Signal.WITHDRAWAL})

SIGNALS: tuple[Signal, ...] = tuple(Signal)

# The 15 roots that PLOVER (2021) sentences are labelled with in PLV; the second head of the shipped model.
PLOVER_ROOTS: tuple[str, ...] = (
    "ACCUSE", "AGREE", "AID", "ASSAULT", "COERCE", "CONSULT", "COOPERATE", "MOBILIZE",
    "PROTEST", "REJECT", "REQUEST", "SANCTION", "SUPPORT", "THREATEN", "YIELD",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class SignalInfo:
    """What people are shown of a signal: a short name and how grave it is by itself (0 to 10)."""

    label: str
    gravity: int


INFO: dict[Signal, SignalInfo] = {
    Signal.TROOP_BUILDUP: SignalInfo("Troop build-up", 6),
    Signal.MOBILIZATION: SignalInfo("Mobilization", 7),
    Signal.SHOW_OF_FORCE: SignalInfo("Show of force", 4),
    Signal.INCURSION: SignalInfo("Incursion", 5),
    Signal.MILITARY_THREAT: SignalInfo("Military threat", 6),
    Signal.ARMED_ATTACK: SignalInfo("Armed attack", 7),
    Signal.NUCLEAR_SIGNAL: SignalInfo("Nuclear signal", 7),
    Signal.SANCTIONS_THREAT: SignalInfo("Sanctions threat", 4),
    Signal.SANCTIONS_IMPOSED: SignalInfo("Sanctions imposed", 4),
    Signal.ARMS_TRANSFER: SignalInfo("Arms transfer", 4),
    Signal.DIPLOMATIC_RUPTURE: SignalInfo("Diplomatic rupture", 4),
    Signal.EVACUATION: SignalInfo("Evacuation", 5),
    Signal.BLOCKADE: SignalInfo("Blockade", 6),
    Signal.HYBRID_ATTACK: SignalInfo("Hybrid attack", 4),
    Signal.TERRITORIAL_CLAIM: SignalInfo("Territorial claim", 5),
    Signal.TALKS: SignalInfo("Talks", 2),
    Signal.CEASEFIRE: SignalInfo("Ceasefire", 3),
    Signal.WITHDRAWAL: SignalInfo("Withdrawal", 3),
}


def direction_of(signals: "frozenset[Signal] | set[Signal] | tuple[Signal, ...] | list[Signal]") -> Direction:
    """Say which way a set of signals points."""
    easing = any(signal in DE_ESCALATION for signal in signals)
    rising = any(signal not in DE_ESCALATION for signal in signals)
    if easing and rising:
        return "mixed"
    if rising:
        return "escalation"
    return "de-escalation" if easing else "none"
