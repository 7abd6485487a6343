"""A network namespace in which every connection is written down: run by `unshare`, prints what it saw as JSON.

Usage: unshare --net --mount [--map-root-user] python quarantine.py FOLDER SCENARIO

Inside, every address of IPv4 and IPv6 leads to this machine ("AnyIP"), where nothing listens but what a scenario
starts; a packet socket sees each attempt all the same. The only name server is here too, and keeps what it is asked.
"""

import asyncio
import json
import os
import signal
import socket
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from aiohttp import web

sys.path.insert(0, str(Path(__file__).parents[1]))

from fakes.feeds import FeedServer, Item, rss
from fakes.slack import FakeSlack

ALL_PROTOCOLS = 3
TCP, UDP = 6, 17
SYN, ACK = 0x02, 0x10
CRISIS = "Russia masses tanks and artillery along the border with Ukraine, satellite images show"
PATIENCE = 90.0
# What a document may ask a careless reader to fetch.
BAIT = (
    '<?xml-stylesheet href="http://style.example/s.xsl" type="text/xsl"?>'
    '<!DOCTYPE rss SYSTEM "http://dtd.example/rss.dtd">'
)
IMAGE = "<image><url>http://image.example/i.png</url><title>t</title><link>http://image.example/</link></image>"


@dataclass
class Seen:
    """What was seen: (protocol, address, port) of each first packet, and the names that were asked for."""

    tried: set[tuple[str, str, int]] = field(default_factory=set)
    names: set[str] = field(default_factory=set)


def record(seen: Seen) -> None:
    """Write down, from now on, where anybody sends something first."""
    packets = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(ALL_PROTOCOLS))

    def watch() -> None:
        while True:
            data, (_, _, kind, *_) = packets.recvfrom(65_535)
            if kind == socket.PACKET_OUTGOING:  # on loopback each packet comes in as well
                continue
            version = data[0] >> 4
            start, protocol, target = (
                ((data[0] & 15) * 4, data[9], data[16:20]) if version == 4 else (40, data[6], data[24:40])
            )
            source, port = struct.unpack("!HH", data[start : start + 4]) if protocol in (TCP, UDP) else (0, 0)
            first = protocol == UDP or (protocol == TCP and data[start + 13] & (SYN | ACK) == SYN)
            if first and not (protocol == UDP and source == 53):
                seen.tried.add(("tcp" if protocol == TCP else "udp", str(ip_address(target)), port))

    threading.Thread(target=watch, daemon=True).start()


def name_server(seen: Seen) -> None:
    """Every name but `*.invalid` is 127.0.0.1 here. Answers AAAA with nothing."""
    server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    server.bind(("127.0.0.1", 53))

    def serve() -> None:
        while True:
            question, client = server.recvfrom(4096)
            labels, at = [], 12
            while question[at]:
                labels.append(question[at + 1 : at + 1 + question[at]].decode())
                at += 1 + question[at]
            name, (kind,) = ".".join(labels).lower(), struct.unpack("!H", question[at + 1 : at + 3])
            seen.names.add(name)
            found = kind == 1 and not name.endswith("invalid")
            answer = question[:2] + struct.pack("!HHHHH", 0x8180, 1, int(found), 0, 0) + question[12 : at + 5]
            if found:
                answer += struct.pack("!HHHIH4s", 0xC00C, 1, 1, 60, 4, socket.inet_aton("127.0.0.1"))
            server.sendto(answer, client)

    threading.Thread(target=serve, daemon=True).start()


async def until(claim: Callable[[], object]) -> None:
    began = time.monotonic()
    while not claim():
        if time.monotonic() - began > PATIENCE:
            raise TimeoutError
        await asyncio.sleep(0.05)


class Bait(FeedServer):
    """A feed whose document names addresses besides its own."""

    async def _serve(self, request: web.Request) -> web.Response:
        answer = await super()._serve(request)
        if answer.status == 200 and isinstance(answer.body, bytes):
            text = rss(self.items.get(request.match_info["name"], [])).decode()
            text = text.replace("?>", f"?>{BAIT}", 1).replace("<description>", f"{IMAGE}<description>", 1)
            answer.body = text.encode()
        return answer


async def daemon(folder: Path, more_of_the_feed: str = "") -> dict[str, object]:
    """A daemon reads one feed, alerts, is asked for its metrics, and is stopped."""
    beats: list[str] = []

    async def beat(request: web.Request) -> web.Response:
        beats.append(request.path)
        return web.Response()

    monitor = web.AppRunner(app := web.Application(), access_log=None)
    app.router.add_get("/beat", beat)
    await monitor.setup()
    await web.TCPSite(monitor, "127.0.0.1", 0).start()
    beat_port = monitor.addresses[0][1]
    feeds = Bait()
    await feeds.start("0.0.0.0")
    async with FakeSlack() as slack:
        config = folder / "brinkwatch.yaml"
        config.write_text(f"""
state_dir: {folder}/state
feeds: [{{id: wire, url: "http://feed.example:{feeds.port}/wire", allow_private: true{more_of_the_feed}}}]
polling: {{interval: 1s, min_interval: 0.2s, host_gap: 0s}}
slack: {{token: {slack.token}, base_url: "{slack.url.replace("127.0.0.1", "slack.example")}"}}
heartbeat: {{url: "http://monitor.example:{beat_port}/beat", interval: 1s}}
routes: [{{channel: "#alerts", min_tier: watch}}]
alerting: {{group_wait: 0s}}
""")
        with (folder / "log").open("wb") as log:
            process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "brinkwatch", "run", "--config", str(config), stderr=log, env=_environment(folder)
            )
        try:
            await until(lambda: feeds.visits["wire"] > 0)
            now = datetime.now(UTC) - timedelta(minutes=1)
            feeds.items["wire"] = [Item("crisis", CRISIS, "Troops arrived by rail.", now)]
            await until(lambda: slack.people_see())
            visits = feeds.visits["wire"]
            await until(lambda: feeds.visits["wire"] > visits + 2 and beats)
        finally:
            process.send_signal(signal.SIGTERM)
            await process.wait()
        ports = {"feed": feeds.port, "slack": int(slack.url.split(":")[2].split("/")[0]), "monitor": beat_port}
    await feeds.stop()
    await monitor.cleanup()
    return {"ports": ports, "alerts": len(slack.people_see()), "visits": dict(feeds.visits)}


async def commands(folder: Path) -> dict[str, object]:
    """What people run beside the daemon, with nothing configured that is elsewhere."""
    config = folder / "brinkwatch.yaml"
    config.write_text(f"state_dir: {folder}/state\nfeeds: []\n")
    line = json.dumps({"id": "1", "title": CRISIS}).encode()
    codes = {}
    for command in (["classify"], ["model", "info"], ["config", "check", str(config)], ["status"], ["outbox"]):
        options = [] if command[0] == "config" else ["--config", str(config)]
        done = await asyncio.to_thread(
            subprocess.run,
            [sys.executable, "-m", "brinkwatch", *command, *options],
            input=line, capture_output=True, check=False, env=_environment(folder),
        )  # fmt: skip
        codes[command[0]] = done.returncode
    return {"codes": codes}


async def control(_: Path) -> dict[str, object]:
    """Connections that are made on purpose: what is not seen here proves nothing elsewhere."""
    for family, address in ((socket.AF_INET, "198.51.100.7"), (socket.AF_INET6, "2001:db8::7")):
        with socket.socket(family) as client:
            client.settimeout(2)
            client.connect_ex((address, 443))
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        client.sendto(b"x", ("203.0.113.4", 8125))
    await asyncio.to_thread(socket.getaddrinfo, "control.example", 80)
    return {}


def _environment(folder: Path) -> dict[str, str]:
    """As systemd gives it: no variable of this test run switches anything off."""
    kept = ("PATH", "PYTHONPATH", "LANG", "VIRTUAL_ENV")
    return {name: os.environ[name] for name in kept if name in os.environ} | {"HOME": str(folder)}


SCENARIOS: dict[str, Callable[[Path], Awaitable[dict[str, object]]]] = {
    "control": control,
    "commands": commands,
    "daemon": daemon,
    "articles": lambda folder: daemon(folder, ", full_text: true"),
}


def main(folder: Path, scenario: str) -> None:
    for command in (
        "ip link set lo up",
        "ip route add local 0.0.0.0/0 dev lo",
        "ip -6 route add local ::/0 dev lo",
    ):
        subprocess.run(command.split(), check=True)
    (folder / "resolv.conf").write_text("nameserver 127.0.0.1\n")
    subprocess.run(["mount", "--bind", str(folder / "resolv.conf"), "/etc/resolv.conf"], check=True)
    seen = Seen()
    record(seen)
    name_server(seen)
    result = asyncio.run(SCENARIOS[scenario](folder))
    time.sleep(0.3)  # what was sent last is still on its way to the watcher
    print(json.dumps({**result, "tried": sorted(seen.tried), "names": sorted(seen.names)}))


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
