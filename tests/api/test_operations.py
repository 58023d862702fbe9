"""Operators find what is stuck and give orders: audited, and through the workflows alone."""

import asyncio
import json
import re
import subprocess
from contextlib import suppress
from datetime import timedelta
from hashlib import sha256
from io import StringIO
from typing import Any
from uuid import UUID, uuid4

import pytest
import pytest_asyncio
from pydantic import SecretStr
from rich.console import Console
from sqlalchemy import text
from temporalio import activity, workflow
from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.workflowservice.v1 import DeleteWorkflowExecutionRequest
from temporalio.client import Client as Temporal
from temporalio.service import RPCError
from temporalio.worker import UnsandboxedWorkflowRunner, Worker

from db.audit import verify
from db.operations import NotAnAdministrator
from db.projection import Projection
from db.session import create_engine, create_sessions
from documents.facts import InvalidFacts
from documents.identity import phase_workflow_id
from documents.vocabulary import Phase
from runtime.encryption import KeyRing, UnreadablePayload
from runtime.product import ROOT
from runtime.settings import Settings
from runtime.temporal import connect
from runtime.temporal_dev import binary
from tests.api.acquisition import create, document_of, facts
from tests.api.conftest import ADMIN, COMPTROLLER, MANAGER, OFFICER, SignIn
from tests.waiting import until
from worker import operations
from worker.operations import main, parse, run
from worker.orders import ENDED_WRONGLY, OrderRefused
from workflows.phase import PhaseWorkflow

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


async def listed(settings: Settings, project: str, kind: str) -> list[dict[str, Any]]:
    _, printed = await command(settings, "stuck", "--json")
    return [row for row in json.loads(printed)[kind] if project in row["workflow"]]


async def waiting(settings: Settings, project: str) -> list[dict[str, Any]]:
    return await listed(settings, project, "waiting")


async def failing(settings: Settings, project: str) -> list[dict[str, Any]]:
    return await listed(settings, project, "failing")


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
    return await awaiting_a_signature(settings, sign_in)


async def awaiting_a_signature(settings: Settings, sign_in: SignIn) -> str:
    created = await create(await sign_in(OFFICER), facts=facts())
    await draft(sign_in, created["id"])
    await until(lambda: waiting(settings, created["id"]), bool)
    return created["id"]


async def draft(sign_in: SignIn, project: str) -> None:
    manager = await sign_in(MANAGER)
    answer = await manager.post(
        f"/api/projects/{project}/generate-document", json={"document_type": "pr"}
    )
    assert answer.status_code == 200, answer.text


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
    project: str, settings: Settings, temporal_client: Temporal
) -> None:
    _, said = await command(settings, *ordered(project, "cancel"))
    assert "withdrawn" in said
    withdrawn = temporal_client.get_workflow_handle(f"project/{project}/document/PR/1")
    shown = (await withdrawn.describe()).search_attributes["ProcurementStatus"]
    assert shown == ["Withdrawn"], "no newer version replaces it yet"
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


async def test_an_order_with_its_id_counts_once_and_another_order_may_have_it(
    workers: None, settings: Settings, sign_in: SignIn
) -> None:
    project = await awaiting_a_signature(settings, sign_in)
    key = ("--order-id", "same")

    async def decided() -> int:
        signer = await sign_in(COMPTROLLER)
        pending = (await signer.get("/api/approvals/pending")).json()["approvals"]
        [approval] = [found for found in pending if found["project"]["id"] == project]
        changes = {"comments": "Name the quantity."}
        answer = await signer.post(f"/api/approvals/{approval['id']}/reject", json=changes)
        return answer.status_code

    whole = ("--as", ADMIN, "--reason", "why")
    _, said = await command(settings, "pause", f"project/{project}", *whole, *key)
    assert said.startswith("Paused:")
    assert "PR/1" in said
    code, said = await command(settings, "pause", f"project/{project}", *whole, *key)
    assert (code, said) == (0, "Nothing is left to pause.\n")
    assert await decided() == 409
    _, said = await command(settings, "resume", f"project/{project}", *whole, *key)
    assert "PR/1" in said
    code, said = await command(settings, "resume", f"project/{project}", *whole, *key)
    assert (code, said) == (0, "Nothing is left to resume.\n")
    await command(settings, *ordered(project, "pause", *key))
    assert await decided() == 200, "the order of before, repeated, pauses nothing again"
    version = f"project/{project}/document/PR/"
    for number in (1, 2):
        for _ in range(2):
            _, said = await command(settings, "retry", f"{version}{number}", *whole, *key)
            assert f"{version}{number + 1}" in said
        await command(settings, "cancel", f"{version}{number + 1}", *whole)


async def test_only_the_newest_version_is_drafted_again(
    workers: None, settings: Settings, sign_in: SignIn
) -> None:
    project = await awaiting_a_signature(settings, sign_in)
    await draft(sign_in, project)
    await until(
        lambda: waiting(settings, project),
        lambda rows: [row["workflow"][-4:] for row in rows] == ["PR/2"],
    )
    with pytest.raises(OrderRefused, match=r"the newest version of .* is 2, not 1"):
        await command(settings, *ordered(project, "retry"))


async def test_runs_that_ended_wrongly_go_on_after_what_stuck_says(
    workers: None, settings: Settings, sign_in: SignIn, temporal_client: Temporal
) -> None:
    async def refuse(*_: object) -> None:
        raise InvalidFacts(("the phase cannot begin",))

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(Projection, "change_phase", refuse)
        project = (await create(await sign_in(OFFICER), facts=facts()))["id"]
        [row] = await until(lambda: failing(settings, project), bool)
    phase = temporal_client.get_workflow_handle_for(
        PhaseWorkflow.run, phase_workflow_id(UUID(project), Phase.PRE_SOLICITATION)
    )
    assert row["workflow"] == phase.id
    assert "the phase cannot begin" in row["what"]
    await go_on(temporal_client, row)
    assert await failing(settings, project) == [], "a run that was reset goes on"

    await draft(sign_in, project)
    [row] = await until(lambda: waiting(settings, project), bool)
    await phase.terminate()
    signer = await sign_in(COMPTROLLER)
    pending = (await signer.get("/api/approvals/pending")).json()["approvals"]
    [approval] = [found["id"] for found in pending if found["project"]["id"] == project]
    answer = await signer.post(f"/api/approvals/{approval}/reject", json={"comments": "No."})
    assert answer.status_code == 200, answer.text
    rows = await until(lambda: failing(settings, project), lambda rows: len(rows) == 2)
    assert [row["workflow"] for row in rows] == [phase.id, f"project/{project}/document/PR/1"]
    for row in rows:
        await go_on(temporal_client, row)
    await until(lambda: phase.query(PhaseWorkflow.state), lambda state: not state.in_flight)
    assert await failing(settings, project) == []

    await phase.terminate()
    await until(lambda: failing(settings, project), bool)
    await command(settings, "cancel", f"project/{project}", "--as", ADMIN, "--reason", "why")
    assert await failing(settings, project) == [], "nobody waits for a cancelled project"


async def go_on(temporal: Temporal, row: dict[str, Any]) -> None:
    """Give the command that stands in what `stuck` says is to do."""
    [given] = re.findall(r"`temporal (.+?)`", row["to_do"])
    process = await asyncio.create_subprocess_exec(
        *(binary(), *given.split(), "--address", temporal.service_client.config.target_host),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    said, _ = await process.communicate()
    assert process.returncode == 0, said.decode()


def test_the_guide_lists_what_ended_wrongly_by_the_same_query() -> None:
    guide = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    assert f"| Ended wrongly | `{ENDED_WRONGLY}` |" in guide


@workflow.defn
class Failing:
    @workflow.run
    async def run(self) -> None:
        await workflow.execute_activity(fail, start_to_close_timeout=timedelta(seconds=5))


@activity.defn
async def fail() -> None:
    raise RuntimeError("what nobody can read")


async def test_what_keeps_failing_is_listed_though_its_reason_cannot_be_read(
    settings: Settings, temporal_client: Temporal
) -> None:
    old, new = (f"{name}:a-secret-of-enough-characters-for-it" for name in ("old", "new"))
    queue = workflow_id = f"unreadable-{uuid4()}"
    client = await connect(settings.temporal_address, keys=KeyRing.parse(old))
    lost = settings.model_copy(update={"encrypt_payloads": True, "payload_keys": SecretStr(new)})
    async with Worker(
        client,
        task_queue=queue,
        workflows=[Failing],
        activities=[fail],
        workflow_runner=UnsandboxedWorkflowRunner(),
    ):
        handle = await client.start_workflow(Failing.run, id=workflow_id, task_queue=queue)
        [row] = await until(lambda: failing(lost, workflow_id), bool)
        await handle.terminate()
    assert "encrypted with key 'old', and the ring holds new" in row["what"]


async def test_keys_that_do_not_fit_are_explained(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DATABASE_URL", settings.require_database_url())
    monkeypatch.setenv("TEMPORAL_ADDRESS", str(settings.temporal_address))
    monkeypatch.setenv("PAYLOAD_KEYS", "abc")
    assert await asyncio.to_thread(main, ["stuck"]) == 2
    assert "PAYLOAD_KEYS: a key is written as name:secret" in capsys.readouterr().err

    async def unreadable(*_: object) -> int:
        raise UnreadablePayload("it was encrypted with key 'old'")

    monkeypatch.setattr(operations, "run", unreadable)
    assert await asyncio.to_thread(main, ["stuck"]) == 2
    assert "key 'old'" in capsys.readouterr().err


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
