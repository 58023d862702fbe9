"""Sign-ins: sessions, their refresh tokens and the tickets that open sockets."""

import hmac
import secrets
from base64 import urlsafe_b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import ColumnElement, and_, delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import AuditLog, RefreshToken, SocketTicket, User, UserSession
from db.session import Sessions, transaction

GRACE = timedelta(seconds=10)
"""Two tabs that refresh together are no theft: for so long both are given the same next token."""
TICKET_LIFE = timedelta(seconds=30)
NOTED = timedelta(minutes=1)
"""Use is written down this exactly, so that not every request writes."""
LONGEST_IDLE = timedelta(hours=8)
LONGEST_AGENT = 300
"""Characters that are kept of how a program describes itself."""


class RefreshRefused(RuntimeError):
    """The refresh token is unknown, expired, revoked, or was used before (its session is over)."""


@dataclass(frozen=True, slots=True)
class Refresh:
    """A refresh token as its owner receives it, once; only its hash is stored."""

    session_id: UUID
    user_id: UUID
    token: str
    expires_at: datetime


class SignIns:
    """Sessions, refresh tokens and socket tickets; a session without use for ``idle`` is over."""

    def __init__(self, sessions: Sessions, idle: timedelta = LONGEST_IDLE) -> None:
        self._sessions = sessions
        self._idle = idle

    async def open_session(
        self, user_id: UUID, life: timedelta, *, address: str = "", user_agent: str = ""
    ) -> Refresh:
        """Sign a user in. Refreshing never extends the session beyond ``life``.

        ``address`` and ``user_agent`` let the person recognize the session later.
        """
        async with transaction(self._sessions) as session:
            now = await moment(session)
            family = UserSession(
                id=uuid4(),
                user_id=user_id,
                created_at=now,
                last_used_at=now,
                expires_at=now + life,
                address=address,
                user_agent=user_agent[:LONGEST_AGENT],
            )
            session.add(family)
            await session.flush()
            token = secrets.token_urlsafe(32)
            session.add(RefreshToken(id=uuid4(), session_id=family.id, token_sha256=digest(token)))
            return Refresh(family.id, family.user_id, token, family.expires_at)

    async def refresh(self, token: str) -> Refresh:
        """Exchange a refresh token for the next one.

        A token that comes a second time was stolen, from its owner or by its owner's browser: the
        whole session ends. Raises RefreshRefused.
        """
        async with transaction(self._sessions) as session:
            issued = await _exchange(session, token, self._idle)
        # Raised only now: inside the transaction it would undo the revocation.
        if issued is None:
            raise RefreshRefused("sign in again")
        return issued

    async def signed_in(self, session_id: UUID, *, is_use: bool = True) -> User | None:
        """The active user of a session that is not over; ``None`` otherwise.

        What only waits, such as a socket, is no use of the session: it ends when idle for long.
        """
        query = (
            select(User, UserSession.last_used_at < func.now() - NOTED)
            .join(UserSession, UserSession.user_id == User.id)
            .where(UserSession.id == session_id, _is_open(self._idle), User.is_active)
        )
        async with self._sessions() as session:
            found = (await session.execute(query)).one_or_none()
        if found is None:
            return None
        user, is_to_be_noted = found
        if is_use and is_to_be_noted:
            async with transaction(self._sessions) as session:
                await session.execute(
                    update(UserSession)
                    .where(UserSession.id == session_id)
                    .values(last_used_at=func.now())
                )
        return user

    async def of_user(self, user_id: UUID) -> Sequence[UserSession]:
        """The open sessions of a user, the last used one first."""
        query = (
            select(UserSession)
            .where(UserSession.user_id == user_id, _is_open(self._idle))
            .order_by(UserSession.last_used_at.desc(), UserSession.id)
        )
        async with self._sessions() as session:
            return (await session.scalars(query)).all()

    async def end(
        self, user_id: UUID, by: UUID, *, only: UUID | None = None, but: UUID | None = None
    ) -> int:
        """End a user's open sessions, ``only`` one or all ``but`` one; returns how many ended."""
        which = UserSession.user_id == user_id
        if only is not None:
            which &= UserSession.id == only
        if but is not None:
            which &= UserSession.id != but
        async with transaction(self._sessions) as session:
            ended = await revoke(session, which & _is_open(self._idle), "ended by a person")
            if ended:
                session.add(account_entry("sessions_ended", user_id, by, {"count": ended}))
            return ended

    async def close_session(self, session_id: UUID, reason: str = "signed out") -> None:
        async with transaction(self._sessions) as session:
            await revoke(session, UserSession.id == session_id, reason)

    async def issue_ticket(self, session_id: UUID) -> str:
        """A secret that opens one WebSocket within thirty seconds."""
        ticket = secrets.token_urlsafe(32)
        async with transaction(self._sessions) as session:
            await session.execute(delete(SocketTicket).where(SocketTicket.expires_at < func.now()))
            now = await moment(session)
            session.add(
                SocketTicket(
                    ticket_sha256=digest(ticket),
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
                    SocketTicket.ticket_sha256 == digest(ticket),
                    SocketTicket.expires_at > func.now(),
                )
                .returning(SocketTicket.session_id)
            )


async def _exchange(session: AsyncSession, token: str, idle: timedelta) -> Refresh | None:
    """Use a token up and issue the next; ``None`` when it is refused, its session then revoked."""
    now = await moment(session)
    # One statement claims it, so of two callers at the same moment one wins.
    claimed = await session.scalar(
        update(RefreshToken)
        .where(
            RefreshToken.token_sha256 == digest(token),
            RefreshToken.used_at.is_(None),
            RefreshToken.session_id.in_(select(UserSession.id).where(_is_open(idle))),
        )
        .values(used_at=now)
        .returning(RefreshToken)
    )
    if claimed is not None:
        family = await session.get_one(UserSession, claimed.session_id)
        family.last_used_at = now
        child = uuid4()
        following = _following(token, child)
        session.add(
            RefreshToken(
                id=child,
                session_id=family.id,
                parent_id=claimed.id,
                token_sha256=digest(following),
            )
        )
        return Refresh(family.id, family.user_id, following, family.expires_at)
    seen = await session.scalar(
        select(RefreshToken).where(RefreshToken.token_sha256 == digest(token))
    )
    if seen is None or seen.used_at is None:
        return None
    family = await session.get_one(UserSession, seen.session_id)
    is_open = (
        family.revoked_at is None and family.expires_at > now and family.last_used_at > now - idle
    )
    if is_open and now - seen.used_at <= GRACE:
        child = await session.scalar(
            select(RefreshToken).where(
                RefreshToken.parent_id == seen.id, RefreshToken.used_at.is_(None)
            )
        )
        if child is not None:
            return Refresh(
                family.id, family.user_id, _following(token, child.id), family.expires_at
            )
    if is_open:
        await revoke(session, UserSession.id == family.id, "refresh token was used twice")
        session.add(
            account_entry("session_revoked", family.user_id, None, {"why": "token used twice"})
        )
    return None


def _following(token: str, child: UUID) -> str:
    """The token after ``token``: the same again for whoever shows that one again in time.

    So a session has one living chain. The row's id is told to nobody: a token alone does not tell
    the next one, and neither does the table.
    """
    secret = hmac.digest(token.encode(), child.bytes, sha256)
    return urlsafe_b64encode(secret).rstrip(b"=").decode()


def _is_open(idle: timedelta) -> ColumnElement[bool]:
    return and_(
        UserSession.revoked_at.is_(None),
        UserSession.expires_at > func.now(),
        UserSession.last_used_at > func.now() - idle,
    )


async def revoke(session: AsyncSession, which: ColumnElement[bool], reason: str) -> int:
    """End those sessions that are not ended yet; returns how many."""
    ended = await session.scalars(
        update(UserSession)
        .where(which, UserSession.revoked_at.is_(None))
        .values(revoked_at=func.now(), revoked_reason=reason)
        .returning(UserSession.id)
    )
    return len(ended.all())


async def moment(session: AsyncSession) -> datetime:
    """When the transaction began, by the clock of the database."""
    now: datetime = (await session.execute(select(func.now()))).scalar_one()
    return now


def digest(secret: str) -> str:
    """How a random secret is stored: in hexadecimal, found again by itself alone."""
    return sha256(secret.encode()).hexdigest()


def account_entry(
    action: str,
    user_id: UUID,
    by: UUID | None,
    after: dict[str, Any],
    before: dict[str, Any] | None = None,
) -> AuditLog:
    """What happened to an account, for the audit log; never with a secret in it."""
    return AuditLog(
        user_id=by,
        action=action,
        entity_type="user",
        entity_id=user_id,
        changes={"before": before, "after": after, "why": ""},
    )
