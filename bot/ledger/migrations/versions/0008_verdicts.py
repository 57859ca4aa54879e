"""Verdicts give directions, move evidence and can be undone; directions have a probability.

What people said before stays: "confirmed" without a direction, or "rejected".

Revision ID: 0008
Revises: 0007
"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.add_column("evidence", sa.Column("direction_score", sa.Float(), nullable=True))
    op.add_column("evidence", sa.Column("verdict_by", sa.Text(), nullable=True))
    op.add_column("evidence", sa.Column("verdict_at", sa.DateTime(timezone=True), nullable=True))
    evidence, reviews = (
        sa.table(name, *map(sa.column, columns))
        for name, columns in (
            ("evidence", ("id", "verdict", "verdict_by", "verdict_at")),
            ("reviews", ("id", "evidence_id", "actor", "at")),
        )
    )
    newest = (
        sa.select(reviews.c.actor, reviews.c.at)
        .where(reviews.c.evidence_id == evidence.c.id)
        .order_by(reviews.c.id.desc())
        .limit(1)
        .correlate(evidence)
    )
    by, at = (
        newest.with_only_columns(column).scalar_subquery()
        for column in (reviews.c.actor, reviews.c.at)
    )
    op.execute(
        evidence.update()
        .where(evidence.c.verdict.is_not(None))
        .values(verdict_by=by, verdict_at=at)
    )
    op.add_column("reviews", sa.Column("act", ID, nullable=True))
    op.add_column("reviews", sa.Column("undoes", ID, nullable=True))
    op.add_column("reviews", sa.Column("moved_to", sa.Text(), nullable=True))
    op.create_index("ix_reviews_act", "reviews", ["act"])


def downgrade() -> None:
    op.drop_index("ix_reviews_act", "reviews")
    for column in ("moved_to", "undoes", "act"):
        op.drop_column("reviews", column)
    for column in ("verdict_at", "verdict_by", "direction_score"):
        op.drop_column("evidence", column)
