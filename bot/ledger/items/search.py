"""Full-text search: what search words mean, and how hits are weighed.

Every word must occur, in any form (stemmed); words in double quotes must follow one another; the
last word may be the beginning of one. Little words such as "the" do not count outside quotes. Only
letters and digits are taken from the text, and a bounded number of them, so nothing that people
type can be an operator of the database or keep it busy. Case and accents are left to the databases,
which treat a query as they treated the text; only what `bot.ledger.db.tables` does is done here as
well.

The newest items that answer the query are weighed by how well they do (a word in the title counts
four times) and by their age: of two equal hits, the one half a year older weighs half.
"""

import math
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

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

from bot.domain.workspace import WorkspaceId
from bot.ledger.db.rows import AnyRow, AnySelect
from bot.ledger.db.tables import ACCENTED, POSTGRESQL_COLUMN, SQLITE_TABLE, items
from bot.ledger.items.visibility import ITEM_COLUMNS, OUTLET, may_see, seen_by

MAX_CHARACTERS = 1_000
MAX_WORDS = 16
MAX_WORD_LENGTH = 64
CANDIDATES = 300
HALF_LIFE = timedelta(days=180)
# Of words of class D, C (the summary), B and A (the title).
_WEIGHTS = "'{0, 0.25, 0.25, 1}'::real[]"
_FTS = table(SQLITE_TABLE, column("rowid"))

_LITTLE = """
a an and are as at be been but by for from had has have in into is it its of on or over such that
the their then there these they this to was were will with
"""
LITTLE_WORDS = frozenset(_LITTLE.split())

_PARTS = re.compile(r'"([^"]*)"|([^"\s]+)')
_WORD = re.compile(r"[^\W_]+")
_PLAIN = str.maketrans(ACCENTED)
_QUOTES = str.maketrans("“”„‟«»", '""""""')


@dataclass(frozen=True, kw_only=True, slots=True)
class Query:
    """Search words as phrases.

    Attributes:
        phrases: Each is one word, or several that must follow one another.
        open_ended: True when the last word may be the beginning of one.
    """

    phrases: tuple[tuple[str, ...], ...] = ()
    open_ended: bool = False


def parse_query(text: str) -> Query:
    """The query in a person's words; without phrases when nothing can be searched for.

    >>> parse_query('the "liaison office" in Kaes').phrases
    (('liaison', 'office'), ('Kaes',))
    """
    plain = unicodedata.normalize("NFC", text[:MAX_CHARACTERS]).translate(_QUOTES)
    found = [part for match in _PARTS.finditer(plain) for part in _phrases(match)]
    meaningful = [p for p in found if p.quoted or p.words[0].lower() not in LITTLE_WORDS]
    kept = _first_words(meaningful or found)
    return Query(
        phrases=tuple(phrase.words for phrase in kept),
        open_ended=bool(kept) and not kept[-1].quoted,
    )


@dataclass(frozen=True, slots=True)
class _Phrase:
    words: tuple[str, ...]
    quoted: bool


def _phrases(part: re.Match[str]) -> list[_Phrase]:
    """What lies between quotes is one phrase; of the rest each word is one."""
    words = tuple(word[:MAX_WORD_LENGTH] for word in _WORD.findall(part[0]))
    if part[1] is None:
        return [_Phrase((word,), quoted=False) for word in words]
    return [_Phrase(words, quoted=True)] if words else []


def _first_words(phrases: list[_Phrase]) -> list[_Phrase]:
    """The first phrases, each once, with at most `MAX_WORDS` words together."""
    kept: dict[tuple[str, ...], _Phrase] = {}
    room = MAX_WORDS
    for phrase in phrases:
        words = phrase.words[:room]
        if words and words not in kept:
            kept[words] = _Phrase(words, phrase.quoted)
            room -= len(words)
    return list(kept.values())


def to_fts5(query: Query) -> str:
    """The query for SQLite's FTS5; words hold only letters and digits, so quoting is safe."""
    phrases = [f'"{" ".join(words)}"' for words in query.phrases]
    if query.open_ended:
        phrases[-1] = f"({phrases[-1]} OR {phrases[-1]}*)"
    return " AND ".join(phrases)


def to_tsquery(query: Query) -> str:
    """The query for PostgreSQL's `to_tsquery`, which reads no operator inside quotes."""
    phrases = [[f"'{word.translate(_PLAIN)}'" for word in words] for words in query.phrases]
    parts = [f"({' <-> '.join(words)})" for words in phrases]
    if query.open_ended:
        (word,) = phrases[-1]
        parts[-1] = f"({word} | {word}:*)"
    return " & ".join(parts)


def search_items(connection: Connection, workspace: WorkspaceId, words: str) -> AnySelect | None:
    """The query for the items that answer, with a column `relevance`; None without a word."""
    query = parse_query(words)
    if not query.phrases:
        return None
    if connection.dialect.name == "postgresql":
        return _on_postgresql(workspace, to_tsquery(query))
    return _on_sqlite(workspace, to_fts5(query))


def _visible(workspace: WorkspaceId, relevance: ColumnElement[float]) -> AnySelect:
    """Items that the workspace may see, with how well they answer."""
    columns = (*ITEM_COLUMNS, OUTLET, items.c.backlog, relevance.label("relevance"))
    return select(*columns).where(may_see(workspace))


def _on_sqlite(workspace: WorkspaceId, answering: str) -> AnySelect:
    relevance: ColumnElement[float] = literal_column(f"-bm25({SQLITE_TABLE}, 4.0, 1.0)")
    source = seen_by(workspace).join(_FTS, _FTS.c.rowid == items.c.id)
    answers = text(f"{SQLITE_TABLE} MATCH :answering").bindparams(answering=answering)
    return _visible(workspace, relevance).select_from(source).where(answers)


def _on_postgresql(workspace: WorkspaceId, answering: str) -> AnySelect:
    query = func.to_tsquery("english", answering)
    words: ColumnElement[str] = literal_column(f"items.{POSTGRESQL_COLUMN}")
    hits = _visible(workspace, func.ts_rank(literal_column(_WEIGHTS), words, query))
    return hits.select_from(seen_by(workspace)).where(words.bool_op("@@")(query))


def best_first(hits: Sequence[AnyRow]) -> Sequence[AnyRow]:
    """Hits by weight, best first; of equal ones the newest."""
    newest = max((row.published_at for row in hits), default=None)
    if newest is None:
        return hits
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
