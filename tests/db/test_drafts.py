"""The record of drafts: written once, kept with its calls, and any change to it is noticed."""

from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import delete, func, select, update

from activities.drafting import DraftMade
from db.contract_file import ContractFiles
from db.drafts import RECORDED, Drafts, StoredCall
from db.models import AgentCall, AuditLog, DraftRecord, ProjectDocument
from db.session import Sessions, transaction
from documents.identity import document_workflow_id

HASH = "0123456789abcdef" * 4
QUOTE = {"source": "survey.pdf", "place": "page 2", "text": "It costs $40,000."}


def made(project: UUID, **changes: Any) -> DraftMade:
    stated: dict[str, Any] = {
        "project_id": project,
        "workflow_id": document_workflow_id(project, "PR", 1),
        "code": "PR",
        "version": 1,
        "attempt": 1,
        "agent": "model (openai stub)",
        "inputs_sha256": HASH,
        "content_sha256": HASH,
        "score": 97,
        "blocked": False,
        "findings": [{"rule": "wording", "message": "vague", "blocks": False, "weight": 3}],
        "note": "",
        "calls": ["a" * 64],
        "quotes": [QUOTE],
    }
    return DraftMade(**(stated | changes))


def call(**changes: Any) -> StoredCall:
    stated: dict[str, Any] = {
        "key": "a" * 64,
        "provider": "openai",
        "model": "stub",
        "prompt_sha256": HASH,
        "answer_sha256": HASH,
        "input_tokens": 1200,
        "output_tokens": 300,
        "cost_usd": Decimal("0.01"),
        "seconds": 2.5,
    }
    return StoredCall(**(stated | changes))


async def recorded(sessions: Sessions, project: UUID) -> UUID:
    drafts, draft = Drafts(sessions), made(project)
    await drafts.keep_call(draft.workflow_id, call())
    await drafts.record(draft)
    async with sessions() as session:
        key = await session.scalar(
            select(DraftRecord.id).where(DraftRecord.workflow_id == draft.workflow_id)
        )
    assert key is not None
    return key


async def document(sessions: Sessions, project: UUID) -> UUID:
    async with sessions() as session:
        found = await session.scalar(
            select(ProjectDocument.id).where(
                ProjectDocument.project_id == project, ProjectDocument.code == "PR"
            )
        )
    assert found is not None
    return found


async def test_a_draft_is_kept_with_its_calls_and_found_with_its_document(
    sessions: Sessions, project: UUID
) -> None:
    drafts, key = Drafts(sessions), await recorded(sessions, project)
    found = await drafts.get(await document(sessions, project), key)
    assert found is not None
    record, calls = found
    assert (record.agent, record.score, record.quotes) == ("model (openai stub)", 97, [QUOTE])
    assert calls == (call(),)
    assert await drafts.get(UUID(int=1), key) is None, "of another document it does not exist"
    assert await drafts.altered() == ()


async def test_a_repeated_attempt_records_once_and_keeps_the_first_answer(
    sessions: Sessions, project: UUID
) -> None:
    drafts, key = Drafts(sessions), await recorded(sessions, project)
    await drafts.record(made(project, score=1))
    await drafts.keep_call(made(project).workflow_id, call(output_tokens=9))
    listed = await drafts.of_document(await document(sessions, project), 10)
    assert [(record.score, calls) for record, calls in listed] == [(97, (call(),))]
    async with sessions() as session:
        entries = await session.scalar(
            select(func.count()).where(AuditLog.action == RECORDED, AuditLog.entity_id == key)
        )
    assert entries == 1


async def test_a_failure_is_recorded_once_and_stands_beside_a_later_draft(
    sessions: Sessions, project: UUID
) -> None:
    drafts = Drafts(sessions)
    failure = made(
        project, content_sha256=None, score=0, blocked=True, findings=[], note="busy", quotes=[]
    )
    await drafts.keep_call(failure.workflow_id, call())
    for _ in range(2):
        await drafts.record(failure)
    assert await drafts.of_version(failure.workflow_id, HASH) is None, "no version came of it"
    await drafts.record(made(project))
    listed = await drafts.of_document(await document(sessions, project), 10)
    assert [(record.content_sha256, record.note) for record, _ in listed] == [
        (HASH, ""),
        (None, "busy"),
    ]
    assert [calls for _, calls in listed] == [(call(),)] * 2
    assert await drafts.altered() == ()
    async with transaction(sessions) as session:
        await session.execute(
            update(DraftRecord).where(DraftRecord.note == "busy").values(note="fine")
        )
    assert await drafts.altered() == (listed[1][0].id,)


async def test_an_answer_is_found_by_the_version_that_asked_for_it_alone(
    sessions: Sessions, project: UUID
) -> None:
    drafts = Drafts(sessions)
    await recorded(sessions, project)
    assert await drafts.find_call(made(project).workflow_id, "a" * 64) == call()
    other = document_workflow_id(project, "PR", 2)
    assert await drafts.find_call(other, "a" * 64) is None


@pytest.mark.parametrize(
    ("table", "changed"),
    [
        (DraftRecord, {"score": 100}),
        (DraftRecord, {"agent": "facts"}),
        (DraftRecord, {"findings": []}),
        (DraftRecord, {"content_sha256": "f" * 64}),
        (DraftRecord, {"calls": []}),
        (DraftRecord, {"quotes": []}),
        (DraftRecord, {"note": "Nothing to see."}),
        (AgentCall, {"answer_sha256": "f" * 64}),
        (AgentCall, {"model": "another"}),
        (AgentCall, {"cost_usd": Decimal("0.00")}),
    ],
    ids=str,
)
async def test_whatever_is_altered_in_a_record_is_named(
    sessions: Sessions, project: UUID, table: type[Any], changed: dict[str, Any]
) -> None:
    key = await recorded(sessions, project)
    workflow = made(project).workflow_id

    async def write(values: dict[str, Any]) -> None:
        async with transaction(sessions) as session:
            await session.execute(
                update(table).where(table.workflow_id == workflow).values(**values)
            )

    async with sessions() as session:
        row = await session.scalar(select(table).where(table.workflow_id == workflow))
        before = {name: getattr(row, name) for name in changed}
    await write(changed)
    try:
        assert key in await Drafts(sessions).altered()
    finally:
        await write(before)
    assert key not in await Drafts(sessions).altered(), "as it was, it counts again"


async def test_a_record_that_is_deleted_is_named(sessions: Sessions, project: UUID) -> None:
    drafts, key = Drafts(sessions), await recorded(sessions, project)
    async with transaction(sessions) as session:
        await session.execute(delete(DraftRecord).where(DraftRecord.id == key))
    assert key in await drafts.altered()
    await drafts.record(made(project))
    assert key not in await drafts.altered(), "written again as it was, it counts again"


async def test_what_drafts_quote_is_part_of_the_contract_file(
    sessions: Sessions, project: UUID
) -> None:
    await recorded(sessions, project)
    file = await ContractFiles(sessions).read(project)
    assert file.quotations == ("It costs $40,000.\n(Source: survey.pdf, page 2)",)
