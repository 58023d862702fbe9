"""The chain that makes tampering with the audit log show."""

from uuid import UUID

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from db.models.base import Base, is_sha256, not_negative, positive


class AuditLink(Base):
    """The place of an audit entry in the chain of its project. The database writes it at commit.

    Each hash covers the hash before it and the entry, so a change anywhere breaks the rest.
    """

    __tablename__ = "audit_links"

    entry_id: Mapped[UUID] = mapped_column(ForeignKey("audit_log.id"), primary_key=True)
    chain: Mapped[UUID]
    """The project; all zeros for what belongs to none, such as accounts."""
    seq: Mapped[int]
    """From 1, without gaps, in the order of commits."""
    previous_sha256: Mapped[str]
    """All zeros for the first."""
    sha256: Mapped[str]

    __table_args__ = (
        UniqueConstraint("chain", "seq"),
        positive("seq"),
        is_sha256("previous_sha256"),
        is_sha256("sha256"),
    )


class AuditHead(Base):
    """Where each chain ends: without it, entries cut off the end would not be missed."""

    __tablename__ = "audit_heads"

    chain: Mapped[UUID] = mapped_column(primary_key=True)
    seq: Mapped[int]
    sha256: Mapped[str]

    __table_args__ = (not_negative("seq"), is_sha256("sha256"))
