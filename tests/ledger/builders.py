"""Small makers of what the ledger's tests store."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from typing import Any

from sqlalchemy import Connection, delete

from bot.domain.evidence import Direction, Match
from bot.domain.feed import (
    Feed,
    FeedList,
    FeedSpec,
    FeedUpdate,
    Recorded,
    UpdateKind,
    Validators,
)
from bot.domain.item import Entry, Item
from bot.domain.schedule import WORKDAYS, Schedule
from bot.domain.subscription import DeliveryKind, NewDelivery
from bot.domain.workspace import WorkspaceId
from bot.ledger import FeedChanges, Filed, Filing, Ledger
from bot.ledger.db.database import Access
from bot.ledger.db.rows import value_of
from bot.ledger.db.tables import metadata
from bot.ledger.feeds.feeds import listed_feeds

NOW = datetime(2019, 2, 28, 8, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
ADMIN = "U01ADMIN"
ANALYST = "U01ANALYST"
MORNINGS = Schedule(weekdays=WORKDAYS, at=time(8), timezone="Asia/Seoul")


def entry(n: int | str, **changes: Any) -> Entry:
    """Entry number `n` of some document, published an hour before `NOW`."""
    title, summary = changes.pop("title", f"Talks, part {n}"), changes.pop("summary", "They met.")
    values: dict[str, Any] = {
        "key": f"guid:{n}",
        "url": f"https://press.example/{n}",
        "canonical_url": f"press.example/{n}",
        "title": title,
        "summary": summary,
        "language": "en",
        "published_at": NOW - HOUR,
        "content_hash": hashlib.sha256(f"{title}\n{summary}".encode()).hexdigest(),
    }
    return Entry(**{**values, **changes})


def match(commitment_id: str, **changes: Any) -> Match:
    values: dict[str, Any] = {
        "commitment_id": commitment_id,
        "score": 0.8,
        "direction": Direction.PROGRESS,
        "direction_score": 0.9,
        "reasons": ("names it",),
        "passage": "They met.",
    }
    return Match(**{**values, **changes})


def delivery(key: str = "digest:1:2019-02-28", **changes: Any) -> NewDelivery:
    values: dict[str, Any] = {
        "key": key,
        "kind": DeliveryKind.DIGEST,
        "target": "C01BRIEFS",
        "payloads": ({"text": "Briefing"}, {"text": "More"}),
        "window_since": NOW - DAY,
        "window_until": NOW,
    }
    return NewDelivery(**{**values, **changes})


async def emptied(ledger: Ledger) -> None:
    """Leave nothing in the ledger, as each example of a property finds it."""

    def empty(connection: Connection) -> None:
        for table in reversed(metadata.sorted_tables):
            connection.execute(delete(table))

    await ledger._database.run(Access.WRITE, empty)


async def lines(ledger: Ledger, workspace: WorkspaceId) -> dict[str, FeedSpec]:
    """The workspace's list by address, as it was given."""
    query = listed_feeds(workspace)
    rows = await ledger._database.run(Access.READ, lambda c: c.execute(query).all())
    return {
        row.url: value_of(
            FeedSpec,
            row,
            title=row.listed_title,
            every=timedelta(seconds=row.every_s),
            inherits=row.own_every_s is None,
        )
        for row in rows
    }


async def sync(
    ledger: Ledger,
    workspace: WorkspaceId,
    specs: Iterable[FeedSpec],
    *,
    actor: str = ADMIN,
    at: datetime = NOW,
) -> FeedChanges:
    feed_list = FeedList(feeds=tuple(specs))
    return await ledger.feeds.sync(workspace, feed_list, actor=actor, at=at)


async def list_feed(
    ledger: Ledger, workspace: WorkspaceId, spec: FeedSpec, **who_and_when: Any
) -> Feed:
    """List a feed: in its old place, or at the end."""
    now = {**await lines(ledger, workspace), spec.url: spec}
    await sync(ledger, workspace, now.values(), **who_and_when)
    return next(f for f in await ledger.feeds.list(workspace) if f.url == spec.url)


async def unlist_feed(
    ledger: Ledger, workspace: WorkspaceId, url: str, **who_and_when: Any
) -> None:
    now = await lines(ledger, workspace)
    await sync(ledger, workspace, [s for s in now.values() if s.url != url], **who_and_when)


async def set_enabled(
    ledger: Ledger, workspace: WorkspaceId, url: str, enabled: bool, **who_and_when: Any
) -> Feed:
    line = (await lines(ledger, workspace))[url]
    return await list_feed(ledger, workspace, replace(line, enabled=enabled), **who_and_when)


async def listed(
    ledger: Ledger, workspace: WorkspaceId, url: str = "https://press.example/feed", **changes: Any
) -> Feed:
    """A feed that the workspace lists."""
    return await list_feed(ledger, workspace, FeedSpec(url=url, **changes))


async def record_failure(ledger: Ledger, feed_id: int, **values: Any) -> None:
    await ledger.items.record([failed(feed_id, **values)])


async def record_not_modified(ledger: Ledger, feed_id: int, **values: Any) -> None:
    await ledger.items.record([not_modified(feed_id, **values)])


def read(
    feed_id: int, entries: Sequence[Entry], *, at: datetime = NOW, **changes: Any
) -> FeedUpdate:
    """The update for a look that read a document with the entries."""
    known: dict[str, Any] = {"etag": '"1"', "last_modified": None, "body_hash": "aa"}
    known |= {name: changes.pop(name) for name in known if name in changes}
    values: dict[str, Any] = {
        "due_at": at + timedelta(minutes=30),
        "entries": tuple(entries),
        "validators": Validators(**known),
        "title": "The Press",
    }
    return FeedUpdate(feed_id=feed_id, kind=UpdateKind.READ, at=at, **{**values, **changes})


def not_modified(feed_id: int, *, at: datetime = NOW, due_at: datetime = NOW) -> FeedUpdate:
    """The update for a look that brought nothing new."""
    return FeedUpdate(feed_id=feed_id, kind=UpdateKind.NOT_MODIFIED, at=at, due_at=due_at)


def failed(
    feed_id: int,
    error: str = "HTTP 503",
    *,
    at: datetime = NOW,
    due_at: datetime = NOW,
    not_found: int = 0,
) -> FeedUpdate:
    """The update for a look that failed."""
    return FeedUpdate(
        feed_id=feed_id, kind=UpdateKind.FAILED, at=at, due_at=due_at, error=error,
        not_found=not_found,
    )  # fmt: skip


async def fetched(
    ledger: Ledger, feed: Feed, entries: Sequence[Entry], *, at: datetime = NOW, **changes: Any
) -> Recorded:
    """Record a look at the feed that read a document with the entries."""
    (recorded,) = await ledger.items.record([read(feed.id, entries, at=at, **changes)])
    assert recorded is not None
    return recorded


async def pending(
    ledger: Ledger,
    workspace: WorkspaceId,
    *,
    matcher: str = "1",
    pack: str = "a",
    limit: int = 100,
    at: datetime = NOW,
) -> tuple[Item, ...]:
    return await ledger.match_queue.pending(
        workspace, matcher_version=matcher, pack_fingerprint=pack, limit=limit, at=at
    )


async def filed(
    ledger: Ledger,
    workspace: WorkspaceId,
    *filings: Filing,
    matcher: str = "1",
    pack: str = "a",
    at: datetime = NOW,
) -> Filed:
    return await ledger.evidence.file(
        workspace, filings, matcher_version=matcher, pack_fingerprint=pack, at=at
    )


async def filed_all(
    ledger: Ledger,
    workspace: WorkspaceId,
    *commitments: str,
    at: datetime = NOW,
    matcher: str = "1",
    pack: str = "a",
) -> tuple[Item, ...]:
    """File all that is pending under the commitments; gives the items."""
    items = await pending(ledger, workspace, matcher=matcher, pack=pack, at=at)
    matches = tuple(match(commitment) for commitment in commitments)
    filings = [Filing(item_id=i.id, revision=i.revision, matches=matches) for i in items]
    await filed(ledger, workspace, *filings, at=at, matcher=matcher, pack=pack)
    return items
