"""What deadlines are counted from: days on which an office is closed, events as they happened."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from db.models.base import Base, CreatedAt, Key, choice
from rules.calendar import ClosureKind


class Closure(Base):
    """A day on which an office is closed beyond weekends and holidays.

    A removed row stays: the calendar of any time in the past can be told from the rows.
    """

    __tablename__ = "closures"

    id: Mapped[Key]
    day: Mapped[date]
    office: Mapped[str] = mapped_column(default="", server_default=text("''"))
    """Activity address code; empty: every office."""
    kind: Mapped[ClosureKind] = mapped_column(choice(ClosureKind, "kind"))
    reason: Mapped[str]
    added_by: Mapped[UUID] = mapped_column(ForeignKey("users.id"), index=True)
    added_at: Mapped[datetime] = mapped_column(server_default=text("clock_timestamp()"))
    removed_by: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"), index=True)
    removed_at: Mapped[datetime | None]
    removed_because: Mapped[str | None]

    __table_args__ = (
        Index(
            "uq_closures_standing",
            "day",
            "office",
            unique=True,
            postgresql_where=text("removed_at IS NULL"),
        ),
        CheckConstraint(
            "(removed_at IS NULL) = (removed_by IS NULL)"
            " AND (removed_at IS NULL) = (removed_because IS NULL)",
            name="removed_with_reason",
        ),
    )


class EventRecord(Base):
    """On which day something happened, as a person stated it; the newest of each event counts."""

    __tablename__ = "recorded_events"

    id: Mapped[Key]
    project_id: Mapped[UUID] = mapped_column(
        ForeignKey("procurement_projects.id", ondelete="CASCADE")
    )
    event: Mapped[str]
    """The value of a ``rules.deadline_rules.Event``."""
    day: Mapped[date | None]
    """By the clock of the contracting office; ``None`` takes the statement back."""
    note: Mapped[str] = mapped_column(default="", server_default=text("''"))
    recorded_by: Mapped[UUID] = mapped_column(ForeignKey("users.id"), index=True)
    recorded_at: Mapped[datetime] = mapped_column(server_default=text("clock_timestamp()"))

    __table_args__ = (Index(None, "project_id", "event", "recorded_at"),)


class OutdatedDeadlines(Base):
    """A project whose deadlines have to be computed again, and why.

    Written in the transaction of the change, so no crash loses it; deleted when it is done.
    """

    __tablename__ = "outdated_deadlines"

    project_id: Mapped[UUID] = mapped_column(
        ForeignKey("procurement_projects.id", ondelete="CASCADE"), primary_key=True
    )
    since: Mapped[datetime] = mapped_column(index=True)
    """Of the newest change."""
    cause: Mapped[str]
    """In the words in which people are told."""
    created_at: Mapped[CreatedAt]
