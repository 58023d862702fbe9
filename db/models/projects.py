"""A project: its intake row, team, recorded facts, phases, steps and gates."""

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from db.models.base import (
    Base,
    CreatedAt,
    Json,
    JsonList,
    Key,
    Money,
    UpdatedAt,
    choice,
    in_order,
    is_sha256,
    not_negative,
    positive,
)
from documents.vocabulary import (
    Phase,
    PhaseStatus,
    Position,
    ProjectStatus,
    ProjectType,
    RecordKind,
    StepStatus,
    TransitionStatus,
)


class RecordedKind(StrEnum):
    """What a row of ``project_records`` holds: the requirements package or a later record."""

    FACTS = "facts"
    MARKET_RESEARCH = RecordKind.MARKET_RESEARCH.value
    QUESTIONS = RecordKind.QUESTIONS.value
    AMENDMENTS = RecordKind.AMENDMENTS.value
    OFFERS = RecordKind.OFFERS.value
    CONSENSUS = RecordKind.CONSENSUS.value
    COMPETITIVE_RANGE = RecordKind.COMPETITIVE_RANGE.value
    OBJECTIVES = RecordKind.OBJECTIVES.value
    EXCHANGES = RecordKind.EXCHANGES.value
    FINAL_PROPOSALS = RecordKind.FINAL_PROPOSALS.value
    FINAL_CONSENSUS = RecordKind.FINAL_CONSENSUS.value
    ADVICE = RecordKind.ADVICE.value
    DECISION = RecordKind.DECISION.value
    SUBCONTRACTING = RecordKind.SUBCONTRACTING.value
    DEBRIEFINGS = RecordKind.DEBRIEFINGS.value
    PROTEST = RecordKind.PROTEST.value


class Project(Base):
    """One acquisition. The API inserts it; afterwards the project's workflow keeps it."""

    __tablename__ = "procurement_projects"

    id: Mapped[Key]
    name: Mapped[str]
    description: Mapped[str | None]
    project_type: Mapped[ProjectType] = mapped_column(choice(ProjectType, "project_type"))
    estimated_value: Mapped[Money | None]
    contracting_officer_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"), index=True)
    program_manager_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"), index=True)
    current_phase: Mapped[Phase] = mapped_column(
        choice(Phase, "current_phase"), default=Phase.PRE_SOLICITATION
    )
    overall_status: Mapped[ProjectStatus] = mapped_column(
        choice(ProjectStatus, "overall_status"), default=ProjectStatus.NOT_STARTED, index=True
    )
    start_date: Mapped[date | None]
    target_completion_date: Mapped[date | None]
    actual_completion_date: Mapped[date | None]
    solicitation_piid: Mapped[str | None]
    contract_piid: Mapped[str | None]
    auto_draft: Mapped[bool] = mapped_column(default=False, server_default=text("false"))
    """Whether documents are drafted as soon as they can be, without anybody asking."""
    facts_accepted: Mapped[bool] = mapped_column(default=False, server_default=text("false"))
    """Whether a requirements package has been accepted (gate G0)."""
    workflow_started: Mapped[bool] = mapped_column(default=False, server_default=text("false"))
    """False while accepted facts wait for their workflow; a sweep starts what a crash left."""
    created_by: Mapped[UUID] = mapped_column(ForeignKey("users.id"), index=True)
    created_at: Mapped[CreatedAt] = mapped_column(index=True)
    updated_at: Mapped[UpdatedAt]

    __table_args__ = (
        not_negative("estimated_value"),
        in_order("start_date", "target_completion_date"),
        Index(None, "facts_accepted", "workflow_started"),
    )


class ProjectMember(Base):
    """A person in a position on one project; one person may hold several."""

    __tablename__ = "project_members"

    project_id: Mapped[UUID] = mapped_column(
        ForeignKey("procurement_projects.id", ondelete="CASCADE"), primary_key=True
    )
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"), primary_key=True, index=True)
    position: Mapped[Position] = mapped_column(choice(Position, "position"), primary_key=True)
    created_at: Mapped[CreatedAt]


class ProjectRecord(Base):
    """Facts or a record as stated at one time; the newest of each kind counts."""

    __tablename__ = "project_records"

    id: Mapped[Key]
    project_id: Mapped[UUID] = mapped_column(
        ForeignKey("procurement_projects.id", ondelete="CASCADE")
    )
    kind: Mapped[RecordedKind] = mapped_column(choice(RecordedKind, "kind"))
    sha256: Mapped[str]
    """Of the canonical JSON of ``body``."""
    body: Mapped[Json]
    recorded_by: Mapped[UUID] = mapped_column(ForeignKey("users.id"), index=True)
    recorded_at: Mapped[datetime] = mapped_column(server_default=text("clock_timestamp()"))
    announced: Mapped[bool] = mapped_column(default=False, server_default=text("false"))
    """Whether the project's workflow knows of it; a sweep announces what a crash left."""
    statement: Mapped[str] = mapped_column(default="", server_default=text("''"))
    """The request that stated it last: whoever announces it does so under this name, once."""

    __table_args__ = (
        UniqueConstraint("project_id", "kind", "sha256"),
        Index(None, "project_id", "kind", "recorded_at"),
        Index(
            "ix_project_records_unannounced",
            "project_id",
            postgresql_where=text("not announced"),
        ),
        is_sha256("sha256"),
    )


class ProjectPhase(Base):
    """One of the three phases of a project."""

    __tablename__ = "procurement_phases"

    id: Mapped[Key]
    project_id: Mapped[UUID] = mapped_column(
        ForeignKey("procurement_projects.id", ondelete="CASCADE")
    )
    phase_name: Mapped[Phase] = mapped_column(choice(Phase, "phase_name"))
    phase_order: Mapped[int]
    status: Mapped[PhaseStatus] = mapped_column(
        choice(PhaseStatus, "status"), default=PhaseStatus.NOT_STARTED
    )
    start_date: Mapped[date | None]
    end_date: Mapped[date | None]
    estimated_duration_days: Mapped[int] = mapped_column(default=30)
    actual_duration_days: Mapped[int | None]
    created_at: Mapped[CreatedAt]
    updated_at: Mapped[UpdatedAt]

    __table_args__ = (
        UniqueConstraint("project_id", "phase_name"),
        positive("phase_order"),
        positive("estimated_duration_days"),
        not_negative("actual_duration_days"),
        in_order("start_date", "end_date"),
    )


class ProjectStep(Base):
    """One line of a phase's checklist of work."""

    __tablename__ = "procurement_steps"

    id: Mapped[Key]
    phase_id: Mapped[UUID] = mapped_column(ForeignKey("procurement_phases.id", ondelete="CASCADE"))
    project_id: Mapped[UUID] = mapped_column(
        ForeignKey("procurement_projects.id", ondelete="CASCADE"), index=True
    )
    step_name: Mapped[str]
    step_description: Mapped[str | None]
    step_order: Mapped[int]
    assigned_user_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"), index=True)
    status: Mapped[StepStatus] = mapped_column(
        choice(StepStatus, "status"), default=StepStatus.NOT_STARTED
    )
    deadline: Mapped[date | None]
    completion_date: Mapped[date | None]
    notes: Mapped[str | None]
    attachments: Mapped[JsonList | None]
    requires_approval: Mapped[bool] = mapped_column(default=False)
    approved_by: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"), index=True)
    approval_date: Mapped[datetime | None]
    created_at: Mapped[CreatedAt]
    updated_at: Mapped[UpdatedAt]

    __table_args__ = (UniqueConstraint("phase_id", "step_order"), positive("step_order"))


class PhaseTransition(Base):
    """A request to pass the closing gate of a phase, and what was decided."""

    __tablename__ = "phase_transition_requests"

    id: Mapped[Key]
    project_id: Mapped[UUID] = mapped_column(
        ForeignKey("procurement_projects.id", ondelete="CASCADE")
    )
    from_phase: Mapped[Phase] = mapped_column(choice(Phase, "from_phase"))
    to_phase: Mapped[Phase | None] = mapped_column(choice(Phase, "to_phase"))
    """``None`` when the last phase closes the project."""
    round: Mapped[int]
    requested_by: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"), index=True)
    """``None``: the phase asked by itself, because its last document was approved."""
    requested_at: Mapped[CreatedAt]
    gatekeeper_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    status: Mapped[TransitionStatus] = mapped_column(
        choice(TransitionStatus, "status"), default=TransitionStatus.PENDING
    )
    validation_results: Mapped[Json]
    gatekeeper_comments: Mapped[str | None]
    resolved_by: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"), index=True)
    resolved_at: Mapped[datetime | None]
    created_at: Mapped[CreatedAt]
    updated_at: Mapped[UpdatedAt]

    __table_args__ = (
        UniqueConstraint("project_id", "from_phase", "round"),
        Index(None, "gatekeeper_id", "status"),
        positive("round"),
        in_order("requested_at", "resolved_at"),
        CheckConstraint(
            "(status = 'pending') = (resolved_at IS NULL)", name="resolved_when_decided"
        ),
    )
