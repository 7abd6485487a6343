"""`brinkwatch run`: the daemon as a process. Signals in, exit code out."""

import asyncio
import logging
import os
import signal
from functools import partial
from pathlib import Path

from brinkwatch.app import build, renew, watched
from brinkwatch.config.load import load
from brinkwatch.config.settings import Settings
from brinkwatch.config.watch import Marks, marks
from brinkwatch.engine.reload import LOOK_SECONDS, Reloader
from brinkwatch.ops.logging import configure
from brinkwatch.ops.memory import few_arenas
from brinkwatch.ops.notify import Notifier


def run(config: Path | None) -> None:
    """Run until SIGTERM or SIGINT. Raises ConfigError, ModelError or StoreError before anything was polled."""
    since = marks([config] if config else [])
    settings = load(config)
    configure(settings)
    few_arenas()
    asyncio.run(_serve(settings, config, since))


async def _serve(settings: Settings, config: Path | None, since: Marks) -> None:
    stop = asyncio.Event()
    daemon = build(settings, notifier=Notifier.from_environment())
    reloader = Reloader(daemon, config, partial(load, config), partial(renew, daemon.engine.outbox.receivers), since)
    daemon.every(LOOK_SECONDS, reloader.look, "configuration")
    loop = asyncio.get_running_loop()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, stop.set)
    loop.add_signal_handler(signal.SIGHUP, reloader.ask)
    async with watched(daemon):
        await daemon.run(stop)
    if daemon.engine.thinking:
        # The interpreter would wait for the thread, which nothing can stop. Its work is unfinished in the store.
        logging.shutdown()
        os._exit(0)
