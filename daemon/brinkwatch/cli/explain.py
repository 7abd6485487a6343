"""`brinkwatch explain`: why an item or a story is where it is, and who was told or not. Reads the store, no model."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from brinkwatch.alerts.card import rfc3339
from brinkwatch.cli.stored import open_store
from brinkwatch.config.load import load
from brinkwatch.items.clean import clean_line
from brinkwatch.store import explain

if TYPE_CHECKING:
    from brinkwatch.store.explain import Decided, Hit, ItemAccount, Membership, StoryAccount

SIGNALS_SHOWN = 5


def run(words: str, config: Path | None, *, as_json: bool) -> int:
    """Print what is known; returns 1, with a line on standard error, if the words name nothing or several things."""
    database = open_store(load(config))
    if database is None:
        return 1
    try:
        with database.begin() as connection:
            stories = explain.stories_called(connection, words) if words.startswith("s-") else []
            items = [] if stories else explain.items_called(connection, words)
            found = stories or items
            if len(found) != 1:
                typer.echo(_unclear(words, found), err=True)
                return 1
            name = found[0].id
            if stories:
                story = explain.story_account(connection, name)
                lines = story_lines(story)
                account: dict[str, Any] = asdict(story) | {"title": story.title}
            else:
                item = explain.item_account(connection, int(name))
                lines = item_lines(item)
                account = asdict(item)
    finally:
        database.close()
    if as_json:
        typer.echo(json.dumps(account, ensure_ascii=False, default=_plain))
    else:
        for line in lines:
            typer.echo(clean_line(line) if line.strip() else line)
    return 0


def _unclear(words: str, found: "Sequence[Hit]") -> str:
    if not found:
        return f"brinkwatch: no item and no story is called {words!r}: give an id, an address, or words of a title"
    named = "\n".join(f"  {hit.id}  {clean_line(hit.title)}" for hit in found)
    return f"brinkwatch: {words!r} fits several; give the id of one:\n{named}"


def item_lines(item: "ItemAccount") -> "Iterator[str]":
    """What became of an item, as people read it."""
    yield f"item {item.id} of {item.feed}: {item.title}"
    yield f"link: {item.link or 'none'}"
    yield f"published {rfc3339(item.published)}, first seen {rfc3339(item.first_seen)}, revision {item.revision}"
    yield f"outcome: {item.outcome}" + ("" if item.stage == "done" else f", waits at the stage {item.stage}")
    if item.signals:
        best = sorted(item.signals.items(), key=lambda one: -one[1])[:SIGNALS_SHOWN]
        yield f"assessment by {item.model}, language {item.language}:"
        for signal, probability in best:
            mark = "flagged" if signal in item.flagged else "not flagged"
            yield f"- {signal} {probability:.3f}, {mark}"
        for signal, sentence, probability in item.evidence:
            if signal in item.flagged:
                yield f"- evidence of {signal} ({probability:.2f}): {sentence}"
    if item.membership is None:
        yield "story: none"
    else:
        yield f"story: {item.membership.story}"
        yield from _why(item.membership)
    yield from _decided(item.decisions)


def story_lines(story: "StoryAccount") -> "Iterator[str]":
    """What a story is made of and who was told of it, as people read it."""
    yield f"story {story.id}: {story.title}"
    if story.merged_into:
        yield f"merged by hand into {story.merged_into}"
    yield f"tier {story.tier.word}, {story.state.value}, {len(story.members)} items, {story.reports} with a signal"
    yield f"opened {rfc3339(story.opened_at)}, last change {rfc3339(story.last_at)}"
    for member in story.members:
        flags = f" [{', '.join(member.flagged)}]" if member.flagged else ""
        yield f"item {member.item} of {member.feed}, {rfc3339(member.joined_at)}: {member.title}{flags}"
        yield from _why(member)
    yield from _decided(story.decisions)
    for route, moment in story.waits.items():
        yield f"route {route} is asked again at {rfc3339(moment)}"


def _why(member: "Membership") -> "Iterator[str]":
    """Why an item is in its story."""
    if member.score is None:
        yield f"- {member.reason}"
    else:
        yield f"- joined because: {member.reason} (score {member.score:.2f})"
    if member.nearest is not None:
        yield f"- most like item {member.nearest}: {member.nearest_title or 'gone'}"
    if member.weighed:
        yield "- weighed: " + ", ".join(f"{name} {value:g}" for name, value in member.weighed.items())
    if member.part is not None:
        yield f"- by a merge by hand; before in {member.part}"


def _decided(decisions: "Sequence[Decided]") -> "Iterator[str]":
    if not decisions:
        yield "decisions: none yet"
    for one in decisions:
        where = f" {one.route}" if one.route else ""
        tier = f", tier {one.tier.word}" if one.tier else ""
        again = f", next possible {rfc3339(one.next_possible_at)}" if one.next_possible_at else ""
        about = f" (item {one.item})" if one.item else ""
        yield f"{rfc3339(one.at)}{where}: {one.action}, because {one.reason}{tier}{again}{about}"


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return rfc3339(value.astimezone(UTC))
    raise TypeError(f"{type(value).__name__} has no JSON form")
