"""Thresholds moved together: in order, within 0 and 1, and those of feeds and routes as well."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brinkwatch.config.alerting import Branch, Route
from brinkwatch.config.block import Thresholds
from brinkwatch.config.settings import FeedSettings, Settings
from brinkwatch.engine.sweep import STEPS, moved, own_thresholds, shifted
from brinkwatch.signals.catalogue import SIGNALS, Signal

MODEL = {signal: 0.3 + number / 40 for number, signal in enumerate(SIGNALS)}


@given(st.floats(0, 1), st.lists(st.integers(-99, 99), min_size=2, max_size=2).map(sorted))
def test_a_larger_step_never_gives_a_lower_threshold(threshold: float, steps: list[int]) -> None:
    low, high = (moved(threshold, percent) for percent in steps)
    assert 0 <= low <= 1
    assert high >= low - 0.0005  # what is not moved is not rounded


def test_halfway_is_halfway() -> None:
    assert (moved(0.6, 50), moved(0.6, -50), moved(0.61234, 0)) == (0.8, 0.3, 0.61234)


def test_without_a_step_nothing_changes() -> None:
    settings = Settings(thresholds=Thresholds(signals={Signal.TALKS: 0.5}))
    assert shifted(settings, MODEL, 0) is settings
    assert 0 in STEPS


def test_one_number_stays_one_number() -> None:
    settings = shifted(Settings(thresholds=Thresholds(default=0.6)), MODEL, 50)
    assert settings.thresholds == Thresholds(default=0.8)


def test_the_models_own_are_named_one_by_one_and_mean_the_same_in_a_configuration() -> None:
    settings = shifted(Settings(thresholds=Thresholds(signals={Signal.TALKS: 0.5})), MODEL, 50)
    assert settings.thresholds.default is None
    assert set(settings.thresholds.signals) == set(SIGNALS)
    assert settings.thresholds.signals[Signal.TALKS] == 0.75
    first = SIGNALS[0]
    assert settings.thresholds.resolve(MODEL)[first] == pytest.approx(moved(MODEL[first], 50))


def test_thresholds_of_feeds_and_of_routes_under_routes_move_as_well() -> None:
    own = Thresholds(default=0.4, signals={Signal.TALKS: 0.6})
    below = Branch(name="below", thresholds=own)
    settings = Settings(
        feeds=(FeedSettings(id="wire", url="https://wire.example/rss", thresholds=own),),
        routes=(Route(channel="#alerts", routes=(below,)),),
    )
    found = shifted(settings, MODEL, 50)
    expected = Thresholds(default=0.7, signals={Signal.TALKS: 0.8})
    assert found.feeds[0].thresholds == expected
    assert found.routes[0].routes[0].thresholds == expected
    assert found.routes[0].thresholds == Thresholds()
    assert own_thresholds(settings)
    assert not own_thresholds(Settings())
