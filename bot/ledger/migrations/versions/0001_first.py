"""The first schema: feeds, items, evidence, subscriptions, deliveries."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)
TABLES = [
    "feeds",
    "seen",
    "workspaces",
    "audit",
    "items",
    "listings",
    "notices",
    "subscriptions",
    "deliveries",
    "evidence",
    "item_keys",
    "item_revisions",
    "story_items",
    "unmatched",
    "delivery_mentions",
    "delivery_messages",
    "reviews",
]

SEARCH_ON_SQLITE = (
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

# Punctuation becomes blanks and accents go; why: bot/ledger/db/tables.py.
PLAIN_FROM = (
    "-_/.,:;@&+=?#%~'\"()[]{}<>|*!\\‐‑‒–—―‘’“”…·ÀÁÂÃÄÅÇÈÉÊËÌÍÎÏÑÒÓÔ"
    "ÕÖÙÚÛÜÝàáâãäåçèéêëìíîïñòóôõöùúûüýÿĀāĂăĄąĆćĈĉĊċČčĎďĒēĔĕĖėĘęĚě"
    "ĜĝĞğĠġĢģĤĥĨĩĪīĬĭĮįİĲĳĴĵĶķĹĺĻļĽľĿŀŃńŅņŇňŌōŎŏŐőŔŕŖŗŘřŚśŜŝŞşŠšŢ"
    "ţŤťŨũŪūŬŭŮůŰűŲųŴŵŶŷŸŹźŻżŽž"
)
PLAIN_TO = (
    "                                         AAAAAACEEEEIIIINOOO"
    "OOUUUUYaaaaaaceeeeiiiinooooouuuuyyAaAaAaCcCcCcCcDdEeEeEeEeEe"
    "GgGgGgGgHhIiIiIiIiIIiJjKkLlLlLlLlNnNnNnOoOoOoRrRrRrSsSsSsSsT"
    "tTtUuUuUuUuUuUuWwYyYZzZzZz"
)
FROM_TO = "'" + PLAIN_FROM.replace("'", "''") + "', '" + PLAIN_TO + "'"
SEARCH_ON_POSTGRESQL = (
    f"""\
CREATE FUNCTION item_words(title text, summary text) RETURNS tsvector
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
SELECT setweight(to_tsvector('english', translate(title, {FROM_TO})), 'A')
    || setweight(to_tsvector('english', translate(summary, {FROM_TO})), 'C')
$$""",
    """\
ALTER TABLE items ADD COLUMN words tsvector
    GENERATED ALWAYS AS (item_words(title, summary)) STORED""",
    "CREATE INDEX ix_items_words ON items USING gin (words)",
)


def upgrade() -> None:
    op.create_table(
        "feeds",
        sa.Column("id", ID, primary_key=True),
        sa.Column("url", sa.Text, nullable=False),
        sa.Column("title", sa.Text),
        sa.Column("etag", sa.Text),
        sa.Column("last_modified", sa.Text),
        sa.Column("body_hash", sa.String),
        sa.Column("checked_at", MOMENT),
        sa.Column("succeeded_at", MOMENT),
        sa.Column("newest_at", MOMENT),
        sa.Column("failures", sa.Integer, nullable=False),
        sa.Column("error", sa.Text),
        sa.Column("due_at", MOMENT),
        sa.UniqueConstraint("url"),
        sa.Index(None, "due_at"),
    )
    op.create_table(
        "seen",
        sa.Column("key", sa.Text, primary_key=True),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.Index(None, "expires_at"),
    )
    op.create_table(
        "workspaces",
        sa.Column("id", ID, primary_key=True),
        sa.Column("team_id", sa.String),
        sa.Column("name", sa.Text),
        sa.Column("matcher_version", sa.Text, nullable=False),
        sa.Column("pack_fingerprint", sa.Text, nullable=False),
        sa.UniqueConstraint("team_id"),
    )
    op.create_table(
        "audit",
        sa.Column("id", ID, primary_key=True),
        sa.Column("workspace_id", ID, sa.ForeignKey("workspaces.id"), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("actor", sa.Text, nullable=False),
        sa.Column("action", sa.String, nullable=False),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("before", sa.JSON(none_as_null=True)),
        sa.Column("after", sa.JSON(none_as_null=True)),
        sa.Index(None, "workspace_id", "id"),
    )
    op.create_table(
        "items",
        sa.Column("id", ID, primary_key=True),
        sa.Column("feed_id", ID, sa.ForeignKey("feeds.id"), nullable=False),
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("url", sa.Text),
        sa.Column("canonical_url", sa.Text),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("summary", sa.Text, nullable=False),
        sa.Column("language", sa.Text),
        sa.Column("published_at", MOMENT, nullable=False),
        sa.Column("date_source", sa.String, nullable=False),
        sa.Column("first_seen_at", MOMENT, nullable=False),
        sa.Column("backlog", sa.Boolean, nullable=False),
        sa.Column("content_hash", sa.String, nullable=False),
        sa.UniqueConstraint("feed_id", "key"),
        sa.Index(None, "feed_id", "canonical_url"),
        sa.Index(None, "published_at"),
    )
    op.create_table(
        "listings",
        sa.Column("workspace_id", ID, sa.ForeignKey("workspaces.id"), primary_key=True),
        sa.Column("feed_id", ID, sa.ForeignKey("feeds.id"), primary_key=True),
        sa.Column("title", sa.Text),
        sa.Column("category", sa.Text),
        sa.Column("language", sa.Text),
        sa.Column("weight", sa.Float, nullable=False),
        sa.Column("every_s", sa.Integer, nullable=False),
        sa.Column("enabled", sa.Boolean, nullable=False),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("removed_at", MOMENT),
        sa.Index(None, "feed_id"),
    )
    op.create_table(
        "notices",
        sa.Column("workspace_id", ID, sa.ForeignKey("workspaces.id"), primary_key=True),
        sa.Column("key", sa.Text, primary_key=True),
        sa.Column("at", MOMENT, nullable=False),
    )
    op.create_table(
        "subscriptions",
        sa.Column("id", ID, primary_key=True),
        sa.Column("workspace_id", ID, sa.ForeignKey("workspaces.id"), nullable=False),
        sa.Column("target", sa.Text, nullable=False),
        sa.Column("commitments", sa.JSON, nullable=False),
        sa.Column("weekdays", sa.JSON, nullable=False),
        sa.Column("local_time", sa.String, nullable=False),
        sa.Column("timezone", sa.Text, nullable=False),
        sa.Column("created_by", sa.Text, nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("parked", sa.Text),
        sa.Column("removed_at", MOMENT),
        sa.Index(None, "workspace_id", "target"),
    )
    op.create_table(
        "deliveries",
        sa.Column("id", ID, primary_key=True),
        sa.Column("workspace_id", ID, sa.ForeignKey("workspaces.id"), nullable=False),
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("kind", sa.String, nullable=False),
        sa.Column("target", sa.Text, nullable=False),
        sa.Column("subscription_id", ID, sa.ForeignKey("subscriptions.id")),
        sa.Column("window_since", MOMENT),
        sa.Column("window_until", MOMENT),
        sa.Column("state", sa.String, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("next_attempt_at", MOMENT, nullable=False),
        sa.Column("error", sa.Text),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("claimed_by", sa.Text),
        sa.Column("claimed_until", MOMENT),
        sa.UniqueConstraint("workspace_id", "key"),
        sa.Index(
            "ix_deliveries_pending",
            "next_attempt_at",
            sqlite_where=sa.text("state = 'pending'"),
            postgresql_where=sa.text("state = 'pending'"),
        ),
        sa.Index(None, "subscription_id"),
    )
    op.create_table(
        "evidence",
        sa.Column("id", ID, primary_key=True),
        sa.Column("workspace_id", ID, sa.ForeignKey("workspaces.id"), nullable=False),
        sa.Column("item_id", ID, sa.ForeignKey("items.id"), nullable=False),
        sa.Column("commitment_id", sa.Text, nullable=False),
        sa.Column("published_at", MOMENT, nullable=False),
        sa.Column("score", sa.Float, nullable=False),
        sa.Column("direction", sa.String, nullable=False),
        sa.Column("reasons", sa.JSON, nullable=False),
        sa.Column("passage", sa.Text, nullable=False),
        sa.Column("sure", sa.Boolean, nullable=False),
        sa.Column("origin", sa.String, nullable=False),
        sa.Column("verdict", sa.String),
        sa.Column("news", sa.Boolean, nullable=False),
        sa.Column("filed_at", MOMENT, nullable=False),
        sa.Column("withdrawn_at", MOMENT),
        sa.UniqueConstraint("workspace_id", "item_id", "commitment_id"),
        sa.Index(None, "item_id"),
        sa.Index(None, "workspace_id", "commitment_id", "published_at"),
        sa.Index(None, "workspace_id", "filed_at"),
        sa.Index(None, "workspace_id", "published_at"),
    )
    op.create_table(
        "item_keys",
        sa.Column("feed_id", ID, sa.ForeignKey("feeds.id"), primary_key=True),
        sa.Column("key", sa.Text, primary_key=True),
        sa.Column("item_id", ID, sa.ForeignKey("items.id"), nullable=False),
        sa.Index(None, "item_id"),
        comment="Further keys under which a feed has published items that it had published.",
    )
    op.create_table(
        "item_revisions",
        sa.Column("item_id", ID, sa.ForeignKey("items.id"), primary_key=True),
        sa.Column("revision", sa.Integer, primary_key=True),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("summary", sa.Text, nullable=False),
        sa.Column("content_hash", sa.String, nullable=False),
        sa.Column("replaced_at", MOMENT, nullable=False),
        comment="The texts that edits replaced; the newest text is in items.",
    )
    op.create_table(
        "story_items",
        sa.Column("item_id", ID, sa.ForeignKey("items.id"), primary_key=True),
        sa.Column("story_id", ID, sa.ForeignKey("items.id"), nullable=False),
        sa.Index(None, "story_id"),
        comment="Which story an item belongs to; only ever added to.",
    )
    op.create_table(
        "unmatched",
        sa.Column("workspace_id", ID, sa.ForeignKey("workspaces.id"), primary_key=True),
        sa.Column("published_at", MOMENT, primary_key=True),
        sa.Column("item_id", ID, sa.ForeignKey("items.id"), primary_key=True),
        sa.Column("news", sa.Boolean, nullable=False),
        sa.UniqueConstraint("item_id", "workspace_id"),
        comment="Items that a workspace's commitments have still to be matched with, oldest first.",
        sqlite_with_rowid=False,
    )
    op.create_table(
        "delivery_mentions",
        sa.Column("delivery_id", ID, sa.ForeignKey("deliveries.id"), primary_key=True),
        sa.Column("commitment_id", sa.Text, primary_key=True),
        sa.Column("story_id", ID, primary_key=True),
        comment="What digests told, so that the next one of a subscription does not tell it again.",
    )
    op.create_table(
        "delivery_messages",
        sa.Column("delivery_id", ID, sa.ForeignKey("deliveries.id"), primary_key=True),
        sa.Column("position", sa.Integer, primary_key=True),
        sa.Column("payload", sa.JSON, nullable=False),
        sa.Column("attempted_at", MOMENT),
        sa.Column("ts", sa.String),
        sa.Column("channel", sa.String),
        sa.Column("posted_at", MOMENT),
    )
    op.create_table(
        "reviews",
        sa.Column("id", ID, primary_key=True),
        sa.Column("workspace_id", ID, sa.ForeignKey("workspaces.id"), nullable=False),
        sa.Column("evidence_id", ID, sa.ForeignKey("evidence.id"), nullable=False),
        sa.Column("verdict", sa.String, nullable=False),
        sa.Column("actor", sa.Text, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("note", sa.Text),
        sa.Index(None, "evidence_id"),
        sa.Index(None, "workspace_id"),
    )
    sqlite = op.get_bind().dialect.name == "sqlite"
    for statement in SEARCH_ON_SQLITE if sqlite else SEARCH_ON_POSTGRESQL:
        op.execute(sa.text(statement.replace(":", r"\:")))


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        op.execute("DROP TABLE items_search")
    for table in reversed(TABLES):
        op.drop_table(table)
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION item_words")
