"""The plan: every document of one acquisition, frozen into the start message.

A workflow works from its plan alone. It never reads the catalogue, so an edited row cannot change
what an acquisition in flight does when it is replayed. ``documents.planning`` makes plans.
"""

from decimal import Decimal

from pydantic import BaseModel, ConfigDict

from documents.vocabulary import Phase, Position, RecordKind, Sensitivity


class Assignee(BaseModel):
    """A person in the position in which that person acts."""

    model_config = ConfigDict(frozen=True)

    position: Position
    email: str
    name: str


class PlannedDocument(BaseModel):
    """One document of the plan."""

    model_config = ConfigDict(frozen=True)

    code: str
    title: str
    category: str = ""
    phase: Phase
    order: int
    sensitivity: Sensitivity
    requires: tuple[str, ...] = ()
    records: tuple[RecordKind, ...] = ()
    drafter: Assignee
    approvers: tuple[Assignee, ...]
    approval_business_days: int = 5


class Plan(BaseModel):
    """Every document that the rules require for one acquisition, in drafting order."""

    model_config = ConfigDict(frozen=True)

    title: str
    gatekeeper: Assignee
    """Who decides the closing gate of each phase."""
    value_with_options: Decimal
    """USD; compared with the gatekeeper's warrant."""
    documents: tuple[PlannedDocument, ...]

    def of_phase(self, phase: Phase) -> tuple[PlannedDocument, ...]:
        return tuple(document for document in self.documents if document.phase is phase)
