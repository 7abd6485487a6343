"""What is checked inside the container, as root, under a systemd that has just booted. Started by boot.sh.

Each function is one claim, checked in the order written; what became of it is a line of JSON in /e2e/out. The feeds
and Slack are the fakes of the other tests, in this process.
"""

import asyncio
import json
import os
import re
import signal
import sqlite3
import sys
import time
import traceback
from collections.abc import Awaitable, Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

from fakes.feeds import FeedServer, Item
from fakes.slack import FakeSlack

OUT = Path("/e2e/out")
REPOSITORY = Path("/e2e/repository")
CONFIG = Path("/etc/brinkwatch/brinkwatch.yaml")
STORED_TOKEN = Path("/etc/credstore/brinkwatch.slack-token")
DROP_INS = Path("/etc/systemd/system/brinkwatch.service.d")
TOKEN = "xoxb-planted-0123456789"
LOGIN = "reader:planted-password-0123"
FEED_PORT, SLACK_PORT = 8801, 8802
PATIENCE = 40.0
STOPPED_WITHIN = 10.0
HIGHEST_EXPOSURE = 1.3
# Shorter waits than in real life: the claims are the same.
TEST_DROP_IN = "[Service]\nWatchdogSec=5s\nRestartSec=200ms\n"
# Two states each, so that no report joins the story of another.
REPORTS = {
    "alert": "Russia masses tanks and artillery along the border with Ukraine, satellite images show",
    "threshold": "India masses tanks and artillery along the border with Pakistan, satellite images show",
    "file": "Serbia masses tanks and artillery along the border with Kosovo, satellite images show",
    "stop": "Eritrea masses tanks and artillery along the border with Ethiopia, satellite images show",
    "kill": "Thailand masses tanks and artillery along the border with Cambodia, satellite images show",
    "reboot": "Venezuela masses tanks and artillery along the border with Guyana, satellite images show",
}


class World:
    """The servers, and what the checks share."""

    def __init__(self) -> None:
        self.feeds = FeedServer()
        self.slack = FakeSlack(["alerts", "ops"], token=TOKEN)
        self.before: set[str] = set()

    async def start(self) -> None:
        await self.feeds.start(port=FEED_PORT)
        await self.slack.start(SLACK_PORT)

    def publish(self, name: str, hostile: str = "") -> None:
        # As a publisher would: the newest first, the others still there.
        item = Item(name, REPORTS[name] + hostile, "", datetime.now(UTC) - timedelta(minutes=1))
        self.feeds.items["wire"] = [item, *self.feeds.items.get("wire", [])]

    def alerts(self, name: str) -> int:
        """How many messages people see about a report."""
        country = REPORTS[name].split()[0]
        return sum(country in seen.words for seen in self.slack.people_see())

    async def told(self, name: str) -> None:
        await until(lambda: self.alerts(name), f"an alert about {name}")

    async def polled(self, times: int = 3) -> None:
        """The daemon has asked the feed again, and found nothing new."""
        unchanged = self.feeds.answers.count(("wire", 304))
        await until(lambda: self.feeds.answers.count(("wire", 304)) >= unchanged + times, "polls")


async def run(*command: str, check: bool = True) -> tuple[int, str]:
    """Exit status and output of a command, while the servers go on."""
    process = await asyncio.create_subprocess_exec(
        *command, stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    output, _ = await process.communicate()
    text = output.decode(errors="replace")
    assert process.returncode is not None
    assert not check or process.returncode == 0, f"{command}: {process.returncode}\n{text}"
    return process.returncode, text


async def until(claim: Callable[[], object], what: str, patience: float = PATIENCE) -> None:
    ends = time.monotonic() + patience
    while not claim():
        assert time.monotonic() < ends, f"not within {patience:.0f} s: {what}"
        await asyncio.sleep(0.05)


async def shows(name: str) -> str:
    return (await run("systemctl", "show", "brinkwatch", "--property", name, "--value"))[1].strip()


async def journal() -> list[dict[str, str]]:
    _, text = await run("journalctl", "-u", "brinkwatch", "-b", "-o", "json", "--all", "--no-pager")
    return [json.loads(line) for line in text.splitlines() if line.startswith("{")]


async def events(name: str) -> list[dict[str, str]]:
    return [entry for entry in await journal() if f'"event": "{name}' in str(entry.get("MESSAGE"))]


async def install(*arguments: str, check: bool = True) -> tuple[int, str]:
    return await run(
        str(REPOSITORY / "deploy" / "install.sh"), "--wheelhouse", "/e2e/wheelhouse", *arguments, check=check
    )


def configure(more: str = "") -> None:
    """Write the configuration as an editor does: a new file, renamed over the old."""
    new = CONFIG.with_suffix(".new")
    new.write_text(
        f"""feeds:
  - {{id: wire, url: "http://127.0.0.1:{FEED_PORT}/wire", allow_private: true,
     auth_file: /run/credentials/brinkwatch.service/secret_wire}}
polling: {{interval: 1s, min_interval: 0.2s, host_gap: 0s}}
slack: {{base_url: "http://127.0.0.1:{SLACK_PORT}/api/"}}
routes: [{{channel: "#alerts", min_tier: watch}}]
operators: {{channel: "#ops"}}
alerting: {{group_wait: 0s, digest_wait: 1h}}
{more}
"""
    )
    new.chmod(0o644)
    new.rename(CONFIG)


def named_brinkwatch() -> set[str]:
    """Every path with the name in it, where an installer may have put one."""
    found: set[str] = set()
    for top in ("/etc", "/opt", "/run", "/srv", "/usr/bin", "/usr/lib/systemd", "/usr/local", "/var/cache", "/var/lib"):
        for folder, folders, files in os.walk(top):
            found |= {f"{folder}/{name}" for name in (*folders, *files) if "brinkwatch" in name}
    return found


# ------------------------------------------------------------------------------------------------- before the reboot


async def a_dry_run_changes_nothing(world: World) -> None:
    world.before = named_brinkwatch()
    _, text = await install("--dry-run")
    assert "would run" in text
    assert named_brinkwatch() == world.before


async def it_is_installed_without_a_network_and_leaves_the_operators_configuration(world: World) -> None:
    CONFIG.parent.mkdir(mode=0o755)
    configure("# the operator's own\n")
    wanted = CONFIG.read_text()
    (CONFIG.parent / "credentials").mkdir(mode=0o700)
    (CONFIG.parent / "credentials" / "wire").write_text(LOGIN)
    (CONFIG.parent / "credentials" / "wire").chmod(0o600)
    STORED_TOKEN.parent.mkdir(mode=0o700, exist_ok=True)
    STORED_TOKEN.touch(mode=0o600)
    STORED_TOKEN.write_text(TOKEN)
    DROP_INS.mkdir()
    (DROP_INS / "test.conf").write_text(TEST_DROP_IN)
    await install("--no-start")
    assert CONFIG.read_text() == wanted
    assert await shows("LoadState") == "loaded"


async def it_is_active_only_after_it_is_ready(world: World) -> None:
    await run("systemctl", "start", "--no-block", "brinkwatch")
    states: list[str] = []
    while not states or states[-1] != "active":
        states.append(await shows("ActiveState"))
        assert states[-1] in {"inactive", "activating", "active"}, await run("journalctl", "-u", "brinkwatch")
        assert len(states) < 5000
    assert "activating" in states
    order = ["alerts go to Slack", "restored", "ready"]
    moments = [int((await events(name))[0]["__MONOTONIC_TIMESTAMP"]) for name in order]
    assert moments == sorted(moments)
    assert moments[-1] <= int(await shows("ActiveEnterTimestampMonotonic")) + 20_000, "the journal's clock ticks later"


async def it_is_installed_again_without_a_restart(world: World) -> None:
    before = await shows("MainPID")
    _, text = await install()
    assert "in place" in text
    assert await shows("MainPID") == before
    assert (await run("systemctl", "is-enabled", "brinkwatch"))[1].strip() == "enabled"


async def an_alert_arrives(world: World) -> None:
    await world.polled(1)
    world.publish("alert", hostile=" \x1b[2J\x9b31m")
    await world.told("alert")


async def the_status_line_says_how_it_stands(world: World) -> None:
    # It is written every quarter of a minute.
    ends = time.monotonic() + PATIENCE
    while not re.match(r"1 feed: 1 ok; 0 items and 0 messages wait; last alert ....-..-.. ", await shows("StatusText")):
        assert time.monotonic() < ends, await shows("StatusText")
        await asyncio.sleep(0.5)


async def a_reload_changes_the_next_decision(world: World) -> None:
    configure("thresholds: {default: 1.0}")
    await run("systemctl", "reload", "brinkwatch")
    await until_event("reloaded", 1)
    world.publish("threshold")
    await world.polled()
    assert world.alerts("threshold") == 0


async def a_changed_file_is_taken_up_by_itself(world: World) -> None:
    configure()
    await until_event("reloaded", 2)
    world.publish("file")
    await world.told("file")


async def a_broken_file_is_refused_and_told_and_it_runs_on(world: World) -> None:
    process = await shows("MainPID")
    configure("routes:\n  - min_tier: urgent\n")
    status, text = await run("systemctl", "reload", "brinkwatch", check=False)
    assert status != 0, text
    await until(lambda: any("brinkwatch.yaml:" in seen.words for seen in world.slack.people_see("ops")), "a notice")
    refused = (await events("reload refused"))[0]["MESSAGE"]
    assert re.search(r"brinkwatch.yaml:\d+: ", refused), refused
    await world.polled()
    assert (await shows("ActiveState"), await shows("MainPID")) == ("active", process)
    configure()
    await until_event("reloaded", 3)


async def a_process_that_stands_still_is_restarted_and_nothing_is_lost_or_doubled(world: World) -> None:
    await _restarted(world, signal.SIGSTOP, "stop")
    assert any("watchdog" in str(entry.get("MESSAGE")).lower() for entry in await journal())


async def a_killed_process_is_restarted_and_nothing_is_lost_or_doubled(world: World) -> None:
    await _restarted(world, signal.SIGKILL, "kill")


async def _restarted(world: World, how: signal.Signals, report: str) -> None:
    restarts, before = int(await shows("NRestarts")), await shows("MainPID")
    await run("systemctl", "kill", f"--signal={how.name}", "--kill-who=main", "brinkwatch")
    world.publish(report)
    ends = time.monotonic() + PATIENCE
    while int(await shows("NRestarts")) == restarts or await shows("ActiveState") != "active":
        assert time.monotonic() < ends, "not restarted"
        await asyncio.sleep(0.1)
    assert await shows("MainPID") != before
    await world.told(report)
    await world.polled()
    assert [world.alerts(name) for name in ("alert", "file", report)] == [1, 1, 1]


async def the_secrets_are_readable_by_the_service_alone(world: World) -> None:
    user, process = await _user(), int(await shows("MainPID"))
    for name, text in (("slack-token", TOKEN), ("secret_wire", LOGIN)):
        path = Path("/run/credentials/brinkwatch.service") / name
        assert path.read_text() == text
        assert path.stat().st_mode & 0o777 == 0o400 or path.stat().st_uid in (0, user)
        status, said = await run(
            "setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "cat", str(path), check=False
        )
        assert status != 0, said
    for path in (STORED_TOKEN, CONFIG.parent / "credentials" / "wire"):
        status, said = await run(
            "setpriv", f"--reuid={user}", f"--regid={user}", "--clear-groups", "cat", str(path), check=False
        )
        assert status != 0, "even the service reads only its copy"
    for name in ("environ", "cmdline"):
        assert b"planted" not in Path(f"/proc/{process}/{name}").read_bytes()


async def no_secret_is_in_log_state_or_status(world: World) -> None:
    world.feeds.broken["wire"] = (401, b"who are you?")
    await until(lambda: ("wire", 401) in world.feeds.answers, "a refused poll")
    del world.feeds.broken["wire"]
    _, log = await run("journalctl", "-b", "--all", "--no-pager", "-o", "export")
    _, state = await run("grep", "-rl", "planted", "/var/lib/private", "/var/cache/private", check=False)
    _, status = await run("systemctl", "status", "brinkwatch")
    assert "planted" not in log
    assert state.strip() == ""
    assert "planted" not in status
    await world.polled()


async def _user() -> int:
    status = Path(f"/proc/{await shows('MainPID')}/status").read_text()
    return int(re.findall(r"^Uid:\s+(\d+)", status, re.MULTILINE)[0])


async def the_state_belongs_to_a_dynamic_user(world: World) -> None:
    user = await _user()
    assert 61184 <= user <= 65519, "systemd's range for dynamic users"
    found = Path("/var/lib/private/brinkwatch").stat()
    assert (found.st_uid, found.st_mode & 0o777) == (user, 0o700)
    assert Path("/var/lib/private/brinkwatch/brinkwatch.db").stat().st_uid == user
    assert Path("/var/cache/private/brinkwatch").stat().st_uid == user


async def the_journal_has_fields_and_nothing_acts_on_a_terminal(world: World) -> None:
    entries = [entry for entry in await journal() if "LOGGER" in entry]
    assert any(entry.get("FEED") == "wire" for entry in entries)
    decided = [entry for entry in entries if '"event": "decided' in entry["MESSAGE"]]
    assert decided
    assert all(entry.get("STORY") and entry.get("REASON") for entry in decided)
    assert any("tanks" in entry.get("TITLE", "") for entry in decided)
    assert {entry["PRIORITY"] for entry in entries} >= {"6", "3"}
    for entry in entries:
        assert json.loads(entry["MESSAGE"])["event"]
        assert all(c.isprintable() for value in entry.values() if isinstance(value, str) for c in value), entry


async def little_is_exposed(world: World) -> None:
    _, text = await run("systemd-analyze", "security", "--no-pager", "brinkwatch.service", check=False)
    found = re.search(r"Overall exposure level for brinkwatch.service: ([0-9.]+)", text)
    assert found, text
    (OUT / "exposure").write_text(found[0])
    assert float(found[1]) <= HIGHEST_EXPOSURE


async def it_stops_in_time(world: World) -> None:
    began = time.monotonic()
    await run("systemctl", "stop", "brinkwatch")
    took = time.monotonic() - began
    assert took <= STOPPED_WITHIN
    assert await shows("Result") == "success"
    assert await shows("ActiveState") == "inactive"
    await run("systemctl", "start", "brinkwatch")  # … so that the reboot finds it at work


# -------------------------------------------------------------------------------------------------- after the reboot


async def a_reboot_resumes_by_itself_and_tells_nothing_twice(world: World) -> None:
    for name in ("alert", "file", "stop", "kill"):
        world.publish(name)
    await until(lambda: world.feeds.visits["wire"] > 0, "a poll")
    ends = time.monotonic() + PATIENCE
    while await shows("ActiveState") != "active":
        assert time.monotonic() < ends
        await asyncio.sleep(0.1)
    await world.polled()
    assert world.slack.people_see("alerts") == []
    world.publish("reboot")
    await world.told("reboot")


async def a_downgrade_is_refused_with_the_reason(world: World) -> None:
    await run("systemctl", "stop", "brinkwatch")
    store = Path("/var/lib/private/brinkwatch/brinkwatch.db")
    owner = store.stat()
    with closing(sqlite3.connect(store)) as connection, connection:
        (revision,) = connection.execute("SELECT version_num FROM alembic_version").fetchone()
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    status, text = await install(check=False)
    assert status != 0
    assert "newer Brinkwatch" in text
    with closing(sqlite3.connect(store)) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = ?", (revision,))
    for path in store.parent.iterdir():
        os.chown(path, owner.st_uid, owner.st_gid)
    await run("systemctl", "start", "brinkwatch")


async def an_uninstall_leaves_nothing(world: World) -> None:
    before = set(json.loads((OUT / "before.json").read_text()))
    await install("--uninstall", "--yes")
    assert named_brinkwatch() - before == set()
    assert (await run("getent", "passwd", "brinkwatch", check=False))[1] == ""
    assert await shows("LoadState") == "not-found"


async def until_event(name: str, times: int) -> None:
    ends = time.monotonic() + PATIENCE
    while len(await events(name)) < times:
        assert time.monotonic() < ends, f"{name} was not logged {times} times"
        await asyncio.sleep(0.2)


Check = Callable[[World], Awaitable[None]]
FIRST: tuple[Check, ...] = (
    a_dry_run_changes_nothing, it_is_installed_without_a_network_and_leaves_the_operators_configuration,
    it_is_active_only_after_it_is_ready, it_is_installed_again_without_a_restart, an_alert_arrives,
    a_reload_changes_the_next_decision, a_changed_file_is_taken_up_by_itself,
    a_broken_file_is_refused_and_told_and_it_runs_on, the_status_line_says_how_it_stands,
    a_process_that_stands_still_is_restarted_and_nothing_is_lost_or_doubled,
    a_killed_process_is_restarted_and_nothing_is_lost_or_doubled, the_secrets_are_readable_by_the_service_alone,
    no_secret_is_in_log_state_or_status, the_state_belongs_to_a_dynamic_user,
    the_journal_has_fields_and_nothing_acts_on_a_terminal, little_is_exposed, it_stops_in_time,
)  # fmt: skip
SECOND: tuple[Check, ...] = (
    a_reboot_resumes_by_itself_and_tells_nothing_twice, a_downgrade_is_refused_with_the_reason,
    an_uninstall_leaves_nothing,
)  # fmt: skip


async def main(part: str) -> None:
    world = World()
    await world.start()
    with (OUT / "results.jsonl").open("a", encoding="utf-8") as results:
        for check in FIRST if part == "first" else SECOND:
            began = time.monotonic()
            try:
                await check(world)
                fault = None
            except Exception:
                fault = traceback.format_exc()
            seconds = round(time.monotonic() - began, 2)
            print(json.dumps({"claim": check.__name__, "fault": fault, "seconds": seconds}), file=results, flush=True)
    if part == "first":
        (OUT / "before.json").write_text(json.dumps(sorted(world.before)))
    _, log = await run("journalctl", "-b", "--all", "--no-pager", "-o", "short-monotonic", check=False)
    (OUT / f"{part}.journal").write_text(log)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
