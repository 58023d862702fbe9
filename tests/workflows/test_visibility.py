"""The Temporal Web UI finds what is stuck by the saved queries of the operators' guide."""

import re
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from temporalio.client import Client, WorkflowHandle

from documents.guidance import InvalidGuidance
from documents.identity import document_id
from documents.plan import Assignee
from documents.vocabulary import Position
from runtime.product import ROOT
from tests.fakes import FakeHouse
from tests.waiting import until
from tests.workflows.acting import (
    current_details,
    decide,
    document,
    generate,
    phase_state,
    started,
    under_review,
)
from tests.workflows.conftest import OFFICER, planned, start_phase
from workflows.document import DocumentWorkflow
from workflows.messages import Gate, Order
from workflows.updates import execute_update

GUIDE = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
QUERIES = dict(re.findall(r"^\| ([\w ]+) \| `(\w+ .+?)`.* \|$", GUIDE, re.MULTILINE))
FRONT_END = "https://office.example.mil/"
COMPTROLLER = Assignee(
    position=Position.COMPTROLLER, email="funds@example.mil", name="The Comptroller"
)


async def found(client: Client, view: str, project_id: UUID, due: datetime | None = None) -> Any:
    """Ids of a project's workflows in a view of the guide; ``due`` replaces the guide's date."""
    query = QUERIES[view].replace("<project id>", str(project_id))
    if due is not None:
        query = re.sub(r'"\d{4}-.*?Z"', f'"{due.isoformat()}"', query)
    rows = client.list_workflows(f'{query} AND ProjectId = "{project_id}"')
    return {row.id.removeprefix(f"project/{project_id}/") async for row in rows}


async def seen(client: Client, view: str, project_id: UUID, *expected: str) -> None:
    """Wait until a view shows these workflows of the project and no other."""
    await until(lambda: found(client, view, project_id), lambda ids: ids == set(expected))


@pytest.mark.parametrize("view", QUERIES)
async def test_the_server_understands_every_saved_query(temporal_client: Client, view: str) -> None:
    await found(temporal_client, view, UUID(int=0))


async def test_a_version_is_found_by_whom_it_awaits_until_nobody_is_awaited(
    temporal_client: Client, worker: None
) -> None:
    project_id, _ = await start_phase(
        temporal_client, planned("PR", approvers=(COMPTROLLER, OFFICER)), front_end=FRONT_END
    )
    version, row = document(temporal_client, project_id), "document/PR/1"
    view = await under_review(version)
    await seen(temporal_client, "Awaiting people", project_id, row)
    await seen(temporal_client, "Awaiting one position", project_id, row)
    assert view.due is not None
    assert await found(temporal_client, "Overdue", project_id, datetime.now(UTC)) == set()
    assert await found(temporal_client, "Overdue", project_id, view.due.replace(year=9000)) == {row}
    details = await current_details(version)
    page = f"https://office.example.mil/projects/{project_id}/documents"
    for said in (
        "**The Comptroller**, Comptroller,",
        f"due {view.due:%Y-%m-%d %H:%M} UTC",
        "signature 1 of 2",
        f"[Document PR, version 1]({page}/{document_id(project_id, 'PR')})",
        "approve it, ask for changes or reject it",
    ):
        assert said in details
    assert await _summary(version) == "Document PR, version 1"
    await decide(version, view, actor=COMPTROLLER.email)
    await seen(temporal_client, "Awaiting one position", project_id)
    await seen(temporal_client, "Awaiting people", project_id, row)
    await execute_update(
        version, DocumentWorkflow.pause, Order(order_id="1", actor="admin", reason="protest")
    )
    await seen(temporal_client, "Paused", project_id, row)
    await execute_update(version, DocumentWorkflow.resume, Order(order_id="2", actor="admin"))
    await seen(temporal_client, "Paused", project_id)
    await decide(version, await version.query(DocumentWorkflow.state), actor=OFFICER.email)
    await version.result()
    attributes = (await version.describe()).search_attributes
    assert not {"AwaitingPosition", "DueDate"} & attributes.keys(), "cleared when no longer true"


async def test_a_failed_draft_and_a_blocked_gate_are_found_by_their_status(
    temporal_client: Client, worker: None, house: FakeHouse
) -> None:
    house.agent.failures = [InvalidGuidance("documents/guidance/PR.md is missing: write it")]
    house.publisher.findings = [["The totals of IGCE and PR differ: correct one."]]
    project_id, phase = await start_phase(temporal_client, planned("PR", approvers=(OFFICER,)))
    first = document(temporal_client, project_id)
    await until(lambda: started(first), bool)
    await first.result()
    await seen(temporal_client, "Failed drafts", project_id, "document/PR/1")
    await generate(phase, "PR")
    second = document(temporal_client, project_id, version=2)
    await decide(second, await under_review(second), actor=OFFICER.email)
    await until(lambda: phase_state(phase), lambda state: state.gate is Gate.BLOCKED)
    await seen(temporal_client, "Gates blocked by findings", project_id, "phase/pre_solicitation")
    details = await current_details(phase)
    assert "Findings at the gate of" in details
    assert "The totals of IGCE and PR differ" not in details, "a finding may quote the estimate"


async def test_a_gate_awaits_nobody_once_a_new_version_takes_its_request_back(
    temporal_client: Client, worker: None
) -> None:
    project_id, phase = await start_phase(temporal_client, planned("PR", approvers=(OFFICER,)))
    first, gate = document(temporal_client, project_id), "phase/pre_solicitation"
    await decide(first, await under_review(first), actor=OFFICER.email)
    await seen(temporal_client, "Awaiting people", project_id, gate)
    await generate(phase, "PR")
    await under_review(document(temporal_client, project_id, version=2))
    await seen(temporal_client, "Awaiting people", project_id, "document/PR/2")
    assert "is awaited" not in await current_details(phase)


async def _summary(handle: WorkflowHandle[Any, Any]) -> str | None:
    return await (await handle.describe()).static_summary()
