"""An emulator of Slack that other people wrote (npm package `emulate`), as a process on loopback.

It starts with the workspace of `tests/emulator/seed.yaml`, and is installed with exactly the versions of the lock file
there if it is not yet. Needs Node and npm.
"""

import shutil
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

FOLDER = Path(__file__).parents[1] / "emulator"
PROGRAM = FOLDER / "node_modules" / "emulate" / "dist" / "index.js"
TOKEN = "xoxb-emulator"
CHANNEL = "#alerts"
PRIVATE_CHANNEL = "war-room"


def install() -> Path:
    """The emulator's program. Raises RuntimeError."""
    installed = FOLDER / "node_modules" / ".package-lock.json"
    if not installed.exists() or installed.stat().st_mtime < (FOLDER / "package-lock.json").stat().st_mtime:
        npm = shutil.which("npm")
        if npm is None:
            raise RuntimeError("the emulator needs npm")
        done = subprocess.run([npm, "ci"], cwd=FOLDER, capture_output=True, text=True, timeout=300, check=False)
        if done.returncode:
            raise RuntimeError(done.stderr)
    return PROGRAM


@contextmanager
def emulator(program: Path, port: int, log: Path) -> Iterator[str]:
    """The base address of an emulator that runs meanwhile. Raises RuntimeError if it does not answer."""
    node = shutil.which("node")
    if node is None:
        raise RuntimeError("the emulator needs Node")
    command = [node, str(program), "start", "--service", "slack", "--port", str(port)]
    command += ["--seed", str(FOLDER / "seed.yaml")]
    with log.open("wb") as file, subprocess.Popen(command, stdout=file, stderr=file) as process:
        try:
            _wait(f"http://127.0.0.1:{port}/", process)
            yield f"http://127.0.0.1:{port}/api/"
        finally:
            process.terminate()


def _wait(url: str, process: subprocess.Popen[bytes]) -> None:
    for _ in range(200):
        if process.poll() is not None:
            raise RuntimeError("the emulator ended")
        try:
            with urllib.request.urlopen(url, timeout=5):
                return
        except urllib.error.HTTPError:
            return
        except OSError:
            time.sleep(0.05)
    raise RuntimeError("the emulator does not answer")
