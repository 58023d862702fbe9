"""Notifications of a user and the audit log, as the API shows them."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import DateTime, Uuid, delete, func, literal, select, tuple_, update

from db.models import AuditLog, Notification
from db.session import Sessions, transaction


class NoticeQueries:
    """Notifications belong to one user: nobody reads or changes another's."""

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions

    async def of_user(
        self,
        user_id: UUID,
        *,
        unread_only: bool = False,
        after: tuple[datetime, UUID] | None = None,
        limit: int = 50,
    ) -> tuple[Notification, ...]:
        """The newest first; ``after``: time and id of the one before the page."""
        query = (
            select(Notification)
            .where(Notification.user_id == user_id)
            .order_by(Notification.created_at.desc(), Notification.id.desc())
            .limit(limit)
        )
        if after is not None:
            created_at, key = after
            query = query.where(
                tuple_(Notification.created_at, Notification.id)
                < tuple_(literal(created_at, DateTime(timezone=True)), literal(key, Uuid()))
            )
        if unread_only:
            query = query.where(~Notification.is_read)
        async with self._sessions() as session:
            return tuple(await session.scalars(query))

    async def mark_read(self, user_id: UUID, notification_id: UUID | None = None) -> int:
        """Mark one, or (``None``) all, as read; returns how many of the user's were meant."""
        statement = update(Notification).where(Notification.user_id == user_id)
        if notification_id is not None:
            statement = statement.where(Notification.id == notification_id)
        async with transaction(self._sessions) as session:
            marked = await session.scalars(
                statement.values(is_read=True).returning(Notification.id)
            )
            return len(marked.all())

    async def remove(self, user_id: UUID, notification_id: UUID) -> bool:
        """Delete one of the user's notifications; False when there is no such one."""
        statement = (
            delete(Notification)
            .where(Notification.user_id == user_id, Notification.id == notification_id)
            .returning(Notification.id)
        )
        async with transaction(self._sessions) as session:
            return await session.scalar(statement) is not None

    async def audit_log(
        self,
        *,
        project_id: UUID | None = None,
        action: str | None = None,
        entity_type: str | None = None,
        user_id: UUID | None = None,
        limit: int = 100,
        offset: int = 0,
    ) -> tuple[int, tuple[AuditLog, ...]]:
        """How many entries match, and one page of them, the newest first."""
        query = select(AuditLog)
        if project_id is not None:
            query = query.where(AuditLog.project_id == project_id)
        if action is not None:
            query = query.where(AuditLog.action == action)
        if entity_type is not None:
            query = query.where(AuditLog.entity_type == entity_type)
        if user_id is not None:
            query = query.where(AuditLog.user_id == user_id)
        page = query.order_by(AuditLog.created_at.desc(), AuditLog.id).limit(limit).offset(offset)
        async with self._sessions() as session:
            total = await session.scalar(select(func.count()).select_from(query.subquery()))
            return total or 0, tuple(await session.scalars(page))
