"""How a document was drafted: agents, prompts, answers, reviews, prices, and people's edits."""

import asyncio
from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from difflib import unified_diff
from typing import Annotated, Any, Self
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict

from api.access import VisibleDocument
from api.dependencies import Collaborators, Drafter, Product
from api.errors import NotFound
from db.drafts import StoredCall
from db.models import DocumentUpload, DraftRecord, ProjectDocument
from workflows.document import BY_HAND

router = APIRouter(prefix="/api/documents", tags=["Drafts"])

LONGEST_DIFF = 2_000
"""Lines of a comparison that are sent."""


class CallOut(BaseModel):
    """One request to a model or a script."""

    key: str
    provider: str
    model: str
    input_tokens: int
    output_tokens: int
    cost_usd: Decimal | None
    """Null: the price is not known."""
    seconds: float
    prompt_sha256: str
    answer_sha256: str


class ReviewFindingOut(BaseModel):
    rule: str
    message: str
    blocks: bool
    weight: int
    """Points that it costs."""


class QuoteOut(BaseModel):
    """A passage of one of the project's sources that the draft prints word for word."""

    source: str
    place: str
    text: str


class DraftOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: UUID
    version: int
    attempt: int
    agent: str
    score: int
    """0 to 100."""
    blocked: bool
    """Whether it was kept from being used: by the review, or because the agent failed."""
    findings: list[ReviewFindingOut]
    note: str
    """What whoever approves should know, or why the agent failed."""
    quotes: list[QuoteOut]
    inputs_sha256: str
    content_sha256: str | None
    """Null: the agent failed."""
    created_at: datetime
    input_tokens: int = 0
    output_tokens: int = 0
    cost_usd: Decimal | None = None
    """Of the calls whose price is known. Null: of none, or nothing was paid for."""
    seconds: float = 0.0

    @classmethod
    def of(cls, record: DraftRecord, calls: Iterable[StoredCall]) -> Self:
        made = list(calls)
        known = [call.cost_usd for call in made if call.cost_usd is not None]
        return cls.model_validate(record).model_copy(
            update={
                "input_tokens": sum(call.input_tokens for call in made),
                "output_tokens": sum(call.output_tokens for call in made),
                "cost_usd": sum(known, Decimal(0)) if known else None,
                "seconds": round(sum(call.seconds for call in made), 3),
            }
        )


class DraftsOut(BaseModel):
    drafts: list[DraftOut]
    """The newest first."""


class EditOut(BaseModel):
    """What a person made of the draft."""

    version: int
    edited_at: datetime
    edited_by: UUID
    content_sha256: str
    lines_added: int
    lines_removed: int
    diff: str
    """Unified, from the draft to the person's version."""


class CallTextOut(CallOut):
    prompt: str
    answer: str


class DraftDetailOut(DraftOut):
    content: str
    """The draft as Markdown; empty: the agent failed."""
    calls: list[CallTextOut]
    edit: EditOut | None
    """Null: nobody has changed it."""


class DraftDetailEnvelope(BaseModel):
    draft: DraftDetailOut


@router.get("/{document_id}/drafts", summary="Every draft of a document, failed ones too")
async def list_drafts(
    product: Product,
    user: Drafter,
    access: VisibleDocument,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> DraftsOut:
    """For those who draft and approve: prompts quote what is not released yet."""
    drafts = await product.drafts.of_document(access.document.id, limit)
    return DraftsOut(drafts=[DraftOut.of(record, calls) for record, calls in drafts])


@router.get("/{document_id}/drafts/{draft_id}", summary="One draft with prompts and answers")
async def get_draft(
    product: Product, user: Drafter, access: VisibleDocument, draft_id: UUID
) -> DraftDetailEnvelope:
    """Its hashes are in the audit log: `python -m db verify` says whether anything was altered."""
    found = await product.drafts.get(access.document.id, draft_id)
    if found is None:
        raise NotFound("Draft")
    record, calls = found
    stored = record.content_sha256
    content = await _text(product, stored) if stored else ""
    return DraftDetailEnvelope(
        draft=DraftDetailOut(
            **DraftOut.of(record, calls).model_dump(),
            content=content,
            calls=[
                CallTextOut(
                    **_call(call),
                    prompt=await _text(product, call.prompt_sha256),
                    answer=await _text(product, call.answer_sha256),
                )
                for call in calls
            ],
            edit=await _edit(product, record, content) if stored else None,
        )
    )


async def draft_metadata(
    product: Collaborators, document: ProjectDocument, upload: DocumentUpload
) -> dict[str, Any]:
    """How a version came about, for its task: without prompts and answers, which few may read."""
    found = await product.drafts.of_version(upload.workflow_id, upload.content_sha256)
    agent: dict[str, Any] = {"agent": upload.agent, "method": _method(upload.agent)}
    metadata: dict[str, Any] = {
        "citations": [],
        "quality_analysis": None,
        "phase_info": {"phase": document.phase, "name": document.phase.label},
        "pages": upload.pages,
    }
    if found is not None:
        record, calls = found
        draft = DraftOut.of(record, calls)
        agent["agent_info"] = {
            "models": sorted({f"{call.provider} {call.model}" for call in calls}),
            **draft.model_dump(
                mode="json",
                include={
                    "attempt",
                    "note",
                    "input_tokens",
                    "output_tokens",
                    "cost_usd",
                    "seconds",
                },
            ),
        }
        metadata["citations"] = [
            {"id": number, "source": quote.source, "page": quote.place, "text": quote.text}
            for number, quote in enumerate(draft.quotes, start=1)
        ]
        metadata["quality_analysis"] = {
            "score": draft.score,
            "blocked": draft.blocked,
            "issues": [finding.model_dump() for finding in draft.findings],
        }
    return {"agent_metadata": {document.document_name: agent}, **metadata}


def _method(agent: str) -> str:
    if agent == BY_HAND:
        return "person"
    return {"facts": "standard text", "model": "model", "script": "script"}.get(
        agent.partition(" ")[0], "agent"
    )


async def _edit(product: Collaborators, record: DraftRecord, content: str) -> EditOut | None:
    uploads = await product.documents.uploads(record.project_document_id)
    following = min(
        (view.upload for view in uploads if view.upload.version_number > record.version),
        key=lambda upload: upload.version_number,
        default=None,
    )
    if following is None or following.agent != BY_HAND:
        return None
    edited = await _text(product, following.content_sha256)
    lines = await asyncio.to_thread(_diff, record, content, following, edited)
    changes = [line for line in lines if not line.startswith(("---", "+++"))]
    return EditOut(
        version=following.version_number,
        edited_at=following.upload_date,
        edited_by=following.uploaded_by,
        content_sha256=following.content_sha256,
        lines_added=sum(line.startswith("+") for line in changes),
        lines_removed=sum(line.startswith("-") for line in changes),
        diff="\n".join(lines[:LONGEST_DIFF]),
    )


def _diff(record: DraftRecord, content: str, upload: DocumentUpload, edited: str) -> list[str]:
    return list(
        unified_diff(
            content.splitlines(),
            edited.splitlines(),
            f"version {record.version}",
            f"version {upload.version_number}",
            lineterm="",
        )
    )


async def _text(product: Collaborators, sha256: str) -> str:
    return (await product.artifacts.read(sha256)).decode(errors="replace")


def _call(call: StoredCall) -> dict[str, Any]:
    return {name: getattr(call, name) for name in CallOut.model_fields}
