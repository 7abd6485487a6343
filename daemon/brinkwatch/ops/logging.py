"""Sets up logging, once per process: JSON with fields to the journal, JSON lines on standard error, or readable lines
on a terminal.

Every logger goes through it, third-party ones included. What comes from feeds cannot act on a terminal, and known
secrets are replaced, whoever logs them. Touches no file.
"""

import logging
import sys
from collections.abc import Iterable
from contextlib import AbstractContextManager
from typing import TextIO
from urllib.parse import unquote, urlsplit

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from brinkwatch.config.settings import Settings
from brinkwatch.ops.journal import JournalHandler, connected
from brinkwatch.ops.logtext import Redactor, escape_values

# Talkative at `info`, or telling in their own words what the daemon logs itself.
_QUIETER = (
    "aiohttp.access",
    "alembic",
    "apscheduler",
    "asyncio",
    "filelock",
    "httpx",
    "huggingface_hub",
    "slack_sdk",
    "transformers",
    "urllib3",
)
_redactor = Redactor()


def configure(settings: Settings | None = None, *, secrets: Iterable[str] = (), stream: TextIO | None = None) -> None:
    """Set up logging as `settings` say (None: the defaults); may be called again. `stream`: standard error.

    The secrets of the settings and `secrets` are never logged from here on; `hide` adds more later.
    """
    settings = settings or Settings()
    stream = stream or sys.stderr
    for secret in (*_secrets(settings), *secrets):
        hide(secret)
    wanted = settings.logging.format
    readable = wanted == "console" or (wanted == "auto" and stream.isatty())
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.stdlib.PositionalArgumentsFormatter(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
        structlog.processors.format_exc_info,
        _redactor,
        escape_values,
    ]
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
    renderer: Processor = (
        structlog.dev.ConsoleRenderer(colors=stream.isatty(), pad_event_to=0)
        if readable
        else structlog.processors.JSONRenderer(ensure_ascii=False)
    )
    handler = JournalHandler(otherwise=stream) if connected(stream) else logging.StreamHandler(stream)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[structlog.stdlib.ExtraAdder(), *shared],
            processors=[_keep_fields, structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    level = logging.getLevelNamesMapping()[settings.logging.level.upper()]
    root = logging.getLogger()
    former, root.handlers = root.handlers, [handler]
    for old in former:
        if isinstance(old, JournalHandler):
            old.close()
    root.setLevel(level)
    for name in _QUIETER:
        logging.getLogger(name).setLevel(max(level, logging.WARNING) if level > logging.DEBUG else level)
    logging.captureWarnings(True)


def _keep_fields(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Leave the event, which is safe to show by now, where the journal's handler finds it."""
    event.pop("_fields", None)
    kept = getattr(event["_record"], "_fields", None)
    if kept is not None:
        kept.update((key, value) for key, value in event.items() if not key.startswith("_"))
    return event


def _secrets(settings: Settings) -> Iterable[str]:
    """What is secret in the settings: tokens, headers and addresses, and the passwords inside those."""
    if settings.slack.token is not None:
        yield settings.slack.token.get_secret_value()
    for secret in (settings.heartbeat.url, settings.webhook.url, settings.webhook.secret):
        if secret is not None:
            yield secret.get_secret_value()
    for feed in settings.feeds:
        yield from (value.get_secret_value() for value in feed.headers.values())
    for address in (settings.store.url, settings.polling.proxy):
        if address is None:
            continue
        url = address.get_secret_value()
        yield url
        try:
            password = urlsplit(url).password
        except ValueError:
            password = None
        if password:
            yield from {password, unquote(password)}


def hide(secret: str) -> None:
    """From now on this text is never logged, by anybody."""
    _redactor.add(secret)


def bind(**context: str | int | None) -> AbstractContextManager[None]:
    """Add `feed`, `item`, `story` or others to every line logged inside the `with` block, in this task."""
    return structlog.contextvars.bound_contextvars(**context)
