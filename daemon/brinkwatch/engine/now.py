"""Says what a daemon is doing now, as plain data for `brinkwatch status`. Changes nothing."""

import os
from datetime import datetime
from typing import Any

from brinkwatch import __version__
from brinkwatch.alerts.card import rfc3339
from brinkwatch.config.settings import Settings
from brinkwatch.delivery.receiver import Kind
from brinkwatch.engine.survey import Survey
from brinkwatch.ops.health import dead, unready
from brinkwatch.store import feeds, ledger, survey
from brinkwatch.store.database import UNREADABLE

ALERTS = (Kind.POST.value, Kind.REPLY.value)


def now_doing(look: Survey) -> dict[str, Any]:
    """All that `brinkwatch status` shows of a running daemon; may be called from any thread."""
    engine, at = look.engine, look.engine.clock()
    facts = look.facts()
    answer: dict[str, Any] = {
        "version": __version__,
        "pid": os.getpid(),
        "at": rfc3339(at),
        "started_at": rfc3339(look.started_at),
        "alive": not dead(facts),
        "reasons": unready(facts),
        "model": engine.pipeline.classifier.name,
        "receivers": sorted(engine.outbox.receivers),
        "config_loaded_at": _moment(engine.configured_at),
        "config_refused": engine.config_refused,
        "polling": engine.polling,
        "stages": {stage: round(age, 1) for stage, age in engine.progress.ages().items()},
    }
    try:
        return answer | stored(look, engine.settings, at)
    except UNREADABLE as error:
        return answer | {"store_error": type(error).__name__}


def stored(look: Survey, settings: Settings, at: datetime) -> dict[str, Any]:
    """The part that the store knows. Raises what the store raises."""
    with look.engine.database.reading() as connection:
        poll, alert = survey.last_poll(connection), survey.last_alert(connection, ALERTS)
        outbox = survey.outbox_state(connection, look.engine.outbox.receivers)
        totals, checked = ledger.totals(connection), look.ledger(connection, at)
        return {
            "feeds": look.feeds(connection),
            "queue": survey.queue(connection),
            "outbox": dict(outbox.counts),
            "outbox_oldest_at": _moment(outbox.oldest),
            "stories_open": survey.open_stories(connection, at - settings.stories.window),
            "next_poll_at": _moment(feeds.next_due(connection)),
            "last_poll": {"feed": poll[0], "at": rfc3339(poll[1]), "status": poll[2]} if poll else None,
            "last_alert": {"at": rfc3339(alert.at), "channel": alert.channel, "text": alert.text} if alert else None,
            "ledger": {
                "outcomes": {outcome.value: number for outcome, number in totals.items()},
                "unaccounted": checked.off,
                "checked_at": rfc3339(checked.at),
            },
        }


def _moment(at: datetime | None) -> str | None:
    return rfc3339(at) if at else None
