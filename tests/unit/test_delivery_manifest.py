"""The app's manifest asks for what the receiver needs, and for nothing else."""

from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from fakes.slack_workspace import SCOPES

ROOT = Path(__file__).parents[2]


def read(path: Path) -> dict[str, Any]:
    data: dict[str, Any] = YAML(typ="safe").load(path)
    return data


def test_the_manifest_asks_for_the_scopes_that_the_tests_run_with() -> None:
    manifest = read(ROOT / "deploy" / "slack-app-manifest.yaml")
    assert set(manifest["oauth_config"]["scopes"]["bot"]) == SCOPES
    emulator = read(ROOT / "tests" / "emulator" / "seed.yaml")
    assert set(emulator["slack"]["tokens"][0]["scopes"]) == SCOPES


def test_the_token_does_not_rotate() -> None:
    assert read(ROOT / "deploy" / "slack-app-manifest.yaml")["settings"]["token_rotation_enabled"] is False
