"""What a foreign model's labels mean here, and the hypotheses that stand for signals before an NLI model. Pure."""

import re
from collections.abc import Iterable, Mapping

from brinkwatch.signals.catalogue import PLOVER_ROOTS, Signal
from brinkwatch.signals.classifier import ModelError

_REPORTS = {
    Signal.TROOP_BUILDUP: "that troops, ships, aircraft or heavy weapons are moved towards an adversary or a border",
    Signal.MOBILIZATION: "that a country calls up reservists or declares martial law because of an outside threat",
    Signal.SHOW_OF_FORCE: "a military exercise, patrol, weapons test or parade meant to be seen by an adversary",
    Signal.INCURSION: "that a foreign ship, aircraft, drone or soldier violated a border or was intercepted",
    Signal.MILITARY_THREAT: "that a state or armed group threatens to use force, or that an attack is imminent",
    Signal.ARMED_ATTACK: "a military attack, an air strike, shelling or fighting in a war between states",
    Signal.NUCLEAR_SIGNAL: "a nuclear threat, a nuclear test, uranium enrichment or a ballistic missile test",
    Signal.SANCTIONS_THREAT: "that sanctions against a country are threatened or prepared, but not yet in force",
    Signal.SANCTIONS_IMPOSED: "that sanctions or an embargo against a country are imposed or in force",
    Signal.ARMS_TRANSFER: "that weapons or military aid are promised or delivered to a country at war",
    Signal.DIPLOMATIC_RUPTURE: "that diplomats are expelled, an ambassador is recalled, or talks are broken off",
    Signal.EVACUATION: "that embassy staff, foreigners or civilians are evacuated because of war or the fear of it",
    Signal.BLOCKADE: "a blockade, a siege, or that ports, straits or airspace are closed",
    Signal.HYBRID_ATTACK: "a cyber-attack, sabotage, assassination or disinformation blamed on a foreign state",
    Signal.TERRITORIAL_CLAIM: "an annexation, a claim to territory, or the recognition of a breakaway region",
    Signal.TALKS: "that adversaries are talking or agree to talk about their dispute",
    Signal.CEASEFIRE: "a ceasefire, a truce, a peace agreement or an exchange of prisoners",
    Signal.WITHDRAWAL: "that troops are withdrawn, sanctions are lifted, or a threat is taken back",
}
HYPOTHESES = {signal: f"This news reports {what}." for signal, what in _REPORTS.items()}


def is_nli(labels: Iterable[str]) -> bool:
    """Whether a model tells entailment from contradiction, and so can judge hypotheses."""
    return any(label.lower().startswith("entail") for label in labels)


def signals_of(labels: Iterable[str], configured: Mapping[str, Signal]) -> dict[str, Signal]:
    """The signal of each label that means one: as configured, else labels that are named like a signal.

    Raises ModelError, naming the model's labels, if none fits or a configured one does not exist.
    """
    labels = list(labels)
    shown = ", ".join(sorted(labels)[:40]) + (", …" if len(labels) > 40 else "")
    if unknown := sorted(set(configured) - set(labels)):
        raise ModelError(f"classifier.labels names {unknown[0]!r}, which the model does not have; it has: {shown}")
    if configured:
        return dict(configured)
    by_name = {signal.value: signal for signal in Signal}
    found = {label: by_name[name] for label in labels if (name := _plain(label)) in by_name}
    if not found:
        raise ModelError(
            f"none of the model's labels is a signal; say under classifier.labels what they mean. It has: {shown}"
        )
    return found


def roots_of(labels: Iterable[str]) -> dict[str, str]:
    """The PLOVER root of each label that is named like one."""
    return {label: root for label in labels if (root := _plain(label).upper()) in PLOVER_ROOTS}


def _plain(label: str) -> str:
    return re.sub(r"[^a-z]+", "_", label.lower()).strip("_")
