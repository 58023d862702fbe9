"""Audit chain, sign-in limits and keyed requests"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0003"
down_revision: str | None = "0002"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

CHAIN = """
CREATE FUNCTION chain_audit_entry(entry audit_log) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    nowhere CONSTANT uuid := '00000000-0000-0000-0000-000000000000';
    belongs CONSTANT uuid := coalesce(entry.project_id, nowhere);
    head audit_heads;
    hashed text;
BEGIN
    INSERT INTO audit_heads (chain, seq, sha256) VALUES (belongs, 0, repeat('0', 64))
    ON CONFLICT DO NOTHING;
    -- Taken at commit, after every other lock, so it can be part of no deadlock.
    SELECT * INTO head FROM audit_heads WHERE chain = belongs FOR UPDATE;
    hashed := encode(sha256(convert_to(head.sha256 || jsonb_build_array(
        entry.id, entry.user_id, entry.project_id, entry.action, entry.entity_type,
        entry.entity_id, entry.changes,
        to_char(entry.created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US')
    )::text, 'UTF8')), 'hex');
    INSERT INTO audit_links (entry_id, chain, seq, previous_sha256, sha256)
    VALUES (entry.id, belongs, head.seq + 1, head.sha256, hashed);
    UPDATE audit_heads SET seq = head.seq + 1, sha256 = hashed WHERE chain = belongs;
END $$
"""
ON_INSERT = """
CREATE FUNCTION chain_inserted_audit_entry() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM chain_audit_entry(NEW);
    RETURN NULL;
END $$
"""


def upgrade() -> None:
    op.create_table(
        "audit_heads",
        sa.Column("chain", sa.Uuid(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.CheckConstraint("seq >= 0", name=op.f("ck_audit_heads_seq_not_negative")),
        sa.CheckConstraint(
            "sha256 ~ '^[0-9a-f]{64}$'", name=op.f("ck_audit_heads_sha256_is_sha256")
        ),
        sa.PrimaryKeyConstraint("chain", name=op.f("pk_audit_heads")),
    )
    op.create_table(
        "audit_links",
        sa.Column("entry_id", sa.Uuid(), nullable=False),
        sa.Column("chain", sa.Uuid(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("previous_sha256", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.CheckConstraint("seq >= 1", name=op.f("ck_audit_links_seq_positive")),
        sa.CheckConstraint(
            "previous_sha256 ~ '^[0-9a-f]{64}$'",
            name=op.f("ck_audit_links_previous_sha256_is_sha256"),
        ),
        sa.CheckConstraint(
            "sha256 ~ '^[0-9a-f]{64}$'", name=op.f("ck_audit_links_sha256_is_sha256")
        ),
        sa.ForeignKeyConstraint(
            ["entry_id"], ["audit_log.id"], name=op.f("fk_audit_links_entry_id")
        ),
        sa.PrimaryKeyConstraint("entry_id", name=op.f("pk_audit_links")),
        sa.UniqueConstraint("chain", "seq", name=op.f("uq_audit_links_chain_seq")),
    )
    op.create_table(
        "attempt_counts",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("blocked_until", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("count >= 0", name=op.f("ck_attempt_counts_count_not_negative")),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_attempt_counts")),
    )
    op.create_table(
        "idempotent_requests",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("fingerprint", sa.Text(), nullable=False),
        sa.Column("claimed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("content_type", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=True),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "fingerprint ~ '^[0-9a-f]{64}$'",
            name=op.f("ck_idempotent_requests_fingerprint_is_sha256"),
        ),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["users.id"],
            name=op.f("fk_idempotent_requests_user_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("user_id", "key", name=op.f("pk_idempotent_requests")),
    )
    op.create_index(
        op.f("ix_idempotent_requests_created_at"),
        "idempotent_requests",
        ["created_at"],
        unique=False,
    )
    op.execute(CHAIN)
    op.execute(ON_INSERT)
    op.execute(
        "SELECT chain_audit_entry(entry) FROM "
        "(SELECT * FROM audit_log ORDER BY created_at, id) AS entry"
    )
    op.execute(
        """
        CREATE CONSTRAINT TRIGGER audit_log_is_chained AFTER INSERT ON audit_log
        DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION chain_inserted_audit_entry()
        """
    )
    op.execute(
        """
        CREATE TRIGGER audit_links_are_append_only BEFORE UPDATE OR DELETE ON audit_links
        FOR EACH ROW EXECUTE FUNCTION refuse_change()
        """
    )
    for table in ("audit_log", "audit_links", "audit_heads"):
        op.execute(
            f"CREATE TRIGGER {table}_is_not_truncated BEFORE TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )


def downgrade() -> None:
    op.execute("DROP TRIGGER audit_log_is_not_truncated ON audit_log")
    op.execute("DROP TRIGGER audit_log_is_chained ON audit_log")
    op.execute("DROP FUNCTION chain_inserted_audit_entry()")
    op.execute("DROP FUNCTION chain_audit_entry(audit_log)")
    op.drop_table("idempotent_requests")
    op.drop_table("attempt_counts")
    op.drop_table("audit_links")
    op.drop_table("audit_heads")
