"""Finds what contradicts itself across a configuration: repeated names, feeds that are not there, odd pairs of times.

Works on the raw values, so that these mistakes are found together with all others; a value of a wrong type is passed
over here, since it is reported elsewhere. Pure.
"""

from collections.abc import Collection, Iterator, Mapping
from datetime import timedelta
from typing import Any

from brinkwatch.config.duration import format_duration, parse_duration
from brinkwatch.config.problem import Location

TIERS = ("watch", "elevated", "critical")


def clashes(data: Mapping[str, Any]) -> Iterator[tuple[Location, str]]:
    """Each contradiction, as the place that should be mended and what is wrong there."""
    feeds, routes = _list(data, "feeds"), _list(data, "routes")
    ids = [_text(_get(feed, "id")) for feed in feeds]
    known = set(ids)
    for index in _repeated(ids):
        yield ("feeds", index, "id"), f"two feeds have the id `{ids[index]}`; each needs its own"
    tree = list(_all_routes(routes, (), {}))
    yield from _routes_clash(tree, known)
    channels = {route["channel"] for _, route, _ in tree}
    limited = _get(_get(_get(data, "alerting"), "budget"), "channels")
    for channel in limited if routes and isinstance(limited, Mapping) else ():
        if channel not in channels:
            yield ("alerting", "budget", "channels", channel), f"no route tells `{channel}`; write it as `routes` does"
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


def _all_routes(
    routes: list[Any], above: Location, parent: Mapping[str, Any]
) -> Iterator[tuple[Location, Mapping[str, Any], Mapping[str, Any]]]:
    """Each route of the tree: where it stands, with what it inherits, and the route above it."""
    for index, route in enumerate(routes):
        where = (*above, "routes", index)
        own = {key: _get(route, key) for key in ("channel", "name", "min_tier", "feeds", "packs")}
        inherited = {key: own[key] or parent.get(key) for key in ("channel", "min_tier")}
        full = {**own, **inherited, "label": _text(own["name"]) or _text(inherited["channel"])}
        yield where, full, parent
        yield from _all_routes(_list(route, "routes"), where, full)


def _routes_clash(
    routes: list[tuple[Location, Mapping[str, Any], Mapping[str, Any]]], feeds: set[str | None]
) -> Iterator[tuple[Location, str]]:
    for index in _repeated([route["label"] for _, route, _ in routes]):
        where, route, _ = routes[index]
        yield where, f"two routes are called `{route['label']}`; give each a `name` of its own"
    for where, route, parent in routes:
        for position, feed in enumerate(_list(route, "feeds")):
            if isinstance(feed, str) and feed not in feeds:
                yield (*where, "feeds", position), f"`{feed}` is not the id of a feed under `feeds`"
        for position, pack in enumerate(_list(route, "packs")):
            if isinstance(pack, str) and pack not in _packs():
                text = f"`{pack}` is no pack of the catalogue; they are {', '.join(_packs())}"
                yield (*where, "packs", position), text
        low, high = route["min_tier"], parent.get("min_tier") or TIERS[1]
        if parent and low in TIERS and high in TIERS and TIERS.index(low) < TIERS.index(high):
            yield (
                (*where, "min_tier"),
                f"the route above takes no story below `{high}`, so this one never sees any; lower `min_tier` there",
            )


def _packs() -> Collection[str]:
    from brinkwatch.config.catalogue import packs  # a large file, that few configurations name

    return packs()


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
