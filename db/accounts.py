"""Users and their sign-ins: what the API writes about people."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import delete, func, literal, select, tuple_, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import AuditLog, RefreshToken, SocketTicket, User, UserSession
from db.session import Sessions, transaction
from documents.vocabulary import Role

GRACE = timedelta(seconds=10)
"""Two tabs that refresh together are no theft: the token before may be shown again this long."""
TICKET_LIFE = timedelta(seconds=30)
FREE_FAILURES = 5
"""Wrong passwords before an account has to wait."""
LONGEST_WAIT = timedelta(minutes=15)


class EmailTaken(RuntimeError):
    """Another user has this e-mail address."""


class RefreshRefused(RuntimeError):
    """The refresh token is unknown, expired, revoked, or was used before (its session is over)."""


@dataclass(frozen=True, slots=True)
class Refresh:
    """A refresh token as its owner receives it, once; only its hash is stored."""

    session_id: UUID
    user_id: UUID
    token: str
    expires_at: datetime


class Accounts:
    """Users, sessions, refresh tokens and socket tickets. Every change is audited."""

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions

    async def by_email(self, email: str) -> User | None:
        async with self._sessions() as session:
            return await session.scalar(select(User).where(User.email == email.lower()))

    async def get(self, user_id: UUID) -> User | None:
        async with self._sessions() as session:
            return await session.get(User, user_id)

    async def list(
        self,
        role: Role | None = None,
        *,
        only_active: bool = True,
        after: tuple[str, str] | None = None,
        limit: int | None = None,
    ) -> tuple[User, ...]:
        """Users by name; ``after``: name and e-mail address of the one before the page."""
        query = select(User).order_by(User.name, User.email).limit(limit)
        if after is not None:
            name, email = after
            query = query.where(
                tuple_(User.name, User.email) > tuple_(literal(name), literal(email))
            )
        if role is not None:
            query = query.where(User.role == role)
        if only_active:
            query = query.where(User.is_active)
        async with self._sessions() as session:
            return tuple(await session.scalars(query))

    async def any_admin(self) -> bool:
        query = select(User.id).where(User.role == Role.ADMIN, User.is_active).limit(1)
        async with self._sessions() as session:
            return await session.scalar(query) is not None

    async def create(
        self,
        *,
        email: str,
        name: str,
        hashed_password: str,
        role: Role,
        department: str | None = None,
        is_active: bool = True,
        by: UUID | None = None,
    ) -> User:
        """Add a user; raises EmailTaken."""
        async with transaction(self._sessions) as session:
            key = await session.scalar(
                insert(User)
                .values(
                    id=uuid4(),
                    email=email.lower(),
                    name=name,
                    hashed_password=hashed_password,
                    role=role,
                    department=department,
                    is_active=is_active,
                )
                .on_conflict_do_nothing()
                .returning(User.id)
            )
            if key is None:
                raise EmailTaken(f"{email} has an account already")
            session.add(_audit("user_created", key, by, {"role": role, "active": is_active}))
            return await session.get_one(User, key)

    async def change(self, user_id: UUID, by: UUID | None, **values: Any) -> User | None:
        """Set columns of a user; a user who is deactivated or changes role is signed out."""
        async with transaction(self._sessions) as session:
            user = await session.get(User, user_id, with_for_update=True)
            if user is None:
                return None
            for name, value in values.items():
                setattr(user, name, value)
            if values.get("is_active") is False or "role" in values:
                await _revoke(session, UserSession.user_id == user_id, "account changed")
            told = {name: str(value) for name, value in values.items() if "password" not in name}
            session.add(_audit("user_changed", user_id, by, told))
            return user

    async def note_failure(self, user_id: UUID) -> datetime | None:
        """Count a wrong password; returns until when the account has to wait, if it has to.

        The wait doubles with every further failure, up to fifteen minutes.
        """
        async with transaction(self._sessions) as session:
            user = await session.get_one(User, user_id, with_for_update=True)
            now = await _now(session)
            user.failed_login_attempts += 1
            user.last_failed_login = now
            excess = user.failed_login_attempts - FREE_FAILURES
            if excess >= 0:
                wait = min(timedelta(seconds=2 ** min(excess, 12)), LONGEST_WAIT)
                user.locked_until = now + wait
            session.add(
                _audit("login_failed", user_id, None, {"count": user.failed_login_attempts})
            )
            return user.locked_until

    async def note_success(self, user_id: UUID, new_hash: str | None = None) -> None:
        """Forget earlier failures and store a stronger hash, if there is one."""
        async with transaction(self._sessions) as session:
            user = await session.get_one(User, user_id, with_for_update=True)
            user.failed_login_attempts, user.locked_until = 0, None
            user.hashed_password = new_hash or user.hashed_password
            session.add(_audit("login_success", user_id, user_id, {}))

    async def open_session(self, user_id: UUID, life: timedelta) -> Refresh:
        """Sign a user in. Refreshing never extends the session beyond ``life``."""
        async with transaction(self._sessions) as session:
            now = await _now(session)
            family = UserSession(id=uuid4(), user_id=user_id, created_at=now, expires_at=now + life)
            session.add(family)
            await session.flush()
            return await _issue(session, family, None)

    async def refresh(self, token: str) -> Refresh:
        """Exchange a refresh token for the next one.

        A token that comes a second time was stolen, from its owner or by its owner's browser: the
        whole session ends. Raises RefreshRefused.
        """
        async with transaction(self._sessions) as session:
            issued = await _exchange(session, _digest(token))
        # Raised only now: inside the transaction it would undo the revocation.
        if issued is None:
            raise RefreshRefused("sign in again")
        return issued

    async def signed_in(self, session_id: UUID) -> User | None:
        """The active user of a session that is not over; ``None`` otherwise."""
        query = (
            select(User)
            .join(UserSession, UserSession.user_id == User.id)
            .where(
                UserSession.id == session_id,
                UserSession.revoked_at.is_(None),
                UserSession.expires_at > func.now(),
                User.is_active,
            )
        )
        async with self._sessions() as session:
            return await session.scalar(query)

    async def close_session(self, session_id: UUID, reason: str = "signed out") -> None:
        async with transaction(self._sessions) as session:
            await _revoke(session, UserSession.id == session_id, reason)

    async def close_session_of(self, token: str) -> None:
        """End the session that a refresh token belongs to, if it does."""
        found = select(RefreshToken.session_id).where(RefreshToken.token_sha256 == _digest(token))
        async with transaction(self._sessions) as session:
            await _revoke(session, UserSession.id.in_(found), "signed out")

    async def issue_ticket(self, session_id: UUID) -> str:
        """A secret that opens one WebSocket within thirty seconds."""
        ticket = secrets.token_urlsafe(32)
        async with transaction(self._sessions) as session:
            await session.execute(delete(SocketTicket).where(SocketTicket.expires_at < func.now()))
            now = await _now(session)
            session.add(
                SocketTicket(
                    ticket_sha256=_digest(ticket),
                    session_id=session_id,
                    expires_at=now + TICKET_LIFE,
                )
            )
        return ticket

    async def claim_ticket(self, ticket: str) -> UUID | None:
        """Use up a ticket; returns its session, or ``None`` when it is unknown, used or late."""
        async with transaction(self._sessions) as session:
            return await session.scalar(
                delete(SocketTicket)
                .where(
                    SocketTicket.ticket_sha256 == _digest(ticket),
                    SocketTicket.expires_at > func.now(),
                )
                .returning(SocketTicket.session_id)
            )


async def _exchange(session: AsyncSession, digest: str) -> Refresh | None:
    """Use a token up and issue the next; ``None`` when it is refused, its session then revoked."""
    now = await _now(session)
    # One statement claims it, so of two callers at the same moment one wins.
    claimed = await session.scalar(
        update(RefreshToken)
        .where(
            RefreshToken.token_sha256 == digest,
            RefreshToken.used_at.is_(None),
            RefreshToken.session_id.in_(
                select(UserSession.id).where(
                    UserSession.revoked_at.is_(None), UserSession.expires_at > now
                )
            ),
        )
        .values(used_at=now)
        .returning(RefreshToken)
    )
    if claimed is not None:
        family = await session.get_one(UserSession, claimed.session_id)
        return await _issue(session, family, claimed.id)
    seen = await session.scalar(select(RefreshToken).where(RefreshToken.token_sha256 == digest))
    if seen is None or seen.used_at is None:
        return None
    family = await session.get_one(UserSession, seen.session_id)
    is_open = family.revoked_at is None and family.expires_at > now
    if is_open and now - seen.used_at <= GRACE and await _child_is_unused(session, seen):
        return await _issue(session, family, seen.id)
    if is_open:
        await _revoke(session, UserSession.id == family.id, "refresh token was used twice")
        session.add(_audit("session_revoked", family.user_id, None, {"why": "token used twice"}))
    return None


async def _child_is_unused(session: AsyncSession, parent: RefreshToken) -> bool:
    used = await session.scalar(
        select(RefreshToken.id)
        .where(RefreshToken.parent_id == parent.id, RefreshToken.used_at.is_not(None))
        .limit(1)
    )
    return used is None


async def _issue(session: AsyncSession, family: UserSession, parent: UUID | None) -> Refresh:
    token = secrets.token_urlsafe(32)
    session.add(
        RefreshToken(
            id=uuid4(), session_id=family.id, parent_id=parent, token_sha256=_digest(token)
        )
    )
    await session.flush()
    return Refresh(family.id, family.user_id, token, family.expires_at)


async def _revoke(session: AsyncSession, which: Any, reason: str) -> None:
    await session.execute(
        update(UserSession)
        .where(which, UserSession.revoked_at.is_(None))
        .values(revoked_at=func.now(), revoked_reason=reason)
    )


async def _now(session: AsyncSession) -> datetime:
    now: datetime = (await session.execute(select(func.now()))).scalar_one()
    return now


def _digest(secret: str) -> str:
    return sha256(secret.encode()).hexdigest()


def _audit(action: str, user_id: UUID, by: UUID | None, after: dict[str, Any]) -> AuditLog:
    return AuditLog(
        user_id=by,
        action=action,
        entity_type="user",
        entity_id=user_id,
        changes={"before": None, "after": after, "why": ""},
    )
