"""Histories of every workflow type and path still replay: what is in flight survives a release.

A failure means that the order of commands has changed for runs that have already started. Keep the
old order behind ``workflow.patched("...")``, or, if no such run exists any more, record the
histories of the marked tests anew: ``python -m pytest tests/workflows --record-histories``.
"""

import re
from pathlib import Path

import pytest
from temporalio import workflow
from temporalio.api.history.v1 import History
from temporalio.client import WorkflowHistory
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.worker import Replayer
from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner

from tests.workflows import fingerprints
from tests.workflows.conftest import HISTORIES
from tests.workflows.fingerprints import commands
from worker.registration import SANDBOX, WORKFLOWS

TEACHING = """{name}: runs that are in flight would break on this change.

What the run ordered, by number of its event:
{orders}

What the code of today orders instead:
  {error}

Keep the old order for runs that have taken it already:

    if workflow.patched("what-changes"):
        ...  # as it is from now on
    else:
        ...  # as it was, until no such run is left; then workflow.deprecate_patch

If nothing that is running can have this history, record it anew:
python -m pytest tests/workflows --record-histories
"""
MOST_EVENTS_TO_THE_FIRST_SIGNATURE, MOST_EVENTS_OF_A_SIGNATURE = 50, 25
"""Two signatures, as most documents have, make a hundred at most."""
MOST_BYTES = 64 * 1024
PATHS = sorted(HISTORIES.glob("*.json"))
CONTINUED = {"ProjectWorkflow", "PhaseWorkflow"}
"""Live for years, so they continue as new."""


def read(path: Path) -> str:
    return path.read_text(encoding="utf-8")


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
async def test_a_recorded_history_replays(path: Path) -> None:
    replayer = Replayer(
        workflows=WORKFLOWS,
        data_converter=pydantic_data_converter,
        workflow_runner=SandboxedWorkflowRunner(restrictions=SANDBOX),
    )
    history = WorkflowHistory.from_json("recorded", read(path))
    try:
        await replayer.replay_workflow(history)
    except workflow.NondeterminismError as error:
        orders = "\n".join(f"  {number}. {order}" for number, order in commands(history))
        pytest.fail(TEACHING.format(name=path.stem, error=error, orders=orders), pytrace=False)


def test_every_workflow_type_has_recorded_histories_and_those_that_continue_both_kinds() -> None:
    recorded = {path.stem.split("--", 1)[1] for path in PATHS}
    assert recorded >= {
        *(workflow.__name__ for workflow in WORKFLOWS),
        *(f"continued--{name}" for name in CONTINUED),
    }


def test_every_marked_test_has_kept_histories_and_fingerprints() -> None:
    marked = re.compile(r"^@pytest\.mark\.history\nasync def (\w+)", re.MULTILINE)
    modules = Path(__file__).parent.glob("test_*.py")
    tests = {name for module in modules for name in marked.findall(read(module))}
    assert {path.stem.split("--")[0] for path in PATHS} == tests
    assert fingerprints.read().keys() == tests


@pytest.mark.parametrize(
    "path",
    [path for path in PATHS if path.stem.endswith("--DocumentWorkflow")],
    ids=lambda path: path.stem,
)
def test_the_history_of_a_document_stays_small(path: Path) -> None:
    """Text and files are in the artifact store; histories hold references to them."""
    history = WorkflowHistory.from_json("recorded", read(path))
    signatures = sum("record_decision" in order for _, order in commands(history))
    most = MOST_EVENTS_TO_THE_FIRST_SIGNATURE + MOST_EVENTS_OF_A_SIGNATURE * signatures
    size = History(events=history.events).ByteSize()
    assert len(history.events) <= most, f"{len(history.events)} events, {signatures} signatures"
    assert size < MOST_BYTES, f"{size} bytes: does a message carry a text?"
