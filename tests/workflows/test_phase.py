"""One phase: what starts when, who may ask for a version, and the closing gate."""

import asyncio
from typing import Any
from uuid import UUID

import pytest
from temporalio.client import Client, WorkflowUpdateFailedError

from activities.records import PhaseChange, TransitionDecided, TransitionRequested
from documents.facts import InvalidFacts
from documents.vocabulary import PhaseStatus, RecordKind
from tests.fakes import FakeHouse
from tests.waiting import until
from tests.workflows.acting import (
    Phase,
    current_details,
    decide,
    decide_gate,
    document,
    generate,
    refusal,
    under_review,
)
from tests.workflows.conftest import COUNSEL, OFFICER, planned, start_phase
from workflows.messages import Gate, GateReceipt, NoteRecord, PhaseState, RequestTransition
from workflows.phase import PhaseWorkflow
from workflows.updates import execute_update

SIGNED_BY_ONE: dict[str, Any] = {"approvers": (OFFICER,)}


async def state(phase: Phase) -> PhaseState:
    return await phase.query(PhaseWorkflow.state)


async def approve(client: Client, project_id: UUID, code: str, version: int = 1) -> None:
    handle = document(client, project_id, code, version)
    view = await under_review(handle)
    await decide(handle, view, actor=OFFICER.email)


async def at_gate(phase: Phase, gate: Gate) -> PhaseState:
    return await until(lambda: state(phase), lambda it: it.gate is gate)


async def test_a_document_starts_when_what_it_requires_is_approved(
    temporal_client: Client, worker: None, house: FakeHouse
) -> None:
    project_id, phase = await start_phase(
        temporal_client,
        planned("PR", **SIGNED_BY_ONE),
        planned("MRR", 2, requires=("PR",), **SIGNED_BY_ONE),
    )
    await under_review(document(temporal_client, project_id, "PR"))
    assert (await state(phase)).versions == {"PR": 1}
    await approve(temporal_client, project_id, "PR")
    await under_review(document(temporal_client, project_id, "MRR"))
    assert (await state(phase)).versions == {"PR": 1, "MRR": 1}


@pytest.mark.history
async def test_a_document_waits_for_the_record_it_needs(
    temporal_client: Client, worker: None, house: FakeHouse
) -> None:
    project_id, phase = await start_phase(
        temporal_client, planned("MRR", records=(RecordKind.MARKET_RESEARCH,))
    )
    with pytest.raises(WorkflowUpdateFailedError) as error:
        await generate(phase, "MRR")
    assert refusal(error) == "MissingDependencies"
    await phase.signal(
        PhaseWorkflow.note_record,
        NoteRecord(
            kind=RecordKind.MARKET_RESEARCH, record_id=project_id, actor="specialist@example.mil"
        ),
    )
    await under_review(document(temporal_client, project_id, "MRR"))


async def test_without_automatic_drafting_a_document_waits_for_a_request(
    temporal_client: Client, worker: None, house: FakeHouse
) -> None:
    project_id, phase = await start_phase(temporal_client, planned("PR"), auto_draft=False)
    assert (await state(phase)).versions == {}
    receipt = await generate(phase, "PR", request_id="one")
    again = await generate(phase, "PR", request_id="one")
    assert again == receipt, "repeating a request must not start a second version"
    await under_review(document(temporal_client, project_id, "PR"))


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({"code": "SOW"}, "UnknownDocument"),
        ({"requested_by": COUNSEL}, "DrafterCannotApprove"),
    ],
)
async def test_a_request_that_cannot_be_met_is_refused(
    temporal_client: Client,
    worker: None,
    house: FakeHouse,
    asked: dict[str, object],
    expected: str,
) -> None:
    _, phase = await start_phase(temporal_client, planned("PR"), auto_draft=False)
    with pytest.raises(WorkflowUpdateFailedError) as error:
        await generate(phase, **{"code": "PR", **asked})
    assert refusal(error) == expected
    assert (await state(phase)).versions == {}


@pytest.mark.history
async def test_the_gatekeeper_alone_passes_the_gate(
    temporal_client: Client, worker: None, house: FakeHouse
) -> None:
    project_id, phase = await start_phase(temporal_client, planned("PR", **SIGNED_BY_ONE))
    with pytest.raises(WorkflowUpdateFailedError) as early:
        await decide_gate(phase, OFFICER.email)
    assert refusal(early) == "GateNotOpen"
    await approve(temporal_client, project_id, "PR")
    await at_gate(phase, Gate.PENDING)
    with pytest.raises(WorkflowUpdateFailedError) as stranger:
        await decide_gate(phase, COUNSEL.email)
    assert refusal(stranger) == "NotTheGatekeeper"
    receipt = await decide_gate(phase, OFFICER.email, comments="Complete.")
    assert receipt.approved
    await until(lambda: completed(house, phase), bool)
    assert [decision.approved for decision in house.projection.of(TransitionDecided)] == [True]


async def completed(house: FakeHouse, phase: Phase) -> bool:
    changes: list[PhaseChange] = house.projection.of(PhaseChange, phase.id)
    return changes[-1].status is PhaseStatus.COMPLETED


@pytest.mark.history
async def test_a_package_that_contradicts_itself_blocks_its_gate(
    temporal_client: Client, worker: None, house: FakeHouse
) -> None:
    house.publisher.findings = [["PR says 60 months, PWS says 36: correct one."]]
    project_id, phase = await start_phase(temporal_client, planned("PR", **SIGNED_BY_ONE))
    await approve(temporal_client, project_id, "PR")
    await at_gate(phase, Gate.BLOCKED)
    with pytest.raises(WorkflowUpdateFailedError) as error:
        await decide_gate(phase, OFFICER.email)
    assert refusal(error) == "GateBlocked"
    receipt = await generate(phase, "PR")
    await approve(temporal_client, project_id, "PR", receipt.version)
    asked = await at_gate(phase, Gate.PENDING)
    assert asked.round == 2
    requests = await until(lambda: requested(house), lambda it: len(it) == 2)
    assert [bool(request.blocking) for request in requests] == [True, False]


async def requested(house: FakeHouse) -> list[TransitionRequested]:
    return house.projection.of(TransitionRequested)


@pytest.mark.history
async def test_a_refused_gate_is_asked_for_again(
    temporal_client: Client, worker: None, house: FakeHouse
) -> None:
    project_id, phase = await start_phase(temporal_client, planned("PR", **SIGNED_BY_ONE))
    await approve(temporal_client, project_id, "PR")
    await at_gate(phase, Gate.PENDING)
    await decide_gate(phase, OFFICER.email, approve=False, comments="Funding is not certified.")
    assert (await state(phase)).gate is Gate.REFUSED
    await execute_update(
        phase,
        PhaseWorkflow.request_transition,
        RequestTransition(request_id="again", requested_by="specialist@example.mil"),
    )
    assert (await at_gate(phase, Gate.PENDING)).round == 2


async def deciding(phase: Phase, house: FakeHouse) -> "asyncio.Task[GateReceipt]":
    """A decision to pass the gate whose row is not written before ``house`` is released."""
    house.projection.held = TransitionDecided
    passing = asyncio.create_task(decide_gate(phase, OFFICER.email))
    await house.projection.reached.wait()
    return passing


async def test_two_gate_decisions_at_once_are_one(
    temporal_client: Client, worker: None, house: FakeHouse
) -> None:
    project_id, phase = await start_phase(temporal_client, planned("PR", **SIGNED_BY_ONE))
    await approve(temporal_client, project_id, "PR")
    await at_gate(phase, Gate.PENDING)
    passing = await deciding(phase, house)
    refusing = asyncio.create_task(decide_gate(phase, OFFICER.email, approve=False))
    house.projection.released.set()
    assert (await passing).approved
    with pytest.raises(WorkflowUpdateFailedError) as second:
        await refusing
    assert refusal(second) == "GateNotOpen"
    decided: list[TransitionDecided] = house.projection.of(TransitionDecided)
    assert [entry.approved for entry in decided] == [True]


async def test_nothing_changes_behind_a_gate_while_its_decision_is_recorded(
    temporal_client: Client, worker: None, house: FakeHouse
) -> None:
    project_id, phase = await start_phase(temporal_client, planned("PR", **SIGNED_BY_ONE))
    await approve(temporal_client, project_id, "PR")
    await at_gate(phase, Gate.PENDING)
    passing = await deciding(phase, house)
    drafting = asyncio.create_task(generate(phase, "PR"))
    with pytest.raises(WorkflowUpdateFailedError) as asked:
        await execute_update(
            phase,
            PhaseWorkflow.request_transition,
            RequestTransition(request_id="again", requested_by="specialist@example.mil"),
        )
    assert refusal(asked) == "GateNotOpen"
    house.projection.released.set()
    receipt = await passing
    assert (receipt.round, receipt.approved) == (1, True)
    with pytest.raises(WorkflowUpdateFailedError) as drafted:
        await drafting
    assert refusal(drafted) == "PhaseClosed"
    assert (await state(phase)).versions == {"PR": 1}


async def test_checks_that_fail_for_a_while_are_run_until_they_succeed(
    temporal_client: Client, worker: None, house: FakeHouse
) -> None:
    house.publisher.failures = [OSError("the artifact store is away")] * 5
    project_id, phase = await start_phase(temporal_client, planned("PR", **SIGNED_BY_ONE))
    await approve(temporal_client, project_id, "PR")
    await at_gate(phase, Gate.PENDING)
    assert house.publisher.failures == []


async def test_checks_that_can_never_be_run_block_the_gate_and_say_why(
    temporal_client: Client, worker: None, house: FakeHouse
) -> None:
    house.publisher.failures = [InvalidFacts(("estimate.lines: a quantity is missing",))]
    project_id, phase = await start_phase(temporal_client, planned("PR", **SIGNED_BY_ONE))
    await approve(temporal_client, project_id, "PR")
    blocked = await at_gate(phase, Gate.BLOCKED)
    assert blocked.blocking[0].startswith(
        "The checks cannot be run: estimate.lines: a quantity is missing."
    )
    await execute_update(
        phase,
        PhaseWorkflow.request_transition,
        RequestTransition(request_id="again", requested_by="specialist@example.mil"),
    )
    await at_gate(phase, Gate.PENDING)


async def test_a_warning_holds_the_gate_until_a_reason_for_it_is_kept(
    temporal_client: Client, worker: None, house: FakeHouse
) -> None:
    house.gates.warnings.append(("G4.2 No date is recorded for publication of the notice.",))
    project_id, phase = await start_phase(temporal_client, planned("PR", **SIGNED_BY_ONE))
    await approve(temporal_client, project_id, "PR")
    await at_gate(phase, Gate.PENDING)
    assert "Warnings that need a written reason: 1." in await current_details(phase)
    with pytest.raises(WorkflowUpdateFailedError) as unexplained:
        await decide_gate(phase, OFFICER.email, comments="Looks fine.")
    assert refusal(unexplained) == "WarningsNeedReason"
    receipt = await decide_gate(phase, OFFICER.email, warnings_explained=True)
    assert receipt.approved
