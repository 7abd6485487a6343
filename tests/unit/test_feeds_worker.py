"""The process that parses: a hostile document costs one worker and nothing else."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from brinkwatch.feeds.notafeed import NotAFeed
from brinkwatch.feeds.parse import parse
from brinkwatch.feeds.worker import RETIRE_BYTES, ParseWorkers, from_json, to_json

FEED = (
    b'<rss version="2.0"><channel><title>Post</title><item><guid>1</guid><title>Zo\xc3\xab</title>'
    b"<pubDate>Wed, 01 May 2024 12:00:00 GMT</pubDate></item></channel></rss>"
)
# Takes the parser tens of seconds: an unclosed tag is looked for again from each of these.
SLOW = b'<rss version="2.0"><channel><item><title>' + b"<a " * 2_000_000
# Needs far more memory as objects than as text.
HEAVY = b'<rss version="2.0"><channel>' + b"<a>" * 300_000


@pytest.fixture
async def workers() -> AsyncIterator[ParseWorkers]:
    running = ParseWorkers(time_limit=timedelta(seconds=30))
    yield running
    await running.close()


async def read(workers: ParseWorkers, body: bytes = FEED) -> str:
    return (await workers.parse(body, content_type=None, url="https://post.example/")).entries[0].title


async def test_a_worker_reads_what_the_parser_reads(workers: ParseWorkers) -> None:
    there = await workers.parse(FEED, content_type="text/xml", url="https://post.example/")
    assert there == parse(FEED, content_type="text/xml", url="https://post.example/")
    assert from_json(to_json(there)) == there


async def test_a_worker_stays_however_much_memory_the_daemon_holds(workers: ParseWorkers) -> None:
    held = b"\1" * (RETIRE_BYTES + 50_000_000)
    await read(workers)
    await read(workers)
    assert len(workers._started) == 1
    assert held


async def test_no_feed_is_the_same_answer_as_here(workers: ParseWorkers) -> None:
    with pytest.raises(NotAFeed) as caught:
        await workers.parse(b"<html></html>", content_type=None, url="")
    assert caught.value.kind == "html_page"
    assert await read(workers) == "Zoë"


async def test_a_document_that_takes_too_long_costs_its_worker_only() -> None:
    workers = ParseWorkers(time_limit=timedelta(seconds=1.5))
    try:
        with pytest.raises(NotAFeed) as caught:
            await workers.parse(SLOW, content_type=None, url="")
        assert caught.value.kind == "hostile"
        assert "1.5 s" in caught.value.words
        assert await read(workers) == "Zoë"
    finally:
        await workers.close()


async def test_a_document_that_takes_too_much_memory_costs_its_worker_only() -> None:
    workers = ParseWorkers(memory_bytes=40_000_000)
    try:
        with pytest.raises(NotAFeed) as caught:
            await workers.parse(HEAVY, content_type=None, url="")
        assert caught.value.kind == "hostile"
        assert await read(workers) == "Zoë"
    finally:
        await workers.close()


async def test_a_worker_that_died_between_two_documents_is_replaced_unseen(workers: ParseWorkers) -> None:
    await read(workers)
    process = workers._started[0].process
    process.kill()
    await process.wait()
    assert await read(workers) == "Zoë"


async def test_a_poll_that_is_cancelled_leaves_no_half_answer_behind(workers: ParseWorkers) -> None:
    await read(workers)
    half = asyncio.create_task(workers.parse(SLOW, content_type=None, url=""))
    await asyncio.sleep(0.05)
    half.cancel()
    with pytest.raises(asyncio.CancelledError):
        await half
    assert await read(workers) == "Zoë"


async def test_a_worker_of_a_large_daemon_is_not_taken_for_a_fat_one(workers: ParseWorkers) -> None:
    ours = bytearray(RETIRE_BYTES + 50_000_000)  # as with a model loaded
    await read(workers)
    process = workers._started[0].process
    await read(workers)
    assert ours
    assert [worker.process for worker in workers._started] == [process]
    assert process.returncode is None


async def test_closing_ends_the_processes() -> None:
    workers = ParseWorkers()
    await read(workers)
    process = workers._started[0].process
    await workers.close()
    assert process.returncode is not None


async def test_the_worker_knows_no_credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    from brinkwatch.feeds import worker

    monkeypatch.setenv("BRINKWATCH_SLACK_TOKEN", "xoxb-secret")
    assert "xoxb-secret" not in str(worker._environment())
