"""Another requirements package: documents join, leave or change signers, and what is settled."""

import asyncio
from collections.abc import Awaitable
from typing import Any, TypeVar
from uuid import uuid4

import pytest
from temporalio.client import Client, WorkflowUpdateFailedError
from temporalio.exceptions import ApplicationError

from activities.records import DocumentChange, Entry, ReviseProject, TransitionDecided
from documents.vocabulary import DocumentStatus, Phase
from tests.fakes import FakeHouse
from tests.waiting import until
from tests.workflows.acting import (
    decide,
    decide_gate,
    document,
    generate,
    phase_state,
    refusal,
    started,
    under_review,
)
from tests.workflows.conftest import OFFICER, SPECIALIST, planned, start_phase
from tests.workflows.projects import (
    ONE,
    phase_of,
    plan,
    ready,
    revise,
    start_project,
)
from workflows.messages import Gate
from workflows.project import ProjectWorkflow

Answer = TypeVar("Answer")


async def refused(call: Awaitable[Answer]) -> str | None:
    with pytest.raises(WorkflowUpdateFailedError) as error:
        await call
    return refusal(error)


@pytest.mark.history
async def test_documents_join_and_leave_the_running_phase(
    temporal_client: Client, worker: None, house: FakeHouse
) -> None:
    first = plan(planned("PR", **ONE), planned("SSN", 2, **ONE))
    project_id, project = await ready(temporal_client, first)
    leaving = document(temporal_client, project_id, "SSN")
    await under_review(leaving)
    await revise(project, plan(planned("PR", **ONE), planned("RFI", 2, **ONE)))
    await under_review(document(temporal_client, project_id, "RFI"))
    withdrawn = await until(
        lambda: _changes(house, leaving.id),
        lambda found: any(change.status is DocumentStatus.EXPIRED for change in found),
    )
    assert withdrawn, "nobody may sign a document that has left the plan"
    state = await phase_state(phase_of(temporal_client, project_id))
    assert state.in_flight == ["PR", "RFI"]
    with pytest.raises(WorkflowUpdateFailedError):
        await generate(phase_of(temporal_client, project_id), "SSN")


async def _changes(house: FakeHouse, workflow_id: str) -> list[DocumentChange]:
    return house.projection.of(DocumentChange, workflow_id)


async def test_other_signers_sign_a_new_version(
    temporal_client: Client, worker: None, house: FakeHouse
) -> None:
    project_id, project = await ready(temporal_client, plan(planned("PR")))
    await under_review(document(temporal_client, project_id))
    await revise(project, plan(planned("PR", **ONE)))
    second = document(temporal_client, project_id, version=2)
    view = await under_review(second)
    assert view.awaiting == OFFICER, "the signer of the new package is asked, not the old one"


async def test_an_approved_document_that_stays_is_not_drafted_again(
    temporal_client: Client, worker: None, house: FakeHouse
) -> None:
    first = plan(planned("PR", **ONE), planned("SSN", 2, requires=("PR",), **ONE))
    project_id, project = await ready(temporal_client, first)
    pr = document(temporal_client, project_id)
    await decide(pr, await under_review(pr), actor=OFFICER.email)
    await under_review(document(temporal_client, project_id, "SSN"))
    await revise(project, plan(planned("PR", **ONE)))
    phase = phase_of(temporal_client, project_id)
    state = await until(lambda: phase_state(phase), lambda it: it.gate is Gate.PENDING)
    assert state.versions["PR"] == 1
    assert house.projection.of(ReviseProject), "the revision is on record"


async def test_a_closed_phase_keeps_its_documents(
    temporal_client: Client, worker: None, house: FakeHouse
) -> None:
    later = planned("SEC-C", 2, phase=Phase.SOLICITATION, **ONE)
    project_id, project = await ready(temporal_client, plan(planned("PR", **ONE), later))
    pr = document(temporal_client, project_id)
    await decide(pr, await under_review(pr), actor=OFFICER.email)
    phase = phase_of(temporal_client, project_id)
    await until(lambda: phase_state(phase), lambda it: it.gate is Gate.PENDING)
    await decide_gate(phase, OFFICER.email)
    await under_review(document(temporal_client, project_id, "SEC-C"))
    grown = plan(planned("PR", **ONE), planned("SSN", 2, **ONE), later)
    assert await refused(revise(project, grown)) == "PhaseClosed"
    more = planned("SEC-D", 3, phase=Phase.SOLICITATION, **ONE)
    await revise(project, plan(planned("PR", **ONE), later, more))
    await under_review(document(temporal_client, project_id, "SEC-D"))


async def test_the_regime_is_frozen_once_the_solicitation_is_released(
    temporal_client: Client, worker: None, house: FakeHouse
) -> None:
    _, project = await ready(temporal_client, plan(planned("PR")))
    await revise(project, plan(planned("PR")), regime="RFO")
    changed: dict[str, Any] = {"regime": "FAR", "released": True}
    assert await refused(revise(project, plan(planned("PR")), **changed)) == "RegimeFrozen"
    await revise(project, plan(planned("PR")), **changed, regime_change_reason="Court order")
    entries: list[ReviseProject] = house.projection.of(ReviseProject)
    assert entries[-1].why == "Court order", "the reason stays on record"


async def test_who_read_an_earlier_package_is_told_to_read_again(
    temporal_client: Client, worker: None, house: FakeHouse
) -> None:
    _, project = await ready(temporal_client, plan(planned("PR")))
    receipt = await revise(project, plan(planned("PR")))
    await revise(project, plan(planned("PR")), based_on=receipt.facts_id)
    stale = revise(project, plan(planned("PR")), based_on=receipt.facts_id)
    assert await refused(stale) == "PackageChanged"


async def test_two_revisions_at_once_have_one_order(
    temporal_client: Client, worker: None, house: FakeHouse
) -> None:
    _, project = await ready(temporal_client, plan(planned("PR", **ONE)))
    plans = [plan(planned("PR", **ONE), planned(code, 2, **ONE)) for code in ("SSN", "RFI")]
    receipts = await asyncio.gather(*(revise(project, one) for one in plans))
    assert sorted(receipt.revision for receipt in receipts) == [1, 2]
    last = max(receipts, key=lambda receipt: receipt.revision)
    state = await project.query(ProjectWorkflow.state)
    entries: list[ReviseProject] = house.projection.of(ReviseProject)
    newest = max(entries, key=lambda entry: entry.seq)
    assert newest.facts_id == state.facts_id == last.facts_id
    assert newest.plan == state.plan, "what is stored last is what the workflow works from"


async def test_repeating_a_revision_gives_the_first_answer(
    temporal_client: Client, worker: None, house: FakeHouse
) -> None:
    _, project = await ready(temporal_client, plan(planned("PR")))
    same: dict[str, Any] = {"request_id": "once", "facts_id": uuid4()}
    first = await revise(project, plan(planned("PR")), **same)
    assert await revise(project, plan(planned("PR")), **same) == first
    assert len(house.projection.of(ReviseProject)) == 1


async def test_before_the_package_is_accepted_there_is_nothing_to_revise(
    temporal_client: Client, worker: None
) -> None:
    _, project = await start_project(temporal_client)
    assert await refused(revise(project, plan(planned("PR")))) == "PackageNotAccepted"


async def test_a_refused_record_leaves_everything_as_it_was(
    temporal_client: Client, worker: None, house: FakeHouse
) -> None:
    _, project = await ready(temporal_client, plan(planned("PR")))
    _refuse(house, ReviseProject, "PhaseClosed")
    assert await refused(revise(project, plan(planned("PR"), planned("SSN", 2)))) == "PhaseClosed"
    state = await project.query(ProjectWorkflow.state)
    assert state.plan == plan(planned("PR")), "the plan is that of the stored package"


async def test_a_gate_that_was_decided_on_an_earlier_package_is_asked_again(
    temporal_client: Client, worker: None, house: FakeHouse
) -> None:
    project_id, phase = await start_phase(temporal_client, planned("PR", **ONE))
    pr = document(temporal_client, project_id)
    await decide(pr, await under_review(pr), actor=OFFICER.email)
    await until(lambda: phase_state(phase), lambda it: it.gate is Gate.PENDING)
    _refuse(house, TransitionDecided, "PackageChanged")
    assert await refused(decide_gate(phase, OFFICER.email)) == "PackageChanged"
    assert (await phase_state(phase)).gate is Gate.PENDING, "the gatekeeper may look again"


async def test_a_person_may_have_a_draft_before_what_it_requires_is_approved(
    temporal_client: Client, worker: None, house: FakeHouse
) -> None:
    documents = planned("PR", **ONE), planned("SSN", 2, requires=("PR",), **ONE)
    project_id, phase = await start_phase(temporal_client, *documents)
    waiting = document(temporal_client, project_id, "SSN")
    await under_review(document(temporal_client, project_id))
    assert not await started(waiting), "nothing drafts it by itself before PR is approved"
    await generate(phase, "SSN", requested_by=SPECIALIST)
    await decide(waiting, await under_review(waiting), actor=OFFICER.email)
    assert (await phase_state(phase)).gate is Gate.CLOSED, "the gate waits for PR"


async def test_lineage_is_looked_at_before_a_gate_opens(
    temporal_client: Client, worker: None, house: FakeHouse
) -> None:
    project_id, phase = await start_phase(temporal_client, planned("PR", **ONE))
    pr = document(temporal_client, project_id)
    await decide(pr, await under_review(pr), actor=OFFICER.email)
    await until(lambda: phase_state(phase), lambda it: it.gate is Gate.PENDING)
    history = await phase.fetch_history()
    scheduled = [
        event.activity_task_scheduled_event_attributes.activity_type.name
        for event in history.events
        if event.HasField("activity_task_scheduled_event_attributes")
    ]
    assert scheduled.index("find_stale") < scheduled.index("check_gate")


def _refuse(house: FakeHouse, kind: type[Entry], name: str) -> None:
    """Let the record refuse entries of one kind for good."""
    house.projection.refused[kind] = ApplicationError("no", type=name, non_retryable=True)
