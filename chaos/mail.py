"""A mail server that keeps what it takes."""

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.policy import default
from typing import Any

from aiosmtpd.smtp import SMTP


@dataclass(slots=True)
class Mailbox:
    """How often each message arrived, by Message-ID and recipient."""

    port: int = 0
    taken: Counter[tuple[str, str]] = field(default_factory=Counter[tuple[str, str]])
    contents: dict[str, set[bytes]] = field(default_factory=dict[str, set[bytes]])
    """Every different form in which a Message-ID arrived; one, if the product is right."""

    async def handle_DATA(self, server: SMTP, session: object, envelope: Any) -> str:
        """Called by the server with a whole message."""
        message = message_from_bytes(envelope.content, policy=default)
        message_id = str(message["Message-ID"])
        self.contents.setdefault(message_id, set()).add(envelope.content)
        for recipient in envelope.rcpt_tos:
            self.taken[message_id, recipient] += 1
        return "250 OK"


@asynccontextmanager
async def mailbox() -> AsyncGenerator[Mailbox]:
    """Take mail on a free port of 127.0.0.1 for the length of the block."""
    box = Mailbox()
    loop = asyncio.get_running_loop()
    listener = await loop.create_server(
        lambda: SMTP(box, hostname="localhost", loop=loop), "127.0.0.1", 0
    )
    box.port = listener.sockets[0].getsockname()[1]
    try:
        yield box
    finally:
        listener.close()
