"""Decides where state is kept. Creates nothing."""

import os
from collections.abc import Mapping
from pathlib import Path

OF_THE_SERVICE = Path("/var/lib/brinkwatch")
"""Where systemd keeps the state of the packaged unit."""
SOCKET = "brinkwatch.sock"
"""In a state directory, while a daemon runs on it."""


def where_state_is(
    configured: Path | None, env: Mapping[str, str] = os.environ, service: Path = OF_THE_SERVICE
) -> Path:
    """For commands that look at a daemon's state: as `state_dir`; but the service's where that one runs, or where there
    is none of one's own.

    Raises RuntimeError as `state_dir` does.
    """
    if configured is None and not env.get("STATE_DIRECTORY") and service.is_dir():
        try:
            own = state_dir(None, env)
        except RuntimeError:
            return service
        runs_here, runs_there = ((directory / SOCKET).exists() for directory in (own, service))
        return service if (runs_there and not runs_here) or not own.is_dir() else own
    return state_dir(configured, env)


def state_dir(configured: Path | None, env: Mapping[str, str] = os.environ) -> Path:
    """`state_dir` of the settings; else systemd's $STATE_DIRECTORY; else `brinkwatch` in the user's state home.

    Raises RuntimeError when none of these is known and the user has no home directory.
    """
    if configured is not None:
        return configured.expanduser()
    # systemd separates several directories by colons; the unit asks for one.
    given = env.get("STATE_DIRECTORY", "").split(":")[0]
    if given:
        return Path(given)
    home = Path(env.get("XDG_STATE_HOME", ""))
    # The XDG base directory specification has relative paths ignored.
    return (home if home.is_absolute() else Path("~/.local/state").expanduser()) / "brinkwatch"
