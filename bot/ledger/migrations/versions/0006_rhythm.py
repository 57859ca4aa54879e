"""Feeds keep the usual gap between their entries; lines say which interval is their own.

Revision ID: 0006
Revises: 0005
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("feeds", sa.Column("gap_s", sa.Integer(), nullable=True))
    op.add_column("listings", sa.Column("own_every_s", sa.Integer(), nullable=True))


def downgrade() -> None:
    op.drop_column("listings", "own_every_s")
    op.drop_column("feeds", "gap_s")
