"""``make chaos``: acquisitions on one product while its parts are killed, paused and cut off.

Runs every scenario once undisturbed, then all acquisitions at several at once while faults happen
at points that the seed decides. Afterwards the database, the files, the mail and the workflow
histories are compared with the undisturbed runs and with what clients were told. Exits 1 when
anything was lost, doubled or wrongly approved.
"""

import argparse
import asyncio
import shutil
import signal
import sys
import tempfile
from pathlib import Path
from statistics import median

from rich.console import Console
from rich.table import Table

from chaos.faults import Target
from chaos.run import Orders, Report, run
from runtime.processes import StackError


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m chaos", description=__doc__)
    parser.add_argument("--seed", type=int, default=1, help="decides everything (%(default)s)")
    parser.add_argument(
        "--acquisitions", type=int, default=100, help="disturbed ones (default: %(default)s)"
    )
    parser.add_argument(
        "--kills",
        type=int,
        default=500,
        help="kill -9; a quarter as many pauses, and cuts, come on top (default: %(default)s)",
    )
    parser.add_argument(
        "--targets",
        nargs="+",
        type=Target,
        choices=tuple(Target),
        default=tuple(Target),
        help="what fails (default: everything)",
    )
    parser.add_argument("--at-once", type=int, default=6, help="acquisitions (%(default)s)")
    parser.add_argument("--folder", type=Path, help="keep the data of the run in this new folder")
    chosen = parser.parse_args()
    orders = Orders(
        seed=chosen.seed,
        acquisitions=chosen.acquisitions,
        kills=chosen.kills,
        targets=tuple(chosen.targets),
        at_once=chosen.at_once,
    )
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.default_int_handler)
    console = Console(highlight=False)
    folder: Path = chosen.folder or Path(tempfile.mkdtemp(prefix="procureflow-chaos-"))
    folder.mkdir(parents=True, exist_ok=True)
    if any(folder.iterdir()):
        parser.error(f"{folder} holds files: what another run left would be found again")
    console.print(f"Seed {orders.seed}, data in {folder}", soft_wrap=True)
    try:
        report = asyncio.run(run(orders, folder, lambda text: console.print(text, markup=False)))
    except (StackError, OSError) as error:
        console.print(f"The run stopped: {error}", style="bold red", markup=False)
        return 1
    except KeyboardInterrupt:
        return 130
    show(console, report)
    if chosen.folder is None and not report.findings:
        shutil.rmtree(folder, ignore_errors=True)
    return 1 if report.findings else 0


def show(console: Console, report: Report) -> None:
    """Print what was done, how soon the product was back, and what was found."""
    faults = Table("Fault", "Times", "Median s", "Worst s", title="Recovery")
    for label, count in sorted(report.faults.items()):
        seconds = report.recovery.get(label, ())
        measured = (f"{median(seconds):.2f}", f"{max(seconds):.2f}") if seconds else ("-", "-")
        faults.add_row(label, str(count), *measured)
    console.print(faults)
    evidence, orders = report.evidence, report.orders
    summary = Table(title="Summary", show_header=False)
    summary.add_row("Seed", str(orders.seed))
    summary.add_row("Acquisitions", f"{orders.acquisitions}, {evidence.projects} with undisturbed")
    summary.add_row("Faults", f"{report.faults.total()}, {report.kills} of them kill -9")
    summary.add_row("Requests", f"{report.requests}, {report.acknowledged} changes acknowledged")
    summary.add_row("Signatures", str(evidence.signatures))
    summary.add_row("Files with their hash", str(evidence.files))
    summary.add_row("Mail", f"{evidence.mails}, {evidence.repeated_mails} delivered again")
    summary.add_row("Workflow histories", str(evidence.histories))
    summary.add_row("Audit log", evidence.audit)
    for name, seconds in report.seconds.items():
        summary.add_row(f"Time: {name}", f"{seconds:.1f} s")
    summary.add_row("Findings", str(len(report.findings)))
    console.print(summary)
    for finding in report.findings:
        console.print(f"finding: {finding}", style="red", markup=False, soft_wrap=True)


if __name__ == "__main__":
    sys.exit(main())
