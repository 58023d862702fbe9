"""Deadlines at the routes: what really happened, days on which offices are closed, what is done."""

from datetime import date, timedelta
from typing import Any

import pytest_asyncio

from runtime.settings import Settings
from tests.api.acquisition import project_with_deadlines
from tests.api.conftest import ADMIN, MANAGER, OFFICER, SPECIALIST, VIEWER, Client, SignIn
from tests.waiting import until

ISSUE = date(2027, 3, 16)
"""The earliest day for the RFP of the sample as it is planned."""


@pytest_asyncio.fixture(loop_scope="session")
async def project(workers: None, sign_in: SignIn) -> str:
    return await project_with_deadlines(sign_in)


async def deadlines(client: Client, project_id: str) -> dict[str, Any]:
    found = (await client.get(f"/api/projects/{project_id}/deadlines")).json()["deadlines"]
    return {row["rule"]: row for row in found}


async def due(client: Client, project_id: str, rule: str) -> date:
    return date.fromisoformat((await deadlines(client, project_id))[rule]["due_at"][:10])


async def moved(client: Client, project_id: str) -> list[str]:
    """What the caller was told about dates that moved, the newest first."""
    found = (await client.get("/api/notifications", params={"limit": 100})).json()["notifications"]
    return [
        row["message"]
        for row in found
        if row["notification_type"] == "deadlines_moved" and row["project_id"] == project_id
    ]


async def test_what_really_happened_counts_instead_of_the_plan(
    project: str, sign_in: SignIn
) -> None:
    officer, specialist = await sign_in(OFFICER), await sign_in(SPECIALIST)
    url = f"/api/projects/{project}/milestones"
    assert await due(officer, project, "D01") == ISSUE
    stated = {"event": "presolicitation_published", "day": "2026-11-02", "note": "SAM.gov"}
    answer = await specialist.post(url, json=stated)
    assert answer.status_code == 200, answer.text
    assert answer.json()["counted"], "the deadlines were not counted again in time"
    assert await due(officer, project, "D01") == date(2026, 11, 17), "fifteen days after"
    for person in (officer, specialist):
        (message,) = await moved(person, project)
        assert "D01 Earliest issue of the RFP: moved from Tue 2027-03-16" in message
        assert "publication of the presolicitation notice on 2026-11-02" in message
    listed = (await officer.get(url)).json()
    row = next(row for row in listed["milestones"] if row["event"] == "presolicitation_published")
    assert (row["planned"], row["recorded"]) == ("2027-03-01", "2026-11-02")
    taken_back = await officer.delete(
        f"{url}/presolicitation_published", params={"reason": "It was another notice"}
    )
    assert taken_back.json()["counted"], taken_back.text
    assert await due(officer, project, "D01") == ISSUE
    listed = (await officer.get(url)).json()
    assert [row["day"] for row in listed["history"]] == [None, "2026-11-02"], "nothing is erased"


async def test_a_day_that_cannot_be_is_refused_with_the_reason(
    project: str, sign_in: SignIn
) -> None:
    officer = await sign_in(OFFICER)
    url = f"/api/projects/{project}/milestones"
    tomorrow = str(date.today() + timedelta(days=2))
    for event, day, said in (
        ("rfp_issued", tomorrow, "has not happened yet"),
        ("rfp_issued", "2026-02-30", "no such day"),
        ("rfp_issued", "2019-01-02", "rule book"),
        ("debrief_held", "2026-11-02", "Record receipt of the debriefing request first"),
        ("funds_expire", "2026-11-02", "follows from the package"),
    ):
        refused = await officer.post(url, json={"event": event, "day": day})
        assert refused.status_code == 422, f"{event} {day}: {refused.text}"
        assert said in refused.text, f"{event} {day}: {refused.text}"
    assert (await officer.get(url)).json()["history"] == []
    for email in (MANAGER, VIEWER):
        other = await sign_in(email)
        answer = await other.post(url, json={"event": "rfp_issued", "day": "2026-11-02"})
        assert answer.status_code == 403, f"{email}: {answer.text}"
    unknown = await officer.delete(f"{url}/rfp_issued", params={"reason": "Nothing"})
    assert unknown.status_code == 404


async def test_a_closure_moves_the_deadlines_of_open_projects_and_tells_their_people(
    project: str, sign_in: SignIn
) -> None:
    admin, officer = await sign_in(ADMIN), await sign_in(OFFICER)
    before = (await deadlines(officer, project))["D01"]["calendar_version"]
    storm = {"day": str(ISSUE), "kind": "weather", "reason": "Storm", "office": "N00189"}
    added = await admin.post("/api/admin/closures", json=storm)
    assert added.status_code == 200, added.text

    async def issue() -> date:
        return await due(officer, project, "D01")

    await until(issue, lambda day: day != ISSUE)
    row = (await deadlines(officer, project))["D01"]
    assert row["due_at"].startswith("2027-03-17"), "the day after the storm"
    assert row["calendar_version"] != before, "each date names its calendar"
    (message,) = await moved(officer, project)
    assert message.startswith(f"The office N00189 is closed on {ISSUE}: Storm.")
    twice = await admin.post("/api/admin/closures", json=storm)
    assert (twice.status_code, twice.json()["code"]) == (409, "AlreadyClosed")
    closure = added.json()["closure"]["id"]
    gone = await admin.delete(f"/api/admin/closures/{closure}", params={"reason": "It held off"})
    assert gone.status_code == 200, gone.text
    await until(issue, lambda day: day == ISSUE)
    assert (await deadlines(officer, project))["D01"]["calendar_version"] == before
    again = await admin.delete(f"/api/admin/closures/{closure}", params={"reason": "Again"})
    assert again.status_code == 404
    assert (await admin.get("/api/admin/closures")).json()["closures"] == []


async def test_another_office_and_a_day_that_is_closed_anyway_change_nothing(
    project: str, sign_in: SignIn
) -> None:
    admin, officer = await sign_in(ADMIN), await sign_in(OFFICER)
    elsewhere = {"day": str(ISSUE), "kind": "base_closure", "reason": "Move", "office": "W56KGU"}
    added = await admin.post("/api/admin/closures", json=elsewhere)
    assert added.status_code == 200, added.text
    assert await due(officer, project, "D01") == ISSUE
    sunday = await admin.post("/api/admin/closures", json={**elsewhere, "day": "2027-03-14"})
    assert sunday.status_code == 422, sunday.text
    far = await admin.post("/api/admin/closures", json={**elsewhere, "day": "2077-03-15"})
    assert far.status_code == 422, far.text
    closure = added.json()["closure"]["id"]
    await admin.delete(f"/api/admin/closures/{closure}", params={"reason": "Test is over"})


async def test_what_is_done_is_noted_by_who_deals_with_it(
    project: str, sign_in: SignIn, settings: Settings
) -> None:
    officer, manager = await sign_in(OFFICER), await sign_in(MANAGER)
    row = (await deadlines(officer, project))["D10"]
    url = f"/api/projects/{project}/deadlines/{row['id']}/complete"
    assert (await manager.post(url)).status_code == 403
    done = await officer.post(url, json={"note": "DD 2579 signed"})
    assert done.status_code == 200, done.text
    assert (await officer.post(url)).json()["completed_at"] == done.json()["completed_at"]
    row = (await deadlines(officer, project))["D10"]
    assert row["completed_at"] is not None
    assert row["completion_note"] == "DD 2579 signed"
    other = await officer.post(f"/api/projects/{project}/deadlines/{project}/complete")
    assert other.status_code == 404
