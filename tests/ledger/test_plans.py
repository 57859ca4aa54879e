"""Questions asked often are answered from an index, however much is stored."""

import re
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event, text

from bot.domain.evidence import Verdict
from bot.domain.window import Window
from bot.domain.workspace import WorkspaceId
from bot.ledger import Ledger
from bot.ledger.engine_sqlite import SQLiteDatabase
from tests.ledger.builders import (
    ANALYST,
    DAY,
    HOUR,
    MORNINGS,
    NOW,
    delivery,
    entry,
    fetched,
    filed_all,
    listed,
    pending,
)

GROWING = (
    "items|item_keys|item_revisions|story_items|unmatched|evidence|reviews|deliveries"
    "|delivery_messages|delivery_mentions|audit|notices|seen|feed_notes"
)
SCAN = re.compile(rf"SCAN ({GROWING})\b(?! USING)")
EVER = Window(since=NOW - DAY, until=NOW + DAY)
LEASE = timedelta(minutes=1)

Question = Callable[[Ledger, WorkspaceId], Awaitable[Any]]
QUESTIONS: dict[str, Question] = {
    "due": lambda ledger, w: ledger.feeds.due(now=NOW + DAY),
    "feed list": lambda ledger, w: ledger.feeds.list(w),
    "feed figures": lambda ledger, w: ledger.feeds.figures(w, now=NOW),
    "feeds to tell of": lambda ledger, w: ledger.feed_notes.untold(w),
    "feeds told of": lambda ledger, w: ledger.feed_notes.last_told_at(w),
    "feeds that fail": lambda ledger, w: ledger.feed_notes.take_stock(w, at=NOW),
    "pending": pending,
    "search": lambda ledger, w: ledger.items.search(w, "talks", since=NOW - DAY),
    "evidence": lambda ledger, w: ledger.evidence.list(w, limit=20),
    "evidence of commitments": lambda ledger, w: ledger.evidence.list(w, commitments=["remains"]),
    "evidence filed": lambda ledger, w: ledger.evidence.list(w, window=EVER, news_only=True),
    "evidence published": lambda ledger, w: ledger.evidence.list(w, published=EVER),
    "last published": lambda ledger, w: ledger.evidence.last_published(w),
    "counts": lambda ledger, w: ledger.evidence.counts(w, published=EVER),
    "reviews": lambda ledger, w: ledger.evidence.reviews(w),
    "recent stories": lambda ledger, w: ledger.evidence.recent_for_stories(since=NOW - HOUR),
    "item": lambda ledger, w: ledger.items.revisions(w, 1),
    "claim": lambda ledger, w: ledger.outbox.claim(now=NOW, worker="w", lease=LEASE, limit=9),
    "covered": lambda ledger, w: ledger.outbox.covered_until(w, 1),
    "mentioned": lambda ledger, w: ledger.outbox.mentioned(w, 1),
    "has": lambda ledger, w: ledger.outbox.has(w, "k"),
    "deliveries": lambda ledger, w: ledger.outbox.list(w),
    "audit": lambda ledger, w: ledger.audit.list(w),
    "seen": lambda ledger, w: ledger.seen.first_time("Ev1", at=NOW, keep=HOUR),
}


@pytest.fixture
async def full(sqlite_url: str) -> Any:
    """A ledger with a row of everything."""
    async with Ledger.opened(sqlite_url) as ledger:
        w = await ledger.workspaces.first()
        feed = await listed(ledger, w)
        await fetched(ledger, feed, [entry(1), entry(2)])
        await filed_all(ledger, w, "remains")
        await ledger.evidence.review(w, 1, Verdict.CONFIRMED, actor=ANALYST, at=NOW)
        await ledger.subscriptions.add(w, "C01BRIEFS", (), MORNINGS, actor=ANALYST, at=NOW)
        await ledger.outbox.put(w, delivery("k", subscription_id=1), at=NOW)
        yield ledger, w


async def plans(ledger: Ledger, question: Awaitable[Any]) -> list[str]:
    """How SQLite goes about each statement of a question."""
    database = ledger._database
    assert isinstance(database, SQLiteDatabase)
    asked: list[tuple[str, Any]] = []

    def note(_: Any, __: Any, statement: str, values: Any, *___: Any) -> None:
        asked.append((statement, values))

    engines = (database._reader, database._writer)
    for engine in engines:
        event.listen(engine, "before_cursor_execute", note)
    await question
    for engine in engines:
        event.remove(engine, "before_cursor_execute", note)
    questions = [(s, v) for s, v in asked if re.match("SELECT|UPDATE|DELETE|INSERT", s)]

    def explain(connection: Any) -> list[str]:
        found = []
        for statement, values in questions:
            rows = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)
            found += [row.detail for row in rows]
        return found

    return await database.read(explain)


@pytest.mark.parametrize("name", QUESTIONS)
async def test_no_growing_table_is_read_from_end_to_end(
    full: tuple[Ledger, WorkspaceId], name: str
) -> None:
    ledger, w = full
    found = await plans(ledger, QUESTIONS[name](ledger, w))
    assert found
    assert not [step for step in found if SCAN.search(step)]


async def test_recording_a_fetch_reads_no_growing_table_from_end_to_end(
    full: tuple[Ledger, WorkspaceId],
) -> None:
    ledger, w = full
    (feed,) = await ledger.feeds.list(w)
    document = [entry(1, title="Edited"), entry(3), entry(2, key="guid:renamed")]
    found = await plans(ledger, fetched(ledger, feed, document, at=NOW + HOUR))
    assert not [step for step in found if SCAN.search(step)]


async def test_claiming_looks_at_pending_deliveries_only(
    full: tuple[Ledger, WorkspaceId],
) -> None:
    ledger, w = full
    found = await plans(ledger, QUESTIONS["claim"](ledger, w))
    assert any("ix_deliveries_pending" in step for step in found)


async def test_a_scan_would_be_seen(full: tuple[Ledger, WorkspaceId]) -> None:
    ledger, _ = full
    question = ledger._database.read(
        lambda connection: connection.execute(text("SELECT * FROM items WHERE summary = 'x'")).all()
    )
    assert [step for step in await plans(ledger, question) if SCAN.search(step)]
