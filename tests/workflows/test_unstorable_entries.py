"""What no row can hold: a message fails by name, and the version goes on."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from temporalio.client import Client, WorkflowUpdateFailedError

from activities.records import (
    ApprovalDelegated,
    ApproversAdded,
    DecisionRecorded,
    DocumentChange,
    Entry,
)
from db.projection import UnstorableEntry
from documents.guidance import InvalidGuidance
from documents.plan import Assignee
from documents.vocabulary import DocumentStatus, Position
from tests.fakes import FakeHouse
from tests.waiting import until
from tests.workflows.acting import (
    Document,
    add_approvers,
    decide,
    delegate,
    document,
    refusal,
    under_review,
)
from tests.workflows.conftest import COUNSEL, planned, start_phase
from workflows.document import DocumentWorkflow
from workflows.messages import DocumentView

OTHER = Assignee(position=Position.LEGAL_COUNSEL, email="other@example.mil", name="The Other")
MESSAGES: dict[type[Entry], Callable[[Document, DocumentView], Awaitable[Any]]] = {
    DecisionRecorded: lambda handle, view: decide(handle, view, actor=COUNSEL.email),
    ApprovalDelegated: lambda handle, view: delegate(handle, view, OTHER),
    ApproversAdded: lambda handle, _view: add_approvers(handle, OTHER),
}


@pytest.mark.parametrize("kind", MESSAGES)
async def test_a_message_that_no_row_can_hold_fails_by_name_and_the_signature_stays_awaited(
    temporal_client: Client, worker: None, house: FakeHouse, kind: type[Entry]
) -> None:
    project_id, _ = await start_phase(temporal_client, planned("PR", approvers=(COUNSEL,)))
    handle = document(temporal_client, project_id)
    view = await under_review(handle)
    house.projection.refused[kind] = UnstorableEntry("it holds a value that cannot be stored")
    with pytest.raises(WorkflowUpdateFailedError) as error:
        await MESSAGES[kind](handle, view)
    assert refusal(error) == "UnstorableEntry"
    assert await handle.query(DocumentWorkflow.state) == view
    house.projection.refused.clear()
    receipt = await decide(handle, view, actor=COUNSEL.email)
    assert receipt.document_status is DocumentStatus.APPROVED


async def test_the_reason_of_a_failure_is_recorded_without_what_no_row_can_hold(
    temporal_client: Client, worker: None, house: FakeHouse
) -> None:
    house.agent.failures = [InvalidGuidance("it quotes \0 something")]
    project_id, _ = await start_phase(temporal_client, planned("PR"))

    async def failures() -> list[DocumentChange]:
        changes: list[DocumentChange] = house.projection.of(DocumentChange)
        return [change for change in changes if change.error]

    (failed,) = await until(failures, bool)
    assert failed.error == "it quotes  something"
    assert await document(temporal_client, project_id).result() is DocumentStatus.PENDING
