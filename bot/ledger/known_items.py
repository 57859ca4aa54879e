"""The stored items that a fetched document may speak of."""

from collections.abc import Iterable, Sequence

from sqlalchemy import Connection, bindparam, select

from bot.domain.item import DateSource
from bot.ledger.identity import REPUBLISHED, Known, Sighting, reused
from bot.ledger.rows import AnyRow, AnySelect, batches
from bot.ledger.tables import item_keys, items

_COLUMNS = (
    items.c.id,
    items.c.key,
    items.c.canonical_url,
    items.c.title,
    items.c.content_hash,
    items.c.first_seen_at,
    items.c.published_at,
    items.c.date_source,
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


_BY_DATE = select(*_COLUMNS).where(
    items.c.feed_id == bindparam("feed"),
    items.c.published_at.in_(bindparam("some", expanding=True)),
    items.c.content_hash.in_(bindparam("texts", expanding=True)),
)
_BY_TEXT = select(*_COLUMNS).where(
    items.c.feed_id == bindparam("feed"),
    items.c.content_hash.in_(bindparam("some", expanding=True)),
)


def known_items(connection: Connection, feed_id: int, document: Sequence[Sighting]) -> list[Known]:
    """The stored items that a document may speak of, by whatever `bot.ledger.identity` goes by."""
    finding = _Finding(connection, feed_id)
    finding.find(_BY_KEY, [key for s in document for key in (s.key, s.further_key)])
    finding.find(_BY_FURTHER_KEY, [s.key for s in finding.unknown(document)])
    left = [*finding.unknown(document), *finding.reused(document)]
    if left:
        finding.find(_BY_ADDRESS, sorted({s.address for s in left if s.address is not None}))
        _find_by_text(finding, left)
    return finding.found()


def _find_by_text(finding: "_Finding", left: Sequence[Sighting]) -> None:
    """Items of the same text and date; where an archive may have come anew, of the same text."""
    texts = {s.entry.content_hash for s in left} - finding.texts()
    entries = [s.entry for s in left if s.entry.content_hash in texts]
    if len(entries) >= REPUBLISHED:
        finding.find(_BY_TEXT, sorted(texts))
    elif dates := sorted({e.published_at for e in entries if e.published_at is not None}):
        finding.find(_BY_DATE, dates, texts=sorted(texts))


class _Finding:
    """Rows found so far, and under which keys."""

    def __init__(self, connection: Connection, feed_id: int) -> None:
        self._connection = connection
        self._feed_id = feed_id
        self._rows: dict[int, AnyRow] = {}
        self._keys: dict[int, set[str]] = {}

    def find(self, query: AnySelect, some: Iterable[object], **more: object) -> None:
        for batch in batches(some):
            values = {"feed": self._feed_id, "some": batch, **more}
            for row in self._connection.execute(query, values):
                self._rows[row.id] = row
                keys = self._keys.setdefault(row.id, {row.key})
                keys.add(getattr(row, "further", row.key))

    def unknown(self, document: Sequence[Sighting]) -> list[Sighting]:
        """Sightings under keys that the feed has never used."""
        used = {key for keys in self._keys.values() for key in keys}
        return [sighting for sighting in document if sighting.key not in used]

    def reused(self, document: Sequence[Sighting]) -> list[Sighting]:
        """Sightings whose key belongs to another article."""
        others = reused(document, {key: known for known in self.found() for key in known.keys})
        return [sighting for sighting in document if sighting.key in others]

    def texts(self) -> set[str]:
        return {row.content_hash for row in self._rows.values()}

    def found(self) -> list[Known]:
        return [_to_known(row, self._keys[row.id]) for row in self._rows.values()]


def _to_known(row: AnyRow, keys: Iterable[str]) -> Known:
    return Known(
        id=row.id,
        keys=frozenset(keys),
        address=row.canonical_url,
        title=row.title,
        content_hash=row.content_hash,
        first_seen_at=row.first_seen_at,
        published_at=row.published_at if row.date_source == DateSource.PUBLISHER else None,
    )
