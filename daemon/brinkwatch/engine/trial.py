"""Sends a test card through the real outbox and the real receivers, and reports what became of it.

The outbox has a store of its own in memory: the test neither waits behind what a daemon has to send nor disturbs it,
and what could not be sent is not sent later.
"""

import asyncio
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from brinkwatch.alerts.trial import WORDS, trial_card
from brinkwatch.config.alerting import Route
from brinkwatch.delivery.outbox import Outbox
from brinkwatch.delivery.receiver import Kind, Receiver
from brinkwatch.store import outbox
from brinkwatch.store.database import Database
from brinkwatch.store.outbox import State

PATIENCE = timedelta(seconds=30)


@dataclass(frozen=True, slots=True)
class Trial:
    """What became of one test card. `error` and `mend` say why it was not sent, and what a person can do."""

    route: str
    receiver: str
    channel: str
    state: State
    error: str | None
    mend: str | None


async def trial(
    routes: Sequence[Route],
    receivers: Mapping[str, Receiver],
    clock: Callable[[], datetime],
    patience: timedelta = PATIENCE,
) -> list[Trial]:
    """One card to each route by each receiver. Ends when each is sent, or would be tried only after `patience`.

    Closes the receivers.
    """
    database = Database.throwaway()
    sender = Outbox(database, receivers, clock)
    until = clock() + patience
    try:
        sent = {_put(database, route, receiver, clock()): route for route in routes for receiver in receivers}
        while (due := await sender.drain()) is not None and due <= until:  # noqa: ASYNC110 - the outbox says when
            await asyncio.sleep(max((due - clock()).total_seconds(), 0.01))
        with database.begin() as connection:
            rows = [(route, outbox.get(connection, number)) for number, route in sent.items()]
    finally:
        await sender.close()
        database.close()
    return [
        Trial(
            route.label, row.receiver, row.channel, State(row.state), row.error,
            receivers[row.receiver].mend(row.error) if row.error else None,
        )
        for route, row in rows
    ]  # fmt: skip


def _put(database: Database, route: Route, receiver: str, now: datetime) -> int:
    key = f"test:{secrets.token_hex(12)}"
    with database.begin() as connection:
        outbox.put(
            connection, key=key, decision=None, story=None, receiver=receiver, channel=route.channel,
            kind=Kind.POST.value, card=trial_card(route, now).to_json(), text=WORDS, next_attempt_at=now,
            created_at=now,
        )  # fmt: skip
        return outbox.unsettled(connection)[-1].id
