"""`brinkwatch run` as those who watch it see it: its metrics, its readiness, and what it answers to `status`."""

import asyncio
import json
import re
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import aiohttp
from prometheus_client.parser import text_string_to_metric_families
from ruamel.yaml import YAML
from test_run import PATIENCE, Process, config, crisis, running, slack, text_of, until

from brinkwatch.store import ledger, survey
from brinkwatch.store.database import Database
from fakes.feeds import FeedServer
from fakes.slack import FakeSlack

__all__ = ["config", "slack"]  # fixtures

RULES = Path(__file__).parents[2] / "deploy" / "prometheus" / "brinkwatch.rules.yml"
OURS = re.compile(r"\b(?:brinkwatch|process)_[a-z_]+")
MATCHERS = re.compile(r'(\w+)=~?"([^"]*)"')


async def get(port: int, path: str) -> tuple[int, str]:
    async with aiohttp.ClientSession() as session, session.get(f"http://127.0.0.1:{port}{path}") as answer:
        return answer.status, await answer.text()


class Scrape:
    """What one look at /metrics shows."""

    def __init__(self, text: str) -> None:
        self.samples = [sample for family in text_string_to_metric_families(text) for sample in family.samples]

    def value(self, name: str, **labels: str) -> float:
        """The one sample of this name with these labels; 0: there is none yet."""
        found = [s.value for s in self.samples if s.name == name and labels.items() <= s.labels.items()]
        assert len(found) < 2, (name, labels)
        return float(sum(found))

    def values(self, name: str, label: str) -> dict[str, float]:
        return {sample.labels[label]: sample.value for sample in self.samples if sample.name == name}


async def alerted(daemon: Process, feeds: FeedServer, slack: FakeSlack) -> None:
    await until(lambda: feeds.visits["wire"] > 0, "a first poll", daemon.log)
    feeds.items["wire"] = [crisis(1)]
    await until(lambda: slack.people_see(), "an alert", daemon.log)


async def settled(port: int, name: str, **labels: str) -> Scrape:
    """A scrape after something has been counted."""
    for _ in range(int(PATIENCE / 0.1)):
        found = Scrape((await get(port, "/metrics"))[1])
        if found.value(name, **labels):
            return found
        await asyncio.sleep(0.1)
    raise AssertionError(f"{name}{labels} stays 0")


async def status(config: Path) -> dict[str, Any]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "brinkwatch", "status", "--json", "--config", str(config), stdout=asyncio.subprocess.PIPE
    )
    output, _ = await process.communicate()
    return dict(json.loads(output))


async def test_what_is_shown_is_what_happened_and_all_that_the_rules_name(
    config: Path, feeds: FeedServer, slack: FakeSlack, tmp_path: Path, free_port: Callable[[], int]
) -> None:
    port = free_port()
    config.write_text(text_of(tmp_path, feeds, slack, f"ops: {{listen: '127.0.0.1:{port}'}}"))
    async with running(config) as daemon:
        await daemon.logged("ready")
        await alerted(daemon, feeds, slack)
        scrape = await settled(port, "brinkwatch_deliveries_total", outcome="sent", receiver="slack")
        assert json.loads((await get(port, "/readyz"))[1]) == {"ready": True, "reasons": []}
        assert (await get(port, "/healthz"))[0] == 200
        assert slack.token not in (await get(port, "/metrics"))[1]

        assert scrape.value("brinkwatch_decisions_total", reason="first") == 1
        assert scrape.value("brinkwatch_items_total", outcome="assessed") == 1
        assert scrape.value("brinkwatch_feeds", state="ok") == 1
        assert scrape.value("brinkwatch_ready") == scrape.value("brinkwatch_store_up") == 1
        assert scrape.value("brinkwatch_ledger_balance") == 0
        assert scrape.value("brinkwatch_delivery_seconds_count", receiver="slack") == 1
        assert scrape.value("process_resident_memory_bytes") > 1e8
        labels = {value for sample in scrape.samples for value in sample.labels.values()}
        assert not {"wire", "#alerts", feeds.url("wire")} & labels, "as many series as feeds"

        names = {sample.name for sample in scrape.samples}
        for rule in (rule for group in YAML(typ="safe").load(RULES)["groups"] for rule in group["rules"]):
            expression = rule["expr"]
            assert set(OURS.findall(expression)) <= names, rule["alert"]
            for label, wanted in MATCHERS.findall(expression):
                shown = {sample.labels[label] for sample in scrape.samples if label in sample.labels}
                assert set(wanted.split("|")) <= shown, (rule["alert"], label)

        asked = await status(config)
        assert asked["running"]
        assert asked["now"]["feeds"]["ok"] == 1
        assert asked["now"]["last_alert"]["channel"] == "#alerts"
        assert asked["now"]["receivers"] == ["slack"]
        assert asked["now"]["reasons"] == []
        # The store counts entries as they are told; the process counts them since its start: here the same.
        feeds.broken["wire"] = (503, b"")
        scrape = await settled(port, "brinkwatch_polls_total", outcome="http_5xx")
        await daemon.stop()
    assert not (tmp_path / "state" / "brinkwatch.sock").exists()
    database = Database.open(None, tmp_path / "state")
    with database.read() as connection:
        totals = {outcome.value: number for outcome, number in ledger.totals(connection).items()}
        decisions = survey.decisions_after(connection, 0)
    database.close()
    assert {key: n for key, n in scrape.values("brinkwatch_items_total", "outcome").items() if n} == totals
    assert {key: n for key, n in scrape.values("brinkwatch_decisions_total", "reason").items() if n} == decisions


async def test_a_refused_file_is_seen_until_it_is_mended(
    config: Path, feeds: FeedServer, slack: FakeSlack, tmp_path: Path, free_port: Callable[[], int]
) -> None:
    port = free_port()
    text = text_of(tmp_path, feeds, slack, f"ops: {{listen: '127.0.0.1:{port}'}}")
    config.write_text(text)

    async def value() -> float:
        return Scrape((await get(port, "/metrics"))[1]).value("brinkwatch_config_last_reload_successful")

    async with running(config) as daemon:
        await daemon.logged("ready")
        assert await value() == 1
        config.write_text(text + "treshold: {}\n")
        daemon.process.send_signal(signal.SIGHUP)
        await daemon.logged("refused")
        assert await value() == 0
        assert "treshold" in (await status_now(tmp_path))["config_refused"]
        config.write_text(text)
        daemon.process.send_signal(signal.SIGHUP)
        await daemon.logged('"reloaded"')
        assert await value() == 1
        assert (await status_now(tmp_path))["config_refused"] is None
        await daemon.stop()


async def status_now(folder: Path) -> dict[str, Any]:
    from brinkwatch.ops.socket import ask

    found = await asyncio.to_thread(ask, folder / "state", "status")
    assert found is not None
    return found


async def test_a_taken_port_ends_a_daemon_that_was_told_to_use_it(
    config: Path, feeds: FeedServer, slack: FakeSlack, tmp_path: Path, free_port: Callable[[], int]
) -> None:
    port = free_port()
    taken = await asyncio.start_server(lambda *_: None, "127.0.0.1", port)
    config.write_text(text_of(tmp_path, feeds, slack, f"ops: {{listen: '127.0.0.1:{port}'}}"))
    async with running(config) as daemon:
        await asyncio.wait_for(daemon.process.wait(), PATIENCE)
        await daemon._reader
        assert daemon.process.returncode == 2
        assert "set `ops.listen` to a free port" in daemon.log[-1]
        assert "Traceback" not in "".join(daemon.log)
    taken.close()
    assert feeds.visits["wire"] == 0


async def test_after_a_kill_the_next_daemon_answers(
    config: Path, feeds: FeedServer, slack: FakeSlack, tmp_path: Path
) -> None:
    config.write_text(text_of(tmp_path, feeds, slack, "ops: {listen: off}"))
    async with running(config) as daemon:
        await daemon.logged("ready")
        await daemon.stop(signal.SIGKILL)
    assert (tmp_path / "state" / "brinkwatch.sock").exists()
    assert not (await status(config))["running"]
    async with running(config) as daemon:
        await daemon.logged("ready")
        assert (await status(config))["now"]["pid"] == daemon.process.pid
        assert "health and metrics" not in "".join(daemon.log)
        await daemon.stop()
