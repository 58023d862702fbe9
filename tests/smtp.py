"""A real SMTP server on a free port that keeps what it takes and answers as a test tells it."""

import asyncio
import ssl
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword

Answer = Callable[[str], str]
"""From an address to the server's answer; an empty one accepts."""


@dataclass(slots=True)
class Post:
    """What the server was handed: the envelope's recipient and the message's bytes."""

    port: int = 0
    taken: list[tuple[str, bytes]] = field(default_factory=list[tuple[str, bytes]])
    passwords: list[bytes] = field(default_factory=list[bytes])
    answer: Answer = field(default=lambda _address: "")

    async def handle_RCPT(
        self, server: SMTP, session: object, envelope: Any, address: str, options: list[str]
    ) -> str:
        refusal = self.answer(address)
        if not refusal:
            envelope.rcpt_tos.append(address)
        return refusal or "250 OK"

    async def handle_MAIL(
        self, server: SMTP, session: object, envelope: Any, address: str, options: list[str]
    ) -> str:
        if address.endswith(".invalid"):
            return "550 5.7.1 Who are you"
        envelope.mail_from = address
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: object, envelope: Any) -> str:
        self.taken += [(address, envelope.content) for address in envelope.rcpt_tos]
        return "250 OK"

    def authenticate(
        self, server: SMTP, session: object, envelope: object, mechanism: str, sent: object
    ) -> AuthResult:
        assert isinstance(sent, LoginPassword)
        self.passwords.append(sent.password)
        return AuthResult(success=sent.password == b"right")

    def to(self, address: str) -> list[EmailMessage]:
        """The messages that were taken for this address."""
        return [
            message_from_bytes(content, EmailMessage, policy=default)
            for recipient, content in self.taken
            if recipient == address
        ]


@asynccontextmanager
async def mail_server(
    port: int = 0,
    *,
    sign_in: bool = False,
    tls: ssl.SSLContext | None = None,
    start_tls: ssl.SSLContext | None = None,
) -> AsyncGenerator[Post]:
    """Listen on 127.0.0.1 for the length of the block; ``sign_in`` offers to check a password.

    With ``tls`` the first byte is encrypted; with ``start_tls`` nothing is taken before it is.
    """
    post = Post()
    loop = asyncio.get_running_loop()

    def session() -> SMTP:
        return SMTP(
            post,
            hostname="localhost",
            loop=loop,
            tls_context=start_tls,
            require_starttls=start_tls is not None,
            auth_require_tls=start_tls is not None,
            authenticator=post.authenticate if sign_in else None,
        )

    listener = await loop.create_server(session, "127.0.0.1", port, ssl=tls)
    post.port = listener.sockets[0].getsockname()[1]
    try:
        yield post
    finally:
        listener.close()
