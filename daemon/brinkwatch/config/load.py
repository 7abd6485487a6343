"""Reads a configuration file: from bytes to `Settings`, or to every problem there is, each with its line.

Opens the file it is given and no other; resolves no secret.
"""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from brinkwatch.config.default import default_file
from brinkwatch.config.document import MAX_CHARACTERS, Document, read
from brinkwatch.config.explain import allowed, explain, plain, shown
from brinkwatch.config.problem import ConfigError, Location, Problem, path_of
from brinkwatch.config.schema import at, may_be_null
from brinkwatch.config.settings import Settings

__all__ = ["ConfigError", "Problem", "check", "load", "parse"]

CHANNEL_VARIABLE = "BRINKWATCH_SLACK_CHANNEL"
LONGEST_PATH = 200


def load(path: Path | None = None, env: Mapping[str, str] = os.environ) -> Settings:
    """The settings in `path`; None: the packaged defaults. Raises ConfigError.

    A relative `state_dir`, `slack.token_file`, `webhook.secret_file` or `auth_file` counts from the file's own folder,
    and `~` is the home directory.
    With the packaged defaults, BRINKWATCH_SLACK_CHANNEL names the channel, so that a trial needs no file.
    """
    if path is None:
        settings = parse(_text(default_file()), str(default_file()))
        channel = env.get(CHANNEL_VARIABLE, "").strip()
        routes = tuple(route.model_copy(update={"channel": channel}) for route in settings.routes)
        return settings.model_copy(update={"routes": routes}) if channel else settings
    return _anchored(parse(_text(path), str(path)), path.parent)


def check(path: Path) -> list[Problem]:
    """Everything that is wrong with the file, by line; nothing if it can be used."""
    try:
        load(path)
    except ConfigError as error:
        return error.problems
    return []


def parse(text: str, file: str = "<text>") -> Settings:
    """The settings that a YAML text holds; `file` is what messages call it. Raises ConfigError."""
    document = read(text)
    problems = [_problem(file, line, where, message) for where, line, message in document.faults]
    settings = None
    if isinstance(document.value, dict) or (document.value is None and not problems):
        data = _prepared(document.value or {}, (), document, file, problems)
        try:
            settings = Settings.model_validate(data)
        except ValidationError as error:
            problems += _explained(error, document, file)
    elif not problems:
        message = f"found {_kind(document.value)}; allowed: {allowed(())}"
        problems.append(Problem(file, document.line(()), "", message))
    if problems or settings is None:
        raise ConfigError(sorted(set(problems), key=lambda p: (p.line or 0, p.path, p.message)))
    return settings


def _text(path: Path) -> str:
    try:
        with path.open("rb") as file:
            content = file.read(4 * MAX_CHARACTERS + 1)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise ConfigError([Problem(str(path), None, "", f"cannot be read: {reason}")]) from None
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise ConfigError(
            [Problem(str(path), line, "", "a character that is not UTF-8; save the file as UTF-8")]
        ) from None


def _prepared(value: Any, where: Location, document: Document, file: str, problems: list[Problem]) -> Any:
    """The value with empty blocks and lists (`feeds:` and nothing after it) left out, as if they were not written.

    Also reports true and false where a number belongs, which pydantic would read as 1 and 0.
    """
    node = at(where)
    if isinstance(value, dict):
        ready = {}
        for key, inner in value.items():
            below = at((*where, key))
            empty = inner is None and below is not None and below.get("type") in ("object", "array")
            if not empty or may_be_null((*where, key)):
                ready[key] = _prepared(inner, (*where, key), document, file, problems)
        return ready
    if isinstance(value, list):
        return [_prepared(inner, (*where, index), document, file, problems) for index, inner in enumerate(value)]
    if isinstance(value, bool) and node is not None and node.get("type") in ("number", "integer"):
        message = f"found {shown(value, where)}; allowed: {allowed(where)}"
        problems.append(_problem(file, document.line(where), where, message))
    return value


def _explained(error: ValidationError, document: Document, file: str) -> list[Problem]:
    problems = []
    for detail in error.errors(include_url=False):
        if isinstance(detail["input"], bool) and detail["type"] in ("greater_than_equal", "less_than_equal"):
            continue  # Reported by `_prepared` already.
        location, message = explain(detail["type"], detail["loc"], detail["input"], detail["msg"])
        problems.append(_problem(file, document.line(location), location, message))
    return problems


def _problem(file: str, line: int | None, location: Location, message: str) -> Problem:
    """A problem whose path, which is made of the file's own keys, is safe to print."""
    return Problem(file, line, plain(path_of(location), LONGEST_PATH), message)


def _kind(value: Any) -> str:
    """What stands where the whole configuration should; never its content."""
    return "a list" if isinstance(value, list) else "a single value"


def _anchored(settings: Settings, folder: Path) -> Settings:
    """The settings with paths that do not depend on where the program was started."""
    changes: dict[str, Any] = {}
    if settings.state_dir is not None:
        changes["state_dir"] = _absolute(settings.state_dir, folder)
    if settings.slack.token_file is not None:
        file = _absolute(settings.slack.token_file, folder)
        changes["slack"] = settings.slack.model_copy(update={"token_file": file})
    if settings.webhook.secret_file is not None:
        file = _absolute(settings.webhook.secret_file, folder)
        changes["webhook"] = settings.webhook.model_copy(update={"secret_file": file})
    if any(feed.auth_file for feed in settings.feeds):
        changes["feeds"] = tuple(
            feed.model_copy(update={"auth_file": _absolute(feed.auth_file, folder)}) if feed.auth_file else feed
            for feed in settings.feeds
        )
    return settings.model_copy(update=changes) if changes else settings


def _absolute(path: Path, folder: Path) -> Path:
    try:
        path = path.expanduser()
    except RuntimeError:
        # No home directory is known; the name is taken as it is.
        return folder.absolute() / path
    return folder.absolute() / path
