"""Mail that waits to leave the house: one row per recipient, reason and slot."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from sqlalchemy import Select, func, select, true, update

from db.models import Notification, OutboxMessage, User
from db.session import Sessions, transaction

FIRST_PAUSE = timedelta(minutes=1)
ATTEMPTS = 12
"""After so many deliveries that failed, two days or more after it was written, mail is given up."""
KEPT_FOR = timedelta(days=7)
"""Older mail is not sent any more: it would be no news, and the product shows it anyway."""


@dataclass(frozen=True, slots=True)
class Mail:
    """What one person is to be told. ``link`` is a path of the front end."""

    id: UUID
    recipient: str
    subject: str
    message: str
    link: str | None
    written_at: datetime


class MailDelayed(RuntimeError):
    """This message was not taken now; it may be later."""


class MailRefused(RuntimeError):
    """This message will never be taken, however often it is offered."""


class Delivery(StrEnum):
    """How one attempt ended."""

    SENT = "sent"
    DELAYED = "delayed"
    REFUSED = "refused"


class Outbox:
    """Hands out what has to be sent, each message to one sender at a time."""

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions

    async def deliver_next(self, send: Callable[[Mail], Awaitable[None]]) -> Delivery | None:
        """Offer the oldest message that is due to ``send``; ``None`` when none is.

        ``send`` raises MailDelayed or MailRefused about the message itself. Any other error is
        passed on and leaves the message as it was. Messages of people who have left, or who want no
        mail any more, stay unsent.
        """
        async with transaction(self._sessions) as session:
            found = (await session.execute(_next_due())).one_or_none()
            if found is None:
                return None
            row, link = found
            mail = Mail(row.id, row.recipient, row.subject, row.message, link, row.created_at)
            # The row stays locked while it is sent. A crash after the server took it and before the
            # commit sends it again, under the same Message-ID.
            try:
                await send(mail)
            except MailDelayed:
                row.attempts += 1
                return Delivery.DELAYED
            except MailRefused:
                row.attempts = ATTEMPTS
                return Delivery.REFUSED
            now = await session.scalar(select(func.clock_timestamp()))
            row.attempts += 1
            row.sent_at = now
            await session.execute(
                update(Notification)
                .where(
                    Notification.key == row.slot,
                    Notification.user_id.in_(select(User.id).where(User.email == row.recipient)),
                )
                .values(sent_via_email=True, email_sent_at=now)
            )
            return Delivery.SENT


def _next_due() -> Select[OutboxMessage, str | None]:
    """The n-th repetition waits until the message is 2^n - 1 minutes old."""
    age = func.now() - OutboxMessage.created_at
    pause = FIRST_PAUSE * (func.power(2, OutboxMessage.attempts) - 1)
    return (
        select(OutboxMessage, Notification.link_url)
        .join(User, User.email == OutboxMessage.recipient)
        .outerjoin(
            Notification,
            (Notification.user_id == User.id) & (Notification.key == OutboxMessage.slot),
        )
        .where(
            OutboxMessage.sent_at.is_(None),
            OutboxMessage.attempts < ATTEMPTS,
            age >= pause,
            age < KEPT_FOR,
            User.is_active,
            func.coalesce(User.notification_preferences["email"].as_boolean(), true()),
        )
        .order_by(OutboxMessage.created_at, OutboxMessage.id)
        .limit(1)
        .with_for_update(of=OutboxMessage, skip_locked=True)
    )
