"""Every table of the ledger.

Two kinds of rows. What the world published is stored once for everybody: `feeds` (an address and
how fetching it fares), `items` and their earlier texts. What belongs to a workspace carries its
`workspace_id`: which feeds it lists, its evidence, reviews, subscriptions, deliveries and audit
trail; every query on those names the workspace.

A story has the number of the item it began with.
"""

import unicodedata

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


def _workspace(*, primary_key: bool = False) -> Column[int]:
    return Column(
        "workspace_id", Id, ForeignKey("workspaces.id"), primary_key=primary_key, nullable=False
    )


workspaces = Table(
    "workspaces",
    metadata,
    Column("id", Id, primary_key=True),
    Column("team_id", String),
    Column("name", PlainText),
    # What its items were last queued to be matched with; see bot.ledger.items.match_queue.
    Column("matcher_version", PlainText, nullable=False),
    Column("pack_fingerprint", PlainText, nullable=False),
    UniqueConstraint("team_id"),
)

feeds = Table(
    "feeds",
    metadata,
    Column("id", Id, primary_key=True),
    Column("url", PlainText, nullable=False),
    Column("title", PlainText),
    Column("etag", PlainText),
    Column("last_modified", PlainText),
    Column("body_hash", String),
    Column("checked_at", UTCDateTime),
    Column("succeeded_at", UTCDateTime),
    Column("newest_at", UTCDateTime),
    Column("failures", Integer, nullable=False),
    Column("error", PlainText),
    Column("due_at", UTCDateTime),
    # Its polling hints; see `values_of` in bot.ledger.db.rows.
    Column("wait_s", Integer),
    Column("skip_hours", Integer),
    Column("skip_days", Integer),
    Column("fresh_s", Integer),
    Column("gap_s", Integer),
    # Answers 404 in a row, up to now; null is 0.
    Column("not_found", Integer),
    Column("failed_at", UTCDateTime),
    Column("last_error", PlainText),
    UniqueConstraint("url"),
    Index(None, "due_at"),
)

listings = Table(
    "listings",
    metadata,
    _workspace(primary_key=True),
    Column("feed_id", Id, ForeignKey("feeds.id"), primary_key=True),
    Column("title", PlainText),
    Column("category", PlainText),
    Column("language", PlainText),
    Column("weight", Float, nullable=False),
    Column("every_s", Integer, nullable=False),
    # The same where the line names it; null where it is the list's.
    Column("own_every_s", Integer),
    Column("enabled", Boolean, nullable=False),
    Column("position", Integer, nullable=False),
    # A removed feed keeps its line, so that old evidence keeps its outlet's name.
    Column("removed_at", UTCDateTime),
    Column("listed_at", UTCDateTime),
    Index(None, "feed_id"),
)

feed_moves = Table(
    "feed_moves",
    metadata,
    Column("feed_id", Id, ForeignKey("feeds.id"), primary_key=True),
    Column("url", PlainText, primary_key=True),
    Column("to_url", PlainText, primary_key=True),
    Column("seen", Integer, nullable=False),
    Column("first_at", UTCDateTime, nullable=False),
    Column("last_at", UTCDateTime, nullable=False),
    Column("moved_at", UTCDateTime),
    comment="Permanent redirects that led to a feed, and which of them were followed in the list.",
)

feed_notes = Table(
    "feed_notes",
    metadata,
    Column("id", Id, primary_key=True),
    _workspace(),
    Column("feed_id", Id, ForeignKey("feeds.id"), nullable=False),
    Column("kind", Choice(FeedNoteKind), nullable=False),
    Column("text", PlainText, nullable=False),
    Column("at", UTCDateTime, nullable=False),
    Column("told_at", UTCDateTime),
    Column("settled_at", UTCDateTime),
    Index(
        "uq_feed_notes_open",
        "workspace_id",
        "feed_id",
        "kind",
        unique=True,
        sqlite_where=text("settled_at IS NULL"),
        postgresql_where=text("settled_at IS NULL"),
    ),
    Index(
        "ix_feed_notes_untold",
        "workspace_id",
        "id",
        sqlite_where=text("told_at IS NULL"),
        postgresql_where=text("told_at IS NULL"),
    ),
    Index(None, "feed_id"),
    Index(None, "workspace_id", "told_at"),
    comment="What happened to feeds that admins should hear; told once, several in one message.",
)

feed_edits = Table(
    "feed_edits",
    metadata,
    Column("id", Id, primary_key=True),
    _workspace(),
    Column("kind", String, nullable=False),
    Column("url", PlainText, nullable=False),
    Column("line", JSON(none_as_null=True)),
    Column("actor", PlainText, nullable=False),
    Column("at", UTCDateTime, nullable=False),
    Index(None, "workspace_id", "id"),
    comment="Edits of the feed list that could not be written to its file yet, oldest first.",
)

items = Table(
    "items",
    metadata,
    Column("id", Id, primary_key=True),
    Column("feed_id", Id, ForeignKey("feeds.id"), nullable=False),
    Column("key", PlainText, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("url", PlainText),
    Column("canonical_url", PlainText),
    Column("title", PlainText, nullable=False),
    Column("summary", PlainText, nullable=False),
    Column("language", PlainText),
    Column("published_at", UTCDateTime, nullable=False),
    Column("date_source", Choice(DateSource), nullable=False),
    Column("first_seen_at", UTCDateTime, nullable=False),
    Column("backlog", Boolean, nullable=False),
    Column("content_hash", String, nullable=False),
    # When an edit last changed its news; see `differs_in_substance` in bot.ledger.items.identity.
    Column("changed_at", UTCDateTime),
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


story_items = Table(
    "story_items",
    metadata,
    Column("item_id", Id, ForeignKey("items.id"), primary_key=True),
    Column("story_id", Id, ForeignKey("items.id"), nullable=False),
    Index(None, "story_id"),
    comment="Which story an item belongs to; only ever added to.",
)

item_keys = Table(
    "item_keys",
    metadata,
    Column("feed_id", Id, ForeignKey("feeds.id"), primary_key=True),
    Column("key", PlainText, primary_key=True),
    Column("item_id", Id, ForeignKey("items.id"), nullable=False),
    Index(None, "item_id"),
    comment="Further keys under which a feed has published items that it had published.",
)

item_revisions = Table(
    "item_revisions",
    metadata,
    Column("item_id", Id, ForeignKey("items.id"), primary_key=True),
    Column("revision", Integer, primary_key=True),
    Column("title", PlainText, nullable=False),
    Column("summary", PlainText, nullable=False),
    Column("content_hash", String, nullable=False),
    Column("replaced_at", UTCDateTime, nullable=False),
    comment="The texts that edits replaced; the newest text is in items.",
)

unmatched = Table(
    "unmatched",
    metadata,
    _workspace(primary_key=True),
    Column("published_at", UTCDateTime, primary_key=True),
    Column("item_id", Id, ForeignKey("items.id"), primary_key=True),
    Column("news", Boolean, nullable=False),
    UniqueConstraint("item_id", "workspace_id"),
    comment="Items that a workspace's commitments have still to be matched with, oldest first.",
    sqlite_with_rowid=False,
)

evidence = Table(
    "evidence",
    metadata,
    Column("id", Id, primary_key=True),
    _workspace(),
    Column("item_id", Id, ForeignKey("items.id"), nullable=False),
    Column("commitment_id", PlainText, nullable=False),
    Column("published_at", UTCDateTime, nullable=False),
    Column("score", Float, nullable=False),
    Column("direction", Choice(Direction), nullable=False),
    Column("reasons", JSON, nullable=False),
    Column("passage", PlainText, nullable=False),
    Column("sure", Boolean, nullable=False),
    Column("origin", Choice(Origin), nullable=False),
    Column("verdict", Choice(Verdict)),
    Column("news", Boolean, nullable=False),
    Column("filed_at", UTCDateTime, nullable=False),
    Column("withdrawn_at", UTCDateTime),
    UniqueConstraint("workspace_id", "item_id", "commitment_id"),
    Index(None, "workspace_id", "filed_at"),
    Index(None, "workspace_id", "published_at"),
    Index(None, "workspace_id", "commitment_id", "published_at"),
    Index(None, "item_id"),
)

reviews = Table(
    "reviews",
    metadata,
    Column("id", Id, primary_key=True),
    _workspace(),
    Column("evidence_id", Id, ForeignKey("evidence.id"), nullable=False),
    Column("verdict", Choice(Verdict), nullable=False),
    Column("actor", PlainText, nullable=False),
    Column("at", UTCDateTime, nullable=False),
    Column("note", PlainText),
    Index(None, "workspace_id"),
    Index(None, "evidence_id"),
)

subscriptions = Table(
    "subscriptions",
    metadata,
    Column("id", Id, primary_key=True),
    _workspace(),
    Column("target", PlainText, nullable=False),
    Column("commitments", JSON, nullable=False),
    Column("weekdays", JSON, nullable=False),
    Column("local_time", String, nullable=False),
    Column("timezone", PlainText, nullable=False),
    Column("created_by", PlainText, nullable=False),
    Column("created_at", UTCDateTime, nullable=False),
    Column("parked", PlainText),
    Column("removed_at", UTCDateTime),
    Index(None, "workspace_id", "target"),
)

deliveries = Table(
    "deliveries",
    metadata,
    Column("id", Id, primary_key=True),
    _workspace(),
    Column("key", PlainText, nullable=False),
    Column("kind", Choice(DeliveryKind), nullable=False),
    Column("target", PlainText, nullable=False),
    Column("subscription_id", Id, ForeignKey("subscriptions.id")),
    Column("window_since", UTCDateTime),
    Column("window_until", UTCDateTime),
    Column("state", Choice(DeliveryState), nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("next_attempt_at", UTCDateTime, nullable=False),
    Column("error", PlainText),
    Column("created_at", UTCDateTime, nullable=False),
    Column("claimed_by", PlainText),
    Column("claimed_until", UTCDateTime),
    UniqueConstraint("workspace_id", "key"),
    Index(None, "subscription_id"),
    Index(
        "ix_deliveries_pending",
        "next_attempt_at",
        sqlite_where=text("state = 'pending'"),
        postgresql_where=text("state = 'pending'"),
    ),
)

delivery_messages = Table(
    "delivery_messages",
    metadata,
    Column("delivery_id", Id, ForeignKey("deliveries.id"), primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("payload", JSON, nullable=False),
    Column("attempted_at", UTCDateTime),
    Column("ts", String),
    Column("channel", String),
    Column("posted_at", UTCDateTime),
)

delivery_mentions = Table(
    "delivery_mentions",
    metadata,
    Column("delivery_id", Id, ForeignKey("deliveries.id"), primary_key=True),
    Column("commitment_id", PlainText, primary_key=True),
    Column("story_id", Id, primary_key=True),
    comment="What digests told, so that the next one of a subscription does not tell it again.",
)

packs = Table(
    "packs",
    metadata,
    Column("id", Id, primary_key=True),
    _workspace(),
    Column("fingerprint", String, nullable=False),
    Column("source", PlainText, nullable=False),
    Column("at", UTCDateTime, nullable=False),
    Index(None, "workspace_id", "id"),
    comment="Each pack that was in force, as its file was written; the newest is the last good.",
)

# Nothing reads or writes it any more.
notices = Table(
    "notices",
    metadata,
    _workspace(primary_key=True),
    Column("key", PlainText, primary_key=True),
    Column("at", UTCDateTime, nullable=False),
)

seen = Table(
    "seen",
    metadata,
    Column("key", PlainText, primary_key=True),
    Column("expires_at", UTCDateTime, nullable=False),
    Index(None, "expires_at"),
)

audit = Table(
    "audit",
    metadata,
    Column("id", Id, primary_key=True),
    _workspace(),
    Column("at", UTCDateTime, nullable=False),
    Column("actor", PlainText, nullable=False),
    Column("action", String, nullable=False),
    Column("subject", PlainText, nullable=False),
    Column("before", JSON(none_as_null=True)),
    Column("after", JSON(none_as_null=True)),
    Index(None, "workspace_id", "id"),
)


opinions = Table(
    "opinions",
    metadata,
    Column("key", String, primary_key=True),
    Column("answer", PlainText, nullable=False),
    Column("at", UTCDateTime, nullable=False),
    Index(None, "at"),
    comment="What a language model said, by the digest of the question.",
)
