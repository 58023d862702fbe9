"""Operators' command line: ``python -m worker.operations stuck | remind | reassign | ...``.

It needs DATABASE_URL, TEMPORAL_ADDRESS and the payload keys as the product has them; beside
``make up`` it finds the servers by itself. Orders are audited before they are sent, and act through
the workflows: what a workflow refuses, an operator cannot do either.
"""

import argparse
import asyncio
import getpass
import json
import re
import sys
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from pydantic import ValidationError
from rich.console import Console
from rich.table import Table
from sqlalchemy.exc import SQLAlchemyError
from temporalio.client import WorkflowUpdateFailedError
from temporalio.service import RPCError

from db.operations import NotAnAdministrator, Operations, Waiting
from db.session import create_engine, create_sessions
from runtime.encryption import InvalidKeyRing, UnreadablePayload
from runtime.ending import end
from runtime.local import addresses_of
from runtime.processes import StackError
from runtime.settings import Settings
from runtime.temporal import connect
from worker.orders import OrderRefused, Orders, Problem

UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
ORDERS = ("remind", "reassign", "retry", "pause", "resume", "cancel")


def period(text: str) -> timedelta:
    """Read ``90m``, ``12h``, ``3d`` or ``2w``; raises ArgumentTypeError."""
    found = re.fullmatch(r"(\d{1,4})([mhdw])", text)
    if found is None:
        raise argparse.ArgumentTypeError(f"{text!r}: write 90m, 12h, 3d or 2w")
    return timedelta(**{UNITS[found[2]]: int(found[1])})


async def run(settings: Settings, chosen: argparse.Namespace, console: Console) -> int:
    """Do what the arguments say and return the exit code."""
    database_url, temporal_address = settings.database_url, settings.temporal_address
    if database_url is None or temporal_address is None:
        database, temporal = addresses_of(settings.data_dir / "up")
        database_url, temporal_address = database_url or database, temporal_address or temporal
    engine = create_engine(database_url)
    try:
        operations = Operations(create_sessions(engine))
        client = await connect(
            temporal_address, keys=settings.key_ring(), wait=timedelta(seconds=10)
        )
        orders = Orders(client, operations, create_sessions(engine))
        if chosen.action == "stuck":
            waiting = await operations.waiting(chosen.older_than)
            problems = await orders.problems()
            _show(console, waiting, problems, as_json=chosen.json)
            return 1 if waiting or problems else 0
        admin = await operations.administrator(chosen.admin)
        details: dict[str, Any] = {"shell_user": getpass.getuser()}
        if chosen.action == "reassign":
            details["to"] = chosen.to
        identity = await orders.identify(chosen.id)
        order_id = chosen.order_id or str(uuid4())
        audit = (identity.workflow_id, identity.project_id)
        details["order_id"] = order_id
        await operations.note(
            admin, f"operator_{chosen.action}", *audit, details, why=chosen.reason
        )
        try:
            done = await orders.obey(
                chosen.action, identity, admin, order_id, reason=chosen.reason, to=details.get("to")
            )
        except (OrderRefused, WorkflowUpdateFailedError, RPCError, TimeoutError) as error:
            cause = error.cause if isinstance(error, WorkflowUpdateFailedError) else error
            said = str(cause) or type(error).__name__
            await operations.note(
                admin,
                f"operator_{chosen.action}_refused",
                *audit,
                {**details, "answer": said},
                why=chosen.reason,
            )
            raise OrderRefused(said) from error
        console.print(done, markup=False, highlight=False)
        return 0
    finally:
        await engine.dispose()


def _show(
    console: Console,
    waiting: Sequence[Waiting],
    problems: Sequence[Problem],
    *,
    as_json: bool,
) -> None:
    if as_json:
        rows = [
            {
                "workflow": row.workflow_id,
                "project": row.project,
                "what": row.what,
                "who": row.who,
                "since": row.since.isoformat(),
                "due": row.due.isoformat() if row.due else None,
                "to_do": row.to_do,
            }
            for row in waiting
        ]
        failing = [
            {"workflow": row.workflow_id, "what": row.what, "to_do": row.to_do} for row in problems
        ]
        console.print_json(json.dumps({"waiting": rows, "failing": failing}))
        return
    now = datetime.now(UTC)
    for row in waiting:
        late = " (overdue)" if row.due and row.due < now else ""
        due = f"; due {row.due:%Y-%m-%d %H:%M} UTC{late}" if row.due else ""
        table = Table.grid(padding=(0, 2))
        table.add_row("", f"{row.project}: {row.what}")
        table.add_row("awaited", row.who)
        table.add_row("since", f"{row.since:%Y-%m-%d %H:%M} UTC{due}")
        table.add_row("to do", row.to_do)
        console.print(row.workflow_id, markup=False, highlight=False, style="bold")
        console.print(table, highlight=False)
    for problem in problems:
        console.print(problem.workflow_id, markup=False, highlight=False, style="bold red")
        console.print(f"  {problem.what}", markup=False, highlight=False)
        console.print(f"  to do    {problem.to_do}", markup=False, highlight=False)
    console.print(f"{len(waiting)} waiting for people, {len(problems)} failing.", highlight=False)


def parse(arguments: Sequence[str]) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python -m worker.operations", description=__doc__)
    actions = parser.add_subparsers(dest="action", required=True)
    stuck = actions.add_parser("stuck", help="who is awaited since when, and what keeps failing")
    stuck.add_argument(
        "--older-than",
        type=period,
        default=timedelta(),
        metavar="3d",
        help="leave out what has waited for less (default: nothing)",
    )
    stuck.add_argument("--json", action="store_true", help="print data")
    explained = {
        "remind": "remind the awaited signers or the gatekeeper now",
        "reassign": "let another person give the awaited signature",
        "retry": "try failing activities now; draft a failed version again",
        "pause": "stop a version, a phase or a project",
        "resume": "go on with what was paused",
        "cancel": "withdraw a version or cancel a project",
    }
    for action in ORDERS:
        order = actions.add_parser(action, help=explained[action])
        order.add_argument("id", metavar="ID", help="workflow id, as `stuck` prints it")
        order.add_argument("--as", dest="admin", required=True, metavar="EMAIL", help="who orders")
        order.add_argument(
            "--reason", required=action in ("reassign", "pause", "cancel"), default="", help="why"
        )
        order.add_argument("--order-id", help="repeating an order with its id changes nothing")
        if action == "reassign":
            order.add_argument("--to", required=True, metavar="EMAIL", help="who signs instead")
    return parser.parse_args(arguments)


def main(arguments: Sequence[str]) -> int:
    """Run one command. Exit 0: done, or nothing is stuck; 1: something is; 2: it cannot be done."""
    chosen = parse(arguments)
    try:
        return asyncio.run(run(Settings(), chosen, Console(soft_wrap=True)))
    except ValidationError as error:
        problems = error.errors(include_input=False, include_url=False)
        message = "; ".join(f"{problem['loc']}: {problem['msg']}" for problem in problems)
    except InvalidKeyRing as error:
        message = f"PAYLOAD_KEYS: {error}"
    except UnreadablePayload as error:
        message = f"What Temporal answers cannot be read: {error}"
    except (
        OrderRefused,
        NotAnAdministrator,
        StackError,
        SQLAlchemyError,
        OSError,
        RPCError,
    ) as error:
        message = str(error)
    sys.stderr.write(f"{message}\n")
    return 2


if __name__ == "__main__":
    end(main(sys.argv[1:]))
