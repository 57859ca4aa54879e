"""Storing what one fetch brought: new items, new texts of old ones, and the feed's state.

All of it is one transaction, so a process killed at any instruction leaves either none of it, and
the document is read again, or all of it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, bindparam, delete, insert, select, update

from bot.domain.errors import NotFoundError
from bot.domain.item import Entry
from bot.ledger.health import NOT_MODIFIED
from bot.ledger.identity import (
    Known,
    Plan,
    Sighting,
    date_of,
    is_backlog,
    plan_document,
    sightings,
)
from bot.ledger.rows import AnyRow, AnySelect, batches
from bot.ledger.tables import feeds, item_keys, item_revisions, items
from bot.ledger.unmatched import queue_items
from bot.ledger.upsert import insert_missing
from bot.ledger.values import Recorded

KEPT_TEXTS = 50
"""Earlier texts kept of one item."""

KNOWN_COLUMNS = (
    items.c.id,
    items.c.key,
    items.c.canonical_url,
    items.c.title,
    items.c.content_hash,
    items.c.first_seen_at,
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Fetched:
    """What a fetch that brought a document tells of its feed; see `Items.record_fetch`."""

    at: datetime
    due_at: datetime
    etag: str | None
    last_modified: str | None
    body_hash: str | None
    feed_title: str | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Document:
    """One feed's document, fetched and read; see `Items.record_fetch`."""

    feed_id: int
    entries: Sequence[Entry]
    fetched: Fetched


@dataclass(frozen=True, kw_only=True, slots=True)
class Unchanged:
    """One feed that had nothing new; see `Feeds.record_not_modified`."""

    feed_id: int
    at: datetime
    due_at: datetime


# Built once: a first poll of many feeds runs each of these thousands of times.
_FEED = (
    select(feeds.c.id, feeds.c.succeeded_at, feeds.c.newest_at)
    .where(feeds.c.id == bindparam("feed"))
    .with_for_update(key_share=True)
)
_BY_KEY = select(*KNOWN_COLUMNS).where(
    items.c.feed_id == bindparam("feed"), items.c.key.in_(bindparam("some", expanding=True))
)
_BY_FURTHER_KEY = (
    select(*KNOWN_COLUMNS, item_keys.c.key.label("further"))
    .join_from(items, item_keys, item_keys.c.item_id == items.c.id)
    .where(
        item_keys.c.feed_id == bindparam("feed"),
        item_keys.c.key.in_(bindparam("some", expanding=True)),
    )
)
_BY_ADDRESS = (
    select(*KNOWN_COLUMNS)
    .where(
        items.c.feed_id == bindparam("feed"),
        items.c.canonical_url.in_(bindparam("some", expanding=True)),
    )
    .order_by(items.c.id)
)
_INSERT = insert(items).returning(items.c.id)
_FEED_COLUMNS = (
    "etag", "last_modified", "body_hash", "checked_at", "succeeded_at", "newest_at", "failures",
    "error", "due_at",
)  # fmt: skip
_UPDATE = (
    update(feeds)
    .where(feeds.c.id == bindparam("feed"))
    .values({name: bindparam(f"new_{name}") for name in _FEED_COLUMNS})
)
_UPDATE_TITLED = _UPDATE.values(title=bindparam("new_title"))


def record_fetch(
    connection: Connection, feed_id: int, entries: Sequence[Entry], fetched: Fetched
) -> Recorded:
    """See `Items.record_fetch`."""
    feed = connection.execute(_FEED, {"feed": feed_id}).one_or_none()
    if feed is None:
        msg = f"the ledger has no feed {feed_id}"
        raise NotFoundError(msg)
    document = sightings(entries)
    first_fetch = feed.succeeded_at is None
    # A feed's first items and `succeeded_at` come in one transaction: before, there are none.
    known = [] if first_fetch else _known(connection, feed_id, document)
    plan = plan_document(document, known, at=fetched.at)
    touched = _insert_new(connection, feed_id, plan, first_fetch=first_fetch, at=fetched.at)
    touched += _revise(connection, plan, at=fetched.at)
    _rename(connection, feed_id, plan)
    queue_items(connection, touched)
    _update_feed(connection, feed, plan, fetched)
    return Recorded(new=len(plan.new), revised=len(plan.revised))


def record_fetches(
    connection: Connection, results: Sequence[Document | Unchanged]
) -> tuple[Recorded | None, ...]:
    """See `Items.record_fetches`."""
    unchanged = [
        {"feed": result.feed_id, "checked": result.at, "due": result.due_at}
        for result in results
        if isinstance(result, Unchanged)
    ]
    if unchanged:
        connection.execute(NOT_MODIFIED, unchanged)
    return tuple(
        _record(connection, result) if isinstance(result, Document) else Recorded(new=0, revised=0)
        for result in results
    )


def _record(connection: Connection, document: Document) -> Recorded | None:
    try:
        return record_fetch(connection, document.feed_id, document.entries, document.fetched)
    except NotFoundError:  # said before anything of it is written
        return None


def _known(connection: Connection, feed_id: int, document: Sequence[Sighting]) -> list[Known]:
    """The stored items that a document may speak of: by key, by further key, by address."""
    rows: dict[int, AnyRow] = {}
    keys: dict[int, set[str]] = {}

    def find(query: AnySelect, some: Iterable[str]) -> None:
        for batch in batches(some):
            for row in connection.execute(query, {"feed": feed_id, "some": batch}):
                rows[row.id] = row
                keys.setdefault(row.id, {row.key}).add(getattr(row, "further", row.key))

    def unknown() -> list[Sighting]:
        found = {key for of_item in keys.values() for key in of_item}
        return [sighting for sighting in document if sighting.key not in found]

    find(_BY_KEY, [sighting.key for sighting in document])
    find(_BY_FURTHER_KEY, [sighting.key for sighting in unknown()])
    find(_BY_ADDRESS, sorted({s.address for s in unknown() if s.address is not None}))
    return [_to_known(row, keys[row.id]) for row in rows.values()]


def _to_known(row: AnyRow, keys: Iterable[str]) -> Known:
    return Known(
        id=row.id,
        keys=frozenset(keys),
        address=row.canonical_url,
        title=row.title,
        content_hash=row.content_hash,
        first_seen_at=row.first_seen_at,
    )


def _insert_new(
    connection: Connection, feed_id: int, plan: Plan, *, first_fetch: bool, at: datetime
) -> list[int]:
    """Store new items; gives their numbers."""
    if not plan.new:
        return []
    rows = []
    for sighting in plan.new:
        entry = sighting.entry
        published_at, date_source = date_of(entry, at=at)
        rows.append(
            {
                **_text_of(sighting),
                "feed_id": feed_id,
                "key": sighting.key,
                "revision": 1,
                "language": entry.language,
                "published_at": published_at,
                "date_source": date_source.value,
                "first_seen_at": at,
                "backlog": is_backlog(entry, first_fetch=first_fetch, at=at),
            }
        )
    return list(connection.scalars(_INSERT, rows))


def _text_of(sighting: Sighting) -> dict[str, object]:
    entry = sighting.entry
    return {
        "url": entry.url,
        "canonical_url": sighting.address,
        "title": entry.title,
        "summary": entry.summary,
        "content_hash": entry.content_hash,
    }


def _revise(connection: Connection, plan: Plan, *, at: datetime) -> list[int]:
    """Keep the old texts of edited items, and store the new ones; gives the items' numbers.

    Always in the order of the items' numbers, so that two transactions cannot wait for each other.
    The item's date stays: an edit moves nothing into another window.
    """
    if not plan.revised:
        return []
    revised = sorted(plan.revised, key=lambda pair: pair[0])
    ids = [item_id for item_id, _ in revised]
    for batch in batches(ids):
        _keep_texts(connection, batch, at=at)
    newer = (
        update(items)
        .where(items.c.id == bindparam("item_id"))
        .values(
            revision=items.c.revision + 1,
            **{name: bindparam(f"new_{name}") for name in _text_of(revised[0][1])},
        )
    )
    connection.execute(
        newer,
        [
            {"item_id": item_id, **{f"new_{k}": v for k, v in _text_of(sighting).items()}}
            for item_id, sighting in revised
        ],
    )
    return ids


def _keep_texts(connection: Connection, item_ids: Sequence[int], *, at: datetime) -> None:
    """Copy the items' texts to where earlier texts are kept, at most `KEPT_TEXTS` of each item.

    A feed that changes an item whenever it is asked would fill the disk: the first text stays,
    and the newest ones.
    """
    newest = select(
        items.c.id.label("item_id"),
        items.c.revision,
        items.c.title,
        items.c.summary,
        items.c.content_hash,
    ).where(items.c.id.in_(item_ids))
    held = newest.order_by(items.c.id).with_for_update(key_share=True)
    rows = [{**row, "replaced_at": at} for row in connection.execute(held).mappings()]
    connection.execute(insert(item_revisions), rows)
    surplus = [
        {"item": row["item_id"], "surplus": row["revision"] - KEPT_TEXTS + 1}
        for row in rows
        if row["revision"] > KEPT_TEXTS
    ]
    if surplus:
        statement = delete(item_revisions).where(
            item_revisions.c.item_id == bindparam("item"),
            item_revisions.c.revision > 1,
            item_revisions.c.revision <= bindparam("surplus"),
        )
        connection.execute(statement, surplus)


def _rename(connection: Connection, feed_id: int, plan: Plan) -> None:
    rows = [{"feed_id": feed_id, "key": key, "item_id": item} for item, key in plan.renamed]
    insert_missing(connection, item_keys, rows)


def _update_feed(connection: Connection, feed: AnyRow, plan: Plan, fetched: Fetched) -> None:
    dates = [date_of(sighting.entry, at=fetched.at)[0] for sighting in plan.new]
    values: dict[str, object] = {
        "etag": fetched.etag,
        "last_modified": fetched.last_modified,
        "body_hash": fetched.body_hash,
        "checked_at": fetched.at,
        "succeeded_at": fetched.at,
        "newest_at": max([*dates, *([feed.newest_at] if feed.newest_at else [])], default=None),
        "failures": 0,
        "error": None,
        "due_at": fetched.due_at,
    }
    if fetched.feed_title:
        values["title"] = fetched.feed_title
    parameters = {"feed": feed.id, **{f"new_{name}": value for name, value in values.items()}}
    connection.execute(_UPDATE_TITLED if fetched.feed_title else _UPDATE, parameters)
