"""Gathers what `brinkwatch doctor` judges: asks the machine, the network, the store and the model. Judges nothing."""

import asyncio
import os
import stat
import time
from collections.abc import Mapping, Sequence
from datetime import timedelta
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit

from brinkwatch.config.settings import FeedSettings, Settings
from brinkwatch.feeds.guard import Resolver, allowed
from brinkwatch.items.item import ItemText
from brinkwatch.ops.doctor import FeedFacts, HostFacts, PathFacts

CREDENTIALS = Path("/run/credentials/brinkwatch.service")
"""Where systemd shows root the credentials of the running service."""
QUESTIONS_AT_ONCE = 32
NAME_SECONDS = 10
TRIAL = ItemText("Border talks were held", "Envoys of both states met for the first time in a year.")


def environment(env: Mapping[str, str] = os.environ, credentials: Path = CREDENTIALS) -> Mapping[str, str]:
    """The environment, with the service's credentials where there are none of one's own."""
    if "CREDENTIALS_DIRECTORY" not in env and os.access(credentials, os.R_OK):
        return {**env, "CREDENTIALS_DIRECTORY": str(credentials)}
    return env


def paths(settings: Settings, state: Path, config: Path | None) -> list[PathFacts]:
    """The state directory, the configuration, and every file that holds a secret."""
    found = [
        _path("state directory", state, writes=True),
        _path("database file", state / "brinkwatch.db", writes=True),
    ]
    if config is not None:
        found.append(_path("configuration file", config, secret=_holds_secrets(settings)))
    files = [("slack.token_file", settings.slack.token_file), ("webhook.secret_file", settings.webhook.secret_file)]
    files += [(f"auth_file of {feed.id}", feed.auth_file) for feed in settings.feeds]
    return found + [_path(what, file, secret=True) for what, file in files if file is not None]


def _holds_secrets(settings: Settings) -> bool:
    own = (
        settings.slack.token,
        settings.webhook.secret,
        settings.webhook.url,
        settings.heartbeat.url,
        settings.store.url,
    )
    return any(secret is not None for secret in (*own, settings.polling.proxy)) or any(
        feed.headers for feed in settings.feeds
    )


def _path(what: str, path: Path, *, secret: bool = False, writes: bool = False) -> PathFacts:
    try:
        status = path.stat()
    except FileNotFoundError:
        return PathFacts(what, str(path), None, secret)
    except OSError as error:
        return PathFacts(what, str(path), None, secret, error=error.strerror)
    # Root may write everywhere, which says nothing of the daemon's user.
    writable = os.access(path, os.W_OK) if writes and os.geteuid() != 0 else None
    return PathFacts(what, str(path), stat.S_IMODE(status.st_mode), secret, writable)


async def hosts(settings: Settings) -> list[HostFacts]:
    """Every host that feeds name, resolved as the daemon resolves it. Not those that a proxy resolves."""
    feeds: dict[str, list[FeedSettings]] = {}
    for feed in settings.feeds:
        host = urlsplit(feed.url).hostname
        if host and not feed.paused and (settings.polling.proxy is None or feed.allow_private):
            feeds.setdefault(host, []).append(feed)
    room = asyncio.Semaphore(QUESTIONS_AT_ONCE)
    resolver = Resolver()

    async def one(host: str, named_by: Sequence[FeedSettings]) -> HostFacts:
        try:
            async with room, asyncio.timeout(NAME_SECONDS):
                addresses = await _addresses(resolver, host)
        except TimeoutError:
            return HostFacts(host, f"no answer in {NAME_SECONDS} s")
        except OSError as error:
            return HostFacts(host, error.strerror or str(error))
        refused = [
            feed.id for feed in named_by
            if not any(allowed(address, allow_private=feed.allow_private) for address in addresses)
        ]  # fmt: skip
        return HostFacts(host, refused=refused)

    return list(await asyncio.gather(*(one(host, named_by) for host, named_by in sorted(feeds.items()))))


async def _addresses(resolver: Resolver, host: str) -> list[str]:
    try:
        return [str(ip_address(host))]
    except ValueError:
        return [result["host"] for result in await resolver.resolve(host)]


async def visits(settings: Settings) -> list[FeedFacts]:
    """One visit to each feed that is not paused."""
    from brinkwatch.feeds.check import check_feed
    from brinkwatch.feeds.fetch import Fetcher
    from brinkwatch.feeds.worker import ParseWorkers

    wanted = [feed for feed in settings.feeds if not feed.paused]
    workers = ParseWorkers()
    try:
        async with Fetcher(settings.polling) as fetcher:
            found = await asyncio.gather(*(check_feed(feed, fetcher, workers) for feed in wanted))
    finally:
        await workers.close()
    return [
        FeedFacts(
            feed.id, check.feed is not None, "; ".join((check.state, *check.problems)),
            tuple(suggestion for suggestion in check.suggestions if suggestion.startswith("the address has moved")),
        )
        for feed, check in zip(wanted, found, strict=True)
    ]  # fmt: skip


def disk(directory: Path) -> tuple[int, int | None]:
    """Bytes and files that may still be made in the nearest directory that is there. Raises OSError."""
    while not directory.exists():
        directory = directory.parent
    status = os.statvfs(directory)
    return status.f_bavail * status.f_frsize, status.f_favail if status.f_files else None


def model(settings: Settings) -> tuple[str | None, str | None, float]:
    """The classifier's name, or why it cannot be used, and the milliseconds in which it read one item."""
    from brinkwatch.signals.classifier import ModelError
    from brinkwatch.signals.load import load_classifier

    try:
        classifier = load_classifier(settings.classifier)
        began = time.perf_counter()
        classifier.assess([TRIAL], ["en"])
    except ModelError as error:
        return None, str(error), 0.0
    except Exception as error:  # noqa: BLE001 - whatever a model of the hub raises
        return None, f"it cannot read: {type(error).__name__}", 0.0
    return classifier.name, None, timedelta(seconds=time.perf_counter() - began) / timedelta(milliseconds=1)
