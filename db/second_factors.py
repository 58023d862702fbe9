"""Second factors of sign-ins: sealed secrets, used codes and recovery codes."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from sqlalchemy import delete, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import RecoveryCode, SecondFactor, User, UserSession
from db.session import Sessions, transaction
from db.sign_ins import account_entry, digest, revoke


class FactorPresent(RuntimeError):
    """The person has a confirmed second factor already."""


class SecondFactors:
    """What the product keeps of a person's second factor. Every change is audited."""

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions

    async def begin(self, user_id: UUID, sealed_secret: bytes) -> None:
        """Keep a secret until it is confirmed; an unconfirmed one before it is forgotten.

        Raises FactorPresent when there is a confirmed one.
        """
        async with transaction(self._sessions) as session:
            user = await session.get_one(User, user_id, with_for_update=True)
            if user.second_factor_at is not None:
                raise FactorPresent(user.email)
            values: dict[str, Any] = {"sealed_secret": sealed_secret, "last_step": None}
            await session.execute(
                insert(SecondFactor)
                .values(user_id=user_id, **values)
                .on_conflict_do_update(index_elements=[SecondFactor.user_id], set_=values)
            )

    async def sealed_secret(self, user_id: UUID) -> bytes | None:
        """The secret, confirmed or not; ``None`` when none was begun."""
        query = select(SecondFactor.sealed_secret).where(SecondFactor.user_id == user_id)
        async with self._sessions() as session:
            return await session.scalar(query)

    async def use_step(self, user_id: UUID, step: int) -> bool:
        """Use up the code of a time step; False when it, or a newer one, was used before."""
        async with transaction(self._sessions) as session:
            return await _use_step(session, user_id, step)

    async def confirm(
        self, user_id: UUID, step: int, codes: Iterable[str], keep_session: UUID
    ) -> bool:
        """Turn the second factor on; False when the code of that step was used before.

        Other sessions end: they were opened without it. Raises FactorPresent when it is on.
        """
        async with transaction(self._sessions) as session:
            user = await session.get_one(User, user_id, with_for_update=True)
            if user.second_factor_at is not None:
                raise FactorPresent(user.email)
            if not await _use_step(session, user_id, step):
                return False
            user.second_factor_at = func.now()
            await _replace(session, user_id, codes)
            others = (UserSession.user_id == user_id) & (UserSession.id != keep_session)
            await revoke(session, others, "second factor added")
            session.add(account_entry("second_factor_added", user_id, user_id, {}))
            return True

    async def use_recovery_code(self, user_id: UUID, code: str) -> bool:
        """Use up a recovery code; False when it is not one of this person's unused ones."""
        async with transaction(self._sessions) as session:
            # One statement, so of two callers at the same moment one wins.
            used = await session.scalar(
                update(RecoveryCode)
                .where(
                    RecoveryCode.code_sha256 == digest(code),
                    RecoveryCode.user_id == user_id,
                    RecoveryCode.used_at.is_(None),
                )
                .values(used_at=func.now())
                .returning(RecoveryCode.user_id)
            )
            if used is not None:
                session.add(account_entry("recovery_code_used", user_id, user_id, {}))
            return used is not None

    async def recovery_codes_left(self, user_id: UUID) -> int:
        query = select(func.count()).where(
            RecoveryCode.user_id == user_id, RecoveryCode.used_at.is_(None)
        )
        async with self._sessions() as session:
            return await session.scalar(query) or 0

    async def replace_recovery_codes(self, user_id: UUID, codes: Iterable[str]) -> None:
        """The codes before these count no longer."""
        async with transaction(self._sessions) as session:
            await _replace(session, user_id, codes)
            session.add(account_entry("recovery_codes_replaced", user_id, user_id, {}))

    async def remove(
        self, user_id: UUID, by: UUID, *, keep_session: UUID | None = None
    ) -> User | None:
        """Turn the second factor off, and end the sessions but one; ``None``: nobody has this id.

        A secret that was never confirmed is forgotten as well.
        """
        async with transaction(self._sessions) as session:
            user = await session.get(User, user_id, with_for_update=True)
            if user is None:
                return None
            before = {"second_factor": user.second_factor_at is not None}
            user.second_factor_at = None
            for table in (SecondFactor, RecoveryCode):
                await session.execute(delete(table).where(table.user_id == user_id))
            which = UserSession.user_id == user_id
            if keep_session is not None:
                which &= UserSession.id != keep_session
            await revoke(session, which, "second factor removed")
            after = {"second_factor": False}
            session.add(account_entry("second_factor_removed", user_id, by, after, before))
            return user


async def _use_step(session: AsyncSession, user_id: UUID, step: int) -> bool:
    # One statement, so of two callers with the same code one wins.
    used = await session.scalar(
        update(SecondFactor)
        .where(
            SecondFactor.user_id == user_id,
            or_(SecondFactor.last_step.is_(None), SecondFactor.last_step < step),
        )
        .values(last_step=step)
        .returning(SecondFactor.user_id)
    )
    return used is not None


async def _replace(session: AsyncSession, user_id: UUID, codes: Iterable[str]) -> None:
    await session.execute(delete(RecoveryCode).where(RecoveryCode.user_id == user_id))
    session.add_all(RecoveryCode(code_sha256=digest(code), user_id=user_id) for code in codes)
