"""Command line of the local product: ``python -m runtime up | doctor | with-database``."""

import argparse
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import yaml
from pydantic import BaseModel, TypeAdapter, ValidationError
from rich.console import Console
from rich.table import Table

from runtime.doctor import examine
from runtime.local import LocalStack
from runtime.postgres import Durability
from runtime.processes import StackError
from runtime.product import ROOT, ProductStack
from runtime.settings import Settings

PEOPLE = ROOT / "samples" / "people.yaml"
SAMPLE_PASSWORD = "password123"
SAMPLE_PROJECT = "alms"
TEND_SECONDS = 0.5


class SamplePerson(BaseModel):
    """One line of ``samples/people.yaml``."""

    email: str
    name: str
    role: str


def up(settings: Settings, console: Console) -> int:
    """Run the product until it is told to stop."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.default_int_handler)
    begun = time.monotonic()

    def say(text: str) -> None:
        console.print(text, markup=False, highlight=False)

    stack = ProductStack(settings, settings.data_dir / "up", sample_project=SAMPLE_PROJECT, say=say)
    try:
        stack.start()
        console.print(_welcome(stack))
        if settings.seed_sample_data:
            console.print(_sign_ins())
        say(f"Ready in {time.monotonic() - begun:.1f} s. Ctrl-C stops everything.")
        while True:
            for crash in stack.tend():
                say(f"Restarting: {crash}")
            time.sleep(TEND_SECONDS)
    except KeyboardInterrupt:
        say("Stopping")
    finally:
        # A second Ctrl-C must not leave half of it running; every wait in here is bounded.
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
        stack.stop()
    return 0


def _welcome(stack: ProductStack) -> Table:
    table = Table("What", "Where", title="Procureflow")
    addresses = stack.addresses
    table.add_row("API, with its documentation", f"{addresses.api_url}/docs")
    if addresses.temporal_ui_url:
        table.add_row("Temporal Web UI", addresses.temporal_ui_url)
    table.add_row("Temporal", addresses.temporal_address)
    table.add_row("Logs", str(stack.local.folder / "logs"))
    return table


def _sign_ins() -> Table:
    table = Table(title=f"Sample sign-ins, all with the password {SAMPLE_PASSWORD}")
    table.add_column("E-mail", no_wrap=True)
    table.add_column("Role", no_wrap=True)
    table.add_column("Name", no_wrap=True)
    document = yaml.safe_load(PEOPLE.read_text(encoding="utf-8"))
    for person in TypeAdapter(tuple[SamplePerson, ...]).validate_python(document):
        table.add_row(person.email, person.role, person.name)
    return table


def doctor(settings: Settings, console: Console) -> int:
    """Print what this machine offers."""
    table = Table("What", "Found")
    for name, finding in examine(settings):
        table.add_row(name, finding)
    console.print(table)
    return 0


def with_database(command: list[str]) -> int:
    """Run a command with ``DATABASE_URL`` naming an empty database, and return its exit code."""
    with (
        tempfile.TemporaryDirectory(prefix="procureflow-") as folder,
        LocalStack(Path(folder), durability=Durability.TEST, with_temporal=False) as stack,
    ):
        env = {**os.environ, "DATABASE_URL": stack.database_url}
        return subprocess.run(command, env=env, check=False).returncode


def _parse(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m runtime", description=__doc__)
    actions = parser.add_subparsers(dest="action", required=True)
    actions.add_parser("up", help="run the whole product until Ctrl-C")
    actions.add_parser("doctor", help="say what this machine offers")
    database = actions.add_parser("with-database", help="run a command with an empty database")
    database.add_argument("command", nargs=argparse.REMAINDER, help="-- COMMAND ...")
    return parser.parse_args(arguments)


def main(arguments: list[str]) -> int:
    """Run one subcommand and return the exit code."""
    chosen = _parse(arguments)
    console = Console()
    errors = Console(stderr=True)
    try:
        if chosen.action == "with-database":
            command: list[str] = chosen.command
            return with_database(command[1:] if command[:1] == ["--"] else command)
        settings = Settings()
        return up(settings, console) if chosen.action == "up" else doctor(settings, console)
    except ValidationError as error:
        for problem in error.errors(include_input=False, include_url=False):
            place = ".".join(str(part) for part in problem["loc"]).upper()
            errors.print(f"Setting {place}: {problem['msg']}", style="red", markup=False)
    except StackError as error:
        errors.print(str(error), style="red", markup=False, highlight=False)
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
