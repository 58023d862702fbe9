"""What an agent is: something that drafts the sections of one document from a brief."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Protocol

from documents.compose import DraftSection
from documents.guidance import Guidance
from documents.quotations import Quotation

if TYPE_CHECKING:
    from documents.catalog import DocumentType

_UNSTORABLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")

Progress = Callable[[float, str], Awaitable[None]]
"""Reports how much of the draft is there (0 to 1) and what is being done."""


def storable(text: str) -> str:
    """Text of another's making without the characters that no database takes."""
    return _UNSTORABLE.sub("\N{REPLACEMENT CHARACTER}", text)


async def unreported(done: float, message: str) -> None:
    """For a caller who does not follow the progress of a draft."""


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
    sources: tuple[Quotation, ...] = ()
    """Passages found in the project's own files; only these may be quoted, and word for word."""
    withheld: tuple[str, ...] = ()
    """Names and prices of offerors: no agent is told them, and no agent writes them."""
    progress: Progress = unreported
    calls: CallLog | None = None
    """Answers of earlier attempts, so that a repeated attempt does not pay for them again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One request to a model or a script, as the record of a draft keeps it."""

    key: str
    """SHA-256 over model, settings and prompt: the same request has the same key."""
    provider: str
    model: str
    prompt: str
    answer: str
    """As it came, also when it cannot be used or is broken off."""
    input_tokens: int = 0
    output_tokens: int = 0
    cost_usd: Decimal | None = None
    """``None``: the price is not known."""
    seconds: float = 0.0

    def failed(self, reason: str) -> Call:
        """The same under a key of its own, so that a later attempt asks again."""
        return replace(self, key=sha256(f"{self.key}\0{reason}".encode()).hexdigest())


class CallLog(Protocol):
    """Keeps the answered calls of one document version."""

    async def find(self, key: str) -> Call | None:
        """The answer that an earlier attempt got to the same request."""
        ...

    async def keep(self, call: Call) -> None:
        """Keep an answer; keeping it twice is harmless."""
        ...


@dataclass(frozen=True, slots=True)
class Draft:
    """What an agent wrote: Markdown in which every fact stands as a ``{{ key }}``."""

    sections: tuple[DraftSection, ...]
    agent: str
    """Name and version, for the record of the document."""
    note: str = ""
    """What a person who approves should know, for example which sections are standard text."""
    calls: tuple[Call, ...] = ()


class AgentFailed(Exception):
    """An agent could not draft; the message says why in words for the person who waits."""

    def __init__(self, message: str) -> None:
        # It may quote a provider or a user's function.
        super().__init__(storable(message))


class AgentUnavailable(AgentFailed):
    """For now: another attempt may succeed."""

    def __init__(self, message: str, *, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after
        """Seconds that the provider asked to wait."""


class AgentRefused(AgentFailed):
    """For good: another attempt cannot succeed before somebody changes a setting."""


class Agent(Protocol):
    """Drafts documents. Implementations are stateless between calls."""

    @property
    def name(self) -> str: ...
    @property
    def refines(self) -> bool:
        """Whether it may write a better draft when it is told what was wrong with the last one."""
        ...

    async def draft(self, brief: Brief) -> Draft:
        """Draft every section of the guidance, in its order, without blocking the event loop.

        Raises:
            AgentUnavailable: another attempt may succeed.
            AgentRefused: it cannot.
        """
        ...
