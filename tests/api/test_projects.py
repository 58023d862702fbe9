"""Intake of projects, what is refused, and who sees what. No worker runs here."""

import re
from uuid import uuid4

import pytest

from runtime.settings import Settings
from tests.api.acquisition import create, facts
from tests.api.conftest import ADMIN, MANAGER, OFFICER, SPECIALIST, VIEWER, Client, SignIn, serve

OUTSIDER = "r.whitfield@navy.mil"
"""An approver who is on no team here."""


async def test_a_project_from_a_plain_form_has_its_checklist_and_waits_for_its_package(
    sign_in: SignIn,
) -> None:
    manager = await sign_in(MANAGER)
    answer = await manager.post(
        "/api/projects",
        params={"name": "Radios", "description": "New ones", "project_type": "rfq"},
    )
    assert answer.status_code == 200, answer.text
    project = answer.json()["project"]
    assert (project["overall_status"], project["facts_accepted"]) == ("not_started", False)
    phases = (await manager.get(f"/api/projects/{project['id']}/phases")).json()["phases"]
    assert [phase["phase_name"] for phase in phases] == [
        "pre_solicitation",
        "solicitation",
        "post_solicitation",
    ]
    documents = (await manager.get(f"/api/projects/{project['id']}/documents")).json()["documents"]
    assert {"PR", "MRR", "PWS"} <= {document["code"] for document in documents}
    check = (await manager.get(f"/api/phases/{phases[0]['id']}/validate-transition")).json()
    assert check["can_transition"] is False, "there is no gate before the package is accepted"
    assert "Requirements Package is not approved" in check["blocking_issues"]


async def test_repeating_a_creation_with_its_key_creates_nothing(sign_in: SignIn) -> None:
    manager, key = await sign_in(MANAGER), str(uuid4())
    first = await create(manager, key=key)
    assert (await create(manager, key=key))["id"] == first["id"]
    other = await manager.post(
        "/api/projects",
        json={"name": "Other", "project_type": "rfp"},
        headers={"Idempotency-Key": key},
    )
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")


async def test_every_problem_of_a_package_is_listed_with_its_place(sign_in: SignIn) -> None:
    package = facts()
    package["project"]["psc"]["code"] = "X"
    package["funding"].pop("statement")
    package["people"]["legal_counsel"]["email"] = 7
    answer = await (await sign_in(OFFICER)).post(
        "/api/projects", json={"name": "A", "project_type": "rfp", "facts": package}
    )
    assert answer.status_code == 422
    places = {".".join(problem["loc"]) for problem in answer.json()["detail"]}
    assert places == {
        "body.facts.project.psc.code",
        "body.facts.funding.statement",
        "body.facts.people.legal_counsel.email",
    }


async def test_a_package_with_a_person_without_account_is_refused(sign_in: SignIn) -> None:
    package = facts()
    package["people"]["legal_counsel"]["email"] = "nobody@navy.mil"
    answer = await (await sign_in(OFFICER)).post(
        "/api/projects", json={"name": "A", "project_type": "rfp", "facts": package}
    )
    assert answer.status_code == 422
    assert "nobody@navy.mil has no active account" in answer.json()["detail"][0]["msg"]


async def test_only_the_named_contracting_officer_accepts_a_package(sign_in: SignIn) -> None:
    answer = await (await sign_in(SPECIALIST)).post(
        "/api/projects", json={"name": "A", "project_type": "rfp", "facts": facts()}
    )
    assert answer.status_code == 403, "a role is not an authority to sign"
    assert "J. Okafor" in answer.json()["detail"]


@pytest.mark.parametrize("email", [VIEWER, OUTSIDER, ADMIN])
async def test_other_roles_create_no_projects(sign_in: SignIn, email: str) -> None:
    answer = await (await sign_in(email)).post(
        "/api/projects", json={"name": "A", "project_type": "rfp"}
    )
    assert answer.status_code == 403


async def test_a_project_does_not_exist_for_approvers_who_are_not_on_its_team(
    sign_in: SignIn,
) -> None:
    project = await create(await sign_in(MANAGER))
    outsider, viewer = await sign_in(OUTSIDER), await sign_in(VIEWER)
    for path in ("", "/phases", "/documents", "/steps", "/deadlines", "/events", "/records"):
        url = f"/api/projects/{project['id']}{path}"
        assert (await outsider.get(url)).status_code == 404, path
        assert (await viewer.get(url)).status_code == 200, path
    listed = (await outsider.get("/api/projects")).json()["projects"]
    assert project["id"] not in {row["id"] for row in listed}


async def test_records_wait_for_the_package(sign_in: SignIn) -> None:
    manager = await sign_in(MANAGER)
    project = await create(manager)
    url = f"/api/projects/{project['id']}/records"
    assert (await manager.post(f"{url}/offers", json={})).status_code == 403
    assert (await manager.post(f"{url}/gossip", json={})).status_code == 422


@pytest.mark.parametrize(
    "path",
    [
        "/api/projects/{}",
        "/api/documents/{}/uploads",
        "/api/uploads/{}/pdf",
        "/files/{}/a.pdf",
        "/api/approvals/{}/audit-trail",
        "/api/phases/{}/validate-transition",
        "/api/generation-tasks/project/{}/document/PR/1",
    ],
)
async def test_unknown_things_are_404_and_malformed_ids_no_server_error(
    sign_in: SignIn, path: str
) -> None:
    viewer = await sign_in(VIEWER)
    assert (await viewer.get(path.format(uuid4()))).status_code == 404
    malformed = await viewer.get(path.format("-" * 36))
    assert malformed.status_code in (404, 422), malformed.text


async def test_every_answer_carries_the_security_headers(anybody: Client) -> None:
    for path in ("/health", "/api/projects", "/no/such/path"):
        headers = (await anybody.get(path)).headers
        assert headers["X-Content-Type-Options"] == "nosniff", path
        assert "frame-ancestors 'none'" in headers["Content-Security-Policy"], path
        assert headers["Cache-Control"] == "no-store", path


async def test_only_known_origins_may_call_from_a_browser(anybody: Client) -> None:
    def preflight(origin: str) -> dict[str, str]:
        return {"Origin": origin, "Access-Control-Request-Method": "POST"}

    known = await anybody.options("/api/projects", headers=preflight("http://localhost:5173"))
    assert known.headers["Access-Control-Allow-Origin"] == "http://localhost:5173"
    foreign = await anybody.options("/api/projects", headers=preflight("http://evil.example"))
    assert "Access-Control-Allow-Origin" not in foreign.headers


async def test_health_names_the_servers_it_checked(anybody: Client) -> None:
    answer = (await anybody.get("/health")).json()
    assert answer["status"] == "healthy", answer
    assert answer["checks"] == {"database": "ok", "temporal": "ok"}


async def test_every_route_has_a_summary_a_tag_and_an_id_of_its_own(anybody: Client) -> None:
    document = (await anybody.get("/openapi.json")).json()
    operations = [operation for path in document["paths"].values() for operation in path.values()]
    ids = [operation["operationId"] for operation in operations]
    assert len(ids) == len(set(ids)), "two routes have the same name"
    nameless = [o["operationId"] for o in operations if not (o.get("tags") and o.get("summary"))]
    assert not nameless


OPEN = {
    "get_health",
    "get_welcome",
    "login",
    "register",
    "refresh",
    "show_codec_page",
}
"""Everything else needs a token. Think twice before adding a line."""


async def test_every_route_but_the_listed_ones_refuses_who_is_not_signed_in(
    anybody: Client,
) -> None:
    paths = (await anybody.get("/openapi.json")).json()["paths"]
    seen: set[str] = set()
    for path, operations in paths.items():
        for method, operation in operations.items():
            seen.add(operation["operationId"])
            url = re.sub(r"\{\w+\}", str(uuid4()), path)
            answer = await anybody.request(method, url, json={})
            if operation["operationId"] not in OPEN:
                assert answer.status_code == 403, f"{method} {path} answered {answer.status_code}"
    assert seen >= OPEN, "a route that is listed as open does not exist any more"


async def test_text_that_the_database_cannot_store_is_the_callers_error(
    sign_in: SignIn,
) -> None:
    answer = await (await sign_in(MANAGER)).post(
        "/api/projects", json={"name": "A\u0000B", "project_type": "rfp"}
    )
    assert answer.status_code == 422, answer.text


async def test_an_unreachable_database_is_a_503_that_says_so(settings: Settings) -> None:
    nowhere = "postgresql+asyncpg://nobody@127.0.0.1:9/nothing"
    async with (
        serve(settings.model_copy(update={"database_url": nowhere})) as url,
        Client(base_url=url, trust_env=False) as client,
    ):
        form = {"email": OFFICER, "password": "password123"}
        answer = await client.post("/api/auth/login", json=form)
        health = (await client.get("/health")).json()
    assert (answer.status_code, answer.json()["code"]) == (503, "database_unavailable")
    assert (health["status"], health["checks"]["database"]) == ("degraded", "unreachable")
