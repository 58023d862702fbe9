"""PostgreSQL and Temporal on one machine, started and stopped as one thing."""

import contextlib
import fcntl
import os
import shutil
import signal
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import IO, Self

import psutil
from pydantic import BaseModel, ConfigDict, ValidationError

from runtime import temporal_dev
from runtime.postgres import RECOVERY_SECONDS, Durability, Postgres
from runtime.processes import (
    ADDRESS_TAKEN,
    Child,
    Command,
    Exit,
    ProcessRecord,
    StackError,
    Supervisor,
    choose_port,
    end,
    last_lines,
    port_is_free,
)

MINIMUM_FREE_BYTES = 500_000_000
PORT_TRIES = 5
TEMPORAL_START_SECONDS = 60


class Ports(BaseModel):
    """The loopback ports of the servers; None where a server is not ours."""

    model_config = ConfigDict(frozen=True)

    postgres: int | None = None
    temporal: int | None = None
    temporal_http: int | None = None
    temporal_ui: int | None = None


class StackState(BaseModel):
    """The content of ``stack.json``: who owns the folder, what runs, and where."""

    model_config = ConfigDict(frozen=True)

    owner: ProcessRecord
    ports: Ports = Ports()
    processes: tuple[ProcessRecord, ...] = ()


def addresses_of(folder: Path) -> tuple[str, str]:
    """Database and Temporal of the stack that runs in ``folder``, for programs beside it.

    Raises StackError when none runs there, or one that does not own both servers.
    """
    remedy = "Start the product with `make up`, or set DATABASE_URL and TEMPORAL_ADDRESS."
    try:
        state = StackState.model_validate_json((folder / "stack.json").read_bytes())
    except (OSError, ValidationError) as error:
        raise StackError(f"No stack runs in {folder}. {remedy}") from error
    ports = state.ports
    if state.owner.find() is None or ports.postgres is None or ports.temporal is None:
        raise StackError(f"No stack with servers of its own runs in {folder}. {remedy}")
    database = Postgres(folder, Durability.SAFE).url(ports.postgres)
    return database, f"127.0.0.1:{ports.temporal}"


class LocalStack:
    """Owns the servers and every process spawned beside them, in one state folder.

    Children die with this process, even when it is killed. Files of the folder: ``stack.json``
    (mode 0600), ``postgres/``, ``temporal.db`` and ``logs/``. Not for use from several threads at
    once. A server whose address is given is used as it is and not started.
    """

    def __init__(
        self,
        folder: Path,
        *,
        durability: Durability = Durability.SAFE,
        database_url: str | None = None,
        temporal_address: str | None = None,
        with_temporal: bool = True,
        ui_port: int | None = 8233,
        time_skipping: bool = False,
        notice: Callable[[str], None] = lambda _text: None,
    ) -> None:
        """Describe a stack; nothing happens before ``start``.

        ``ui_port`` is a preference: when taken, a free port is used and ``notice`` is told. None
        means no Temporal Web UI.
        """
        self.folder = folder.resolve()
        self._durability = durability
        self._given_database = database_url
        self._given_temporal = temporal_address
        self._with_temporal = with_temporal
        self._ui_port = ui_port
        self._time_skipping = time_skipping
        self.codec_url: str | None = None
        """Where the Temporal Web UI has encrypted payloads decoded; set it before ``start``."""
        self._notice = notice
        self._lock: IO[str] | None = None
        self._supervisor = Supervisor()
        self._children: dict[str, Child] = {}
        self._ports = Ports()
        self._postgres: Postgres | None = None

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
    def database_url(self) -> str:
        """SQLAlchemy address (asyncpg) of the product's database."""
        return self._given_database or self.database_url_for()

    @property
    def temporal_address(self) -> str:
        """``host:port`` of Temporal's gRPC service."""
        return self._given_temporal or f"127.0.0.1:{self._ports.temporal}"

    @property
    def temporal_ui_url(self) -> str | None:
        """Address of the Temporal Web UI, when this stack runs one."""
        port = self._ports.temporal_ui
        return None if port is None else f"http://127.0.0.1:{port}"

    @property
    def processes(self) -> Mapping[str, int]:
        """Pid of every child by name, in the order they were started."""
        return {name: child.pid for name, child in self._children.items()}

    def database_url_for(self, database: str | None = None) -> str:
        """Return the address of a database on the embedded server, created when missing."""
        if self._postgres is None or self._ports.postgres is None:
            raise StackError("This stack runs no PostgreSQL of its own.")
        if database is None:
            return self._postgres.url(self._ports.postgres)
        self._postgres.create_database(self._ports.postgres, database)
        return self._postgres.url(self._ports.postgres, database)

    def start(self) -> None:
        """Start the servers and wait until they answer. Raises StackError with a remedy."""
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._check_space()
        self._take_lock()
        try:
            previous = self._read_state()
            self._end_stale(previous)
            self._ports = previous.ports if previous else Ports()
            self._save()
            if self._given_database is None:
                self._start_postgres()
            if self._with_temporal and self._given_temporal is None:
                self._start_temporal()
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Stop everything, the last started first. Harmless to repeat."""
        servers = ("temporal", "postgres")
        spawned = [name for name in reversed(self._children) if name not in servers]
        for name in spawned:
            self._children[name].ask_to_stop()
        for name in [*spawned, *(name for name in servers if name in self._children)]:
            child = self._children.pop(name)
            child.ask_to_stop()
            child.wait_stopped()
        self._supervisor.close()
        self._supervisor = Supervisor()
        if self._lock is not None:
            self._save()
            self._lock.close()
            self._lock = None

    def spawn(self, name: str, argv: Sequence[str], env: Mapping[str, str], cwd: Path) -> int:
        """Start a process of the product beside the servers and return its pid.

        It runs in its own session, writes to ``logs/<name>.log`` and is stopped with the stack.
        """
        if name in self._children:
            raise StackError(f"A process named {name} already runs in this stack.")
        log = self.folder / "logs" / f"{name}.log"
        command = Command(name=name, argv=tuple(argv), env=dict(env), log=log, cwd=cwd)
        return self._run(command).pid

    def restart(self, name: str) -> int:
        """Stop a child if it lives, start it again on the same addresses, and return its pid."""
        child = self._children[name]
        child.ask_to_stop()
        child.wait_stopped()
        if name == "postgres" and self._postgres is not None:
            self._postgres.prepare()
        fresh = self._run(child.command)
        if name in ("postgres", "temporal"):
            self._wait_ready(fresh)
        return fresh.pid

    def kill(self, name: str) -> None:
        """Kill a child without warning (SIGKILL) and leave it dead, as a crash would."""
        self._children[name].process.kill()
        self._children[name].process.wait()

    def poll(self) -> tuple[Exit, ...]:
        """Return the children that have ended by themselves, with the end of their logs."""
        return tuple(
            Exit(name, code, last_lines(child.command.log))
            for name, child in self._children.items()
            if (code := child.process.poll()) is not None
        )

    def _start_postgres(self) -> None:
        postgres = Postgres(self.folder, self._durability)
        postgres.prepare()
        self._postgres = postgres

        def attempt() -> Command:
            self._claim(postgres=choose_port(self._ports.postgres))
            return postgres.command(self._port("postgres"))

        self._start_server(attempt)
        postgres.create_database(self._port("postgres"))

    def _start_temporal(self) -> None:
        def attempt() -> Command:
            reserved = {self._port("postgres")} if self._ports.postgres else set[int]()
            port = choose_port(self._ports.temporal, reserved)
            http = choose_port(self._ports.temporal_http, reserved | {port})
            ui: int | None = None
            if self._ui_port is not None:
                ui = choose_port(self._ui_port, reserved | {port, http})
            self._claim(temporal=port, temporal_http=http, temporal_ui=ui)
            return temporal_dev.command(
                self.folder,
                port=port,
                http_port=http,
                ui_port=ui,
                durability=self._durability,
                time_skipping=self._time_skipping,
                codec_url=self.codec_url,
            )

        self._start_server(attempt)
        if self._ports.temporal_ui != self._ui_port:
            self._notice(
                f"Port {self._ui_port} is taken: the Temporal Web UI is on "
                f"{self._ports.temporal_ui} instead."
            )

    def _start_server(self, attempt: Callable[[], Command]) -> None:
        """Start a server, with other ports when another program takes one in between."""
        for remaining in reversed(range(PORT_TRIES)):
            command = attempt()
            size = command.log.stat().st_size if command.log.exists() else 0
            try:
                self._wait_ready(self._run(command))
                return
            except StackError:
                with command.log.open("rb") as log:
                    log.seek(min(size, command.log.stat().st_size))
                    lost_port = ADDRESS_TAKEN in log.read().decode(errors="replace").lower()
                self._forget(command.name)
                if not lost_port or remaining == 0:
                    raise

    def _wait_ready(self, child: Child) -> None:
        is_postgres = child.command.name == "postgres"
        deadline = time.monotonic() + (RECOVERY_SECONDS if is_postgres else TEMPORAL_START_SECONDS)
        while time.monotonic() < deadline:
            code = child.process.poll()
            if code is not None:
                raise StackError(str(Exit(child.command.name, code, last_lines(child.command.log))))
            if self._is_ready(child):
                return
            time.sleep(0.03)
        raise StackError(
            f"{child.command.name} did not become ready; see {child.command.log}:\n"
            f"{last_lines(child.command.log)}"
        )

    def _is_ready(self, child: Child) -> bool:
        if child.command.name == "temporal":
            return temporal_dev.is_ready(self._port("temporal_http"))
        return self._postgres is not None and self._postgres.is_ready(child.pid)

    def _run(self, command: Command) -> Child:
        child = self._supervisor.start(command)
        self._children[command.name] = child
        self._save()
        return child

    def _forget(self, name: str) -> None:
        child = self._children.pop(name)
        child.ask_to_stop()
        child.wait_stopped()

    def _port(self, name: str) -> int:
        port: int | None = getattr(self._ports, name)
        if port is None:
            raise StackError(f"No port of {name} is known: the stack has not been started.")
        return port

    def _claim(self, **ports: int | None) -> None:
        self._ports = self._ports.model_copy(update=ports)

    def _check_space(self) -> None:
        free = shutil.disk_usage(self.folder).free
        if free < MINIMUM_FREE_BYTES:
            raise StackError(
                f"Only {free // 1_000_000} MB are free in {self.folder}; at least "
                f"{MINIMUM_FREE_BYTES // 1_000_000} MB are needed. Free some space or set DATA_DIR."
            )

    def _take_lock(self) -> None:
        if self._lock is not None:
            raise StackError("This stack has already been started.")
        lock = (self.folder / "lock").open("a", encoding="ascii")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            lock.close()
            raise StackError(self._describe_owner()) from error
        self._lock = lock

    def _describe_owner(self) -> str:
        state = self._read_state()
        if state is None:
            return f"Another process is starting a stack in {self.folder}."
        ports = state.ports.model_dump(exclude_none=True).items()
        where = ", ".join(f"{name} on 127.0.0.1:{port}" for name, port in ports)
        return (
            f"A stack already runs in {self.folder}: process {state.owner.pid}, {where}. "
            "Stop that one first, or use another data folder."
        )

    def _read_state(self) -> StackState | None:
        try:
            return StackState.model_validate_json((self.folder / "stack.json").read_bytes())
        except (OSError, ValidationError):
            return None

    def _save(self) -> None:
        records: list[ProcessRecord] = []
        for name, child in self._children.items():
            with contextlib.suppress(psutil.Error):
                records.append(ProcessRecord.of(name, child.pid))
        state = StackState(
            owner=ProcessRecord.of("stack", os.getpid()),
            ports=self._ports,
            processes=tuple(records),
        )
        draft = self.folder / "stack.json.new"
        descriptor = os.open(draft, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(state.model_dump_json(indent=2))
        draft.replace(self.folder / "stack.json")

    def _end_stale(self, state: StackState | None) -> None:
        """End children of an earlier stack that was killed where nothing ends them with it."""
        for record in reversed(state.processes if state else ()):
            process = record.find()
            if process is not None:
                end(process, signal.SIGINT, 10)
        # A server that dies by itself a moment later still holds its port.
        ports = state.ports.model_dump(exclude_none=True).values() if state else ()
        deadline = time.monotonic() + 2
        while any(not port_is_free(port) for port in ports) and time.monotonic() < deadline:
            time.sleep(0.05)
