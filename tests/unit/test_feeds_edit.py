"""Changing the feeds in a configuration: what people wrote around them stays."""

import difflib
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from brinkwatch.cli.feeds import app
from brinkwatch.config.default import default_file
from brinkwatch.config.edit import EditError, add_feeds, pause_feed, remove_feed, replace
from brinkwatch.config.load import parse
from brinkwatch.config.problem import ConfigError
from brinkwatch.feeds.opml import Listed, OpmlError, family, identity, read_opml, write_opml

TEXT = """# ours
max_alert_age: 3h   # short

feeds:
  # the wires
  - id: one   # the first
    url: https://one.example/f   # moved last year
    # interval: 5m

  # the rest
  - {id: two, url: "https://two.example/f"}

# where it goes
routes:
  - channel: "#desk"
"""
NEW = {"id": "new", "name": "New: Post", "url": "https://new.example/f#x", "verified": False}


def changes(before: str, after: str) -> list[str]:
    lines = difflib.unified_diff(before.splitlines(), after.splitlines(), lineterm="", n=0)
    return [line for line in lines if line[0] in "+-" and line[:3] not in ("+++", "---")]


def test_a_feed_is_added_after_the_others_and_nothing_else_changes() -> None:
    after = add_feeds(TEXT, [NEW])
    assert changes(TEXT, after) == [
        "+  - id: new", "+    name: 'New: Post'", "+    url: https://new.example/f#x", "+    verified: false",
    ]  # fmt: skip
    assert after.index("id: new") < after.index("# where it goes")
    assert [feed.id for feed in parse(after).feeds] == ["one", "two", "new"]


@pytest.mark.parametrize(("feed", "lost"), [("one", 2), ("two", 1)])
def test_a_feed_is_removed_and_the_comments_around_it_stay(feed: str, lost: int) -> None:
    after = remove_feed(TEXT, feed)
    assert len(changes(TEXT, after)) == lost
    assert all(words in after for words in ("# the wires", "# the rest", "# where it goes", "# interval: 5m"))


def test_every_feed_of_the_default_file_can_be_paused_resumed_and_removed() -> None:
    text = default_file().read_text("utf-8")
    for feed in parse(text).feeds[::7]:
        paused = pause_feed(text, feed.id, paused=True)
        assert changes(text, paused) == ["+    paused: true"]
        assert [f.id for f in parse(paused).feeds if f.paused] == [feed.id]
        assert pause_feed(paused, feed.id, paused=False) == text
        assert all(line.startswith("-") for line in changes(text, remove_feed(text, feed.id)))


def test_a_list_in_braces_is_changed_as_well() -> None:
    text = "feeds: [{id: one, url: 'https://one.example/f'}]  # few\nmax_alert_age: 3h # short\n"
    added = add_feeds(text, [NEW])
    assert [feed.id for feed in parse(added).feeds] == ["one", "new"]
    assert "# short" in added
    assert parse(pause_feed(text, "one", paused=True)).feeds[0].paused
    assert parse(pause_feed("feeds:\n- {id: a, url: 'https://a.example/'}\n", "a", paused=True)).feeds[0].paused
    assert [feed.id for feed in parse(add_feeds("max_alert_age: 3h\n", [NEW])).feeds] == ["new"]
    assert parse(remove_feed(text, "one")).feeds == ()


def test_a_change_that_would_make_the_file_invalid_changes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "b.yaml"
    path.write_text(TEXT)
    path.chmod(0o640)
    with pytest.raises(ConfigError, match="two feeds"):
        replace(path, lambda text: add_feeds(text, [{**NEW, "id": "one"}]))
    with pytest.raises(EditError, match="no feed"):
        replace(path, lambda text: remove_feed(text, "none"))
    assert path.read_text() == TEXT
    replace(path, lambda text: remove_feed(text, "two"))
    assert path.stat().st_mode & 0o777 == 0o640
    assert list(tmp_path.iterdir()) == [path]


OPML = """<?xml version="1.0"?><opml version="1.0"><head/><body>
<outline text="Wires"><outline text="One" xmlUrl="HTTPS://one.example/f"/><outline title="A &amp; B"
 text="x" xmlurl="https://rss.news.co.uk/b"/></outline>
<outline text="Again" xmlUrl="https://one.example/f"/><outline text="bad" xmlUrl="javascript:1"/></body></opml>"""


def test_a_list_is_read_in_its_order_each_address_once() -> None:
    listed = read_opml(OPML.encode())
    assert listed == [
        Listed("https://one.example/f", "One", "Wires"), Listed("https://rss.news.co.uk/b", "A & B", "Wires"),
    ]  # fmt: skip
    assert read_opml(write_opml(listed, 'mine & "yours"').encode()) == listed
    assert "secret" not in write_opml([Listed("https://me:secret@a.example/f", "A")], "t")


@pytest.mark.parametrize("text", ["", "<opml", "<rss/>", "<!DOCTYPE x [<!ENTITY a 'b'>]><opml><body/></opml>"])
def test_what_is_no_list_is_refused(text: str) -> None:
    with pytest.raises(OpmlError):
        read_opml(text.encode())


def test_ids_are_short_and_unique_and_one_domain_is_one_family() -> None:
    assert identity("Élysée: La Presse!", "https://e.example", ()) == "elysee-la-presse"
    assert identity("", "https://e.example/f", ("e-example",)) == "e-example-2"
    assert family("https://feeds.bbci.co.uk/x") == "bbci"
    assert family("https://www.dw.com/x") == family("https://rss.dw.com/y") == "dw"
    assert family("http://10.0.0.5/x")


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, arguments, env={"COLUMNS": "200"})


def test_the_commands_change_the_file(tmp_path: Path) -> None:
    path = tmp_path / "b.yaml"
    path.write_text(TEXT)
    at = ("--config", str(path))
    assert run("add", "https://three.example/f", "--name", "Third", *at).exit_code == 0
    assert run("add", "https://three.example/f", *at).exit_code == 2
    assert run("pause", "third", *at).exit_code == 0
    assert run("remove", "two", *at).exit_code == 0
    feeds = parse(path.read_text()).feeds
    assert [(feed.id, feed.paused, feed.verified) for feed in feeds] == [("one", False, True), ("third", True, False)]
    assert run("resume", "third", *at).exit_code == 0
    listed = tmp_path / "list.opml"
    listed.write_text(OPML)
    assert "1 feeds added, 1 were there already" in run("import", str(listed), *at).output
    assert [entry.url for entry in read_opml(run("export", *at).stdout.encode())] == [
        "https://one.example/f", "https://three.example/f", "https://rss.news.co.uk/b",
    ]  # fmt: skip
    assert run("pause", "third").exit_code == 2
    assert run("remove", "none", *at).exit_code == 2
