"""Full-text search over the items of a workspace's feeds.

The newest items that answer the query are weighed by how well they do (a word in the title counts
four times) and by their age: of two equal hits, the one half a year older weighs half. What counts
as answering is told in `bot.ledger.query`.
"""

import math
from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlalchemy import (
    ColumnElement,
    Connection,
    column,
    func,
    literal_column,
    select,
    table,
    text,
)

from bot.domain.item import Item
from bot.domain.workspace import WorkspaceId
from bot.ledger.fulltext import POSTGRESQL_COLUMN, SQLITE_TABLE
from bot.ledger.query import parse_query, to_fts5, to_tsquery
from bot.ledger.rows import ITEM_COLUMNS, AnyRow, AnySelect, to_item
from bot.ledger.tables import items
from bot.ledger.visibility import OUTLET, may_see, seen_by

CANDIDATES = 300
HALF_LIFE = timedelta(days=180)

_WEIGHTS = "'{0, 0.25, 0.25, 1}'::real[]"
"""Of words of class D, C (the summary), B and A (the title)."""

_FTS = table(SQLITE_TABLE, column("rowid"))


def search(
    connection: Connection,
    w: WorkspaceId,
    words: str,
    *,
    since: datetime | None,
    until: datetime | None,
    limit: int,
) -> tuple[Item, ...]:
    """See `Items.search`."""
    query = parse_query(words)
    if not query.phrases:
        return ()
    if connection.dialect.name == "postgresql":
        hits = _on_postgresql(w, to_tsquery(query))
    else:
        hits = _on_sqlite(w, to_fts5(query))
    if since is not None:
        hits = hits.where(items.c.published_at >= since)
    if until is not None:
        hits = hits.where(items.c.published_at < until)
    rows = connection.execute(hits.order_by(items.c.published_at.desc()).limit(CANDIDATES)).all()
    return tuple(to_item(row) for row in _best_first(rows)[:limit])


def _visible(w: WorkspaceId, relevance: ColumnElement[float]) -> AnySelect:
    """Items that the workspace may see, with how well they answer."""
    columns = (*ITEM_COLUMNS, OUTLET, items.c.backlog, relevance.label("relevance"))
    return select(*columns).where(may_see(w))


def _on_sqlite(w: WorkspaceId, answering: str) -> AnySelect:
    relevance: ColumnElement[float] = literal_column(f"-bm25({SQLITE_TABLE}, 4.0, 1.0)")
    source = seen_by(w).join(_FTS, _FTS.c.rowid == items.c.id)
    answers = text(f"{SQLITE_TABLE} MATCH :answering").bindparams(answering=answering)
    return _visible(w, relevance).select_from(source).where(answers)


def _on_postgresql(w: WorkspaceId, answering: str) -> AnySelect:
    query = func.to_tsquery("english", answering)
    words: ColumnElement[str] = literal_column(f"items.{POSTGRESQL_COLUMN}")
    hits = _visible(w, func.ts_rank(literal_column(_WEIGHTS), words, query))
    return hits.select_from(seen_by(w)).where(words.bool_op("@@")(query))


def _best_first(rows: Iterable[AnyRow]) -> list[AnyRow]:
    """Hits by weight, best first; of equal ones the newest."""
    hits = list(rows)
    newest = max((row.published_at for row in hits), default=None)
    if newest is None:
        return []
    return sorted(
        hits,
        key=lambda row: (
            weight(row.relevance, age=newest - row.published_at),
            row.published_at,
            row.id,
        ),
        reverse=True,
    )


def weight(relevance: float, *, age: timedelta) -> float:
    """How much a hit weighs: `relevance`, halved for each half year of age.

    >>> weight(1.0, age=timedelta(days=360))
    0.25
    """
    return relevance * math.exp2(-(age / HALF_LIFE))
