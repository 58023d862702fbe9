"""Chains of signatures on the checklist; an index of the batches that drafts belong to"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0010"
down_revision: str | None = "0009"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    chain = sa.Enum(
        "serial",
        "parallel",
        "m_of_n",
        name="chain",
        native_enum=False,
        create_constraint=True,
        length=40,
    )
    op.add_column(
        "project_documents",
        sa.Column("chain", chain, server_default=sa.text("'serial'"), nullable=False),
    )
    op.add_column(
        "project_documents",
        sa.Column("signatures_needed", sa.Integer(), server_default=sa.text("0"), nullable=False),
    )
    op.execute("UPDATE project_documents SET signatures_needed = jsonb_array_length(approvers)")
    op.create_check_constraint(
        op.f("ck_project_documents_signatures_needed_not_negative"),
        "project_documents",
        "signatures_needed >= 0",
    )
    op.create_index(
        "ix_progress_events_batches",
        "progress_events",
        ["project_id", "created_at"],
        unique=False,
        postgresql_where=sa.text("key = 'batch'"),
    )


def downgrade() -> None:
    op.drop_index("ix_progress_events_batches", table_name="progress_events")
    op.drop_column("project_documents", "signatures_needed")
    op.drop_column("project_documents", "chain")
