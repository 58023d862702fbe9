"""A sole source at the routes: who decides on the award, and who signs the justification."""

from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from demo.acquisition import Sample
from tests.api.acquisition import ALMS, create, document_of
from tests.api.conftest import Client, SignIn
from tests.waiting import until

pytestmark = pytest.mark.usefixtures("workers")
BRIDGE = Sample.load(Path(__file__).parents[2] / "samples" / "bridge.yaml")


async def _project(officer: Client, sample: Sample) -> str:
    """A project with its team and checklist."""

    async def listed() -> list[Any]:
        answer = await officer.get(f"/api/projects/{project_id}/documents")
        return answer.json()["documents"]

    project_id = (await create(officer, facts=dict(sample.facts)))["id"]
    await until(listed, bool)
    return project_id


async def _record(client: Client, project_id: str, kind: str, body: dict[str, Any]) -> int:
    answer = await client.post(f"/api/projects/{project_id}/records/{kind}", json=body)
    return answer.status_code


async def test_without_a_source_selection_the_contracting_officer_decides_on_the_award(
    sign_in: SignIn,
) -> None:
    officer = await sign_in(BRIDGE.email("contracting_officer"))
    specialist = await sign_in(BRIDGE.email("contract_specialist"))
    project_id = await _project(officer, BRIDGE)
    assert await _record(specialist, project_id, "offers", BRIDGE.records["offers"]) == 200
    decision = BRIDGE.records["decision"]
    assert await _record(specialist, project_id, "decision", decision) == 403
    assert await _record(officer, project_id, "decision", decision) == 200


async def test_with_a_source_selection_the_contracting_officer_does_not_decide(
    sign_in: SignIn,
) -> None:
    officer = await sign_in(ALMS.email("contracting_officer"))
    project_id = await _project(officer, ALMS)
    assert await _record(officer, project_id, "decision", ALMS.records["decision"]) == 403


async def test_the_checklist_asks_for_every_signature_under_the_justification(
    sign_in: SignIn,
) -> None:
    officer = await sign_in(BRIDGE.email("contracting_officer"))
    project_id = await _project(officer, BRIDGE)
    justification = await document_of(officer, project_id, "JA")
    assert justification["is_required"]
    assert justification["signatures_needed"] == 4, (
        "program manager, counsel, contracting officer and, at this value, the advocate"
    )
    assert {"MRR", "SSN", "IGCE"} <= set(justification["requires"])


async def test_a_sole_source_without_justification_is_refused_with_the_remedy(
    sign_in: SignIn,
) -> None:
    officer = await sign_in(BRIDGE.email("contracting_officer"))
    facts = deepcopy(dict(BRIDGE.facts))
    del facts["justification"]
    form = {"name": "LISB", "project_type": "rfp", "auto_draft": False, "facts": facts}
    answer = await officer.post("/api/projects", json=form)
    assert answer.status_code == 422, answer.text
    assert "justification is missing: a sole source is justified item by item" in answer.text
