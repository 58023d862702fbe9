"""One transaction on one project: state, audit, notices and event, all of it or nothing."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self
from uuid import UUID, uuid5

from sqlalchemy import DateTime, func, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import (
    AuditLog,
    Notification,
    OutboxMessage,
    ProgressEvent,
    ProjectRecord,
    RecordedKind,
    User,
)

CHANNEL = "progress"
"""Where the database announces ``<project id>:<event id>`` of every committed event."""


class EntryRefused(RuntimeError):
    """The entry can never be written, however often it is tried; a subclass says why."""


class UnknownPerson(EntryRefused):
    """The plan or an entry names an e-mail address that belongs to no user."""

    def __init__(self, emails: Iterable[str]) -> None:
        self.emails = tuple(sorted(emails))
        super().__init__(f"no user has the e-mail address {', '.join(self.emails)}: add them first")


class AlreadyDecided(EntryRefused):
    """The signature or gate carries another decision than the one to be written."""


class DifferentContent(EntryRefused):
    """A decision carries the hash of other content than the signature was asked for."""


class DrafterCannotApprove(EntryRefused):
    """The person who is to sign a version has drafted it."""


class PhaseClosed(EntryRefused):
    """A revised package would change the documents of a phase that has passed its gate."""


class UnstorableEntry(EntryRefused):
    """The entry holds a value that no column takes, such as a NUL character in a text."""


class PackageChanged(EntryRefused):
    """The package was revised, and the workflow that writes does not know of it yet."""


@dataclass(frozen=True, slots=True)
class Event:
    """What watchers of the project receive: exactly the message of the WebSocket."""

    type: str
    payload: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Notice:
    """A message to one person. ``key`` makes it unique for that person, however often it is told.

    ``link`` is a path of the front end.
    """

    key: str
    type: str
    title: str
    message: str
    link: str


class Writing:
    """Holds the project's lock until the transaction ends, so events commit in order of id."""

    def __init__(self, session: AsyncSession, project_id: UUID, now: datetime) -> None:
        self.session = session
        self.project_id = project_id
        self.now = now
        """The transaction's time by the database's clock; UTC."""

    @classmethod
    async def begin(cls, session: AsyncSession, project_id: UUID) -> Self:
        """Wait for the project's lock in a transaction that has just begun."""
        await session.execute(
            text("SELECT pg_advisory_xact_lock(hashtextextended(:project, 0))"),
            {"project": str(project_id)},
        )
        # The clock is read after the wait: `now()` would be the time at which waiting began.
        return cls(session, project_id, await cls.clock(session))

    @staticmethod
    async def clock(session: AsyncSession) -> datetime:
        """The time by the database's clock, at this moment; UTC."""
        now = await session.execute(select(func.clock_timestamp(type_=DateTime(timezone=True))))
        return now.scalar_one()

    async def was_published(self, workflow_id: str, key: str) -> bool:
        found = await self.session.scalar(
            select(ProgressEvent.id).where(
                ProgressEvent.workflow_id == workflow_id, ProgressEvent.key == key
            )
        )
        return found is not None

    async def publish(self, workflow_id: str, key: str, event: Event) -> None:
        """Add an event to the project's feed; watchers wake when the transaction commits."""
        event_id = await self.session.scalar(
            insert(ProgressEvent)
            .values(
                project_id=self.project_id,
                workflow_id=workflow_id,
                key=key,
                type=event.type,
                payload={"type": event.type, **event.payload},
            )
            .returning(ProgressEvent.id)
        )
        await self.session.execute(
            text("SELECT pg_notify(:channel, :payload)"),
            {"channel": CHANNEL, "payload": f"{self.project_id}:{event_id}"},
        )

    async def facts_in_force(self) -> ProjectRecord | None:
        """The requirements package that counts."""
        return await self.session.scalar(
            select(ProjectRecord)
            .where(
                ProjectRecord.project_id == self.project_id,
                ProjectRecord.kind == RecordedKind.FACTS,
            )
            .order_by(ProjectRecord.recorded_at.desc())
            .limit(1)
            .execution_options(populate_existing=True)
        )

    async def people(self, emails: Iterable[str]) -> dict[str, User]:
        """Users by the e-mail address as given; raises UnknownPerson when one is missing."""
        wanted = {email: email.lower() for email in emails}
        rows = await self.session.scalars(select(User).where(User.email.in_(wanted.values())))
        found = {user.email: user for user in rows}
        missing = [email for email, stored in wanted.items() if stored not in found]
        if missing:
            raise UnknownPerson(missing)
        return {email: found[stored] for email, stored in wanted.items()}

    async def person(self, email: str) -> User:
        return (await self.people([email]))[email]

    async def person_id(self, email: str) -> UUID | None:
        """The user's id; ``None`` when the actor is the product itself."""
        return await self.session.scalar(select(User.id).where(User.email == email.lower()))

    async def audit(
        self,
        action: str,
        entity: tuple[str, UUID],
        *,
        by: UUID | None,
        before: Mapping[str, Any] | None = None,
        after: Mapping[str, Any] | None = None,
        why: str = "",
    ) -> None:
        """Write who (``None``: the product) did what to which entity, and from what to what."""
        entity_type, entity_id = entity
        await self.session.execute(
            insert(AuditLog).values(
                user_id=by,
                project_id=self.project_id,
                action=action,
                entity_type=entity_type,
                entity_id=entity_id,
                changes={"before": before, "after": after, "why": why},
            )
        )

    async def tell(self, person: User, notice: Notice) -> bool:
        """Notify once, in the ways the person wants; says whether it was the first time."""
        wanted = person.notification_preferences
        shown = wanted.get("in_app", True) and await self._show(person, notice)
        mailed = wanted.get("email", True) and await self._mail(person, notice)
        return shown or mailed

    async def _show(self, person: User, notice: Notice) -> bool:
        added = await self.session.scalar(
            insert(Notification)
            .values(
                id=uuid5(person.id, notice.key),
                user_id=person.id,
                project_id=self.project_id,
                key=notice.key,
                notification_type=notice.type,
                title=notice.title,
                message=notice.message,
                data={"project_id": str(self.project_id)},
                link_url=notice.link,
            )
            .on_conflict_do_nothing()
            .returning(Notification.id)
        )
        return added is not None

    async def _mail(self, person: User, notice: Notice) -> bool:
        """Queue a mail; the notification says that it was sent only once it was (db/outbox.py)."""
        queued = await self.session.scalar(
            insert(OutboxMessage)
            .values(
                id=uuid5(person.id, f"mail/{notice.key}"),
                recipient=person.email,
                reason=notice.type,
                slot=notice.key,
                subject=notice.title,
                message=notice.message,
            )
            .on_conflict_do_nothing()
            .returning(OutboxMessage.id)
        )
        return queued is not None
