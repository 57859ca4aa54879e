"""All storage, behind one small interface: `Ledger`.

Only this package knows SQL. It runs on SQLite and on PostgreSQL through the same code, and what
belongs to one workspace is never seen by another.
"""

from bot.ledger.db.database import LeaseLostError, StorageError
from bot.ledger.ledger import Ledger
from bot.ledger.values import FeedChanges, Filed, Filing, Judged, Review, Revision

__all__ = [
    "FeedChanges",
    "Filed",
    "Filing",
    "Judged",
    "LeaseLostError",
    "Ledger",
    "Review",
    "Revision",
    "StorageError",
]
