from collections.abc import Generator
from contextlib import contextmanager
from uuid import UUID, uuid4

from sqlalchemy import Engine, event

from db.models import Project, RecordedKind
from db.projection import Projection
from db.queries import DocumentQueries, NoticeQueries, ProjectQueries, TaskStatus
from db.session import Sessions
from documents.identity import approval_id, document_id, document_workflow_id
from documents.plan import Plan
from documents.vocabulary import GenerationStatus
from tests.db.entries import DUE, approvals_requested, changed, decided
from tests.db.people import COMPTROLLER, MANAGER, OFFICER, SPECIALIST, user_id


@contextmanager
def counted_statements(sessions: Sessions) -> Generator[list[str]]:
    """Those of this engine: a server of other tests may look for work meanwhile."""
    engine: Engine = sessions.kw["bind"].sync_engine
    statements: list[str] = []

    def note(*arguments: object) -> None:
        statements.append(str(arguments[2]))

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield statements
    finally:
        event.remove(engine, "before_cursor_execute", note)


async def test_a_project_is_shown_with_its_people_in_one_query(
    sessions: Sessions, project: UUID
) -> None:
    queries = ProjectQueries(sessions)
    with counted_statements(sessions) as statements:
        found = await queries.get(project)
    assert found is not None
    assert isinstance(found.project, Project)
    assert found.contracting_officer is not None
    assert found.contracting_officer.email == OFFICER.email
    assert found.program_manager is not None
    assert found.program_manager.email == MANAGER.email
    assert len(statements) == 1
    assert await queries.get(uuid4()) is None


async def test_the_checklist_takes_as_many_queries_for_two_documents_as_for_fifty(
    sessions: Sessions, project: UUID, projection: Projection, plan: Plan
) -> None:
    await projection.request_approvals(approvals_requested(project, plan), DUE)
    queries = DocumentQueries(sessions)
    with counted_statements(sessions) as statements:
        pr, ssn = await queries.of_project(project)
    assert len(statements) == 2, "one for documents and versions, one for signatures"
    assert [view.approver.email for view in pr.approvals] == [COMPTROLLER.email, OFFICER.email]
    assert [view.approver.email for view in pr.awaited] == [COMPTROLLER.email]
    assert (ssn.latest_upload, ssn.approvals) == (None, ())


async def test_only_signatures_whose_turn_it_is_are_pending(
    sessions: Sessions, project: UUID, projection: Projection, plan: Plan
) -> None:
    queries = DocumentQueries(sessions)

    async def pending(user: UUID) -> list[UUID]:
        found = await queries.pending_for(user)
        return [view.approval.id for view in found if view.project.id == project]

    await projection.request_approvals(approvals_requested(project, plan), DUE)
    assert await pending(user_id(COMPTROLLER)) == [approval_id(project, "PR", 1, 1)]
    assert await pending(user_id(OFFICER)) == []
    await projection.record_decision(decided(project, 1, COMPTROLLER.email), DUE)
    assert await pending(user_id(COMPTROLLER)) == []
    assert await pending(user_id(OFFICER)) == [approval_id(project, "PR", 1, 2)]
    trails = await queries.trails([approval_id(project, "PR", 1, 1)])
    actions = [entry.entry.action for entry in trails[approval_id(project, "PR", 1, 1)]]
    assert actions == ["requested", "approved"]


async def test_a_task_is_followed_from_the_click_to_the_file(
    sessions: Sessions, project: UUID, projection: Projection, plan: Plan
) -> None:
    queries, task_id = DocumentQueries(sessions), document_workflow_id(project, "PR", 1)

    async def status() -> tuple[TaskStatus, int]:
        task = await queries.task(task_id)
        assert task is not None
        return task.status, task.percentage

    assert await status() == (TaskStatus.PENDING, 0)
    start = changed(project)
    await projection.change_document(start)
    await projection.report(start, 50, "Drafted")
    assert await status() == (TaskStatus.IN_PROGRESS, 50)
    await projection.request_approvals(approvals_requested(project, plan), DUE)
    assert await status() == (TaskStatus.COMPLETED, 100)
    assert await queries.task("project/unknown") is None
    assert await queries.task(document_workflow_id(project, "NOPE", 1)) is None


async def test_a_failed_task_says_why(
    sessions: Sessions, project: UUID, projection: Projection
) -> None:
    await projection.change_document(
        changed(project, generation=GenerationStatus.FAILED, error="key x is unknown")
    )
    task = await DocumentQueries(sessions).task(document_workflow_id(project, "PR", 1))
    assert task is not None
    assert (task.status, task.error) == (TaskStatus.FAILED, "key x is unknown")


async def test_records_are_shown_by_kind_with_who_stated_them(
    sessions: Sessions, project: UUID
) -> None:
    records = await ProjectQueries(sessions).records(project)
    assert list(records) == [RecordedKind.FACTS]
    assert records[RecordedKind.FACTS].recorded_by.email == OFFICER.email


async def test_positions_are_read_per_project(sessions: Sessions, project: UUID) -> None:
    held = await ProjectQueries(sessions).positions_of(user_id(SPECIALIST))
    assert held[project] == {SPECIALIST.position}
    names = [member.user.email for member in await ProjectQueries(sessions).members(project)]
    assert MANAGER.email in names


async def test_nobody_reads_or_removes_the_notifications_of_others(
    sessions: Sessions, project: UUID, projection: Projection, plan: Plan
) -> None:
    await projection.request_approvals(approvals_requested(project, plan), DUE)
    queries, owner, other = NoticeQueries(sessions), user_id(COMPTROLLER), user_id(MANAGER)
    (mine,) = [row for row in await queries.of_user(owner) if row.project_id == project]
    assert await queries.mark_read(other, mine.id) == 0
    assert not await queries.remove(other, mine.id)
    assert await queries.mark_read(owner, mine.id) == 1
    assert mine.id not in [row.id for row in await queries.of_user(owner, unread_only=True)]
    assert await queries.remove(owner, mine.id)


async def test_the_audit_log_is_read_by_project_and_page(sessions: Sessions, project: UUID) -> None:
    total, page = await NoticeQueries(sessions).audit_log(project_id=project, limit=1)
    assert total >= 2
    assert len(page) == 1
    assert page[0].entity_id in (project, document_id(project, "PR"))
