"""The product under test: every process reaches its servers through a proxy that can fail."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import make_url

from chaos.mail import Mailbox, mailbox
from chaos.proxy import Proxy
from runtime.processes import choose_port
from runtime.product import ProductStack
from runtime.settings import Settings, SmtpSecurity

TEND_SECONDS = 0.1
LONGEST_DOWN_SECONDS = 1.0
"""A crash loop is what the harness makes: waiting longer each time would only stretch the run."""


class ProxiedStack(ProductStack):
    """A product whose workers and API have proxies for PostgreSQL and Temporal."""

    def __init__(self, settings: Settings, folder: Path, say: Callable[[str], None]) -> None:
        super().__init__(
            settings,
            folder,
            api_port=choose_port(None),
            longest_pause=LONGEST_DOWN_SECONDS,
            say=say,
        )
        self.proxies = {
            "postgres": Proxy(lambda: make_url(self.local.database_url).port or 0),
            "temporal": Proxy(lambda: int(self.local.temporal_address.rpartition(":")[2])),
        }

    @property
    def environment(self) -> dict[str, str]:
        """As the product's, with the proxies' addresses."""
        url = make_url(self.local.database_url).set(port=self.proxies["postgres"].port)
        return {
            **super().environment,
            "DATABASE_URL": url.render_as_string(hide_password=False),
            "TEMPORAL_ADDRESS": f"127.0.0.1:{self.proxies['temporal'].port}",
        }


@dataclass(frozen=True, slots=True)
class Running:
    """A product that runs, restarted whenever a process dies, and the mail that it sends."""

    stack: ProxiedStack
    mail: Mailbox
    artifacts: Path


@asynccontextmanager
async def running(folder: Path, say: Callable[[str], None]) -> AsyncGenerator[Running]:
    """Run the product with all its data below ``folder`` for the length of the block."""
    loop = asyncio.get_running_loop()
    # The stack is for one thread only, and waits in it while a server recovers.
    with ThreadPoolExecutor(1, thread_name_prefix="stack") as thread:
        async with mailbox() as box:
            data = folder / "data"
            settings = Settings(
                data_dir=data,
                database_url=None,
                temporal_address=None,
                seed_sample_data=True,
                access_token_minutes=24 * 60,
                smtp_host="127.0.0.1",
                smtp_port=box.port,
                smtp_security=SmtpSecurity.NONE,
                mail_from="Procureflow <noreply@navy.mil>",
            )
            stack = ProxiedStack(settings, folder / "stack", say)
            postgres, temporal = stack.proxies.values()
            async with postgres.listening(), temporal.listening():
                await loop.run_in_executor(thread, stack.start)
                tending = asyncio.create_task(_tend(stack, thread))
                try:
                    yield Running(stack, box, data / "artifacts")
                finally:
                    tending.cancel()
                    await loop.run_in_executor(thread, stack.stop)


async def _tend(stack: ProxiedStack, thread: ThreadPoolExecutor) -> None:
    loop = asyncio.get_running_loop()
    while True:
        await loop.run_in_executor(thread, stack.tend)
        await asyncio.sleep(TEND_SECONDS)
