"""What Prometheus is told: names by its conventions, labels that nobody can make many."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client import generate_latest
from prometheus_client.parser import text_string_to_metric_families

from brinkwatch.ops.metrics import Metrics, Snapshot, Standing, poll_outcome
from brinkwatch.outcomes import Outcome

NOW = datetime(2026, 1, 10, 9, 0, tzinfo=UTC)
UNITS = ("_seconds", "_bytes", "_total", "_info")
COUNTS = {
    "brinkwatch_feeds", "brinkwatch_polls_in_flight", "brinkwatch_queue_items", "brinkwatch_stories_open",
    "brinkwatch_outbox_notifications", "brinkwatch_ledger_balance",
}  # fmt: skip
YES_OR_NO = {"brinkwatch_ready", "brinkwatch_store_up", "brinkwatch_config_last_reload_successful"}


def shown(metrics: Metrics) -> dict[str, float]:
    """Each series with its labels, and its value."""
    text = generate_latest(metrics.registry).decode()
    lines = [line.rpartition(" ") for line in text.splitlines() if not line.startswith("#")]
    return {name: float(value) for name, _, value in lines}


EMPTY = Snapshot()


def made(snapshot: Snapshot | None = EMPTY) -> Metrics:
    metrics = Metrics()
    metrics.prepare(receivers=["slack"], deliveries=["sent", "retry"])
    metrics.runs(version="1", python="3", receivers=["slack"], standing=Standing(lambda: snapshot))
    return metrics


def test_every_name_is_ours_or_the_process_and_ends_with_its_unit() -> None:
    metrics = made()
    metrics.configured(NOW, "m 1")
    names = {
        family.name: family for family in text_string_to_metric_families(generate_latest(metrics.registry).decode())
    }
    assert len(names) > 20
    for name, family in names.items():
        assert re.fullmatch(r"(brinkwatch|process)_[a-z_]+", name)
        assert family.documentation.endswith(".")
        if name.startswith("brinkwatch_") and family.type != "counter":
            assert name.endswith(UNITS) or name in COUNTS | YES_OR_NO, name


def test_what_has_not_happened_yet_is_shown_as_zero() -> None:
    found = shown(made())
    for outcome in Outcome:
        assert found[f'brinkwatch_items_total{{outcome="{outcome}"}}'] == 0
    assert found['brinkwatch_deliveries_total{outcome="sent",receiver="slack"}'] == 0


def test_a_poll_counts_once_and_its_entries_by_their_outcome() -> None:
    metrics = made()
    metrics.polled("ok", timedelta(seconds=0.2), {Outcome.PENDING: 2, Outcome.UNCHANGED: 28})
    metrics.ended({Outcome.ASSESSED: 2})
    found = shown(metrics)
    assert found['brinkwatch_polls_total{outcome="ok"}'] == 1
    assert found["brinkwatch_poll_seconds_sum"] == pytest.approx(0.2)
    assert found['brinkwatch_items_total{outcome="unchanged"}'] == 28
    assert (
        found['brinkwatch_items_total{outcome="pending"}'] == found['brinkwatch_items_total{outcome="assessed"}'] == 2
    )


def test_a_batch_shares_its_time_among_its_items() -> None:
    metrics = made()
    metrics.assessed(32, 0.32)
    found = shown(metrics)
    assert found["brinkwatch_assessment_seconds_count"] == 32
    assert found['brinkwatch_assessment_seconds_bucket{le="0.005"}'] == 0
    assert found['brinkwatch_assessment_seconds_bucket{le="0.025"}'] == 32


def test_only_what_arrived_has_a_latency() -> None:
    metrics = made()
    metrics.delivered("slack", "retry", None)
    metrics.delivered("slack", "sent", timedelta(seconds=7))
    found = shown(metrics)
    assert found['brinkwatch_deliveries_total{outcome="retry",receiver="slack"}'] == 1
    assert found['brinkwatch_delivery_seconds_sum{receiver="slack"}'] == 7


def test_a_refused_configuration_is_seen_and_leaves_the_time_of_the_last_good_one() -> None:
    metrics = made()
    metrics.configured(NOW, "m 1")
    metrics.refused()
    found = shown(metrics)
    assert found["brinkwatch_config_last_reload_successful"] == 0
    assert found["brinkwatch_config_last_reload_success_timestamp_seconds"] == NOW.timestamp()
    assert found['brinkwatch_model_info{version="m 1"}'] == 1
    metrics.configured(NOW, "m 2")
    assert [name for name in shown(metrics) if "model_info" in name] == ['brinkwatch_model_info{version="m 2"}']


def test_without_a_store_the_counts_are_still_told() -> None:
    found = shown(made(None))
    assert found["brinkwatch_store_up"] == 0
    assert "brinkwatch_ready" not in found
    assert 'brinkwatch_items_total{outcome="assessed"}' in found


@given(st.lists(st.integers(100, 999), min_size=1))
def test_servers_cannot_make_many_series(statuses: list[int]) -> None:
    assert {poll_outcome(f"http_{status}") for status in statuses} <= {f"http_{first}xx" for first in range(1, 10)}


def test_named_failures_keep_their_names() -> None:
    assert [poll_outcome(name) for name in ("timeout", "html_page", "http_503")] == ["timeout", "html_page", "http_5xx"]
