"""``make demo``: run a sample acquisition on the real product and keep its package.

Starts PostgreSQL, Temporal, the workers and the API, takes the sample project through all three
phases as an ordinary client would, writes ``out/<sample>/`` and stops what it started. Exits 0 only
when the package is complete and agrees with itself.
"""

import argparse
import asyncio
import signal
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from rich.console import Console
from rich.table import Table
from rich.text import Text

from demo.acquisition import Acquisition, Sample
from demo.client import Person, Refused
from demo.package import Package, download_package
from demo.screen import PHASES, Screen
from demo.verification import verify
from documents.facts import InvalidFacts
from runtime.processes import StackError
from runtime.product import ROOT, Addresses, ProductStack
from runtime.settings import Settings

PASSWORD = "password123"
TEND_SECONDS = 0.5


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m demo", description=__doc__)
    parser.add_argument(
        "--sample",
        default="alms",
        choices=sorted({path.stem for path in (ROOT / "samples").glob("*.yaml")} - {"people"}),
        help="file in samples/ to run (default: %(default)s)",
    )
    parser.add_argument(
        "--out", type=Path, default=Path("out"), help="folder for packages (default: %(default)s)"
    )
    arguments = parser.parse_args()
    console = Console(highlight=False)
    try:
        return run(console, arguments.sample, arguments.out / arguments.sample)
    except (StackError, InvalidFacts, ValidationError, Refused, OSError, RuntimeError) as error:
        console.print(Text.assemble(("The demo stopped: ", "bold red"), str(error)), soft_wrap=True)
        return 1
    except KeyboardInterrupt:
        return 130


def run(console: Console, name: str, folder: Path) -> int:
    """Run one sample on the whole product; the exit code says whether its package is sound."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.default_int_handler)
    sample = Sample.load(ROOT / "samples" / f"{name}.yaml")
    settings = Settings()
    if not settings.seed_sample_data:
        raise StackError("the demo signs in as the sample people: set ENVIRONMENT=local")
    clock = Clock()

    def say(text: str) -> None:
        console.print(text, markup=False)

    stack = ProductStack(settings, settings.data_dir / "demo", say=say)
    with stack:
        clock.lap("start the product")
        addresses = stack.addresses
        say(f"API {addresses.api_url}, Temporal Web UI {addresses.temporal_ui_url or 'elsewhere'}")
        package, deadlines = asyncio.run(acquire(console, stack, sample, folder, clock))
        problems = verify(package, sample)
        clock.lap("verify the package")
    clock.lap("stop the product")
    console.print(_documents(package))
    console.print(_deadlines(deadlines))
    console.print(_summary(package, clock, addresses))
    for problem in problems:
        console.print(Text.assemble(("problem: ", "bold red"), problem), soft_wrap=True)
    verdict = "complete and consistent" if not problems else f"{len(problems)} problems"
    say(f"{len(package.entries)} documents in {package.folder}: {verdict}")
    return 1 if problems else 0


async def acquire(
    console: Console, stack: ProductStack, sample: Sample, folder: Path, clock: "Clock"
) -> tuple[Package, list[dict[str, Any]]]:
    """Run the acquisition as its people and download what it produced."""
    tending = asyncio.create_task(_tend(stack, console))
    try:
        planned = sample.plan().documents
        with Screen(console, Counter(document.phase.value for document in planned)) as screen:
            acquisition = Acquisition(stack.addresses.api_url, sample, PASSWORD, screen.show)
            project_id = await acquisition.run()
        clock.lap("run the acquisition")
        # A member of the team sees everything, source selection information included.
        position = sample.holder("sseb_chair", "contracting_officer")
        reader = Person.sign_in(stack.addresses.api_url, sample.email(position), PASSWORD)
        async with reader as person:
            package = await download_package(person, project_id, folder)
            deadlines = (await person.get(f"/api/projects/{project_id}/deadlines"))["deadlines"]
        clock.lap("download the package")
        return package, deadlines
    finally:
        tending.cancel()


async def _tend(stack: ProductStack, console: Console) -> None:
    while True:
        for crash in stack.tend():
            console.print(f"Restarting: {crash}", markup=False)
        await asyncio.sleep(TEND_SECONDS)


class Clock:
    """Where the time went."""

    def __init__(self) -> None:
        self._last = time.monotonic()
        self.laps: dict[str, float] = {}

    def lap(self, name: str) -> None:
        now = time.monotonic()
        self.laps[name] = now - self._last
        self._last = now


def _documents(package: Package) -> Table:
    table = Table("Code", "Title", "Phase", "Version", "Pages", "Approved by", title="Documents")
    for entry in package.entries:
        signers = ", ".join(approval["name"] for approval in entry["approvals"])
        table.add_row(
            entry["code"],
            entry["title"],
            PHASES[entry["phase"]],
            str(entry["version"]),
            str(entry["page_count"]),
            signers,
        )
    return table


def _deadlines(deadlines: list[dict[str, Any]]) -> Table:
    table = Table("Rule", "Deadline", "Due", title="Deadlines")
    for deadline in deadlines:
        table.add_row(deadline["rule"], deadline["title"], deadline["due_at"])
    return table


def _summary(package: Package, clock: Clock, addresses: Addresses) -> Table:
    pages = sum(entry["page_count"] for entry in package.entries)
    signatures = sum(len(entry["approvals"]) for entry in package.entries)
    table = Table(title="Summary", show_header=False)
    table.add_row("Documents", f"{len(package.entries)}, {pages} pages, {signatures} signatures")
    table.add_row("API", addresses.api_url)
    table.add_row("Temporal Web UI", addresses.temporal_ui_url or "the server you named")
    for name, seconds in clock.laps.items():
        table.add_row(f"Time to {name}", f"{seconds:.1f} s")
    table.add_row("Time in all", f"{sum(clock.laps.values()):.1f} s")
    return table


if __name__ == "__main__":
    sys.exit(main())
