"""First tables"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0001"
down_revision: str | None = None
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "outbox",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("recipient", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("slot", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("attempts", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("attempts >= 0", name=op.f("ck_outbox_attempts_not_negative")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox")),
        sa.UniqueConstraint(
            "recipient", "reason", "slot", name=op.f("uq_outbox_recipient_reason_slot")
        ),
    )
    op.create_index(
        "ix_outbox_unsent",
        "outbox",
        ["created_at"],
        unique=False,
        postgresql_where=sa.text("sent_at IS NULL"),
    )
    op.create_table(
        "users",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("hashed_password", sa.Text(), nullable=False),
        sa.Column(
            "role",
            sa.Enum(
                "admin",
                "contracting_officer",
                "program_manager",
                "approver",
                "viewer",
                name="role",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("department", sa.Text(), nullable=True),
        sa.Column(
            "notification_preferences", postgresql.JSONB(astext_type=sa.Text()), nullable=False
        ),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column(
            "failed_login_attempts", sa.Integer(), server_default=sa.text("0"), nullable=False
        ),
        sa.Column("locked_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_failed_login", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column(
            "updated_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.CheckConstraint("email = lower(email)", name=op.f("ck_users_email_lower_case")),
        sa.CheckConstraint(
            "failed_login_attempts >= 0", name=op.f("ck_users_failed_login_attempts_not_negative")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_users")),
        sa.UniqueConstraint("email", name=op.f("uq_users_email")),
    )
    op.create_index(op.f("ix_users_role_is_active"), "users", ["role", "is_active"], unique=False)
    op.create_table(
        "audit_log",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=True),
        sa.Column("project_id", sa.Uuid(), nullable=True),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("entity_type", sa.Text(), nullable=False),
        sa.Column("entity_id", sa.Uuid(), nullable=True),
        sa.Column("changes", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_audit_log_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_log")),
    )
    op.create_index(op.f("ix_audit_log_action"), "audit_log", ["action"], unique=False)
    op.create_index(op.f("ix_audit_log_created_at"), "audit_log", ["created_at"], unique=False)
    op.create_index(
        op.f("ix_audit_log_entity_type_entity_id"),
        "audit_log",
        ["entity_type", "entity_id"],
        unique=False,
    )
    op.create_index(op.f("ix_audit_log_project_id"), "audit_log", ["project_id"], unique=False)
    op.create_index(op.f("ix_audit_log_user_id"), "audit_log", ["user_id"], unique=False)
    op.create_table(
        "procurement_projects",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column(
            "project_type",
            sa.Enum(
                "rfp",
                "rfq",
                "task_order",
                "idiq",
                "other",
                name="project_type",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("estimated_value", sa.Numeric(precision=15, scale=2), nullable=True),
        sa.Column("contracting_officer_id", sa.Uuid(), nullable=True),
        sa.Column("program_manager_id", sa.Uuid(), nullable=True),
        sa.Column(
            "current_phase",
            sa.Enum(
                "pre_solicitation",
                "solicitation",
                "post_solicitation",
                name="current_phase",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column(
            "overall_status",
            sa.Enum(
                "not_started",
                "in_progress",
                "completed",
                "delayed",
                "on_hold",
                "cancelled",
                name="overall_status",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("start_date", sa.Date(), nullable=True),
        sa.Column("target_completion_date", sa.Date(), nullable=True),
        sa.Column("actual_completion_date", sa.Date(), nullable=True),
        sa.Column("solicitation_piid", sa.Text(), nullable=True),
        sa.Column("contract_piid", sa.Text(), nullable=True),
        sa.Column("auto_draft", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("facts_accepted", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column(
            "workflow_started", sa.Boolean(), server_default=sa.text("false"), nullable=False
        ),
        sa.Column("created_by", sa.Uuid(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column(
            "updated_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "estimated_value >= 0",
            name=op.f("ck_procurement_projects_estimated_value_not_negative"),
        ),
        sa.CheckConstraint(
            "target_completion_date >= start_date",
            name=op.f("ck_procurement_projects_target_completion_date_not_before_start_date"),
        ),
        sa.ForeignKeyConstraint(
            ["contracting_officer_id"],
            ["users.id"],
            name=op.f("fk_procurement_projects_contracting_officer_id"),
        ),
        sa.ForeignKeyConstraint(
            ["created_by"], ["users.id"], name=op.f("fk_procurement_projects_created_by")
        ),
        sa.ForeignKeyConstraint(
            ["program_manager_id"],
            ["users.id"],
            name=op.f("fk_procurement_projects_program_manager_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_procurement_projects")),
    )
    op.create_index(
        op.f("ix_procurement_projects_contracting_officer_id"),
        "procurement_projects",
        ["contracting_officer_id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_procurement_projects_created_at"),
        "procurement_projects",
        ["created_at"],
        unique=False,
    )
    op.create_index(
        op.f("ix_procurement_projects_created_by"),
        "procurement_projects",
        ["created_by"],
        unique=False,
    )
    op.create_index(
        op.f("ix_procurement_projects_facts_accepted_workflow_started"),
        "procurement_projects",
        ["facts_accepted", "workflow_started"],
        unique=False,
    )
    op.create_index(
        op.f("ix_procurement_projects_overall_status"),
        "procurement_projects",
        ["overall_status"],
        unique=False,
    )
    op.create_index(
        op.f("ix_procurement_projects_program_manager_id"),
        "procurement_projects",
        ["program_manager_id"],
        unique=False,
    )
    op.create_table(
        "user_sessions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_reason", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "expires_at > created_at", name=op.f("ck_user_sessions_expires_after_creation")
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_user_sessions_user_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_user_sessions")),
    )
    op.create_index(op.f("ix_user_sessions_user_id"), "user_sessions", ["user_id"], unique=False)
    op.create_table(
        "deadlines",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("project_id", sa.Uuid(), nullable=False),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("basis", sa.Text(), nullable=False),
        sa.Column("citation", sa.Text(), nullable=False),
        sa.Column("reminders", postgresql.ARRAY(sa.DateTime(timezone=True)), nullable=False),
        sa.Column("completed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column(
            "updated_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["project_id"],
            ["procurement_projects.id"],
            name=op.f("fk_deadlines_project_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deadlines")),
        sa.UniqueConstraint("project_id", "rule", name=op.f("uq_deadlines_project_id_rule")),
    )
    op.create_index(
        "ix_deadlines_open",
        "deadlines",
        ["due_at"],
        unique=False,
        postgresql_where=sa.text("completed_at IS NULL"),
    )
    op.create_table(
        "notifications",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("project_id", sa.Uuid(), nullable=True),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("notification_type", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("data", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("link_url", sa.Text(), nullable=True),
        sa.Column("is_read", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("sent_via_email", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("email_sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["project_id"],
            ["procurement_projects.id"],
            name=op.f("fk_notifications_project_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_notifications_user_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notifications")),
        sa.UniqueConstraint("user_id", "key", name=op.f("uq_notifications_user_id_key")),
    )
    op.create_index(
        op.f("ix_notifications_project_id"), "notifications", ["project_id"], unique=False
    )
    op.create_index(
        op.f("ix_notifications_user_id_created_at"),
        "notifications",
        ["user_id", "created_at"],
        unique=False,
    )
    op.create_table(
        "phase_transition_requests",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("project_id", sa.Uuid(), nullable=False),
        sa.Column(
            "from_phase",
            sa.Enum(
                "pre_solicitation",
                "solicitation",
                "post_solicitation",
                name="from_phase",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column(
            "to_phase",
            sa.Enum(
                "pre_solicitation",
                "solicitation",
                "post_solicitation",
                name="to_phase",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=True,
        ),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("requested_by", sa.Uuid(), nullable=True),
        sa.Column(
            "requested_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("gatekeeper_id", sa.Uuid(), nullable=False),
        sa.Column(
            "status",
            sa.Enum(
                "pending",
                "approved",
                "rejected",
                name="status",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("validation_results", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("gatekeeper_comments", sa.Text(), nullable=True),
        sa.Column("resolved_by", sa.Uuid(), nullable=True),
        sa.Column("resolved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column(
            "updated_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "(status = 'pending') = (resolved_at IS NULL)",
            name=op.f("ck_phase_transition_requests_resolved_when_decided"),
        ),
        sa.CheckConstraint(
            "resolved_at >= requested_at",
            name=op.f("ck_phase_transition_requests_resolved_at_not_before_requested_at"),
        ),
        sa.CheckConstraint("round >= 1", name=op.f("ck_phase_transition_requests_round_positive")),
        sa.ForeignKeyConstraint(
            ["gatekeeper_id"], ["users.id"], name=op.f("fk_phase_transition_requests_gatekeeper_id")
        ),
        sa.ForeignKeyConstraint(
            ["project_id"],
            ["procurement_projects.id"],
            name=op.f("fk_phase_transition_requests_project_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["requested_by"], ["users.id"], name=op.f("fk_phase_transition_requests_requested_by")
        ),
        sa.ForeignKeyConstraint(
            ["resolved_by"], ["users.id"], name=op.f("fk_phase_transition_requests_resolved_by")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_phase_transition_requests")),
        sa.UniqueConstraint(
            "project_id",
            "from_phase",
            "round",
            name=op.f("uq_phase_transition_requests_project_id_from_phase_round"),
        ),
    )
    op.create_index(
        op.f("ix_phase_transition_requests_gatekeeper_id_status"),
        "phase_transition_requests",
        ["gatekeeper_id", "status"],
        unique=False,
    )
    op.create_index(
        op.f("ix_phase_transition_requests_requested_by"),
        "phase_transition_requests",
        ["requested_by"],
        unique=False,
    )
    op.create_index(
        op.f("ix_phase_transition_requests_resolved_by"),
        "phase_transition_requests",
        ["resolved_by"],
        unique=False,
    )
    op.create_table(
        "procurement_phases",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("project_id", sa.Uuid(), nullable=False),
        sa.Column(
            "phase_name",
            sa.Enum(
                "pre_solicitation",
                "solicitation",
                "post_solicitation",
                name="phase_name",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("phase_order", sa.Integer(), nullable=False),
        sa.Column(
            "status",
            sa.Enum(
                "not_started",
                "in_progress",
                "completed",
                "delayed",
                name="status",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("start_date", sa.Date(), nullable=True),
        sa.Column("end_date", sa.Date(), nullable=True),
        sa.Column("estimated_duration_days", sa.Integer(), nullable=False),
        sa.Column("actual_duration_days", sa.Integer(), nullable=True),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column(
            "updated_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "actual_duration_days >= 0",
            name=op.f("ck_procurement_phases_actual_duration_days_not_negative"),
        ),
        sa.CheckConstraint(
            "end_date >= start_date",
            name=op.f("ck_procurement_phases_end_date_not_before_start_date"),
        ),
        sa.CheckConstraint(
            "estimated_duration_days >= 1",
            name=op.f("ck_procurement_phases_estimated_duration_days_positive"),
        ),
        sa.CheckConstraint(
            "phase_order >= 1", name=op.f("ck_procurement_phases_phase_order_positive")
        ),
        sa.ForeignKeyConstraint(
            ["project_id"],
            ["procurement_projects.id"],
            name=op.f("fk_procurement_phases_project_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_procurement_phases")),
        sa.UniqueConstraint(
            "project_id", "phase_name", name=op.f("uq_procurement_phases_project_id_phase_name")
        ),
    )
    op.create_table(
        "progress_events",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("project_id", sa.Uuid(), nullable=False),
        sa.Column("workflow_id", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("payload", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["project_id"],
            ["procurement_projects.id"],
            name=op.f("fk_progress_events_project_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_progress_events")),
        sa.UniqueConstraint("workflow_id", "key", name=op.f("uq_progress_events_workflow_id_key")),
    )
    op.create_index(
        op.f("ix_progress_events_project_id_id"),
        "progress_events",
        ["project_id", "id"],
        unique=False,
    )
    op.create_table(
        "project_documents",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("project_id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("document_name", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column("category", sa.Text(), nullable=False),
        sa.Column(
            "phase",
            sa.Enum(
                "pre_solicitation",
                "solicitation",
                "post_solicitation",
                name="phase",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column(
            "sensitivity",
            sa.Enum(
                "internal",
                "public",
                "source_selection",
                name="sensitivity",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("is_required", sa.Boolean(), nullable=False),
        sa.Column(
            "status",
            sa.Enum(
                "pending",
                "uploaded",
                "under_review",
                "approved",
                "rejected",
                "expired",
                name="status",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("deadline", sa.Date(), nullable=True),
        sa.Column("expiration_date", sa.Date(), nullable=True),
        sa.Column("requires_approval", sa.Boolean(), nullable=False),
        sa.Column("assigned_user_id", sa.Uuid(), nullable=False),
        sa.Column(
            "drafter_position",
            sa.Enum(
                "contracting_officer",
                "contract_specialist",
                "program_manager",
                "contracting_officers_representative",
                "small_business_professional",
                "legal_counsel",
                "competition_advocate",
                "source_selection_authority",
                "sseb_chair",
                "price_analyst",
                "security_manager",
                "comptroller",
                name="drafter_position",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("drafter_email", sa.Text(), nullable=False),
        sa.Column("approvers", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("requires", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("records", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("notes", sa.Text(), nullable=True),
        sa.Column("display_order", sa.Integer(), nullable=False),
        sa.Column(
            "approval_routing",
            sa.Enum(
                "manual",
                "auto_co",
                "default",
                name="approval_routing",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("default_approver_id", sa.Uuid(), nullable=True),
        sa.Column(
            "generation_status",
            sa.Enum(
                "not_generated",
                "generating",
                "generated",
                "failed",
                name="generation_status",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("generation_error", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("generated_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ai_quality_score", sa.Integer(), nullable=True),
        sa.Column("workflow_id", sa.Text(), nullable=True),
        sa.Column("current_version", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column(
            "updated_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "ai_quality_score BETWEEN 0 AND 100",
            name=op.f("ck_project_documents_ai_quality_score_range"),
        ),
        sa.CheckConstraint(
            "current_version >= 0", name=op.f("ck_project_documents_current_version_not_negative")
        ),
        sa.CheckConstraint(
            "display_order >= 0", name=op.f("ck_project_documents_display_order_not_negative")
        ),
        sa.ForeignKeyConstraint(
            ["assigned_user_id"], ["users.id"], name=op.f("fk_project_documents_assigned_user_id")
        ),
        sa.ForeignKeyConstraint(
            ["default_approver_id"],
            ["users.id"],
            name=op.f("fk_project_documents_default_approver_id"),
        ),
        sa.ForeignKeyConstraint(
            ["project_id"],
            ["procurement_projects.id"],
            name=op.f("fk_project_documents_project_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_project_documents")),
        sa.UniqueConstraint(
            "project_id", "code", name=op.f("uq_project_documents_project_id_code")
        ),
    )
    op.create_index(
        op.f("ix_project_documents_assigned_user_id"),
        "project_documents",
        ["assigned_user_id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_project_documents_default_approver_id"),
        "project_documents",
        ["default_approver_id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_project_documents_project_id_phase_display_order"),
        "project_documents",
        ["project_id", "phase", "display_order"],
        unique=False,
    )
    op.create_index(
        op.f("ix_project_documents_workflow_id"), "project_documents", ["workflow_id"], unique=False
    )
    op.create_table(
        "project_members",
        sa.Column("project_id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column(
            "position",
            sa.Enum(
                "contracting_officer",
                "contract_specialist",
                "program_manager",
                "contracting_officers_representative",
                "small_business_professional",
                "legal_counsel",
                "competition_advocate",
                "source_selection_authority",
                "sseb_chair",
                "price_analyst",
                "security_manager",
                "comptroller",
                name="position",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["project_id"],
            ["procurement_projects.id"],
            name=op.f("fk_project_members_project_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_project_members_user_id")),
        sa.PrimaryKeyConstraint(
            "project_id", "user_id", "position", name=op.f("pk_project_members")
        ),
    )
    op.create_index(
        op.f("ix_project_members_user_id"), "project_members", ["user_id"], unique=False
    )
    op.create_table(
        "project_records",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("project_id", sa.Uuid(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "facts",
                "market_research",
                "questions",
                "amendments",
                "offers",
                "consensus",
                "decision",
                "debriefings",
                name="kind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("body", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("recorded_by", sa.Uuid(), nullable=False),
        sa.Column(
            "recorded_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.Column("announced", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.CheckConstraint(
            "sha256 ~ '^[0-9a-f]{64}$'", name=op.f("ck_project_records_sha256_is_sha256")
        ),
        sa.ForeignKeyConstraint(
            ["project_id"],
            ["procurement_projects.id"],
            name=op.f("fk_project_records_project_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["recorded_by"], ["users.id"], name=op.f("fk_project_records_recorded_by")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_project_records")),
        sa.UniqueConstraint(
            "project_id", "kind", "sha256", name=op.f("uq_project_records_project_id_kind_sha256")
        ),
    )
    op.create_index(
        op.f("ix_project_records_project_id_kind_recorded_at"),
        "project_records",
        ["project_id", "kind", "recorded_at"],
        unique=False,
    )
    op.create_index(
        op.f("ix_project_records_recorded_by"), "project_records", ["recorded_by"], unique=False
    )
    op.create_index(
        "ix_project_records_unannounced",
        "project_records",
        ["project_id"],
        unique=False,
        postgresql_where=sa.text("not announced"),
    )
    op.create_table(
        "refresh_tokens",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("session_id", sa.Uuid(), nullable=False),
        sa.Column("parent_id", sa.Uuid(), nullable=True),
        sa.Column("token_sha256", sa.Text(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "token_sha256 ~ '^[0-9a-f]{64}$'", name=op.f("ck_refresh_tokens_token_sha256_is_sha256")
        ),
        sa.ForeignKeyConstraint(
            ["parent_id"],
            ["refresh_tokens.id"],
            name=op.f("fk_refresh_tokens_parent_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["session_id"],
            ["user_sessions.id"],
            name=op.f("fk_refresh_tokens_session_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_refresh_tokens")),
        sa.UniqueConstraint("token_sha256", name=op.f("uq_refresh_tokens_token_sha256")),
    )
    op.create_index(
        op.f("ix_refresh_tokens_parent_id"), "refresh_tokens", ["parent_id"], unique=False
    )
    op.create_index(
        op.f("ix_refresh_tokens_session_id"), "refresh_tokens", ["session_id"], unique=False
    )
    op.create_table(
        "socket_tickets",
        sa.Column("ticket_sha256", sa.Text(), nullable=False),
        sa.Column("session_id", sa.Uuid(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "ticket_sha256 ~ '^[0-9a-f]{64}$'",
            name=op.f("ck_socket_tickets_ticket_sha256_is_sha256"),
        ),
        sa.ForeignKeyConstraint(
            ["session_id"],
            ["user_sessions.id"],
            name=op.f("fk_socket_tickets_session_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("ticket_sha256", name=op.f("pk_socket_tickets")),
    )
    op.create_index(
        op.f("ix_socket_tickets_expires_at"), "socket_tickets", ["expires_at"], unique=False
    )
    op.create_index(
        op.f("ix_socket_tickets_session_id"), "socket_tickets", ["session_id"], unique=False
    )
    op.create_table(
        "document_attachments",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("project_document_id", sa.Uuid(), nullable=False),
        sa.Column("file_name", sa.Text(), nullable=False),
        sa.Column("media_type", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("notes", sa.Text(), nullable=True),
        sa.Column("uploaded_by", sa.Uuid(), nullable=False),
        sa.Column(
            "upload_date",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "sha256 ~ '^[0-9a-f]{64}$'", name=op.f("ck_document_attachments_sha256_is_sha256")
        ),
        sa.CheckConstraint("size >= 0", name=op.f("ck_document_attachments_size_not_negative")),
        sa.ForeignKeyConstraint(
            ["project_document_id"],
            ["project_documents.id"],
            name=op.f("fk_document_attachments_project_document_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["uploaded_by"], ["users.id"], name=op.f("fk_document_attachments_uploaded_by")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_document_attachments")),
    )
    op.create_index(
        op.f("ix_document_attachments_project_document_id"),
        "document_attachments",
        ["project_document_id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_document_attachments_uploaded_by"),
        "document_attachments",
        ["uploaded_by"],
        unique=False,
    )
    op.create_table(
        "document_uploads",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("project_document_id", sa.Uuid(), nullable=False),
        sa.Column("version_number", sa.Integer(), nullable=False),
        sa.Column("file_name", sa.Text(), nullable=False),
        sa.Column("docx_sha256", sa.Text(), nullable=False),
        sa.Column("docx_size", sa.BigInteger(), nullable=False),
        sa.Column("pdf_sha256", sa.Text(), nullable=False),
        sa.Column("pdf_size", sa.BigInteger(), nullable=False),
        sa.Column("pages", sa.Integer(), nullable=False),
        sa.Column("engine", sa.Text(), nullable=False),
        sa.Column("engine_version", sa.Text(), nullable=False),
        sa.Column("degraded", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("content_sha256", sa.Text(), nullable=False),
        sa.Column("agent", sa.Text(), nullable=False),
        sa.Column("workflow_id", sa.Text(), nullable=False),
        sa.Column("uploaded_by", sa.Uuid(), nullable=False),
        sa.Column(
            "upload_date",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("is_current_version", sa.Boolean(), nullable=False),
        sa.Column("superseded_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("approved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("notes", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "content_sha256 ~ '^[0-9a-f]{64}$'",
            name=op.f("ck_document_uploads_content_sha256_is_sha256"),
        ),
        sa.CheckConstraint(
            "docx_sha256 ~ '^[0-9a-f]{64}$'", name=op.f("ck_document_uploads_docx_sha256_is_sha256")
        ),
        sa.CheckConstraint(
            "pdf_sha256 ~ '^[0-9a-f]{64}$'", name=op.f("ck_document_uploads_pdf_sha256_is_sha256")
        ),
        sa.CheckConstraint(
            "approved_at IS NULL OR is_current_version",
            name=op.f("ck_document_uploads_only_current_is_approved"),
        ),
        sa.CheckConstraint(
            "docx_size >= 0", name=op.f("ck_document_uploads_docx_size_not_negative")
        ),
        sa.CheckConstraint(
            "is_current_version = (superseded_at IS NULL)",
            name=op.f("ck_document_uploads_current_until_superseded"),
        ),
        sa.CheckConstraint("pages >= 1", name=op.f("ck_document_uploads_pages_positive")),
        sa.CheckConstraint("pdf_size >= 0", name=op.f("ck_document_uploads_pdf_size_not_negative")),
        sa.CheckConstraint(
            "version_number >= 1", name=op.f("ck_document_uploads_version_number_positive")
        ),
        sa.ForeignKeyConstraint(
            ["project_document_id"],
            ["project_documents.id"],
            name=op.f("fk_document_uploads_project_document_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["uploaded_by"], ["users.id"], name=op.f("fk_document_uploads_uploaded_by")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_document_uploads")),
        sa.UniqueConstraint(
            "project_document_id",
            "version_number",
            name=op.f("uq_document_uploads_project_document_id_version_number"),
        ),
    )
    op.create_index(
        op.f("ix_document_uploads_docx_sha256"), "document_uploads", ["docx_sha256"], unique=False
    )
    op.create_index(
        op.f("ix_document_uploads_pdf_sha256"), "document_uploads", ["pdf_sha256"], unique=False
    )
    op.create_index(
        op.f("ix_document_uploads_uploaded_by"), "document_uploads", ["uploaded_by"], unique=False
    )
    op.create_index(
        op.f("ix_document_uploads_workflow_id"), "document_uploads", ["workflow_id"], unique=False
    )
    op.create_index(
        "uq_document_uploads_current",
        "document_uploads",
        ["project_document_id"],
        unique=True,
        postgresql_where=sa.text("is_current_version"),
    )
    op.create_table(
        "procurement_steps",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("phase_id", sa.Uuid(), nullable=False),
        sa.Column("project_id", sa.Uuid(), nullable=False),
        sa.Column("step_name", sa.Text(), nullable=False),
        sa.Column("step_description", sa.Text(), nullable=True),
        sa.Column("step_order", sa.Integer(), nullable=False),
        sa.Column("assigned_user_id", sa.Uuid(), nullable=True),
        sa.Column(
            "status",
            sa.Enum(
                "not_started",
                "in_progress",
                "completed",
                "blocked",
                "skipped",
                name="status",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("deadline", sa.Date(), nullable=True),
        sa.Column("completion_date", sa.Date(), nullable=True),
        sa.Column("notes", sa.Text(), nullable=True),
        sa.Column("attachments", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("requires_approval", sa.Boolean(), nullable=False),
        sa.Column("approved_by", sa.Uuid(), nullable=True),
        sa.Column("approval_date", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column(
            "updated_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "step_order >= 1", name=op.f("ck_procurement_steps_step_order_positive")
        ),
        sa.ForeignKeyConstraint(
            ["approved_by"], ["users.id"], name=op.f("fk_procurement_steps_approved_by")
        ),
        sa.ForeignKeyConstraint(
            ["assigned_user_id"], ["users.id"], name=op.f("fk_procurement_steps_assigned_user_id")
        ),
        sa.ForeignKeyConstraint(
            ["phase_id"],
            ["procurement_phases.id"],
            name=op.f("fk_procurement_steps_phase_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["project_id"],
            ["procurement_projects.id"],
            name=op.f("fk_procurement_steps_project_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_procurement_steps")),
        sa.UniqueConstraint(
            "phase_id", "step_order", name=op.f("uq_procurement_steps_phase_id_step_order")
        ),
    )
    op.create_index(
        op.f("ix_procurement_steps_approved_by"), "procurement_steps", ["approved_by"], unique=False
    )
    op.create_index(
        op.f("ix_procurement_steps_assigned_user_id"),
        "procurement_steps",
        ["assigned_user_id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_procurement_steps_project_id"), "procurement_steps", ["project_id"], unique=False
    )
    op.create_table(
        "document_approvals",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("project_id", sa.Uuid(), nullable=False),
        sa.Column("project_document_id", sa.Uuid(), nullable=False),
        sa.Column("document_upload_id", sa.Uuid(), nullable=False),
        sa.Column("step", sa.Integer(), nullable=False),
        sa.Column(
            "position",
            sa.Enum(
                "contracting_officer",
                "contract_specialist",
                "program_manager",
                "contracting_officers_representative",
                "small_business_professional",
                "legal_counsel",
                "competition_advocate",
                "source_selection_authority",
                "sseb_chair",
                "price_analyst",
                "security_manager",
                "comptroller",
                name="position",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("approver_id", sa.Uuid(), nullable=False),
        sa.Column("drafter_id", sa.Uuid(), nullable=False),
        sa.Column("delegated_from_id", sa.Uuid(), nullable=True),
        sa.Column(
            "approval_status",
            sa.Enum(
                "pending",
                "approved",
                "rejected",
                "requested_changes",
                "voided",
                name="approval_status",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("approval_round", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("approval_date", sa.DateTime(timezone=True), nullable=True),
        sa.Column("comments", sa.Text(), nullable=True),
        sa.Column("workflow_id", sa.Text(), nullable=False),
        sa.Column(
            "requested_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column(
            "updated_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "approval_status <> 'pending' OR approval_date IS NULL",
            name=op.f("ck_document_approvals_pending_has_no_date"),
        ),
        sa.CheckConstraint(
            "approval_status NOT IN ('approved', 'rejected', 'requested_changes') "
            "OR (approval_date IS NOT NULL AND asked_at IS NOT NULL)",
            name=op.f("ck_document_approvals_decided_when_asked"),
        ),
        sa.CheckConstraint(
            "sha256 ~ '^[0-9a-f]{64}$'", name=op.f("ck_document_approvals_sha256_is_sha256")
        ),
        sa.CheckConstraint(
            "approval_round >= 1", name=op.f("ck_document_approvals_approval_round_positive")
        ),
        sa.CheckConstraint(
            "approver_id <> drafter_id", name=op.f("ck_document_approvals_drafter_does_not_approve")
        ),
        sa.CheckConstraint(
            "delegated_from_id <> approver_id",
            name=op.f("ck_document_approvals_delegated_to_another"),
        ),
        sa.CheckConstraint("step >= 1", name=op.f("ck_document_approvals_step_positive")),
        sa.ForeignKeyConstraint(
            ["approver_id"], ["users.id"], name=op.f("fk_document_approvals_approver_id")
        ),
        sa.ForeignKeyConstraint(
            ["delegated_from_id"],
            ["users.id"],
            name=op.f("fk_document_approvals_delegated_from_id"),
        ),
        sa.ForeignKeyConstraint(
            ["document_upload_id"],
            ["document_uploads.id"],
            name=op.f("fk_document_approvals_document_upload_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["drafter_id"], ["users.id"], name=op.f("fk_document_approvals_drafter_id")
        ),
        sa.ForeignKeyConstraint(
            ["project_document_id"],
            ["project_documents.id"],
            name=op.f("fk_document_approvals_project_document_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["project_id"],
            ["procurement_projects.id"],
            name=op.f("fk_document_approvals_project_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_document_approvals")),
        sa.UniqueConstraint(
            "document_upload_id", "step", name=op.f("uq_document_approvals_document_upload_id_step")
        ),
    )
    op.create_index(
        op.f("ix_document_approvals_approver_id"),
        "document_approvals",
        ["approver_id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_document_approvals_delegated_from_id"),
        "document_approvals",
        ["delegated_from_id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_document_approvals_drafter_id"), "document_approvals", ["drafter_id"], unique=False
    )
    op.create_index(
        "ix_document_approvals_pending",
        "document_approvals",
        ["approver_id"],
        unique=False,
        postgresql_where=sa.text("approval_status = 'pending' AND asked_at IS NOT NULL"),
    )
    op.create_index(
        op.f("ix_document_approvals_project_document_id"),
        "document_approvals",
        ["project_document_id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_document_approvals_project_id"), "document_approvals", ["project_id"], unique=False
    )
    op.create_index(
        op.f("ix_document_approvals_workflow_id"),
        "document_approvals",
        ["workflow_id"],
        unique=False,
    )
    op.create_table(
        "approval_audit_logs",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("approval_id", sa.Uuid(), nullable=False),
        sa.Column(
            "action",
            sa.Enum(
                "requested",
                "approved",
                "rejected",
                "requested_changes",
                "delegated",
                "voided",
                "reminded",
                "escalated",
                name="action",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("performed_by", sa.Uuid(), nullable=True),
        sa.Column("details", sa.Text(), nullable=True),
        sa.Column(
            "timestamp",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["approval_id"],
            ["document_approvals.id"],
            name=op.f("fk_approval_audit_logs_approval_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["performed_by"], ["users.id"], name=op.f("fk_approval_audit_logs_performed_by")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_approval_audit_logs")),
    )
    op.create_index(
        op.f("ix_approval_audit_logs_approval_id_timestamp"),
        "approval_audit_logs",
        ["approval_id", "timestamp"],
        unique=False,
    )
    op.create_index(
        op.f("ix_approval_audit_logs_performed_by"),
        "approval_audit_logs",
        ["performed_by"],
        unique=False,
    )

    op.execute(
        """
        CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            RAISE EXCEPTION 'rows of % are never changed or deleted', TG_TABLE_NAME;
        END $$
        """
    )
    op.execute(
        """
        CREATE TRIGGER audit_log_is_append_only BEFORE UPDATE OR DELETE ON audit_log
        FOR EACH ROW EXECUTE FUNCTION refuse_change()
        """
    )


def downgrade() -> None:
    op.drop_table("approval_audit_logs")
    op.drop_table("document_approvals")
    op.drop_table("procurement_steps")
    op.drop_table("document_uploads")
    op.drop_table("document_attachments")
    op.drop_table("socket_tickets")
    op.drop_table("refresh_tokens")
    op.drop_table("project_records")
    op.drop_table("project_members")
    op.drop_table("project_documents")
    op.drop_table("progress_events")
    op.drop_table("procurement_phases")
    op.drop_table("phase_transition_requests")
    op.drop_table("notifications")
    op.drop_table("deadlines")
    op.drop_table("user_sessions")
    op.drop_table("procurement_projects")
    op.drop_table("audit_log")
    op.drop_table("users")
    op.drop_table("outbox")
    op.execute("DROP FUNCTION refuse_change()")
