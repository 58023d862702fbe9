"""Closures of offices, recorded events and reasons to pass gates in spite of warnings"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0006"
down_revision: str | None = "0005"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "closures",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("office", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "weather",
                "lapse_of_appropriations",
                "base_closure",
                "other",
                name="kind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("added_by", sa.Uuid(), nullable=False),
        sa.Column(
            "added_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.Column("removed_by", sa.Uuid(), nullable=True),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("removed_because", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "(removed_at IS NULL) = (removed_by IS NULL)"
            " AND (removed_at IS NULL) = (removed_because IS NULL)",
            name=op.f("ck_closures_removed_with_reason"),
        ),
        sa.ForeignKeyConstraint(["added_by"], ["users.id"], name=op.f("fk_closures_added_by")),
        sa.ForeignKeyConstraint(["removed_by"], ["users.id"], name=op.f("fk_closures_removed_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_closures")),
    )
    op.create_index(op.f("ix_closures_added_by"), "closures", ["added_by"], unique=False)
    op.create_index(op.f("ix_closures_removed_by"), "closures", ["removed_by"], unique=False)
    op.create_index(
        "uq_closures_standing",
        "closures",
        ["day", "office"],
        unique=True,
        postgresql_where=sa.text("removed_at IS NULL"),
    )
    op.create_table(
        "gate_waivers",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("project_id", sa.Uuid(), nullable=False),
        sa.Column("gate", sa.Text(), nullable=False),
        sa.Column("check_id", sa.Text(), nullable=False),
        sa.Column("warnings", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("waived_by", sa.Uuid(), nullable=False),
        sa.Column(
            "waived_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["project_id"],
            ["procurement_projects.id"],
            name=op.f("fk_gate_waivers_project_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["waived_by"], ["users.id"], name=op.f("fk_gate_waivers_waived_by")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_gate_waivers")),
    )
    op.create_index(
        op.f("ix_gate_waivers_project_id_waived_at"),
        "gate_waivers",
        ["project_id", "waived_at"],
        unique=False,
    )
    op.create_index(op.f("ix_gate_waivers_waived_by"), "gate_waivers", ["waived_by"], unique=False)
    op.create_table(
        "outdated_deadlines",
        sa.Column("project_id", sa.Uuid(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["project_id"],
            ["procurement_projects.id"],
            name=op.f("fk_outdated_deadlines_project_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("project_id", name=op.f("pk_outdated_deadlines")),
    )
    op.create_index(
        op.f("ix_outdated_deadlines_since"), "outdated_deadlines", ["since"], unique=False
    )
    op.create_table(
        "recorded_events",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("project_id", sa.Uuid(), nullable=False),
        sa.Column("event", sa.Text(), nullable=False),
        sa.Column("day", sa.Date(), nullable=True),
        sa.Column("note", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("recorded_by", sa.Uuid(), nullable=False),
        sa.Column(
            "recorded_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["project_id"],
            ["procurement_projects.id"],
            name=op.f("fk_recorded_events_project_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["recorded_by"], ["users.id"], name=op.f("fk_recorded_events_recorded_by")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recorded_events")),
    )
    op.create_index(
        op.f("ix_recorded_events_project_id_event_recorded_at"),
        "recorded_events",
        ["project_id", "event", "recorded_at"],
        unique=False,
    )
    op.create_index(
        op.f("ix_recorded_events_recorded_by"), "recorded_events", ["recorded_by"], unique=False
    )
    op.add_column(
        "deadlines",
        sa.Column("calendar_version", sa.Text(), server_default=sa.text("''"), nullable=False),
    )
    op.add_column("deadlines", sa.Column("completed_by", sa.Uuid(), nullable=True))
    op.add_column(
        "deadlines",
        sa.Column("completion_note", sa.Text(), server_default=sa.text("''"), nullable=False),
    )
    op.create_index(op.f("ix_deadlines_completed_by"), "deadlines", ["completed_by"], unique=False)
    op.create_foreign_key(
        op.f("fk_deadlines_completed_by"), "deadlines", "users", ["completed_by"], ["id"]
    )
    op.add_column(
        "document_uploads",
        sa.Column("calendar_version", sa.Text(), server_default=sa.text("''"), nullable=False),
    )


def downgrade() -> None:
    op.drop_column("document_uploads", "calendar_version")
    op.drop_constraint(op.f("fk_deadlines_completed_by"), "deadlines", type_="foreignkey")
    op.drop_index(op.f("ix_deadlines_completed_by"), table_name="deadlines")
    op.drop_column("deadlines", "completion_note")
    op.drop_column("deadlines", "completed_by")
    op.drop_column("deadlines", "calendar_version")
    op.drop_index(op.f("ix_recorded_events_recorded_by"), table_name="recorded_events")
    op.drop_index(
        op.f("ix_recorded_events_project_id_event_recorded_at"), table_name="recorded_events"
    )
    op.drop_table("recorded_events")
    op.drop_index(op.f("ix_outdated_deadlines_since"), table_name="outdated_deadlines")
    op.drop_table("outdated_deadlines")
    op.drop_index(op.f("ix_gate_waivers_waived_by"), table_name="gate_waivers")
    op.drop_index(op.f("ix_gate_waivers_project_id_waived_at"), table_name="gate_waivers")
    op.drop_table("gate_waivers")
    op.drop_index(
        "uq_closures_standing",
        table_name="closures",
        postgresql_where=sa.text("removed_at IS NULL"),
    )
    op.drop_index(op.f("ix_closures_removed_by"), table_name="closures")
    op.drop_index(op.f("ix_closures_added_by"), table_name="closures")
    op.drop_table("closures")
