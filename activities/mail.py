"""Mail over SMTP: what a message looks like, and what the server's answers mean."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime, parseaddr

import structlog
from aiosmtplib import (
    SMTP,
    SMTPAuthenticationError,
    SMTPException,
    SMTPNotSupported,
    SMTPRecipientsRefused,
    SMTPResponseException,
    SMTPSenderRefused,
)

from db.outbox import Mail, MailDelayed, MailRefused

ANSWER_SECONDS = 10
LONGEST_SUBJECT = 200
FOOTER = "Procureflow sent this because your notification preferences ask for e-mail."

Send = Callable[[Mail], Awaitable[None]]


class MailServerUnavailable(RuntimeError):
    """The server cannot be used at all: it is away, or refuses our sign-in or sender address."""


@dataclass(frozen=True, slots=True)
class MailServer:
    """Where mail is handed over, as whom, and what its links point at."""

    host: str
    port: int
    sender: str
    """``Name <address>`` or an address."""
    tls: bool = False
    """Encrypted from the first byte."""
    start_tls: bool = False
    """Encrypted before anything is said; a server that cannot is not used."""
    username: str | None = None
    password: str | None = None
    front_end_url: str | None = None


class Mailer:
    """Hands mail to one server."""

    def __init__(self, server: MailServer) -> None:
        self.server = server
        self._log = structlog.get_logger("mail")

    @asynccontextmanager
    async def connection(self) -> AsyncGenerator[Send]:
        """A signed-in connection for some messages; raises MailServerUnavailable."""
        server = self.server
        client = SMTP(
            hostname=server.host,
            port=server.port,
            username=server.username,
            password=server.password,
            use_tls=server.tls,
            start_tls=server.start_tls,
            timeout=ANSWER_SECONDS,
        )
        try:
            await client.connect()
        except (SMTPException, OSError) as error:
            raise self._unavailable(error) from error

        async def send(mail: Mail) -> None:
            try:
                await self._send(client, mail)
            except (MailDelayed, MailRefused) as error:
                self._log.warning("mail not taken", mail=str(mail.id), reason=repr(error))
                raise

        try:
            yield send
        finally:
            client.close()

    async def _send(self, client: SMTP, mail: Mail) -> None:
        if not client.is_connected:
            raise self._unavailable("the connection was lost")
        try:
            message = compose(mail, self.server)
        except ValueError as error:
            raise MailRefused(f"no message can be made for {mail.id}: {error}") from error
        try:
            await client.send_message(message, recipients=[mail.recipient])
        except (SMTPSenderRefused, SMTPAuthenticationError) as error:
            raise self._unavailable(error) from error
        except SMTPRecipientsRefused as error:
            _judge(error.recipients[0])
        except SMTPResponseException as error:
            _judge(error)
        except SMTPNotSupported as error:
            raise MailRefused(str(error)) from error
        except (SMTPException, OSError) as error:
            # It may have been taken or not. Counted, so that a message that makes the server hang
            # up cannot stop those behind it for ever.
            raise MailDelayed(str(error)) from error

    def _unavailable(self, reason: object) -> MailServerUnavailable:
        place = f"{self.server.host}:{self.server.port}"
        return MailServerUnavailable(f"mail server {place} cannot be used: {reason}. See SMTP_*")


def _judge(answer: SMTPResponseException) -> None:
    """Raise what the server's answer about one message means."""
    text = f"{answer.code} {answer.message}"
    # 5.7.x is a policy, such as a relay that does not know us yet: an administrator can cure it.
    if answer.code >= 500 and not answer.message.startswith("5.7."):
        raise MailRefused(text) from answer
    raise MailDelayed(text) from answer


def compose(mail: Mail, server: MailServer) -> EmailMessage:
    """The same message, byte for byte, each time it is sent; raises ValueError on a bad address."""
    name, address = parseaddr(server.sender)
    sender = Address(name, addr_spec=address)
    message = EmailMessage()
    message["Message-ID"] = f"<{mail.id}@{sender.domain}>"
    message["Date"] = format_datetime(mail.written_at)
    message["From"] = sender
    message["To"] = Address(addr_spec=mail.recipient)
    message["Subject"] = one_line(mail.subject)
    # Holiday notes and other robots do not answer such mail (RFC 3834).
    message["Auto-Submitted"] = "auto-generated"
    paragraphs = [mail.message]
    if server.front_end_url is not None:
        paragraphs.append(server.front_end_url.rstrip("/") + (mail.link or "/"))
    message.set_content("\n\n".join([*paragraphs, "-- \n" + FOOTER]) + "\n")
    return message


def one_line(text: str) -> str:
    """Text as a header may hold it: names that people typed cannot add lines to it."""
    visible = "".join(char if char.isprintable() else " " for char in text)
    line = " ".join(visible.split())
    return line if len(line) <= LONGEST_SUBJECT else line[: LONGEST_SUBJECT - 1] + "…"
