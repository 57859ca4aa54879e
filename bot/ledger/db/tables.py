"""Every table of the ledger.

Two kinds of rows. What the world published is stored once for everybody: `feeds` (an address and
how fetching it fares), `items` and their earlier texts. What belongs to a workspace carries its
`workspace_id`: which feeds it lists, its evidence, reviews, subscriptions, deliveries and audit
trail; every query on those names the workspace.

A story has the number of the item it began with.
"""

import unicodedata
from typing import Any, TypeAlias

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Connection,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    UniqueConstraint,
    event,
    text,
)
from sqlalchemy.schema import SchemaItem
from sqlalchemy.types import TypeEngine

from bot.domain.commitment import Scale
from bot.domain.evidence import Direction, Origin, Verdict
from bot.domain.feed import FeedNoteKind
from bot.domain.item import DateSource
from bot.domain.subscription import DeliveryKind, DeliveryState
from bot.ledger.db.columns import Choice, Id, PlainText, UTCDateTime

# How full text is indexed: FTS5 on SQLite, a tsvector with a GIN index on PostgreSQL. There
# punctuation becomes blanks and accents go before the parser sees the text; otherwise it reads
# `F-16` as a negative number and `nknews.org` as one host, and people find neither by its words.
# SQLite's tokenizer does both by itself.

PUNCTUATION = "-_/.,:;@&+=?#%~'\"()[]{}<>|*!\\‐‑‒–—―‘’“”…·"


def _accented() -> dict[str, str]:
    """Latin letters with accents (U+00C0 to U+017F), and the plain letter of each."""
    pairs = ((chr(n), unicodedata.normalize("NFKD", chr(n))) for n in range(0xC0, 0x180))
    return {c: d[0] for c, d in pairs if len(d) > 1 and d[0].isascii() and d[0].isalpha()}


ACCENTED = _accented()


def _quoted(literal: str) -> str:
    return "'" + literal.replace("'", "''") + "'"


SQLITE_TABLE = "items_search"
POSTGRESQL_COLUMN = "words"
# What a comparison of PostgreSQL with the tables must leave out.
BY_HAND = frozenset({"words", "ix_items_words"})

_FROM = _quoted(PUNCTUATION + "".join(ACCENTED))
_TO = _quoted(" " * len(PUNCTUATION) + "".join(ACCENTED.values()))

POSTGRESQL_DDL = (
    f"""\
CREATE FUNCTION item_words(title text, summary text) RETURNS tsvector
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
SELECT setweight(to_tsvector('english', translate(title, {_FROM}, {_TO})), 'A')
    || setweight(to_tsvector('english', translate(summary, {_FROM}, {_TO})), 'C')
$$""",
    # Kept with the row, so that ranking need not read the text again.
    """\
ALTER TABLE items ADD COLUMN words tsvector
    GENERATED ALWAYS AS (item_words(title, summary)) STORED""",
    "CREATE INDEX ix_items_words ON items USING gin (words)",
)

# An index without a copy of the text; the triggers keep it in step with items.
SQLITE_DDL = (
    """\
CREATE VIRTUAL TABLE items_search USING fts5(
    title, summary, content='items', content_rowid='id',
    tokenize='porter unicode61 remove_diacritics 2'
)""",
    """\
CREATE TRIGGER items_search_insert AFTER INSERT ON items BEGIN
    INSERT INTO items_search (rowid, title, summary) VALUES (new.id, new.title, new.summary);
END""",
    """\
CREATE TRIGGER items_search_delete AFTER DELETE ON items BEGIN
    INSERT INTO items_search (items_search, rowid, title, summary)
    VALUES ('delete', old.id, old.title, old.summary);
END""",
    """\
CREATE TRIGGER items_search_update AFTER UPDATE OF title, summary ON items BEGIN
    INSERT INTO items_search (items_search, rowid, title, summary)
    VALUES ('delete', old.id, old.title, old.summary);
    INSERT INTO items_search (rowid, title, summary) VALUES (new.id, new.title, new.summary);
END""",
)


def is_compared(_: object, name: str | None, kind: str, *__: object) -> bool:
    """Whether Alembic compares an object: all but the full-text index, which is made by hand."""
    if kind not in {"table", "index", "column"} or name is None:
        return True
    return name not in BY_HAND and not name.startswith(SQLITE_TABLE)


metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)


_Kind: TypeAlias = TypeEngine[Any] | type[TypeEngine[Any]]


def _table(name: str, *parts: SchemaItem, **options: Any) -> Table:  # noqa: ANN401 - as of Table
    return Table(name, metadata, *parts, **options)


def _required(kind: _Kind, *names: str) -> list[Column[Any]]:
    return [Column(name, kind, nullable=False) for name in names]


def _optional(kind: _Kind, *names: str) -> list[Column[Any]]:
    return [Column(name, kind) for name in names]


def _id() -> Column[int]:
    return Column("id", Id, primary_key=True)


def _workspace(*, primary_key: bool = False) -> Column[int]:
    return Column(
        "workspace_id", Id, ForeignKey("workspaces.id"), primary_key=primary_key, nullable=False
    )


def _where(condition: str) -> dict[str, Any]:
    """The rows of a partial index, on both databases."""
    return {"sqlite_where": text(condition), "postgresql_where": text(condition)}


workspaces = _table(
    "workspaces",
    _id(),
    *_optional(String, "team_id"),
    *_optional(PlainText, "name"),
    # What its items were last queued to be matched with; see bot.ledger.items.match_queue.
    *_required(PlainText, "matcher_version", "pack_fingerprint"),
    UniqueConstraint("team_id"),
)

feeds = _table(
    "feeds",
    _id(),
    *_required(PlainText, "url"),
    *_optional(PlainText, "title", "etag", "last_modified", "error", "last_error"),
    *_optional(String, "body_hash"),
    *_optional(UTCDateTime, "checked_at", "succeeded_at", "newest_at", "due_at", "failed_at"),
    *_required(Integer, "failures"),
    # Its polling hints; see `values_of` in bot.ledger.db.rows.
    *_optional(Integer, "wait_s", "skip_hours", "skip_days", "fresh_s", "gap_s"),
    # Answers 404 in a row, up to now; null is 0.
    *_optional(Integer, "not_found"),
    UniqueConstraint("url"),
    Index(None, "due_at"),
)

listings = _table(
    "listings",
    _workspace(primary_key=True),
    Column("feed_id", Id, ForeignKey("feeds.id"), primary_key=True),
    *_optional(PlainText, "title", "category", "language"),
    *_required(Float, "weight"),
    *_required(Integer, "every_s", "position"),
    # The same where the line names it; null where it is the list's.
    *_optional(Integer, "own_every_s"),
    *_required(Boolean, "enabled"),
    # A removed feed keeps its line, so that old evidence keeps its outlet's name.
    *_optional(UTCDateTime, "removed_at", "listed_at"),
    Index(None, "feed_id"),
)

feed_moves = _table(
    "feed_moves",
    Column("feed_id", Id, ForeignKey("feeds.id"), primary_key=True),
    Column("url", PlainText, primary_key=True),
    Column("to_url", PlainText, primary_key=True),
    *_required(Integer, "seen"),
    *_required(UTCDateTime, "first_at", "last_at"),
    *_optional(UTCDateTime, "moved_at"),
    comment="Permanent redirects that led to a feed, and which of them were followed in the list.",
)

feed_notes = _table(
    "feed_notes",
    _id(),
    _workspace(),
    Column("feed_id", Id, ForeignKey("feeds.id"), nullable=False),
    *_required(Choice(FeedNoteKind), "kind"),
    *_required(PlainText, "text"),
    *_required(UTCDateTime, "at"),
    *_optional(UTCDateTime, "told_at", "settled_at"),
    Index(
        "uq_feed_notes_open",
        "workspace_id",
        "feed_id",
        "kind",
        unique=True,
        **_where("settled_at IS NULL"),
    ),
    Index("ix_feed_notes_untold", "workspace_id", "id", **_where("told_at IS NULL")),
    Index(None, "feed_id"),
    Index(None, "workspace_id", "told_at"),
    comment="What happened to feeds that admins should hear; told once, several in one message.",
)

feed_edits = _table(
    "feed_edits",
    _id(),
    _workspace(),
    *_required(String, "kind"),
    *_required(PlainText, "url", "actor"),
    *_optional(JSON(none_as_null=True), "line"),
    *_required(UTCDateTime, "at"),
    Index(None, "workspace_id", "id"),
    comment="Edits of the feed list that could not be written to its file yet, oldest first.",
)

items = _table(
    "items",
    _id(),
    Column("feed_id", Id, ForeignKey("feeds.id"), nullable=False),
    *_required(PlainText, "key", "title", "summary"),
    *_required(Integer, "revision"),
    *_optional(PlainText, "url", "canonical_url", "language"),
    *_required(UTCDateTime, "published_at", "first_seen_at"),
    *_required(Choice(DateSource), "date_source"),
    *_required(Boolean, "backlog"),
    *_required(String, "content_hash"),
    # When an edit last changed its news; see `differs_in_substance` in bot.ledger.items.identity.
    *_optional(UTCDateTime, "changed_at"),
    UniqueConstraint("feed_id", "key"),
    Index(None, "feed_id", "canonical_url"),
    Index(None, "feed_id", "published_at"),
    Index(None, "published_at"),
)


@event.listens_for(items, "after_create")
def _index_text(_: Table, connection: Connection, **__: object) -> None:
    on_sqlite = connection.dialect.name == "sqlite"
    for statement in SQLITE_DDL if on_sqlite else POSTGRESQL_DDL:
        connection.execute(text(statement.replace(":", "\\:")))


story_items = _table(
    "story_items",
    Column("item_id", Id, ForeignKey("items.id"), primary_key=True),
    Column("story_id", Id, ForeignKey("items.id"), nullable=False),
    Index(None, "story_id"),
    comment="Which story an item belongs to; only ever added to.",
)

item_keys = _table(
    "item_keys",
    Column("feed_id", Id, ForeignKey("feeds.id"), primary_key=True),
    Column("key", PlainText, primary_key=True),
    Column("item_id", Id, ForeignKey("items.id"), nullable=False),
    Index(None, "item_id"),
    comment="Further keys under which a feed has published items that it had published.",
)

item_revisions = _table(
    "item_revisions",
    Column("item_id", Id, ForeignKey("items.id"), primary_key=True),
    Column("revision", Integer, primary_key=True),
    *_required(PlainText, "title", "summary"),
    *_required(String, "content_hash"),
    *_required(UTCDateTime, "replaced_at"),
    comment="The texts that edits replaced; the newest text is in items.",
)

unmatched = _table(
    "unmatched",
    _workspace(primary_key=True),
    Column("published_at", UTCDateTime, primary_key=True),
    Column("item_id", Id, ForeignKey("items.id"), primary_key=True),
    *_required(Boolean, "news"),
    UniqueConstraint("item_id", "workspace_id"),
    comment="Items that a workspace's commitments have still to be matched with, oldest first.",
    sqlite_with_rowid=False,
)

evidence = _table(
    "evidence",
    _id(),
    _workspace(),
    Column("item_id", Id, ForeignKey("items.id"), nullable=False),
    *_required(PlainText, "commitment_id", "passage"),
    *_required(UTCDateTime, "published_at", "filed_at"),
    *_required(Float, "score"),
    *_required(Choice(Direction), "direction"),
    *_required(JSON, "reasons"),
    *_required(Boolean, "sure", "news"),
    *_required(Choice(Origin), "origin"),
    *_optional(Float, "direction_score"),
    # What people say of it now, computed from `reviews` whenever one is added.
    *_optional(Choice(Verdict), "verdict"),
    *_optional(PlainText, "verdict_by"),
    *_optional(UTCDateTime, "verdict_at", "withdrawn_at"),
    UniqueConstraint("workspace_id", "item_id", "commitment_id"),
    Index(None, "workspace_id", "filed_at"),
    Index(None, "workspace_id", "published_at"),
    Index(None, "workspace_id", "commitment_id", "published_at"),
    Index(None, "item_id"),
)

# What people said of evidence; rows are only ever added.
reviews = _table(
    "reviews",
    _id(),
    _workspace(),
    Column("evidence_id", Id, ForeignKey("evidence.id"), nullable=False),
    *_required(Choice(Verdict), "verdict"),
    *_required(PlainText, "actor"),
    *_required(UTCDateTime, "at"),
    *_optional(PlainText, "note"),
    # The first of those that one press made, on all evidence of a story; null for itself alone.
    # Then the one that this one takes back; its verdict is that one's.
    *_optional(Id, "act", "undoes"),
    # The commitment that a move names.
    *_optional(PlainText, "moved_to"),
    Index(None, "workspace_id"),
    Index(None, "evidence_id"),
    Index(None, "act"),
)

assessments = _table(
    "assessments",
    _id(),
    _workspace(),
    *_required(PlainText, "commitment_id", "reason", "actor"),
    *_optional(PlainText, "party"),
    *_required(Choice(Scale), "scale"),
    *_required(Integer, "level"),
    *_required(Boolean, "final"),
    *_required(UTCDateTime, "at"),
    Column("supersedes", Id, ForeignKey("assessments.id")),
    UniqueConstraint("supersedes"),
    Index(None, "workspace_id", "commitment_id", "id"),
    comment="What people judged of commitments; only ever added to.",
)

assessment_evidence = _table(
    "assessment_evidence",
    Column("assessment_id", Id, ForeignKey("assessments.id"), primary_key=True),
    Column("evidence_id", Id, ForeignKey("evidence.id"), primary_key=True),
    Index(None, "evidence_id"),
    comment="What assessments cite.",
)

objections = _table(
    "objections",
    _id(),
    _workspace(),
    Column("assessment_id", Id, ForeignKey("assessments.id"), nullable=False),
    *_required(PlainText, "actor", "reason"),
    *_required(UTCDateTime, "at"),
    Index(None, "workspace_id", "assessment_id"),
    comment="Notes against assessments; only ever added to.",
)

subscriptions = _table(
    "subscriptions",
    _id(),
    _workspace(),
    *_required(PlainText, "target", "timezone", "created_by"),
    *_required(JSON, "commitments", "weekdays"),
    *_required(String, "local_time"),
    *_required(UTCDateTime, "created_at"),
    *_optional(PlainText, "parked"),
    *_optional(UTCDateTime, "removed_at"),
    # Null is what was subscribed before it could be asked for: nothing is skipped.
    *_optional(Boolean, "skip_empty"),
    Index(None, "workspace_id", "target"),
)

deliveries = _table(
    "deliveries",
    _id(),
    _workspace(),
    *_required(PlainText, "key", "target"),
    *_required(Choice(DeliveryKind), "kind"),
    Column("subscription_id", Id, ForeignKey("subscriptions.id")),
    # The workspace's newest evidence when a digest was composed: what came later is for the next.
    *_optional(Id, "last_evidence"),
    *_optional(UTCDateTime, "window_since", "window_until", "claimed_until"),
    *_required(Choice(DeliveryState), "state"),
    *_required(Integer, "attempts"),
    *_required(UTCDateTime, "next_attempt_at", "created_at"),
    *_optional(PlainText, "error", "claimed_by"),
    UniqueConstraint("workspace_id", "key"),
    Index(None, "subscription_id"),
    Index("ix_deliveries_pending", "next_attempt_at", **_where("state = 'pending'")),
)

delivery_messages = _table(
    "delivery_messages",
    Column("delivery_id", Id, ForeignKey("deliveries.id"), primary_key=True),
    Column("position", Integer, primary_key=True),
    *_required(JSON, "payload"),
    *_optional(UTCDateTime, "attempted_at", "posted_at"),
    *_optional(String, "ts", "channel"),
)

delivery_mentions = _table(
    "delivery_mentions",
    Column("delivery_id", Id, ForeignKey("deliveries.id"), primary_key=True),
    Column("commitment_id", PlainText, primary_key=True),
    Column("story_id", Id, primary_key=True),
    comment="What digests told, so that the next one of a subscription does not tell it again.",
)

packs = _table(
    "packs",
    _id(),
    _workspace(),
    *_required(String, "fingerprint"),
    *_required(PlainText, "source"),
    *_required(UTCDateTime, "at"),
    Index(None, "workspace_id", "id"),
    comment="Each pack that was in force, as its file was written; the newest is the last good.",
)

# Nothing reads or writes it any more.
notices = _table(
    "notices",
    _workspace(primary_key=True),
    Column("key", PlainText, primary_key=True),
    *_required(UTCDateTime, "at"),
)

seen = _table(
    "seen",
    Column("key", PlainText, primary_key=True),
    *_required(UTCDateTime, "expires_at"),
    Index(None, "expires_at"),
)

audit = _table(
    "audit",
    _id(),
    _workspace(),
    *_required(UTCDateTime, "at"),
    *_required(PlainText, "actor", "subject"),
    *_required(String, "action"),
    *_optional(JSON(none_as_null=True), "before", "after"),
    Index(None, "workspace_id", "id"),
)


opinions = _table(
    "opinions",
    Column("key", String, primary_key=True),
    *_required(PlainText, "answer"),
    *_required(UTCDateTime, "at"),
    Index(None, "at"),
    comment="What a language model said, by the digest of the question.",
)
