"""What is written about a project as it runs: audit, progress, notices, mail and deadlines."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, Identity, Index, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import DateTime

from db.models.base import Base, CreatedAt, Json, Key, UpdatedAt, not_negative


class AuditLog(Base):
    """Who changed what, when, from what to what. The database refuses to change or delete a row."""

    __tablename__ = "audit_log"

    id: Mapped[Key]
    user_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"), index=True)
    """``None``: the product itself, or nobody signed in."""
    # No foreign key: the entry outlives what it is about.
    project_id: Mapped[UUID | None] = mapped_column(index=True)
    action: Mapped[str] = mapped_column(index=True)
    entity_type: Mapped[str]
    entity_id: Mapped[UUID | None]
    changes: Mapped[Json]
    """``{before, after}`` and what else explains the change."""
    created_at: Mapped[datetime] = mapped_column(server_default=text("clock_timestamp()"))

    __table_args__ = (Index(None, "entity_type", "entity_id"), Index(None, "created_at"))


class ProgressEvent(Base):
    """One message to everybody who watches a project; per project, id order is commit order."""

    __tablename__ = "progress_events"

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    project_id: Mapped[UUID] = mapped_column(
        ForeignKey("procurement_projects.id", ondelete="CASCADE")
    )
    workflow_id: Mapped[str]
    key: Mapped[str]
    """What makes the message unique within its workflow, so that a retry adds nothing."""
    type: Mapped[str]
    payload: Mapped[Json]
    created_at: Mapped[CreatedAt]

    __table_args__ = (
        UniqueConstraint("workflow_id", "key"),
        Index(None, "project_id", "id"),
        Index(
            "ix_progress_events_batches",
            "project_id",
            "created_at",
            postgresql_where=text("key = 'batch'"),
        ),
    )


class Notification(Base):
    """A message to one user inside the product."""

    __tablename__ = "notifications"

    id: Mapped[Key]
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    project_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("procurement_projects.id", ondelete="CASCADE"), index=True
    )
    key: Mapped[str]
    """What makes the message unique for its reader, so that a retry adds nothing."""
    notification_type: Mapped[str]
    title: Mapped[str]
    message: Mapped[str]
    data: Mapped[Json | None]
    link_url: Mapped[str | None]
    is_read: Mapped[bool] = mapped_column(default=False, server_default=text("false"))
    sent_via_email: Mapped[bool] = mapped_column(default=False, server_default=text("false"))
    email_sent_at: Mapped[datetime | None]
    created_at: Mapped[CreatedAt]

    __table_args__ = (UniqueConstraint("user_id", "key"), Index(None, "user_id", "created_at"))


class OutboxMessage(Base):
    """Mail that has to leave the house: exactly one row, sent at least once.

    The id is the Message-ID, by which the receiving side drops a repetition.
    """

    __tablename__ = "outbox"

    id: Mapped[Key]
    recipient: Mapped[str]
    reason: Mapped[str]
    slot: Mapped[str]
    subject: Mapped[str]
    message: Mapped[str]
    created_at: Mapped[CreatedAt]
    attempts: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    sent_at: Mapped[datetime | None]

    __table_args__ = (
        UniqueConstraint("recipient", "reason", "slot"),
        Index("ix_outbox_unsent", "created_at", postgresql_where=text("sent_at IS NULL")),
        not_negative("attempts"),
    )


class ProjectDeadline(Base):
    """A date that a rule sets for a project."""

    __tablename__ = "deadlines"

    id: Mapped[Key]
    project_id: Mapped[UUID] = mapped_column(
        ForeignKey("procurement_projects.id", ondelete="CASCADE")
    )
    rule: Mapped[str]
    """The rule's id, e.g. ``D23``."""
    title: Mapped[str]
    due_at: Mapped[datetime]
    basis: Mapped[str]
    citation: Mapped[str]
    reminders: Mapped[list[datetime]] = mapped_column(ARRAY(DateTime(timezone=True)))
    calendar_version: Mapped[str] = mapped_column(default="", server_default=text("''"))
    """Which holidays and closures the date was counted with (``FederalCalendar.version``)."""
    completed_at: Mapped[datetime | None]
    completed_by: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"), index=True)
    """``None`` although completed: what it asks for was recorded."""
    completion_note: Mapped[str] = mapped_column(default="", server_default=text("''"))
    created_at: Mapped[CreatedAt]
    updated_at: Mapped[UpdatedAt]

    __table_args__ = (
        UniqueConstraint("project_id", "rule"),
        Index("ix_deadlines_open", "due_at", postgresql_where=text("completed_at IS NULL")),
    )
