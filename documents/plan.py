"""The plan: every document of one acquisition, frozen into the start message.

A workflow works from its plan alone. It never reads the catalogue, so an edited row cannot change
what an acquisition in flight does when it is replayed. ``documents.planning`` makes plans.
"""

from decimal import Decimal
from enum import StrEnum

from pydantic import BaseModel, ConfigDict

from documents.vocabulary import Phase, Position, RecordKind, Sensitivity

AWARD_DOCUMENTS = frozenset({"SF26"})
"""Codes whose contracting officer's signature binds the Government to the price."""


class Chain(StrEnum):
    """In which order the signers of a version are asked."""

    SERIAL = "serial"
    """One after the other."""
    PARALLEL = "parallel"
    """All at once; everyone has to sign."""
    M_OF_N = "m_of_n"
    """All at once; so many of them have to sign. One rejection still sends the version back."""


class Assignee(BaseModel):
    """A person in the position in which that person acts."""

    model_config = ConfigDict(frozen=True)

    position: Position
    email: str
    name: str
    warrant_usd: Decimal | None = None
    """Limit of a contracting officer's warrant; ``None``: none is stated."""


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
    chain: Chain = Chain.SERIAL
    approvals_needed: int = 0
    """How many of ``approvers`` have to sign in an M-of-N chain."""
    binds_usd: Decimal | None = None
    """What the contracting officer's signature binds the Government to, options included."""

    @property
    def signatures_needed(self) -> int:
        """How many of ``approvers`` have to sign before the version is approved."""
        by_number = self.approvals_needed if self.chain is Chain.M_OF_N else 0
        return by_number or len(self.approvers)


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
