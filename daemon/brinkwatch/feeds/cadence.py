"""Decides when a feed is next polled. Reads no clock and touches no network: everything comes as an argument."""

import hashlib
from collections.abc import Collection
from datetime import UTC, datetime, timedelta

HINT_CAP = timedelta(minutes=60)  # misconfigured servers ask for days; news must not wait for them
RETRY_AFTER_CAP = timedelta(hours=24)
SPREAD = timedelta(minutes=5)  # those that wait for the full hour do not come all at once
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def next_due(
    feed_id: str,
    now: datetime,
    *,
    interval: timedelta,
    min_interval: timedelta,
    max_backoff: timedelta,
    failures: int = 0,
    hint: timedelta | None = None,
    retry_after: timedelta | None = None,
    skip_hours: Collection[int] = (),
    skip_days: Collection[int] = (),
) -> datetime:
    """The moment of the next poll, always at least `min_interval` after `now`.

    `failures` counts polls that failed in a row, this one included; a feed is retried for ever, ever more slowly.
    `hint` is how long the server or the document says that it will not change (max-age, Expires, ttl, updatePeriod).
    `skip_hours` and `skip_days` (0 is Monday) are when the publisher asks for no visits, in UTC.
    """
    wait = max(interval, min_interval)  # what the configuration says, but never below the floor
    if hint is not None:
        wait = max(wait, min(hint, HINT_CAP))  # a server may ask for fewer visits, up to one an hour
    if failures > 1:
        wait = max(wait, _backoff(feed_id, wait, max_backoff, failures))  # what keeps failing is left alone for longer
    due = _on_grid(feed_id, now, wait)  # every feed has its own second, so that nothing fires together
    due = _passing_over(due, now, feed_id, skip_hours, skip_days)  # nothing is published then, says the publisher
    due = max(due, now + min_interval)  # two visits are never closer than the floor, whatever the grid says
    if retry_after is not None:
        due = max(due, now + min(retry_after, RETRY_AFTER_CAP))  # what a server asks for when it refuses is obeyed
    return due


def phase(feed_id: str, interval: timedelta) -> timedelta:
    """A feed's place within an interval: the same for ever, evenly spread over feeds."""
    return interval * _share(feed_id)


def _on_grid(feed_id: str, now: datetime, wait: timedelta) -> datetime:
    """The first of the feed's places in time at least half a wait away: a late poll does not make the next one late."""
    earliest = now + wait / 2 - EPOCH
    offset = phase(feed_id, wait)
    rounds = -(-(earliest - offset) // wait)
    return EPOCH + rounds * wait + offset


def _passing_over(
    due: datetime, now: datetime, feed_id: str, hours: Collection[int], days: Collection[int]
) -> datetime:
    """The end of the hours that the publisher passes over, but no later than a hint may delay a visit."""
    latest = now + HINT_CAP
    while due < latest and (due.astimezone(UTC).hour in hours or due.astimezone(UTC).weekday() in days):
        due = due.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1) + phase(feed_id, SPREAD)
        if due > latest:
            return latest
    return due


def _backoff(feed_id: str, wait: timedelta, longest: timedelta, failures: int) -> timedelta:
    """Doubles with each failure, up to `longest`; a fifth off, by feed and count, keeps an outage's victims apart."""
    doubled: timedelta = wait * (1 << min(failures - 1, 20))
    return min(doubled, max(longest, wait)) * (1 - 0.2 * _share(f"{feed_id}#{failures}"))


def _share(text: str) -> float:
    """A stable number in [0, 1) for a text."""
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=6).digest()) / 2**48
