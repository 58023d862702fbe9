"""Documents that are needed because of what happened join the plan when it is recorded."""

from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from demo.acquisition import Sample
from tests.api.acquisition import create
from tests.api.conftest import Client, SignIn
from tests.waiting import until

pytestmark = pytest.mark.usefixtures("workers")
LARGE = Sample.load(Path(__file__).parents[2] / "samples" / "alms-118m.yaml")


async def _required(client: Client, project_id: str) -> set[str]:
    listed = (await client.get(f"/api/projects/{project_id}/documents")).json()["documents"]
    return {document["code"] for document in listed if document["is_required"]}


async def _record(client: Client, project_id: str, kind: str, body: dict[str, Any]) -> None:
    answer = await client.post(f"/api/projects/{project_id}/records/{kind}", json=body)
    assert answer.status_code == 200, answer.text


async def _project(officer: Client, specialist: Client, chair: Client) -> str:
    """The large variant up to the first ratings."""
    project_id = (await create(officer, facts=dict(LARGE.facts)))["id"]
    await until(lambda: _required(officer, project_id), lambda codes: "CRD" in codes)
    await _record(specialist, project_id, "offers", LARGE.records["offers"])
    await _record(chair, project_id, "consensus", LARGE.records["consensus"])
    return project_id


async def _people(sign_in: SignIn) -> tuple[Client, Client, Client]:
    return (
        await sign_in(LARGE.email("contracting_officer")),
        await sign_in(LARGE.email("contract_specialist")),
        await sign_in(LARGE.email("sseb_chair")),
    )


async def test_letters_of_exclusion_join_with_the_range_and_leave_when_nobody_is_left_out(
    sign_in: SignIn,
) -> None:
    officer, specialist, chair = await _people(sign_in)
    project_id = await _project(officer, specialist, chair)
    assert {"XCL", "SUBK"}.isdisjoint(await _required(officer, project_id))
    found = LARGE.records["competitive_range"]
    await _record(officer, project_id, "competitive_range", found)
    assert "XCL" in await _required(officer, project_id)

    wider = deepcopy(found)
    wider["included"].append({"offer": "C", "reason": "Its low price makes it competitive."})
    wider["excluded"] = []
    await _record(officer, project_id, "competitive_range", wider)
    assert "XCL" not in await _required(officer, project_id)


async def test_the_review_of_a_subcontracting_plan_joins_with_the_decision_and_stays(
    sign_in: SignIn,
) -> None:
    officer, specialist, chair = await _people(sign_in)
    project_id = await _project(officer, specialist, chair)
    authority = await sign_in(LARGE.email("source_selection_authority"))
    await _record(authority, project_id, "decision", LARGE.records["decision"])
    assert "SUBK" in await _required(officer, project_id)

    facts = deepcopy(dict(LARGE.facts))
    facts["project"]["need"] += " The need was stated again."
    answer = await officer.put(f"/api/projects/{project_id}/facts", json={"facts": facts})
    assert answer.status_code == 200, answer.text
    assert "SUBK" in await _required(officer, project_id), "another package forgets no award"


async def test_a_record_that_contradicts_another_is_refused_with_its_place(
    sign_in: SignIn,
) -> None:
    officer, specialist, chair = await _people(sign_in)
    project_id = await _project(officer, specialist, chair)
    unknown: dict[str, Any] = deepcopy(LARGE.records["competitive_range"])
    unknown |= {"included": [], "excluded": []}
    answer = await officer.post(
        f"/api/projects/{project_id}/records/competitive_range", json=unknown
    )
    assert answer.status_code == 422, answer.text
    assert "included" in answer.text
    contradicting = deepcopy(LARGE.records["competitive_range"])
    contradicting["excluded"] = []
    answer = await officer.post(
        f"/api/projects/{project_id}/records/competitive_range", json=contradicting
    )
    assert answer.status_code == 422, answer.text
    assert "offer C is neither in nor out" in answer.text


async def test_only_the_chair_of_the_council_records_its_advice(sign_in: SignIn) -> None:
    officer, specialist, chair = await _people(sign_in)
    project_id = await _project(officer, specialist, chair)
    url = f"/api/projects/{project_id}/records/advice"
    assert (await officer.post(url, json=LARGE.records["advice"])).status_code == 403
    council = await sign_in(LARGE.email("ssac_chair"))
    await _record(council, project_id, "advice", LARGE.records["advice"])
