"""Entries as a document's workflow writes them."""

from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any
from uuid import UUID

from activities.records import ApprovalsRequested, ApprovalTerm, DecisionRecorded, DocumentChange
from activities.rendering import RenderedFiles
from documents.identity import document_workflow_id
from documents.plan import Plan
from documents.vocabulary import ApprovalStatus, DocumentStatus, GenerationStatus

DUE = datetime.now(UTC) + timedelta(days=5)
"""When whoever is asked next has to have decided."""


def hash_of(text: str) -> str:
    return sha256(text.encode()).hexdigest()


def docx_hash(code: str, version: int) -> str:
    return hash_of(f"{code} {version} docx")


def _key(project_id: UUID, code: str, version: int, seq: int) -> dict[str, Any]:
    return {
        "project_id": project_id,
        "workflow_id": document_workflow_id(project_id, code, version),
        "seq": seq,
        "code": code,
        "version": version,
    }


def changed(
    project_id: UUID,
    code: str = "PR",
    version: int = 1,
    seq: int = 1,
    *,
    generation: GenerationStatus = GenerationStatus.GENERATING,
    status: DocumentStatus = DocumentStatus.PENDING,
    error: str = "",
) -> DocumentChange:
    return DocumentChange(
        **_key(project_id, code, version, seq),
        status=status,
        generation=generation,
        message=f"{code} is {generation}",
        actor="a.rivera@navy.mil",
        error=error,
    )


def approvals_requested(
    project_id: UUID, plan: Plan, code: str = "PR", version: int = 1, seq: int = 2
) -> ApprovalsRequested:
    document = next(document for document in plan.documents if document.code == code)
    return ApprovalsRequested(
        **_key(project_id, code, version, seq),
        content_sha256=hash_of(f"{code} {version} text"),
        files=RenderedFiles(
            file_name=f"{code}_v{version}",
            docx_sha256=docx_hash(code, version),
            docx_size=1000,
            pdf_sha256=hash_of(f"{code} {version} pdf"),
            pdf_size=2000,
            pages=3,
            engine="test",
            engine_version="1",
        ),
        agent="test",
        drafter=document.drafter,
        approvers=document.approvers,
        term=ApprovalTerm(requested=datetime.now(UTC), business_days=5),
    )


def decided(
    project_id: UUID,
    step: int,
    actor: str,
    status: ApprovalStatus = ApprovalStatus.APPROVED,
    *,
    code: str = "PR",
    version: int = 1,
    seq: int = 0,
    sha256: str = "",
) -> DecisionRecorded:
    return DecisionRecorded(
        **_key(project_id, code, version, seq or step + 2),
        step=step,
        actor=actor,
        status=status,
        comments="as discussed",
        sha256=sha256 or docx_hash(code, version),
    )
