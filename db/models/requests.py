"""What the API remembers about requests: attempts to sign in, and answers to keyed requests."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, text
from sqlalchemy.orm import Mapped, mapped_column

from db.models.base import Base, CreatedAt, is_sha256, not_negative


class AttemptCount(Base):
    """How often somebody tried, by address or by account; what does not exist counts as well."""

    __tablename__ = "attempt_counts"

    key: Mapped[str] = mapped_column(primary_key=True)
    """What is counted, such as ``login/source/127.0.0.1``."""
    count: Mapped[int]
    since: Mapped[datetime]
    """When the count began, or, of an account, when it last grew."""
    blocked_until: Mapped[datetime | None]

    __table_args__ = (not_negative("count"),)


class IdempotentRequest(Base):
    """A request with an Idempotency-Key, and its answer once there is one."""

    __tablename__ = "idempotent_requests"

    user_id: Mapped[UUID] = mapped_column(
        ForeignKey("users.id", ondelete="CASCADE"), primary_key=True
    )
    key: Mapped[str] = mapped_column(primary_key=True)
    fingerprint: Mapped[str]
    """SHA-256 of method, path, query and body: another request may not use the key."""
    claimed_at: Mapped[datetime]
    status: Mapped[int | None]
    """``None`` while the request is being worked on."""
    content_type: Mapped[str] = mapped_column(server_default=text("''"), default="")
    body: Mapped[bytes | None]
    created_at: Mapped[CreatedAt] = mapped_column(index=True)

    __table_args__ = (is_sha256("fingerprint"),)
