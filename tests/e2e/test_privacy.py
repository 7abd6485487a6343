"""What leaves the machine: nothing but what docs/privacy.md says. Seen in a network namespace that writes all down."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from brinkwatch.feeds.article import available
from fakes.means import lacking

SCRIPT = Path(__file__).parents[1] / "fakes" / "quarantine.py"
NAMES = ("udp", "127.0.0.1", 53)


def watched(folder: Path, scenario: str) -> dict[str, Any]:
    """What was seen while a scenario ran."""
    if not all(map(shutil.which, ("unshare", "ip", "mount"))):
        lacking("unshare and ip (Debian: util-linux, iproute2)")
    alone = ["unshare", "--net", "--mount", *([] if os.geteuid() == 0 else ["--map-root-user"])]
    if subprocess.run([*alone, "true"], capture_output=True, check=False).returncode:
        lacking("the right to make a network namespace")
    done = subprocess.run(
        [*alone, sys.executable, str(SCRIPT), str(folder), scenario], capture_output=True, text=True, check=False
    )
    log = (folder / "log").read_text() if (folder / "log").exists() else ""
    assert done.returncode == 0, done.stderr + log
    found: dict[str, Any] = json.loads(done.stdout)
    found["tried"] = {tuple(each) for each in found["tried"]}
    return found


def test_the_watcher_sees_what_is_tried(tmp_path: Path) -> None:
    found = watched(tmp_path, "control")
    assert found["tried"] == {
        NAMES, ("tcp", "198.51.100.7", 443), ("tcp", "2001:db8::7", 443), ("udp", "203.0.113.4", 8125),
    }  # fmt: skip
    assert found["names"] == ["control.example"]


def test_a_daemon_asks_its_feeds_slack_and_the_heartbeat_and_nobody_else(tmp_path: Path) -> None:
    found = watched(tmp_path, "daemon")
    assert found["alerts"] == 1
    assert found["names"] == ["feed.example", "monitor.example", "slack.example"]
    assert found["tried"] == {NAMES, *(("tcp", "127.0.0.1", port) for port in found["ports"].values())}
    assert set(found["visits"]) == {"wire"}


@pytest.mark.skipif(not available(), reason="needs the extra `fulltext`")
def test_with_whole_articles_the_hosts_of_the_articles_are_asked_as_well(tmp_path: Path) -> None:
    found = watched(tmp_path, "articles")
    assert found["alerts"] == 1
    # The item's page is at news.example, which is a private address here: refused before a connection is made.
    assert found["names"] == ["feed.example", "monitor.example", "news.example", "slack.example"]
    assert found["tried"] == {NAMES, *(("tcp", "127.0.0.1", port) for port in found["ports"].values())}


def test_commands_that_need_no_network_use_none(tmp_path: Path) -> None:
    found = watched(tmp_path, "commands")
    assert set(found["codes"].values()) == {0}
    assert (found["tried"], found["names"]) == (set(), [])
