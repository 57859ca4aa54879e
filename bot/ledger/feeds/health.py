"""How fetching each address fares: what is due, and what came of it when it was not new items."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import Connection, bindparam, func, literal, null, or_, select, true, update

from bot.domain.errors import NotFoundError
from bot.domain.feed import LONGEST_WAIT, Feed
from bot.ledger.db.rows import FEED_HEALTH_COLUMNS, FEED_NAME, batches, to_feed
from bot.ledger.db.tables import feeds, listings


def due(connection: Connection, now: datetime) -> tuple[Feed, ...]:
    """See `Feeds.due`."""
    wanted = (
        select(
            listings.c.feed_id,
            func.min(listings.c.every_s).label("every_s"),
            func.min(listings.c.own_every_s).label("own_every_s"),
        )
        .where(listings.c.removed_at.is_(None), listings.c.enabled)
        .group_by(listings.c.feed_id)
        .subquery()
    )
    query = (
        select(
            *FEED_HEALTH_COLUMNS,
            FEED_NAME.label("name"),
            null().label("category"),
            null().label("language"),
            literal(1.0).label("weight"),
            wanted.c.every_s,
            wanted.c.own_every_s,
            true().label("enabled"),
        )
        .join_from(feeds, wanted, wanted.c.feed_id == feeds.c.id)
        .where(or_(feeds.c.due_at.is_(None), feeds.c.due_at <= now))
        .order_by(feeds.c.due_at.nulls_first(), feeds.c.id)
    )
    return tuple(to_feed(row) for row in connection.execute(query))


FAILED = (
    update(feeds)
    .where(feeds.c.id == bindparam("feed"))
    .values(
        checked_at=bindparam("checked"),
        error=bindparam("said"),
        failed_at=bindparam("checked"),
        last_error=bindparam("said"),
        failures=feeds.c.failures + 1,
        not_found=bindparam("times_not_found"),
        due_at=bindparam("due"),
    )
)
"""Notes of the feed `feed` that it failed when it was `checked`, what was `said`, how many
`times_not_found` in a row, and when it is `due`."""


def record_failure(
    connection: Connection,
    feed_id: int,
    at: datetime,
    error: str,
    due_at: datetime,
    *,
    not_found: int = 0,
) -> None:
    """See `Feeds.record_failure`."""
    values = {
        "feed": feed_id, "checked": at, "said": error, "times_not_found": not_found, "due": due_at,
    }  # fmt: skip
    _require(connection.execute(FAILED, values).rowcount)


NOT_MODIFIED = (
    update(feeds)
    .where(feeds.c.id == bindparam("feed"))
    .values(
        checked_at=bindparam("checked"),
        succeeded_at=bindparam("checked"),
        error=None,
        failures=0,
        not_found=0,
        due_at=bindparam("due"),
    )
)
"""Notes of the feed `feed` that it had nothing new when it was `checked`, and when it is `due`."""


def record_not_modified(
    connection: Connection, feed_id: int, at: datetime, due_at: datetime
) -> None:
    """See `Feeds.record_not_modified`."""
    values = {"feed": feed_id, "checked": at, "due": due_at}
    _require(connection.execute(NOT_MODIFIED, values).rowcount)


def postpone(connection: Connection, feed_ids: Sequence[int], due_at: datetime) -> None:
    """See `Feeds.postpone`."""
    for batch in batches(feed_ids):
        sooner = (feeds.c.id.in_(batch), or_(feeds.c.due_at.is_(None), feeds.c.due_at < due_at))
        connection.execute(update(feeds).where(*sooner).values(due_at=due_at))


def begin_anew(connection: Connection, feed_ids: Sequence[int]) -> None:
    """Forget the failures of feeds that an admin lets go on, and have them due at once."""
    for batch in batches(feed_ids):
        connection.execute(
            update(feeds)
            .where(feeds.c.id.in_(batch))
            .values(failures=0, not_found=0, error=None, due_at=None)
        )


def not_later(connection: Connection, feed_id: int, moment: datetime) -> None:
    """See that a feed is looked at by then, or when its server and document let it be."""
    asked = select(feeds.c.checked_at, feeds.c.fresh_s, feeds.c.wait_s)
    row = connection.execute(asked.where(feeds.c.id == feed_id)).one()
    if row.checked_at is not None:
        wish = timedelta(seconds=max(row.fresh_s or 0, row.wait_s or 0))
        moment = max(moment, row.checked_at + min(wish, LONGEST_WAIT))
    later = (feeds.c.id == feed_id, feeds.c.due_at > moment)
    connection.execute(update(feeds).where(*later).values(due_at=moment))


def _require(rows: int) -> None:
    if not rows:
        raise NotFoundError("the ledger has no such feed")
