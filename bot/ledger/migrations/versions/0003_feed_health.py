"""Feed health: hints of documents, moves, notes to admins, edits kept for an unwritable file.

Revision ID: 0003
Revises: 0002
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)
HINTS = ("wait_s", "skip_hours", "skip_days", "fresh_s")


def upgrade() -> None:
    for name in HINTS:
        op.add_column("feeds", sa.Column(name, sa.Integer(), nullable=True))
    op.add_column("listings", sa.Column("listed_at", MOMENT, nullable=True))
    op.create_table(
        "feed_moves",
        sa.Column("feed_id", ID, sa.ForeignKey("feeds.id"), primary_key=True),
        sa.Column("url", sa.Text, primary_key=True),
        sa.Column("to_url", sa.Text, primary_key=True),
        sa.Column("seen", sa.Integer, nullable=False),
        sa.Column("first_at", MOMENT, nullable=False),
        sa.Column("last_at", MOMENT, nullable=False),
        sa.Column("moved_at", MOMENT),
        comment=(
            "Permanent redirects that led to a feed, and which of them were followed in the list."
        ),
    )
    is_open, untold = sa.text("settled_at IS NULL"), sa.text("told_at IS NULL")
    op.create_table(
        "feed_notes",
        sa.Column("id", ID, primary_key=True),
        sa.Column("workspace_id", ID, sa.ForeignKey("workspaces.id"), nullable=False),
        sa.Column("feed_id", ID, sa.ForeignKey("feeds.id"), nullable=False),
        sa.Column("kind", sa.String, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("told_at", MOMENT),
        sa.Column("settled_at", MOMENT),
        sa.Index(
            "uq_feed_notes_open",
            "workspace_id",
            "feed_id",
            "kind",
            unique=True,
            sqlite_where=is_open,
            postgresql_where=is_open,
        ),
        sa.Index(
            "ix_feed_notes_untold",
            "workspace_id",
            "id",
            sqlite_where=untold,
            postgresql_where=untold,
        ),
        sa.Index(None, "feed_id"),
        sa.Index(None, "workspace_id", "told_at"),
        comment=(
            "What happened to feeds that admins should hear; told once, several in one message."
        ),
    )
    op.create_table(
        "feed_edits",
        sa.Column("id", ID, primary_key=True),
        sa.Column("workspace_id", ID, sa.ForeignKey("workspaces.id"), nullable=False),
        sa.Column("kind", sa.String, nullable=False),
        sa.Column("url", sa.Text, nullable=False),
        sa.Column("line", sa.JSON),
        sa.Column("actor", sa.Text, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Index(None, "workspace_id", "id"),
        comment="Edits of the feed list that could not be written to its file yet, oldest first.",
    )
    op.create_index(None, "items", ["feed_id", "published_at"])


def downgrade() -> None:
    op.drop_index("ix_items_feed_id_published_at", table_name="items")
    for table in ("feed_edits", "feed_notes", "feed_moves"):
        op.drop_table(table)
    op.drop_column("listings", "listed_at")
    for name in reversed(HINTS):
        op.drop_column("feeds", name)
