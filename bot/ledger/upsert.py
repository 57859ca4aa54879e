"""Inserts that meet rows which are there already."""

from collections.abc import Mapping, Sequence

from sqlalchemy import Connection, Table
from sqlalchemy.dialects import postgresql, sqlite

from bot.ledger.rows import AnySelect


def insert_once(connection: Connection, table: Table, row: Mapping[str, object]) -> bool:
    """Insert the row unless it contradicts a unique constraint; tells whether it went in."""
    statement = _insert(connection, table).values(row).on_conflict_do_nothing()
    inserted = connection.execute(statement.returning(*table.primary_key))
    return inserted.first() is not None


def insert_missing(
    connection: Connection, table: Table, rows: Sequence[Mapping[str, object]]
) -> None:
    """Insert those rows that contradict no unique constraint."""
    if rows:
        statement = _insert(connection, table).on_conflict_do_nothing()
        connection.execute(statement, [dict(row) for row in rows])


def insert_missing_from(
    connection: Connection,
    table: Table,
    columns: Sequence[str],
    query: AnySelect,
    parameters: Mapping[str, object] | None = None,
) -> None:
    """Insert those of the query's rows that contradict no unique constraint."""
    statement = _insert(connection, table).from_select(columns, query).on_conflict_do_nothing()
    connection.execute(statement, parameters or {})


def insert_or_replace(
    connection: Connection, table: Table, rows: Sequence[Mapping[str, object]]
) -> None:
    """Insert the rows; where one has the primary key of an old one, it takes its place."""
    if not rows:
        return
    statement = _insert(connection, table)
    key = [column.name for column in table.primary_key]
    values = {name: statement.excluded[name] for name in rows[0] if name not in key}
    statement = statement.on_conflict_do_update(index_elements=key, set_=values)
    connection.execute(statement, [dict(row) for row in rows])


def _insert(connection: Connection, table: Table) -> postgresql.Insert | sqlite.Insert:
    on_postgresql = connection.dialect.name == "postgresql"
    return postgresql.insert(table) if on_postgresql else sqlite.insert(table)
