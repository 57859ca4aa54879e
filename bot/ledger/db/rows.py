"""What the queries of several tables share: parts, rows as the domain's values, locks, inserts.

A first poll of a thousand feeds stores tens of thousands of rows. `insert_rows` gives them to the
driver by position, without what SQLAlchemy spends on each row; each value is still bound by the
type of its column, as everywhere else.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import timedelta
from itertools import chain, islice
from typing import Any, TypeAlias, TypeVar

from sqlalchemy import Column, Connection, FromClause, Row, Select, Table, and_, func, select
from sqlalchemy.dialects import postgresql, sqlite

from bot.domain.errors import NotFoundError
from bot.domain.feed import FeedHints
from bot.domain.item import Item
from bot.domain.workspace import WorkspaceId
from bot.ledger.db.columns import MAX_ID
from bot.ledger.db.tables import feeds, items, listings, workspaces

T = TypeVar("T")
AnyRow: TypeAlias = Row[*tuple[Any, ...]]
AnySelect: TypeAlias = Select[*tuple[Any, ...]]

# Values in one `IN (...)`: well under each database's limit on bound values.
BATCH = 500
# Rows in one statement. SQLite's full-text index begins anew with each statement: row by row it
# takes three times as long. A few sizes, because drivers keep statements that come again.
SIZES = (512, 128, 32, 8, 1)

# The feed's own title, else its address.
FEED_NAME = func.coalesce(feeds.c.title, feeds.c.url)
# The name people of a workspace know the feed by; for rows of `seen_by`.
OUTLET = func.coalesce(listings.c.title, FEED_NAME).label("outlet")


def batches(values: Iterable[T], size: int = BATCH) -> Iterator[Sequence[T]]:
    """The values in order, in lists of at most `size`."""
    rest = iter(values)
    while batch := list(islice(rest, size)):
        yield batch


def columns_of(kind: Any, table: Table) -> list[Column[Any]]:  # noqa: ANN401 - a dataclass
    """The table's columns that have the name of a field of the dataclass `kind`."""
    return [table.c[name] for name in kind.__dataclass_fields__ if name in table.c]


# All of an `Item` but `outlet` and `backlog`, which depend on who sees it.
ITEM_COLUMNS = tuple(c for c in columns_of(Item, items) if c is not items.c.backlog)


def seen_by(workspace: WorkspaceId) -> FromClause:
    """Items with their feeds, and the line of this workspace's list on it where it has one."""
    own = and_(listings.c.feed_id == items.c.feed_id, listings.c.workspace_id == workspace)
    return items.join(feeds, feeds.c.id == items.c.feed_id).outerjoin(listings, own)


def value_of(kind: type[T], row: AnyRow, **others: object) -> T:
    """The dataclass `kind` made of the columns named as its fields; `others` win over these."""
    names = kind.__dataclass_fields__  # type: ignore[attr-defined]
    columns = row._asdict()
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


def hold(connection: Connection, workspace: WorkspaceId) -> None:
    """Keep other transactions that also hold this workspace waiting until this one ends."""
    connection.execute(
        select(workspaces.c.id).where(workspaces.c.id == workspace).with_for_update(key_share=True)
    )


def insert_once(connection: Connection, table: Table, row: Mapping[str, object]) -> bool:
    """Insert the row unless it contradicts a unique constraint; True when it was inserted."""
    statement = insert_into(connection, table).values(row).on_conflict_do_nothing()
    inserted = connection.execute(statement.returning(*table.primary_key))
    return inserted.first() is not None


def insert_or_replace(
    connection: Connection, table: Table, rows: Sequence[Mapping[str, object]]
) -> None:
    """Insert the rows; where one has the primary key of an old one, it takes its place."""
    if not rows:
        return
    statement = insert_into(connection, table)
    key = [column.name for column in table.primary_key]
    values = {name: statement.excluded[name] for name in rows[0] if name not in key}
    statement = statement.on_conflict_do_update(index_elements=key, set_=values)
    connection.execute(statement, [dict(row) for row in rows])


def insert_into(connection: Connection, table: Table) -> postgresql.Insert | sqlite.Insert:
    """An insert that can say what happens to rows which contradict a unique constraint."""
    on_postgresql = connection.dialect.name == "postgresql"
    return postgresql.insert(table) if on_postgresql else sqlite.insert(table)


def insert_rows(
    connection: Connection,
    table: Table,
    names: Sequence[str],
    rows: Sequence[Sequence[object]],
    *,
    missing_only: bool = False,
) -> None:
    """Insert rows of values in the order of the columns `names`; the others get no value.

    `missing_only` leaves out rows that contradict a unique constraint, instead of failing.
    """
    if not rows:
        return
    dialect = connection.dialect
    types = [table.c[name].type.dialect_impl(dialect) for name in names]
    binds = [kind.bind_processor(dialect) for kind in types]
    columns = (
        values if bind is None else _bound(values, bind)
        for values, bind in zip(zip(*rows, strict=True), binds, strict=True)
    )
    bound = list(zip(*columns, strict=True))
    quote = dialect.identifier_preparer.quote
    head = f"INSERT INTO {quote(table.name)} ({', '.join(map(quote, names))}) VALUES "  # noqa: S608 - names of ours
    one = f"({', '.join(['?' if dialect.name == 'sqlite' else '%s'] * len(names))})"
    tail = " ON CONFLICT DO NOTHING" if missing_only else ""
    done = 0
    for size in SIZES:
        statement = f"{head}{', '.join([one] * size)}{tail}"
        while len(bound) - done >= size:
            values = tuple(chain.from_iterable(bound[done : done + size]))
            connection.exec_driver_sql(statement, values)
            done += size


def new_ids(connection: Connection, table: Table, count: int) -> Sequence[int]:
    """Numbers for `count` new rows of a table, ascending; no other transaction gets them.

    On SQLite a writing transaction is alone, so these are the numbers SQLite itself would take.
    """
    if connection.dialect.name == "sqlite":
        last = connection.scalar(select(func.max(table.c.id))) or 0
        return range(last + 1, last + 1 + count)
    number = func.nextval(func.pg_get_serial_sequence(table.name, "id"))
    return sorted(connection.scalars(select(number).select_from(func.generate_series(1, count))))


def _bound(values: Sequence[Any], bind: Callable[[Any], Any]) -> list[Any]:
    """The values bound; one that comes again at once, such as the time of the fetch, only once."""
    found, last, bound = [], None, None
    for value in values:
        if value is not last:
            last, bound = value, bind(value)
        found.append(None if value is None else bound)
    return found
