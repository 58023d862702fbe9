"""A project from a plain form, and a requirements package that changes, with real workers."""

import asyncio
from typing import Any
from uuid import uuid4

from sqlalchemy import update

from db.models import User
from runtime.settings import Settings
from tests.api.acquisition import create, document_of, event, facts, socket
from tests.api.conftest import ADMIN, MANAGER, OFFICER, SPECIALIST, VIEWER, Client, SignIn
from tests.api.team import database
from tests.waiting import until

HOURS = "0600 to 1800 local time"


async def plain(client: Client, **form: Any) -> dict[str, Any]:
    """As the front end creates a project: scalars as query parameters."""
    params = {"name": "Buoys", "description": "Buoys and chains", "project_type": "rfp", **form}
    answer = await client.post("/api/projects", params=params)
    assert answer.status_code == 200, answer.text
    return answer.json()["project"]


async def draft(client: Client, project_id: str, code: str) -> dict[str, Any]:
    """Press the button and wait for the signature that is asked for."""

    async def listed() -> bool:
        rows = (await client.get(f"/api/projects/{project_id}/documents")).json()["documents"]
        return code in {row["code"] for row in rows}

    await until(listed, bool)  # a package is opened by its workflow
    answer = await client.post(
        f"/api/projects/{project_id}/generate-document", params={"document_type": code}
    )
    assert answer.status_code == 200, answer.text
    return await under_review(client, project_id, code, answer.json()["version"])


async def under_review(
    client: Client, project_id: str, code: str, version: int = 1
) -> dict[str, Any]:
    return await until(
        lambda: document_of(client, project_id, code),
        lambda row: row["status"] == "under_review" and row["current_version"] == version,
    )


async def approve(client: Client, document: dict[str, Any]) -> None:
    url = f"/api/documents/{document['id']}/approvals"

    async def asked() -> str:
        me = (await client.get("/api/auth/me")).json()["id"]
        rows = (await client.get(url)).json()["approvals"]
        return next(
            (
                row["id"]
                for row in rows
                if row["approver_id"] == me
                and row["approval_status"] == "pending"
                and row["asked_at"]
            ),
            "",
        )

    key = await until(asked, bool)
    answer = await client.post(f"/api/approvals/{key}/approve")
    assert answer.status_code == 200, answer.text


async def put(officer: Client, project_id: str, package: dict[str, Any], **more: Any) -> Any:
    return await officer.put(
        f"/api/projects/{project_id}/facts", json={"facts": package, "auto_draft": False, **more}
    )


async def test_a_plain_form_leads_to_a_signed_work_statement(
    workers: None, sign_in: SignIn
) -> None:
    officer, manager = await sign_in(OFFICER), await sign_in(MANAGER)
    people = (await officer.get("/api/users")).json()["users"]
    ids = {person["email"]: person["id"] for person in people}
    project = await plain(manager, estimated_value=1_250_000.5, contracting_officer_id=ids[OFFICER])
    assert project["facts_accepted"] is False, "nobody has accepted a package"
    document = await draft(manager, project["id"], "PWS")
    assert "open item" in document["generated_content"]
    assert document["stale"] is False
    await approve(manager, document)
    await approve(officer, document)
    await until(
        lambda: document_of(officer, project["id"], "PWS"), lambda row: row["status"] == "approved"
    )
    uploads = (await officer.get(f"/api/documents/{document['id']}/uploads")).json()["uploads"]
    assert (await officer.get(uploads[0]["file_path"])).content.startswith(b"%PDF")
    checked = await manager.get(f"/api/documents/{document['id']}/check-dependencies")
    assert checked.json()["missing_dependencies"] == ["Market Research Report"]
    assert checked.json()["can_generate"] is True, "the gate waits, not the draft"
    package = (await manager.get(f"/api/projects/{project['id']}/facts")).json()
    assert package["provisional"] is True
    assert {item["owner"] for item in package["open_items"]} >= {"program_manager"}
    accepted = (await manager.get(f"/api/projects/{project['id']}")).json()["project"]
    assert accepted["facts_accepted"] is False


async def test_what_has_to_be_recorded_is_a_400(workers: None, sign_in: SignIn) -> None:
    manager = await sign_in(MANAGER)
    project = await plain(manager)
    answer = await manager.post(
        f"/api/projects/{project['id']}/generate-document", params={"document_type": "MRR"}
    )
    assert (answer.status_code, answer.json()["code"]) == (400, "MissingDependencies")
    assert "the record of market research" in answer.json()["detail"]


async def test_vacant_positions_are_named_until_somebody_holds_them(
    workers: None, sign_in: SignIn, settings: Settings
) -> None:
    manager = await sign_in(MANAGER)
    counsel = update(User).where(User.email == "s.amari@navy.mil")
    async with database(settings) as sessions:
        async with sessions.begin() as session:
            await session.execute(counsel.values(is_active=False))
        try:
            project = await plain(manager)
            url = f"/api/projects/{project['id']}"
            rows = (await manager.get(f"{url}/documents")).json()["documents"]
            assert {"PR", "PWS"} <= {row["code"] for row in rows}, "the checklist is there"
            assert (await manager.get(f"{url}/steps")).json()["steps"]
            form = {"document_type": "PWS"}
            refused = await manager.post(f"{url}/generate-document", params=form)
            assert (refused.status_code, refused.json()["code"]) == (409, "PositionsVacant")
            assert "Legal Counsel" in refused.json()["detail"]
        finally:
            async with sessions.begin() as session:
                await session.execute(counsel.values(is_active=True))
    await draft(manager, project["id"], "PWS")


async def test_a_package_ends_the_provisional_time(workers: None, sign_in: SignIn) -> None:
    officer, manager = await sign_in(OFFICER), await sign_in(MANAGER)
    project = await plain(manager)
    document = await draft(manager, project["id"], "PWS")
    url = f"/api/projects/{project['id']}"
    provisional = (await officer.get(f"{url}/facts")).json()
    again = await put(officer, project["id"], provisional["facts"])
    assert again.status_code in (403, 422), "a package with open items is not accepted"
    answer = await put(officer, project["id"], facts())
    assert answer.status_code == 200, answer.text
    assert answer.json()["project"]["facts_accepted"] is True
    document = await until(
        lambda: document_of(officer, project["id"], "PWS"), lambda row: row["stale"]
    )
    assert document["stale_because"], "the reasons are named"
    package = (await officer.get(f"{url}/facts")).json()
    assert (package["provisional"], package["open_items"]) == (False, [])


async def test_a_changed_fact_marks_what_quotes_it_and_can_be_drafted_again(
    workers: None, sign_in: SignIn
) -> None:
    officer, manager = await sign_in(OFFICER), await sign_in(MANAGER)
    project = await create(officer, facts=facts())
    url = f"/api/projects/{project['id']}"
    statement = await draft(manager, project["id"], "PWS")
    notes = await draft(manager, project["id"], "PRS")
    read = (await officer.get(f"{url}/facts")).json()
    package = facts()
    package["project"]["hours_of_operation"] = HOURS
    assert (await put(await sign_in(SPECIALIST), project["id"], package)).status_code == 403
    async with socket(officer, project["id"], after=None) as opened:
        answer = await put(officer, project["id"], package, based_on=read["sha256"])
        assert answer.status_code == 200, answer.text
        heard = await event(opened, "document_stale")
    assert heard["document_id"] == statement["id"]
    assert heard["stale_because"] == ["project.hours_of_operation"]
    statement = await document_of(officer, project["id"], "PWS")
    assert (statement["stale"], statement["status"]) == (True, "under_review")
    assert (await document_of(officer, project["id"], "PRS"))["stale"] is False
    late = await put(officer, project["id"], facts(), based_on=read["sha256"])
    assert (late.status_code, late.json()["code"]) == (409, "PackageChanged")
    made = await manager.post(f"{url}/regenerate-stale")
    assert [row["document_id"] for row in made.json()["started"]] == [statement["id"]], made.text
    fresh = await under_review(manager, project["id"], "PWS", version=2)
    assert (fresh["stale"], HOURS in fresh["generated_content"]) == (False, True)
    assert (await document_of(officer, project["id"], "PRS"))["id"] == notes["id"]


async def test_a_document_that_leaves_the_plan_is_kept_and_not_required(
    workers: None, sign_in: SignIn
) -> None:
    officer, manager = await sign_in(OFFICER), await sign_in(MANAGER)
    project = await create(officer, facts=facts())
    await draft(manager, project["id"], "SSN")
    package = facts()
    del package["milestones"]["sources_sought_published"]
    answer = await put(officer, project["id"], package)
    assert answer.status_code == 200, answer.text
    kept = await until(
        lambda: document_of(officer, project["id"], "SSN"), lambda row: row["status"] == "expired"
    )
    assert kept["is_required"] is False
    refused = await manager.post(
        f"/api/projects/{project['id']}/generate-document", params={"document_type": "SSN"}
    )
    assert (refused.status_code, refused.json()["code"]) == (409, "NotInThePlan")


async def test_two_packages_at_once_have_one_order_and_the_last_one_counts(
    workers: None, sign_in: SignIn
) -> None:
    officer = await sign_in(OFFICER)
    project = await create(officer, facts=facts())
    packages: list[dict[str, Any]] = []
    for word in ("Alpha", "Bravo"):
        package = facts()
        package["project"]["hours_of_operation"] = word
        packages.append(package)
    answers = await asyncio.gather(*(put(officer, project["id"], one) for one in packages))
    assert [answer.status_code for answer in answers] == [200, 200]
    url = f"/api/projects/{project['id']}"
    stored = (await officer.get(f"{url}/facts")).json()["facts"]["project"]
    events = (await officer.get(f"{url}/events", params={"limit": 1000})).json()["events"]
    revisions = [one for one in events if one["type"] == "package_revised"]
    assert len(revisions) == 2
    records = (await officer.get(f"{url}/records")).json()["records"]
    newest = next(row for row in records if row["kind"] == "facts")
    assert newest["id"] == revisions[-1]["facts_id"], "stored is what the workflow did last"
    assert newest["body"]["project"]["hours_of_operation"] == stored["hours_of_operation"]


async def test_changing_the_form_changes_the_provisional_package(
    workers: None, sign_in: SignIn
) -> None:
    manager = await sign_in(MANAGER)
    project = await plain(manager, estimated_value=1000)
    url = f"/api/projects/{project['id']}"
    await until(lambda: _started(manager, url), bool)
    changed = await manager.put(url, json={"name": f"Chains {uuid4()}", "estimated_value": 2000})
    assert changed.status_code == 200, changed.text
    package = (await manager.get(f"{url}/facts")).json()
    assert package["provisional"] is True
    assert package["facts"]["project"]["title"].startswith("Chains")


async def test_an_administrator_says_who_may_be_named(workers: None, sign_in: SignIn) -> None:
    admin, manager = await sign_in(ADMIN), await sign_in(MANAGER)
    people = (await admin.get("/api/users")).json()["users"]
    viewer = next(person for person in people if person["email"] == VIEWER)
    url = f"/api/admin/users/{viewer['id']}/positions"
    assert (await manager.put(url, json={"positions": []})).status_code == 403
    named = await admin.put(url, json={"positions": ["legal_counsel"]})
    assert named.json()["user"]["positions"] == ["legal_counsel"], named.text
    assert (await admin.put(url, json={"positions": ["poet"]})).status_code == 422
    assert (await admin.put(url, json={"positions": []})).status_code == 200


async def _started(client: Client, url: str) -> bool:
    project = (await client.get(url)).json()["project"]
    return project["overall_status"] == "in_progress"
