"""What people decide about gates besides passing them."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import Text

from db.models.base import Base, Key


class GateWaiver(Base):
    """The written reason for which a gate may be passed in spite of warnings.

    It covers the warnings as they read at that time: another warning needs another reason.
    """

    __tablename__ = "gate_waivers"

    id: Mapped[Key]
    project_id: Mapped[UUID] = mapped_column(
        ForeignKey("procurement_projects.id", ondelete="CASCADE")
    )
    gate: Mapped[str]
    """For example ``G4``."""
    check: Mapped[str] = mapped_column("check_id")
    """The check or condition that warns, for example ``X12`` or ``G4.2``."""
    warnings: Mapped[list[str]] = mapped_column(ARRAY(Text()))
    reason: Mapped[str]
    waived_by: Mapped[UUID] = mapped_column(ForeignKey("users.id"), index=True)
    waived_at: Mapped[datetime] = mapped_column(server_default=text("clock_timestamp()"))

    __table_args__ = (Index(None, "project_id", "waived_at"),)
