"""`brinkwatch feeds add|remove|pause|resume|import|export`: the list of feeds. Asks no network."""

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer

ConfigOption = Annotated[
    Path | None,
    typer.Option("--config", "-c", help="YAML file to change.", show_default=False),
]


def add(
    url: Annotated[str, typer.Argument(help="Address of the feed; `feeds check URL` tries it.")],
    name: Annotated[str | None, typer.Option("--name", help="The publisher as people know it.")] = None,
    identity: Annotated[str | None, typer.Option("--id", help="Short and stable; default: from name or host.")] = None,
    config: ConfigOption = None,
) -> None:
    """Add a feed to the YAML file; its comments stay."""
    from brinkwatch.config.edit import add_feeds
    from brinkwatch.feeds.opml import Listed

    def change(text: str) -> str:
        made = _entries([Listed(url, name or "")], text, identity)
        if not made:
            _refuse("this address is in the file already")
        return add_feeds(text, made)

    _edit(config, change)
    typer.echo(f"added {url}; {_WHEN}")


def remove(
    feed: Annotated[str, typer.Argument(metavar="ID", help="The feed's id.")], config: ConfigOption = None
) -> None:
    """Take a feed out of the YAML file; its comments stay, and what is known of the feed stays in the store."""
    from brinkwatch.config.edit import remove_feed

    _edit(config, lambda text: remove_feed(text, feed))
    typer.echo(f"removed {feed}; {_WHEN}")


def pause(
    feed: Annotated[str, typer.Argument(metavar="ID", help="The feed's id.")], config: ConfigOption = None
) -> None:
    """Do not visit a feed for now."""
    from brinkwatch.config.edit import pause_feed

    _edit(config, lambda text: pause_feed(text, feed, paused=True))
    typer.echo(f"paused {feed}; {_WHEN}")


def resume(
    feed: Annotated[str, typer.Argument(metavar="ID", help="The feed's id.")], config: ConfigOption = None
) -> None:
    """Visit a paused feed again."""
    from brinkwatch.config.edit import pause_feed

    _edit(config, lambda text: pause_feed(text, feed, paused=False))
    typer.echo(f"resumed {feed}; {_WHEN}")


def import_opml(
    file: Annotated[Path, typer.Argument(metavar="FILE.opml", exists=True, dir_okay=False, help="An OPML list.")],
    config: ConfigOption = None,
) -> None:
    """Add the feeds of an OPML list that are not in the YAML file yet, as `verified: false`."""
    from brinkwatch.config.edit import add_feeds
    from brinkwatch.feeds.opml import OpmlError, read_opml

    try:
        listed = read_opml(file.read_bytes())
    except OpmlError as error:
        _refuse(f"{file}: {error}")
    added: list[dict[str, Any]] = []

    def change(text: str) -> str:
        added.extend(_entries(listed, text, None))
        return add_feeds(text, added) if added else text

    _edit(config, change)
    typer.echo(f"{len(added)} feeds added, {len(listed) - len(added)} were there already; {_WHEN}")


def export_opml(config: ConfigOption = None) -> None:
    """Print the configured feeds as an OPML list, without logins."""
    from brinkwatch.config.load import load
    from brinkwatch.feeds.opml import Listed, write_opml

    feeds = load(config, env={}).feeds
    typer.echo(write_opml((Listed(feed.url, feed.publisher) for feed in feeds), "Feeds of Brinkwatch"), nl=False)


_WHEN = "a running daemon takes it up on SIGHUP"


def _entries(listed: "list[Any]", text: str, identity: str | None) -> list[dict[str, Any]]:
    """Feeds for the YAML, without those whose address is there already."""
    from brinkwatch.config.load import parse
    from brinkwatch.feeds.opml import family
    from brinkwatch.feeds.opml import identity as make_identity

    there = parse(text).feeds
    addresses, taken = {feed.url for feed in there}, {feed.id for feed in there}
    made = []
    for feed in listed:
        if feed.url in addresses:
            continue
        addresses.add(feed.url)
        taken.add(found := identity or make_identity(feed.title, feed.url, taken))
        values = {"id": found, "name": feed.title, "family": family(feed.url), "url": feed.url, "verified": False}
        made.append({key: value for key, value in values.items() if value != ""})
    return made


def _edit(config: Path | None, change: Callable[[str], str]) -> None:
    from brinkwatch.config.edit import EditError, replace

    if config is None:
        _refuse("name the file to change with --config; `brinkwatch init` writes one")
    try:
        replace(config, change)
    except EditError as error:
        _refuse(str(error))


def _refuse(words: str) -> NoReturn:
    typer.echo(f"brinkwatch: {words}", err=True)
    raise typer.Exit(2)
