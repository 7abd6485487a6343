"""`brinkwatch feeds …`: look at feeds and at how they stand. Loads no classifier."""

import asyncio
import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from brinkwatch.cli import feeds_edit

if TYPE_CHECKING:
    from brinkwatch.config.settings import FeedSettings, Settings
    from brinkwatch.feeds.check import Check

app = typer.Typer(help="Look at feeds, and at how they stand.", invoke_without_command=True)
app.command()(feeds_edit.add)
app.command()(feeds_edit.remove)
app.command()(feeds_edit.pause)
app.command()(feeds_edit.resume)
app.command("import")(feeds_edit.import_opml)
app.command("export")(feeds_edit.export_opml)

ConfigOption = Annotated[
    Path | None,
    typer.Option("--config", "-c", help="YAML file; default: the packaged defaults.", show_default=False),
]


@app.command()
def check(
    target: Annotated[
        str | None, typer.Argument(metavar="[URL|FILE|ID]", help="An address, a file, or a configured feed's id.")
    ] = None,
    every: Annotated[bool, typer.Option("--all", help="Every configured feed.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON; with --all one object per line.")] = False,
    allow_private: Annotated[
        bool, typer.Option("--allow-private", help="Let an address that is not configured be private or loopback.")
    ] = False,
    config: ConfigOption = None,
) -> None:
    """Fetch and parse a feed, and say what would come of it. Stores nothing; exits with 0 if there is an answer."""
    from brinkwatch.config.load import load

    settings = load(config)
    if every == (target is not None):
        raise typer.BadParameter("give an address, a file or a feed's id; or --all")
    if target is None:
        checks = asyncio.run(_check_feeds(settings, list(settings.feeds)))
        _print_all([feed.id for feed in settings.feeds], checks, as_json=as_json)
        return
    feed = _feed(target, settings, allow_private=allow_private)
    if feed is not None:
        (found,) = asyncio.run(_check_feeds(settings, [feed]))
    else:
        found = asyncio.run(_check_file(Path(target)))
    if as_json:
        typer.echo(json.dumps(_as_json(found), ensure_ascii=False))
    else:
        _print_one(target, found)


@app.callback()
def feeds(context: typer.Context, config: ConfigOption = None) -> None:
    """Look at feeds, and at how they stand: without a command, a table of all."""
    if context.invoked_subcommand is None:
        list_feeds(config)


@app.command("list")
def list_feeds(config: ConfigOption = None) -> None:
    """Show how the configured feeds stand: state, since when, next poll, items a day, latency, and the last error."""
    from datetime import UTC, datetime

    from rich.console import Console

    from brinkwatch.cli.feeds_table import states, table
    from brinkwatch.config.load import load

    settings = load(config)
    Console().print(table(settings, states(settings), datetime.now(UTC)))


@app.command("packs")
def list_packs() -> None:
    """List the packs of feeds that `brinkwatch init --pack NAME` writes. No address in them has been tried."""
    from rich.console import Console
    from rich.table import Table

    from brinkwatch.config.catalogue import packs

    table = Table("pack", "feeds", "in English", "state affiliated", "holds")
    for pack in packs().values():
        feeds = pack.settings
        english = sum(feed.language == "en" for feed in feeds)
        state = sum(feed.state_affiliated for feed in feeds)
        table.add_row(pack.name, str(len(feeds)), str(english), str(state), pack.title)
    Console().print(table)


def _feed(target: str, settings: "Settings", *, allow_private: bool) -> "FeedSettings | None":
    """The feed that is meant, as it is configured if it is; None: a file. Exits with 2 if it is neither."""
    from brinkwatch.config.settings import FeedSettings

    for feed in settings.feeds:
        if target in (feed.url, feed.id):
            return feed
    if target.lower().startswith(("http://", "https://")):
        scheme, _, rest = target.partition(":")
        return FeedSettings(id="check", url=f"{scheme.lower()}:{rest}", allow_private=allow_private)
    if not Path(target).is_file():
        typer.echo(f"brinkwatch: {target!r} is no http or https address, no file and no configured feed's id", err=True)
        raise typer.Exit(2)
    return None


async def _check_feeds(settings: "Settings", feeds: "list[FeedSettings]") -> "list[Check]":
    from brinkwatch.feeds.check import check_feed
    from brinkwatch.feeds.fetch import Fetcher
    from brinkwatch.feeds.worker import ParseWorkers

    workers = ParseWorkers()
    try:
        async with Fetcher(settings.polling) as fetcher:
            return await asyncio.gather(*(check_feed(feed, fetcher, workers) for feed in feeds))
    finally:
        await workers.close()


async def _check_file(path: Path) -> "Check":
    from brinkwatch.feeds.check import check_document
    from brinkwatch.feeds.worker import ParseWorkers

    try:
        body = await asyncio.to_thread(path.read_bytes)
    except OSError as error:
        typer.echo(f"brinkwatch: {path} cannot be read: {error.strerror}", err=True)
        raise typer.Exit(2) from None
    workers = ParseWorkers()
    try:
        return await check_document(body, "", workers)
    finally:
        await workers.close()


def _as_json(found: "Check") -> dict[str, object]:
    return {"state": found.state, "format": found.format, "entries": found.entries, "problems": list(found.problems)}


def _print_one(target: str, found: "Check") -> None:
    from rich.console import Console

    from brinkwatch.items.clean import clean_line

    console = Console(highlight=False, markup=False)
    console.print(f"{target}: {found.state}" + (f", {found.format}, {found.entries} entries" if found.format else ""))
    for sentence in (*found.problems, *found.suggestions):
        console.print(f"  - {clean_line(sentence)}")
    if found.feed and found.feed.entries:
        console.print(f"  title: {clean_line(found.feed.title) or '(none)'}")
        for entry in found.feed.entries[:3]:
            moment = entry.published or entry.updated
            date = moment.strftime("%Y-%m-%d %H:%M") if moment else "undated"
            console.print(f"  {date}  {clean_line(entry.title) or clean_line(entry.summary)[:100]}")
        console.print("  The first poll would seed these entries and alert nobody; what comes later is news.")


def _print_all(ids: list[str], checks: "list[Check]", *, as_json: bool) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    if as_json:
        for feed, found in zip(ids, checks, strict=True):
            typer.echo(json.dumps({"feed": feed, **_as_json(found)}, ensure_ascii=False))
        return
    table = Table("feed", "state", "format", "entries", "problems")
    for feed, found in zip(ids, checks, strict=True):
        words = Text("; ".join((*found.problems, *found.suggestions)))
        table.add_row(feed, found.state, found.format or "", str(found.entries), words)
    Console().print(table)
