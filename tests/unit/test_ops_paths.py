"""Where state is kept."""

from pathlib import Path

import pytest

from brinkwatch.ops.paths import state_dir


@pytest.mark.parametrize(
    ("configured", "env", "expected"),
    [
        (Path("/a"), {"STATE_DIRECTORY": "/b", "XDG_STATE_HOME": "/c"}, "/a"),
        (None, {"STATE_DIRECTORY": "/b", "XDG_STATE_HOME": "/c"}, "/b"),
        (None, {"STATE_DIRECTORY": "/b:/d"}, "/b"),
        (None, {"XDG_STATE_HOME": "/c"}, "/c/brinkwatch"),
        (None, {"XDG_STATE_HOME": "relative"}, "~/.local/state/brinkwatch"),
        (None, {}, "~/.local/state/brinkwatch"),
        (Path("~/x"), {}, "~/x"),
    ],
)
def test_the_closest_word_wins(configured: Path | None, env: dict[str, str], expected: str) -> None:
    assert state_dir(configured, env) == Path(expected).expanduser()
