"""People who sign in, their sessions and the one-time secrets that belong to a session."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, func, text
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
    is_sha256,
    not_negative,
)
from documents.vocabulary import Role


def default_preferences() -> dict[str, Any]:
    """How a new user is notified."""
    return {"email": True, "in_app": True, "deadline_days": [1, 3, 7]}


class User(Base):
    """A person who signs in. Never deleted, because records name who decided; deactivated."""

    __tablename__ = "users"

    id: Mapped[Key]
    email: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    hashed_password: Mapped[str]
    role: Mapped[Role] = mapped_column(choice(Role, "role"), default=Role.VIEWER)
    department: Mapped[str | None]
    positions: Mapped[JsonList] = mapped_column(default=list, server_default=text("'[]'::jsonb"))
    """In which the person may be named on new projects; each project's team has its own."""
    warrant_usd: Mapped[Money | None]
    """Limit of a contracting officer's warrant, options included; ``None``: none is stated."""
    notification_preferences: Mapped[Json] = mapped_column(default=default_preferences)
    is_active: Mapped[bool] = mapped_column(default=True)
    one_time_until: Mapped[datetime | None]
    """Set: the password is a one-time one. It signs in until then, once, and has to be changed."""
    second_factor_at: Mapped[datetime | None]
    """When a second factor was confirmed; ``None``: signing in asks for the password alone."""
    failed_login_attempts: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    locked_until: Mapped[datetime | None]
    last_failed_login: Mapped[datetime | None]
    created_at: Mapped[CreatedAt]
    updated_at: Mapped[UpdatedAt]

    __table_args__ = (
        CheckConstraint("email = lower(email)", name="email_lower_case"),
        not_negative("failed_login_attempts"),
        not_negative("warrant_usd"),
        Index(None, "role", "is_active"),
    )


class UserSession(Base):
    """One sign-in: the family of its refresh tokens. Its end ends all of them."""

    __tablename__ = "user_sessions"

    id: Mapped[Key]
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    created_at: Mapped[CreatedAt]
    expires_at: Mapped[datetime]
    """Absolute: refreshing does not extend it."""
    last_used_at: Mapped[datetime] = mapped_column(server_default=func.now())
    """To the minute."""
    address: Mapped[str] = mapped_column(server_default=text("''"), default="")
    """From where the person signed in."""
    user_agent: Mapped[str] = mapped_column(server_default=text("''"), default="")
    """How the program that signed in described itself."""
    revoked_at: Mapped[datetime | None]
    revoked_reason: Mapped[str | None]

    __table_args__ = (CheckConstraint("expires_at > created_at", name="expires_after_creation"),)


class RefreshToken(Base):
    """One link of a session's chain; only its hash is kept, and it works once."""

    __tablename__ = "refresh_tokens"

    id: Mapped[Key]
    session_id: Mapped[UUID] = mapped_column(
        ForeignKey("user_sessions.id", ondelete="CASCADE"), index=True
    )
    parent_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("refresh_tokens.id", ondelete="CASCADE"), index=True
    )
    token_sha256: Mapped[str] = mapped_column(unique=True)
    created_at: Mapped[CreatedAt]
    used_at: Mapped[datetime | None]

    __table_args__ = (is_sha256("token_sha256"),)


class SecondFactor(Base):
    """The secret that a person's authenticator shares with the product; one for each person."""

    __tablename__ = "second_factors"

    user_id: Mapped[UUID] = mapped_column(
        ForeignKey("users.id", ondelete="CASCADE"), primary_key=True
    )
    sealed_secret: Mapped[bytes]
    """Encrypted with a key that the database does not hold."""
    last_step: Mapped[int | None] = mapped_column(BigInteger)
    """Time step (30 seconds) of the newest code that was used: no older one counts any more."""
    created_at: Mapped[CreatedAt]


class RecoveryCode(Base):
    """Signs in once instead of an authenticator that was lost; only its hash is kept."""

    __tablename__ = "recovery_codes"

    code_sha256: Mapped[str] = mapped_column(primary_key=True)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    used_at: Mapped[datetime | None]

    __table_args__ = (is_sha256("code_sha256"),)


class SocketTicket(Base):
    """Lets a session open one WebSocket, once, within seconds."""

    __tablename__ = "socket_tickets"

    ticket_sha256: Mapped[str] = mapped_column(primary_key=True)
    session_id: Mapped[UUID] = mapped_column(
        ForeignKey("user_sessions.id", ondelete="CASCADE"), index=True
    )
    expires_at: Mapped[datetime] = mapped_column(index=True)

    __table_args__ = (is_sha256("ticket_sha256"),)
