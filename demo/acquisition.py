"""Take one acquisition from its requirements package to the closed file, over HTTP alone.

Every step is done by the person whose position allows it, through the routes that anyone else has;
the WebSocket says when there is something to do.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

import yaml
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake

from demo.client import Person
from documents.facts import Records, parse_facts
from documents.plan import Plan
from documents.planning import plan_for

RECONNECT_SECONDS = 0.3
GATE_COMMENTS = (
    "Every document of the phase is approved and consistent. The sample's dates lie ahead: what is "
    "planned for them is recorded as it happens."
)
"""The officer's reason for passing gates although no date is recorded yet."""


@dataclass(frozen=True, slots=True)
class Trigger:
    """When a record is made and who makes it."""

    record: str
    after: tuple[str, ...]
    """Codes of documents: the approval of the first one in the plan lets people record it."""
    positions: tuple[str, ...]
    """The first of these that somebody holds makes the record."""
    together_with: tuple[str, ...] = ()
    """Codes of documents that have to be approved as well, if they are in the plan."""


_SPECIALIST = ("contract_specialist",)
_OFFICER = ("contracting_officer",)
TRIGGERS = (
    Trigger("market_research", ("PR",), _SPECIALIST),
    Trigger("questions", ("RFP",), _SPECIALIST),
    Trigger("amendments", ("RFP",), _SPECIALIST),
    Trigger("offers", ("AMD",), _SPECIALIST),
    Trigger("consensus", ("CMP",), ("sseb_chair",)),
    Trigger("competitive_range", ("SCORE",), _OFFICER, together_with=("PPE", "PCA")),
    Trigger("objectives", ("CRD", "PCA"), _OFFICER),
    Trigger("exchanges", ("PNO",), _SPECIALIST),
    Trigger("final_proposals", ("CLAR", "PNO"), _SPECIALIST),
    Trigger("final_consensus", ("CLAR",), ("sseb_chair",)),
    Trigger("advice", ("SSEB",), ("ssac_chair",)),
    Trigger("decision", ("SSAC", "SSEB", "PNO"), ("source_selection_authority", *_OFFICER)),
    Trigger("subcontracting", ("PNM", "SSDD"), _SPECIALIST),
    Trigger("debriefings", ("UNS",), _SPECIALIST),
)
"""In the order in which they are made when one approval lets several be made."""


@dataclass(frozen=True, slots=True)
class Sample:
    """A sample file: the requirements package, and what is recorded later."""

    facts: Mapping[str, Any]
    records: Mapping[str, Any]

    @classmethod
    def load(cls, path: Path) -> Self:
        raw = yaml.load(path.read_text(encoding="utf-8"), Loader=_PlainDates)
        return cls(facts=raw["facts"], records=raw["records"])

    def plan(self) -> Plan:
        """Every document of the acquisition, those included that join because of a record."""
        return plan_for(parse_facts(self.facts), records=Records.model_validate(self.records))

    def email(self, position: str) -> str:
        return self.facts["people"][position]["email"]

    def holder(self, *positions: str) -> str:
        """The first of these positions that somebody holds in the sample."""
        return next(position for position in positions if position in self.facts["people"])

    @property
    def emails(self) -> frozenset[str]:
        return frozenset(person["email"] for person in self.facts["people"].values())


class _PlainDates(yaml.SafeLoader):
    """Leaves dates as text, because the facts travel as JSON."""


_PlainDates.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if not tag.endswith(":timestamp")]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


@dataclass(slots=True)
class Acquisition:
    """Drives one project; ``listen`` receives every message of its socket."""

    api_url: str
    sample: Sample
    password: str
    listen: Callable[[Mapping[str, Any]], None]
    project_id: str = ""
    _people: dict[str, Person] = field(default_factory=dict[str, Person])
    _recorded: set[str] = field(default_factory=set[str])
    _approved: set[str] = field(default_factory=set[str])
    _planned: frozenset[str] = frozenset()

    async def run(self) -> str:
        """Run to the end and return the project's id."""
        self._planned = frozenset(document.code for document in self.sample.plan().documents)
        async with AsyncExitStack() as signed_in:
            for email in sorted(self.sample.emails):
                self._people[email] = await signed_in.enter_async_context(
                    Person.sign_in(self.api_url, email, self.password)
                )
            await self._create()
            async for event in self._events():
                self.listen(event)
                await self._act_on(event)
                if event["type"] == "phase_update" and await self._is_complete():
                    break
        return self.project_id

    async def _create(self) -> None:
        project = self.sample.facts["project"]
        answer = await self._as("contracting_officer").post(
            "/api/projects",
            {
                "name": project["title"],
                "description": " ".join(project["need"].split()),
                "project_type": project["project_type"],
                "facts": self.sample.facts,
            },
        )
        self.project_id = answer["project"]["id"]

    async def _act_on(self, event: Mapping[str, Any]) -> None:
        match event["type"]:
            case "generation_complete" | "approval_update":
                await self._sign(event["document_id"], event["document_type"])
            case "phase_update":
                await self._pass_gate()
            case "error":
                raise RuntimeError(f"{event.get('document_type', '')}: {event['message']}")
            case _:
                pass

    async def _sign(self, document_id: str, code: str) -> None:
        """Let the awaited signer approve; once all have signed, record what that lets happen."""
        officer = self._as("contracting_officer")
        approvals = (await officer.get(f"/api/documents/{document_id}/approvals"))["approvals"]
        current = [approval for approval in approvals if approval["approval_status"] != "voided"]
        for approval in current:
            if approval["approval_status"] == "pending" and approval["asked_at"]:
                signer = self._people[approval["approver"]["email"]]
                await signer.post(f"/api/approvals/{approval['id']}/approve")
                return
        if all(approval["approval_status"] == "approved" for approval in current):
            self._approved.add(code)
            await self._record()

    async def _record(self) -> None:
        for trigger in TRIGGERS:
            after = next((known for known in trigger.after if known in self._planned), "")
            if trigger.record not in self.sample.records or trigger.record in self._recorded:
                continue
            if {after, *self._planned.intersection(trigger.together_with)} <= self._approved:
                self._recorded.add(trigger.record)
                await self._as(self.sample.holder(*trigger.positions)).post(
                    f"/api/projects/{self.project_id}/records/{trigger.record}",
                    self.sample.records[trigger.record],
                )

    async def _pass_gate(self) -> None:
        officer = self._as("contracting_officer")
        pending = (await officer.get("/api/phase-transitions/pending"))["pending_transitions"]
        for transition in pending:
            if transition["project_id"] == self.project_id:
                await officer.post(
                    f"/api/phase-transitions/{transition['id']}/approve",
                    {"comments": GATE_COMMENTS},
                )

    async def _is_complete(self) -> bool:
        answer = await self._as("contracting_officer").get(f"/api/projects/{self.project_id}")
        return answer["project"]["overall_status"] == "completed"

    def _as(self, position: str) -> Person:
        return self._people[self.sample.email(position)]

    async def _events(self) -> AsyncIterator[Mapping[str, Any]]:
        """Every event of the project once and in order, across lost connections."""
        socket_url = self.api_url.replace("http", "ws", 1)
        headers = {"Authorization": f"Bearer {self._as('contracting_officer').token}"}
        seen = 0
        while True:
            url = f"{socket_url}/ws/{self.project_id}?after={seen}"
            try:
                async with connect(url, additional_headers=headers, proxy=None) as socket:
                    async for text in socket:
                        event = json.loads(text)
                        seen = event.get("event_id", seen)
                        yield event
            except (OSError, ConnectionClosed, InvalidHandshake):
                await asyncio.sleep(RECONNECT_SECONDS)
