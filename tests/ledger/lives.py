"""A life of the ledger that can be cut short at any instruction, and gone on with.

Three feeds publish in steps: new items, edits, an item under a new key, the same story in two of
them. Each life first files what is pending, then records the next step of each feed, until all
steps are done. What is next is read from the ledger alone, as the bot does.
"""

import asyncio
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, select, text

from bot.domain.evidence import Direction, Match
from bot.domain.feed import Feed, FeedList, FeedSpec
from bot.domain.item import Entry, Item
from bot.domain.workspace import WorkspaceId
from bot.ledger import Filing, Ledger
from bot.ledger.db import tables as t
from bot.ledger.db.database import Access, open_database
from tests.killing import killed_at_call
from tests.ledger.builders import HOUR, NOW, entry, fetched, pending

FEEDS = tuple(f"https://{name}.example/feed" for name in ("a", "b", "c"))
STEPS = 6
BATCH = 7


def document(feed: int, step: int) -> list[Entry]:
    """What a feed holds at a step: the newest entries, some of them edited or renamed."""
    entries = []
    for n in range(step + 3, max(0, step - 3), -1):
        changes: dict[str, Any] = {
            "title": f"Talks {n}",
            "canonical_url": f"press{feed}.example/{n}",
            "published_at": NOW + n * HOUR if n % 4 else None,
        }
        if step > n and n % 3 == 0:
            changes["key"] = f"renamed:{n}"
        elif step > n:
            changes["title"] += f", corrected at {step // 2}"
        entries.append(entry(n, **changes))
    return entries


def matches_of(item: Item) -> tuple[Match, ...]:
    """What a matcher would find; an edit finds something else than the text before."""
    number = int(item.title.split(",")[0].rpartition(" ")[2])
    corrected = "corrected" in item.title
    names = {"remains": number % 2 == 0, "regime": not corrected, "relations": item.revision == 2}
    direction = Direction.SETBACK if corrected else Direction.PROGRESS
    return tuple(
        Match(commitment_id=name, score=1 / (number + 1), direction=direction, passage=item.title)
        for name, found in names.items()
        if found
    )


async def live(url: str) -> None:
    """Go on from wherever the last life ended, to the end."""
    async with Ledger.opened(url) as ledger:
        await ledger.upgrade()
        workspace = await ledger.workspaces.first()
        specs = tuple(FeedSpec(url=feed) for feed in FEEDS)
        await ledger.feeds.sync(workspace, FeedList(feeds=specs), actor="file", at=NOW)
        while True:
            await file_all(ledger, workspace)
            feeds = await ledger.feeds.list(workspace)
            step = min(_next_step(feed) for feed in feeds)
            if step > STEPS:
                return
            for number, feed in enumerate(feeds):
                if _next_step(feed) == step:
                    at = NOW + step * HOUR
                    document_ = document(number, step)
                    await fetched(ledger, feed, document_, at=at, body_hash=str(step))


def _next_step(feed: Feed) -> int:
    return int(feed.body_hash or 0) + 1


async def file_all(ledger: Ledger, workspace: WorkspaceId) -> None:
    first_of: dict[str, int] = {}
    for item, story_id in await ledger.evidence.recent_for_stories(since=NOW - HOUR):
        first_of.setdefault(item.title, story_id)
    while items := await pending(ledger, workspace, limit=BATCH):
        filings = [
            Filing(
                item_id=item.id,
                revision=item.revision,
                story_id=first_of.setdefault(item.title, item.id),
                matches=matches_of(item),
            )
            for item in items
        ]
        await ledger.evidence.file(
            workspace, filings, matcher_version="1", pack_fingerprint="a", at=NOW + 9 * HOUR
        )


def life(url: str, crash_after: int, calls: Any = None) -> None:
    """One process: lives, and kills itself at its `crash_after`th call of any function.

    Args:
        url: The database.
        crash_after: 0 to live on.
        calls: A shared number that is set to how many calls there were.
    """
    with killed_at_call(crash_after, calls):
        asyncio.run(live(url))


Content = dict[str, list[tuple[Any, ...]]]


async def content(url: str) -> Content:
    """Everything in the ledger, without the database's own numbers."""
    database = open_database(url)
    try:
        return await database.run(Access.WRITE, _content)
    finally:
        await database.close()


def _content(connection: Connection) -> Content:
    if connection.dialect.name == "sqlite":
        check = "INSERT INTO items_search (items_search, rank) VALUES ('integrity-check', 1)"
        connection.execute(text(check))
        assert connection.execute(text("PRAGMA integrity_check")).scalar_one() == "ok"
        assert not connection.execute(text("PRAGMA foreign_key_check")).all()
    items = {
        row.id: (row.feed, row.key)
        for row in connection.execute(
            select(t.items.c.id, t.items.c.key, t.feeds.c.url.label("feed")).join_from(
                t.items, t.feeds, t.feeds.c.id == t.items.c.feed_id
            )
        )
    }
    founders = {row.item_id: row.story_id for row in connection.execute(select(t.story_items))}
    stories: dict[int, list[tuple[str, str]]] = {}
    for item, story in founders.items():
        stories.setdefault(story, []).append(items[item])

    def rows(table: Any, left_out: Sequence[str], *named: str) -> list[tuple[Any, ...]]:
        kept = [c.name for c in table.columns if c.name not in {"id", *left_out, *named}]
        found = connection.execute(select(table)).mappings()
        return sorted(
            (tuple(items[row[n]] for n in named) + tuple(str(row[n]) for n in kept))
            for row in found
        )

    return {
        "items": rows(t.items, ["feed_id"]),
        "earlier texts": rows(t.item_revisions, [], "item_id"),
        "further keys": rows(t.item_keys, ["feed_id"], "item_id"),
        "stories": sorted((tuple(sorted(story)),) for story in stories.values()),
        "feeds": rows(t.feeds, []),
        "listings": rows(t.listings, ["feed_id"]),
        "evidence": rows(t.evidence, [], "item_id"),
        "unmatched": rows(t.unmatched, [], "item_id"),
        "workspaces": rows(t.workspaces, []),
        "audit": rows(t.audit, []),
    }
