"""What callers say to workflows. Histories keep these messages: extend them by optional fields."""

from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from documents.plan import Assignee, Plan, PlannedDocument
from documents.vocabulary import ApprovalStatus, DocumentStatus, Phase, RecordKind

WORKFLOW_QUEUE = "workflows"
"""Workflow tasks and short record activities."""
AGENT_QUEUE = "agents"
"""Drafting, rendering and checking: own process and slots, so that approvals never wait."""

# Children signal their parent by name: a reference would make parent and child import each other.
DOCUMENT_FINISHED = "document_finished"
PHASE_FINISHED = "phase_finished"


class Message(BaseModel):
    model_config = ConfigDict(frozen=True)


class AcceptPackage(Message):
    """Gate G0: the requirements package is accepted and its plan frozen."""

    plan: Plan
    actor: str
    """E-mail of the contracting officer who accepts."""
    auto_draft: bool = True
    """Draft every document as soon as what it requires is approved; otherwise on request."""
    facts_id: UUID | None = None
    """The stored package that the plan was made from."""
    provisional: bool = False
    """Nobody has accepted that package: documents are drafted on request only."""
    regime: str = ""
    """Whose section numbers its documents cite."""


class RevisePackage(Message):
    """The requirements package has changed; the plan was made from what is proposed now."""

    request_id: str
    """Idempotency key: repeating a revision returns the first answer."""
    plan: Plan
    facts_id: UUID
    """The stored package; it counts from the moment in which this is recorded."""
    actor: str
    auto_draft: bool | None = None
    """``None``: as before."""
    regime: str = ""
    regime_change_reason: str = ""
    """Why the regime changes although the solicitation is released."""
    released: bool = False
    """Whether the solicitation was released, by what is stored."""
    provisional: bool = False
    """Nobody has accepted this package either."""
    based_on: UUID | None = None
    """The package that its author has read; ``None``: whichever counts."""


class RevisionReceipt(Message):
    revision: int
    """How many revisions there have been; 1 is the first."""
    facts_id: UUID


class NoteRecord(Message):
    """Something a document waits for has been recorded and stored."""

    kind: RecordKind
    record_id: UUID
    actor: str
    statement: str = ""
    """The request that stated it: the same content may be stated again by another one."""


class PhaseFinished(Message):
    phase: Phase


class ProjectState(BaseModel):
    """What a project carries from one run to the next."""

    seq: int = 0
    plan: Plan | None = None
    accepted_by: str = ""
    auto_draft: bool = True
    facts_id: UUID | None = None
    """The package that counts; always the one that the plan was made from."""
    provisional: bool = False
    regime: str = ""
    revision: int = 0
    revisions: dict[str, RevisionReceipt] = {}
    """Answers to revisions, by request id."""
    opened: bool = False
    closed: bool = False
    recorded: dict[RecordKind, NoteRecord] = {}
    started: tuple[Phase, ...] = ()
    finished: tuple[Phase, ...] = ()


class StartProject(Message):
    project_id: UUID
    front_end: str = ""
    """Address of the front end, for links to its pages; empty: no links."""
    state: ProjectState = ProjectState()


class Gate(StrEnum):
    """Where the closing gate of a phase stands."""

    CLOSED = "closed"
    """Documents are still missing."""
    PENDING = "pending"
    """The gatekeeper is awaited."""
    BLOCKED = "blocked"
    """The package contradicts itself: a document has to be corrected first."""
    REFUSED = "refused"
    """The gatekeeper said no; a new version or a new request asks again."""
    PASSED = "passed"


class GenerateDocument(Message):
    """Draft a new version; it supersedes one in flight."""

    request_id: str
    """Idempotency key of the request: repeating it returns the first answer."""
    code: str
    requested_by: Assignee
    feedback: tuple[str, ...] = ()


class SubmitVersion(Message):
    """Put a version that a person made under review; nothing is drafted.

    Exactly one of the two hashes names what was submitted; the bytes are in the artifact store.
    """

    request_id: str
    """Idempotency key of the request: repeating it returns the first answer."""
    code: str
    submitted_by: Assignee
    """The drafter of record: this person cannot approve the version."""
    docx_sha256: str = ""
    """A DOCX: kept byte for byte, converted to PDF."""
    content_sha256: str = ""
    """Markdown in UTF-8: rendered to DOCX and PDF in the house style."""
    note: str = ""
    quality_score: int | None = None
    """0 to 100, as that person states it."""


class GenerateReceipt(Message):
    workflow_id: str
    """The task id."""
    version: int


class RequestTransition(Message):
    """Ask for the closing gate again after a rejection."""

    request_id: str
    requested_by: str


class GateDecision(Message):
    decision_id: str
    actor: str
    approve: bool
    comments: str = ""
    warrant_usd: Decimal | None = None
    """Limit of the actor's warrant as the account states it now; ``None``: as planned."""
    value_usd: Decimal | None = None
    """What the action is worth now, options included; ``None``: as planned."""
    warnings_explained: bool = False
    """A written reason is kept for every warning that the gate was asked for with."""


class GateReceipt(Message):
    round: int
    approved: bool


class RevisePhase(Message):
    """What a revised package means for a phase that is running."""

    documents: tuple[PlannedDocument, ...]
    gatekeeper: Assignee
    auto_draft: bool
    value_usd: Decimal | None
    approved_before: tuple[str, ...]
    facts_id: UUID


class PhaseState(BaseModel):
    """What a phase carries from one run to the next; lists of codes unless stated otherwise."""

    seq: int = 0
    recorded: list[RecordKind] = []
    versions: dict[str, int] = {}
    """The newest version of each document that was started."""
    in_flight: list[str] = []
    approved: list[str] = []
    revise: dict[str, tuple[str, ...]] = {}
    """Comments of approvers who asked for changes; a new version is due."""
    requests: dict[str, GenerateReceipt] = {}
    """Answers to generation requests, by request id."""
    gate: Gate = Gate.CLOSED
    round: int = 0
    """How often the closing gate was asked for."""
    asked_at: datetime | None = None
    """When it was asked for last."""
    blocking: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    """Found when the gate was asked for last; each needs a written reason."""
    revision: RevisePhase | None = None
    """The newest revision of the package, until it is put into effect."""
    decisions: dict[str, GateReceipt] = {}
    """Answers to gate decisions, by decision id."""
    paused: str = ""
    """Why an operator has paused the phase; empty: it is not paused."""


class StartPhase(Message):
    project_id: UUID
    phase: Phase
    title: str
    documents: tuple[PlannedDocument, ...]
    gatekeeper: Assignee
    auto_draft: bool = True
    value_usd: Decimal | None = None
    """Options included; compared with the gatekeeper's warrant."""
    approved_before: tuple[str, ...] = ()
    """Codes approved in earlier phases."""
    facts_id: UUID | None = None
    """The package that the documents were planned from."""
    front_end: str = ""
    """Address of the front end, for links to its pages; empty: no links."""
    state: PhaseState = PhaseState()


class DocumentFinished(Message):
    """A document tells its phase how a version ended."""

    code: str
    version: int
    status: DocumentStatus
    revise: bool = False
    """The approver asked for changes, so the next version starts with the comments."""
    comments: str = ""


class StartDocument(Message):
    project_id: UUID
    document: PlannedDocument
    version: int
    requested_by: Assignee
    """The drafter of record: this person cannot approve the version."""
    feedback: tuple[str, ...] = ()
    submitted: SubmitVersion | None = None
    """What a person submitted instead of a draft."""
    front_end: str = ""
    """Address of the front end, for links to its pages; empty: no links."""


class Decision(Message):
    """One signature on one document version."""

    decision_id: str
    """Idempotency key: repeating a decision returns the first answer."""
    step: int
    actor: str
    """E-mail of the person who decides."""
    status: ApprovalStatus
    """approved, rejected or requested_changes"""
    sha256: str
    """Hash of the DOCX the person saw."""
    comments: str = ""
    warrant_usd: Decimal | None = None
    """Limit of the actor's warrant as the account states it now; ``None``: as planned."""
    value_usd: Decimal | None = None
    """What the action is worth now, options included; ``None``: as planned."""


class DecisionReceipt(Message):
    step: int
    status: ApprovalStatus
    document_status: DocumentStatus


class Delegation(Message):
    """The awaited signer lets another person sign in the same position; both stay on record."""

    delegation_id: str
    """Idempotency key: repeating a delegation returns the first answer."""
    step: int
    actor: str
    """E-mail of the awaited signer."""
    delegate: Assignee
    """In the signer's position; with a warrant if that is the contracting officer's."""
    reason: str = ""


class DelegationReceipt(Message):
    step: int
    approver: Assignee
    delegated_from: Assignee


class AddApprovers(Message):
    """Ask for more signatures on the version under review; those that the plan names remain."""

    request_id: str
    """Idempotency key: repeating a request returns the first answer."""
    requested_by: str
    approvers: tuple[Assignee, ...]


class ApproversReceipt(Message):
    steps: tuple[int, ...]
    """Of the added signers."""


class Order(Message):
    """What an operator asks of a workflow; the command line has audited it already."""

    order_id: str
    """Idempotency key: repeating an order changes nothing."""
    actor: str
    """E-mail of the administrator."""
    reason: str = ""


class Reassignment(Order):
    """Another person takes over an awaited signature, in the same position."""

    email: str
    name: str
    warrant_usd: Decimal | None = None
    """Limit of that person's warrant; ``None``: the account states none."""
    step: int = 0
    """Which signature; 0: the first that is awaited."""


class RetryDocument(Order):
    """Draft a document again whose newest version failed or was withdrawn."""

    code: str
    version: int | None = None
    """The version that came to nothing; refused when a newer one has been started since."""


class DocumentView(Message):
    """Where a version stands, for support staff and tests."""

    code: str
    version: int
    status: DocumentStatus
    awaiting: Assignee | None = None
    step: int = 0
    """The first signature that is awaited; 0: none is."""
    awaited: tuple[int, ...] = ()
    """Every signature that is awaited now."""
    due: datetime | None = None
    docx_sha256: str = ""
    paused: str = ""
    """Why an operator has paused it; empty: it is not paused."""
