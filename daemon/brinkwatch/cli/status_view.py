"""Shows what a daemon is doing, from the plain data that it answers with. Pure."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from brinkwatch.cli.times import from_now
from brinkwatch.items.clean import clean_line
from brinkwatch.outcomes import AFTER_PENDING, Outcome

READ = ("ok", "degraded", "quiet", "stale")
LONGEST = 100
AT_POLL = [outcome for outcome in Outcome if outcome not in (Outcome.PENDING, *AFTER_PENDING)]


def view(answer: Mapping[str, Any], *, running: bool) -> RenderableType:
    """Two columns: what, and how it stands. `running`: a daemon answered; else the store did."""
    table = Table(show_header=False, box=None, pad_edge=False)
    table.add_column(style="bold", no_wrap=True)
    table.add_column()
    for name, words, style in [*(_daemon(answer) if running else _stopped()), *_store(answer)]:
        table.add_row(name, Text(words, style=style))
    return table


def _daemon(answer: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    now = datetime.fromisoformat(answer["at"])
    up = from_now(datetime.fromisoformat(answer["started_at"]), now).removesuffix(" ago")
    yield "daemon", f"running for {up} (version {answer['version']}, process {answer['pid']})", ""
    if answer["reasons"]:
        for reason in answer["reasons"]:
            yield "ready", f"no: {clean_line(reason)}", "bold red"
    else:
        yield "ready", "yes", "green"
    yield "model", answer["model"], ""
    yield "alerts go to", ", ".join(answer["receivers"]), ""
    loaded = from_now(datetime.fromisoformat(answer["config_loaded_at"]), now)
    if answer["config_refused"]:
        yield "configuration", f"of {loaded}; the file as it is now was refused: {answer['config_refused']}", "bold red"
    else:
        yield "configuration", f"taken up {loaded}", ""
    late = [f"{stage} {round(age)}s" for stage, age in answer["stages"].items() if age > 60]
    yield "stages", f"at rest for long: {', '.join(late)}" if late else "all went on within a minute", ""
    polling = answer["polling"]
    if polling:
        names = ", ".join(polling[:5]) + (f" and {len(polling) - 5} more" if len(polling) > 5 else "")
        yield "polling now", names, ""
    if "store_error" in answer:
        yield "store", f"cannot be read: {answer['store_error']}", "bold red"


def _stopped() -> Iterator[tuple[str, str, str]]:
    yield "daemon", "not running; this is what its store says", "yellow"


def _store(answer: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    if "feeds" not in answer:
        return
    now = datetime.fromisoformat(answer["at"])

    def ago(moment: str | None) -> str:
        return from_now(datetime.fromisoformat(moment), now) if moment else ""

    feeds = {state: number for state, number in answer["feeds"].items() if number}
    total = sum(feeds.values())
    bad = total - sum(feeds.get(state, 0) for state in (*READ, "new", "paused"))
    by_state = ", ".join(f"{number} {state}" for state, number in feeds.items())
    yield "feeds", f"{total}" + (f": {by_state}" if by_state else ""), "yellow" if bad else ""
    if last := answer["last_poll"]:
        yield "last poll", f"{ago(last['at'])}: {last['feed']} ({last['status']})", ""
    if answer["next_poll_at"]:
        yield "next poll", ago(answer["next_poll_at"]) if answer["next_poll_at"] > answer["at"] else "now", ""
    queue = ", ".join(f"{number} to {stage}" for stage, number in answer["queue"].items() if number)
    yield "items that wait", queue or "none", ""
    yield "open stories", f"{answer['stories_open']}", ""
    outbox = dict(answer["outbox"])
    dead = outbox.pop("dead")
    waiting = sum(outbox.values())
    words = "nothing waits" if not waiting else f"{waiting} wait, the oldest since {ago(answer['outbox_oldest_at'])}"
    yield "outbox", words + (f"; {dead} given up, see `brinkwatch outbox`" if dead else ""), "yellow" if dead else ""
    if alert := answer["last_alert"]:
        yield "last alert", f"{ago(alert['at'])} to {alert['channel']}: {clean_line(alert['text'])[:LONGEST]}", ""
    else:
        yield "last alert", "none yet", ""
    yield from _ledger(answer["ledger"])


def _counts(numbers: Mapping[str, int]) -> str:
    return ", ".join(f"{number:,} {name.replace('_', ' ')}" for name, number in numbers.items() if number) or "none"


def _ledger(ledger: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    outcomes = ledger["outcomes"]
    new = outcomes.get(Outcome.PENDING, 0)
    yield "entries seen", _counts({"new": new} | {each.value: outcomes.get(each, 0) for each in AT_POLL}), ""
    ended = {each.value: outcomes.get(each, 0) for each in AFTER_PENDING}
    yield "of the new ones", _counts({**ended, "waiting": new - sum(ended.values())}), ""
    off = ledger["unaccounted"]
    if off:
        yield "ledger", f"does NOT add up: {off:,} unaccounted for; --days 30 shows where", "bold red"
    else:
        yield "ledger", "adds up", "green"
