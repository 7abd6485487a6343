"""Which threshold counts when several places name one."""

from brinkwatch.config.settings import Thresholds
from brinkwatch.signals.catalogue import Signal

MODEL = {Signal.TALKS: 0.5, Signal.BLOCKADE: 0.4}


def test_nothing_set_means_the_model_s_own() -> None:
    assert Thresholds().resolve(MODEL) == MODEL


def test_a_single_signal_beats_the_default_and_the_default_beats_the_model() -> None:
    said = Thresholds(default=0.7, signals={Signal.TALKS: 0.9})
    assert said.resolve(MODEL) == {Signal.TALKS: 0.9, Signal.BLOCKADE: 0.7}


def test_the_closer_word_wins_signal_by_signal() -> None:
    far = Thresholds(signals={Signal.TALKS: 0.9, Signal.BLOCKADE: 0.8})
    near = Thresholds(signals={Signal.TALKS: 0.6})
    assert near.over(far).resolve(MODEL) == {Signal.TALKS: 0.6, Signal.BLOCKADE: 0.8}


def test_a_closer_default_beats_a_single_signal_further_away() -> None:
    far = Thresholds(signals={Signal.TALKS: 0.9})
    assert Thresholds(default=0.3).over(far).resolve(MODEL) == {Signal.TALKS: 0.3, Signal.BLOCKADE: 0.3}
