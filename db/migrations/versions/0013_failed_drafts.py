"""Drafts that failed are on record too: without content, beside a later draft of the attempt"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0013"
down_revision: str | None = "0012"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

NAME = "uq_draft_records_workflow_id_attempt"


def upgrade() -> None:
    op.alter_column("draft_records", "content_sha256", nullable=True)
    op.drop_constraint(op.f(NAME), "draft_records", type_="unique")
    op.create_index(
        op.f(NAME),
        "draft_records",
        ["workflow_id", "attempt"],
        unique=True,
        postgresql_where=sa.text("content_sha256 IS NOT NULL"),
    )


def downgrade() -> None:
    op.execute("DELETE FROM draft_records WHERE content_sha256 IS NULL")
    op.drop_index(op.f(NAME), "draft_records")
    op.create_unique_constraint(op.f(NAME), "draft_records", ["workflow_id", "attempt"])
    op.alter_column("draft_records", "content_sha256", nullable=False)
