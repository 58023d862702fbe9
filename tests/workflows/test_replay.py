"""Histories of every workflow type and path still replay: what is in flight survives a release.

A failure means that the order of commands has changed for runs that have already started. Keep the
old order behind ``workflow.patched("...")``, or, if no such run exists any more, record the
histories of the marked tests anew: ``python -m pytest tests/workflows --record-histories``.
"""

from pathlib import Path

import pytest
from temporalio import workflow
from temporalio.api.history.v1 import History
from temporalio.client import WorkflowHistory
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.worker import Replayer
from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner

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


def commands(history: WorkflowHistory) -> list[tuple[int, str]]:
    """What a run has ordered, by number of the event: its fingerprint."""
    found: list[tuple[int, str]] = []
    for event in history.events:
        match event.WhichOneof("attributes"):
            case "activity_task_scheduled_event_attributes":
                name = event.activity_task_scheduled_event_attributes.activity_type.name
                found.append((event.event_id, f"activity {name}"))
            case "start_child_workflow_execution_initiated_event_attributes":
                child = event.start_child_workflow_execution_initiated_event_attributes
                found.append((event.event_id, f"child {child.workflow_type.name}"))
            case "signal_external_workflow_execution_initiated_event_attributes":
                told = event.signal_external_workflow_execution_initiated_event_attributes
                found.append((event.event_id, f"signal {told.signal_name}"))
            case "timer_started_event_attributes":
                found.append((event.event_id, "timer"))
            case "upsert_workflow_search_attributes_event_attributes":
                found.append((event.event_id, "search attributes"))
            case _:
                pass
    return found


def read(path: Path) -> str:
    return path.read_text(encoding="utf-8")


HISTORIES = sorted((Path(__file__).parent / "histories").glob("*.json"))


@pytest.mark.parametrize("path", HISTORIES, ids=lambda path: path.stem)
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


def test_every_workflow_that_people_wait_for_has_recorded_histories() -> None:
    recorded = {path.stem.rsplit("--", 1)[-1] for path in HISTORIES}
    assert recorded >= {"ProjectWorkflow", "PhaseWorkflow", "DocumentWorkflow"}


@pytest.mark.parametrize(
    "path",
    [path for path in HISTORIES if path.stem.endswith("--DocumentWorkflow")],
    ids=lambda path: path.stem,
)
def test_the_history_of_a_document_stays_small(path: Path) -> None:
    """Text and files are in the artifact store; histories hold references to them."""
    history = WorkflowHistory.from_json("recorded", read(path))
    signatures = sum(order == "activity record_decision" for _, order in commands(history))
    most = MOST_EVENTS_TO_THE_FIRST_SIGNATURE + MOST_EVENTS_OF_A_SIGNATURE * signatures
    size = History(events=history.events).ByteSize()
    assert len(history.events) <= most, f"{len(history.events)} events, {signatures} signatures"
    assert size < MOST_BYTES, f"{size} bytes: does a message carry a text?"
