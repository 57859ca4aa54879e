"""Parsing in processes of its own: same results, and hostile documents cost only a process."""

import asyncio
import os
from datetime import timedelta

import pytest

from bot import workers
from bot.domain.errors import BriefingError, FetchError
from bot.ingest.formats import pool as parser_pool
from bot.ingest.formats.document import parse
from bot.ingest.formats.pool import ParserPool, answer, unpacked
from bot.workers import Worker, WorkerDiedError
from tests.ingest.conftest import NOW
from tests.ingest.serving import RSS

URL = "https://example.org/feed"
FULL = (
    b"<rss version='2.0'><channel><title>Wire</title><link>https://example.org/</link>"
    b"<language>en</language><ttl>90</ttl><skipHours><hour>3</hour></skipHours>"
    b"<skipDays><day>Sunday</day></skipDays><item><title>A \xe2\x80\x93 B</title>"
    b"<pubDate>Tue, 12 Jun 2018 08:00:00 GMT</pubDate></item><item><guid>2</guid></item>"
    b"</channel></rss>"
)


async def ask(pool, body=RSS):
    return await pool.parse(body, content_type=None, url=URL, now=NOW)


def here(body=RSS):
    return parse(body, content_type=None, url=URL, now=NOW)


def test_a_feed_comes_back_from_its_packing_as_it_was():
    assert unpacked(answer(FULL, None, URL, NOW)) == here(FULL)
    assert unpacked(answer(FULL[:-6], None, URL, NOW)) == here(FULL[:-6])
    assert not here(FULL[:-6]).whole


def test_a_worker_answers_with_words_where_there_is_no_feed():
    assert answer(b"", None, URL, NOW)["kind"] == "not_a_feed"


def test_a_worker_without_memory_says_so(monkeypatch):
    def too_much(*_, **__):
        raise MemoryError

    monkeypatch.setattr(parser_pool, "parse", too_much)
    assert answer(RSS, None, URL, NOW)["kind"] == "unreadable"


async def test_a_worker_that_does_not_start_is_the_machines_fault(monkeypatch):
    monkeypatch.setattr(workers.sys, "executable", "/bin/false")
    async with ParserPool(processes=1) as pool:
        with pytest.raises(BriefingError, match="does not start"):
            await ask(pool)


async def test_a_process_gives_what_the_parser_gives():
    async with ParserPool(processes=1) as pool:
        assert await ask(pool, FULL) == here(FULL)
        assert await ask(pool) == here()


async def test_what_is_no_feed_is_said_in_the_same_words():
    async with ParserPool(processes=1) as pool:
        with pytest.raises(FetchError, match="this is a web page") as caught:
            await ask(pool, b"<!DOCTYPE html><html></html>")
        assert (caught.value.kind, caught.value.url) == ("not_a_feed", URL)
        assert await ask(pool) == here()


async def test_many_documents_at_once_come_back_to_their_askers():
    async with ParserPool(processes=2) as pool:
        bodies = [RSS.replace(b"Talks begin", b"Talk %d" % n) for n in range(20)]
        parsed = await asyncio.gather(*(ask(pool, body) for body in bodies))

    assert [p.entries[0].title for p in parsed] == [f"Talk {n}" for n in range(20)]


async def test_a_document_that_takes_too_long_costs_its_process_and_no_more():
    endless = b"<rss version='2.0'><channel>" + b"<item><title>a</title></item>" * 120_000
    async with ParserPool(processes=1, timeout=timedelta(seconds=0.2)) as pool:
        with pytest.raises(FetchError, match="too much time or memory") as caught:
            await ask(pool, endless)
        assert caught.value.kind == "unreadable"
    async with ParserPool(processes=1) as pool:
        assert await ask(pool) == here()


async def test_after_a_process_was_lost_the_next_document_gets_a_new_one():
    async with ParserPool(processes=1) as pool:
        await ask(pool)
        (worker,) = pool._idle
        worker.process.kill()
        await worker.process.wait()
        assert await ask(pool) == here()


async def test_a_document_that_kills_every_process_is_given_up(monkeypatch):
    async with ParserPool(processes=1) as pool:
        monkeypatch.setattr(Worker, "ask", _dies)
        with pytest.raises(FetchError, match="too much") as caught:
            await ask(pool)
        assert caught.value.kind == "unreadable"
        assert pool._idle == []


async def _dies(worker, *_, **__):
    await worker.stop()
    raise WorkerDiedError


async def test_a_cancelled_question_leaves_no_answer_for_the_next(monkeypatch):
    asked = asyncio.Event()
    really_ask = Worker.ask

    async def ask_and_tell(worker, *question, **bounds):
        asked.set()
        return await really_ask(worker, *question, **bounds)

    long = b"<rss version='2.0'><channel><title>Long</title>" + b"<item/>" * 50_000
    async with ParserPool(processes=1) as pool:
        monkeypatch.setattr(Worker, "ask", ask_and_tell)
        task = asyncio.create_task(ask(pool, long))
        await asked.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert await ask(pool) == here()


async def test_a_parser_process_sees_no_secret_of_the_bot(monkeypatch):
    monkeypatch.setenv("SLACK_BOT_TOKEN", "xoxb-secret")
    async with ParserPool(processes=1) as pool:
        await ask(pool)
        (worker,) = pool._idle
        with open(f"/proc/{worker.process.pid}/environ", "rb") as environ:  # noqa: ASYNC230, PTH123
            assert b"xoxb-secret" not in environ.read()


async def test_no_process_is_left_behind():
    async with ParserPool(processes=2) as pool:
        await asyncio.gather(ask(pool), ask(pool))
        pids = [worker.process.pid for worker in pool._idle]

    assert pids
    for pid in pids:
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)


async def test_processes_that_rest_end_and_the_next_document_starts_one():
    async with ParserPool(processes=2) as pool:
        await ask(pool)
        pids = [worker.process.pid for worker in pool._idle]
        await pool.rest()
        for pid in pids:
            with pytest.raises(ProcessLookupError):
                os.kill(pid, 0)
        assert await ask(pool) == here()
        assert [worker.process.pid for worker in pool._idle] != pids


async def test_one_process_is_enough_while_documents_are_read_in_time():
    async with ParserPool(processes=2, patience=timedelta(minutes=1)) as pool:
        await asyncio.gather(*(ask(pool) for _ in range(30)))
        assert len(pool._idle) == 1


async def test_another_process_helps_when_a_document_takes_all_of_the_first(monkeypatch):
    held, go_on = asyncio.Event(), asyncio.Event()
    really_ask = Worker.ask

    async def ask_slowly(worker, name, body, *rest, **bounds):
        if b"held" in body:
            held.set()
            await go_on.wait()
        return await really_ask(worker, name, body, *rest, **bounds)

    monkeypatch.setattr(Worker, "ask", ask_slowly)
    async with ParserPool(processes=2, patience=timedelta(0)) as pool:
        slow = asyncio.create_task(ask(pool, RSS.replace(b"Talks begin", b"held")))
        await held.wait()
        assert await ask(pool) == here()
        go_on.set()
        assert (await slow).entries[0].title == "held"
        assert len(pool._idle) == 2


async def test_who_no_longer_waits_leaves_the_process_to_the_next():
    async with ParserPool(processes=1, patience=timedelta(minutes=1)) as pool:
        first, gone, last = (asyncio.create_task(ask(pool)) for _ in range(3))
        await asyncio.sleep(0)
        gone.cancel()
        assert await first == await last == here()
        assert gone.cancelled()
        assert len(pool._idle) == 1
        assert not pool._waiting
