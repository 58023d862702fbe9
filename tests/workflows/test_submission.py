"""Versions that people make: no agent drafts them, their files are what was handed in."""

import pytest
from temporalio.client import Client, WorkflowExecutionStatus, WorkflowUpdateFailedError

from documents.plan import Assignee
from documents.vocabulary import DocumentStatus, Position, RecordKind
from tests.fakes import FakeHouse
from tests.waiting import until
from tests.workflows.acting import (
    decide,
    decide_gate,
    document,
    generate,
    phase_state,
    refusal,
    requested,
    submit,
    under_review,
)
from tests.workflows.conftest import COUNSEL, OFFICER, planned, start_phase
from workflows.messages import Gate

AUTHOR = Assignee(position=Position.PROGRAM_MANAGER, email="pm@example.mil", name="The Manager")


async def stored(house: FakeHouse, text: str) -> str:
    return await house.artifacts.write(text.encode())


@pytest.mark.history
async def test_a_submitted_docx_is_signed_byte_for_byte(
    temporal_client: Client, worker: None, house: FakeHouse
) -> None:
    project_id, phase = await start_phase(temporal_client, planned("PR"))
    first = document(temporal_client, project_id)
    await under_review(first)
    docx = await stored(house, "the DOCX of a person")
    receipt = await submit(
        phase, "PR", submitted_by=AUTHOR, docx_sha256=docx, note="Funding year corrected"
    )
    second = document(temporal_client, project_id, version=receipt.version)
    view = await under_review(second)
    assert view.docx_sha256 == docx, "what is signed must be the very bytes that were handed in"
    assert len(house.agent.briefs) == 1, "an agent drafted over a person's version"
    described = await until(
        first.describe, lambda it: it.status is not WorkflowExecutionStatus.RUNNING
    )
    assert described.status is WorkflowExecutionStatus.CANCELED
    entry = await requested(house, second)
    assert entry.drafter == AUTHOR
    assert entry.note == "Funding year corrected"
    assert house.artifacts.files[entry.content_sha256] == b"the DOCX of a person"
    with pytest.raises(WorkflowUpdateFailedError) as error:
        await decide(second, view, actor=AUTHOR.email)
    assert refusal(error) == "DrafterCannotApprove"


@pytest.mark.history
async def test_a_submitted_text_is_rendered_and_not_drafted(
    temporal_client: Client, worker: None, house: FakeHouse
) -> None:
    project_id, phase = await start_phase(temporal_client, planned("PR"), auto_draft=False)
    await phase_state(phase)  # it has begun
    text = await stored(house, "# The text of a person")
    receipt = await submit(phase, "PR", content_sha256=text, request_id="once")
    handle = document(temporal_client, project_id)
    view = await under_review(handle)
    assert not house.agent.briefs
    assert b"# The text of a person" in house.artifacts.files[view.docx_sha256]
    again = await submit(phase, "PR", content_sha256=text, request_id="once")
    assert again == receipt, "a repeated submission must not make another version"
    await decide(handle, view, actor=COUNSEL.email)
    await decide(handle, await under_review(handle), actor=OFFICER.email)
    assert await handle.result() is DocumentStatus.APPROVED


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"docx_sha256": "", "content_sha256": ""}, "InvalidSubmission"),
        ({"content_sha256": "0" * 64}, "InvalidSubmission"),
        ({"code": "SSN"}, "UnknownDocument"),
        ({"submitted_by": OFFICER}, "DrafterCannotApprove"),
        ({"code": "LATER"}, "MissingDependencies"),
    ],
)
async def test_a_submission_that_cannot_be_reviewed_is_refused(
    temporal_client: Client,
    worker: None,
    house: FakeHouse,
    given: dict[str, object],
    expected: str,
) -> None:
    _, phase = await start_phase(
        temporal_client,
        planned("PR"),
        planned("LATER", 2, records=(RecordKind.QUESTIONS,)),
        auto_draft=False,
    )
    with pytest.raises(WorkflowUpdateFailedError) as error:
        await submit(phase, **{"code": "PR", "docx_sha256": "0" * 64, **given})
    assert refusal(error) == expected
    assert (await phase_state(phase)).versions == {}


async def test_a_new_version_takes_the_gate_back_from_its_keeper(
    temporal_client: Client, worker: None, house: FakeHouse
) -> None:
    project_id, phase = await start_phase(temporal_client, planned("PR", approvers=(OFFICER,)))
    handle = document(temporal_client, project_id)
    await decide(handle, await under_review(handle), actor=OFFICER.email)
    await until(lambda: phase_state(phase), lambda it: it.gate is Gate.PENDING)
    receipt = await generate(phase, "PR")
    with pytest.raises(WorkflowUpdateFailedError) as error:
        await decide_gate(phase, OFFICER.email)
    assert refusal(error) == "GateNotOpen", "the gate was passed without an approved document"
    second = document(temporal_client, project_id, version=receipt.version)
    await decide(second, await under_review(second), actor=OFFICER.email)
    state = await until(lambda: phase_state(phase), lambda it: it.gate is Gate.PENDING)
    assert state.round == 2
