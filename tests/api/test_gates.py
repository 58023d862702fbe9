"""Gates at the routes: what is missing, what a reason makes up for and what it does not."""

from typing import Any

import pytest_asyncio

from tests.api.acquisition import create, project_with_deadlines
from tests.api.conftest import MANAGER, OFFICER, SPECIALIST, VIEWER, SignIn

REASON = "The notice appears after the review of the command on Friday."


@pytest_asyncio.fixture(loop_scope="session")
async def project(workers: None, sign_in: SignIn) -> str:
    return await project_with_deadlines(sign_in)


async def gates(sign_in: SignIn, project: str, email: str = OFFICER) -> dict[str, Any]:
    client = await sign_in(email)
    answer = await client.get(f"/api/projects/{project}/gates")
    assert answer.status_code == 200, answer.text
    return {gate["id"]: gate for gate in answer.json()["gates"]}


async def test_all_thirteen_gates_say_what_is_missing_and_what_to_do(
    project: str, sign_in: SignIn
) -> None:
    found = await gates(sign_in, project)
    assert list(found) == [f"G{number}" for number in range(13)]
    assert found["G1"]["status"] == "blocked"
    missing = {condition["id"]: condition for condition in found["G1"]["unmet"]}
    assert "market research" in missing["G1.1"]["text"]
    assert missing["G1.1"]["remedy"] == "Record it under records/market_research."
    assert found["G4"]["decides"] == "contracting_officer"
    assert found["G9"]["decides"] == "source_selection_authority"


async def test_what_an_evaluation_still_misses_is_for_the_team(
    project: str, sign_in: SignIn
) -> None:
    seen = await gates(sign_in, project, VIEWER)
    assert [condition["id"] for condition in seen["G9"]["unmet"]] == ["G9"]
    assert "Source selection information" in seen["G9"]["unmet"][0]["text"]
    assert seen["G9"]["status"] == "blocked"
    assert any("SSEB" in row["text"] for row in (await gates(sign_in, project))["G9"]["unmet"])


async def test_a_warning_may_stay_for_a_written_reason_that_is_kept(
    project: str, sign_in: SignIn
) -> None:
    officer = await sign_in(OFFICER)
    url = f"/api/projects/{project}/gates"
    (warning,) = [
        row for row in (await gates(sign_in, project))["G4"]["unmet"] if row["id"] == "G4.2"
    ]
    assert (warning["severity"], warning["reason"]) == ("W", None)
    kept = await officer.post(f"{url}/G4/waivers", json={"check": "G4.2", "reason": REASON})
    assert kept.status_code == 200, kept.text
    assert "No date is recorded" in kept.json()["waiver"]["warnings"][0]
    listed = (await officer.get(url)).json()
    assert [waiver["reason"] for waiver in listed["waivers"]] == [REASON]
    (after,) = [
        row for row in (await gates(sign_in, project))["G4"]["unmet"] if row["id"] == "G4.2"
    ]
    assert after["reason"] == REASON


async def test_no_reason_makes_up_for_what_blocks(project: str, sign_in: SignIn) -> None:
    officer = await sign_in(OFFICER)
    url = f"/api/projects/{project}/gates"
    blocked = await officer.post(f"{url}/G1/waivers", json={"check": "G1.1", "reason": REASON})
    assert (blocked.status_code, blocked.json()["code"]) == (409, "BlocksTheGate")
    nothing = await officer.post(f"{url}/G0/waivers", json={"check": "X12", "reason": REASON})
    assert (nothing.status_code, nothing.json()["code"]) == (409, "NoSuchWarning")
    short = await officer.post(f"{url}/G4/waivers", json={"check": "G4.2", "reason": "ok"})
    assert short.status_code == 422
    unknown = await officer.post(f"{url}/G13/waivers", json={"check": "G4.2", "reason": REASON})
    assert unknown.status_code == 422
    for email in (MANAGER, SPECIALIST, VIEWER):
        other = await sign_in(email)
        answer = await other.post(f"{url}/G4/waivers", json={"check": "G4.2", "reason": REASON})
        assert answer.status_code == 403, f"{email}: {answer.text}"
    assert (await officer.get(url)).json()["waivers"] == []


async def test_a_phase_lists_what_its_gates_ask_for(project: str, sign_in: SignIn) -> None:
    officer = await sign_in(OFFICER)
    phases = (await officer.get(f"/api/projects/{project}/phases")).json()["phases"]
    answer = await officer.get(f"/api/phases/{phases[0]['id']}/validate-transition")
    found = answer.json()
    assert not found["can_transition"]
    assert {check["gate"] for check in found["validation_checks"]} == {"G0", "G1", "G2", "G3", "G4"}
    assert any("G1.1" in issue for issue in found["blocking_issues"])
    assert any("G4.2" in warning for warning in found["warnings"])


async def test_checks_run_when_somebody_asks(project: str, sign_in: SignIn) -> None:
    officer, viewer = await sign_in(OFFICER), await sign_in(VIEWER)
    answer = await officer.post(f"/api/projects/{project}/checks")
    assert answer.status_code == 200, answer.text
    found = answer.json()
    assert (found["documents"], found["findings"], found["blocking"]) == ([], [], 0)
    assert found["checks"] >= 14
    assert (await viewer.post(f"/api/projects/{project}/checks")).status_code == 403
    provisional = (await create(officer))["id"]
    asked = await officer.post(f"/api/projects/{provisional}/checks")
    assert asked.status_code in (200, 409), asked.text
