"""Moves all thresholds of a configuration together, for a look at what others would do. Pure."""

from collections.abc import Mapping

from brinkwatch.config.alerting import Branch
from brinkwatch.config.block import Thresholds
from brinkwatch.config.settings import Settings
from brinkwatch.signals.catalogue import SIGNALS, Signal

STEPS = (-60, -45, -30, -15, 0, 15, 30, 45, 60)
"""Percent of the way to 0 (below) or to 1 (above). At 0 stands the configuration itself."""
DIGITS = 3


def moved(threshold: float, percent: int) -> float:
    """A threshold moved by so much of its way to 1, or to 0 where `percent` is below 0; to three digits."""
    share = percent / 100
    way = 1 - threshold if share > 0 else threshold
    return round(threshold + share * way, DIGITS) if percent else threshold


def shifted(settings: Settings, model: Mapping[Signal, float], percent: int) -> Settings:
    """The settings with every threshold moved: the global ones, and what feeds and routes set for themselves.

    `model` are the classifier's own, which the global thresholds then name one by one.
    """
    if not percent:
        return settings
    return settings.model_copy(
        update={
            "thresholds": everywhere(settings.thresholds, model, percent),
            "feeds": tuple(
                feed.model_copy(update={"thresholds": _shifted(feed.thresholds, percent)}) for feed in settings.feeds
            ),
            "routes": tuple(_branch(route, percent) for route in settings.routes),
        }
    )


def everywhere(thresholds: Thresholds, model: Mapping[Signal, float], percent: int) -> Thresholds:
    """The global thresholds moved; one number stays one number."""
    if thresholds.default is not None and not thresholds.signals:
        return _shifted(thresholds, percent)
    own = thresholds.resolve(dict(model))
    return Thresholds(default=None, signals={signal: moved(own[signal], percent) for signal in SIGNALS})


def own_thresholds(settings: Settings) -> bool:
    """Whether a feed or a route has thresholds of its own."""
    return any(feed.thresholds != Thresholds() for feed in settings.feeds) or any(map(_says, settings.routes))


def _says(branch: Branch) -> bool:
    return branch.thresholds != Thresholds() or any(map(_says, branch.routes))


def _branch(branch: Branch, percent: int) -> Branch:
    below = tuple(_branch(one, percent) for one in branch.routes)
    return branch.model_copy(update={"thresholds": _shifted(branch.thresholds, percent), "routes": below})


def _shifted(thresholds: Thresholds, percent: int) -> Thresholds:
    return Thresholds(
        default=None if thresholds.default is None else moved(thresholds.default, percent),
        signals={signal: moved(limit, percent) for signal, limit in thresholds.signals.items()},
    )
