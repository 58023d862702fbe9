"""The facts of one acquisition: what people state once and every document quotes by key.

``Facts`` is the requirements package (gate G0). ``Records`` are what people record later: answers
to the market, questions, offers, consensus ratings, the decision. All money is USD as ``Decimal``;
all dates are calendar dates of the contracting office.
"""

from collections.abc import Container, Iterable
from datetime import date, time
from decimal import Decimal
from enum import StrEnum
from functools import cache
from typing import Any, Literal, Self, TypeVar
from zoneinfo import available_timezones

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from documents.fact_errors import explained
from documents.open_items import OpenItem, or_open, unregistered
from documents.proceedings import (
    Advice,
    CompetitiveRange,
    Exchanges,
    FinalConsensus,
    FinalProposals,
    Objectives,
    Protest,
    SubcontractingReview,
)
from documents.strategy import Consolidation, Justification, LowestPrice, WageDetermination
from documents.vocabulary import Position, ProjectType, RecordKind
from documents.written_dates import not_written_out
from rules.citations import Regime, regime_on
from rules.estimate import EstimateInput
from rules.evaluation import Factor, Offer, PastContract, Rating
from rules.numbering import SOLICITATIONS, InvalidNumber, parse_piid

Model = TypeVar("Model", bound=BaseModel)


class _Fact(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


@cache
def _time_zones() -> frozenset[str]:
    """Read once: they are files, and facts are parsed often."""
    return frozenset(available_timezones())


class InvalidFacts(ValueError):
    """The facts do not fit the schema; each line of ``problems`` says where and what to do."""

    def __init__(self, problems: tuple[str, ...]) -> None:
        super().__init__("; ".join(problems))
        self.problems = problems


class Office(_Fact):
    name: str
    aac: str = Field(pattern=or_open(r"[A-Z0-9]{6}"))
    """Activity address code, the first six characters of the PIID (FAR 4.1603)."""
    address: str
    email: str
    phone: str
    time_zone: str
    """Name of the IANA time zone by whose clock the office counts, such as "America/New_York"."""

    @field_validator("time_zone")
    @classmethod
    def _is_known(cls, value: str) -> str:
        if value not in _time_zones():
            raise ValueError(f"{value} is no time zone: name one such as America/New_York")
        return value


class Naics(_Fact):
    code: str = Field(pattern=or_open(r"\d{6}"))
    title: str
    size_standard_usd: int
    """Small-business size standard in average annual receipts, USD."""


class Psc(_Fact):
    code: str = Field(pattern=or_open(r"[A-Z0-9]{4}"))
    title: str


class Period(_Fact):
    code: str
    title: str
    start: date
    end: date


class Funding(_Fact):
    appropriation: str
    fiscal_year: int
    statement: str


class Person(_Fact):
    name: str
    email: str
    warrant_usd: Decimal | None = None
    """Limit of a contracting officer's warrant, compared with the value including options."""


class Closing(_Fact):
    day: date
    at: time
    """Local time of the contracting office."""


class Milestones(_Fact):
    """Planned dates until the event is recorded, recorded dates afterwards."""

    package_accepted: date
    sources_sought_published: date | None = None
    rfi_published: date | None = None
    industry_day: date | None = None
    draft_rfp_published: date | None = None
    presolicitation_published: date
    rfp_issue: date
    questions_due: date
    answers_posted: date
    closing: Closing
    competitive_range: date | None = None
    """When the range is determined, if negotiations are planned."""
    final_proposals_due: date | None = None
    """The common cut-off of final proposal revisions, if negotiations are planned."""
    evaluation_complete: date
    decision: date
    award: date
    notices_sent: date | None = None
    """When those who are not selected are told; ``None`` without competition."""
    debriefing: date | None = None
    offer_acceptance_days: int = Field(gt=0)


class Requirement(_Fact):
    """One outcome: result, context, standard, quality level, method, who looks, remedy."""

    id: str = Field(pattern=r"^R\d{2}$")
    paragraph: str = Field(pattern=r"^3\.\d+\.\d+$")
    """Paragraph of the performance work statement."""
    area: str
    title: str
    outcome: str
    """What is to be achieved: one sentence that starts with "The Contractor shall"."""
    context: str = ""
    """Where, when and for what the standard holds: a phrase without a final period."""
    procedure: str = ""
    """How the task is done, in sentences; stated only when the work is described by method."""
    threshold: str
    objective: str
    aql: str
    method: str
    frequency: str
    who: str = ""
    """Who looks on behalf of the Government: a position, not a name."""
    remedy: str
    cdrl: str = Field(pattern=r"^A\d{3}$")


class DataItem(_Fact):
    """One contract data requirement (DD Form 1423)."""

    id: str = Field(pattern=r"^A\d{3}$")
    title: str
    did: str
    """Data item description number, or the words "Contractor format"."""
    frequency: str
    first_due: str
    copies: str
    distribution: str
    acceptance: str


class Security(_Fact):
    """What the contract security classification specification states (DD Form 254)."""

    facility_clearance: str
    safeguarding: str
    access: tuple[str, ...]
    performance: tuple[str, ...]
    guidance: str
    release: str


class KeyPerson(_Fact):
    role: str
    qualification: str


class FurnishedItem(_Fact):
    item: str
    quantity: int
    condition: str
    available: date
    stock_number: str = ""
    """National stock number; empty when none is assigned."""
    unit: str = "EA"
    value: Decimal | None = None
    """Acquisition cost of one unit, USD; ``None`` for information and for space."""


class Evaluation(_Fact):
    """The basis for award: factors in descending order of importance."""

    approach: Literal["tradeoff", "lpta", "one_source"]
    """``one_source``: nothing is rated, the price is negotiated."""
    factors: tuple[Factor, ...] = ()
    price_importance: Literal[
        "significantly more important than",
        "approximately equal to",
        "significantly less important than",
        "",
    ] = ""
    """All non-price factors, when combined, compared with price (10 U.S.C. 3206(c)(1))."""
    relative_importance: str = ""
    negotiations: bool
    past_performance_years: int = 5
    lowest_price: LowestPrice | None = None
    """Why the lowest price may decide; stated for the approach ``lpta``."""


class MarketPlan(_Fact):
    """How the market is asked: what the notices say before anybody has answered."""

    methods: tuple[str, ...] = Field(min_length=1)
    capability_questions: tuple[str, ...] = ()
    rfi_questions: tuple[str, ...] = ()
    response_days: int = 15
    """Calendar days between a notice and its response date."""
    industry_day_agenda: tuple[str, ...] = ()
    industry_day_place: str = ""


class Project(_Fact):
    key: str = Field(pattern=r"^[a-z][a-z0-9-]{1,30}$")
    title: str = Field(max_length=200)
    acronym: str
    agency: str
    requiring_activity: str
    project_type: ProjectType
    office: Office
    solicitation_piid: str = Field(pattern=or_open(r"[A-Z0-9]{13,17}"))
    contract_piid: str = Field(pattern=or_open(r"[A-Z0-9]{13,17}"))
    naics: Naics
    psc: Psc
    regime: Regime
    competition: Literal["full_and_open", "set_aside", "sole_source"]
    set_aside: str = "none"
    set_aside_reason: str
    urgent_award_reason: str = ""
    """Why a set-aside is awarded without the preaward notice; empty when it is given."""
    commercial: bool
    commercial_reason: str
    service_contract: bool
    performance_based: bool
    offerors_propose_work_statement: bool = False
    """The Government states objectives, and each offeror proposes its own work statement."""
    service_employees: bool = False
    """Service employees under the Service Contract Labor Standards do the work."""
    information_technology: bool
    research_and_development: bool = False
    """Research or development is bought (FAR 35.001): other notice times, another plan limit."""
    trade_agreements: bool = False
    """The WTO GPA or a free trade agreement covers the acquisition (FAR 25.401)."""
    in_annual_forecast: bool = False
    """It stood in an annual forecast that was published (FAR 5.203(h))."""
    textile_exception: bool = False
    """Textiles are bought under an exception whose award is announced (DFARS 205.301)."""
    architect_engineer_or_basic_ordering: bool = False
    """Architect-engineer services, or an order under a basic ordering agreement."""
    contract_type: str
    contract_type_reason: str
    consolidation: bool | None = None
    """Whether requirements of separate contracts are combined; without it the plan asks."""
    consolidation_reason: str
    places_of_performance: tuple[str, ...] = Field(min_length=1)
    hours_of_operation: str
    need: str
    background: str
    scope: str
    current_state: str
    benefits: tuple[str, ...]
    constraints: tuple[str, ...]
    risks: tuple[str, ...]
    submission_method: str
    submission_address: str


class Facts(_Fact):
    """The requirements package of one acquisition; frozen into the plan when it is accepted."""

    project: Project
    periods: tuple[Period, ...] = Field(min_length=1)
    funding: Funding
    people: dict[Position, Person]
    milestones: Milestones
    market: MarketPlan
    requirements: tuple[Requirement, ...] = Field(min_length=1)
    data_items: tuple[DataItem, ...] = ()
    security: Security | None = None
    furnished: tuple[FurnishedItem, ...] = ()
    key_personnel: tuple[KeyPerson, ...] = ()
    references: tuple[str, ...] = ()
    definitions: dict[str, str] = Field(default_factory=dict)
    estimate: EstimateInput
    evaluation: Evaluation
    justification: Justification | None = None
    """Why full and open competition is not used, or why a brand is named."""
    consolidation: Consolidation | None = None
    wage_determinations: tuple[WageDetermination, ...] = ()
    open_items: tuple[OpenItem, ...] = ()
    """What nobody has stated yet; drafts say so in its place, and no gate is passed with one."""

    @model_validator(mode="after")
    def _agree(self) -> Self:
        problems: list[str] = []
        for before, after in zip(self.periods, self.periods[1:], strict=False):
            if (after.start - before.end).days != 1:
                problems.append(
                    f"periods.{after.code}.start is {after.start}: it must be the day after "
                    f"periods.{before.code}.end ({before.end})"
                )
        problems += [
            f"periods.{period.code}.end is {period.end}: it must be after its start"
            for period in self.periods
            if period.end <= period.start
        ]
        known = {item.id for item in self.data_items}
        problems += [
            f"requirements.{requirement.id}.cdrl names {requirement.cdrl}: add it to data_items"
            for requirement in self.requirements
            if requirement.cdrl not in known
        ]
        problems += [
            f"estimate.labour.{category.code}.hours has {len(category.hours)} values: "
            f"give one for each of the {len(self.periods)} periods"
            for category in self.estimate.labour
            if len(category.hours) != len(self.periods)
        ]
        office = self.project.office.aac
        open_texts = {item.text for item in self.open_items}
        problems += unregistered(self.model_dump(exclude={"open_items"}), open_texts)
        problems += [
            f"project.{name} is {piid}: it must start with the office's activity code {office}"
            for name, piid in (
                ("solicitation_piid", self.project.solicitation_piid),
                ("contract_piid", self.project.contract_piid),
            )
            if not piid.startswith(office) and piid not in open_texts
        ]
        problems += _numbered_wrongly(self.project, open_texts)
        issued = self.milestones.rfp_issue
        if self.project.regime is Regime.RFO and regime_on(issued) is not Regime.RFO:
            problems.append(
                f"project.regime is RFO: a solicitation of {issued} is issued under FAR"
            )
        if Position.CONTRACTING_OFFICER not in self.people:
            problems.append("people.contracting_officer is missing: name who holds the warrant")
        if problems:
            raise ValueError("\n".join(problems))
        return self


def _numbered_wrongly(project: Project, open_texts: Container[str]) -> Iterable[str]:
    """Instrument numbers against FAR 4.1603 (RFO 4.201): syntax, and the letter of position 9."""
    for name, solicits in (("solicitation_piid", True), ("contract_piid", False)):
        text: str = getattr(project, name)
        if text in open_texts:
            continue
        try:
            piid = parse_piid(text)
        except InvalidNumber as error:
            yield f"project.{name}: {error}"
            continue
        if (piid.instrument in SOLICITATIONS) is not solicits:
            wanted = "R, Q or B" if solicits else "that of a contract or order, such as C"
            yield (
                f"project.{name} is {text}: position 9 is {piid.instrument}; use the letter "
                f"{wanted}"
            )


class MarketSource(_Fact):
    name: str
    small_business: bool
    capability: str


class PriceReference(_Fact):
    source: str
    finding: str


class IndustryQuestion(_Fact):
    question: str
    answer: str


class NoticeResponse(_Fact):
    """One answer to the sources sought notice or the request for information."""

    source: str
    small_business: bool
    received: date
    interest: str
    """What the source offers to do, in its own words in brief."""
    assessment: str
    """What the requiring activity found on its capability."""


class MarketResearch(_Fact):
    """What the market answered: sources, vehicles, prices, conclusions."""

    sources: tuple[MarketSource, ...]
    responses: tuple[NoticeResponse, ...] = ()
    """Every answer received in writing; attached to a justification."""
    vehicles: tuple[str, ...]
    prices: tuple[PriceReference, ...]
    terms: tuple[str, ...]
    conclusions: tuple[str, ...]
    industry_day_attendees: tuple[str, ...] = ()
    industry_day_questions: tuple[IndustryQuestion, ...] = ()


class Question(_Fact):
    number: int
    section: str
    question: str
    answer: str
    amendment: str | None = None
    """Number of the amendment that carries the change, when the answer changes the terms."""


class Questions(_Fact):
    questions: tuple[Question, ...]


class Change(_Fact):
    section: str
    change: str


class Amendment(_Fact):
    number: str = Field(pattern=r"^\d{4}$")
    issued: date
    changes: tuple[Change, ...]
    closing_extended: bool
    reason: str
    closing: Closing | None = None
    """When offers are due now, if this amendment extends the closing."""

    @model_validator(mode="after")
    def _extends(self) -> Self:
        if self.closing is not None and not self.closing_extended:
            raise ValueError(f"{self.number} states a closing: set closing_extended, or leave it")
        return self


class Amendments(_Fact):
    amendments: tuple[Amendment, ...]


class Offers(_Fact):
    """The receipt register (FAR 15.207): every offer, timely or late."""

    offers: tuple[Offer, ...] = Field(min_length=1)
    solicited: int
    """Prospective offerors solicited, as stated in the notices to unsuccessful offerors."""


class Consensus(_Fact):
    """Consensus ratings of the source selection evaluation board."""

    ratings: tuple[Rating, ...]
    method: str
    price_reasonableness: str
    past_contracts: tuple[PastContract, ...] = ()


class ResponsibilityStandard(StrEnum):
    """The general standards of FAR 9.104-1, in its order."""

    RESOURCES = "resources"
    SCHEDULE = "schedule"
    PERFORMANCE = "performance"
    INTEGRITY = "integrity"
    ORGANIZATION = "organization"
    EQUIPMENT = "equipment"
    ELIGIBILITY = "eligibility"


class Decision(_Fact):
    """The decision of the source selection authority, in that person's own words."""

    awardee: str
    rationale: tuple[str, ...] = Field(min_length=1)
    tradeoff: tuple[str, ...] = ()
    responsibility: str
    responsibility_findings: dict[ResponsibilityStandard, str] = Field(
        default_factory=dict[ResponsibilityStandard, str]
    )
    """What each general standard was found to rest on."""
    reasons: dict[str, str] = Field(default_factory=dict)
    """By offer: why it was not accepted, in general terms, for the notice to that offeror."""
    negotiation: tuple[str, ...] = ()
    """What was negotiated and why the result is fair and reasonable, paragraph by paragraph."""
    objectives: tuple[Decimal, ...] = ()
    """The Government's price objective, USD per period, when the price was negotiated."""


class DebriefingQuestion(IndustryQuestion):
    """A written question after the debriefing; the debriefing is open until it is answered."""

    received: date | None = None
    answered: date | None = None


class Debriefing(_Fact):
    offer: str
    requested: date
    held: date
    questions: tuple[DebriefingQuestion, ...] = ()


class Debriefings(_Fact):
    debriefings: tuple[Debriefing, ...]


class Records(_Fact):
    """What has been recorded so far; ``None`` until somebody records it."""

    market_research: MarketResearch | None = None
    questions: Questions | None = None
    amendments: Amendments | None = None
    offers: Offers | None = None
    consensus: Consensus | None = None
    competitive_range: CompetitiveRange | None = None
    objectives: Objectives | None = None
    exchanges: Exchanges | None = None
    final_proposals: FinalProposals | None = None
    final_consensus: FinalConsensus | None = None
    advice: Advice | None = None
    decision: Decision | None = None
    subcontracting: SubcontractingReview | None = None
    debriefings: Debriefings | None = None
    protest: Protest | None = None


RECORD_MODELS: dict[RecordKind, type[BaseModel]] = {
    RecordKind.MARKET_RESEARCH: MarketResearch,
    RecordKind.QUESTIONS: Questions,
    RecordKind.AMENDMENTS: Amendments,
    RecordKind.OFFERS: Offers,
    RecordKind.CONSENSUS: Consensus,
    RecordKind.COMPETITIVE_RANGE: CompetitiveRange,
    RecordKind.OBJECTIVES: Objectives,
    RecordKind.EXCHANGES: Exchanges,
    RecordKind.FINAL_PROPOSALS: FinalProposals,
    RecordKind.FINAL_CONSENSUS: FinalConsensus,
    RecordKind.ADVICE: Advice,
    RecordKind.DECISION: Decision,
    RecordKind.SUBCONTRACTING: SubcontractingReview,
    RecordKind.DEBRIEFINGS: Debriefings,
    RecordKind.PROTEST: Protest,
}


def parse_facts(raw: Any) -> Facts:
    """Validate a requirements package, or raise ``InvalidFacts`` with every problem found."""
    return _parse(Facts, raw)


def parse_record(kind: RecordKind, raw: Any) -> BaseModel:
    """Validate one record against the schema of its kind, or raise ``InvalidFacts``."""
    return _parse(RECORD_MODELS[kind], raw)


def _parse(model: type[Model], raw: Any) -> Model:
    try:
        stated = model.model_validate(raw)
    except ValidationError as error:
        raise InvalidFacts(explained(model, error.errors())) from error
    problems = tuple(not_written_out(stated, raw))
    if problems:
        raise InvalidFacts(problems)
    return stated
