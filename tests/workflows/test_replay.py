"""Histories of every workflow type and path still replay: what is in flight survives a release.

A failure means that the order of commands has changed for runs that have already started. Keep the
old order behind ``workflow.patched("...")``, or, if no such run exists any more, record the
histories of the marked tests anew: ``python -m pytest tests/workflows --record-histories``.
"""

from pathlib import Path

import pytest
from temporalio.client import WorkflowHistory
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.worker import Replayer
from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner

from worker.registration import SANDBOX, WORKFLOWS


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
    await replayer.replay_workflow(WorkflowHistory.from_json("recorded", read(path)))


def test_every_workflow_that_people_wait_for_has_recorded_histories() -> None:
    recorded = {path.stem.rsplit("--", 1)[-1] for path in HISTORIES}
    assert recorded >= {"ProjectWorkflow", "PhaseWorkflow", "DocumentWorkflow"}
