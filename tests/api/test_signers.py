"""Delegates, added approvers and warrants at the routes, with real workers."""

from typing import Any

from httpx2 import Response

from runtime.settings import Settings
from tests.api.acquisition import project_under_review, requirements_of
from tests.api.conftest import (
    ADMIN,
    COMPTROLLER,
    MANAGER,
    OFFICER,
    SPECIALIST,
    VIEWER,
    Client,
    SignIn,
)

COUNSEL, ADVISER = "s.amari@navy.mil", "r.whitfield@navy.mil"
STRANGER = "t.lindqvist@navy.mil"
"""Holds no position on this project."""


async def under_review(sign_in: SignIn) -> dict[str, Any]:
    """A requirements package (PR) that awaits its first signature."""
    return await requirements_of(await sign_in(MANAGER), await project_under_review(sign_in))


async def signatures(client: Client, document: dict[str, Any]) -> list[dict[str, Any]]:
    answer = await client.get(f"/api/documents/{document['id']}/approvals")
    return sorted(answer.json()["approvals"], key=lambda row: row["step"])


async def user_id(admin: Client, email: str) -> str:
    users = (await admin.get("/api/admin/users")).json()["users"]
    return next(user["id"] for user in users if user["email"] == email)


def outcome(answer: Response) -> tuple[int, str]:
    return answer.status_code, answer.json().get("code", "")


async def test_signatures_pass_to_delegates_and_added_signers_within_the_rules(
    workers: None, sign_in: SignIn, settings: Settings
) -> None:
    officer, manager, admin = await sign_in(OFFICER), await sign_in(MANAGER), await sign_in(ADMIN)
    comptroller, counsel = await sign_in(COMPTROLLER), await sign_in(COUNSEL)
    document = await under_review(sign_in)
    first, second = await signatures(officer, document)

    async def delegate(client: Client, approval: dict[str, Any], email: str) -> Response:
        return await client.post(
            f"/api/approvals/{approval['id']}/delegate",
            params={"delegate_to_user_id": await user_id(admin, email), "reason": "on leave"},
        )

    refused = {
        VIEWER: (409, "NotOnTheTeam"),
        STRANGER: (409, "NotOnTheTeam"),
        MANAGER: (403, "DrafterCannotApprove"),
        OFFICER: (409, "AlreadyASigner"),
    }
    for email, expected in refused.items():
        assert outcome(await delegate(comptroller, first, email)) == expected, email
    assert outcome(await delegate(manager, first, COUNSEL)) == (403, "NotTheApprover")
    delegated = await delegate(comptroller, first, COUNSEL)
    assert delegated.status_code == 200, delegated.text
    assert delegated.json()["approval"]["approver"]["name"] == "S. Amari"
    assert (await delegate(comptroller, first, COUNSEL)).json() == delegated.json()
    too_late = await comptroller.post(f"/api/approvals/{first['id']}/approve")
    assert outcome(too_late) == (403, "NotTheApprover")
    pending = (await counsel.get("/api/approvals/pending")).json()["approvals"]
    assert first["id"] in {row["id"] for row in pending}, "the delegate has to see the request"
    assert (await counsel.post(f"/api/approvals/{first['id']}/approve")).status_code == 200

    # The officer's signature passes to nobody without a warrant.
    assert outcome(await delegate(officer, second, SPECIALIST)) == (403, "WarrantExceeded")
    specialist_id = await user_id(admin, SPECIALIST)
    warrant = f"/api/admin/users/{specialist_id}/warrant"
    assert (await officer.put(warrant, json={"warrant_usd": "1.00"})).status_code == 403
    assert (await admin.put(warrant, json={"warrant_usd": "1.00"})).status_code == 200
    assert (await delegate(officer, second, SPECIALIST)).status_code == 200

    # Somebody else is asked too, and counts.
    url = f"/api/documents/{document['id']}/request-approval"
    adviser_id = await user_id(admin, ADVISER)
    assert (await officer.post(url, params={"override_routing": "manual"})).status_code == 422
    asked = await officer.post(url, params={"approver_ids": [adviser_id]})
    assert asked.status_code == 200, asked.text
    assert asked.json()["routing_method"] == "manual"
    assert asked.json()["routing_info"]["added"] == ["R. Whitfield"]
    assert [row["position"] for row in asked.json()["approvals"]][
        -1
    ] == "small_business_professional"
    again = await officer.post(url, params={"approver_ids": [adviser_id]})
    assert again.json()["routing_info"]["added"] == [], "nobody signs twice"

    specialist, adviser = await sign_in(SPECIALIST), await sign_in(ADVISER)
    signed = await specialist.post(f"/api/approvals/{second['id']}/approve")
    assert signed.json()["document_status"] == "under_review", signed.text
    third = (await signatures(officer, document))[2]
    last = await adviser.post(f"/api/approvals/{third['id']}/approve")
    assert last.json()["document_status"] == "approved", last.text

    history = (await officer.get(f"/api/documents/{document['id']}/approval-history")).json()
    rows = sorted(history["history"], key=lambda row: row["step"])
    assert [row["delegated_from"] and row["delegated_from"]["name"] for row in rows] == [
        "Sample Approver",
        "J. Okafor",
        None,
    ]
    assert "delegated" in {entry["action"] for entry in rows[0]["audit_trail"]}
    assert (await admin.put(warrant, json={})).status_code == 200


async def test_routing_is_set_by_officers_and_names_whom_a_request_adds(
    workers: None, sign_in: SignIn
) -> None:
    officer, manager, admin = await sign_in(OFFICER), await sign_in(MANAGER), await sign_in(ADMIN)
    document = await under_review(sign_in)
    url = f"/api/documents/{document['id']}"
    adviser_id = await user_id(admin, ADVISER)
    chosen = {"approval_routing": "default", "default_approver_id": adviser_id}
    viewer = await sign_in(VIEWER)
    assert (await viewer.patch(f"{url}/routing", params=chosen)).status_code == 403
    routed = await officer.patch(f"{url}/routing", params=chosen)
    assert routed.status_code == 200, routed.text
    assert routed.json()["document"]["default_approver_id"] == adviser_id
    asked = (await manager.post(f"{url}/request-approval")).json()
    assert asked["routing_method"] == "default"
    assert asked["routing_info"]["added"] == ["R. Whitfield"]
    known = (await manager.post(f"{url}/request-approval?override_routing=auto_co")).json()
    assert known["routing_info"]["added"] == [], "the officer signs by the plan already"
