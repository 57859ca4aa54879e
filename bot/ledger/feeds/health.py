"""How fetching each address fares: statements and steps that several transactions share."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Connection, bindparam, select, update

from bot.ledger.db.rows import batches
from bot.ledger.db.tables import feeds

# As far as a poll follows a server or a document.
_LONGEST_WAIT: Final = timedelta(days=1)

# For the feed `feed`: it failed when it was `checked`; what was `said`, how many `times_not_found`
# in a row, and when it is `due`.
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

# For the feed `feed`: it had nothing new when it was `checked`, and when it is `due`.
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
        latest = max(latest, row.checked_at + min(wait, _LONGEST_WAIT))
    later = (feeds.c.id == feed_id, feeds.c.due_at > latest)
    connection.execute(update(feeds).where(*later).values(due_at=latest))
