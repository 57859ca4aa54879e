"""Inserts that meet rows which are there already, and inserts of many rows at once.

A first poll of a thousand feeds stores tens of thousands of rows. `insert_rows` gives them to the
driver by position, without what SQLAlchemy spends on each row; each value is still bound by the
type of its column, as everywhere else.
"""

from collections.abc import Callable, Mapping, Sequence
from itertools import chain
from typing import Any

from sqlalchemy import Connection, Table, func, select
from sqlalchemy.dialects import postgresql, sqlite

# Rows in one statement. SQLite's full-text index begins anew with each statement: row by row it
# takes three times as long. A few sizes, because drivers keep statements that come again.
SIZES = (512, 128, 32, 8, 1)


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
