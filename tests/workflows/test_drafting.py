"""Drafts are refined within bounds, the best one is used, and an agent's failure has its end."""

import hashlib

import pytest
from temporalio.client import Client

from activities.records import DocumentChange
from ai_agents.agent import AgentRefused, AgentUnavailable, Call
from ai_agents.script_agent import ScriptFailed
from documents.compose import UnknownKey
from documents.vocabulary import DocumentStatus, GenerationStatus
from tests.fakes import FakeHouse, ScriptedAgent
from tests.waiting import until
from tests.workflows.acting import document, requested, started, under_review
from tests.workflows.conftest import planned, start_phase


def heavy(*starts: str) -> str:
    """Text with one sentence too long for every start."""
    sentences = [f"The {start} {'keeps records and ' * 25}stops." for start in starts]
    return " ".join(["The office keeps records.", *["It is so."] * 30, *sentences])


async def test_the_best_of_several_drafts_is_used(
    temporal_client: Client, worker: None, house: FakeHouse
) -> None:
    house.agent.bodies = [heavy("office", "fleet"), heavy("office"), heavy("a", "b", "c")]
    project_id, _ = await start_phase(temporal_client, planned("PR"))
    handle = document(temporal_client, project_id)
    await under_review(handle)
    entry = await requested(house, handle)
    scores = [record.score for record in house.drafts.records]
    assert len(scores) == 3, "two refinements, no more"
    assert scores[1] > max(scores[0], scores[2]), "the test wants the second to be the best"
    assert entry.content_sha256 == house.drafts.records[1].content_sha256
    assert entry.quality_score == scores[1]
    assert [record.attempt for record in house.drafts.records] == [1, 2, 3]


async def test_an_agent_that_makes_nothing_of_the_findings_is_not_asked_again(
    temporal_client: Client, worker: None, house: FakeHouse
) -> None:
    house.agent.bodies = [heavy("office")] * 5
    project_id, _ = await start_phase(temporal_client, planned("PR"))
    await under_review(document(temporal_client, project_id))
    assert len(house.agent.briefs) == 2
    assert house.agent.briefs[1].feedback, "it was told what was wrong"


async def test_text_that_cannot_be_used_is_replaced_by_standard_text_with_a_note(
    temporal_client: Client, worker: None, house: FakeHouse
) -> None:
    house.agent.bodies = [f"The price number {number} is TBD." for number in range(10)]
    house.agent.fallback = ScriptedAgent(name="facts", refines=False)
    project_id, _ = await start_phase(temporal_client, planned("PR"))
    handle = document(temporal_client, project_id)
    await under_review(handle)
    entry = await requested(house, handle)
    assert entry.agent == "facts"
    assert entry.note.startswith("What scripted wrote cannot be used: 'TBD' stands in the text")
    assert entry.note.endswith("Standard text stands instead.")
    stored = house.artifacts.files[entry.content_sha256].decode()
    assert "TBD" not in stored
    assert hashlib.sha256(stored.encode()).hexdigest() == entry.content_sha256
    assert [record.blocked for record in house.drafts.records] == [True, True, True, False]


async def test_a_busy_provider_is_asked_again_after_the_time_it_names(
    temporal_client: Client, worker: None, house: FakeHouse
) -> None:
    house.agent.failures = [AgentUnavailable("no more requests for now", retry_after=0.05)]
    project_id, _ = await start_phase(temporal_client, planned("PR"))
    await under_review(document(temporal_client, project_id))
    assert len(house.agent.briefs) == 2
    assert [record.attempt for record in house.drafts.records] == [1], "no failure, a delay"


async def test_a_provider_that_stays_busy_is_on_record_once(
    temporal_client: Client, worker: None, house: FakeHouse
) -> None:
    house.agent.failures = [
        AgentUnavailable(f"busy {number}", retry_after=0.05) for number in range(6)
    ]
    project_id, _ = await start_phase(temporal_client, planned("PR"))
    handle = document(temporal_client, project_id)
    await until(lambda: started(handle), bool)
    assert await handle.result() is DocumentStatus.PENDING
    (record,) = house.drafts.records
    assert (record.note, record.content_sha256) == ("busy 5", None)


async def test_what_a_second_reader_was_asked_is_on_the_record_of_the_draft(
    temporal_client: Client, worker: None, house: FakeHouse
) -> None:
    asked = Call(key="a" * 64, provider="openai", model="stub", prompt="Read.", answer="{}")
    house.reviewer.asked = [asked]
    project_id, _ = await start_phase(temporal_client, planned("PR"))
    await under_review(document(temporal_client, project_id))
    assert house.drafts.records[0].calls == [asked.key]


@pytest.mark.parametrize(
    "failure",
    [
        AgentRefused("openai x rejected the request: HTTP 401, the key is wrong"),
        ScriptFailed("pws_agent:generate_pws raised KeyError: 'total'"),
        UnknownKey("section 'Need': 'offers' is undefined"),
    ],
)
async def test_a_refusal_of_an_agent_is_told_at_once_and_not_repeated(
    temporal_client: Client, worker: None, house: FakeHouse, failure: Exception
) -> None:
    house.agent.failures = [failure] * 5
    project_id, _ = await start_phase(temporal_client, planned("PR"))
    handle = document(temporal_client, project_id)
    await until(lambda: started(handle), bool)
    assert await handle.result() is DocumentStatus.PENDING
    assert len(house.agent.briefs) == 1
    failed: DocumentChange = house.projection.of(DocumentChange, handle.id)[-1]
    assert failed.generation is GenerationStatus.FAILED
    assert str(failure) in failed.error
    (record,) = house.drafts.records
    assert (record.agent, record.note) == ("scripted", str(failure))
    assert (record.content_sha256, record.blocked, record.score) == (None, True, 0)
