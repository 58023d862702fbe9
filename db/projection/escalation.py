"""Whom an overdue signature is escalated to: nobody signs instead, but somebody asks."""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import ProjectMember, User
from documents.vocabulary import Position

OF_THE_TEAM = (Position.CONTRACTING_OFFICER, Position.PROGRAM_MANAGER)
"""Told where the team has nobody above the holder, so that somebody knows."""


async def superior_of(
    session: AsyncSession, project_id: UUID, position: Position, holder: UUID
) -> tuple[User, Position] | None:
    """The nearest superior on the team other than the holder; ``None`` in a team of one."""
    members = await session.execute(
        select(ProjectMember.position, User)
        .join(User, User.id == ProjectMember.user_id)
        .where(
            ProjectMember.project_id == project_id,
            ProjectMember.user_id != holder,
            User.is_active,
        )
        .order_by(User.email.desc())
    )
    held = {position: user for position, user in members}
    for above in (*position.superiors, *OF_THE_TEAM):
        if above in held:
            return held[above], above
    return None
