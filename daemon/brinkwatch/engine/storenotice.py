"""Tells operators of trouble with the store. Writes notices; what is wrong `storewatch` knows, and the log had at once.

A disk that runs short is told when it begins and when it is over. What keeps the store from being written keeps the
notice out of the outbox as well: that is told once it is over.
"""

from datetime import datetime

from brinkwatch.alerts import operators as words
from brinkwatch.config.settings import Settings
from brinkwatch.engine.notices import LASTING, OURS, Notices
from brinkwatch.engine.storewatch import Spell, StoreWatch
from brinkwatch.store import troubles
from brinkwatch.store.database import Connection
from brinkwatch.store.troubles import STORE, Trouble


class StoreNotice:
    """What was told of the store is kept in it, so that a restart tells nothing again."""

    def __init__(self, notices: Notices) -> None:
        self._notices = notices
        self._asked = False
        self._done: Spell | None = None
        """The last spell that needs nothing more."""

    def tell(self, settings: Settings, watch: StoreWatch, now: datetime) -> None:
        """Write what is new. May be called at any time and again; raises what the store raises, and loses nothing."""
        spell = watch.spell
        if self._asked and spell == self._done:
            return
        with self._notices.database.begin() as connection:
            done = self._write(connection, settings.operators.channel, watch, spell, now)
        self._asked = True
        if done:
            self._done = spell

    def _write(
        self, connection: Connection, channel: str | None, watch: StoreWatch, spell: Spell | None, now: datetime
    ) -> bool:
        told = troubles.of_store(connection)
        if watch.trouble is not None and spell is not None:
            if watch.short and told is None and now - spell.since >= LASTING:
                troubles.begin(connection, Trouble(STORE, "", False, spell.since, now))
                text = words.store_short(watch.trouble, spell.since)
                self._notices.put(connection, channel, f"{OURS}store:{spell.since.isoformat()}", text, now)
            return False
        since, until = (spell.since, spell.until or now) if spell else (now, now)
        if told is not None:
            troubles.end(connection, told)
            since, text = told.since, words.store_over(told.since, until)
        elif spell is not None and until - since >= LASTING:
            text = words.store_was(spell.what, since, until)
        else:
            return True
        key = f"{OURS}store-over:{since.isoformat()}"
        self._notices.put(connection, channel, key, text, now, routine=told is not None)
        return True
