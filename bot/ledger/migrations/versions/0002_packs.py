"""Keep each pack that was in force, so that a broken file is survived across a restart.

Revision ID: 0002
Revises: 0001
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "packs",
        sa.Column("id", ID, nullable=False),
        sa.Column("workspace_id", ID, nullable=False),
        sa.Column("fingerprint", sa.String(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["workspace_id"], ["workspaces.id"], name=op.f("fk_packs_workspace_id_workspaces")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_packs")),
        comment=(
            "Each pack that was in force, as its file was written; the newest is the last good."
        ),
    )
    op.create_index(op.f("ix_packs_workspace_id_id"), "packs", ["workspace_id", "id"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_packs_workspace_id_id"), table_name="packs")
    op.drop_table("packs")
