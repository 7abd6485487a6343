"""The catalogue of feeds, and the packs that `init` writes."""

import tomllib
from pathlib import Path

import pytest
from typer.testing import CliRunner

from brinkwatch.cli.main import app
from brinkwatch.config.catalogue import catalogue_file, packs, with_packs
from brinkwatch.config.default import default_file
from brinkwatch.config.load import load, parse

ROOT = Path(__file__).parents[2]
FEEDS = [feed for pack in packs().values() for feed in pack.feeds]


def test_there_are_150_feeds_in_eleven_packs_each_told_in_full_and_none_called_tried() -> None:
    assert list(packs()) == [
        "world-wires", "defence", "diplomacy", "think-tanks", "europe", "middle-east", "asia-pacific", "africa",
        "americas", "sanctions", "money-and-energy",
    ]  # fmt: skip
    assert len({feed["id"] for feed in FEEDS}) == len({feed["url"] for feed in FEEDS}) == len(FEEDS) >= 150
    wanted = {"id", "name", "family", "url", "reliability", "state_affiliated", "language", "verified"}
    assert all(set(feed) == wanted for feed in FEEDS)
    assert not any(feed["verified"] for feed in FEEDS)
    assert sum(len(pack.settings) for pack in packs().values()) == len(FEEDS)


def test_the_catalogue_and_the_default_file_say_the_same_of_the_feeds_they_share() -> None:
    there = {feed["url"]: feed for feed in FEEDS}
    for feed in load(None, {}).feeds:
        entry = there[feed.url]
        assert (entry["id"], entry["family"], entry["state_affiliated"]) == (
            feed.id, feed.family, feed.state_affiliated,
        )  # fmt: skip


def test_the_wheel_holds_the_catalogue() -> None:
    wheel = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["hatch"]["build"]["targets"]["wheel"]
    assert wheel["force-include"]["config/catalogue.yaml"] == "brinkwatch/config/catalogue.yaml"
    assert catalogue_file() == ROOT / "config" / "catalogue.yaml"


def test_all_packs_together_are_a_valid_configuration() -> None:
    text = with_packs(default_file().read_text("utf-8"), packs())
    assert [feed.id for feed in parse(text).feeds] == [feed["id"] for feed in FEEDS]
    assert "# Sanctions lists" in text
    assert text.startswith("# yaml-language-server")


def test_init_writes_the_packs_that_are_wanted(tmp_path: Path) -> None:
    def init(name: str, *more: str) -> int:
        return CliRunner().invoke(app, ["init", str(tmp_path / name), *more]).exit_code

    assert init("two", "--pack", "sanctions", "--pack", "defence") == 0
    assert init("usual") == 0
    assert init("wrong", "--pack", "sports") == 2
    assert not (tmp_path / "wrong" / "brinkwatch.yaml").exists()
    chosen = [*packs()["sanctions"].feeds, *packs()["defence"].feeds]
    assert [feed.id for feed in load(tmp_path / "two" / "brinkwatch.yaml").feeds] == [feed["id"] for feed in chosen]
    assert (tmp_path / "usual" / "brinkwatch.yaml").read_text() == default_file().read_text()
    assert init("two", "--pack", "europe") == 1


def test_feeds_packs_lists_them() -> None:
    shown = CliRunner().invoke(app, ["feeds", "packs"], env={"COLUMNS": "120"}).output
    assert all(name in shown for name in packs())


@pytest.mark.parametrize("pack", packs())
def test_no_pack_is_empty(pack: str) -> None:
    assert len(packs()[pack].feeds) >= 5
