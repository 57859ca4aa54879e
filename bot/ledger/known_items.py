"""The stored items that a fetched document may speak of."""

from collections.abc import Iterable, Sequence

from sqlalchemy import Connection, bindparam, select

from bot.ledger.identity import Known, Sighting
from bot.ledger.rows import AnyRow, AnySelect, batches
from bot.ledger.tables import item_keys, items

_COLUMNS = (
    items.c.id,
    items.c.key,
    items.c.canonical_url,
    items.c.title,
    items.c.content_hash,
    items.c.first_seen_at,
)

# Built once: a poll of many feeds runs each of these many times.
_BY_KEY = select(*_COLUMNS).where(
    items.c.feed_id == bindparam("feed"), items.c.key.in_(bindparam("some", expanding=True))
)
_BY_FURTHER_KEY = (
    select(*_COLUMNS, item_keys.c.key.label("further"))
    .join_from(items, item_keys, item_keys.c.item_id == items.c.id)
    .where(
        item_keys.c.feed_id == bindparam("feed"),
        item_keys.c.key.in_(bindparam("some", expanding=True)),
    )
)
_BY_ADDRESS = (
    select(*_COLUMNS)
    .where(
        items.c.feed_id == bindparam("feed"),
        items.c.canonical_url.in_(bindparam("some", expanding=True)),
    )
    .order_by(items.c.id)
)


def known_items(connection: Connection, feed_id: int, document: Sequence[Sighting]) -> list[Known]:
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
