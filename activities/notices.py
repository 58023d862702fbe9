"""Messages that leave the house: the outbox is emptied into the mail server."""

from __future__ import annotations

import time
from collections import Counter
from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict
from temporalio import activity

from activities.heartbeat import heartbeats

if TYPE_CHECKING:
    from activities.mail import Mailer
    from db.outbox import Outbox

PASS_SECONDS = 45


class MailReport(BaseModel):
    """How the messages of one pass fared."""

    model_config = ConfigDict(frozen=True)

    sent: int = 0
    delayed: int = 0
    refused: int = 0
    more: bool = False
    """Whether the pass ended before the outbox was empty."""


class NoticeActivities:
    """Sends what is due. ``mailer`` is ``None`` without mail settings: then messages wait."""

    def __init__(self, outbox: Outbox, mailer: Mailer | None) -> None:
        self._outbox = outbox
        self._mailer = mailer

    @activity.defn
    async def send_mail(self) -> MailReport:
        """Send for up to PASS_SECONDS; raises MailServerUnavailable, which is worth a retry."""
        if self._mailer is None:
            return MailReport()
        counted: Counter[str] = Counter()
        ends = time.monotonic() + PASS_SECONDS
        async with heartbeats(), self._mailer.connection() as send:
            while time.monotonic() < ends:
                delivery = await self._outbox.deliver_next(send)
                if delivery is None:
                    return _report(counted)
                counted[delivery] += 1
        return _report(counted, more=True)


def _report(counted: Counter[str], *, more: bool = False) -> MailReport:
    return MailReport(
        sent=counted["sent"], delayed=counted["delayed"], refused=counted["refused"], more=more
    )
