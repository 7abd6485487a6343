"""Says how everything stands as plain data, for `brinkwatch status`: of a running daemon, or of a store alone.

Changes nothing. Needs neither network nor models.
"""

import os
from collections import Counter
from datetime import datetime
from typing import TYPE_CHECKING, Any

from brinkwatch import __version__
from brinkwatch.alerts.card import rfc3339
from brinkwatch.config.settings import Settings
from brinkwatch.delivery.receiver import Kind
from brinkwatch.feeds.health import Health
from brinkwatch.ops.health import dead, unready
from brinkwatch.store import feeds, ledger, survey
from brinkwatch.store.database import UNREADABLE, Connection
from brinkwatch.store.trouble import words

if TYPE_CHECKING:
    from brinkwatch.engine.survey import Survey

ALERTS = (Kind.POST.value, Kind.REPLY.value)
PAUSED = "paused"


def now_doing(look: "Survey") -> dict[str, Any]:
    """All that is known of a running daemon; may be called from any thread."""
    engine, at = look.engine, look.engine.clock()
    facts = look.facts()
    answer: dict[str, Any] = {
        "version": __version__,
        "pid": os.getpid(),
        "started_at": rfc3339(look.started_at),
        "alive": not dead(facts),
        "reasons": unready(facts),
        "model": engine.pipeline.classifier.name,
        "receivers": sorted(engine.outbox.receivers),
        "config_loaded_at": rfc3339(engine.configured_at),
        "config_refused": engine.config_refused,
        "polling": engine.polling,
        "stages": {stage: round(age, 1) for stage, age in engine.progress.ages().items()},
    }
    try:
        with engine.database.read() as connection:
            checked = look.ledger(connection, at)
            return answer | stored(connection, engine.settings, at, checked.off, checked.at)
    except UNREADABLE as error:
        return answer | {"at": rfc3339(at), "store_error": words(error)}


def stored(connection: Connection, settings: Settings, at: datetime, off: int, checked_at: datetime) -> dict[str, Any]:
    """What the store knows. `off`, `checked_at`: what the last check of the ledger found."""
    poll, alert, outbox = survey.last_poll(connection), survey.last_alert(connection, ALERTS), survey.unsent(connection)
    return {
        "at": rfc3339(at),
        "feeds": by_state(connection, settings),
        "queue": survey.queue(connection),
        "outbox": dict(outbox.counts),
        "outbox_oldest_at": _moment(outbox.oldest),
        "stories_open": survey.open_stories(connection, at - settings.stories.window),
        "next_poll_at": _moment(survey.next_due(connection, [feed.id for feed in settings.feeds if not feed.paused])),
        "last_poll": {"feed": poll[0], "at": rfc3339(poll[1]), "status": poll[2]} if poll else None,
        "last_alert": {"at": rfc3339(alert.at), "channel": alert.channel, "text": alert.text} if alert else None,
        "ledger": {
            "outcomes": {outcome.value: number for outcome, number in ledger.totals(connection).items()},
            "unaccounted": off,
            "checked_at": rfc3339(checked_at),
        },
    }


def by_state(connection: Connection, settings: Settings) -> dict[str, int]:
    """How many configured feeds stand how; every state is there, also with none."""
    found = Counter(dict.fromkeys((*(state.value for state in Health), PAUSED), 0))
    health = feeds.health(connection)
    for feed in settings.feeds:
        found[PAUSED if feed.paused else health.get(feed.id, Health.NEW.value)] += 1
    return dict(found)


def _moment(at: datetime | None) -> str | None:
    return rfc3339(at) if at else None
