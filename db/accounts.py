"""Users: what the API writes about people."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import func, literal, select, tuple_, update
from sqlalchemy.dialects.postgresql import insert

from db.models import User, UserSession
from db.session import Sessions, transaction
from db.sign_ins import account_entry, moment, revoke
from documents.vocabulary import Role

FREE_FAILURES = 5
"""Wrong passwords before an account has to wait."""
LONGEST_WAIT = timedelta(minutes=15)
ONE_TIME_LIFE = timedelta(hours=24)


class EmailTaken(RuntimeError):
    """Another user has this e-mail address."""


class Accounts:
    """Users. Every change is audited."""

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
            session.add(account_entry("user_created", key, by, {"role": role, "active": is_active}))
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
                await revoke(session, UserSession.user_id == user_id, "account changed")
            told = {name: str(value) for name, value in values.items() if "password" not in name}
            session.add(account_entry("user_changed", user_id, by, told))
            return user

    async def note_failure(self, user_id: UUID) -> datetime | None:
        """Count a wrong password; returns until when the account has to wait, if it has to.

        The wait doubles with every further failure, up to fifteen minutes.
        """
        async with transaction(self._sessions) as session:
            user = await session.get_one(User, user_id, with_for_update=True)
            now = await moment(session)
            user.failed_login_attempts += 1
            user.last_failed_login = now
            excess = user.failed_login_attempts - FREE_FAILURES
            if excess >= 0:
                wait = min(timedelta(seconds=2 ** min(excess, 12)), LONGEST_WAIT)
                user.locked_until = now + wait
            session.add(
                account_entry("login_failed", user_id, None, {"count": user.failed_login_attempts})
            )
            return user.locked_until

    async def note_success(self, user_id: UUID, new_hash: str | None = None) -> None:
        """Forget earlier failures and store a stronger hash, if there is one."""
        async with transaction(self._sessions) as session:
            user = await session.get_one(User, user_id, with_for_update=True)
            user.failed_login_attempts, user.locked_until = 0, None
            user.hashed_password = new_hash or user.hashed_password
            session.add(account_entry("login_success", user_id, user_id, {}))

    async def change_password(self, user_id: UUID, hashed: str, keep_session: UUID) -> int:
        """Store the hash of a password that its owner chose; returns how many sessions it ended.

        Every session but the one that asked ends: whoever knew the old password is out.
        """
        async with transaction(self._sessions) as session:
            user = await session.get_one(User, user_id, with_for_update=True)
            user.hashed_password, user.one_time_until = hashed, None
            user.failed_login_attempts, user.locked_until = 0, None
            others = (UserSession.user_id == user_id) & (UserSession.id != keep_session)
            ended = await revoke(session, others, "password changed")
            entry = {"sessions_ended": ended}
            session.add(account_entry("password_changed", user_id, user_id, entry))
            return ended

    async def give_one_time_password(self, user_id: UUID, hashed: str, by: UUID) -> User | None:
        """Replace a password by one that signs in once, within a day; ``None``: nobody has this id.

        The person is signed out everywhere, and a lock is lifted. A second factor stays.
        """
        async with transaction(self._sessions) as session:
            user = await session.get(User, user_id, with_for_update=True)
            if user is None:
                return None
            user.hashed_password = hashed
            until = await moment(session) + ONE_TIME_LIFE
            user.one_time_until = until
            user.failed_login_attempts, user.locked_until = 0, None
            await revoke(session, UserSession.user_id == user_id, "password reset")
            entry = {"until": until.isoformat()}
            session.add(account_entry("one_time_password_given", user_id, by, entry))
            return user

    async def use_one_time_password(self, user_id: UUID) -> bool:
        """Use the one-time password up; False when it was used before or is too old.

        The person still has to give it once more, as the present password, to choose another.
        """
        async with transaction(self._sessions) as session:
            # One statement, so of two callers at the same moment one wins.
            used = await session.scalar(
                update(User)
                .where(User.id == user_id, User.one_time_until > func.now())
                .values(one_time_until=func.now())
                .returning(User.id)
            )
            return used is not None

    async def unlock(self, user_id: UUID, by: UUID) -> User | None:
        """Forget the failures of an account; ``None``: nobody has this id."""
        async with transaction(self._sessions) as session:
            user = await session.get(User, user_id, with_for_update=True)
            if user is None:
                return None
            before = {"failed_login_attempts": user.failed_login_attempts}
            user.failed_login_attempts, user.locked_until = 0, None
            after = {"failed_login_attempts": 0}
            session.add(account_entry("account_unlocked", user_id, by, after, before))
            return user

    async def prefer(self, user_id: UUID, preferences: Mapping[str, Any]) -> User:
        """Change those of a user's preferences about notices that are named."""
        async with transaction(self._sessions) as session:
            user = await session.get_one(User, user_id, with_for_update=True)
            before = user.notification_preferences
            user.notification_preferences = {**before, **preferences}
            after = user.notification_preferences
            session.add(account_entry("preferences_changed", user_id, user_id, after, before))
            return user
