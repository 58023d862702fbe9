"""Operators find what is stuck and give orders: audited, and through the workflows alone."""

import json
from contextlib import suppress
from hashlib import sha256
from io import StringIO
from typing import Any

import pytest
import pytest_asyncio
from rich.console import Console
from sqlalchemy import text
from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.workflowservice.v1 import DeleteWorkflowExecutionRequest
from temporalio.client import Client as Temporal
from temporalio.service import RPCError

from db.audit import verify
from db.operations import NotAnAdministrator
from db.session import create_engine, create_sessions
from runtime.settings import Settings
from tests.api.acquisition import create, document_of, facts
from tests.api.conftest import ADMIN, COMPTROLLER, MANAGER, OFFICER, SignIn
from tests.waiting import until
from worker.operations import main, parse, run
from worker.orders import OrderRefused

OTHER = "r.whitfield@navy.mil"
PAGES = (
    "/api/projects/{project}",
    "/api/projects/{project}/phases",
    "/api/projects/{project}/documents",
    "/api/projects/{project}/events",
    "/api/projects/{project}/gates",
    "/api/projects/{project}/deadlines",
    "/api/projects/{project}/facts",
    "/api/projects/{project}/transition-history",
    "/api/documents/{document}/approval-history",
    "/api/documents/{document}/uploads",
    "/api/documents/{document}/generation-status",
)
"""What people look at; asked for before and after Temporal forgets."""


async def command(settings: Settings, *arguments: str) -> tuple[int, str]:
    """Run the operators' command line; the exit code and what it printed."""
    printed = StringIO()
    code = await run(settings, parse(arguments), Console(file=printed, width=200, soft_wrap=True))
    return code, printed.getvalue()


async def waiting(settings: Settings, project: str) -> list[dict[str, Any]]:
    _, printed = await command(settings, "stuck", "--json")
    return [row for row in json.loads(printed)["waiting"] if project in row["workflow"]]


async def audited(settings: Settings, project: str) -> list[Any]:
    """What operators ordered for a project, and the orders' details, in order."""
    engine = create_engine(settings.require_database_url())
    query = text(
        "SELECT a.action, u.email, a.changes FROM audit_log a JOIN users u ON u.id = a.user_id "
        "WHERE a.project_id = :project AND a.action LIKE 'operator%' ORDER BY a.created_at"
    )
    try:
        async with create_sessions(engine)() as session:
            return list(await session.execute(query, {"project": project}))
    finally:
        await engine.dispose()


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def project(workers: None, settings: Settings, sign_in: SignIn) -> str:
    """An acquisition whose requirements package awaits its first signature."""
    created = await create(await sign_in(OFFICER), facts=facts())
    manager = await sign_in(MANAGER)
    answer = await manager.post(
        f"/api/projects/{created['id']}/generate-document", json={"document_type": "pr"}
    )
    assert answer.status_code == 200, answer.text
    await until(lambda: waiting(settings, created["id"]), bool)
    return created["id"]


def ordered(project: str, action: str, *more: str) -> tuple[str, ...]:
    return (action, f"project/{project}/document/PR/1", "--as", ADMIN, "--reason", "why", *more)


async def test_a_stuck_signature_says_who_since_when_due_and_what_to_do(
    project: str, settings: Settings
) -> None:
    [row] = await waiting(settings, project)
    assert COMPTROLLER in row["who"]
    assert "Comptroller" in row["who"]
    assert row["since"] < row["due"]
    assert "remind" in row["to_do"]
    code, printed = await command(settings, "stuck")
    assert code == 1, "a monitor can watch the exit code"
    assert f"project/{project}/document/PR/1" in printed, "an id to copy into the next command"
    _, printed = await command(settings, "stuck", "--older-than", "3d")
    assert project not in printed, "it has waited for seconds only"


async def test_orders_are_for_administrators(project: str, settings: Settings) -> None:
    identity = f"project/{project}/document/PR/1"
    for email in (OFFICER, "nobody@navy.mil"):
        with pytest.raises(NotAnAdministrator):
            await command(settings, "remind", identity, "--as", email)
    assert await audited(settings, project) == []


async def test_orders_act_and_are_in_the_unbroken_log(
    project: str, settings: Settings, sign_in: SignIn
) -> None:
    signer = await sign_in(COMPTROLLER)
    before = (await signer.get("/api/notifications")).json()["notifications"]
    await command(settings, *ordered(project, "remind"))
    after = (await signer.get("/api/notifications")).json()["notifications"]
    assert len(after) == len(before) + 1, "a reminder arrives at once"

    await command(settings, *ordered(project, "pause"))
    [approval] = [
        found
        for found in (await signer.get("/api/approvals/pending")).json()["approvals"]
        if found["project"]["id"] == project
    ]
    refused = await signer.post(f"/api/approvals/{approval['id']}/approve", json={})
    assert (refused.status_code, refused.json()["code"]) == (409, "Paused"), refused.text
    await command(settings, *ordered(project, "resume"))

    await command(settings, *ordered(project, "reassign", "--to", OTHER))
    [row] = await waiting(settings, project)
    assert OTHER in row["who"], "the other person is asked"
    trail = (await signer.get(f"/api/approvals/{approval['id']}/audit-trail")).json()
    assert "an administrator, has" in trail["audit_trail"][-2]["details"], trail

    with pytest.raises(OrderRefused, match="no active account"):
        await command(settings, *ordered(project, "reassign", "--to", "nobody@navy.mil"))
    entries = await audited(settings, project)
    actions = ["remind", "pause", "resume", "reassign", "reassign", "reassign_refused"]
    assert [entry.action for entry in entries] == [f"operator_{action}" for action in actions]
    assert {entry.email for entry in entries} == {ADMIN}
    assert all(entry.changes["why"] == "why" for entry in entries)
    engine = create_engine(settings.require_database_url())
    assert (await verify(create_sessions(engine))).breaks == ()
    await engine.dispose()


async def test_a_cancelled_version_is_drafted_again_by_retry(
    project: str, settings: Settings
) -> None:
    _, said = await command(settings, *ordered(project, "cancel"))
    assert "withdrawn" in said
    _, said = await command(settings, *ordered(project, "retry"))
    assert f"project/{project}/document/PR/2" in said
    rows = await until(
        lambda: waiting(settings, project),
        lambda rows: any(row["workflow"].endswith("/PR/2") for row in rows),
    )
    assert len(rows) == 1, "the withdrawn version awaits nobody"
    identity = f"project/{project}/document/PR/2"
    with pytest.raises(OrderRefused, match="nothing of it fails"):
        await command(settings, "retry", identity, "--as", ADMIN)


async def test_a_cancelled_project_awaits_nobody_and_keeps_its_file(
    project: str, settings: Settings, sign_in: SignIn, temporal_client: Temporal
) -> None:
    identity = f"project/{project}"
    await command(settings, "cancel", identity, "--as", ADMIN, "--reason", "not funded")
    assert await waiting(settings, project) == []
    running = f'ExecutionStatus = "Running" AND ProjectId = "{project}"'

    async def left() -> list[str]:
        return [found.id async for found in temporal_client.list_workflows(running)]

    await until(left, lambda ids: not ids)
    officer = await sign_in(OFFICER)
    documents = (await officer.get(f"/api/projects/{project}/documents")).json()["documents"]
    assert documents, "nothing is erased"


async def test_what_does_not_exist_is_refused(workers: None, settings: Settings) -> None:
    with pytest.raises(OrderRefused, match="no workflow"):
        await command(settings, "remind", "project/none", "--as", ADMIN)


def test_a_wrong_period_is_explained(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["stuck", "--older-than", "soon"])
    assert "90m, 12h, 3d or 2w" in capsys.readouterr().err


async def test_nothing_is_lost_when_temporal_forgets_closed_workflows(
    project: str, sign_in: SignIn, temporal_client: Temporal
) -> None:
    """Runs after the project was cancelled: all its workflows are closed."""
    officer = await sign_in(OFFICER)
    document = await document_of(officer, project, "PR")

    async def seen() -> dict[str, Any]:
        answers = {
            path: await officer.get(path.format(project=project, document=document["id"]))
            for path in PAGES
        }
        uploads = answers[PAGES[-2]].json()["uploads"]
        files = {url: await officer.get(url) for row in uploads for url in _files(row)}
        assert files, "a version without files proves nothing"
        return {
            path: (answer.status_code, sha256(answer.content).hexdigest())
            for path, answer in (answers | files).items()
        }

    before = await seen()
    assert {status for status, _ in before.values()} == {200}, before
    service = temporal_client.workflow_service

    async def forget() -> list[str]:
        """Delete the closed runs that are left; the list may lag behind."""
        query = f'ProjectId = "{project}"'
        left = [found async for found in temporal_client.list_workflows(query)]
        for found in left:
            request = DeleteWorkflowExecutionRequest(
                namespace=temporal_client.namespace,
                workflow_execution=WorkflowExecution(workflow_id=found.id, run_id=found.run_id),
            )
            with suppress(RPCError):
                await service.delete_workflow_execution(request)
        return [f"{found.id} {found.status}" for found in left]

    assert len(await forget()) >= 4, "the project, a phase and two versions"
    await until(forget, lambda left: not left)
    after = await seen()
    assert after == before, "pages and files come from the database and the artifact store alone"


def _files(upload: dict[str, Any]) -> list[str]:
    return [upload["docx_url"], upload["pdf_url"]]
