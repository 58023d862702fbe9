"""Steps, phases and the stated fields of a project; cancelling one. A worker runs here."""

from typing import Any

import pytest_asyncio
from temporalio.client import Client as Temporal
from temporalio.client import WorkflowExecutionStatus

from runtime.settings import Settings
from tests.api.acquisition import create, document_of, project_under_review
from tests.api.conftest import (
    ADMIN,
    COMPTROLLER,
    MANAGER,
    OFFICER,
    SPECIALIST,
    VIEWER,
    Client,
    SignIn,
    access_token,
    serve,
)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def accepted(workers: None, sign_in: SignIn) -> dict[str, Any]:
    """An accepted acquisition whose first document awaits its first signature."""
    return await project_under_review(sign_in)


async def steps_of(client: Client, project_id: str) -> list[dict[str, Any]]:
    return (await client.get(f"/api/projects/{project_id}/steps")).json()["steps"]


async def test_default_steps_are_created_once(sign_in: SignIn) -> None:
    manager = await sign_in(MANAGER)
    project = await create(manager)
    phases = (await manager.get(f"/api/projects/{project['id']}/phases")).json()["phases"]
    url = f"/api/phases/{phases[2]['id']}/create-default-steps"
    first, second = (await manager.post(url)).json(), (await manager.post(url)).json()
    assert (first["created"], second["created"]) == (0, 0), "a project begins with its steps"
    assert len(first["steps"]) == 10
    assert first["steps"] == second["steps"]
    needing = [row["step_name"] for row in first["steps"] if row["requires_approval"]]
    assert needing == [
        "Competitive Range Determination",
        "Source Selection Decision",
        "Contract Award",
    ]


async def test_a_completed_step_has_a_date_and_its_approver_and_loses_them_when_reopened(
    accepted: dict[str, Any], sign_in: SignIn
) -> None:
    manager, comptroller = await sign_in(MANAGER), await sign_in(COMPTROLLER)
    step = next(
        row
        for row in await steps_of(manager, accepted["id"])
        if row["step_name"] == "Budget Approval"
    )
    url = f"/api/steps/{step['id']}"
    by_approver = await comptroller.patch(url, json={"status": "completed"})
    assert by_approver.status_code == 403, "only an officer or a manager approves a step"
    assert (await comptroller.patch(url, json={"status": "in_progress"})).status_code == 200
    assert (await (await sign_in(VIEWER)).patch(url, json={"notes": "x"})).status_code == 403
    done = (await manager.patch(url, params={"status": "completed"})).json()["step"]
    me = (await manager.get("/api/auth/me")).json()["id"]
    assert done["completion_date"], "the day of completion is known"
    assert done["approved_by"] == me
    reopened = (await manager.patch(url, params={"status": "in_progress"})).json()["step"]
    assert (reopened["completion_date"], reopened["approved_by"]) == (None, None)
    nobody = await manager.patch(url, json={"assigned_user_id": accepted["id"]})
    assert nobody.status_code == 422


async def test_status_follows_the_workflow_and_is_not_set_by_hand(
    accepted: dict[str, Any], sign_in: SignIn
) -> None:
    manager = await sign_in(MANAGER)
    url = f"/api/projects/{accepted['id']}"
    phase = (await manager.get(f"{url}/phases")).json()["phases"][0]
    document = await document_of(manager, accepted["id"], "PR")
    for path, method, form in (
        (url, "PUT", {"overall_status": "completed"}),
        (url, "PUT", {"current_phase": "solicitation"}),
        (f"/api/phases/{phase['id']}", "PATCH", {"status": "completed"}),
        (f"/api/documents/{document['id']}", "PATCH", {"status": "approved"}),
    ):
        answer = await manager.request(method, path, json=form)
        assert (answer.status_code, answer.json()["code"]) == (409, "StatusFollowsWorkflow"), form
    value = await manager.put(url, json={"estimated_value": 1})
    assert (value.status_code, value.json()["code"]) == (409, "PackageAlreadyAccepted")
    backwards = {"start_date": "2030-02-01", "end_date": "2030-01-01"}
    answer = await manager.patch(f"/api/phases/{phase['id']}", params=backwards)
    assert answer.status_code == 422


async def test_a_null_clears_what_may_be_empty(accepted: dict[str, Any], sign_in: SignIn) -> None:
    manager = await sign_in(MANAGER)
    document = await document_of(manager, accepted["id"], "PR")
    url = f"/api/documents/{document['id']}"
    noted = await manager.patch(url, json={"notes": "Urgent", "deadline": "2030-05-01"})
    assert noted.json()["document"]["deadline"] == "2030-05-01"
    cleared = (await manager.patch(url, json={"deadline": None})).json()["document"]
    assert (cleared["deadline"], cleared["notes"]) == (None, "Urgent")


async def test_dependencies_are_named_but_source_selection_documents_are_not(
    accepted: dict[str, Any], sign_in: SignIn
) -> None:
    manager, admin = await sign_in(MANAGER), await sign_in(ADMIN)
    documents = (await manager.get(f"/api/projects/{accepted['id']}/documents")).json()["documents"]
    hidden = {row["code"]: row for row in documents if row["sensitivity"] == "source_selection"}
    waiting = next(
        row
        for row in documents
        if row["code"] not in hidden and hidden.keys() & set(row["requires"])
    )
    url = f"/api/documents/{waiting['id']}/check-dependencies"
    seen, unseen = (await manager.get(url)).json(), (await admin.get(url)).json()
    secret = {hidden[code]["document_name"] for code in waiting["requires"] if code in hidden}
    assert secret.issubset(seen["missing_dependencies"])
    assert not secret.intersection(unseen["missing_dependencies"])
    assert "A source selection document" in unseen["missing_dependencies"]


async def test_a_batch_in_which_nothing_can_be_drafted_says_why(
    accepted: dict[str, Any], sign_in: SignIn
) -> None:
    manager = await sign_in(MANAGER)
    waiting = await document_of(manager, accepted["id"], "MRR")
    url = f"/api/projects/{accepted['id']}/generate-batch"
    answer = await manager.post(url, json={"document_ids": [waiting["id"]]})
    assert (answer.status_code, answer.json()["code"]) == (409, "MissingDependencies")
    assert "Market Research Report waits for the record" in answer.json()["detail"]
    foreign = await manager.post(url, json={"document_ids": [accepted["id"]]})
    assert foreign.status_code == 404


async def test_nothing_is_cancelled_while_the_engine_is_away(
    settings: Settings, sign_in: SignIn, anybody: Client
) -> None:
    project = await create(await sign_in(MANAGER))
    headers = {"Authorization": f"Bearer {await access_token(anybody, MANAGER)}"}
    away = settings.model_copy(update={"temporal_address": "127.0.0.1:9"})
    async with (
        serve(away) as url,
        Client(base_url=url, trust_env=False, timeout=60, headers=headers) as client,
    ):
        answer = await client.delete(f"/api/projects/{project['id']}")
        shown = (await client.get(f"/api/projects/{project['id']}")).json()["project"]
    assert (answer.status_code, answer.json()["code"]) == (503, "temporal_unavailable")
    assert shown["overall_status"] != "cancelled"


async def test_a_cancelled_project_ends_its_workflows_and_keeps_its_file(
    accepted: dict[str, Any], sign_in: SignIn, temporal_client: Temporal
) -> None:
    officer, comptroller = await sign_in(OFFICER), await sign_in(COMPTROLLER)
    url = f"/api/projects/{accepted['id']}"
    stranger = await (await sign_in(SPECIALIST)).delete(url)
    assert stranger.status_code == 403, "a role is not enough: it is another officer's project"
    cancelled = await officer.delete(url)
    assert cancelled.status_code == 200, cancelled.text
    document = await document_of(officer, accepted["id"], "PR")
    project_id = document["project_id"]
    workflows = [
        f"project/{project_id}",
        f"project/{project_id}/phase/pre_solicitation",
        document["generation_task_id"],
    ]
    for workflow_id in workflows:
        found = await temporal_client.get_workflow_handle(workflow_id).describe()
        assert found.status is WorkflowExecutionStatus.CANCELED, workflow_id
    shown = (await officer.get(url)).json()["project"]
    assert shown["overall_status"] == "cancelled"

    async def awaited() -> set[str]:
        rows = (await comptroller.get("/api/approvals/pending")).json()["approvals"]
        return {row["project"]["id"] for row in rows}

    assert accepted["id"] not in await awaited(), "nobody is asked to sign for it any more"
    uploads = (await officer.get(f"/api/documents/{document['id']}/uploads")).json()["uploads"]
    assert (await officer.get(uploads[0]["file_path"])).status_code == 200, "the file is kept"
    drafted = await officer.post(f"{url}/generate-document", json={"document_type": "PR"})
    assert (drafted.status_code, drafted.json()["code"]) == (409, "ProjectClosed")
    changed = await officer.put(url, json={"name": "Again"})
    assert (changed.status_code, changed.json()["code"]) == (409, "ProjectClosed")
    assert (await officer.delete(url)).status_code in (200, 409), "repeating it does no harm"
    notices = (await comptroller.get("/api/notifications")).json()["notifications"]
    told = [
        row
        for row in notices
        if row["project_id"] == accepted["id"] and row["notification_type"] == "project_cancelled"
    ]
    assert len(told) == 1
