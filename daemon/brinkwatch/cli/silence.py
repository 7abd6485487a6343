"""`brinkwatch silence …`: holds back what matches for a while, with who and why. Loads no classifier."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from brinkwatch.alerts.silences import Silence, Silenced
    from brinkwatch.config.settings import Settings

app = typer.Typer(help="Hold back alerts that match, for a while.", no_args_is_help=True)

ConfigOption = Annotated[
    Path | None,
    typer.Option("--config", "-c", help="YAML file; default: the packaged defaults.", show_default=False),
]
MATCH_HELP = (
    "What is held back, as WORD=VALUE: signal, direction, tier, actor, place, pack, feed, language, story or route. "
    "Of one word any value fits; of several words each must fit."
)


@app.callback()
def _silence() -> None:
    """Hold back alerts that match, for a while."""


@app.command()
def add(
    match: Annotated[list[str] | None, typer.Option("--match", "-m", metavar="WORD=VALUE", help=MATCH_HELP)] = None,
    length: Annotated[
        str | None, typer.Option("--for", metavar="DURATION", help="How long, such as 2h or 3d.", show_default=False)
    ] = None,
    until: Annotated[
        str | None, typer.Option("--until", metavar="TIME", help="Until when (RFC 3339).", show_default=False)
    ] = None,
    start: Annotated[
        str | None,
        typer.Option("--from", metavar="TIME", help="From when; default: now.", show_default=False),
    ] = None,
    author: Annotated[str | None, typer.Option("--author", help="Who says so.", show_default=False)] = None,
    comment: Annotated[str | None, typer.Option("--comment", help="Why.", show_default=False)] = None,
    config: ConfigOption = None,
) -> None:
    """Hold back what matches, until an end that must be given. A running daemon obeys from its next decision on.

    What is held back is told when the silence ends, if it is still news then.
    """
    from datetime import UTC, datetime

    from brinkwatch.cli.stored import open_store
    from brinkwatch.config.load import load
    from brinkwatch.store import silences

    now = datetime.now(UTC)
    starts_at = now if start is None else _moment(start, "--from")
    ends_at = _end(length, until, starts_at, now)
    who, why = (author or "").strip(), (comment or "").strip()
    if not who or not why:
        raise typer.BadParameter("say who and why, with --author and --comment: somebody will ask")
    settings = load(config)
    matchers = _matchers(match or (), settings)
    database = open_store(settings)
    if database is None:
        raise typer.Exit(1)
    try:
        with database.begin() as connection:
            number = silences.add(
                connection, matchers, author=who, comment=why, starts_at=starts_at, ends_at=ends_at, now=now
            )
    finally:
        database.close()
    typer.echo(f"{number}: {_words(matchers)}, until {ends_at:%Y-%m-%d %H:%M} UTC")


@app.command("list")
def show(
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object per line.")] = False,
    config: ConfigOption = None,
) -> None:
    """List all silences, oldest first: active, pending (not yet begun) and expired."""
    from datetime import UTC, datetime

    from brinkwatch.cli.stored import open_store
    from brinkwatch.config.load import load
    from brinkwatch.store import silences

    database = open_store(load(config))
    if database is None:
        return
    try:
        with database.begin() as connection:
            found = silences.listed(connection)
    finally:
        database.close()
    now = datetime.now(UTC)
    if as_json:
        for silence in found:
            typer.echo(json.dumps(_fields(silence, now), ensure_ascii=False))
    elif found:
        _print(found, now)
    else:
        typer.echo("nothing is silenced")


@app.command()
def expire(
    silence: Annotated[int, typer.Argument(metavar="NUMBER", help="As `silence list` shows it.")],
    config: ConfigOption = None,
) -> None:
    """End a silence now. What it held back is told, if it is still news."""
    from datetime import UTC, datetime

    from brinkwatch.cli.stored import open_store
    from brinkwatch.config.load import load
    from brinkwatch.store import silences

    database = open_store(load(config))
    if database is None:
        raise typer.Exit(1)
    try:
        with database.begin() as connection:
            done = silences.expire(connection, silence, datetime.now(UTC))
    finally:
        database.close()
    if not done:
        typer.echo(f"brinkwatch: there is no silence {silence} that has not ended", err=True)
        raise typer.Exit(1)
    typer.echo(f"{silence}: ended")


def _end(length: str | None, until: str | None, starts_at: "datetime", now: "datetime") -> "datetime":
    from brinkwatch.config.duration import parse_duration

    if (length is None) == (until is None):
        raise typer.BadParameter("a silence needs an end: give --for or --until")
    if length is not None:
        try:
            ends_at = starts_at + parse_duration(length)
        except (ValueError, OverflowError):
            raise typer.BadParameter(f"{length!r} is no duration, such as 90m, 2h or 3d", param_hint="--for") from None
    else:
        ends_at = _moment(str(until), "--until")
    if ends_at <= max(starts_at, now):
        raise typer.BadParameter("the end is not after the beginning, or has passed")
    return ends_at


def _moment(text: str, option: str) -> "datetime":
    from datetime import UTC, datetime

    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = datetime.min  # noqa: DTZ901 - has no zone, so it is refused below
    if moment.tzinfo is None:
        message = f"{text!r} is no time with an offset, such as 2024-05-01T18:00Z"
        raise typer.BadParameter(message, param_hint=option)
    return moment.astimezone(UTC)


def _matchers(match: "Sequence[str]", settings: "Settings") -> "Silenced":
    """What was asked for; raises BadParameter, which names the word and what it takes."""
    from pydantic import ValidationError

    from brinkwatch.alerts.silences import Silenced
    from brinkwatch.engine.rules import Rules

    singular = {_singular(name): name for name in Silenced.model_fields}
    words: dict[str, list[str]] = {}
    for one in match:
        word, is_there, value = one.partition("=")
        name = singular.get(word.strip(), word.strip())
        if not is_there or not value.strip() or name not in Silenced.model_fields:
            raise typer.BadParameter(f"{one!r} is not WORD=VALUE with a word of {', '.join(singular)}")
        words.setdefault(name, []).append(value.strip())
    if not words:
        raise typer.BadParameter("say what to hold back, with --match; `--match tier=watch`, for example")
    known: Mapping[str, set[str]] = {
        "feeds": {feed.id for feed in settings.feeds},
        "routes": {name for route in Rules(settings, {}).routes for name in (route.label, route.channel)},
    }
    for name, there in known.items():
        if unknown := [value for value in words.get(name, ()) if value not in there]:
            raise typer.BadParameter(f"the configuration has no {_singular(name)} {unknown[0]!r}", param_hint="--match")
    try:
        return Silenced.model_validate(words)
    except ValidationError as error:
        detail = error.errors(include_url=False)[0]
        word = _singular(str(detail["loc"][0]))
        value = words[str(detail["loc"][0])][int(detail["loc"][1])] if len(detail["loc"]) > 1 else ""
        raise typer.BadParameter(f"{word}={value}: {detail['msg']}", param_hint="--match") from None


def _singular(name: str) -> str:
    return "story" if name == "stories" else name.removesuffix("s")


def _words(matchers: "Silenced") -> str:
    said = matchers.model_dump(mode="json", exclude_defaults=True)
    return ", ".join(f"{_singular(name)}={'|'.join(values)}" for name, values in said.items())


def _fields(silence: "Silence", now: "datetime") -> dict[str, Any]:
    from brinkwatch.alerts.card import rfc3339

    return {
        "id": silence.id, "state": silence.state(now).value,
        "match": silence.matchers.model_dump(mode="json", exclude_defaults=True),
        "author": silence.author, "comment": silence.comment, "created_at": rfc3339(silence.created_at),
        "starts_at": rfc3339(silence.starts_at), "ends_at": rfc3339(silence.ends_at),
    }  # fmt: skip


def _print(found: "Sequence[Silence]", now: "datetime") -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table("number", "state", "match", "from (UTC)", "until (UTC)", "author", "comment")
    for silence in found:
        table.add_row(
            str(silence.id), silence.state(now).value, Text(_words(silence.matchers)),
            f"{silence.starts_at:%Y-%m-%d %H:%M}", f"{silence.ends_at:%Y-%m-%d %H:%M}", Text(silence.author),
            Text(silence.comment),
        )  # fmt: skip
    Console().print(table)
