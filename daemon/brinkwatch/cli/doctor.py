"""`brinkwatch doctor`: looks at everything that must be right for an alert to arrive, a line each. Changes nothing."""

import asyncio
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import typer
from rich.console import Console, RenderableType
from rich.table import Table
from rich.text import Text

from brinkwatch.alerts.words import plural
from brinkwatch.cli import doctor_look as look
from brinkwatch.config.load import ConfigError, load
from brinkwatch.config.secrets import slack_token, webhook_secret
from brinkwatch.config.settings import Settings
from brinkwatch.items.clean import clean_line
from brinkwatch.ops import doctor
from brinkwatch.ops.finding import Finding, Level, failure, ok, warning
from brinkwatch.ops.paths import where_state_is
from brinkwatch.ops.socket import ask

STYLES = {Level.OK: "green", Level.WARNING: "yellow", Level.FAILURE: "bold red"}


def run(config: Path | None, *, visit: bool, as_json: bool) -> int:
    """Look, print, and return the exit status: 1 if there is a failure. `visit`: fetch every feed as well."""
    found = list(examine(config, visit=visit))
    if as_json:
        lines = [{"level": f.level, "check": f.check, "found": f.words, "mend": f.mend} for f in found]
        typer.echo(json.dumps({"failures": _count(found, Level.FAILURE), "findings": lines}, ensure_ascii=False))
    else:
        Console(highlight=False).print(view(found))
    return 1 if _count(found, Level.FAILURE) else 0


def examine(config: Path | None, *, visit: bool) -> Iterator[Finding]:
    """Every finding, as it is made. A configuration that cannot be read ends it: all else hangs on it."""
    try:
        settings = load(config)
    except ConfigError as error:
        for problem in error.problems:
            yield failure("configuration", str(problem), "correct the line; `brinkwatch config check` shows them all")
        return
    try:
        state = where_state_is(settings.state_dir)
    except RuntimeError:
        yield failure("state directory", "there is no home directory to keep state in", "set `state_dir`")
        return
    yield from configuration(settings, config)
    yield from doctor.permissions(look.paths(settings, state, config))
    yield _disk(state, settings.store.min_free)
    yield from doctor.store(_store(settings, state))
    yield _daemon(state)
    yield doctor.model(*look.model(settings))
    yield from asyncio.run(_network(settings, visit=visit))


def configuration(settings: Settings, config: Path | None) -> Iterator[Finding]:
    """What a valid configuration leaves undone. Pure."""
    feeds, routes = settings.feeds, settings.routes
    yield ok(
        "configuration",
        f"{config or 'the packaged defaults'}: {plural(len(feeds), 'feed')}, {plural(len(routes), 'route')}",
    )
    if not any(not feed.paused for feed in feeds):
        yield failure("configuration", "no feed is read", "brinkwatch feeds add URL, or `brinkwatch init --pack NAME`")
    if untried := sum(not feed.verified for feed in feeds):
        words = f"{untried} addresses are from public lists, and nobody has tried them"
        yield warning("configuration", words, "brinkwatch doctor --feeds, or brinkwatch feeds check --all")
    if settings.operators.channel is None:
        yield warning("configuration", "only the log hears of the daemon's own troubles", "set `operators.channel`")
    if settings.heartbeat.url is None:
        yield warning(
            "configuration", "nobody notices when the daemon is gone", "set `heartbeat.url`, or watch /healthz"
        )


def _disk(state: Path, least: int) -> Finding:
    try:
        return doctor.disk(str(state), *look.disk(state), least)
    except OSError as error:
        return failure("disk", f"{state}: {error.strerror}", "run this as root, or as the daemon's user")


def _store(settings: Settings, state: Path) -> doctor.StoreFacts:
    from brinkwatch.store.examine import examine as examine_store

    return examine_store(settings.store.url.get_secret_value() if settings.store.url else None, state)


def _daemon(state: Path) -> Finding:
    try:
        answer = ask(state, "status")
    except OSError as error:
        return warning("daemon", f"it cannot be asked: {error.strerror or error}", "run this as root, or as its user")
    if answer is None:
        return warning("daemon", "not running", "start it: systemctl start brinkwatch, or brinkwatch run")
    if answer["reasons"]:
        return failure("daemon", f"runs, but is not ready: {'; '.join(answer['reasons'])}", "docs/runbook.md has each")
    return ok("daemon", "runs and is ready")


async def _network(settings: Settings, *, visit: bool) -> list[Finding]:
    found = list(doctor.names(await look.hosts(settings)))
    if visit:
        found += doctor.feeds(await look.visits(settings))
    return found + await _receivers(settings)


async def _receivers(settings: Settings) -> list[Finding]:
    """Where alerts go: the token, its scopes, the channels, and by the way the clock."""
    found = _webhook(settings)
    token = slack_token(settings.slack, look.environment())
    for words in token.warnings:
        found.append(failure("Slack token", words, "name a file that holds the token alone, mode 0600"))
    if token.value is None:
        if not token.warnings and settings.webhook.url is None:
            mend = "set slack.token_file, or give the credential slack-token"
            found.append(warning("Slack token", "there is none: alerts are printed by the daemon", mend))
        return [*found, doctor.clock(None, "")]
    from brinkwatch.delivery.slack.examine import examine as ask_slack
    from brinkwatch.delivery.slack.examine import judge

    channels = [route.channel for route in settings.routes]
    channels += [settings.operators.channel] if settings.operators.channel else []
    facts = await ask_slack(token.value.get_secret_value(), settings.slack.base_url, channels, datetime.now(UTC))
    return [*found, *judge(facts), doctor.clock(facts.offset, "Slack")]


def _webhook(settings: Settings) -> list[Finding]:
    if settings.webhook.url is None:
        return []
    secret, warnings = webhook_secret(settings.webhook)
    if secret is not None:
        return [ok("webhook", "has an address and a secret; it is not tried here")]
    return [failure("webhook", words, "name a file that holds the secret alone, mode 0600") for words in warnings]


def view(found: list[Finding]) -> RenderableType:
    """The findings as a table, and a last line with their number. Pure."""
    table = Table(box=None, pad_edge=False, show_header=False, caption_justify="left")
    table.add_column(no_wrap=True)
    table.add_column(style="bold")
    table.add_column()
    for finding in found:
        words = Text(clean_line(finding.words))
        if finding.mend:
            words.append(f"\n→ {finding.mend}", style="italic")
        table.add_row(Text(finding.level.value, style=STYLES[finding.level]), finding.check, words)
    failures, warnings = _count(found, Level.FAILURE), _count(found, Level.WARNING)
    table.caption = f"{len(found)} checks: {failures} failed, {warnings} with a warning"
    return table


def _count(found: list[Finding], level: Level) -> int:
    return sum(finding.level is level for finding in found)
