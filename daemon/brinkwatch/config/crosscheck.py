"""Finds what contradicts itself across a configuration: repeated names, feeds that are not there, odd pairs of times.

Works on the raw values, so that these mistakes are found together with all others; a value of a wrong type is passed
over here, since it is reported elsewhere. Pure.
"""

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any

from brinkwatch.config.duration import format_duration, parse_duration
from brinkwatch.config.problem import Location


def clashes(data: Mapping[str, Any]) -> Iterator[tuple[Location, str]]:
    """Each contradiction, as the place that should be mended and what is wrong there."""
    feeds, routes = _list(data, "feeds"), _list(data, "routes")
    ids = [_text(_get(feed, "id")) for feed in feeds]
    known = set(ids)
    for index in _repeated(ids):
        yield ("feeds", index, "id"), f"two feeds have the id `{ids[index]}`; each needs its own"
    labels = [_text(_get(route, "name")) or _text(_get(route, "channel")) for route in routes]
    for index in _repeated(labels):
        yield ("routes", index), f"two routes are called `{labels[index]}`; give each a `name` of its own"
    for index, route in enumerate(routes):
        for position, feed in enumerate(_list(route, "feeds")):
            if isinstance(feed, str) and feed not in known:
                yield ("routes", index, "feeds", position), f"`{feed}` is not the id of a feed under `feeds`"
    for block, shorter, longer in (
        ("stories", "cooling_after", "window"),
        ("polling", "connect_timeout", "timeout"),
        ("polling", "min_interval", "max_backoff"),
        ("polling", "min_interval", "max_interval"),
    ):
        short, long = (_duration(_get(_get(data, block), key)) for key in (shorter, longer))
        if short is not None and long is not None and short > long:
            text = f"{format_duration(short)} is longer than `{block}.{longer}`, which is {format_duration(long)}"
            yield (block, shorter), text
    webhook = _get(data, "webhook")
    if _get(webhook, "url") and not _get(webhook, "secret") and not _get(webhook, "secret_file"):
        yield ("webhook", "url"), "requests are signed: give `webhook.secret_file` or `webhook.secret` as well"
    classifier = _get(data, "classifier")
    if _get(classifier, "backend") == "transformers" and not _get(classifier, "model"):
        yield ("classifier", "backend"), "the backend `transformers` needs `classifier.model`: a hub id or a directory"


def _repeated(names: list[str | None]) -> list[int]:
    """The indexes of names that stood earlier in the list already."""
    seen: set[str] = set()
    repeats = []
    for index, name in enumerate(names):
        if name and name in seen:
            repeats.append(index)
        seen.add(name or "")
    return repeats


def _get(block: Any, key: str) -> Any:
    """A key of a raw block, or the field of a block that was built in code."""
    return block.get(key) if isinstance(block, Mapping) else getattr(block, key, None)


def _list(block: Any, key: str) -> list[Any]:
    value = _get(block, key)
    return list(value) if isinstance(value, (list, tuple)) else []


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None


def _duration(value: Any) -> timedelta | None:
    try:
        return parse_duration(value)
    except ValueError:
        return None
