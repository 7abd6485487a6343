"""`brinkwatch run`: the daemon as a process. Signals in, exit code out."""

import asyncio
import logging
import os
import signal
from pathlib import Path

import structlog

from brinkwatch.app import build, watched
from brinkwatch.config.load import ConfigError, load
from brinkwatch.config.settings import Settings
from brinkwatch.engine.daemon import Daemon
from brinkwatch.ops.logging import configure
from brinkwatch.ops.notify import Notifier

log = structlog.get_logger(__name__)
# What a running process cannot change: the rest is applied at once.
NEEDS_RESTART = ("state_dir", "store", "classifier", "slack", "webhook", "logging", "polling")


def run(config: Path | None) -> None:
    """Run until SIGTERM or SIGINT. Raises ConfigError, ModelError or StoreError before anything was polled."""
    settings = load(config)
    configure(settings)
    asyncio.run(_serve(settings, config))


async def _serve(settings: Settings, config: Path | None) -> None:
    stop = asyncio.Event()
    daemon = build(settings, notifier=Notifier.from_environment())
    loop = asyncio.get_running_loop()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, stop.set)
    loop.add_signal_handler(signal.SIGHUP, lambda: reload(daemon, config))
    async with watched(daemon):
        await daemon.run(stop)
    if daemon.engine.thinking:
        # The interpreter would wait for the thread, which nothing can stop. Its work is unfinished in the store.
        logging.shutdown()
        os._exit(0)


def reload(daemon: Daemon, config: Path | None) -> None:
    """Read the file again. An invalid file changes nothing."""
    old = daemon.engine.settings
    try:
        new = load(config)
    except ConfigError as error:
        log.error("reload refused, the old configuration stays", problems=str(error))
        daemon.engine.refuse(str(error))
        return
    later = [name for name in NEEDS_RESTART if getattr(new, name) != getattr(old, name)]
    kept = new.model_copy(update={name: getattr(old, name) for name in later})
    daemon.apply(kept)
    if later:
        log.warning("reloaded, but some of it needs a restart", needs_restart=later)
    else:
        log.info("reloaded")
