"""How documents were drafted: calls of agents, and the record of every draft"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0009"
down_revision: str | None = "0008"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def _is_sha256(table: str, column: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(
        f"{column} ~ '^[0-9a-f]{{64}}$'", name=op.f(f"ck_{table}_{column}_is_sha256")
    )


def upgrade() -> None:
    op.create_table(
        "agent_calls",
        sa.Column("workflow_id", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column("model", sa.Text(), nullable=False),
        sa.Column("prompt_sha256", sa.Text(), nullable=False),
        sa.Column("answer_sha256", sa.Text(), nullable=False),
        sa.Column("input_tokens", sa.Integer(), nullable=False),
        sa.Column("output_tokens", sa.Integer(), nullable=False),
        sa.Column("cost_usd", sa.Numeric(12, 6), nullable=True),
        sa.Column("seconds", sa.Float(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "input_tokens >= 0", name=op.f("ck_agent_calls_input_tokens_not_negative")
        ),
        sa.CheckConstraint(
            "output_tokens >= 0", name=op.f("ck_agent_calls_output_tokens_not_negative")
        ),
        _is_sha256("agent_calls", "key"),
        _is_sha256("agent_calls", "prompt_sha256"),
        _is_sha256("agent_calls", "answer_sha256"),
        sa.PrimaryKeyConstraint("workflow_id", "key", name=op.f("pk_agent_calls")),
    )
    for column in ("answer_sha256", "prompt_sha256"):
        op.create_index(op.f(f"ix_agent_calls_{column}"), "agent_calls", [column], unique=False)
    op.create_table(
        "draft_records",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("project_id", sa.Uuid(), nullable=False),
        sa.Column("project_document_id", sa.Uuid(), nullable=False),
        sa.Column("workflow_id", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("agent", sa.Text(), nullable=False),
        sa.Column("inputs_sha256", sa.Text(), nullable=False),
        sa.Column("content_sha256", sa.Text(), nullable=False),
        sa.Column("score", sa.Integer(), nullable=False),
        sa.Column("blocked", sa.Boolean(), nullable=False),
        sa.Column("findings", postgresql.JSONB(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("calls", postgresql.JSONB(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.CheckConstraint("version >= 1", name=op.f("ck_draft_records_version_positive")),
        sa.CheckConstraint("attempt >= 1", name=op.f("ck_draft_records_attempt_positive")),
        sa.CheckConstraint("score BETWEEN 0 AND 100", name=op.f("ck_draft_records_score_range")),
        _is_sha256("draft_records", "inputs_sha256"),
        _is_sha256("draft_records", "content_sha256"),
        sa.ForeignKeyConstraint(
            ["project_id"],
            ["procurement_projects.id"],
            name=op.f("fk_draft_records_project_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["project_document_id"],
            ["project_documents.id"],
            name=op.f("fk_draft_records_project_document_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_draft_records")),
        sa.UniqueConstraint(
            "workflow_id", "attempt", name=op.f("uq_draft_records_workflow_id_attempt")
        ),
    )
    for columns in (
        ["content_sha256"],
        ["project_id"],
        ["project_document_id", "version", "attempt"],
    ):
        op.create_index(
            op.f(f"ix_draft_records_{'_'.join(columns)}"), "draft_records", columns, unique=False
        )


def downgrade() -> None:
    op.drop_table("draft_records")
    op.drop_table("agent_calls")
