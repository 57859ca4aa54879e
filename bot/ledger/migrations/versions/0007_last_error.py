"""Feeds remember their last failure after they recovered.

Revision ID: 0007
Revises: 0006
"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("feeds", sa.Column("failed_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("feeds", sa.Column("last_error", sa.Text(), nullable=True))
    op.execute("UPDATE feeds SET failed_at = checked_at, last_error = error WHERE failures > 0")


def downgrade() -> None:
    op.drop_column("feeds", "last_error")
    op.drop_column("feeds", "failed_at")
