"""Derived identifiers: the same thing gets the same id, whoever asks and however often.

Workflow ids are business keys. Row ids are UUIDs derived from them, so that a repeated insert hits
the row that is already there.
"""

from uuid import UUID, uuid5

from documents.vocabulary import Phase, RecordKind


def project_workflow_id(project_id: UUID) -> str:
    return f"project/{project_id}"


def phase_workflow_id(project_id: UUID, phase: Phase) -> str:
    return f"project/{project_id}/phase/{phase}"


def document_workflow_id(project_id: UUID, code: str, version: int) -> str:
    """Also the task id that clients poll."""
    return f"project/{project_id}/document/{code}/{version}"


def phase_id(project_id: UUID, phase: Phase) -> UUID:
    return uuid5(project_id, f"phase/{phase}")


def document_id(project_id: UUID, code: str) -> UUID:
    return uuid5(project_id, f"document/{code}")


def upload_id(project_id: UUID, code: str, version: int) -> UUID:
    return uuid5(project_id, f"document/{code}/{version}")


def approval_id(project_id: UUID, code: str, version: int, step: int) -> UUID:
    """One signature: ``step`` counts from 1 in the order of signing."""
    return uuid5(project_id, f"document/{code}/{version}/approval/{step}")


def transition_id(project_id: UUID, phase: Phase, round_: int) -> UUID:
    return uuid5(project_id, f"phase/{phase}/transition/{round_}")


def project_page(project_id: UUID) -> str:
    """Path of the project's page in the front end."""
    return f"/projects/{project_id}"


def document_page(project_id: UUID, code: str) -> str:
    """Path of the document's page in the front end."""
    return f"{project_page(project_id)}/documents/{document_id(project_id, code)}"


def deadlines_page(project_id: UUID) -> str:
    """Path of the page with the project's deadlines in the front end."""
    return f"{project_page(project_id)}/deadlines"


def record_id(project_id: UUID, kind: RecordKind | str, sha256: str) -> UUID:
    return uuid5(project_id, f"record/{kind}/{sha256}")
