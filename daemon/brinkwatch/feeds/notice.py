"""Decides when people are told how a feed stands: once, and only when a change has lasted. Pure."""

from datetime import datetime, timedelta

from brinkwatch.feeds.health import Health, Standing

LASTING = timedelta(hours=1)
"""A server that is restarted, or a publisher's hour of trouble, is nobody's business."""
SOUND = frozenset({Health.NEW, Health.OK, Health.DEGRADED})


def notice(told: Health | None, standing: Standing, now: datetime) -> Health | None:
    """The state to tell of now; None: nothing, as it is known, or may pass. `told` is what was told last."""
    if not lasts(standing, now) or standing.health is told:
        return None
    if standing.health in SOUND:
        return standing.health if told is not None and told not in SOUND else None
    return standing.health


def lasts(standing: Standing, now: datetime) -> bool:
    """Whether the feed has stood so for a while."""
    return standing.since is not None and now - standing.since >= LASTING


def retired(standing: Standing, now: datetime) -> bool:
    """Whether the server has said for a while that the feed was withdrawn: it is visited once a day from then on."""
    return standing.health is Health.GONE and lasts(standing, now)
