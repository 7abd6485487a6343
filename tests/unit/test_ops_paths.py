"""Where state is kept."""

from pathlib import Path

import pytest

from brinkwatch.ops.paths import state_dir, where_state_is


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


def test_who_only_looks_finds_the_state_of_the_service(tmp_path: Path) -> None:
    home, service = tmp_path / "home", tmp_path / "service"
    env = {"XDG_STATE_HOME": str(home)}
    assert where_state_is(None, env, service) == home / "brinkwatch"
    service.mkdir()
    assert where_state_is(None, env, service) == service
    assert where_state_is(tmp_path / "mine", env, service) == tmp_path / "mine"
    assert where_state_is(None, {"STATE_DIRECTORY": "/given"}, service) == Path("/given")
    (home / "brinkwatch").mkdir(parents=True)
    assert where_state_is(None, env, service) == home / "brinkwatch"
    (service / "brinkwatch.sock").touch()
    assert where_state_is(None, env, service) == service
    (home / "brinkwatch" / "brinkwatch.sock").touch()
    assert where_state_is(None, env, service) == home / "brinkwatch"
