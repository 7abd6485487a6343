"""Answers /healthz, /readyz and /metrics over HTTP. Knows no stage: it is given what to say.

Nothing here asks for a password, so it listens on loopback unless the configuration says another address.
"""

import asyncio
import errno
import os
from collections.abc import AsyncIterator, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass
from ipaddress import ip_address

import structlog
from aiohttp import web
from prometheus_client import CollectorRegistry
from prometheus_client.exposition import choose_encoder

OFF = "off"
THREADS = 2
log = structlog.get_logger(__name__)


class ListenError(Exception):
    """The address cannot be listened at; the text says why and what mends it."""


@dataclass(frozen=True, slots=True)
class Answers:
    """What is said. `dead` and `unready` give reasons, none when all is well. `dead` must not block; `unready` and the
    registry may, as they ask the store."""

    dead: Callable[[], Sequence[str]]
    unready: Callable[[], Sequence[str]]
    registry: CollectorRegistry


@asynccontextmanager
async def served(listen: str, answers: Answers) -> AsyncIterator[int | None]:
    """Answer inside the `with` block; gives the port, None where it is off. Raises ListenError."""
    if listen == OFF:
        yield None
        return
    host, _, port = listen.rpartition(":")
    host = host.strip("[]")
    if host != "localhost" and not ip_address(host).is_loopback:
        log.warning("health and metrics can be read from other machines, without a password", listen=listen)
    # Threads of its own: however long the store takes, none of the daemon's is taken up.
    threads = ThreadPoolExecutor(THREADS, thread_name_prefix="ops")
    runner = web.AppRunner(_app(answers, threads), access_log=None, shutdown_timeout=0.5)
    await runner.setup()
    try:
        await web.TCPSite(runner, host, int(port)).start()
    except OSError as error:
        await runner.cleanup()
        # asyncio writes the address into the message of the error it raises.
        why = os.strerror(error.errno) if error.errno else str(error)
        in_use = error.errno == errno.EADDRINUSE
        mend = (
            "another program listens there: set `ops.listen` to a free port, or to off"
            if in_use
            else "set `ops.listen`"
        )
        raise ListenError(f"health and metrics cannot be served at {listen}: {why}; {mend}") from None
    try:
        log.info("health and metrics", listen=listen)
        yield int(port)
    finally:
        await runner.cleanup()
        threads.shutdown(wait=False, cancel_futures=True)


def _app(answers: Answers, threads: ThreadPoolExecutor) -> web.Application:
    loop = asyncio.get_running_loop()

    async def health(_: web.Request) -> web.Response:
        return _verdict("alive", answers.dead())

    async def ready(_: web.Request) -> web.Response:
        return _verdict("ready", await loop.run_in_executor(threads, answers.unready))

    async def metrics(request: web.Request) -> web.Response:
        encode, content_type = choose_encoder(request.headers.get("Accept", ""))
        body = await loop.run_in_executor(threads, encode, answers.registry)
        return web.Response(body=body, headers={"Content-Type": content_type})

    app = web.Application(client_max_size=1024)
    app.add_routes([web.get("/healthz", health), web.get("/readyz", ready), web.get("/metrics", metrics)])
    return app


def _verdict(word: str, reasons: Sequence[str]) -> web.Response:
    return web.json_response({word: not reasons, "reasons": list(reasons)}, status=503 if reasons else 200)
