"""An assessment as the answer of `brinkwatch classify`. Pure; every key is always there."""

from typing import Any

from brinkwatch.outcomes import Outcome
from brinkwatch.signals.assessment import Assessment
from brinkwatch.signals.calibration import DIGITS
from brinkwatch.signals.catalogue import PLOVER_ROOTS, SIGNALS


def answer(id_: str | int, assessment: Assessment) -> dict[str, Any]:
    """One line of the filter. Probabilities have six digits; PLOVER roots are upper case."""
    outcome = Outcome.ASSESSED if assessment.supported else Outcome.UNSUPPORTED_LANGUAGE
    return {
        "id": id_,
        "outcome": outcome.value,
        "signals": {signal.value: round(assessment.signals[signal], DIGITS) for signal in SIGNALS},
        "flagged": [signal.value for signal in assessment.flagged],
        "direction": assessment.direction,
        "plover": {root: round(assessment.plover[root], DIGITS) for root in PLOVER_ROOTS},
        "evidence": [
            {
                "sentence": evidence.sentence,
                "signal": evidence.signal.value,
                "probability": round(evidence.probability, DIGITS),
            }
            for evidence in assessment.evidence
        ],
        "language": assessment.language,
        "model": assessment.model,
    }
