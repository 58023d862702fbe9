"""The whole product on one machine: servers, migrated database, workers and API."""

import contextlib
import os
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self, cast

from pydantic import SecretStr

from runtime.local import LocalStack
from runtime.processes import Exit, StackError, choose_port, last_lines
from runtime.settings import Settings

ROOT = Path(__file__).resolve().parent.parent
API_START_SECONDS = 60
FIRST_PAUSE_SECONDS = 0.5
LONGEST_PAUSE_SECONDS = 30
STEADY_SECONDS = 60
"""A process that ran this long is healthy again: its next crash is answered at once."""
LONGEST_REQUEST_LINE = 512 * 1024
"""Bytes of an address with its query and headers."""

WORKER_QUEUES = ("workflows", "agents")


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where the parts of a running product answer."""

    api_url: str
    temporal_ui_url: str | None
    temporal_address: str
    database_url: str


@dataclass(slots=True)
class _Restart:
    """When a crashed process may be started again."""

    due: float
    pause: float


def as_environment(settings: Settings) -> dict[str, str]:
    """Return the settings as environment variables, so that a child reads the same values."""
    variables: dict[str, str] = {}
    for name in type(settings).model_fields:
        value: object = getattr(settings, name)
        match value:
            case None:
                continue
            case SecretStr():
                text = value.get_secret_value()
            case Path():
                text = str(value.resolve())
            case bool():
                text = str(value).lower()
            case tuple():
                parts = cast(tuple[object, ...], value)
                text = ",".join(
                    str(part.resolve()) if isinstance(part, Path) else str(part) for part in parts
                )
            case dict():
                pairs = cast(dict[str, str], value).items()
                text = ",".join(f"{key}={part}" for key, part in pairs)
            case _:
                text = str(value)
        variables[name.upper()] = text
    return variables


class ProductStack:
    """A ``LocalStack`` with the database migrated, sample data, two workers and the API.

    Use as a context manager, and call ``tend`` now and then to have crashed processes restarted.
    """

    def __init__(
        self,
        settings: Settings,
        state_dir: Path,
        *,
        api_port: int | None = None,
        sample_project: str | None = None,
        longest_pause: float = LONGEST_PAUSE_SECONDS,
        say: Callable[[str], None] = lambda _text: None,
    ) -> None:
        """Describe the product; nothing happens before ``start``.

        ``api_port`` (default: the settings') is a preference: when taken, a free port is used.
        ``sample_project`` names a file in ``samples/`` that is added with the sample people.
        ``longest_pause`` bounds, in seconds, how long ``tend`` leaves a process down that crashes
        again and again. ``say`` receives one line for every step and notice.
        """
        self._settings = settings
        self._preferred_port = api_port or settings.api_port
        self._api_port = self._preferred_port
        self._sample_project = sample_project
        self._longest_pause = longest_pause
        self._say = say
        self._restarts: dict[str, _Restart] = {}
        self._started_at: dict[str, float] = {}
        self.local = LocalStack(
            state_dir,
            database_url=settings.database_url,
            temporal_address=settings.temporal_address,
            ui_port=settings.temporal_ui_port,
            notice=say,
        )

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    @property
    def addresses(self) -> Addresses:
        """Where everything answers; meaningful once started."""
        return Addresses(
            api_url=f"http://{self._settings.api_host}:{self._api_port}",
            temporal_ui_url=self.local.temporal_ui_url,
            temporal_address=self.local.temporal_address,
            database_url=self.local.database_url,
        )

    @property
    def processes(self) -> Mapping[str, int]:
        """Pid of every child: ``postgres``, ``temporal``, ``worker-workflows``, ..., ``api``."""
        return self.local.processes

    @property
    def environment(self) -> dict[str, str]:
        """The environment variables of the children; they name the addresses and the key."""
        inherited = dict(os.environ)
        if self._settings.temporal_address is None:
            # A cloud profile in the developer's shell must not reach the local server.
            inherited = {k: v for k, v in inherited.items() if not k.startswith("TEMPORAL_")}
        own: dict[str, str] = {}
        if ui := self.local.temporal_ui_url:
            origins = (ui, ui.replace("127.0.0.1", "localhost"))
            own["TEMPORAL_UI_ORIGINS"] = ",".join(origins)
        return {
            **inherited,
            **as_environment(self._settings),
            **own,
            "DATABASE_URL": self.local.database_url,
            "TEMPORAL_ADDRESS": self.local.temporal_address,
            "API_PORT": str(self._api_port),
            "PYTHONUNBUFFERED": "1",
        }

    def start(self) -> None:
        """Start everything and wait for the API. Raises StackError with the reason."""
        try:
            self._choose_api_port()
            self._say("Starting PostgreSQL and Temporal")
            self.local.start()
            self._say("Migrating the database")
            self._run_to_end("db", "upgrade")
            if self._settings.seed_sample_data:
                self._say("Adding the sample people and data")
                project = ("--project", self._sample_project) if self._sample_project else ()
                self._run_to_end("db", "seed", *project)
            self._say("Starting the workers and the API")
            for queue in WORKER_QUEUES:
                self._spawn(f"worker-{queue}", "-m", "worker", "--queues", queue)
            self._start_api()
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Stop everything, the servers last. Harmless to repeat."""
        self.local.stop()

    def kill(self, name: str) -> None:
        """Kill a child without warning, as a crash would; ``restart`` or ``tend`` revives it."""
        self.local.kill(name)

    def restart(self, name: str) -> int:
        """Start a child again, stopping it first if it lives; returns its new pid."""
        self._restarts.pop(name, None)
        self._started_at[name] = time.monotonic()
        return self.local.restart(name)

    def tend(self) -> tuple[Exit, ...]:
        """Restart what has crashed, with a growing pause; return the crashes seen just now."""
        now = time.monotonic()
        seen: list[Exit] = []
        for crash in self.local.poll():
            plan = self._restarts.get(crash.name)
            if plan is None or plan.due == 0:
                steady = now - self._started_at.get(crash.name, 0) > STEADY_SECONDS
                pause = FIRST_PAUSE_SECONDS if plan is None or steady else plan.pause * 2
                pause = min(pause, self._longest_pause)
                self._restarts[crash.name] = _Restart(now + pause, pause)
                seen.append(crash)
            elif now >= plan.due:
                plan.due = 0
                self._started_at[crash.name] = now
                with contextlib.suppress(StackError):
                    self.local.restart(crash.name)
        return tuple(seen)

    def wait_for_api(self) -> None:
        """Wait until the API answers; raises StackError when it, or a worker, has ended."""
        deadline = time.monotonic() + API_START_SECONDS
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        while time.monotonic() < deadline:
            for ended in self.local.poll():
                raise StackError(str(ended))
            try:
                with opener.open(f"{self.addresses.api_url}/health", timeout=2):
                    return
            except OSError:
                time.sleep(0.1)
        log = last_lines(self.local.folder / "logs" / "api.log")
        raise StackError(f"The API did not become healthy; its log ends:\n{log}")

    def _choose_api_port(self) -> None:
        """Before the servers start: the Temporal Web UI is told where its codec will be."""
        self._api_port = choose_port(self._preferred_port)
        if self._api_port != self._preferred_port:
            self._say(f"Port {self._preferred_port} is taken: the API is on {self._api_port}.")
        if self._settings.payload_keys:
            host = self._settings.api_host
            self.local.codec_url = f"http://{host}:{self._api_port}/api/codec"

    def _start_api(self) -> None:
        listen = ("--host", self._settings.api_host, "--port", str(self._api_port))
        # Open WebSockets would hold a stop for ever without a limit.
        limit = ("--timeout-graceful-shutdown", "5")
        # The front end saves whole documents in the query; the other parser ends at 64 KB.
        parser = ("--http", "h11", "--h11-max-incomplete-event-size", str(LONGEST_REQUEST_LINE))
        app = ("-m", "uvicorn", "api.main:create_app", "--factory")
        self._spawn("api", *app, *listen, *limit, *parser)
        self.wait_for_api()

    def _spawn(self, name: str, *arguments: str) -> None:
        self._started_at[name] = time.monotonic()
        self.local.spawn(name, (sys.executable, *arguments), self.environment, ROOT)

    def _run_to_end(self, module: str, *arguments: str) -> None:
        answer = subprocess.run(
            [sys.executable, "-m", module, *arguments],
            cwd=ROOT,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        if answer.returncode != 0:
            raise StackError(
                f"`{' '.join(('python -m', module, *arguments))}` failed with code "
                f"{answer.returncode}:\n"
                f"{(answer.stderr or answer.stdout)[-4000:]}"
            )
