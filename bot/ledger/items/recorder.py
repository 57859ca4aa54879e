"""Storing what fetches brought: new items, new texts of old ones, and the feeds' state.

All of it is one transaction, so a process killed at any instruction leaves either none of it, and
the documents are read again, or all of it.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, RowMapping, bindparam, delete, func, insert, or_, select
from sqlalchemy import update as update_rows

from bot.domain.feed import FeedUpdate, Recorded, UpdateKind, Validators
from bot.domain.item import DateSource, Entry
from bot.domain.text import is_garbled
from bot.ledger.db.rows import AnyRow, batches, insert_rows, new_ids, values_of
from bot.ledger.db.tables import feeds, item_keys, item_revisions, items
from bot.ledger.items.identity import (
    Plan,
    Sighting,
    differs_in_substance,
    known_items,
    plan_document,
    sightings,
)
from bot.ledger.items.match_queue import NewItem, queue_items, queue_new

# Which of a document's new items are news: the others were there before the look. These are stored,
# matched and searchable, and never reported as if they had just come in. Digests must not flood
# when a feed is added, comes back, grows deeper, or publishes its archive anew.
FRESH_AT_FIRST = timedelta(hours=24)
FRESH = timedelta(days=3)
MOST_AT_FIRST = 5
FEW = 10
# Beyond this age it is hardly late, but an archive.
LATE = timedelta(days=30)
MOST_OLD = 3
USUAL_OVER_WEEKS = 4
_AT_ONCE = timedelta(minutes=1)
# Earlier texts kept of one item.
KEPT_TEXTS = 50


def news_at_first(new: Sequence[Entry], *, at: datetime) -> frozenset[str]:
    """Keys of the news in the first document that a feed brings.

    The newest five of the last 24 hours; none where more items than that are all dated within a
    minute: that is when the document was made, not when they were published.
    """
    dates = {e.key: e.published_at for e in new if e.published_at is not None}
    fresh = sorted(
        (key for key, date in dates.items() if date > at - FRESH_AT_FIRST),
        key=lambda key: dates[key],
        reverse=True,
    )
    if len(fresh) > MOST_AT_FIRST and dates[fresh[0]] - dates[fresh[-1]] <= _AT_ONCE:
        return frozenset()
    return frozenset(fresh[:MOST_AT_FIRST])


def news_since(
    new: Sequence[Entry], *, entries: int, at: datetime, weekly: int = 0
) -> frozenset[str]:
    """Keys of the news in a later document.

    What is dated within the last three days. Beside these the newest of what comes late, as some
    publishers always do: up to what the feed usually brings in a week (`weekly`), and ten in any
    case, of which three may be older than a month; and what has no date, up to half of the
    document's `entries`, and ten in any case. An archive is more than that, and admins hear of what
    is not told.
    """
    dated = [(e.published_at, e.key) for e in new if e.published_at is not None]
    newest = sorted(dated, key=lambda pair: pair[0], reverse=True)
    fresh = [key for date, key in newest if date > at - FRESH]
    late = [key for date, key in newest if at - LATE < date <= at - FRESH]
    old = [key for date, key in newest if date <= at - LATE]
    undated = [e.key for e in new if e.published_at is None]
    most_late, most_undated = max(FEW, weekly), max(FEW, entries // 2)
    told_late = [*late, *old[:MOST_OLD]][:most_late]
    return frozenset((*fresh, *told_late, *undated[:most_undated]))


def revise(connection: Connection, plan: Plan, *, at: datetime) -> list[int]:
    """Keep the old texts of edited items, and store the new ones; gives the items' numbers.

    Always in the order of the items' numbers, so that two transactions cannot wait for each other.
    The item's date stays: an edit moves nothing into another window. An item whose text has only
    become unreadable stays as it was.
    """
    edits = dict(plan.revised)
    before: dict[int, RowMapping] = {}
    for batch in batches(sorted(edits)):
        before |= _keep_texts(connection, batch, edits, at=at)
    rows = []
    for item_id, old in before.items():
        sighting = edits[item_id]
        title, after = old["title"], sighting.entry.title
        is_other = differs_in_substance(title, after) and not is_garbled(title, before=after)
        changed_at = at if is_other else old["changed_at"]
        rows.append({"item": item_id, **_text_of(sighting), "changed_at": changed_at})
    if rows:
        connection.execute(_REVISED, rows)
    return list(before)


def _keep_texts(
    connection: Connection, item_ids: Sequence[int], edits: Mapping[int, Sighting], *, at: datetime
) -> dict[int, RowMapping]:
    """Copy the items' texts to where earlier texts are kept; gives the items as they were.

    A feed that changes an item whenever it is asked would fill the disk: the first text stays, and
    the newest ones, `KEPT_TEXTS` in all.
    """
    held = select(items).where(items.c.id.in_(item_ids)).order_by(items.c.id)
    held = held.with_for_update(key_share=True)
    rows = connection.execute(held).mappings()
    before = {row["id"]: row for row in rows if not _garbles(edits[row["id"]].entry, row)}
    if not before:
        return before
    names = ("revision", "title", "summary", "content_hash")
    connection.execute(
        insert(item_revisions),
        [
            {"item_id": number, "replaced_at": at, **{name: row[name] for name in names}}
            for number, row in before.items()
        ],
    )
    surplus = [
        {"item": number, "surplus": row["revision"] - KEPT_TEXTS + 1}
        for number, row in before.items()
        if row["revision"] > KEPT_TEXTS
    ]
    if surplus:
        statement = delete(item_revisions).where(
            item_revisions.c.item_id == bindparam("item"),
            item_revisions.c.revision > 1,
            item_revisions.c.revision <= bindparam("surplus"),
        )
        connection.execute(statement, surplus)
    return before


def _garbles(entry: Entry, row: RowMapping) -> bool:
    return is_garbled(f"{entry.title} {entry.summary}", before=f"{row['title']} {row['summary']}")


def _text_of(sighting: Sighting) -> dict[str, object]:
    entry = sighting.entry
    return {
        "url": entry.url,
        "canonical_url": sighting.address,
        "title": entry.title,
        "summary": entry.summary,
        "language": entry.language,
        "content_hash": entry.content_hash,
    }


@dataclass(frozen=True, slots=True)
class _Reading:
    """An update beside the feed as it was before, and what is to be stored of its entries.

    `news` are the keys of entries that are news to workspaces that follow the feed, `at_first` of
    those that are news to a workspace that has just begun to; `untold` counts the new items that
    are no news although the feed was known.
    """

    update: FeedUpdate
    feed: AnyRow
    plan: Plan
    news: frozenset[str]
    at_first: frozenset[str]
    untold: int


# Built once: a first poll of many feeds runs each of these hundreds of times.
_HELD = (
    select(feeds.c.id, feeds.c.title, feeds.c.succeeded_at, feeds.c.newest_at)
    .where(feeds.c.id.in_(bindparam("some", expanding=True)))
    .order_by(feeds.c.id)
    .with_for_update(key_share=True)
)
_LATELY = select(func.count()).where(
    items.c.feed_id == bindparam("feed"), items.c.published_at > bindparam("since")
)
# The columns to set are those that the rows name.
_CHANGE = update_rows(feeds).where(feeds.c.id == bindparam("feed"))
_SUCCEEDED = _CHANGE.values(failures=0, not_found=0, error=None)
_FAILED = _CHANGE.values(failures=feeds.c.failures + 1)
_POSTPONED = _CHANGE.where(or_(feeds.c.due_at.is_(None), feeds.c.due_at < bindparam("due")))
_REVISED = (
    update_rows(items).where(items.c.id == bindparam("item")).values(revision=items.c.revision + 1)
)
_ITEM = (
    "id", "feed_id", "key", "revision", "url", "canonical_url", "title", "summary", "language",
    "published_at", "date_source", "first_seen_at", "backlog", "content_hash",
)  # fmt: skip
_KEY = ("feed_id", "key", "item_id")


def note_looks(connection: Connection, updates: Sequence[FeedUpdate]) -> None:
    """Note the looks that brought no document."""
    unchanged, failed, postponed = [], [], []
    for update in updates:
        due = {"feed": update.feed_id, "due_at": update.due_at}
        match update.kind:
            case UpdateKind.NOT_MODIFIED if update.validators is None:
                unchanged.append({**due, "checked_at": update.at, "succeeded_at": update.at})
            case UpdateKind.FAILED:
                error = {"error": update.error, "last_error": update.error}
                times = {"checked_at": update.at, "failed_at": update.at}
                failed.append({**due, **times, **error, "not_found": update.not_found})
            case UpdateKind.POSTPONED:
                postponed.append({**due, "due": update.due_at})
    for statement, rows in ((_SUCCEEDED, unchanged), (_FAILED, failed), (_POSTPONED, postponed)):
        if rows:
            connection.execute(statement, rows)


def runs(updates: Iterable[FeedUpdate]) -> Iterator[tuple[FeedUpdate, ...]]:
    """The updates in order, in runs in which no feed comes twice."""
    run: dict[int, FeedUpdate] = {}
    for update in updates:
        if update.feed_id in run:
            yield tuple(run.values())
            run = {}
        run[update.feed_id] = update
    if run:
        yield tuple(run.values())


def store_documents(connection: Connection, updates: Sequence[FeedUpdate]) -> list[Recorded | None]:
    """Store documents of different feeds; gives None for those of feeds that are not there."""
    held = {
        row.id: row
        for batch in batches(sorted(update.feed_id for update in updates))
        for row in connection.execute(_HELD, {"some": batch})
    }
    found = [update for update in updates if update.feed_id in held]
    readings = [_read(connection, update, held[update.feed_id]) for update in found]
    _store_new(connection, readings)
    revised = {
        reading.feed.id: revise(connection, reading.plan, at=reading.update.at)
        for reading in readings
        if reading.plan.revised
    }
    for items_of_feed in revised.values():
        queue_items(connection, items_of_feed)
    renamed = [
        (reading.feed.id, key, item) for reading in readings for item, key in reading.plan.renamed
    ]
    insert_rows(connection, item_keys, _KEY, renamed, missing_only=True)
    _update_feeds(connection, readings)
    stored = {
        reading.feed.id: Recorded(
            new=len(reading.plan.new),
            revised=len(revised.get(reading.feed.id, ())),
            untold=reading.untold,
        )
        for reading in readings
    }
    return [stored.get(update.feed_id) for update in updates]


def _read(connection: Connection, update: FeedUpdate, feed: AnyRow) -> _Reading:
    seen, at = sightings(update.entries), update.at
    # A feed's first items and the newest of their dates come in one transaction.
    brought_any = feed.newest_at is not None
    known = known_items(connection, feed.id, seen) if brought_any else []
    plan = plan_document(seen, known, at=at)
    new = [sighting.entry for sighting in plan.new]
    at_first = news = news_at_first(new, at=at)
    if not brought_any:
        return _Reading(update, feed, plan, news, at_first, untold=0)
    weekly = 0
    if sum(e.published_at is not None and e.published_at <= at - FRESH for e in new) > FEW:
        since = at - timedelta(weeks=USUAL_OVER_WEEKS)
        weekly = connection.execute(_LATELY, {"feed": feed.id, "since": since}).scalar_one()
    news = news_since(new, entries=len(seen), at=at, weekly=weekly // USUAL_OVER_WEEKS)
    return _Reading(update, feed, plan, news, at_first, untold=len(new) - len(news))


def _store_new(connection: Connection, readings: Sequence[_Reading]) -> None:
    """Store new items and queue them."""
    new = [(reading, sighting) for reading in readings for sighting in reading.plan.new]
    if not new:
        return
    rows, queued = [], []
    for number, (reading, sighting) in zip(new_ids(connection, items, len(new)), new, strict=True):
        feed, entry, at = reading.feed.id, sighting.entry, reading.update.at
        date = entry.published_at or at
        source = DateSource.PUBLISHER if entry.published_at else DateSource.FIRST_SEEN
        is_news, is_first_news = entry.key in reading.news, entry.key in reading.at_first
        rows.append((
            number, feed, sighting.key, 1, entry.url, sighting.address, entry.title, entry.summary,
            entry.language, date, source.value, at, not is_news, entry.content_hash,
        ))  # fmt: skip
        queued.append(NewItem(feed, date, number, is_news, is_first_news))
    insert_rows(connection, items, _ITEM, rows)
    queue_new(connection, queued, {r.feed.id: r.feed.succeeded_at for r in readings})


def _update_feeds(connection: Connection, readings: Sequence[_Reading]) -> None:
    rows = []
    for update, feed, plan in ((r.update, r.feed, r.plan) for r in readings):
        dates = [sighting.entry.published_at or update.at for sighting in plan.new]
        if feed.newest_at is not None:
            dates.append(feed.newest_at)
        rows.append({
            "feed": feed.id,
            **asdict(update.validators or Validators()),
            "checked_at": update.at,
            "succeeded_at": update.at,
            "newest_at": max(dates, default=None),
            "due_at": update.due_at,
            "title": update.title or feed.title,
        })  # fmt: skip
    hints = [
        {"feed": reading.feed.id, **values_of(hints)}
        for reading in readings
        if (hints := reading.update.hints) is not None
    ]
    for statement, values in ((_SUCCEEDED, rows), (_CHANGE, hints)):
        if values:
            connection.execute(statement, values)
