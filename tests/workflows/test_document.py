"""One document version: who may decide, what a decision binds, what happens when drafting fails."""

import asyncio
from datetime import timedelta
from uuid import uuid4

import pytest
from temporalio.api.history.v1 import History
from temporalio.client import Client, WorkflowExecutionStatus, WorkflowUpdateFailedError
from temporalio.testing import WorkflowEnvironment

from activities.records import (
    DecisionRecorded,
    DocumentChange,
    ReminderSent,
)
from documents.guidance import InvalidGuidance
from documents.identity import document_workflow_id
from documents.plan import Assignee
from documents.vocabulary import ApprovalStatus, DocumentStatus, GenerationStatus, Position
from tests.fakes import FakeHouse
from tests.waiting import until
from tests.workflows.acting import (
    current_details,
    decide,
    document,
    generate,
    refusal,
    requested,
    started,
    under_review,
)
from tests.workflows.conftest import COUNSEL, OFFICER, SPECIALIST, planned, start_phase, workers
from workflows.document import DocumentWorkflow
from workflows.messages import WORKFLOW_QUEUE, StartDocument
from workflows.phase import PhaseWorkflow


@pytest.mark.history
async def test_each_signer_approves_in_turn(
    temporal_client: Client, worker: None, house: FakeHouse
) -> None:
    project_id, _ = await start_phase(temporal_client, planned("PR"))
    handle = document(temporal_client, project_id)
    first = await under_review(handle)
    assert first.awaiting == COUNSEL
    await decide(handle, first, actor=COUNSEL.email)
    second = await handle.query(DocumentWorkflow.state)
    assert second.awaiting == OFFICER
    receipt = await decide(handle, second, actor=OFFICER.email)
    assert receipt.document_status is DocumentStatus.APPROVED
    assert await handle.result() is DocumentStatus.APPROVED
    decisions: list[DecisionRecorded] = house.projection.of(DecisionRecorded)
    assert [(decision.step, decision.actor) for decision in decisions] == [
        (1, COUNSEL.email),
        (2, OFFICER.email),
    ]
    assert decisions[0].next_term is not None
    assert decisions[1].next_term is None


async def test_the_history_of_a_version_with_three_signers_stays_small(
    temporal_client: Client, worker: None, house: FakeHouse
) -> None:
    head = Assignee(position=Position.COMPTROLLER, email="head@example.mil", name="The Head")
    signers = (COUNSEL, head, OFFICER)
    project_id, _ = await start_phase(temporal_client, planned("PR", approvers=signers))
    handle = document(temporal_client, project_id)
    await under_review(handle)
    for signer in signers:
        await decide(handle, await handle.query(DocumentWorkflow.state), actor=signer.email)
    assert await handle.result() is DocumentStatus.APPROVED
    history = await handle.fetch_history()
    assert len(history.events) < 100
    assert History(events=history.events).ByteSize() < 64 * 1024


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"actor": OFFICER.email}, "NotTheApprover"),
        ({"actor": SPECIALIST.email}, "DrafterCannotApprove"),
        ({"sha256": "0" * 64}, "WrongVersion"),
        ({"step": 2}, "NotAwaitingDecision"),
    ],
)
async def test_a_decision_that_is_not_this_signers_is_refused_before_it_is_written(
    temporal_client: Client,
    worker: None,
    house: FakeHouse,
    change: dict[str, object],
    expected: str,
) -> None:
    project_id, _ = await start_phase(temporal_client, planned("PR"))
    handle = document(temporal_client, project_id)
    view = await under_review(handle)
    with pytest.raises(WorkflowUpdateFailedError) as error:
        await decide(handle, view, **{"actor": COUNSEL.email, **change})
    assert refusal(error) == expected
    assert not house.projection.of(DecisionRecorded), "a refused decision must leave no trace"


async def test_a_repeated_decision_gets_the_first_answer_even_after_the_end(
    temporal_client: Client, worker: None, house: FakeHouse
) -> None:
    project_id, _ = await start_phase(temporal_client, planned("PR", approvers=(OFFICER,)))
    handle = document(temporal_client, project_id)
    view = await under_review(handle)
    first = await decide(handle, view, actor=OFFICER.email, decision_id="once")
    await handle.result()
    again = await decide(handle, view, actor=OFFICER.email, decision_id="once")
    assert again == first
    assert len(house.projection.of(DecisionRecorded)) == 1


@pytest.mark.history
async def test_asking_for_changes_starts_the_next_version_with_the_comments(
    temporal_client: Client, worker: None, house: FakeHouse
) -> None:
    project_id, _ = await start_phase(temporal_client, planned("PR"))
    handle = document(temporal_client, project_id)
    await decide(
        handle,
        await under_review(handle),
        actor=COUNSEL.email,
        status=ApprovalStatus.REQUESTED_CHANGES,
        comments="Name the funding year.",
    )
    second = document(temporal_client, project_id, version=2)
    view = await under_review(second)
    assert view.version == 2
    assert house.agent.briefs[-1].feedback == ("Name the funding year.",)
    assert await handle.result() is DocumentStatus.REJECTED


async def test_a_rejected_version_waits_for_somebody_to_ask_for_the_next(
    temporal_client: Client, worker: None, house: FakeHouse
) -> None:
    project_id, phase = await start_phase(temporal_client, planned("PR"))
    handle = document(temporal_client, project_id)
    await decide(
        handle,
        await under_review(handle),
        actor=COUNSEL.email,
        status=ApprovalStatus.REJECTED,
        comments="Not needed.",
    )
    assert await handle.result() is DocumentStatus.REJECTED
    state = await until(lambda: phase.query(PhaseWorkflow.state), lambda it: not it.in_flight)
    assert state.versions == {"PR": 1}
    receipt = await generate(phase, "PR")
    assert receipt.version == 2


@pytest.mark.history
async def test_a_new_version_supersedes_the_one_under_review(
    temporal_client: Client, worker: None, house: FakeHouse
) -> None:
    project_id, phase = await start_phase(temporal_client, planned("PR"))
    first = document(temporal_client, project_id)
    view = await under_review(first)
    await generate(phase, "PR")
    description = await until(
        first.describe, lambda it: it.status is not WorkflowExecutionStatus.RUNNING
    )
    assert description.status is WorkflowExecutionStatus.CANCELED
    withdrawn: list[DocumentChange] = house.projection.of(DocumentChange, first.id)
    assert withdrawn[-1].status is DocumentStatus.EXPIRED
    second = await under_review(document(temporal_client, project_id, version=2))
    assert second.docx_sha256 != view.docx_sha256


async def test_findings_of_the_review_feed_the_next_draft(
    temporal_client: Client, worker: None, house: FakeHouse
) -> None:
    house.agent.bodies = ["The price is TBD."]
    project_id, _ = await start_phase(temporal_client, planned("PR"))
    await under_review(document(temporal_client, project_id))
    assert len(house.agent.briefs) == 2
    assert any("TBD" in finding for finding in house.agent.briefs[1].feedback)


@pytest.mark.history
async def test_a_draft_that_stays_wrong_is_given_up_with_its_findings(
    temporal_client: Client, worker: None, house: FakeHouse
) -> None:
    house.agent.bodies = ["The price is TBD."] * 10
    project_id, _ = await start_phase(temporal_client, planned("PR"))
    handle = document(temporal_client, project_id)
    await until(lambda: started(handle), bool)
    assert await handle.result() is DocumentStatus.PENDING
    failed: DocumentChange = house.projection.of(DocumentChange, handle.id)[-1]
    assert failed.generation is GenerationStatus.FAILED
    assert "TBD" in failed.error
    assert len(house.agent.briefs) == 3


@pytest.mark.history
async def test_a_permanent_error_is_not_retried_and_says_what_to_do(
    temporal_client: Client, worker: None, house: FakeHouse
) -> None:
    house.agent.failures = [InvalidGuidance("documents/guidance/PR.md is missing: write it")]
    project_id, phase = await start_phase(temporal_client, planned("PR"))
    handle = document(temporal_client, project_id)
    await until(lambda: started(handle), bool)
    assert await handle.result() is DocumentStatus.PENDING
    assert len(house.agent.briefs) == 1, "a permanent error must not be tried again"
    failed: DocumentChange = house.projection.of(DocumentChange, handle.id)[-1]
    assert failed.generation is GenerationStatus.FAILED
    assert "write it" in failed.error
    receipt = await generate(phase, "PR")
    assert await under_review(document(temporal_client, project_id, version=receipt.version))


async def test_a_passing_error_is_retried(
    temporal_client: Client, worker: None, house: FakeHouse
) -> None:
    house.agent.failures = [ConnectionError("the model is away")]
    project_id, _ = await start_phase(temporal_client, planned("PR"))
    await under_review(document(temporal_client, project_id))
    assert len(house.agent.briefs) == 2


async def test_the_version_that_is_signed_is_the_version_that_was_stored(
    temporal_client: Client, worker: None, house: FakeHouse
) -> None:
    project_id, _ = await start_phase(temporal_client, planned("PR"))
    handle = document(temporal_client, project_id)
    view = await under_review(handle)
    stored = await requested(house, handle)
    assert view.docx_sha256 == stored.files.docx_sha256
    assert stored.files.docx_sha256 in house.artifacts.files


async def test_silence_reminds_and_never_approves(
    skipping: WorkflowEnvironment, house: FakeHouse
) -> None:
    async with workers(skipping.client, house):
        project_id = uuid4()
        handle = await skipping.client.start_workflow(
            DocumentWorkflow.run,
            StartDocument(
                project_id=project_id,
                document=planned("PR"),
                version=1,
                requested_by=SPECIALIST,
            ),
            id=document_workflow_id(project_id, "PR", 1),
            task_queue=WORKFLOW_QUEUE,
        )
        view = await under_review(handle)
        await skipping.fast_forward(handle, timedelta(days=30))
        after = await handle.query(DocumentWorkflow.state)
        details = await current_details(handle)
    reminders: list[ReminderSent] = house.projection.of(ReminderSent, handle.id)
    assert [reminder.overdue for reminder in reminders] == [False, True, True]
    assert [reminder.escalated for reminder in reminders] == [False, False, True]
    assert "Overdue: **H. Head, Head of the Procuring Activity** was told" in details
    assert "awaited since" in details, "what the signer has to do is shown as before"
    assert after == view, "a month of silence must change nothing but the reminders"


async def test_a_signer_may_decide_while_the_signature_before_is_being_recorded(
    temporal_client: Client, worker: None, house: FakeHouse
) -> None:
    project_id, _ = await start_phase(temporal_client, planned("PR"))
    handle = document(temporal_client, project_id)
    first = await under_review(handle)
    second = first.model_copy(update={"step": 2})
    house.projection.held = DecisionRecorded
    async with asyncio.TaskGroup() as deciding:
        one = deciding.create_task(decide(handle, first, actor=COUNSEL.email))
        await house.projection.reached.wait()
        two = deciding.create_task(decide(handle, second, actor=OFFICER.email))
        await asyncio.sleep(0.3)  # long enough for the second decision to arrive
        house.projection.released.set()
    assert [one.result().step, two.result().step] == [1, 2]
    assert await handle.result() is DocumentStatus.APPROVED
