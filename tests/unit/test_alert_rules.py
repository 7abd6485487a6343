"""The alert rules: each fires in its trouble and is silent in health, each has its page in the runbook.

That every metric they name exists is shown on a running daemon, in `tests/e2e/test_watched.py`.
"""

import json
import re
import shutil
import subprocess
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from fakes.means import lacking

ROOT = Path(__file__).parents[2]
RULES = ROOT / "deploy" / "prometheus" / "brinkwatch.rules.yml"
RUNBOOK = ROOT / "docs" / "runbook.md"
TARGET = 'instance="127.0.0.1:9746",job="brinkwatch"'

# What a healthy daemon shows for three hours, a sample a minute.
HEALTHY = {
    "brinkwatch_build_info": "1x180",
    "process_start_time_seconds": "1000x180",
    "brinkwatch_ready": "1x180",
    "brinkwatch_store_up": "1x180",
    'brinkwatch_stage_last_progress_timestamp_seconds{stage="think"}': "0+60x180",
    'brinkwatch_polls_total{outcome="ok"}': "0+30x180",
    'brinkwatch_feeds{state="ok"}': "290x180",
    'brinkwatch_feeds{state="failing"}': "10x180",
    'brinkwatch_feeds{state="paused"}': "900x180",
    'brinkwatch_queue_items{stage="assess"}': "20x180",
    'brinkwatch_items_total{outcome="failed"}': "3x180",
    "brinkwatch_outbox_oldest_seconds": "40x180",
    'brinkwatch_outbox_notifications{state="dead"}': "0x180",
    'brinkwatch_outbox_notifications{state="pending"}': "4x180",
    'brinkwatch_deliveries_total{outcome="sent",receiver="slack"}': "0+2x180",
    'brinkwatch_deliveries_total{outcome="retry",receiver="slack"}': "0+0.1x180",
    'brinkwatch_delivery_seconds_bucket{receiver="slack",le="5"}': "0+2x180",
    'brinkwatch_delivery_seconds_bucket{receiver="slack",le="300"}': "0+2x180",
    'brinkwatch_delivery_seconds_bucket{receiver="slack",le="+Inf"}': "0+2x180",
    "brinkwatch_ledger_balance": "0x180",
    "brinkwatch_config_last_reload_successful": "1x180",
    "brinkwatch_state_free_bytes": "50000000000x180",
}
GONE = "_x180"
TROUBLE: dict[str, dict[str, str]] = {
    "BrinkwatchAbsent": {"brinkwatch_build_info": "1x100 _x80"},
    "BrinkwatchRestarting": {"process_start_time_seconds": "1000+600x180"},
    "BrinkwatchNotReady": {"brinkwatch_ready": "1x100 0x80"},
    "BrinkwatchStageStuck": {'brinkwatch_stage_last_progress_timestamp_seconds{stage="think"}': "0+60x100 6000x80"},
    "BrinkwatchStoreTrouble": {"brinkwatch_store_up": "0x180"},
    "BrinkwatchNothingPolled": {'brinkwatch_polls_total{outcome="ok"}': "0+30x60 1800x120"},
    "BrinkwatchFeedsFailing": {'brinkwatch_feeds{state="failing"}': "200x180"},
    "BrinkwatchAssessmentBacklog": {'brinkwatch_queue_items{stage="assess"}': "501x180"},
    "BrinkwatchItemsGivenUp": {'brinkwatch_items_total{outcome="failed"}': "3x130 4x50"},
    "BrinkwatchOutboxStuck": {"brinkwatch_outbox_oldest_seconds": "0+60x180"},
    "BrinkwatchDeadLetters": {'brinkwatch_outbox_notifications{state="dead"}': "1x180"},
    "BrinkwatchDeliveryErrors": {'brinkwatch_deliveries_total{outcome="retry",receiver="slack"}': "0+9x180"},
    "BrinkwatchDeliverySlow": {'brinkwatch_delivery_seconds_bucket{receiver="slack",le="5"}': "0x180"},
    "BrinkwatchLedgerOutOfBalance": {"brinkwatch_ledger_balance": "2x180"},
    "BrinkwatchReloadFailed": {"brinkwatch_config_last_reload_successful": "0x180"},
    "BrinkwatchDiskLow": {"brinkwatch_state_free_bytes": "1000000000x180"},
}


@cache
def rules() -> list[dict[str, Any]]:
    return [rule for group in YAML(typ="safe").load(RULES)["groups"] for rule in group["rules"]]


def promtool(*arguments: str) -> subprocess.CompletedProcess[str]:
    tool = shutil.which("promtool")
    if tool is None:
        lacking("promtool (Debian: prometheus)")
    return subprocess.run([tool, *arguments], capture_output=True, text=True, check=False)


def scenario(series: dict[str, str], alert: str, *, fires: bool) -> dict[str, Any]:
    """One test of promtool: whether an alert fires within the three hours' last minutes."""
    listed = [
        {"series": name.replace("}", f",{TARGET}}}") if "{" in name else f"{name}{{{TARGET}}}", "values": values}
        for name, values in series.items()
    ]
    question = {"expr": f'count(ALERTS{{alertname="{alert}",alertstate="firing"}}) or vector(0)', "eval_time": "175m"}
    return {
        "interval": "1m",
        "input_series": listed,
        "promql_expr_test": [{**question, "exp_samples": [{"labels": "{}", "value": 1 if fires else 0}]}],
    }


def test_prometheus_reads_them() -> None:
    done = promtool("check", "rules", str(RULES))
    assert done.returncode == 0, done.stderr
    assert f"{len(rules())} rules found" in done.stdout


def test_each_fires_in_its_trouble_and_none_in_health(tmp_path: Path) -> None:
    assert set(TROUBLE) == {rule["alert"] for rule in rules()}
    tests = [scenario(HEALTHY, alert, fires=False) for alert in TROUBLE]
    tests += [scenario({**HEALTHY, **trouble}, alert, fires=True) for alert, trouble in TROUBLE.items()]
    file = tmp_path / "test.json"
    file.write_text(json.dumps({"rule_files": [str(RULES)], "evaluation_interval": "1m", "tests": tests}))
    done = promtool("test", "rules", str(file))
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("rule", rules(), ids=lambda rule: str(rule["alert"]))
def test_each_has_words_a_severity_and_its_section_in_the_runbook(rule: dict[str, Any]) -> None:
    assert rule["labels"]["severity"] in ("warning", "critical")
    notes = rule["annotations"]
    assert set(notes) == {"summary", "description", "runbook"}
    assert notes["runbook"] == f"docs/runbook.md#{rule['alert'].lower()}"
    assert f"\n## {rule['alert']}\n" in RUNBOOK.read_text("utf-8")


def test_the_runbook_has_no_section_for_a_rule_that_is_gone() -> None:
    sections = set(re.findall(r"(?m)^## (Brinkwatch\w+)$", RUNBOOK.read_text("utf-8")))
    assert sections == {rule["alert"] for rule in rules()}
