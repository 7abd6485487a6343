"""The JSON Schema, and the default file against the models."""

import json
import re
from pathlib import Path
from typing import Any

from brinkwatch.config.default import default_file
from brinkwatch.config.load import load
from brinkwatch.config.schema import FILE_NAME, is_secret, schema, schema_text
from brinkwatch.config.settings import Settings
from brinkwatch.signals.catalogue import SIGNALS

CONFIG = Path(__file__).parents[2] / "config"


def test_the_schema_in_the_repository_is_the_generated_one() -> None:
    assert (CONFIG / FILE_NAME).read_text(encoding="utf-8") == schema_text(), "run `make schema`"


def test_the_schema_has_the_contract() -> None:
    top = schema()["properties"]
    definitions = schema()["$defs"]
    assert {"state_dir", "max_alert_age", "feeds", "slack", "routes", "alerting", "thresholds", "classifier"} <= set(
        top
    )
    assert {"id", "url", "family", "interval", "allow_private"} <= set(definitions["FeedSettings"]["properties"])
    assert {"token", "token_file", "base_url"} == set(definitions["Slack"]["properties"])
    assert {"backend", "model"} <= set(definitions["Classifier"]["properties"])
    assert definitions["FeedSettings"]["required"] == ["id", "url"]
    assert definitions["Signal"]["enum"] == list(SIGNALS)
    assert definitions["Thresholds"]["properties"]["signals"]["propertyNames"] == {"$ref": "#/$defs/Signal"}


def test_every_key_of_the_schema_is_described() -> None:
    silent = [
        f"{name}.{key}"
        for name, block in schema()["$defs"].items()
        for key, node in block.get("properties", {}).items()
        if not node.get("description")
        and not schema()["$defs"][node.get("$ref", name).rpartition("/")[2]]["description"]
    ]
    assert silent == []


def test_durations_are_written_as_people_write_them() -> None:
    text = json.dumps(schema())
    assert '"default": "10m"' in text
    assert not re.search(r'"P(T?\d)', text)


def test_secrets_are_known_by_the_schema() -> None:
    assert is_secret(("slack", "token"))
    assert is_secret(("slack",))
    assert is_secret(("store", "url"))
    assert not is_secret(("slack", "base_url"))
    assert not is_secret(("routes", 0, "channel"))


def test_the_default_file_shows_the_true_defaults() -> None:
    read, built_in = load(None, {}), Settings()
    different = [name for name in Settings.model_fields if getattr(read, name) != getattr(built_in, name)]
    assert different == ["feeds"]


def test_the_default_file_mentions_every_key() -> None:
    text = default_file().read_text(encoding="utf-8")
    missing = [key for key in _keys() if not re.search(rf"^[ #-]*{key}\b", text, re.MULTILINE)]
    assert missing == []


def _keys() -> set[str]:
    blocks: list[dict[str, Any]] = [schema(), *schema()["$defs"].values()]
    return {key for block in blocks for key in block.get("properties", {})}


def test_the_default_file_names_the_schema_for_editors() -> None:
    assert default_file().read_text(encoding="utf-8").startswith(f"# yaml-language-server: $schema={FILE_NAME}\n")


def test_the_default_feeds_are_many_publishers_and_say_that_nobody_tried_them() -> None:
    feeds = load(None, {}).feeds
    assert 35 <= len(feeds) <= 50
    assert not any(feed.verified for feed in feeds)
    assert all(feed.name and feed.family for feed in feeds)
    assert len({feed.url for feed in feeds}) == len(feeds)
    assert len({feed.family_name for feed in feeds}) >= 30
    assert {feed.id for feed in feeds if feed.state_affiliated} >= {"tass", "irna", "white-house"}
