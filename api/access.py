"""Who may see which project and which of its documents, and who may act in which position.

What a caller may not see does not exist for that caller: 404, never 403.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends

from api.checks import Disclosure
from api.dependencies import Collaborators, CurrentUser, Product
from api.errors import NotAllowed, NotFound
from db.models import DocumentUpload, Project, ProjectDocument, ProjectPhase, User
from db.queries import DocumentView, PendingApproval, ProjectView, TransitionView
from documents.vocabulary import Position, Role, Sensitivity

SEES_EVERY_PROJECT = frozenset(
    {Role.ADMIN, Role.CONTRACTING_OFFICER, Role.PROGRAM_MANAGER, Role.VIEWER}
)


@dataclass(frozen=True, slots=True)
class Access:
    """One person's view of one project."""

    user: User
    view: ProjectView
    positions: frozenset[Position]
    """Held by the person on this project; empty for who is not on the team."""

    @property
    def project(self) -> Project:
        return self.view.project

    @property
    def sees_project(self) -> bool:
        return (
            bool(self.positions)
            or self.user.role in SEES_EVERY_PROJECT
            or self.user.id == self.project.created_by
        )

    def sees(self, sensitivity: Sensitivity) -> bool:
        """Source selection information is for the team alone, whatever the role (FAR 3.104)."""
        if sensitivity is not Sensitivity.SOURCE_SELECTION:
            return True
        return _is_trusted(self.user, self.positions)

    def facts(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """A requirements package as the person may see it: the estimate is for the team alone."""
        if self.sees(Sensitivity.SOURCE_SELECTION):
            return dict(body)
        return {name: part for name, part in body.items() if name != "estimate"}

    def require(self, *positions: Position) -> Position:
        """Return the first of these positions that the person holds; raises NotAllowed."""
        for position in positions:
            if position in self.positions:
                return position
        titles = " or the ".join(position.label for position in positions)
        raise NotAllowed(f"Only the {titles} of this project may do this")


async def access_to(product: Collaborators, user: User, project_id: UUID) -> Access | None:
    """The person's view of a project; ``None`` when it does not exist for that person."""
    view = await product.projects.get(project_id)
    if view is None:
        return None
    held = await product.projects.positions_of(user.id)
    access = Access(user, view, held.get(project_id, frozenset()))
    return access if access.sees_project else None


async def visible_project(product: Product, user: CurrentUser, project_id: UUID) -> Access:
    access = await access_to(product, user, project_id)
    if access is None:
        raise NotFound("Project")
    return access


@dataclass(frozen=True, slots=True)
class DocumentAccess:
    """A document that the caller may see, and the caller's view of its project."""

    access: Access
    view: DocumentView

    @property
    def document(self) -> ProjectDocument:
        return self.view.document


async def visible_document(
    product: Product, user: CurrentUser, document_id: UUID
) -> DocumentAccess:
    view = await product.documents.get(document_id)
    access = view and await access_to(product, user, view.document.project_id)
    if view is None or access is None or not access.sees(view.document.sensitivity):
        raise NotFound("Document")
    return DocumentAccess(access, view)


async def visible_checklist(product: Collaborators, access: Access) -> list[DocumentView]:
    """The project's documents in order, without those that the caller may not see."""
    views = await product.documents.of_project(access.project.id)
    return [view for view in views if access.sees(view.document.sensitivity)]


async def disclosure_to(product: Collaborators, access: Access) -> Disclosure:
    """What the person may read of what checks and gates have said about the project."""
    return (await disclosures_to(product, access.user, [access.project.id]))[access.project.id]


async def disclosures_to(
    product: Collaborators, user: User, project_ids: Collection[UUID]
) -> Mapping[UUID, Disclosure]:
    """The same for many projects that the person sees, in two queries."""
    held = await product.projects.positions_of(user.id)
    codes = await product.documents.codes_without_source_selection(project_ids)
    return {
        project_id: Disclosure(
            codes.get(project_id, frozenset()),
            everything=_is_trusted(user, held.get(project_id, frozenset())),
        )
        for project_id in project_ids
    }


def _is_trusted(user: User, positions: frozenset[Position]) -> bool:
    return bool(positions) and user.role is not Role.VIEWER


async def visible_upload(product: Product, user: CurrentUser, upload_id: UUID) -> DocumentUpload:
    found = await product.documents.upload(upload_id)
    access = found and await access_to(product, user, found[1].project_id)
    if found is None or access is None or not access.sees(found[1].sensitivity):
        raise NotFound("File")
    return found[0]


async def visible_approval(
    product: Product, user: CurrentUser, approval_id: UUID
) -> PendingApproval:
    found = await product.documents.approval(approval_id)
    access = found and await access_to(product, user, found.project.id)
    if found is None or access is None or not access.sees(found.document.sensitivity):
        raise NotFound("Approval")
    return found


@dataclass(frozen=True, slots=True)
class PhaseAccess:
    access: Access
    phase: ProjectPhase


async def visible_phase(product: Product, user: CurrentUser, phase_id: UUID) -> PhaseAccess:
    phase = await product.projects.phase(phase_id)
    access = phase and await access_to(product, user, phase.project_id)
    if phase is None or access is None:
        raise NotFound("Phase")
    return PhaseAccess(access, phase)


@dataclass(frozen=True, slots=True)
class TransitionAccess:
    access: Access
    view: TransitionView


async def visible_transition(
    product: Product, user: CurrentUser, transition_id: UUID
) -> TransitionAccess:
    found = await product.projects.transition(transition_id)
    access = found and await access_to(product, user, found.project.id)
    if found is None or access is None:
        raise NotFound("Transition")
    return TransitionAccess(access, found)


VisibleProject = Annotated[Access, Depends(visible_project)]
VisibleDocument = Annotated[DocumentAccess, Depends(visible_document)]
VisibleUpload = Annotated[DocumentUpload, Depends(visible_upload)]
VisibleApproval = Annotated[PendingApproval, Depends(visible_approval)]
VisiblePhase = Annotated[PhaseAccess, Depends(visible_phase)]
VisibleTransition = Annotated[TransitionAccess, Depends(visible_transition)]
