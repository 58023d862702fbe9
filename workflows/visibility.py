"""What the Temporal Web UI shows of a running workflow: where it stands and who has to act."""

# The SDK leaves the value type of SearchAttributeUpdate open in its own signature.
# pyright: reportUnknownMemberType=false

from datetime import datetime
from typing import Any
from uuid import UUID

from temporalio import workflow
from temporalio.common import SearchAttributeUpdate

with workflow.unsafe.imports_passed_through():
    from documents.plan import Assignee
    from documents.vocabulary import Phase
    from workflows.search_attributes import (
        AWAITING_POSITION,
        DOCUMENT_CODE,
        DUE_DATE,
        PROCUREMENT_PHASE,
        PROCUREMENT_STATUS,
        PROJECT_ID,
    )


def page(text: str, front_end: str, path: str) -> str:
    """A Markdown link to a page of the front end; emphasized text if its address is not known."""
    return f"[{text}]({front_end.rstrip('/')}{path})" if front_end else f"*{text}*"


def show(
    heading: str,
    status: str,
    details: str,
    *,
    project_id: UUID,
    phase: Phase | None = None,
    code: str | None = None,
    awaiting: Assignee | None = None,
    due: datetime | None = None,
) -> None:
    """Set current details (Markdown) and search attributes; what is not given is cleared."""
    workflow.set_current_details(f"### {heading}: {status}\n\n{details}")
    updates: list[SearchAttributeUpdate[Any]] = [
        PROJECT_ID.value_set(str(project_id)),
        PROCUREMENT_STATUS.value_set(status),
        PROCUREMENT_PHASE.value_set(phase.value) if phase else PROCUREMENT_PHASE.value_unset(),
        DOCUMENT_CODE.value_set(code) if code else DOCUMENT_CODE.value_unset(),
        AWAITING_POSITION.value_set(awaiting.position.value)
        if awaiting
        else AWAITING_POSITION.value_unset(),
        DUE_DATE.value_set(due) if due else DUE_DATE.value_unset(),
    ]
    workflow.upsert_search_attributes(updates)
