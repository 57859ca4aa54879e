"""Second opinions of a language model, kept so that nothing is asked twice.

Revision ID: 0004
Revises: 0003
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "opinions",
        sa.Column("key", sa.String, primary_key=True),
        sa.Column("answer", sa.Text, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Index(None, "at"),
        comment="What a language model said, by the digest of the question.",
    )


def downgrade() -> None:
    op.drop_table("opinions")
