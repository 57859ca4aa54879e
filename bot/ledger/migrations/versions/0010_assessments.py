"""Assessments, what they cite, and objections to them.

Revision ID: 0010
Revises: 0009
"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "assessments",
        sa.Column("id", ID, primary_key=True),
        sa.Column("workspace_id", ID, sa.ForeignKey("workspaces.id"), nullable=False),
        sa.Column("commitment_id", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("actor", sa.Text, nullable=False),
        sa.Column("party", sa.Text),
        sa.Column("scale", sa.String, nullable=False),
        sa.Column("level", sa.Integer, nullable=False),
        sa.Column("final", sa.Boolean, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("supersedes", ID, sa.ForeignKey("assessments.id")),
        sa.UniqueConstraint("supersedes"),
        sa.Index(None, "workspace_id", "commitment_id", "id"),
        comment="What people judged of commitments; only ever added to.",
    )
    op.create_table(
        "assessment_evidence",
        sa.Column("assessment_id", ID, sa.ForeignKey("assessments.id"), primary_key=True),
        sa.Column("evidence_id", ID, sa.ForeignKey("evidence.id"), primary_key=True),
        sa.Index(None, "evidence_id"),
        comment="What assessments cite.",
    )
    op.create_table(
        "objections",
        sa.Column("id", ID, primary_key=True),
        sa.Column("workspace_id", ID, sa.ForeignKey("workspaces.id"), nullable=False),
        sa.Column("assessment_id", ID, sa.ForeignKey("assessments.id"), nullable=False),
        sa.Column("actor", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Index(None, "workspace_id", "assessment_id"),
        comment="Notes against assessments; only ever added to.",
    )


def downgrade() -> None:
    for table in ("objections", "assessment_evidence", "assessments"):
        op.drop_table(table)
