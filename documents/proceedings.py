"""What people record between the first ratings and the last protest.

The range, the objectives, the exchanges, the final proposals, the advice, the review of a
subcontracting plan and a protest. All money is USD; all dates are dates of the contracting office.
"""

from datetime import date, time
from decimal import Decimal
from enum import StrEnum

from pydantic import BaseModel, ConfigDict, Field

from rules.evaluation import Rating


class _Recorded(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class RangeMember(_Recorded):
    offer: str
    reason: str
    """Why the offer is among the most highly rated."""


class RangeExclusion(_Recorded):
    offer: str
    reason: str
    """Why the offer is left out; for the contract file."""
    notice: str
    """The basis in general terms, as the offeror is told it."""
    notice_received: date | None = None


class CompetitiveRange(_Recorded):
    """Who is negotiated with and who is not, as the contracting officer determined it."""

    determined: date
    basis: tuple[str, ...] = Field(min_length=1)
    """How ratings and prices led to the range, paragraph by paragraph."""
    included: tuple[RangeMember, ...] = Field(min_length=1)
    excluded: tuple[RangeExclusion, ...] = ()
    efficiency: str = ""
    """Why highly rated offers were left out for efficiency; empty when none was."""


class PricePosition(_Recorded):
    """The Government's price objective for one offer."""

    offer: str
    prices: tuple[Decimal, ...] = Field(min_length=1)
    """USD per period."""
    reason: str


class ObjectiveElement(_Recorded):
    """One element of the proposed price, all periods together."""

    title: str
    proposed: Decimal
    objective: Decimal
    basis: str


class ProfitFactor(_Recorded):
    """One row of the weighted guidelines (DD Form 1547)."""

    title: str
    base: Decimal
    """USD to which the value is applied."""
    value: Decimal = Field(ge=0, le=1)
    """As a fraction: 0.05 is five percent."""


class Objectives(_Recorded):
    """Prenegotiation objectives, settled before the first word is negotiated."""

    approved: date
    positions: tuple[PricePosition, ...] = Field(min_length=1)
    issues: tuple[str, ...] = ()
    """What is to be settled besides the price."""
    elements: tuple[ObjectiveElement, ...] = ()
    profit: tuple[ProfitFactor, ...] = ()
    advice: str
    """Which audit, field pricing or technical advice was used, or why none was needed."""


class ExchangeKind(StrEnum):
    """Why something was asked of an offeror."""

    CLARIFICATION = "Clarification"
    DEFICIENCY = "Deficiency"
    SIGNIFICANT_WEAKNESS = "Significant weakness"
    WEAKNESS = "Weakness"
    ADVERSE_PAST_PERFORMANCE = "Adverse past performance"
    PRICE = "Price"
    OTHER = "Other matter"


class Exchange(_Recorded):
    """One clarification or evaluation notice, from the question to its closure."""

    number: str
    offer: str
    kind: ExchangeKind
    factor: str = ""
    """Code of the factor it concerns; empty when it concerns none."""
    question: str
    issued: date
    answer: str
    answered: date
    closure: str
    """How the evaluators closed it."""
    closed: date


class Exchanges(_Recorded):
    exchanges: tuple[Exchange, ...] = Field(min_length=1)


class FinalProposal(_Recorded):
    """One final proposal revision; its prices take the place of those first offered."""

    offer: str
    received: str
    """Date and local time of receipt, as recorded at the initial point of entry."""
    prices: tuple[Decimal, ...] = Field(min_length=1)
    """USD per period."""
    changes: tuple[str, ...] = ()
    """What the revision changed, in the offeror's order."""


class FinalProposals(_Recorded):
    """The revisions of all offerors in the range, received at one common cut-off."""

    requested: date
    due: date
    at: time
    """Local time of the contracting office."""
    proposals: tuple[FinalProposal, ...] = Field(min_length=1)


class FinalConsensus(_Recorded):
    """What the board found on the final proposals; ratings not listed stay as they were."""

    ratings: tuple[Rating, ...]
    method: str
    price_reasonableness: str


class MinorityView(_Recorded):
    member: str
    view: str


class Advice(_Recorded):
    """The advisory council's comparison of the offers and its recommendation."""

    members: tuple[str, ...] = Field(min_length=1)
    met: date
    comparison: tuple[str, ...] = Field(min_length=1)
    """The council's own comparison, paragraph by paragraph."""
    recommended: str
    """Code of the offer."""
    reasons: tuple[str, ...] = Field(min_length=1)
    minority: tuple[MinorityView, ...] = ()


class GoalCategory(StrEnum):
    """The categories for which a subcontracting plan states goals, as the statute lists them."""

    SMALL = "Small business"
    VETERAN = "Veteran-owned small business"
    DISABLED_VETERAN = "Service-disabled veteran-owned small business"
    HUBZONE = "HUBZone small business"
    DISADVANTAGED = "Small disadvantaged business"
    WOMEN = "Women-owned small business"


class SubcontractingGoal(_Recorded):
    category: GoalCategory
    amount: Decimal = Field(ge=0)
    """USD planned to be subcontracted to the category; categories overlap."""


class PlanElement(StrEnum):
    """What a subcontracting plan has to contain (FAR 52.219-9(d)), in its order."""

    GOALS = "Separate goals as percentages of the dollars planned to be subcontracted"
    DOLLARS = "Dollars planned to be subcontracted, in total and by category"
    WORK = "Principal supplies and services to be subcontracted, and to which categories"
    GOAL_METHOD = "How the goals were developed"
    SOURCES = "How potential sources are found"
    INDIRECT = "Whether indirect costs are included, and how they are shared out"
    ADMINISTRATOR = "Who administers the plan, with duties"
    OPPORTUNITY = "Efforts that give small businesses an equitable opportunity to compete"
    FLOW_DOWN = "Flow-down of the clause to larger subcontractors"
    REPORTS = "Cooperation in studies, and reports in the reporting system"
    RECORDS = "Records that will be kept"
    USE = "Good-faith use of the firms on which the offer rests"
    WRITTEN_REASON = "Written reason when such a firm is not used"
    DISCUSSION = "Subcontractors are free to discuss payment with the Contracting Officer"
    PAYMENT = "Small businesses are paid on time"


class SubcontractingReview(_Recorded):
    """The apparent awardee's subcontracting plan as the office read it."""

    offer: str
    plan: str
    """Individual, commercial or master plan."""
    received: date
    planned: Decimal = Field(gt=0)
    """USD planned to be subcontracted, to firms of any size, options included."""
    goals: tuple[SubcontractingGoal, ...] = Field(min_length=1)
    elements: dict[PlanElement, str]
    """What the plan says on each required element, with the page."""
    professional_advice: str
    """What the small business professional advised."""
    representative_advice: str
    """What the SBA procurement center representative advised, or that none is assigned."""
    conclusion: str
    accepted: date


class Forum(StrEnum):
    """Where a protest is decided."""

    AGENCY = "agency"
    GAO = "Government Accountability Office"
    COURT = "United States Court of Federal Claims"


class ProtestGround(_Recorded):
    allegation: str
    response: str
    references: tuple[str, ...]
    """Where the record shows it: document and section or page."""


class Protest(_Recorded):
    """One protest and the office's answer to it."""

    forum: Forum
    number: str
    protester: str
    """Code of an offer, or the name of an interested party that did not offer."""
    filed: date
    notice_received: date
    basis_known: date | None = None
    express: bool = False
    """Whether the express option applies, with its shorter periods."""
    documents_requested: date | None = None
    grounds: tuple[ProtestGround, ...] = Field(min_length=1)
    relief: str
    suspension: str
    """Whether award or performance is suspended, since when, or by which finding it goes on."""
    interested_parties: tuple[str, ...] = ()
    """Codes of the offers whose offerors were told and may take part."""
    statement: tuple[str, ...] = Field(min_length=1)
    """The contracting officer's statement of facts, paragraph by paragraph."""
    memorandum: tuple[str, ...] = Field(min_length=1)
    """Counsel's memorandum of law, paragraph by paragraph."""
    ruled: date | None = None
    ruling: str = ""
