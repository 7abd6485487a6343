"""Decides where state is kept. Creates nothing."""

import os
from collections.abc import Mapping
from pathlib import Path


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
