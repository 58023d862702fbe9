"""The people of an acquisition, at the HTTP routes: they repeat a request until it is answered."""

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import httpx2

from chaos.assignments import Assignment

PASSWORD = "password123"
PATIENCE_SECONDS = 240.0
"""How long one request is repeated before it counts as never answered."""
ANSWER_SECONDS = 20.0
PAUSE_SECONDS = 0.25
WATCH_SECONDS = 0.3
BUSY = "idempotency_key_in_use"
OFFICER = "contracting_officer"
SPECIALIST = "contract_specialist"


class Unanswered(RuntimeError):
    """A request was refused, or not answered however often it was repeated."""


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """A request that changed something and was answered with success."""

    assignment: str
    what: str
    """``project``, ``record``, ``generate``, or what was decided."""
    subject: str
    """Id of what it was about: project, record, workflow or approval."""
    email: str
    sent: float
    """When this attempt was sent; seconds of the monotonic clock."""
    answered: float
    attempts: int


@dataclass(slots=True)
class Journal:
    """What was acknowledged, in the order of the answers."""

    entries: list[Acknowledged] = field(default_factory=list[Acknowledged])
    attempted: set[tuple[str, str]] = field(default_factory=set[tuple[str, str]])
    """Approval and kind of every decision that was sent, answered or not."""
    ready: list[float] = field(default_factory=list[float])
    """When a version was first seen to await its signature."""
    requests: int = 0
    """Every attempt, reads included."""
    unanswered: list[str] = field(default_factory=list[str])
    """Acquisitions that could not be brought to their end, with the reason."""


@dataclass(slots=True)
class Office:
    """Everybody who is signed in."""

    http: httpx2.AsyncClient
    journal: Journal
    _tokens: dict[str, str] = field(default_factory=dict[str, str])

    async def sign_in(self, email: str) -> None:
        form = {"email": email, "password": PASSWORD}
        answer, _, _ = await self._persist("POST", "/api/auth/login", json=form)
        self._tokens[email] = answer["access_token"]

    async def get(self, email: str, path: str) -> Any:
        answer, _, _ = await self._persist("GET", path, headers=self._headers(email))
        return answer

    async def post(
        self, email: str, path: str, body: Mapping[str, Any]
    ) -> tuple[Any, tuple[float, float, int]]:
        """Returns the answer, when its attempt was sent and answered, and how many there were."""
        headers = {**self._headers(email), "Idempotency-Key": str(uuid4())}
        answer, sent, attempts = await self._persist("POST", path, headers=headers, json=body)
        return answer, (sent, time.monotonic(), attempts)

    def _headers(self, email: str) -> dict[str, str]:
        return {"Authorization": f"Bearer {self._tokens[email]}"}

    async def _persist(self, method: str, path: str, **request: Any) -> tuple[Any, float, int]:
        give_up = time.monotonic() + PATIENCE_SECONDS
        last, attempts = "", 0
        while True:
            sent = time.monotonic()
            attempts += 1
            self.journal.requests += 1
            try:
                answer = await self.http.request(method, path, **request)
            except httpx2.TransportError as error:
                last = repr(error)
            else:
                code = answer.status_code
                last = f"{code} {answer.text[:500]}"
                if code == 200 or code == 201:
                    return answer.json(), sent, attempts
                if code not in (202, 429) and code < 500 and BUSY not in answer.text:
                    raise Unanswered(f"{method} {path}: {last}")
            if time.monotonic() > give_up:
                raise Unanswered(f"{method} {path}: {attempts} attempts, the last one: {last}")
            await asyncio.sleep(PAUSE_SECONDS)


@dataclass(slots=True)
class Buyer:
    """Takes one acquisition from its creation to the last signature of its route."""

    office: Office
    assignment: Assignment
    project_id: str = ""

    async def run(self) -> str:
        """Return the project's id. Raises Unanswered, or TimeoutError when nothing happens."""
        scenario = self.assignment.scenario
        project = scenario.facts["project"]
        answer = await self._post(
            "project",
            OFFICER,
            "/api/projects",
            {
                "name": self.assignment.name,
                "project_type": project["project_type"],
                "auto_draft": False,
                "facts": scenario.facts,
            },
        )
        self.project_id = answer["project"]["id"]
        await self._see_plan()
        for code in scenario.route:
            for kind, body in scenario.records.get(code, {}).items():
                await self._post(
                    "record", SPECIALIST, f"/api/projects/{self.project_id}/records/{kind}", body
                )
            await self._obtain(code)
        return self.project_id

    async def _see_plan(self) -> None:
        """Wait until the page of the project lists what is asked for first."""
        path = f"/api/projects/{self.project_id}/documents"
        async with asyncio.timeout(PATIENCE_SECONDS):
            while True:
                if (await self.office.get(self._email(OFFICER), path))["documents"]:
                    return
                await asyncio.sleep(WATCH_SECONDS)

    async def _obtain(self, code: str) -> None:
        """Ask for a document and let its signers decide until it is approved."""
        started = await self._post(
            "generate",
            SPECIALIST,
            f"/api/projects/{self.project_id}/generate-document",
            {"document_type": code},
        )
        document_id, version = started["document_id"], started["version"]
        is_sent_back = code in self.assignment.scenario.sent_back
        while True:
            approvals = await self._awaited(document_id, version)
            asked = [one for one in approvals if one["approval_status"] == "pending"]
            if not asked:
                return
            decision = "request-changes" if is_sent_back else "approve"
            comments = {"comments": "State the need first."} if is_sent_back else {}
            approval = asked[0]
            await self._post(
                decision,
                approval["approver"]["email"],
                f"/api/approvals/{approval['id']}/{decision}",
                comments,
            )
            if is_sent_back:
                is_sent_back, version = False, version + 1

    async def _awaited(self, document_id: str, version: int) -> list[dict[str, Any]]:
        """Wait until this version awaits somebody, or everybody has signed it."""
        path = f"/api/documents/{document_id}/approvals"
        officer = self._email(OFFICER)
        waited_since = time.monotonic()
        async with asyncio.timeout(PATIENCE_SECONDS):
            while True:
                rows = (await self.office.get(officer, path))["approvals"]
                current = [row for row in rows if row["approval_round"] == version]
                pending = [row for row in current if row["approval_status"] == "pending"]
                if any(row["asked_at"] for row in pending):
                    if all(row["approval_status"] == "pending" for row in current):
                        self.office.journal.ready.append(time.monotonic())
                    return [row for row in current if row["asked_at"]]
                if current and not pending:
                    return current
                if time.monotonic() - waited_since > PATIENCE_SECONDS / 2:
                    await self._refuse_failed(document_id)
                await asyncio.sleep(WATCH_SECONDS)

    async def _refuse_failed(self, document_id: str) -> None:
        path = f"/api/documents/{document_id}/generation-status"
        status = await self.office.get(self._email(OFFICER), path)
        raise Unanswered(f"no version of {document_id} after so long: {str(status)[:500]}")

    async def _post(self, what: str, position: str, path: str, body: Mapping[str, Any]) -> Any:
        email = position if "@" in position else self._email(position)
        if what in ("approve", "request-changes"):
            self.office.journal.attempted.add((path.split("/")[3], what))
        answer, (sent, answered, attempts) = await self.office.post(email, path, body)
        self.office.journal.entries.append(
            Acknowledged(
                assignment=self.assignment.name,
                what=what,
                subject=_subject(what, answer),
                email=email,
                sent=sent,
                answered=answered,
                attempts=attempts,
            )
        )
        return answer

    def _email(self, position: str) -> str:
        return self.assignment.scenario.facts["people"][position]["email"]


def _subject(what: str, answer: Any) -> str:
    match what:
        case "project":
            return answer["project"]["id"]
        case "record":
            return answer["record"]["id"]
        case "generate":
            return answer["task_id"]
        case _:
            return answer["approval"]["id"]


async def sign_in_everybody(office: Office, assignments: tuple[Assignment, ...]) -> None:
    """Sign every person of the acquisitions in, once."""
    emails = {
        person["email"]
        for assignment in assignments
        for person in assignment.scenario.facts["people"].values()
    }
    for email in sorted(emails):
        await office.sign_in(email)
