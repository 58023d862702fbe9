"""Sources of projects with passages that can be searched; what drafts quote of them"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0011"
down_revision: str | None = "0010"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def _choice(name: str, *words: str) -> sa.Enum:
    return sa.Enum(*words, name=name, native_enum=False, create_constraint=True, length=40)


def upgrade() -> None:
    op.add_column(
        "draft_records",
        sa.Column(
            "quotes",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'[]'::jsonb"),
            nullable=False,
        ),
    )
    op.create_table(
        "project_sources",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("project_id", sa.Uuid(), nullable=False),
        sa.Column(
            "kind", _choice("kind", "market_research", "reference", "proposal"), nullable=False
        ),
        sa.Column(
            "sensitivity",
            _choice("sensitivity", "internal", "public", "source_selection"),
            nullable=False,
        ),
        sa.Column("file_name", sa.Text(), nullable=False),
        sa.Column("media_type", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("passages", sa.Integer(), nullable=False),
        sa.Column("notes", sa.Text(), nullable=True),
        sa.Column("uploaded_by", sa.Uuid(), nullable=False),
        sa.Column(
            "uploaded_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.CheckConstraint("size >= 0", name=op.f("ck_project_sources_size_not_negative")),
        sa.CheckConstraint("passages >= 0", name=op.f("ck_project_sources_passages_not_negative")),
        sa.CheckConstraint(
            "sha256 ~ '^[0-9a-f]{64}$'", name=op.f("ck_project_sources_sha256_is_sha256")
        ),
        sa.CheckConstraint(
            "kind <> 'proposal' OR sensitivity = 'source_selection'",
            name=op.f("ck_project_sources_proposals_are_secret"),
        ),
        sa.CheckConstraint(
            "sensitivity <> 'source_selection' OR passages = 0",
            name=op.f("ck_project_sources_secrets_have_no_passages"),
        ),
        sa.ForeignKeyConstraint(
            ["project_id"],
            ["procurement_projects.id"],
            name=op.f("fk_project_sources_project_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["uploaded_by"], ["users.id"], name=op.f("fk_project_sources_uploaded_by")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_project_sources")),
        sa.UniqueConstraint("project_id", "sha256", name="uq_project_sources_project_id_sha256"),
    )
    op.create_index(op.f("ix_project_sources_uploaded_by"), "project_sources", ["uploaded_by"])
    op.create_table(
        "source_passages",
        sa.Column("source_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column(
            "words",
            postgresql.TSVECTOR(),
            sa.Computed("to_tsvector('english'::regconfig, text)", persisted=True),
            nullable=False,
        ),
        sa.CheckConstraint("number >= 1", name=op.f("ck_source_passages_number_positive")),
        sa.ForeignKeyConstraint(
            ["source_id"],
            ["project_sources.id"],
            name=op.f("fk_source_passages_source_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("source_id", "number", name=op.f("pk_source_passages")),
    )
    op.create_index(
        op.f("ix_source_passages_words"), "source_passages", ["words"], postgresql_using="gin"
    )


def downgrade() -> None:
    op.drop_table("source_passages")
    op.drop_table("project_sources")
    op.drop_column("draft_records", "quotes")
