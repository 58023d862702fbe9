"""The words that facts, workflows, database and API share."""

from enum import StrEnum


class Role(StrEnum):
    """What the screen allows a user to do. A role is never an authority to sign."""

    ADMIN = "admin"
    CONTRACTING_OFFICER = "contracting_officer"
    PROGRAM_MANAGER = "program_manager"
    APPROVER = "approver"
    VIEWER = "viewer"


class Position(StrEnum):
    """What a signature is worth: the capacity in which a person acts on one project."""

    CONTRACTING_OFFICER = "contracting_officer"
    CONTRACT_SPECIALIST = "contract_specialist"
    PROGRAM_MANAGER = "program_manager"
    CONTRACTING_OFFICERS_REPRESENTATIVE = "contracting_officers_representative"
    SMALL_BUSINESS_PROFESSIONAL = "small_business_professional"
    LEGAL_COUNSEL = "legal_counsel"
    COMPETITION_ADVOCATE = "competition_advocate"
    SOURCE_SELECTION_AUTHORITY = "source_selection_authority"
    SSEB_CHAIR = "sseb_chair"
    SSAC_CHAIR = "ssac_chair"
    PRICE_ANALYST = "price_analyst"
    SECURITY_MANAGER = "security_manager"
    COMPTROLLER = "comptroller"
    PROPERTY_ADMINISTRATOR = "property_administrator"
    SERVICES_OFFICIAL = "services_official"
    HEAD_OF_PROCURING_ACTIVITY = "head_of_procuring_activity"
    DEPUTY_ASSISTANT_SECRETARY = "deputy_assistant_secretary"
    SENIOR_PROCUREMENT_EXECUTIVE = "senior_procurement_executive"

    @property
    def label(self) -> str:
        """The position as it is printed under a signature."""
        return _POSITION_TITLES[self]

    @property
    def delegable(self) -> bool:
        """Whether the holder may let another person sign (FAR 6.304(a), 15.303(a): not these)."""
        return self not in _NOT_DELEGABLE

    @property
    def superiors(self) -> "tuple[Position, ...]":
        """Who is told in turn when this position leaves a signature overdue, the nearest first."""
        chain: list[Position] = []
        above = _SUPERIORS.get(self)
        while above is not None:
            chain.append(above)
            above = _SUPERIORS.get(above)
        return tuple(chain)


_NOT_DELEGABLE = frozenset(
    {
        Position.COMPETITION_ADVOCATE,
        Position.SENIOR_PROCUREMENT_EXECUTIVE,
        Position.SOURCE_SELECTION_AUTHORITY,
    }
)
_SUPERIORS = {
    Position.CONTRACT_SPECIALIST: Position.CONTRACTING_OFFICER,
    Position.PRICE_ANALYST: Position.CONTRACTING_OFFICER,
    Position.PROPERTY_ADMINISTRATOR: Position.CONTRACTING_OFFICER,
    Position.CONTRACTING_OFFICERS_REPRESENTATIVE: Position.PROGRAM_MANAGER,
    Position.SSEB_CHAIR: Position.SOURCE_SELECTION_AUTHORITY,
    Position.SSAC_CHAIR: Position.SOURCE_SELECTION_AUTHORITY,
    Position.CONTRACTING_OFFICER: Position.HEAD_OF_PROCURING_ACTIVITY,
    Position.PROGRAM_MANAGER: Position.HEAD_OF_PROCURING_ACTIVITY,
    Position.SMALL_BUSINESS_PROFESSIONAL: Position.HEAD_OF_PROCURING_ACTIVITY,
    Position.LEGAL_COUNSEL: Position.HEAD_OF_PROCURING_ACTIVITY,
    Position.SECURITY_MANAGER: Position.HEAD_OF_PROCURING_ACTIVITY,
    Position.COMPTROLLER: Position.HEAD_OF_PROCURING_ACTIVITY,
    Position.SERVICES_OFFICIAL: Position.HEAD_OF_PROCURING_ACTIVITY,
    Position.COMPETITION_ADVOCATE: Position.HEAD_OF_PROCURING_ACTIVITY,
    Position.SOURCE_SELECTION_AUTHORITY: Position.HEAD_OF_PROCURING_ACTIVITY,
    Position.HEAD_OF_PROCURING_ACTIVITY: Position.SENIOR_PROCUREMENT_EXECUTIVE,
    Position.DEPUTY_ASSISTANT_SECRETARY: Position.SENIOR_PROCUREMENT_EXECUTIVE,
}
_POSITION_TITLES = {
    Position.CONTRACTING_OFFICER: "Contracting Officer",
    Position.CONTRACT_SPECIALIST: "Contract Specialist",
    Position.PROGRAM_MANAGER: "Program Manager",
    Position.CONTRACTING_OFFICERS_REPRESENTATIVE: "Contracting Officer's Representative",
    Position.SMALL_BUSINESS_PROFESSIONAL: "Small Business Professional",
    Position.LEGAL_COUNSEL: "Legal Counsel",
    Position.COMPETITION_ADVOCATE: "Advocate for Competition",
    Position.SOURCE_SELECTION_AUTHORITY: "Source Selection Authority",
    Position.SSEB_CHAIR: "Chair, Source Selection Evaluation Board",
    Position.SSAC_CHAIR: "Chair, Source Selection Advisory Council",
    Position.PRICE_ANALYST: "Price Analyst",
    Position.SECURITY_MANAGER: "Security Manager",
    Position.COMPTROLLER: "Comptroller",
    Position.PROPERTY_ADMINISTRATOR: "Property Administrator",
    Position.SERVICES_OFFICIAL: "Designated Official for Services",
    Position.HEAD_OF_PROCURING_ACTIVITY: "Head of the Procuring Activity",
    Position.DEPUTY_ASSISTANT_SECRETARY: "Deputy Assistant Secretary (Procurement)",
    Position.SENIOR_PROCUREMENT_EXECUTIVE: "Senior Procurement Executive",
}


class Phase(StrEnum):
    """The three phases of a procurement, in order."""

    PRE_SOLICITATION = "pre_solicitation"
    SOLICITATION = "solicitation"
    POST_SOLICITATION = "post_solicitation"

    @property
    def label(self) -> str:
        return self.value.replace("_", "-").title()


class ProjectType(StrEnum):
    RFP = "rfp"
    RFQ = "rfq"
    TASK_ORDER = "task_order"
    IDIQ = "idiq"
    OTHER = "other"


class ProjectStatus(StrEnum):
    NOT_STARTED = "not_started"
    IN_PROGRESS = "in_progress"
    COMPLETED = "completed"
    DELAYED = "delayed"
    ON_HOLD = "on_hold"
    CANCELLED = "cancelled"


class PhaseStatus(StrEnum):
    NOT_STARTED = "not_started"
    IN_PROGRESS = "in_progress"
    COMPLETED = "completed"
    DELAYED = "delayed"


class StepStatus(StrEnum):
    NOT_STARTED = "not_started"
    IN_PROGRESS = "in_progress"
    COMPLETED = "completed"
    BLOCKED = "blocked"
    SKIPPED = "skipped"


class DocumentStatus(StrEnum):
    PENDING = "pending"
    UPLOADED = "uploaded"
    UNDER_REVIEW = "under_review"
    APPROVED = "approved"
    REJECTED = "rejected"
    EXPIRED = "expired"


class GenerationStatus(StrEnum):
    NOT_GENERATED = "not_generated"
    GENERATING = "generating"
    GENERATED = "generated"
    FAILED = "failed"


class ApprovalStatus(StrEnum):
    PENDING = "pending"
    APPROVED = "approved"
    REJECTED = "rejected"
    REQUESTED_CHANGES = "requested_changes"
    VOIDED = "voided"


class TransitionStatus(StrEnum):
    PENDING = "pending"
    APPROVED = "approved"
    REJECTED = "rejected"


class Sensitivity(StrEnum):
    """Who may see a document, and the marking that says so."""

    INTERNAL = "internal"
    """Government only until released; marked CUI."""
    PUBLIC = "public"
    """Released to industry or to the public."""
    SOURCE_SELECTION = "source_selection"
    """Source selection information, FAR 2.101 and 3.104: named team members only."""

    @property
    def marking(self) -> str:
        """The banner printed at the top of every page."""
        return _MARKINGS[self]


_MARKINGS = {
    Sensitivity.INTERNAL: "CUI",
    Sensitivity.PUBLIC: "UNCLASSIFIED",
    Sensitivity.SOURCE_SELECTION: "SOURCE SELECTION INFORMATION - SEE FAR 2.101 AND 3.104",
}


class SourceKind(StrEnum):
    """What a file is that people give to a project as a source."""

    MARKET_RESEARCH = "market_research"
    """Grounds documents that stay inside the Government."""
    REFERENCE = "reference"
    """Grounds every document, released ones included: it may be quoted to the public."""
    PROPOSAL = "proposal"
    """Of an offeror: source selection information that grounds nothing and that no model reads."""


class RecordKind(StrEnum):
    """What people record while a project runs; some documents cannot be drafted before it."""

    MARKET_RESEARCH = "market_research"
    QUESTIONS = "questions"
    AMENDMENTS = "amendments"
    OFFERS = "offers"
    CONSENSUS = "consensus"
    COMPETITIVE_RANGE = "competitive_range"
    OBJECTIVES = "objectives"
    EXCHANGES = "exchanges"
    FINAL_PROPOSALS = "final_proposals"
    FINAL_CONSENSUS = "final_consensus"
    ADVICE = "advice"
    DECISION = "decision"
    SUBCONTRACTING = "subcontracting"
    DEBRIEFINGS = "debriefings"
    PROTEST = "protest"


class Layout(StrEnum):
    """The look of a document: one template of the house family each."""

    REPORT = "report"
    PLAN_LANDSCAPE = "plan_landscape"
    FORM = "form"
    NOTICE = "notice"
    SECTION = "section"
    LETTER = "letter"
