"""What an agent is: something that drafts the sections of one document from a brief."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from documents.compose import DraftSection
from documents.guidance import Guidance

if TYPE_CHECKING:
    from documents.catalog import DocumentType


@dataclass(frozen=True, slots=True)
class Brief:
    """Everything an agent is told."""

    document: DocumentType
    guidance: Guidance
    """The required sections, with instructions and standard text."""
    context: Mapping[str, Any]
    """The facts by key, for an agent that has to know values to choose its words."""
    feedback: tuple[str, ...] = ()
    """What reviewers or approvers asked to change, oldest first."""


@dataclass(frozen=True, slots=True)
class Draft:
    """What an agent wrote: Markdown in which every fact stands as a ``{{ key }}``."""

    sections: tuple[DraftSection, ...]
    agent: str
    """Name and version, for the record of the document."""


class Agent(Protocol):
    """Drafts documents. Implementations are stateless between calls."""

    @property
    def name(self) -> str: ...

    async def draft(self, brief: Brief) -> Draft:
        """Draft every section of the guidance, in its order, without blocking the event loop."""
        ...
