"""The first schema: feeds, items, evidence, subscriptions, deliveries."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

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
        sa.Column("id", ID, nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=True),
        sa.Column("etag", sa.Text(), nullable=True),
        sa.Column("last_modified", sa.Text(), nullable=True),
        sa.Column("body_hash", sa.String(), nullable=True),
        sa.Column("checked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("succeeded_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("newest_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_feeds")),
        sa.UniqueConstraint("url", name=op.f("uq_feeds_url")),
    )
    op.create_index(op.f("ix_feeds_due_at"), "feeds", ["due_at"], unique=False)
    op.create_table(
        "seen",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_seen")),
    )
    op.create_index(op.f("ix_seen_expires_at"), "seen", ["expires_at"], unique=False)
    op.create_table(
        "workspaces",
        sa.Column("id", ID, nullable=False),
        sa.Column("team_id", sa.String(), nullable=True),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("matcher_version", sa.Text(), nullable=False),
        sa.Column("pack_fingerprint", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_workspaces")),
        sa.UniqueConstraint("team_id", name=op.f("uq_workspaces_team_id")),
    )
    op.create_table(
        "audit",
        sa.Column("id", ID, nullable=False),
        sa.Column("workspace_id", ID, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("action", sa.String(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("before", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("after", sa.JSON(none_as_null=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["workspace_id"], ["workspaces.id"], name=op.f("fk_audit_workspace_id_workspaces")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit")),
    )
    op.create_index(op.f("ix_audit_workspace_id_id"), "audit", ["workspace_id", "id"], unique=False)
    op.create_table(
        "items",
        sa.Column("id", ID, nullable=False),
        sa.Column("feed_id", ID, nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("url", sa.Text(), nullable=True),
        sa.Column("canonical_url", sa.Text(), nullable=True),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("summary", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=True),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("date_source", sa.String(), nullable=False),
        sa.Column("first_seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("backlog", sa.Boolean(), nullable=False),
        sa.Column("content_hash", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["feed_id"], ["feeds.id"], name=op.f("fk_items_feed_id_feeds")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_items")),
        sa.UniqueConstraint("feed_id", "key", name=op.f("uq_items_feed_id_key")),
    )
    op.create_index(
        op.f("ix_items_feed_id_canonical_url"), "items", ["feed_id", "canonical_url"], unique=False
    )
    op.create_index(op.f("ix_items_published_at"), "items", ["published_at"], unique=False)
    op.create_table(
        "listings",
        sa.Column("workspace_id", ID, nullable=False),
        sa.Column("feed_id", ID, nullable=False),
        sa.Column("title", sa.Text(), nullable=True),
        sa.Column("category", sa.Text(), nullable=True),
        sa.Column("language", sa.Text(), nullable=True),
        sa.Column("weight", sa.Float(), nullable=False),
        sa.Column("every_s", sa.Integer(), nullable=False),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["feed_id"], ["feeds.id"], name=op.f("fk_listings_feed_id_feeds")),
        sa.ForeignKeyConstraint(
            ["workspace_id"], ["workspaces.id"], name=op.f("fk_listings_workspace_id_workspaces")
        ),
        sa.PrimaryKeyConstraint("workspace_id", "feed_id", name=op.f("pk_listings")),
    )
    op.create_index(op.f("ix_listings_feed_id"), "listings", ["feed_id"], unique=False)
    op.create_table(
        "notices",
        sa.Column("workspace_id", ID, nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["workspace_id"], ["workspaces.id"], name=op.f("fk_notices_workspace_id_workspaces")
        ),
        sa.PrimaryKeyConstraint("workspace_id", "key", name=op.f("pk_notices")),
    )
    op.create_table(
        "subscriptions",
        sa.Column("id", ID, nullable=False),
        sa.Column("workspace_id", ID, nullable=False),
        sa.Column("target", sa.Text(), nullable=False),
        sa.Column("commitments", sa.JSON(), nullable=False),
        sa.Column("weekdays", sa.JSON(), nullable=False),
        sa.Column("local_time", sa.String(), nullable=False),
        sa.Column("timezone", sa.Text(), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("parked", sa.Text(), nullable=True),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["workspace_id"],
            ["workspaces.id"],
            name=op.f("fk_subscriptions_workspace_id_workspaces"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_subscriptions")),
    )
    op.create_index(
        op.f("ix_subscriptions_workspace_id_target"),
        "subscriptions",
        ["workspace_id", "target"],
        unique=False,
    )
    op.create_table(
        "deliveries",
        sa.Column("id", ID, nullable=False),
        sa.Column("workspace_id", ID, nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("target", sa.Text(), nullable=False),
        sa.Column("subscription_id", ID, nullable=True),
        sa.Column("window_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("window_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_attempt_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("claimed_by", sa.Text(), nullable=True),
        sa.Column("claimed_until", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["subscription_id"],
            ["subscriptions.id"],
            name=op.f("fk_deliveries_subscription_id_subscriptions"),
        ),
        sa.ForeignKeyConstraint(
            ["workspace_id"], ["workspaces.id"], name=op.f("fk_deliveries_workspace_id_workspaces")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deliveries")),
        sa.UniqueConstraint("workspace_id", "key", name=op.f("uq_deliveries_workspace_id_key")),
    )
    op.create_index(
        "ix_deliveries_pending",
        "deliveries",
        ["next_attempt_at"],
        unique=False,
        sqlite_where=sa.text("state = 'pending'"),
        postgresql_where=sa.text("state = 'pending'"),
    )
    op.create_index(
        op.f("ix_deliveries_subscription_id"), "deliveries", ["subscription_id"], unique=False
    )
    op.create_table(
        "evidence",
        sa.Column("id", ID, nullable=False),
        sa.Column("workspace_id", ID, nullable=False),
        sa.Column("item_id", ID, nullable=False),
        sa.Column("commitment_id", sa.Text(), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("score", sa.Float(), nullable=False),
        sa.Column("direction", sa.String(), nullable=False),
        sa.Column("reasons", sa.JSON(), nullable=False),
        sa.Column("passage", sa.Text(), nullable=False),
        sa.Column("sure", sa.Boolean(), nullable=False),
        sa.Column("origin", sa.String(), nullable=False),
        sa.Column("verdict", sa.String(), nullable=True),
        sa.Column("news", sa.Boolean(), nullable=False),
        sa.Column("filed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["item_id"], ["items.id"], name=op.f("fk_evidence_item_id_items")),
        sa.ForeignKeyConstraint(
            ["workspace_id"], ["workspaces.id"], name=op.f("fk_evidence_workspace_id_workspaces")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_evidence")),
        sa.UniqueConstraint(
            "workspace_id",
            "item_id",
            "commitment_id",
            name=op.f("uq_evidence_workspace_id_item_id_commitment_id"),
        ),
    )
    op.create_index(op.f("ix_evidence_item_id"), "evidence", ["item_id"], unique=False)
    op.create_index(
        op.f("ix_evidence_workspace_id_commitment_id_published_at"),
        "evidence",
        ["workspace_id", "commitment_id", "published_at"],
        unique=False,
    )
    op.create_index(
        op.f("ix_evidence_workspace_id_filed_at"),
        "evidence",
        ["workspace_id", "filed_at"],
        unique=False,
    )
    op.create_index(
        op.f("ix_evidence_workspace_id_published_at"),
        "evidence",
        ["workspace_id", "published_at"],
        unique=False,
    )
    op.create_table(
        "item_keys",
        sa.Column("feed_id", ID, nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("item_id", ID, nullable=False),
        sa.ForeignKeyConstraint(["feed_id"], ["feeds.id"], name=op.f("fk_item_keys_feed_id_feeds")),
        sa.ForeignKeyConstraint(["item_id"], ["items.id"], name=op.f("fk_item_keys_item_id_items")),
        sa.PrimaryKeyConstraint("feed_id", "key", name=op.f("pk_item_keys")),
        comment="Further keys under which a feed has published items that it had published.",
    )
    op.create_index(op.f("ix_item_keys_item_id"), "item_keys", ["item_id"], unique=False)
    op.create_table(
        "item_revisions",
        sa.Column("item_id", ID, nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("summary", sa.Text(), nullable=False),
        sa.Column("content_hash", sa.String(), nullable=False),
        sa.Column("replaced_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["item_id"], ["items.id"], name=op.f("fk_item_revisions_item_id_items")
        ),
        sa.PrimaryKeyConstraint("item_id", "revision", name=op.f("pk_item_revisions")),
        comment="The texts that edits replaced; the newest text is in items.",
    )
    op.create_table(
        "story_items",
        sa.Column("item_id", ID, nullable=False),
        sa.Column("story_id", ID, nullable=False),
        sa.ForeignKeyConstraint(
            ["item_id"], ["items.id"], name=op.f("fk_story_items_item_id_items")
        ),
        sa.ForeignKeyConstraint(
            ["story_id"], ["items.id"], name=op.f("fk_story_items_story_id_items")
        ),
        sa.PrimaryKeyConstraint("item_id", name=op.f("pk_story_items")),
        comment="Which story an item belongs to; only ever added to.",
    )
    op.create_index(op.f("ix_story_items_story_id"), "story_items", ["story_id"], unique=False)
    op.create_table(
        "unmatched",
        sa.Column("workspace_id", ID, nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("item_id", ID, nullable=False),
        sa.Column("news", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["item_id"], ["items.id"], name=op.f("fk_unmatched_item_id_items")),
        sa.ForeignKeyConstraint(
            ["workspace_id"], ["workspaces.id"], name=op.f("fk_unmatched_workspace_id_workspaces")
        ),
        sa.PrimaryKeyConstraint(
            "workspace_id", "published_at", "item_id", name=op.f("pk_unmatched")
        ),
        sa.UniqueConstraint(
            "item_id", "workspace_id", name=op.f("uq_unmatched_item_id_workspace_id")
        ),
        comment="Items that a workspace's commitments have still to be matched with, oldest first.",
        sqlite_with_rowid=False,
    )
    op.create_table(
        "delivery_mentions",
        sa.Column("delivery_id", ID, nullable=False),
        sa.Column("commitment_id", sa.Text(), nullable=False),
        sa.Column("story_id", ID, nullable=False),
        sa.ForeignKeyConstraint(
            ["delivery_id"],
            ["deliveries.id"],
            name=op.f("fk_delivery_mentions_delivery_id_deliveries"),
        ),
        sa.PrimaryKeyConstraint(
            "delivery_id", "commitment_id", "story_id", name=op.f("pk_delivery_mentions")
        ),
        comment="What digests told, so that the next one of a subscription does not tell it again.",
    )
    op.create_table(
        "delivery_messages",
        sa.Column("delivery_id", ID, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("payload", sa.JSON(), nullable=False),
        sa.Column("attempted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ts", sa.String(), nullable=True),
        sa.Column("channel", sa.String(), nullable=True),
        sa.Column("posted_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["delivery_id"],
            ["deliveries.id"],
            name=op.f("fk_delivery_messages_delivery_id_deliveries"),
        ),
        sa.PrimaryKeyConstraint("delivery_id", "position", name=op.f("pk_delivery_messages")),
    )
    op.create_table(
        "reviews",
        sa.Column("id", ID, nullable=False),
        sa.Column("workspace_id", ID, nullable=False),
        sa.Column("evidence_id", ID, nullable=False),
        sa.Column("verdict", sa.String(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["evidence_id"], ["evidence.id"], name=op.f("fk_reviews_evidence_id_evidence")
        ),
        sa.ForeignKeyConstraint(
            ["workspace_id"], ["workspaces.id"], name=op.f("fk_reviews_workspace_id_workspaces")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reviews")),
    )
    op.create_index(op.f("ix_reviews_evidence_id"), "reviews", ["evidence_id"], unique=False)
    op.create_index(op.f("ix_reviews_workspace_id"), "reviews", ["workspace_id"], unique=False)
    sqlite = op.get_bind().dialect.name == "sqlite"
    for statement in SEARCH_ON_SQLITE if sqlite else SEARCH_ON_POSTGRESQL:
        op.execute(sa.text(statement.replace(":", r"\:")))


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        op.execute("DROP TABLE items_search")
    op.drop_index(op.f("ix_reviews_workspace_id"), table_name="reviews")
    op.drop_index(op.f("ix_reviews_evidence_id"), table_name="reviews")
    op.drop_table("reviews")
    op.drop_table("delivery_messages")
    op.drop_table("delivery_mentions")
    op.drop_table("unmatched")
    op.drop_index(op.f("ix_story_items_story_id"), table_name="story_items")
    op.drop_table("story_items")
    op.drop_table("item_revisions")
    op.drop_index(op.f("ix_item_keys_item_id"), table_name="item_keys")
    op.drop_table("item_keys")
    op.drop_index(op.f("ix_evidence_workspace_id_published_at"), table_name="evidence")
    op.drop_index(op.f("ix_evidence_workspace_id_filed_at"), table_name="evidence")
    op.drop_index(
        op.f("ix_evidence_workspace_id_commitment_id_published_at"), table_name="evidence"
    )
    op.drop_index(op.f("ix_evidence_item_id"), table_name="evidence")
    op.drop_table("evidence")
    op.drop_index(op.f("ix_deliveries_subscription_id"), table_name="deliveries")
    op.drop_index(
        "ix_deliveries_pending",
        table_name="deliveries",
        sqlite_where=sa.text("state = 'pending'"),
        postgresql_where=sa.text("state = 'pending'"),
    )
    op.drop_table("deliveries")
    op.drop_index(op.f("ix_subscriptions_workspace_id_target"), table_name="subscriptions")
    op.drop_table("subscriptions")
    op.drop_table("notices")
    op.drop_index(op.f("ix_listings_feed_id"), table_name="listings")
    op.drop_table("listings")
    op.drop_index(op.f("ix_items_published_at"), table_name="items")
    op.drop_index(op.f("ix_items_feed_id_canonical_url"), table_name="items")
    op.drop_table("items")
    op.drop_index(op.f("ix_audit_workspace_id_id"), table_name="audit")
    op.drop_table("audit")
    op.drop_table("workspaces")
    op.drop_index(op.f("ix_seen_expires_at"), table_name="seen")
    op.drop_table("seen")
    op.drop_index(op.f("ix_feeds_due_at"), table_name="feeds")
    op.drop_table("feeds")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION item_words")
