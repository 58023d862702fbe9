"""What is left after a run, read past the product: own SQL, files, mail and histories.

Every acquisition is compared with the undisturbed one of the same scenario, and every acknowledged
request with the rows it must have left.
"""

import asyncio
import hashlib
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine
from temporalio.api.enums.v1 import EventType, WorkflowTaskFailedCause
from temporalio.client import Client

from chaos.assignments import Assignment
from chaos.people import Acknowledged, Journal
from chaos.stack import Running
from runtime.product import ROOT
from runtime.temporal import connect

SETTLE_SECONDS = 90.0
DECIDED = {"approve": "approved", "request-changes": "requested_changes"}
"""What a decision is called in the database."""

STATE = {
    "project": "select overall_status, current_phase, workflow_started, facts_accepted "
    "from procurement_projects where id = :id",
    "phases": "select phase_name, status from procurement_phases where project_id = :id",
    "documents": "select code, status, generation_status, generation_error, current_version, stale "
    "from project_documents where project_id = :id",
    "versions": "select d.code, u.version_number, u.content_sha256, u.agent, u.pages, "
    "u.is_current_version, u.approved_at is not null, u.superseded_at is not null "
    "from document_uploads u join project_documents d on d.id = u.project_document_id "
    "where d.project_id = :id",
    "signatures": "select d.code, a.approval_round, a.step, a.position, s.email, w.email, "
    "a.approval_status, a.asked_at is not null, a.approval_date is not null, "
    "a.sha256 = u.docx_sha256 from document_approvals a "
    "join project_documents d on d.id = a.project_document_id "
    "join document_uploads u on u.id = a.document_upload_id "
    "join users s on s.id = a.approver_id join users w on w.id = a.drafter_id "
    "where a.project_id = :id",
    "trail": "select d.code, a.approval_round, a.step, l.action, p.email "
    "from approval_audit_logs l join document_approvals a on a.id = l.approval_id "
    "join project_documents d on d.id = a.project_document_id "
    "left join users p on p.id = l.performed_by where a.project_id = :id",
    "records": "select kind, sha256, announced from project_records where project_id = :id",
    "audit log": "select action, entity_type from audit_log where project_id = :id",
    "events": "select replace(workflow_id, cast(project_id as text), ''), key, type "
    "from progress_events where project_id = :id and type <> 'progress'",
    "notices": "select u.email, n.notification_type, n.title from notifications n "
    "join users u on u.id = n.user_id where n.project_id = :id",
    "deadlines": "select rule, completed_at is not null from deadlines where project_id = :id",
    "drafts": "select d.code, r.version, r.attempt, r.content_sha256, r.blocked "
    "from draft_records r join project_documents d on d.id = r.project_document_id "
    "where r.project_id = :id",
}
"""Rows that two acquisitions of the same scenario have in common, whatever happened meanwhile."""

REPEATED = {
    "a signature was recorded more than once": "select cast(approval_id as text) || ' ' || action "
    "from approval_audit_logs where action in ('approved', 'rejected', 'requested_changes') "
    "group by approval_id, action having count(*) > 1",
    "somebody signed what they drafted": "select id from document_approvals "
    "where approver_id = drafter_id and approval_status = 'approved'",
    "a signature is not on the bytes of its version": "select a.id from document_approvals a "
    "join document_uploads u on u.id = a.document_upload_id where a.sha256 <> u.docx_sha256",
    "a document has two current versions": "select project_document_id from document_uploads "
    "where is_current_version group by 1 having count(*) > 1",
    "an event is written twice": "select workflow_id || ' ' || key from progress_events "
    "group by workflow_id, key having count(*) > 1",
    "somebody was told twice": "select cast(user_id as text) || ' ' || key from notifications "
    "group by user_id, key having count(*) > 1",
    "a project was created twice": "select name from procurement_projects "
    "group by name having count(*) > 1",
    "a record has not reached its workflow": "select id from project_records "
    "where kind <> 'facts' and not announced",
}
"""Queries that find nothing in a sound database."""


@dataclass(frozen=True, slots=True)
class Acquired:
    """An acquisition as its client knows it; without an id it was never acknowledged."""

    assignment: Assignment
    project_id: str


@dataclass(frozen=True, slots=True)
class Evidence:
    """How much was compared, and what was found."""

    projects: int
    files: int
    signatures: int
    mails: int
    repeated_mails: int
    """Delivered again after a crash, under the same Message-ID: allowed, and counted."""
    histories: int
    audit: str
    findings: tuple[str, ...]


async def examine(product: Running, journal: Journal, acquired: Sequence[Acquired]) -> Evidence:
    """Compare everything; the product has to run, and nothing may disturb it any more."""
    engine = create_async_engine(product.stack.local.database_url, isolation_level="AUTOCOMMIT")
    temporal = await connect(product.stack.local.temporal_address)
    try:
        async with engine.connect() as database:
            check = _Check(product, database, temporal)
            await check.settle()
            await check.projects(acquired)
            await check.acknowledged(journal)
            await check.repeated()
            files = await check.files()
            mails, repeated = await check.mail()
            signatures = await check.count_signatures()
    finally:
        await engine.dispose()
    audit = await asyncio.to_thread(_verify, product, check.findings)
    return Evidence(
        projects=len(acquired),
        files=files,
        signatures=signatures,
        mails=mails,
        repeated_mails=repeated,
        histories=check.histories,
        audit=audit,
        findings=tuple(check.findings),
    )


class _Check:
    """The comparisons, each adding what it finds."""

    def __init__(self, product: Running, database: AsyncConnection, temporal: Client) -> None:
        self._product = product
        self._database = database
        self._temporal = temporal
        self.findings: list[str] = []
        self.histories = 0

    async def settle(self) -> None:
        """Wait for what may come after the last answer: mail, and the last rows of workflows."""
        loop = asyncio.get_running_loop()
        give_up = loop.time() + SETTLE_SECONDS
        schedule = self._temporal.get_schedule_handle("mail")
        waiting = "select count(*) from outbox where sent_at is null"
        while (left := await self._count(waiting)) and loop.time() < give_up:
            await schedule.trigger()
            await asyncio.sleep(1)
        if left:
            self.findings.append(f"{left} messages were not sent within {SETTLE_SECONDS:.0f} s")

    async def projects(self, acquired: Sequence[Acquired]) -> None:
        """Compare each acquisition with the first, undisturbed one of its scenario."""
        undisturbed: dict[str, dict[str, Counter[Any]]] = {}
        for one in acquired:
            scenario, name = one.assignment.scenario.name, one.assignment.name
            if not one.project_id:
                continue  # the journal says why
            state = await self._state(UUID(one.project_id))
            expected = undisturbed.setdefault(scenario, state)
            for part, rows in state.items():
                for row, count in (rows - expected[part]).items():
                    self.findings.append(f"{name}, {part}: {count} more than expected: {row}")
                for row, count in (expected[part] - rows).items():
                    self.findings.append(f"{name}, {part}: {count} missing: {row}")
        known = await self._count("select count(*) from procurement_projects")
        if known != len({one.project_id for one in acquired if one.project_id}):
            self.findings.append(f"{known} projects exist, {len(acquired)} were created")

    async def acknowledged(self, journal: Journal) -> None:
        """Every answered request has left its rows, and no decision is there that nobody made."""
        for entry in journal.entries:
            if problem := await self._missing(entry):
                self.findings.append(f"{entry.assignment}: {entry.what} {problem}")
        made = await self._rows(
            "select cast(id as text), approval_status from document_approvals "
            "where approval_status in ('approved', 'rejected', 'requested_changes')"
        )
        asked = {(subject, DECIDED[what]) for subject, what in journal.attempted}
        for approval, status in made:
            if (approval, status) not in asked:
                self.findings.append(f"signature {approval} is {status}, and nobody asked for it")

    async def repeated(self) -> None:
        for problem, query in REPEATED.items():
            for row in await self._rows(query):
                self.findings.append(f"{problem}: {row[0]}")

    async def files(self) -> int:
        """Every file that a row names is stored under its hash, with the bytes of that hash."""
        rows = await self._rows(
            "select docx_sha256 from document_uploads "
            "union select pdf_sha256 from document_uploads "
            "union select content_sha256 from document_uploads"
        )
        for (name,) in rows:
            path = self._product.artifacts / name[:2] / name
            found = await asyncio.to_thread(_hash, path)
            if found != name:
                self.findings.append(f"file {name} is {found or 'missing'}")
        return len(rows)

    async def mail(self) -> tuple[int, int]:
        """Every message was received, by whom it is for; returns how many, and how many again."""
        taken, contents = self._product.mail.taken, self._product.mail.contents
        rows = await self._rows("select cast(id as text), recipient from outbox")
        sent = {(f"<{key}@navy.mil>", recipient) for key, recipient in rows}
        self.findings += [f"mail {one} was never received" for one in sent - taken.keys()]
        self.findings += [f"mail {one} is in no outbox" for one in taken.keys() - sent]
        self.findings += [
            f"mail {key} arrived in {len(forms)} different forms"
            for key, forms in contents.items()
            if len(forms) > 1
        ]
        return len(sent), taken.total() - len(taken)

    async def count_signatures(self) -> int:
        return await self._count(
            "select count(*) from document_approvals where approval_status = 'approved'"
        )

    async def _rows(self, query: str, **values: object) -> list[tuple[Any, ...]]:
        named = {name: value for name, value in values.items() if f":{name}" in query}
        return [tuple(row) for row in await self._database.execute(text(query), named)]

    async def _count(self, query: str) -> int:
        return int((await self._rows(query))[0][0])

    async def _state(self, project_id: UUID) -> dict[str, Counter[Any]]:
        state = {
            part: Counter(await self._rows(query, id=project_id)) for part, query in STATE.items()
        }
        state["workflows"] = Counter(await self._workflows(project_id))
        return state

    async def _workflows(self, project_id: UUID) -> list[tuple[str, str, int]]:
        """Id, status and accepted updates of each workflow of a project."""
        found: list[tuple[str, str, int]] = []
        root = f"project/{project_id}"
        async for row in self._temporal.list_workflows(f'WorkflowId STARTS_WITH "{root}"'):
            status = row.status.name if row.status else ""
            handle = self._temporal.get_workflow_handle(row.id, run_id=row.run_id)
            updates = 0
            async for event in handle.fetch_history_events():
                updates += (
                    event.event_type == EventType.EVENT_TYPE_WORKFLOW_EXECUTION_UPDATE_ACCEPTED
                )
                failed = event.workflow_task_failed_event_attributes
                if (
                    failed.cause
                    == WorkflowTaskFailedCause.WORKFLOW_TASK_FAILED_CAUSE_NON_DETERMINISTIC_ERROR
                ):
                    self.findings.append(f"{row.id} could not be replayed")
            self.histories += 1
            found.append((row.id.removeprefix(root), status, updates))
        return found

    async def _missing(self, entry: Acknowledged) -> str:
        """What an acknowledged request should have left and has not."""
        match entry.what:
            case "project":
                query = "select u.email from procurement_projects p "
                query += "join users u on u.id = p.created_by where p.id = :id"
            case "record":
                query = "select u.email from project_records r "
                query += "join users u on u.id = r.recorded_by where r.id = :id"
            case "generate":
                # The requester may be named by the plan instead: the version itself has to exist.
                query = "select cast(:email as text) from document_uploads where workflow_id = :id"
            case _:
                query = "select u.email from approval_audit_logs l "
                query += "join users u on u.id = l.performed_by "
                query += f"where l.approval_id = :id and l.action = '{DECIDED[entry.what]}'"
        key = entry.subject if entry.what == "generate" else UUID(entry.subject)
        rows = [row[0] for row in await self._rows(query, id=key, email=entry.email)]
        if rows == [entry.email]:
            return ""
        return f"{entry.subject} was acknowledged to {entry.email}; the database names {rows}"


def _hash(path: Path) -> str:
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError:
        return ""


def _verify(product: Running, findings: list[str]) -> str:
    """The audit log's chains, recomputed by the product's own command; returns its last line."""
    answer = subprocess.run(
        [sys.executable, "-m", "db", "verify"],
        cwd=ROOT,
        env={**os.environ, "DATABASE_URL": product.stack.local.database_url},
        capture_output=True,
        text=True,
        check=False,
    )
    if answer.returncode != 0:
        findings.append(f"audit log: {answer.stderr.strip()[-1000:]}")
        return "broken"
    return answer.stdout.strip().splitlines()[-1]
