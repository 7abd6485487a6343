"""A long run with everything that befalls entries: all are accounted for. The long one is `benchmarks/ledger.py`."""

from pathlib import Path

from brinkwatch.outcomes import Outcome
from fakes.long_run import LongRun
from fakes.models import keyword_model


async def test_whatever_is_seen_ends_in_exactly_one_outcome_at_every_stage(tmp_path: Path) -> None:
    run = LongRun(tmp_path, keyword_model(tmp_path / "model", max_tokens=64))
    found = await run.run(600)
    await run.close()
    assert found.balance.wrong == []
    assert len({line.day for line in found.balance.days}) == 2
    assert found.undecided == 0
    assert found.outcomes[Outcome.PENDING] > 300
    for outcome in Outcome:
        if outcome is not Outcome.FAILED:
            assert found.outcomes[outcome] > 0, outcome
