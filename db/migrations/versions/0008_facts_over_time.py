"""Positions of accounts, and which package each version was made from"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0008"
down_revision: str | None = "0007"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

NO_ENTRY = sa.text("'[]'::jsonb")


def upgrade() -> None:
    lists = postgresql.JSONB(astext_type=sa.Text())
    op.add_column("users", sa.Column("positions", lists, server_default=NO_ENTRY, nullable=False))
    op.add_column(
        "project_documents",
        sa.Column("stale", sa.Boolean(), server_default=sa.text("false"), nullable=False),
    )
    op.add_column(
        "project_documents",
        sa.Column("stale_because", lists, server_default=NO_ENTRY, nullable=False),
    )
    op.add_column("document_uploads", sa.Column("facts_id", sa.Uuid(), nullable=True))
    op.add_column("document_uploads", sa.Column("quoted_sha256", sa.Text(), nullable=True))
    op.create_foreign_key(
        op.f("fk_document_uploads_facts_id"),
        "document_uploads",
        "project_records",
        ["facts_id"],
        ["id"],
    )
    op.create_check_constraint(
        op.f("ck_document_uploads_quoted_sha256_is_sha256"),
        "document_uploads",
        "quoted_sha256 ~ '^[0-9a-f]{64}$'",
    )
    op.create_index(
        op.f("ix_document_uploads_facts_id"), "document_uploads", ["facts_id"], unique=False
    )


def downgrade() -> None:
    op.drop_index(op.f("ix_document_uploads_facts_id"), table_name="document_uploads")
    op.drop_constraint(
        op.f("ck_document_uploads_quoted_sha256_is_sha256"), "document_uploads", type_="check"
    )
    op.drop_constraint(op.f("fk_document_uploads_facts_id"), "document_uploads", type_="foreignkey")
    op.drop_column("document_uploads", "quoted_sha256")
    op.drop_column("document_uploads", "facts_id")
    op.drop_column("project_documents", "stale_because")
    op.drop_column("project_documents", "stale")
    op.drop_column("users", "positions")
