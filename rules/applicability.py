"""Which rules apply to one acquisition, each answer with its reason.

An answer of ``None`` means that a person has to decide; the reason says what and why.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from types import MappingProxyType

from pydantic import BaseModel, ConfigDict, Field

from rules.thresholds import (
    ApprovalLevel,
    Comparison,
    Threshold,
    ThresholdId,
    certified_data_required,
    ja_approval_level,
    navy_plan_approval_level,
    threshold,
    time_and_materials_approval_level,
)


class Competition(StrEnum):
    FULL_AND_OPEN = "full_and_open"
    SET_ASIDE = "set_aside"
    SOLE_SOURCE = "sole_source"


class CompetitionException(StrEnum):
    """Why full and open competition is not used (RFO 6.103-1 through 6.103-7)."""

    ONE_SOURCE = "one_source"
    URGENCY = "urgency"
    INDUSTRIAL_BASE = "industrial_base"
    INTERNATIONAL_AGREEMENT = "international_agreement"
    STATUTE = "statute"
    NATIONAL_SECURITY = "national_security"
    PUBLIC_INTEREST = "public_interest"


class ContractType(StrEnum):
    FIRM_FIXED_PRICE = "FFP"
    FIXED_PRICE_INCENTIVE = "FPI"
    COST_REIMBURSEMENT = "CR"
    TIME_AND_MATERIALS = "TM"
    LABOR_HOUR = "LH"


class AcquisitionProfile(BaseModel):
    """What the rules ask about one DoD acquisition. Money is USD."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    value: Decimal = Field(ge=0)
    """Estimated value with all options."""
    base_value: Decimal = Field(ge=0)
    """Face value at award, without unexercised options."""
    max_fiscal_year_value: Decimal = Field(ge=0)
    issue: date
    """Planned date of the solicitation."""
    award: date
    """Planned date of award."""
    competition: Competition
    exception: CompetitionException = CompetitionException.ONE_SOURCE
    """Read only when the acquisition is not competed."""
    section_8a: bool = False
    """The sole source is a participant of the 8(a) program."""
    brand_name: bool = False
    """Competed, but for one brand, its equal or a proprietary specification only."""
    service: bool
    information_technology: bool
    development: bool = False
    commercial: bool = False
    performance_based: bool = True
    classified: bool = False
    options: bool = True
    contract_types: frozenset[ContractType] = frozenset({ContractType.FIRM_FIXED_PRICE})
    cost_reimbursable_travel_only: bool = False
    """The cost-reimbursement lines, if any, pay for travel and nothing else."""
    consolidation: bool | None = None
    """Whether separate requirements are combined; ``None`` until somebody has answered."""
    subcontracting_possible: bool = True
    time_and_materials_value: Decimal | None = None
    """USD of the time-and-materials and labor-hour lines; ``None``: the whole value."""
    months: int | None = None
    """Length of the contract with all options; ``None``: not over three years."""
    service_employees: bool = False
    """Service employees under the Service Contract Labor Standards do the work."""
    furnished_property: bool = False
    navy: bool = False
    """A contracting activity of the Department of the Navy buys."""
    lowest_price: bool = False
    """The lowest price among technically acceptable proposals decides."""

    @property
    def competitive(self) -> bool:
        return self.competition is not Competition.SOLE_SOURCE


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """Whether one rule applies. ``citation_rule`` is an id of ``rules.citations``."""

    rule: str
    applies: bool | None
    reason: str
    citation_rule: str
    threshold_id: ThresholdId | None = None
    approver: ApprovalLevel | None = None
    """Lowest level that may approve, where the rule names one."""


def applicability(profile: AcquisitionProfile) -> tuple[Answer, ...]:
    """Every answer for one acquisition. Raises ``NoThresholdOnDate`` for dates out of range."""
    return (
        *_planning(profile),
        *_publicity(profile),
        *_source_selection(profile),
        *_pricing(profile),
        *_requirement(profile),
        *_award(profile),
    )


def by_rule(answers: Iterable[Answer]) -> Mapping[str, Answer]:
    """The answers by the name of their rule; an unknown name raises ``KeyError``."""
    return MappingProxyType({answer.rule: answer for answer in answers})


_OPTIONS = "The value with all options"
_BASE = "The face value without unexercised options"


def _planning(profile: AcquisitionProfile) -> tuple[Answer, ...]:
    return (
        Answer(
            rule="market_research",
            applies=True,
            reason="New requirement documents are written, so the market is researched first.",
            citation_rule="market_research",
        ),
        _small_business_coordination(profile),
        _acquisition_plan(profile),
        _consolidation(profile),
        _by_value(
            "market_research_clause",
            ThresholdId.MKT_CLAUSE,
            "market_research_clause",
            profile,
            unless=(profile.commercial, "Commercial products and services do not carry 52.210-1."),
        ),
        Answer(
            rule="sources_sought",
            applies=True if _one_source(profile) else None,
            reason=(
                "A sources sought notice or RFI comes before any sole source for one source."
                if _one_source(profile)
                else "A sources sought notice is the contracting officer's choice."
            ),
            citation_rule="sources_sought",
        ),
        _justification(profile),
    )


def _small_business_coordination(profile: AcquisitionProfile) -> Answer:
    simplified = profile.value <= threshold(ThresholdId.SAT, profile.issue).value
    return _by_value(
        "small_business_coordination",
        ThresholdId.MPT,
        "small_business_coordination",
        profile,
        unless=(
            simplified and profile.competition is Competition.SET_ASIDE,
            "A total set-aside up to the simplified acquisition threshold needs no coordination.",
        ),
    )


def _acquisition_plan(profile: AcquisitionProfile) -> Answer:
    risky = profile.contract_types - {ContractType.FIRM_FIXED_PRICE}
    if profile.cost_reimbursable_travel_only:
        risky -= {ContractType.COST_REIMBURSEMENT}
    if risky:
        return Answer(
            rule="acquisition_plan",
            applies=True,
            reason=f"A contract that is not firm-fixed-price ({', '.join(sorted(risky))}) needs a "
            "written plan at any value.",
            citation_rule="acquisition_planning",
            approver=_plan_approver(profile),
        )
    total_id = ThresholdId.AP_DEV if profile.development else ThresholdId.AP_SVC_TOTAL
    total = threshold(total_id, profile.issue)
    reasons = [_compared(_OPTIONS, profile.value, total)]
    deciding, applies = total, total.met_by(profile.value)
    if not profile.development:
        yearly = threshold(ThresholdId.AP_SVC_YEAR, profile.issue)
        reasons.append(_compared("The highest fiscal year", profile.max_fiscal_year_value, yearly))
        if not applies and yearly.met_by(profile.max_fiscal_year_value):
            deciding, applies = yearly, True
    return Answer(
        rule="acquisition_plan",
        applies=applies,
        reason=" ".join(reasons),
        citation_rule="acquisition_planning",
        threshold_id=deciding.id,
        approver=_plan_approver(profile) if applies else None,
    )


def _plan_approver(profile: AcquisitionProfile) -> ApprovalLevel | None:
    """Beyond those who sign every plan; below the level the activity's own procedures say who."""
    if not profile.navy:
        return None
    level = navy_plan_approval_level(profile.value, profile.issue)
    return level if level is ApprovalLevel.DEPUTY_ASSISTANT_SECRETARY else None


def _consolidation(profile: AcquisitionProfile) -> Answer:
    row = threshold(ThresholdId.CONSOLIDATION, profile.issue)
    compared = _compared(_OPTIONS, profile.value, row)
    applies: bool | None
    if not row.met_by(profile.value):
        applies, reason = False, compared
    elif profile.consolidation is None:
        applies = None
        reason = f"{compared} Ask whether requirements of separate contracts are combined."
    elif profile.consolidation:
        applies, reason = True, f"{compared} Separate requirements are combined."
    else:
        applies, reason = False, "No separate requirements are combined."
    return Answer(
        rule="consolidation",
        applies=applies,
        reason=reason,
        citation_rule="consolidation",
        threshold_id=row.id,
    )


def _one_source(profile: AcquisitionProfile) -> bool:
    return not profile.competitive and profile.exception is CompetitionException.ONE_SOURCE


def _justification(profile: AcquisitionProfile) -> Answer:
    if profile.competitive and not profile.brand_name:
        return _no("justification", "The acquisition is competed.", "justification")
    if not profile.competitive and profile.exception is CompetitionException.PUBLIC_INTEREST:
        return _no(
            "justification",
            "The head of the agency determines the public interest in writing instead.",
            "competition_exceptions",
        )
    if not profile.competitive and profile.exception is CompetitionException.STATUTE:
        return _authorized_by_statute(profile)
    level = ja_approval_level(profile.value, profile.issue)
    what = "Brand name or equal" if profile.competitive else "Other than full and open competition"
    return Answer(
        rule="justification",
        applies=True,
        reason=f"{what} at ${profile.value:,.2f} with all options: "
        f"approved by the {level.replace('_', ' ')}.",
        citation_rule="justification_approval",
        threshold_id=_JUSTIFICATION_THRESHOLDS[level],
        approver=level,
    )


def _authorized_by_statute(profile: AcquisitionProfile) -> Answer:
    if not profile.section_8a:
        return _no(
            "justification",
            "A statute authorizes the source, so no justification is needed.",
            "competition_exceptions",
        )
    row = threshold(ThresholdId.JA_8A, profile.issue)
    required = row.met_by(profile.value)
    return Answer(
        rule="justification",
        applies=required,
        reason=f"8(a) sole source. {_compared(_OPTIONS, profile.value, row)}",
        citation_rule="justification",
        threshold_id=row.id,
        approver=ApprovalLevel.HEAD_OF_PROCURING_ACTIVITY if required else None,
    )


_JUSTIFICATION_THRESHOLDS = {
    ApprovalLevel.CONTRACTING_OFFICER: ThresholdId.JA_CO,
    ApprovalLevel.COMPETITION_ADVOCATE: ThresholdId.JA_CA,
    ApprovalLevel.HEAD_OF_PROCURING_ACTIVITY: ThresholdId.JA_HPA,
    ApprovalLevel.SENIOR_PROCUREMENT_EXECUTIVE: ThresholdId.JA_SPE,
}


def _publicity(profile: AcquisitionProfile) -> tuple[Answer, ...]:
    shorter = (
        profile.commercial,
        "Commercial buys may use a shorter or combined notice.",
    )
    return (
        _by_value("synopsis", ThresholdId.SYNOPSIS, "presolicitation_notice", profile),
        _by_value(
            "notice_period", ThresholdId.SYNOPSIS_15_DAYS, "notice_period", profile, unless=shorter
        ),
        _by_value("response_time", ThresholdId.SAT, "response_time", profile, unless=shorter),
    )


def _source_selection(profile: AcquisitionProfile) -> tuple[Answer, ...]:
    sole = (not profile.competitive, "There is no source selection without competition.")
    return (
        _source_selection_plan(profile),
        _by_value(
            "ssa_other_than_co",
            ThresholdId.SSA_NOT_CO,
            "source_selection_authority",
            profile,
            unless=sole,
        ),
        _by_value("ssac", ThresholdId.SSAC, "source_selection_procedures", profile, unless=sole),
        _by_value("negotiations_expected", ThresholdId.NEGOT, "negotiations", profile, unless=sole),
        _past_performance(profile),
        Answer(
            rule="lpta_limits",
            applies=profile.competitive and profile.lowest_price,
            reason=(
                "The lowest price among acceptable proposals decides."
                if profile.competitive and profile.lowest_price
                else "Award is not made on the lowest price alone."
            ),
            citation_rule="lpta",
        ),
        _by_value("peer_review", ThresholdId.PEER, "peer_review", profile),
    )


def _source_selection_plan(profile: AcquisitionProfile) -> Answer:
    if not profile.competitive:
        return _no(
            "source_selection_plan",
            "There is no source selection without competition.",
            "source_selection_plan",
        )
    row = threshold(ThresholdId.SSPROC, profile.issue)
    required = row.met_by(profile.value)
    reason = _compared(_OPTIONS, profile.value, row)
    return Answer(
        rule="source_selection_plan",
        applies=True if required else None,
        reason=reason if required else f"{reason} Ask whether agency procedures require a plan.",
        citation_rule="source_selection_plan",
        threshold_id=row.id,
    )


def _past_performance(profile: AcquisitionProfile) -> Answer:
    if profile.information_technology:
        id = ThresholdId.PP_EVAL_IT
    elif profile.service:
        id = ThresholdId.PP_EVAL_SERVICES
    else:
        id = ThresholdId.PP_EVAL_SYSTEMS
    return _by_value(
        "past_performance_factor",
        id,
        "evaluation_factors",
        profile,
        unless=(not profile.competitive, "There are no evaluation factors without competition."),
    )


def _pricing(profile: AcquisitionProfile) -> tuple[Answer, ...]:
    return (
        _certified_data(profile),
        _by_value(
            "subcontracting_clause",
            ThresholdId.SUBK,
            "subcontracting_plan",
            profile,
            unless=_first(
                (
                    profile.competition is Competition.SET_ASIDE,
                    "A small business awardee submits no subcontracting plan.",
                ),
                (not profile.subcontracting_possible, "There are no subcontracting possibilities."),
            ),
        ),
        _time_and_materials(profile),
        _by_value(
            "clearance_upload",
            ThresholdId.CBAR,
            "clearance_upload",
            profile,
            unless=(profile.competitive, "Only noncompetitive clearance documents are uploaded."),
        ),
    )


def _certified_data(profile: AcquisitionProfile) -> Answer:
    row = threshold(ThresholdId.TINA, profile.award)
    required = certified_data_required(
        profile.value,
        profile.award,
        adequate_competition=profile.competitive,
        commercial=profile.commercial,
    )
    if profile.competitive:
        reason = "Adequate price competition is expected; test again if only one offer is received."
    elif profile.commercial:
        reason = "Commercial products and services are an exception."
    else:
        reason = _compared(_OPTIONS, profile.value, row)
    return Answer(
        rule="certified_data",
        applies=required,
        reason=reason,
        citation_rule="certified_data",
        threshold_id=row.id,
    )


def _time_and_materials(profile: AcquisitionProfile) -> Answer:
    found = profile.contract_types & {ContractType.TIME_AND_MATERIALS, ContractType.LABOR_HOUR}
    return Answer(
        rule="time_and_materials_determination",
        applies=bool(found),
        reason=(
            "Time-and-materials or labor-hour lines need a determination."
            if found
            else "No line is time-and-materials or labor-hour."
        ),
        citation_rule="time_and_materials",
        threshold_id=ThresholdId.TM_DF if found else None,
        approver=_time_and_materials_approver(profile) if found else None,
    )


def _time_and_materials_approver(profile: AcquisitionProfile) -> ApprovalLevel:
    part = profile.time_and_materials_value
    return time_and_materials_approval_level(
        profile.value if part is None else part, profile.months or 0, profile.issue
    )


def _requirement(profile: AcquisitionProfile) -> tuple[Answer, ...]:
    service_reason = "The contract is for services." if profile.service else "No services."
    return (
        Answer(
            rule="qasp",
            applies=profile.service,
            reason=service_reason,
            citation_rule="qasp",
        ),
        Answer(
            rule="inherently_governmental",
            applies=profile.service,
            reason=service_reason,
            citation_rule="inherently_governmental",
        ),
        _not_performance_based(profile),
        _by_value(
            "wage_determination",
            ThresholdId.SCLS,
            "wage_determination",
            profile,
            unless=(
                not (profile.service and profile.service_employees),
                "No service employees under the Service Contract Labor Standards do the work.",
            ),
        ),
        Answer(
            rule="government_property",
            applies=profile.furnished_property,
            reason=(
                "The Government furnishes property."
                if profile.furnished_property
                else "The Government furnishes no property."
            ),
            citation_rule="government_property",
        ),
        Answer(
            rule="dd254",
            applies=profile.classified,
            reason=(
                "The contract needs access to classified information."
                if profile.classified
                else "No access to classified information is needed."
            ),
            citation_rule="dd254",
        ),
        Answer(
            rule="option_determination",
            applies=profile.options,
            reason="Options are included." if profile.options else "There are no options.",
            citation_rule="option_determination",
        ),
    )


def _not_performance_based(profile: AcquisitionProfile) -> Answer:
    if profile.performance_based or not profile.service:
        return _no(
            "not_performance_based_approval",
            "The services are performance-based or there are none.",
            "not_performance_based",
        )
    row = threshold(ThresholdId.NONPBA_SPE, profile.issue)
    return Answer(
        rule="not_performance_based_approval",
        applies=True,
        reason="Services that are not performance-based need approval. "
        f"{_compared(_OPTIONS, profile.value, row)}",
        citation_rule="not_performance_based",
        threshold_id=row.id,
        approver=(
            ApprovalLevel.SENIOR_PROCUREMENT_EXECUTIVE
            if row.met_by(profile.value)
            else ApprovalLevel.SERVICES_OFFICIAL
        ),
    )


def _award(profile: AcquisitionProfile) -> tuple[Answer, ...]:
    announce = threshold(ThresholdId.ANNOUNCE, profile.award)
    sole = (not profile.competitive, "There are no unsuccessful offerors.")
    return (
        Answer(
            rule="announcement",
            applies=announce.met_by(profile.base_value),
            reason=_compared(_BASE, profile.base_value, announce),
            citation_rule="award_announcement",
            threshold_id=announce.id,
        ),
        _by_value(
            "required_debrief",
            ThresholdId.DEBRIEF_REQ,
            "postaward_debrief",
            profile,
            on=profile.award,
            unless=sole,
        ),
        _by_value(
            "ssdd_disclosure",
            ThresholdId.SSDD_DISC_ALL,
            "ssdd_disclosure",
            profile,
            on=profile.award,
            unless=sole,
        ),
        _by_value(
            "ssdd_disclosure_on_request",
            ThresholdId.SSDD_DISC_SMALL,
            "ssdd_disclosure",
            profile,
            on=profile.award,
            unless=_first(
                sole,
                (
                    threshold(ThresholdId.SSDD_DISC_ALL, profile.award).met_by(profile.value),
                    "The redacted decision is disclosed in every debriefing.",
                ),
            ),
        ),
    )


_Exception = tuple[bool, str]


def _first(*exceptions: _Exception) -> _Exception:
    """The first exception that holds."""
    return next((exception for exception in exceptions if exception[0]), (False, ""))


def _no(rule: str, reason: str, citation_rule: str) -> Answer:
    return Answer(rule=rule, applies=False, reason=reason, citation_rule=citation_rule)


def _by_value(
    rule: str,
    id: ThresholdId,
    citation_rule: str,
    profile: AcquisitionProfile,
    *,
    on: date | None = None,
    unless: _Exception = (False, ""),
) -> Answer:
    """An answer by the value with options, on the solicitation date unless ``on`` is given."""
    excepted, reason = unless
    if excepted:
        return _no(rule, reason, citation_rule)
    row = threshold(id, on or profile.issue)
    return Answer(
        rule=rule,
        applies=row.met_by(profile.value),
        reason=_compared(_OPTIONS, profile.value, row),
        citation_rule=citation_rule,
        threshold_id=id,
    )


def _compared(what: str, amount: Decimal, row: Threshold) -> str:
    met = row.met_by(amount)
    match row.comparison:
        case Comparison.OVER:
            relation = "over" if met else "not over"
        case Comparison.AT_LEAST:
            relation = "at least" if met else "below"
        case Comparison.UP_TO:
            relation = "not over" if met else "over"
    return f"{what}, ${amount:,.2f}, is {relation} {row.text}."
