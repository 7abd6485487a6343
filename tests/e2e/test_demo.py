"""`brinkwatch demo` from start to end, as people first see it."""

import re
import subprocess
import sys

LAST_LINE = re.compile(r"demo: polls=(\d+) items=(\d+) assessed=(\d+) stories=(\d+) alerts=(\d+) suppressed=(\d+)")


def test_the_demonstration_tells_of_the_crises_and_accounts_for_every_item() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "brinkwatch", "demo"], capture_output=True, text=True, timeout=240, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr
    last = LAST_LINE.fullmatch(done.stdout.splitlines()[-1])
    assert last is not None
    polls, items, assessed, stories, alerts, suppressed = map(int, last.groups())
    assert items >= 120
    assert suppressed > items / 2
    assert 5 <= alerts <= 40
    assert 0 < stories <= assessed <= items < polls
    assert "Suppressed, by reason" in done.stdout
    assert "sanctions" in done.stdout
    assert "Could not be read: Coastal Bulletin" in done.stdout
