"""Counts attempts and remembers answers, for all processes of the API together."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, DateTime, case, delete, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import AttemptCount, IdempotentRequest
from db.session import Sessions, transaction

FREE_FAILURES = 5
"""Wrong passwords for an account before it has to wait."""
FIRST_WAIT = timedelta(seconds=1)
LONGEST_WAIT = timedelta(minutes=15)
"""Between two attempts at an account; after as long without any, the count starts again."""
WINDOW = timedelta(minutes=1)
"""Of the limits by address."""
KEPT = timedelta(hours=24)
"""How long an answer is remembered."""
RENEWED = timedelta(seconds=2)
"""Whoever works on a request says so this often."""
ABANDONED = timedelta(seconds=10)
"""After so long without a word, whoever worked on a request has died."""


class Attempts:
    """Counts attempts before they are made, so that many at once do not slip through together."""

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions

    async def by_source(self, what: str, source: str, limit: int) -> timedelta | None:
        """Count an attempt of an address or a person.

        Returns how long to wait when there are more than ``limit`` a minute.
        An attempt that was right is given back with ``forgive``.
        """
        begins = insert(AttemptCount).values(key=_source(what, source), count=1, since=_clock())
        over = AttemptCount.since < _clock() - WINDOW
        counted = begins.on_conflict_do_update(
            index_elements=[AttemptCount.key],
            set_={
                "count": case((over, 1), else_=AttemptCount.count + 1),
                "since": case((over, _clock()), else_=AttemptCount.since),
            },
        ).returning(AttemptCount.count, AttemptCount.since + WINDOW - _clock())
        async with transaction(self._sessions) as session:
            count, left = (await session.execute(counted)).one()
        return left if count > limit else None

    async def forgive(self, what: str, source: str) -> None:
        """Take one attempt back: only those that fail count."""
        async with transaction(self._sessions) as session:
            await session.execute(
                update(AttemptCount)
                .where(AttemptCount.key == _source(what, source), AttemptCount.count > 0)
                .values(count=AttemptCount.count - 1)
            )

    async def at_account(self, email: str) -> timedelta | None:
        """Count an attempt to sign in; returns how long this account has to wait, if it has to.

        The wait doubles with every attempt after the fifth, up to fifteen minutes. Addresses
        without an account are counted alike, so the answer does not tell who has one.
        """
        async with transaction(self._sessions) as session:
            row, now = await _locked(session, email)
            if row.blocked_until is not None and row.blocked_until > now:
                return row.blocked_until - now
            row.count = 1 if now - row.since > LONGEST_WAIT else row.count + 1
            row.since, row.blocked_until = now, _until(row.count, now)
        return None

    async def failed(self, email: str) -> None:
        """The wait starts when a password turned out to be wrong, not when it was sent."""
        async with transaction(self._sessions) as session:
            row, now = await _locked(session, email)
            row.blocked_until = _until(row.count, now)

    async def forgive_account(self, email: str) -> None:
        """Take one attempt back: it was right, but proves less than a whole sign-in."""
        async with transaction(self._sessions) as session:
            await session.execute(
                update(AttemptCount)
                .where(AttemptCount.key == _account(email), AttemptCount.count > 0)
                .values(count=AttemptCount.count - 1, blocked_until=None)
            )

    async def succeeded(self, email: str) -> None:
        """Forget the failures of an account."""
        async with transaction(self._sessions) as session:
            await session.execute(delete(AttemptCount).where(AttemptCount.key == _account(email)))
            stale = AttemptCount.since < _clock() - timedelta(days=1)
            await session.execute(delete(AttemptCount).where(stale))


async def _locked(session: AsyncSession, email: str) -> tuple[AttemptCount, datetime]:
    """The account's row, held until the transaction ends, and the time after the wait for it."""
    key = _account(email)
    fresh = insert(AttemptCount).values(key=key, count=0, since=_clock())
    await session.execute(fresh.on_conflict_do_nothing())
    row = await session.get_one(AttemptCount, key, with_for_update=True)
    now: datetime = (await session.execute(select(_clock()))).scalar_one()
    return row, now


def _until(count: int, now: datetime) -> datetime | None:
    if count < FREE_FAILURES:
        return None
    return now + min(FIRST_WAIT * 2 ** min(count - FREE_FAILURES, 12), LONGEST_WAIT)


def _clock() -> ColumnElement[datetime]:
    return func.clock_timestamp(type_=DateTime(timezone=True))


def _source(what: str, source: str) -> str:
    return f"{what}/source/{source}"


def _account(email: str) -> str:
    return f"login/account/{email.lower()}"


@dataclass(frozen=True, slots=True)
class Answer:
    """What a request was answered the first time."""

    status: int
    content_type: str
    body: bytes


class KeyReused(RuntimeError):
    """The key belongs to another request of the same person."""


class StillWorking(RuntimeError):
    """The request with this key is being worked on."""


class KeyedRequests:
    """Lets a request with a key happen once, and remembers its answer for a day."""

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions

    async def claim(self, user_id: UUID, key: str, fingerprint: str) -> Answer | None:
        """``None``: the request is the caller's to carry out. Otherwise its answer.

        Raises:
            KeyReused: the key belongs to another request.
            StillWorking: somebody else has claimed it and not answered yet.
        """
        claims = insert(IdempotentRequest).values(
            user_id=user_id, key=key, fingerprint=fingerprint, claimed_at=_clock()
        )
        died = IdempotentRequest.status.is_(None) & (
            IdempotentRequest.claimed_at < _clock() - ABANDONED
        )
        expired = IdempotentRequest.created_at < _clock() - KEPT
        claimed = claims.on_conflict_do_update(
            index_elements=[IdempotentRequest.user_id, IdempotentRequest.key],
            set_={
                "fingerprint": fingerprint,
                "claimed_at": _clock(),
                "created_at": _clock(),
                "status": None,
                "body": None,
            },
            where=or_(expired, died & (IdempotentRequest.fingerprint == fingerprint)),
        ).returning(IdempotentRequest.key)
        async with transaction(self._sessions) as session:
            if await session.scalar(claimed) is not None:
                return None
            found = await session.get(IdempotentRequest, (user_id, key))
        if found is None:
            raise StillWorking(key)  # given back at this very moment: to be tried again
        if found.fingerprint != fingerprint:
            raise KeyReused(key)
        if found.status is None:
            raise StillWorking(key)
        return Answer(found.status, found.content_type, found.body or b"")

    async def renew(self, user_id: UUID, key: str) -> None:
        """Say that the request is still being worked on."""
        async with transaction(self._sessions) as session:
            await session.execute(
                update(IdempotentRequest)
                .where(
                    IdempotentRequest.user_id == user_id,
                    IdempotentRequest.key == key,
                    IdempotentRequest.status.is_(None),
                )
                .values(claimed_at=_clock())
            )

    async def answer(self, user_id: UUID, key: str, answer: Answer) -> None:
        async with transaction(self._sessions) as session:
            await session.execute(
                update(IdempotentRequest)
                .where(IdempotentRequest.user_id == user_id, IdempotentRequest.key == key)
                .values(status=answer.status, content_type=answer.content_type, body=answer.body)
            )
            old = IdempotentRequest.created_at < _clock() - KEPT
            await session.execute(delete(IdempotentRequest).where(old))

    async def release(self, user_id: UUID, key: str) -> None:
        """Nothing was done: the same key may try again."""
        async with transaction(self._sessions) as session:
            await session.execute(
                delete(IdempotentRequest).where(
                    IdempotentRequest.user_id == user_id,
                    IdempotentRequest.key == key,
                    IdempotentRequest.status.is_(None),
                )
            )
