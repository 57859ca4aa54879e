"""Items: what feeds published, stored once and never lost; and full-text search in them.

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
from datetime import datetime, timedelta

from sqlalchemy import (
    ColumnElement,
    Connection,
    TextClause,
    and_,
    column,
    func,
    literal_column,
    or_,
    select,
    table,
    text,
)

from bot.domain.feed import FeedUpdate, Recorded
from bot.domain.item import DateSource, Entry, Item
from bot.domain.urls import host_of
from bot.domain.workspace import WorkspaceId
from bot.ledger.db.database import Repository, reads, writes, writes_unsynced
from bot.ledger.db.rows import (
    ITEM_COLUMNS,
    OUTLET,
    AnyRow,
    AnySelect,
    hold,
    insert_once,
    row_of,
    seen_by,
    value_of,
)
from bot.ledger.db.tables import (
    ACCENTED,
    POSTGRESQL_COLUMN,
    SQLITE_TABLE,
    evidence,
    feeds,
    item_revisions,
    items,
    listings,
)
from bot.ledger.items.recorder import note_looks, runs, store_documents
from bot.ledger.values import Revision

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


class Items(Repository):
    """Items. A workspace sees those of the feeds that it lists, or has evidence from."""

    @writes_unsynced
    def record(
        self, connection: Connection, updates: Sequence[FeedUpdate]
    ) -> tuple[Recorded | None, ...]:
        """Store what looks at several feeds came to, in one transaction.

        `bot.ledger.items.identity` says which entries are new, edited or known. New and edited
        items become pending for every workspace that lists the feed.

        Returns:
            What each brought, in order; None for a document of a feed that is not there any more.
        """
        note_looks(connection, updates)
        documents = [update for update in updates if update.validators is not None]
        recorded = iter(
            [each for run in runs(documents) for each in store_documents(connection, run)]
        )
        return tuple(next(recorded) if update.validators else Recorded() for update in updates)

    @writes
    def keep_page(
        self,
        connection: Connection,
        workspace: WorkspaceId,
        entry: Entry,
        site: str,
        *,
        at: datetime,
    ) -> int:
        """The item of an article that a person gave: known by its address, or a new one.

        A new one is of a source that is no feed and is never polled, named after the `site`.
        """
        hold(connection, workspace)
        known = (
            select(items.c.id)
            .select_from(seen_by(workspace))
            .where(items.c.canonical_url == entry.canonical_url, _may_see(workspace))
            .order_by(items.c.id)
            .limit(1)
        )
        if entry.canonical_url is not None:
            number: int | None = connection.scalar(known)
            if number is not None:
                return number
        place = f"{_pages_of(workspace)}{host_of(entry.url or '')}"
        insert_once(connection, feeds, {"url": place, "title": site, "failures": 0})
        feed_id = connection.scalar(select(feeds.c.id).where(feeds.c.url == place))
        row = {
            "feed_id": feed_id,
            "key": entry.key,
            "title": entry.title,
            "summary": entry.summary,
            "revision": 1,
            "url": entry.url,
            "canonical_url": entry.canonical_url,
            "language": entry.language,
            "published_at": entry.published_at or at,
            "date_source": DateSource.PUBLISHER if entry.published_at else DateSource.FIRST_SEEN,
            "first_seen_at": at,
            "backlog": False,
            "content_hash": entry.content_hash,
        }
        insert_once(connection, items, row)
        same = items.c.feed_id == feed_id, items.c.key == entry.key
        stored: int = connection.execute(select(items.c.id).where(*same)).scalar_one()
        return stored

    @reads
    def get(self, connection: Connection, workspace: WorkspaceId, item_id: int) -> Item:
        """One item, `NotFoundError` for one that the workspace does not see."""
        query = (
            select(*ITEM_COLUMNS, OUTLET, items.c.backlog)
            .select_from(seen_by(workspace))
            .where(items.c.id == item_id, _may_see(workspace))
        )
        missing = f"There is no item {item_id}."
        return value_of(Item, row_of(connection, query, item_id, missing))

    @reads
    def revisions(
        self, connection: Connection, workspace: WorkspaceId, item_id: int
    ) -> tuple[Revision, ...]:
        """The texts the item has had, the first one first, the newest last.

        Of an item edited more than 50 times, the first and the newest are kept.
        """
        query = (
            select(*ITEM_COLUMNS, OUTLET, items.c.backlog)
            .select_from(seen_by(workspace))
            .where(items.c.id == item_id, _may_see(workspace))
        )
        newest = row_of(connection, query, item_id, f"there is no item {item_id}")
        earlier = (
            select(item_revisions, item_revisions.c.revision.label("number"))
            .where(item_revisions.c.item_id == item_id)
            .order_by(item_revisions.c.revision)
        )
        return (
            *(value_of(Revision, row) for row in connection.execute(earlier)),
            Revision(
                number=newest.revision,
                title=newest.title,
                summary=newest.summary,
                replaced_at=None,
            ),
        )

    async def first_title(self, workspace: WorkspaceId, item_id: int) -> str:
        """The title that the item began with."""
        first, *_ = await self.revisions(workspace, item_id)
        return first.title

    @reads
    def newest(
        self,
        connection: Connection,
        workspace: WorkspaceId,
        *,
        feed_id: int | None = None,
        before: Item | None = None,
        limit: int,
    ) -> tuple[Item, ...]:
        """Items by date, then by number, newest first: at most `limit`, those after `before`."""
        query = select(*ITEM_COLUMNS, OUTLET, items.c.backlog).select_from(seen_by(workspace))
        query = query.where(_may_see(workspace), *_of_feed(feed_id))
        if before is not None:
            date, number = items.c.published_at, items.c.id
            # The first half is what an index answers.
            follows = or_(date < before.published_at, number < before.id)
            query = query.where(date <= before.published_at, follows)
        newest_first = query.order_by(items.c.published_at.desc(), items.c.id.desc())
        return tuple(value_of(Item, row) for row in connection.execute(newest_first.limit(limit)))

    @reads
    def count(
        self, connection: Connection, workspace: WorkspaceId, *, feed_id: int | None = None
    ) -> int:
        """How many items there are, of one feed or (None) of all."""
        query = select(func.count()).select_from(seen_by(workspace))
        query = query.where(_may_see(workspace), *_of_feed(feed_id))
        return connection.execute(query).scalar_one()

    @reads
    def shared_with(
        self, connection: Connection, workspace: WorkspaceId, canonical_urls: Sequence[str]
    ) -> dict[str, int]:
        """How many of the articles each listed feed has published too, by the feed's address.

        `canonical_urls` are as `Entry.canonical_url`, at most some hundred.
        """
        found = connection.execute(
            select(feeds.c.url, func.count(items.c.canonical_url.distinct()).label("shared"))
            .join_from(listings, feeds, feeds.c.id == listings.c.feed_id)
            .join(items, items.c.feed_id == feeds.c.id)
            .where(listings.c.workspace_id == workspace, items.c.canonical_url.in_(canonical_urls))
            .group_by(feeds.c.url)
        )
        return {row.url: row.shared for row in found}

    @reads
    def search(
        self,
        connection: Connection,
        workspace: WorkspaceId,
        words: str,
        *,
        since: datetime | None = None,
        until: datetime | None = None,
        limit: int = 20,
    ) -> tuple[Item, ...]:
        """Items with all of the words, the best first, of equal ones the newest.

        No text does harm. Items published before `since`, or at `until` or later, are left out.
        """
        query = parse_query(words)
        if not query.phrases:
            return ()
        answering = _answering(connection, workspace, query)
        if since is not None:
            answering = answering.where(items.c.published_at >= since)
        if until is not None:
            answering = answering.where(items.c.published_at < until)
        newest_first = answering.order_by(items.c.published_at.desc())
        rows = connection.execute(newest_first.limit(CANDIDATES)).all()

        def rank(row: AnyRow) -> tuple[float, datetime, int]:
            age = rows[0].published_at - row.published_at
            return weight(row.relevance, age=age), row.published_at, row.id

        return tuple(value_of(Item, row) for row in sorted(rows, key=rank, reverse=True)[:limit])


def _of_feed(feed_id: int | None) -> list[ColumnElement[bool]]:
    return [] if feed_id is None else [items.c.feed_id == feed_id]


def _may_see(workspace: WorkspaceId) -> ColumnElement[bool]:
    """Whether the workspace may see the item; for rows of `seen_by`."""
    filed = select(evidence.c.id).where(
        evidence.c.workspace_id == workspace, evidence.c.item_id == items.c.id
    )
    listed = and_(listings.c.workspace_id == workspace, listings.c.removed_at.is_(None))
    own_page = feeds.c.url.startswith(_pages_of(workspace), autoescape=True)
    return or_(listed, own_page, filed.exists())


def _pages_of(workspace: WorkspaceId) -> str:
    """What the sources of the articles begin with that people of a workspace gave."""
    return f"page:{workspace}:"


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


def _answering(connection: Connection, workspace: WorkspaceId, query: Query) -> AnySelect:
    """The items that the workspace may see and that answer, with a column `relevance`."""
    source = seen_by(workspace)
    relevance: ColumnElement[float] = literal_column(f"-bm25({SQLITE_TABLE}, 4.0, 1.0)")
    answers: ColumnElement[bool] | TextClause
    if connection.dialect.name == "postgresql":
        text_query = func.to_tsquery("english", to_tsquery(query))
        words: ColumnElement[str] = literal_column(f"items.{POSTGRESQL_COLUMN}")
        relevance = func.ts_rank(literal_column(_WEIGHTS), words, text_query)
        answers = words.bool_op("@@")(text_query)
    else:
        source = source.join(_FTS, _FTS.c.rowid == items.c.id)
        answers = text(f"{SQLITE_TABLE} MATCH :query").bindparams(query=to_fts5(query))
    columns = (*ITEM_COLUMNS, OUTLET, items.c.backlog, relevance.label("relevance"))
    return select(*columns).select_from(source).where(_may_see(workspace), answers)


def weight(relevance: float, *, age: timedelta) -> float:
    """How much a hit weighs: `relevance`, halved for each half year of age.

    >>> weight(1.0, age=timedelta(days=360))
    0.25
    """
    return relevance * math.exp2(-(age / HALF_LIFE))
