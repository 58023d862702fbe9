"""What gates look at as it is stored, and the reasons for which warnings may stay."""

from datetime import date
from uuid import UUID

import pytest
from sqlalchemy import select

from db.contract_file import ContractFiles
from db.deadlines import DeadlineStore
from db.gates import GateStore
from db.models import AuditLog, User
from db.recorded_events import RecordedEvents
from db.session import Sessions
from documents.facts import Facts
from documents.vocabulary import Phase
from rules.deadlines import Event
from tests.db.people import OFFICER, user_id

FIRST = "G4.2 No date is recorded for publication of the presolicitation notice."
SECOND = "X12 PWS: says that the Contractor supports; say what is delivered."


@pytest.fixture
def store(sessions: Sessions) -> GateStore:
    return GateStore(sessions)


async def test_progress_is_what_is_stored_of_documents_events_and_deadlines(
    sessions: Sessions, store: GateStore, project: UUID, facts: Facts
) -> None:
    files, deadlines = ContractFiles(sessions), DeadlineStore(sessions)
    await deadlines.replace(project, f"project/{project}", "t2", lambda: files.read(project))
    (row,) = [row for row in await deadlines.list(project) if row.rule == "D10"]
    await deadlines.complete(project, row.id, user_id(OFFICER))
    async with sessions() as session:
        officer = await session.get_one(User, user_id(OFFICER))
    await RecordedEvents(sessions).record(
        project,
        Event.PRESOLICITATION_PUBLISHED,
        date(2026, 11, 2),
        officer,
        time_zone=facts.project.office.time_zone,
        also={},
    )
    progress = await store.progress(project)
    assert progress.accepted
    assert (progress.planned, progress.approved) == ({"PR", "SSN"}, frozenset())
    assert progress.recorded == {Event.PRESOLICITATION_PUBLISHED: date(2026, 11, 2)}
    assert [done for rule, (_, done) in progress.deadlines.items() if rule == "D10"] == [True]
    unmet = await store.unmet(project, Phase.PRE_SOLICITATION, await files.read(project))
    assert {condition.id for condition in unmet} == {"G0.5", "G1.2"}, "PR and SSN are not approved"
    with pytest.raises(LookupError):
        await store.progress(UUID(int=0))


async def test_a_reason_covers_the_warning_as_it_reads_and_is_audited(
    sessions: Sessions, store: GateStore, project: UUID
) -> None:
    async with sessions() as session:
        officer = await session.get_one(User, user_id(OFFICER))
    assert await store.unexplained(project, [FIRST, SECOND]) == (FIRST, SECOND)
    await store.waive(project, "G4", "G4.2", [FIRST], "It appears on Friday.", officer)
    assert await store.unexplained(project, [FIRST, SECOND]) == (SECOND,)
    assert await store.unexplained(project, [FIRST + " Again."]) == (FIRST + " Again.",)
    (view,) = await store.waivers(project)
    assert (view.waiver.gate, view.waived_by.email) == ("G4", OFFICER.email)
    query = select(AuditLog).where(
        AuditLog.project_id == project, AuditLog.action == "warning_waived"
    )
    async with sessions() as session:
        (entry,) = await session.scalars(query)
    assert entry.changes["why"] == "It appears on Friday."
    assert entry.changes["after"]["warnings"] == [FIRST]
