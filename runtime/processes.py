"""Child processes that never outlive the process that owns them."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

import psutil
from pydantic import BaseModel, ConfigDict

TETHER = Path(__file__).with_name("tether.py")
LOG_LIMIT_BYTES = 10_000_000
ADDRESS_TAKEN = "address already in use"


class StackError(RuntimeError):
    """The local stack cannot do what was asked; the message says what to do about it."""


class ProcessRecord(BaseModel):
    """What the state file keeps of a child, so that a later start can recognize it."""

    model_config = ConfigDict(frozen=True)

    name: str
    pid: int
    created: float
    """Seconds since the epoch, as the operating system tells it: guards against reused pids."""

    @classmethod
    def of(cls, name: str, pid: int) -> Self:
        """Describe a live process; raises psutil.NoSuchProcess when it is gone."""
        return cls(name=name, pid=pid, created=psutil.Process(pid).create_time())

    def find(self) -> psutil.Process | None:
        """Return the process if it still runs. A zombie counts as gone."""
        try:
            process = psutil.Process(self.pid)
            same = abs(process.create_time() - self.created) < 2
            return process if same and process.status() != psutil.STATUS_ZOMBIE else None
        except psutil.Error:
            return None


@dataclass(frozen=True, slots=True)
class Command:
    """How to run one child."""

    name: str
    argv: tuple[str, ...]
    env: Mapping[str, str]
    log: Path
    cwd: Path
    stop_signal: signal.Signals = signal.SIGTERM
    force_signal: signal.Signals = signal.SIGKILL
    grace_seconds: float = 15
    mode: str = "self"
    """Who to run as, in the words of ``runtime.tether``."""


@dataclass(frozen=True, slots=True)
class Exit:
    """A child that ended without being asked to."""

    name: str
    returncode: int
    last_lines: str

    def __str__(self) -> str:
        return f"{self.name} ended with code {self.returncode}; its log ends:\n{self.last_lines}"


def tethered(
    argv: Sequence[str], *, mode: str = "self", death_signal: int = signal.SIGKILL
) -> list[str]:
    """Return the command line that runs ``argv`` tied to the life of this process."""
    # -I -S: ignore the environment and site-packages, so the launcher starts in ~15 ms.
    launcher = [sys.executable, "-I", "-S", str(TETHER)]
    return [*launcher, str(os.getpid()), str(int(death_signal)), mode, *argv]


def last_lines(log: Path, count: int = 12) -> str:
    """Return the end of a log file, or an empty string when there is none."""
    try:
        with log.open("rb") as file:
            file.seek(0, os.SEEK_END)
            file.seek(max(0, file.tell() - 16_384))
            lines = file.read().decode(errors="replace").splitlines()
    except OSError:
        return ""
    return "\n".join(lines[-count:])


def port_is_free(port: int) -> bool:
    """Say whether a server could listen on this loopback port now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    with socket.socket() as probe:
        probe.settimeout(0.2)
        return probe.connect_ex(("127.0.0.1", port)) != 0


def choose_port(preferred: int | None, avoid: set[int] | None = None) -> int:
    """Return ``preferred`` if it is free, else any free loopback port outside ``avoid``."""
    taken = avoid or set()
    if preferred is not None and preferred not in taken and port_is_free(preferred):
        return preferred
    while True:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = int(probe.getsockname()[1])
        if port not in taken:
            return port


def end(process: psutil.Process, first: signal.Signals, grace_seconds: float) -> None:
    """End a process that is not our child: ask first, then kill."""
    with contextlib.suppress(psutil.NoSuchProcess):
        process.send_signal(first)
        deadline = time.monotonic() + grace_seconds
        while time.monotonic() < deadline:
            if not process.is_running() or process.status() == psutil.STATUS_ZOMBIE:
                return
            time.sleep(0.05)
        process.kill()


@dataclass(slots=True)
class Child:
    """One running command."""

    command: Command
    process: subprocess.Popen[bytes]

    @property
    def pid(self) -> int:
        """The process id; the tether replaces itself, so this is the program's own."""
        return self.process.pid

    def ask_to_stop(self) -> None:
        """Send the polite signal and return at once."""
        with contextlib.suppress(ProcessLookupError):
            self.process.send_signal(self.command.stop_signal)

    def wait_stopped(self) -> None:
        """Wait for the grace period, then insist."""
        for force in (self.command.force_signal, signal.SIGKILL):
            try:
                self.process.wait(self.command.grace_seconds)
                return
            except subprocess.TimeoutExpired:
                self.process.send_signal(force)
        self.process.wait()


@dataclass(slots=True)
class Supervisor:
    """Starts children from one thread that lives as long as they do.

    Linux sends the death signal when the *thread* that forked ends, so a child started from a
    short-lived worker thread would die with it.
    """

    _thread: ThreadPoolExecutor = field(
        default_factory=lambda: ThreadPoolExecutor(1, thread_name_prefix="stack-supervisor")
    )

    def start(self, command: Command) -> Child:
        """Start the command in its own session, with its output appended to its log."""
        command.log.parent.mkdir(parents=True, exist_ok=True)
        if command.log.exists() and command.log.stat().st_size > LOG_LIMIT_BYTES:
            command.log.replace(command.log.with_suffix(".log.1"))
        return Child(command, self._thread.submit(_popen, command).result())

    def close(self) -> None:
        """End the thread; children that still run get their death signal."""
        self._thread.shutdown()


def _popen(command: Command) -> subprocess.Popen[bytes]:
    with command.log.open("ab") as log:
        return subprocess.Popen(
            tethered(command.argv, mode=command.mode, death_signal=command.stop_signal),
            cwd=command.cwd,
            env=dict(command.env),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
