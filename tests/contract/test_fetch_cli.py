"""`brinkwatch feeds`: what it says of addresses and files, and how feeds stand."""

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from fault_server import RSS
from typer.testing import CliRunner, Result

from brinkwatch.cli.feeds import app

PAGE = b'<!DOCTYPE html><html><link rel="alternate" type="application/rss+xml" href="/feed"></html>'


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        code, body = {"/feed": (200, RSS), "/page": (200, PAGE), "/busy": (429, b"")}.get(self.path, (404, b""))
        self.send_response(code)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    httpd = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=httpd.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{httpd.server_port}"
    httpd.shutdown()


@pytest.fixture
def config(tmp_path: Path, server: str) -> str:
    path = tmp_path / "brinkwatch.yaml"
    path.write_text(
        f"state_dir: {tmp_path}/state\npolling: {{host_gap: 0.01s, timeout: 5s}}\nfeeds:\n"
        f"  - {{id: good, url: '{server}/feed', allow_private: true}}\n"
        f"  - {{id: page, url: '{server}/page', allow_private: true}}\n"
        f"  - {{id: busy, url: '{server}/busy', allow_private: true}}\n"
    )
    return str(path)


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, arguments, env={"COLUMNS": "200"})


def test_check_of_a_feed_is_one_json_object(server: str, config: str) -> None:
    result = run("check", f"{server}/feed", "--json", "--config", config)
    assert result.exit_code == 0
    assert json.loads(result.stdout) == {"state": "ok", "format": "rss20", "entries": 1, "problems": []}


def test_check_suggests_the_feed_that_a_page_advertises(server: str, config: str) -> None:
    found = json.loads(run("check", "page", "--json", "-c", config).stdout)
    assert (found["state"], found["format"], found["entries"]) == ("failing", None, 0)
    assert f"{server}/feed" in found["problems"][0]


def test_check_of_all_has_one_line_for_each_feed(config: str) -> None:
    result = run("check", "--all", "--json", "-c", config)
    found = [json.loads(line) for line in result.stdout.splitlines()]
    assert [(f["feed"], f["state"]) for f in found] == [("good", "ok"), ("page", "failing"), ("busy", "throttled")]
    assert result.exit_code == 0


def test_check_shows_people_what_would_happen(config: str) -> None:
    shown = run("check", "good", "-c", config).stdout
    assert "Frigate leaves port" in shown
    assert "alert nobody" in shown
    assert "good" in run("check", "--all", "-c", config).stdout


def test_a_private_address_that_is_not_configured_needs_permission(server: str, config: str) -> None:
    other = f"{server}/feed?other"
    assert "allow_private" in run("check", other, "--json", "-c", config).stdout
    assert "http_404" in run("check", other, "--json", "--allow-private", "-c", config).stdout


def test_check_reads_files(tmp_path: Path, config: str) -> None:
    path = tmp_path / "feed.xml"
    path.write_bytes(RSS)
    assert json.loads(run("check", str(path), "--json", "-c", config).stdout)["entries"] == 1
    path.write_bytes(b"[" * 100_000)
    assert json.loads(run("check", str(path), "--json", "-c", config).stdout)["state"] == "hostile"
    path.write_bytes(b"<html></html>")
    assert json.loads(run("check", str(path), "--json", "-c", config).stdout)["state"] == "failing"


def test_what_is_neither_address_nor_file_is_an_error(config: str) -> None:
    assert run("check", "ftp://x.example/f", "-c", config).exit_code == 2
    assert run("check", "-c", config).exit_code == 2
    assert run("check", "good", "--all", "-c", config).exit_code == 2


def test_list_shows_how_the_feeds_stand(tmp_path: Path, config: str) -> None:
    assert "no state yet" in run("list", "-c", config).output
    from brinkwatch.store import feeds
    from brinkwatch.store.database import Database

    database = Database.open(None, tmp_path / "state")
    now = datetime.now(UTC)
    with database.begin() as connection:
        feeds.enrol(connection, {"good": ("http://127.0.0.1/feed", now + timedelta(minutes=7, seconds=30))})
        feeds.update(
            connection, "good", health="failing", health_since=now - timedelta(hours=5), last_error="no [red]answer"
        )
    database.close()
    line = next(line for line in run("list", "-c", config).stdout.splitlines() if "good" in line)
    assert all(words in line for words in ("failing", "5h ago", "in 7m", "no [red]answer"))


def test_feeds_start_without_the_classifier() -> None:
    code = (
        "import sys; import brinkwatch.cli.feeds, brinkwatch.feeds.check, brinkwatch.items.settle;"
        "heavy = {'onnxruntime', 'transformers', 'torch', 'numpy', 'sqlalchemy'};"
        "print({m.split('.')[0] for m in sys.modules} & heavy)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


def test_without_a_command_feeds_shows_the_table_with_rates_moves_and_pauses(tmp_path: Path, config: str) -> None:
    from brinkwatch.feeds.rate import Rate, learn
    from brinkwatch.store import feeds
    from brinkwatch.store.database import Database

    Path(config).write_text(Path(config).read_text().replace("{id: busy,", "{id: busy, paused: true,"))
    database = Database.open(None, tmp_path / "state")
    now = datetime.now(UTC)
    rate = learn(Rate(), [now - timedelta(hours=n) for n in range(25)], 25, now)
    with database.begin() as connection:
        feeds.enrol(connection, {name: (f"http://127.0.0.1/{name}", now) for name in ("good", "busy")})
        feeds.update(
            connection, "good", health="ok", latency_ms=42, rate=rate.as_json(), moved_to="http://new/", moved_streak=99
        )
    database.close()
    lines = run("-c", config).stdout.splitlines()
    good = next(line for line in lines if "good" in line)
    assert all(words in good for words in ("ok", "25", "42 ms", "set url: http://new/"))
    assert "paused" in next(line for line in lines if "busy" in line)
    assert "new" in next(line for line in lines if "page" in line)
