"""Parts of queries that several tables share, and rows turned into the domain's values."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import fields
from datetime import timedelta
from functools import cache
from itertools import islice
from typing import Any, TypeAlias, TypeVar

from sqlalchemy import Column, Connection, FromClause, Row, Select, Table, and_, func

from bot.domain.errors import NotFoundError
from bot.domain.feed import FeedHints
from bot.domain.item import Item
from bot.domain.workspace import WorkspaceId
from bot.ledger.db.columns import MAX_ID
from bot.ledger.db.tables import feeds, items, listings

T = TypeVar("T")
AnyRow: TypeAlias = Row[*tuple[Any, ...]]
AnySelect: TypeAlias = Select[*tuple[Any, ...]]

# Values in one `IN (...)`: well under each database's limit on bound values.
BATCH = 500

# The feed's own title, else its address.
FEED_NAME = func.coalesce(feeds.c.title, feeds.c.url)
# The name people of a workspace know the feed by; for rows of `seen_by`.
OUTLET = func.coalesce(listings.c.title, FEED_NAME).label("outlet")


def batches(values: Iterable[T], size: int = BATCH) -> Iterator[Sequence[T]]:
    """The values in order, in lists of at most `size`."""
    rest = iter(values)
    while batch := list(islice(rest, size)):
        yield batch


@cache
def _fields_of(kind: Any) -> tuple[str, ...]:  # noqa: ANN401 - any dataclass
    return tuple(field.name for field in fields(kind))


def columns_of(kind: type, table: Table) -> list[Column[Any]]:
    """The table's columns that have the name of a field of the dataclass `kind`."""
    return [table.c[name] for name in _fields_of(kind) if name in table.c]


# All of an `Item` but `outlet` and `backlog`, which depend on who sees it.
ITEM_COLUMNS = tuple(c for c in columns_of(Item, items) if c is not items.c.backlog)


def seen_by(workspace: WorkspaceId) -> FromClause:
    """Items with their feeds, and the line of this workspace's list on it where it has one."""
    own = and_(listings.c.feed_id == items.c.feed_id, listings.c.workspace_id == workspace)
    return items.join(feeds, feeds.c.id == items.c.feed_id).outerjoin(listings, own)


def value_of(kind: Callable[..., T], row: AnyRow, **others: object) -> T:
    """The dataclass `kind` made of the columns named as its fields; `others` win over these."""
    columns = row._asdict()
    names = _fields_of(kind)
    return kind(**{name: columns[name] for name in names if name in columns} | others)


def row_of(connection: Connection, query: AnySelect, number: int, missing: str) -> AnyRow:
    """The only row of a query for the number.

    Raises:
        NotFoundError: There is none, or no row can have that number; it says `missing`.
    """
    row = connection.execute(query).one_or_none() if 0 < number <= MAX_ID else None
    if row is None:
        raise NotFoundError(missing)
    return row


def values_of(hints: FeedHints) -> dict[str, object]:
    """The columns of `feeds` for these hints; hours and days are bits, the n-th stands for n."""
    return {
        "wait_s": _seconds(hints.every),
        "skip_hours": _bits(hints.skip_hours),
        "skip_days": _bits(hints.skip_days),
        "fresh_s": _seconds(hints.fresh_for),
        "gap_s": _seconds(hints.gap),
    }


def to_hints(row: AnyRow) -> FeedHints:
    """The hints from a row with those columns; the inverse of `values_of`."""
    wait, fresh, gap = (
        None if seconds is None else timedelta(seconds=seconds)
        for seconds in (row.wait_s, row.fresh_s, row.gap_s)
    )
    hours, days = (
        frozenset(n for n in range((bits or 0).bit_length()) if bits >> n & 1)
        for bits in (row.skip_hours, row.skip_days)
    )
    return FeedHints(every=wait, skip_hours=hours, skip_days=days, fresh_for=fresh, gap=gap)


def _seconds(span: timedelta | None) -> int | None:
    """Whole seconds, in the range of the column."""
    return None if span is None else max(0, min(int(span.total_seconds()), 2**31 - 1))


def _bits(members: Iterable[int]) -> int | None:
    """None for no members, as for a feed without a document."""
    return sum(1 << member for member in members) or None
