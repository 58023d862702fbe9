"""Closures of offices, and the queue of projects whose deadlines they change."""

from collections.abc import AsyncIterator
from datetime import date
from typing import Any
from uuid import UUID

import pytest
import pytest_asyncio
from sqlalchemy import select, update

from db.closures import AlreadyClosed, Closures, closure_history
from db.contract_file import ContractFiles
from db.deadlines import DeadlineStore
from db.models import AuditLog, Closure, Project, User
from db.recorded_events import EventRefused, RecordedEvents
from db.session import Sessions, transaction
from documents.facts import Facts
from documents.vocabulary import ProjectStatus
from rules.calendar import ClosureKind, FederalCalendar
from rules.deadlines import Event
from tests.db.people import OFFICER, user_id

STORM, LAPSE = date(2027, 1, 25), date(2027, 10, 1)
BY = user_id(OFFICER)


@pytest_asyncio.fixture(loop_scope="session")
async def closures(sessions: Sessions) -> AsyncIterator[Closures]:
    yield Closures(sessions)
    async with transaction(sessions) as session:
        for row in await session.scalars(select(Closure)):
            await session.delete(row)


async def counted(sessions: Sessions, project: UUID) -> DeadlineStore:
    """The project with deadlines, as after its package was accepted."""
    store, files = DeadlineStore(sessions), ContractFiles(sessions)
    await store.replace(project, f"project/{project}", "t2", lambda: files.read(project))
    return store


async def test_the_calendar_of_any_time_can_be_told_from_the_rows(
    sessions: Sessions, closures: Closures, facts: Facts
) -> None:
    office = facts.project.office.aac
    storm = await closures.add(STORM, ClosureKind.WEATHER, "Storm", BY, office)
    await closures.add(LAPSE, ClosureKind.LAPSE_OF_APPROPRIATIONS, "No money", BY)
    await closures.add(date(2027, 1, 26), ClosureKind.BASE_CLOSURE, "Elsewhere", BY, "W56KGU")
    both = FederalCalendar(frozenset({STORM, LAPSE}))
    async with sessions() as session:
        assert (await closure_history(session, office)).now().version == both.version
    assert await closures.remove(storm.id, "It held off", BY)
    assert await closures.remove(storm.id, "Again", BY) is None
    async with sessions() as session:
        history = await closure_history(session, office)
    assert history.now().closures == {LAPSE}
    for days in (set[date](), {STORM}, {STORM, LAPSE}, {LAPSE}):
        wanted = FederalCalendar(frozenset(days))
        found = history.named(wanted.version)
        assert found is not None, f"the calendar with {days} is lost"
        assert found.closures == days
    assert history.named(FederalCalendar(frozenset({date(2027, 1, 26)})).version) is None


async def test_a_day_is_closed_once_and_every_change_is_audited(
    sessions: Sessions, closures: Closures
) -> None:
    row = await closures.add(STORM, ClosureKind.WEATHER, "Storm", BY)
    for office in ("", "N00189"):
        with pytest.raises(AlreadyClosed):
            await closures.add(STORM, ClosureKind.WEATHER, "Storm", BY, office)
    await closures.remove(row.id, "It held off", BY)
    await closures.add(STORM, ClosureKind.WEATHER, "It came after all", BY)
    query = select(AuditLog).where(AuditLog.entity_id == row.id).order_by(AuditLog.created_at)
    async with sessions() as session:
        entries = list(await session.scalars(query))
    assert [entry.action for entry in entries] == ["closure_added", "closure_removed"]
    assert [entry.changes["why"] for entry in entries] == ["Storm", "It held off"]
    assert {entry.user_id for entry in entries} == {BY}


async def test_a_closure_outdates_open_projects_of_its_office_only(
    sessions: Sessions, closures: Closures, project: UUID, new_project: Any, facts: Facts
) -> None:
    store = await counted(sessions, project)
    closed = await new_project()
    await counted(sessions, closed)
    async with transaction(sessions) as session:
        await session.execute(
            update(Project)
            .where(Project.id == closed)
            .values(overall_status=ProjectStatus.CANCELLED)
        )
    await closures.add(STORM, ClosureKind.BASE_CLOSURE, "Elsewhere", BY, "W56KGU")
    assert not await store.is_outdated(project)
    await closures.add(STORM, ClosureKind.WEATHER, "Storm", BY, facts.project.office.aac)
    assert await store.is_outdated(project)
    assert not await store.is_outdated(closed), "nobody needs its deadlines any more"


async def test_a_change_during_a_computation_is_not_lost(
    sessions: Sessions, closures: Closures, project: UUID, facts: Facts
) -> None:
    store, files = await counted(sessions, project), ContractFiles(sessions)
    await closures.add(STORM, ClosureKind.WEATHER, "Storm", BY)
    (outdated,) = [row for row in await store.outdated(100) if row.project_id == project]
    await closures.add(LAPSE, ClosureKind.LAPSE_OF_APPROPRIATIONS, "No money", BY)
    key = outdated.since.isoformat()
    await store.replace(
        project, "deadlines", key, lambda: files.read(project), settles=outdated.since
    )
    assert await store.is_outdated(project), "the second change would never be computed"
    (newest,) = [row for row in await store.outdated(100) if row.project_id == project]
    assert newest.cause == f"The offices are closed on {LAPSE}: No money"
    await store.forget(newest)
    assert not await store.is_outdated(project)


async def test_a_reading_can_be_repeated_with_the_calendar_of_an_earlier_one(
    sessions: Sessions, closures: Closures, project: UUID
) -> None:
    files = ContractFiles(sessions)
    before = await files.read(project)
    closing = before.facts.milestones.closing.day
    await closures.add(closing, ClosureKind.WEATHER, "Storm", BY)
    after = await files.read(project)
    again = await files.read(project, before.calendar.version)

    def due(file: Any) -> date:
        return next(row.due for row in file.computed().deadlines if row.id == "D14")

    assert due(before) == due(again) == closing, "a document quotes the calendar it was drafted by"
    assert due(after) > closing


async def test_a_statement_is_checked_against_the_others_and_outdates_the_deadlines(
    sessions: Sessions, project: UUID, facts: Facts
) -> None:
    store, recorded = await counted(sessions, project), RecordedEvents(sessions)
    zone = facts.project.office.time_zone
    async with sessions() as session:
        officer = await session.get_one(User, BY)
    notice, issue = Event.PRESOLICITATION_PUBLISHED, Event.RFP_ISSUED
    await recorded.record(project, notice, date(2026, 11, 2), officer, time_zone=zone, also={})
    assert await store.is_outdated(project)
    with pytest.raises(EventRefused, match="before publication"):
        await recorded.record(project, issue, date(2026, 10, 30), officer, time_zone=zone, also={})
    await recorded.record(project, notice, date(2026, 11, 3), officer, time_zone=zone, also={})
    assert await recorded.days(project) == {notice: date(2026, 11, 3)}, "the newest counts"
    assert await recorded.withdraw(project, notice, officer, "A slip")
    assert not await recorded.withdraw(project, notice, officer, "Again")
    assert await recorded.days(project) == {}
    assert [view.record.day for view in await recorded.list(project)] == [
        None,
        date(2026, 11, 3),
        date(2026, 11, 2),
    ]
