"""Questions asked often are answered from an index, however much is stored."""

import re
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event, text

from bot.domain.assessment import Judgement
from bot.domain.commitment import Scale
from bot.domain.evidence import Verdict
from bot.domain.window import Window
from bot.domain.workspace import WorkspaceId
from bot.ledger import Ledger
from bot.ledger.db.database import Access, SQLiteDatabase
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
    "|delivery_messages|delivery_mentions|audit|notices|seen|feed_notes|assessments"
    "|assessment_evidence|objections"
)
SCAN = re.compile(rf"SCAN ({GROWING})\b(?! USING)")
EVER = Window(since=NOW - DAY, until=NOW + DAY)
LEASE = timedelta(minutes=1)

JUDGED = Judgement(
    commitment_id="remains", scale=Scale.IMPLEMENTATION, level=1, reason="Talks.", evidence=(1,)
)

Question = Callable[[Ledger, WorkspaceId], Awaitable[Any]]
QUESTIONS: dict[str, Question] = {
    "due": lambda ledger, workspace: ledger.feeds.due(now=NOW + DAY),
    "feed list": lambda ledger, workspace: ledger.feeds.list(workspace),
    "feed figures": lambda ledger, workspace: ledger.feed_stats.list(workspace, now=NOW),
    "feeds to tell of": lambda ledger, workspace: ledger.feed_notes.unsent(workspace),
    "feeds told of": lambda ledger, workspace: ledger.feed_notes.last_sent_at(workspace),
    "feeds that fail": lambda ledger, workspace: ledger.feed_notes.refresh(workspace, at=NOW),
    "pending": pending,
    "newest": lambda ledger, workspace: ledger.items.newest(workspace, limit=9),
    "newest of a feed": lambda ledger, workspace: ledger.items.newest(
        workspace, feed_id=1, limit=9
    ),
    "evidence of items": lambda ledger, workspace: ledger.evidence.list(workspace, item_ids=[1, 2]),
    "search": lambda ledger, workspace: ledger.items.search(workspace, "talks", since=NOW - DAY),
    "evidence": lambda ledger, workspace: ledger.evidence.list(workspace),
    "evidence of commitments": lambda ledger, workspace: ledger.evidence.list(
        workspace, commitments=["remains"]
    ),
    "evidence filed": lambda ledger, workspace: ledger.evidence.list(
        workspace, window=EVER, news_only=True
    ),
    "evidence since a digest": lambda ledger, workspace: ledger.evidence.list(
        workspace, commitments=["remains", "regime"], window=EVER, after=1, news_only=True
    ),
    "newest evidence": lambda ledger, workspace: ledger.evidence.newest(workspace),
    "told up to": lambda ledger, workspace: ledger.outbox.told_up_to(workspace, 1),
    "evidence published": lambda ledger, workspace: ledger.evidence.list(workspace, published=EVER),
    "last published": lambda ledger, workspace: ledger.evidence.last_published(workspace),
    "evidence as of a day": lambda ledger, workspace: ledger.evidence.as_of(
        workspace, NOW - HOUR, commitments=["remains"]
    ),
    "assessments": lambda ledger, workspace: ledger.assessments.list(
        workspace, commitments=["remains"]
    ),
    "assess": lambda ledger, workspace: ledger.assessments.add(
        workspace, JUDGED, actor=ANALYST, at=NOW
    ),
    "objections": lambda ledger, workspace: ledger.assessments.objections(
        workspace, commitments=["remains"]
    ),
    "reviews": lambda ledger, workspace: ledger.evidence.reviews(workspace),
    "recent stories": lambda ledger, workspace: ledger.evidence.recent_for_stories(
        since=NOW - HOUR
    ),
    "item": lambda ledger, workspace: ledger.items.revisions(workspace, 1),
    "claim": lambda ledger, workspace: ledger.outbox.claim(
        now=NOW, worker="w", lease=LEASE, limit=9
    ),
    "covered": lambda ledger, workspace: ledger.outbox.covered_until(workspace, 1, now=NOW),
    "mentioned": lambda ledger, workspace: ledger.outbox.mentioned(workspace, 1),
    "has": lambda ledger, workspace: ledger.outbox.has(workspace, "k"),
    "deliveries": lambda ledger, workspace: ledger.outbox.list(workspace),
    "audit": lambda ledger, workspace: ledger.audit.list(workspace),
    "seen": lambda ledger, workspace: ledger.seen_requests.first_time("Ev1", at=NOW, keep=HOUR),
}


@pytest.fixture
async def full(sqlite_url: str) -> Any:
    """A ledger with a row of everything."""
    async with Ledger.opened(sqlite_url) as ledger:
        workspace = await ledger.workspaces.first()
        feed = await listed(ledger, workspace)
        await fetched(ledger, feed, [entry(1), entry(2)])
        await filed_all(ledger, workspace, "remains")
        await ledger.evidence.review(workspace, [1], Verdict.CONFIRMED, actor=ANALYST, at=NOW)
        made = await ledger.assessments.add(workspace, JUDGED, actor=ANALYST, at=NOW)
        await ledger.assessments.object(workspace, made.id, "No.", actor=ANALYST, at=NOW)
        await ledger.subscriptions.add(workspace, "C01BRIEFS", (), MORNINGS, actor=ANALYST, at=NOW)
        await ledger.outbox.put(workspace, delivery("k", subscription_id=1), at=NOW)
        yield ledger, workspace


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

    return await database.run(Access.READ, explain)


@pytest.mark.parametrize("name", QUESTIONS)
async def test_no_growing_table_is_read_from_end_to_end(
    full: tuple[Ledger, WorkspaceId], name: str
) -> None:
    ledger, workspace = full
    found = await plans(ledger, QUESTIONS[name](ledger, workspace))
    assert found
    assert not [step for step in found if SCAN.search(step)]


@pytest.mark.parametrize("feed_id", [None, 1])
async def test_a_page_of_items_begins_where_the_last_one_ended(
    full: tuple[Ledger, WorkspaceId], feed_id: int | None
) -> None:
    ledger, workspace = full
    (last,) = await ledger.items.newest(workspace, feed_id=feed_id, limit=1)
    page = ledger.items.newest(workspace, feed_id=feed_id, before=last, limit=9)
    found = await plans(ledger, page)
    assert any("published_at<?" in step for step in found)
    assert not [step for step in found if "TEMP B-TREE" in step]


async def test_recording_a_fetch_reads_no_growing_table_from_end_to_end(
    full: tuple[Ledger, WorkspaceId],
) -> None:
    ledger, workspace = full
    (feed,) = await ledger.feeds.list(workspace)
    document = [entry(1, title="Edited"), entry(3), entry(2, key="guid:renamed")]
    found = await plans(ledger, fetched(ledger, feed, document, at=NOW + HOUR))
    assert not [step for step in found if SCAN.search(step)]


async def test_claiming_looks_at_pending_deliveries_only(
    full: tuple[Ledger, WorkspaceId],
) -> None:
    ledger, workspace = full
    found = await plans(ledger, QUESTIONS["claim"](ledger, workspace))
    assert any("ix_deliveries_pending" in step for step in found)


async def test_a_digest_reads_only_what_was_filed_since(full: tuple[Ledger, WorkspaceId]) -> None:
    ledger, workspace = full
    found = await plans(ledger, QUESTIONS["evidence since a digest"](ledger, workspace))
    read = [step for step in found if re.search("evidence|any_of", step) and "SEARCH" in step]
    wanted = r"filed_at>\? AND filed_at<\?|rowid>\?|rowid=\?"
    assert read
    assert not [step for step in read if not re.search(wanted, step)], found


async def test_a_scan_would_be_seen(full: tuple[Ledger, WorkspaceId]) -> None:
    ledger, _ = full
    question = ledger._database.run(
        Access.READ,
        lambda connection: connection.execute(
            text("SELECT * FROM items WHERE summary = 'x'")
        ).all(),
    )
    assert [step for step in await plans(ledger, question) if SCAN.search(step)]
