"""Items that tell other news say since when; feeds count how often they were not found.

Revision ID: 0005
Revises: 0004
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("items", sa.Column("changed_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("feeds", sa.Column("not_found", sa.Integer(), nullable=True))


def downgrade() -> None:
    op.drop_column("feeds", "not_found")
    op.drop_column("items", "changed_at")
