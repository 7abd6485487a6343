"""`brinkwatch stories`, `merge` and `split`: what is followed, and what people correct by hand. Loads no model."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from brinkwatch.alerts.card import rfc3339
from brinkwatch.cli.stored import open_store
from brinkwatch.config.load import load
from brinkwatch.engine import byhand
from brinkwatch.items.clean import clean_line
from brinkwatch.store import explain
from brinkwatch.stories.state import standing

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from brinkwatch.store.database import Connection
    from brinkwatch.store.explain import StoryAccount

TITLE = 70


def show(config: Path | None, *, everything: bool, limit: int, as_json: bool) -> int:
    """List the stories that are open, or all; the latest first. Returns the exit status."""
    settings = load(config)
    database = open_store(settings)
    if database is None:
        return 1
    now = datetime.now(UTC)
    try:
        with database.begin() as connection:
            since = None if everything else now - settings.stories.window
            found = explain.latest_stories(connection, since, limit)
    finally:
        database.close()
    states = [standing(story.last_at, story.reports, now, settings.stories).value for story in found]
    if as_json:
        for story, state in zip(found, states, strict=True):
            typer.echo(json.dumps(_fields(story, state), ensure_ascii=False))
    elif found:
        _print(found, states, now)
    else:
        typer.echo("no story" if everything else "no story is open")
    return 0


def merge(one: str, other: str, config: Path | None) -> int:
    """Make two stories one, for good. Returns the exit status."""

    def work(connection: "Connection", now: datetime) -> str:
        done = byhand.merge(connection, _story(connection, one), _story(connection, other), now)
        note = ", with a note in its thread" if done.noted else ""
        return f"{done.absorbed} is now part of {done.story}{note}"

    return _by_hand(config, work)


def split(story: str, items: "Sequence[int]", config: Path | None) -> int:
    """Take items out of a story and make them one of their own, for good. Returns the exit status."""

    def work(connection: "Connection", now: datetime) -> str:
        name = byhand.split(connection, _story(connection, story), items, now)
        return f"{len(set(items))} of {story} are now the story {name}"

    return _by_hand(config, work)


def _by_hand(config: Path | None, work: "Callable[[Connection, datetime], str]") -> int:
    database = open_store(load(config))
    if database is None:
        return 1
    try:
        with database.begin() as connection:
            words = work(connection, datetime.now(UTC))
    except byhand.ByHandError as error:
        typer.echo(f"brinkwatch: {error}", err=True)
        return 1
    finally:
        database.close()
    typer.echo(f"{words}; a daemon that runs knows it within seconds")
    return 0


def _story(connection: "Connection", words: str) -> str:
    """The one story whose id is this, or begins so. Raises ByHandError."""
    found = explain.stories_called(connection, words)
    if len(found) > 1:
        raise byhand.ByHandError(f"several stories begin with {words}: {', '.join(hit.id for hit in found)}")
    if not found:
        raise byhand.ByHandError(f"there is no story {words}")
    return found[0].id


def _fields(story: "StoryAccount", state: str) -> dict[str, object]:
    return {
        "id": story.id, "tier": story.tier.word, "state": state, "title": story.title, "items": len(story.members),
        "reports": story.reports, "opened_at": rfc3339(story.opened_at), "last_at": rfc3339(story.last_at),
    }  # fmt: skip


def _print(found: "Sequence[StoryAccount]", states: "Sequence[str]", now: datetime) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from brinkwatch.cli.times import from_now

    table = Table("id", "tier", "state", "items", "last change", "title")
    for story, state in zip(found, states, strict=True):
        title = Text(clean_line(story.title)[:TITLE])
        size = str(len(story.members))
        table.add_row(story.id, story.tier.word, state, size, from_now(story.last_at, now), title)
    Console().print(table)
