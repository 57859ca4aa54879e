"""Steps on how fetching an address fares, of changes of the feed list."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import Connection, select, update

from bot.domain.feed import LONGEST_WAIT
from bot.ledger.db.rows import batches
from bot.ledger.db.tables import feeds


def reset_failures(connection: Connection, feed_ids: Sequence[int]) -> None:
    """Forget the failures of feeds that an admin resumes, and have them due at once."""
    for batch in batches(feed_ids):
        connection.execute(
            update(feeds)
            .where(feeds.c.id.in_(batch))
            .values(failures=0, not_found=0, error=None, due_at=None)
        )


def cap_due_at(connection: Connection, feed_id: int, latest: datetime) -> None:
    """Have a feed due by `latest`, or as soon as its server and document allow."""
    asked = select(feeds.c.checked_at, feeds.c.fresh_s, feeds.c.wait_s)
    row = connection.execute(asked.where(feeds.c.id == feed_id)).one()
    if row.checked_at is not None:
        wait = timedelta(seconds=max(row.fresh_s or 0, row.wait_s or 0))
        latest = max(latest, row.checked_at + min(wait, LONGEST_WAIT))
    later = (feeds.c.id == feed_id, feeds.c.due_at > latest)
    connection.execute(update(feeds).where(*later).values(due_at=latest))
