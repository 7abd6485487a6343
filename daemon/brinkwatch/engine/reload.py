"""Takes up a changed configuration: read, validate, compare, exchange. What is invalid changes nothing.

Knows neither signals nor the file's format: what reads, and what renews the secrets, is given.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path

import structlog

from brinkwatch.config.compare import Change, compare
from brinkwatch.config.problem import ConfigError
from brinkwatch.config.secrets import credential_file
from brinkwatch.config.settings import Settings
from brinkwatch.config.watch import Marks, Watch, marks
from brinkwatch.engine.daemon import Daemon
from brinkwatch.ops.logging import configure
from brinkwatch.signals.classifier import Classifier, ModelError
from brinkwatch.signals.load import load_classifier
from brinkwatch.store.database import UNAVAILABLE

LOOK_SECONDS = 2.0
log = structlog.get_logger(__name__)


@dataclass(slots=True)
class Reloads:
    """How often the configuration was read again, and how the last time ended (None: not yet)."""

    succeeded: int = 0
    refused: int = 0
    last_succeeded: bool | None = None
    last_success_at: datetime | None = None


class Reloader:
    """`read` gives the settings or raises ConfigError; `renew` gives the open receivers the secrets as they are now,
    and returns which blocks need a restart for that. `config` is the file, None: there is none to look at; `since` are
    the marks it had when it was first read."""

    def __init__(
        self,
        daemon: Daemon,
        config: Path | None,
        read: Callable[[], Settings],
        renew: Callable[[Settings], list[str]],
        since: Marks | None = None,
    ) -> None:
        self.daemon = daemon
        self.config = config
        self.counts = Reloads()
        self._read = read
        self._renew = renew
        now = {**marks(self._files()), **(since or {})}
        self._watch = Watch(now, now)
        self._wanted = False
        self._work: asyncio.Task[None] | None = None

    def ask(self) -> None:
        """Reload soon; from a signal handler. Asked several times before it begins, it is done once."""
        self._wanted = True
        if self._work is None or self._work.done():
            self._work = asyncio.create_task(self._until_done(), name="reload")

    async def look(self) -> None:
        """Reload if a file has changed and is left alone."""
        self._watch, due = self._watch.look(marks(self._files()))
        if due:
            self.ask()

    async def _until_done(self) -> None:
        await self.daemon.started.wait()
        while self._wanted:
            self._wanted = False
            self.daemon.notifier.reloading()
            try:
                await self._reload()
            except Exception:
                self._count(done=False)
                log.critical("reload failed unexpectedly, the old configuration stays", exc_info=True)
            finally:
                self.daemon.notifier.ready()

    async def _reload(self) -> None:
        # Marked before it is read: what is written meanwhile differs from these marks and is seen by the next look.
        found = marks(self._files())
        try:
            # In a thread: a file of hundreds of feeds takes a second.
            new = await asyncio.to_thread(self._read)
            change = compare(self.daemon.engine.settings, new)
            model = await self._model(change.settings)
        except (ConfigError, ModelError) as error:
            self._refuse(str(error), found)
            return
        try:
            self.daemon.apply(change.settings, model)
        except UNAVAILABLE as error:
            # Nothing is wrong with the file: the next look tries again, and says nothing more.
            if self.counts.last_succeeded is not False:
                log.error("reload put off: the store cannot be written", error=type(error).__name__)
            self._count(done=False)
            return
        configure(new)
        restart = [*change.restart, *self._renew(change.settings)]
        # The new settings may name other files.
        self._watch = self._watch.read({path: found.get(path, now) for path, now in marks(self._files()).items()})
        self._count(done=True)
        _tell(change, restart)

    async def _model(self, settings: Settings) -> Classifier | None:
        """The classifier, if another one is wanted. Raises ModelError."""
        if settings.classifier == self.daemon.engine.settings.classifier:
            return None
        return await asyncio.to_thread(load_classifier, settings.classifier)

    def _refuse(self, problems: str, found: Marks) -> None:
        self._watch = self._watch.read(found)
        self._count(done=False)
        self.daemon.engine.refuse(problems)
        log.error("reload refused, the old configuration stays", problems=problems)
        mark = sha256(f"{sorted(found.items())}{problems}".encode()).hexdigest()[:16]
        self.daemon.engine.tell_configuration(problems, mark)

    def _count(self, *, done: bool) -> None:
        self.counts.last_succeeded = done
        if done:
            self.counts.succeeded += 1
            self.counts.last_success_at = self.daemon.engine.clock()
        else:
            self.daemon.engine.metrics.refused()
            self.counts.refused += 1

    def _files(self) -> list[Path]:
        """The configuration and the secrets that are read once: a feed's login is read at each visit anyway."""
        settings = self.daemon.engine.settings
        named = (self.config, settings.slack.token_file, settings.webhook.secret_file, credential_file())
        return [path for path in named if path is not None]


def _tell(change: Change, restart: list[str]) -> None:
    what = {
        "changed": list(change.changed), "feeds_added": len(change.added), "feeds_removed": len(change.removed),
        "feeds_changed": len(change.altered),
    }  # fmt: skip
    if restart:
        log.warning("reloaded, but some of it needs a restart", needs_restart=restart, **what)
    else:
        log.info("reloaded", **what)
