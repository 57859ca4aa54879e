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
INDEXES = (
    ("items", "ix_items_feed_id_published_at", ["feed_id", "published_at"]),
    ("feed_notes", "ix_feed_notes_feed_id", ["feed_id"]),
    ("feed_notes", "ix_feed_notes_workspace_id_told_at", ["workspace_id", "told_at"]),
    ("feed_edits", "ix_feed_edits_workspace_id_id", ["workspace_id", "id"]),
)


def upgrade() -> None:
    for name in HINTS:
        op.add_column("feeds", sa.Column(name, sa.Integer(), nullable=True))
    op.add_column("listings", sa.Column("listed_at", MOMENT, nullable=True))
    _make_moves()
    _make_notes()
    _make_edits()
    for table, name, columns in INDEXES:
        op.create_index(name, table, columns, unique=False)


def _make_moves() -> None:
    op.create_table(
        "feed_moves",
        sa.Column("feed_id", ID, nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("to_url", sa.Text(), nullable=False),
        sa.Column("seen", sa.Integer(), nullable=False),
        sa.Column("first_at", MOMENT, nullable=False),
        sa.Column("last_at", MOMENT, nullable=False),
        sa.Column("moved_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(
            ["feed_id"], ["feeds.id"], name=op.f("fk_feed_moves_feed_id_feeds")
        ),
        sa.PrimaryKeyConstraint("feed_id", "url", "to_url", name=op.f("pk_feed_moves")),
        comment=(
            "Permanent redirects that led to a feed, and which of them were followed in the list."
        ),
    )


def _make_notes() -> None:
    op.create_table(
        "feed_notes",
        sa.Column("id", ID, nullable=False),
        sa.Column("workspace_id", ID, nullable=False),
        sa.Column("feed_id", ID, nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("told_at", MOMENT, nullable=True),
        sa.Column("settled_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(
            ["feed_id"], ["feeds.id"], name=op.f("fk_feed_notes_feed_id_feeds")
        ),
        sa.ForeignKeyConstraint(
            ["workspace_id"], ["workspaces.id"], name=op.f("fk_feed_notes_workspace_id_workspaces")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_feed_notes")),
        comment=(
            "What happened to feeds that admins should hear; told once, several in one message."
        ),
    )
    is_open, untold = sa.text("settled_at IS NULL"), sa.text("told_at IS NULL")
    op.create_index(
        "uq_feed_notes_open",
        "feed_notes",
        ["workspace_id", "feed_id", "kind"],
        unique=True,
        sqlite_where=is_open,
        postgresql_where=is_open,
    )
    op.create_index(
        "ix_feed_notes_untold",
        "feed_notes",
        ["workspace_id", "id"],
        unique=False,
        sqlite_where=untold,
        postgresql_where=untold,
    )


def _make_edits() -> None:
    op.create_table(
        "feed_edits",
        sa.Column("id", ID, nullable=False),
        sa.Column("workspace_id", ID, nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("line", sa.JSON(), nullable=True),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["workspace_id"], ["workspaces.id"], name=op.f("fk_feed_edits_workspace_id_workspaces")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_feed_edits")),
        comment="Edits of the feed list that could not be written to its file yet, oldest first.",
    )


def downgrade() -> None:
    op.drop_index("ix_items_feed_id_published_at", table_name="items")
    for table in ("feed_edits", "feed_notes", "feed_moves"):
        op.drop_table(table)
    op.drop_column("listings", "listed_at")
    for name in reversed(HINTS):
        op.drop_column("feeds", name)
