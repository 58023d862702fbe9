"""Every deadline the rule book knows, as rows: which event starts it and how it is counted."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, time
from decimal import Decimal
from enum import StrEnum

from pydantic import BaseModel, ConfigDict, Field

from rules.citations import Regime
from rules.thresholds import ThresholdId, threshold


class Event(StrEnum):
    """What happened, or is planned to happen, on a date of the contracting office."""

    PACKAGE_ACCEPTED = "package_accepted"
    ACQUISITION_PLAN_APPROVED = "acquisition_plan_approved"
    PRESOLICITATION_PUBLISHED = "presolicitation_published"
    RFP_ISSUED = "rfp_issued"
    QUALIFYING_COUNTRY_REQUESTED = "qualifying_country_requested"
    QUESTIONS_DUE = "questions_due"
    ANSWERS_POSTED = "answers_posted"
    CLOSING = "closing"
    RESOLICITED = "resolicited"
    EXCLUSION_DECIDED = "exclusion_decided"
    EXCLUSION_NOTICE_RECEIVED = "exclusion_notice_received"
    SMALL_BUSINESS_NOTICE_SENT = "small_business_notice_sent"
    SIZE_PROTEST_RECEIVED = "size_protest_received"
    AWARD = "award"
    NOTICE_RECEIVED = "notice_received"
    DEBRIEF_REQUESTED = "debrief_requested"
    DEBRIEF_OFFERED = "debrief_offered"
    DEBRIEF_HELD = "debrief_held"
    DEBRIEF_QUESTIONS_RECEIVED = "debrief_questions_received"
    DEBRIEF_CONCLUDED = "debrief_concluded"
    PROTEST_BASIS_KNOWN = "protest_basis_known"
    PROTEST_FILED = "protest_filed"
    PROTEST_NOTICE_RECEIVED = "protest_notice_received"
    PROTEST_DOCUMENTS_REQUESTED = "protest_documents_requested"
    PROTEST_REPORT_DUE = "protest_report_due"
    PROTEST_REPORT_FILED = "protest_report_filed"
    PROTEST_RULED = "protest_ruled"
    AGENCY_PROTEST_FILED = "agency_protest_filed"
    CURRENT_PERIOD_END = "current_period_end"
    SUBCONTRACTING_PERIOD_END = "subcontracting_period_end"
    FUNDS_EXPIRE = "funds_expire"
    APPROVAL_REQUESTED = "approval_requested"

    @property
    def text(self) -> str:
        """The event in the middle of a sentence, for example ``issue of the RFP``."""
        return _EVENT_TEXTS.get(self, self.value.replace("_", " "))


_EVENT_TEXTS = {
    Event.RFP_ISSUED: "issue of the RFP",
    Event.PRESOLICITATION_PUBLISHED: "publication of the presolicitation notice",
    Event.CURRENT_PERIOD_END: "the end of the current period",
    Event.NOTICE_RECEIVED: "receipt of the notice",
    Event.FUNDS_EXPIRE: "expiry of the funds",
    Event.DEBRIEF_REQUESTED: "receipt of the debriefing request",
    Event.DEBRIEF_HELD: "the debriefing",
    Event.DEBRIEF_OFFERED: "the debriefing date offered",
    Event.DEBRIEF_QUESTIONS_RECEIVED: "receipt of the written questions",
    Event.DEBRIEF_CONCLUDED: "conclusion of the debriefing",
    Event.PROTEST_NOTICE_RECEIVED: "notice of the protest",
    Event.PROTEST_FILED: "filing of the protest",
    Event.PROTEST_REPORT_DUE: "the agency report",
    Event.PROTEST_REPORT_FILED: "filing of the agency report",
    Event.PROTEST_RULED: "the final ruling on the protest",
}


class Unit(StrEnum):
    CALENDAR = "calendar days"
    BUSINESS = "business days"
    EXACT = "exact time"
    GATE = "gate"
    GOAL = "goal"


class Count(StrEnum):
    """How a date is reached from its event."""

    ROLL = "roll"
    """Calendar days after; a closed last day runs to the next open one (RFO 33.102)."""
    NOT_BEFORE = "not_before"
    """The first working day after a minimum wait."""
    LEAD = "lead"
    """The last working day that leaves a minimum lead before the event."""
    WITHIN = "within"
    """Calendar days after, never later: something expires and a closed day does not extend it."""
    BUSINESS_AFTER = "business_after"
    BUSINESS_BEFORE = "business_before"
    ON = "on"
    RECEIPT = "receipt"
    """The day itself, or the next one on which an office that could not receive offers is open
    (FAR 52.215-1(c)(3)(iv))."""


class DeadlineFacts(BaseModel):
    """What decides which deadlines apply and the values a project sets. Money is USD."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    value: Decimal
    """Estimated or awarded value with all options."""
    base_value: Decimal
    """Face value without unexercised options."""
    regime: Regime = Regime.RFO
    commercial: bool = False
    competitive: bool = True
    set_aside: bool = False
    research: bool = False
    trade_agreements: bool = False
    in_annual_forecast: bool = False
    architect_or_basic_ordering: bool = False
    small_business_review: bool = False
    """The package goes to the SBA representative, for example because of consolidation."""
    options: bool = True
    written_plan: bool = True
    """A written acquisition plan is required."""
    wage_determination: bool = False
    subcontracting_plan: bool = False
    textile: bool = False
    urgent: bool = False
    express_protest: bool = False
    one_offer: bool = False
    closing_time: time = time(16, 30)
    """Local time of the contracting office."""
    close_of_business: time = time(16, 30)
    offer_acceptance_days: int = Field(default=60, ge=1)
    question_business_days: int = Field(default=10, ge=1)
    answer_business_days: int = Field(default=5, ge=1)
    option_notice_days: int = Field(default=60, ge=1)
    approval_business_days: int = Field(default=5, ge=1)


Condition = Callable[[DeadlineFacts, date], bool]
"""Whether a row applies; the date is that of the event, which is the date thresholds go by."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trigger:
    event: Event
    days: int | Callable[[DeadlineFacts], int] = 0

    def days_for(self, facts: DeadlineFacts) -> int:
        return self.days if isinstance(self.days, int) else self.days(facts)


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadlineRule:
    """One row. With several triggers the latest date counts; triggers not recorded are left out."""

    id: str
    title: str
    triggers: tuple[Trigger, ...]
    count: Count
    unit: Unit
    citation: str
    applies: Condition
    remind_before_due: tuple[int, ...] = ()
    remind_before_event: tuple[int, ...] = ()
    remind_after_event: tuple[int, ...] = ()
    gate: bool = False
    at: Callable[[DeadlineFacts], time] | None = None
    """Time of day, local to the contracting office."""
    not_before: bool = False
    """The date is the first one allowed, not the last one."""
    stated_by: Event | None = None
    """A date the project states itself; once recorded it replaces the computed one."""
    becomes: Event | None = None
    """The event that this deadline fixes for later rows, until it is recorded."""
    remind_hours_before_due: tuple[int, ...] = ()
    """Hours before the exact time; only rows that have one."""
    done_by: Event | None = None
    """Once this is recorded nobody has to act any more."""


def _always(_: DeadlineFacts, __: date) -> bool:
    return True


def _row(
    id: str,
    title: str,
    event: Event,
    days: int | Callable[[DeadlineFacts], int],
    count: Count,
    citation: str,
    applies: Condition = _always,
    *,
    also: tuple[Trigger, ...] = (),
    unit: Unit | None = None,
    due: tuple[int, ...] = (),
    before: tuple[int, ...] = (),
    after: tuple[int, ...] = (),
    gate: bool = False,
    at: Callable[[DeadlineFacts], time] | None = None,
    not_before: bool = False,
    stated_by: Event | None = None,
    becomes: Event | None = None,
    hours: tuple[int, ...] = (),
    done_by: Event | None = None,
) -> DeadlineRule:
    business = count in (Count.BUSINESS_AFTER, Count.BUSINESS_BEFORE)
    return DeadlineRule(
        id=id,
        title=title,
        triggers=(Trigger(event=event, days=days), *also),
        count=count,
        unit=unit or (Unit.BUSINESS if business else Unit.CALENDAR),
        citation=citation,
        applies=applies,
        remind_before_due=due,
        remind_before_event=before,
        remind_after_event=after,
        gate=gate,
        at=at,
        not_before=not_before or count is Count.NOT_BEFORE,
        stated_by=stated_by,
        becomes=becomes,
        remind_hours_before_due=hours,
        done_by=done_by,
    )


def _over(id: ThresholdId) -> Condition:
    return lambda facts, day: threshold(id, day).met_by(facts.value)


def _noncommercial_over(id: ThresholdId) -> Condition:
    return lambda facts, day: not facts.commercial and threshold(id, day).met_by(facts.value)


def _small_notice(facts: DeadlineFacts, day: date) -> bool:
    return threshold(ThresholdId.SYNOPSIS, day).met_by(facts.value) and not threshold(
        ThresholdId.SYNOPSIS_15_DAYS, day
    ).met_by(facts.value)


def _research(facts: DeadlineFacts, day: date) -> bool:
    return facts.research and threshold(ThresholdId.SAT, day).met_by(facts.value)


def _orders(facts: DeadlineFacts, day: date) -> bool:
    return facts.architect_or_basic_ordering and threshold(ThresholdId.SAT, day).met_by(facts.value)


def _announced(facts: DeadlineFacts, day: date) -> bool:
    return threshold(ThresholdId.ANNOUNCE, day).met_by(facts.base_value)


def _source_selection_plan(facts: DeadlineFacts, day: date) -> bool:
    return facts.competitive and threshold(ThresholdId.SSPROC, day).met_by(facts.value)


def _clearance_upload(facts: DeadlineFacts, day: date) -> bool:
    return not facts.competitive and threshold(ThresholdId.CBAR, day).met_by(facts.value)


_E = Event
_ROLL, _NOT_BEFORE, _LEAD, _WITHIN, _AFTER, _BEFORE, _ON, _RECEIPT = Count

DEADLINE_RULES: tuple[DeadlineRule, ...] = (
    _row(
        "D01",
        "Earliest issue of the RFP",
        _E.PRESOLICITATION_PUBLISHED,
        15,
        _NOT_BEFORE,
        "notice_period",
        _noncommercial_over(ThresholdId.SYNOPSIS_15_DAYS),
        gate=True,
    ),
    _row(
        "D02",
        "Earliest end of the 10-day posting",
        _E.PRESOLICITATION_PUBLISHED,
        10,
        _NOT_BEFORE,
        "notice_period",
        _small_notice,
    ),
    _row(
        "D03",
        "Earliest closing of the RFP",
        _E.RFP_ISSUED,
        30,
        _NOT_BEFORE,
        "response_time",
        _noncommercial_over(ThresholdId.SAT),
        gate=True,
    ),
    _row(
        "D04",
        "Earliest closing, research and development",
        _E.PRESOLICITATION_PUBLISHED,
        45,
        _NOT_BEFORE,
        "response_time_research",
        _research,
        gate=True,
    ),
    _row(
        "D05",
        "Earliest closing, trade agreements",
        _E.PRESOLICITATION_PUBLISHED,
        lambda facts: 10 if facts.in_annual_forecast else 40,
        _NOT_BEFORE,
        "response_time_trade",
        lambda facts, _: facts.trade_agreements,
        gate=True,
    ),
    _row(
        "D06",
        "Earliest closing after a qualifying-country request",
        _E.QUALIFYING_COUNTRY_REQUESTED,
        45,
        _NOT_BEFORE,
        "qualifying_country",
    ),
    _row(
        "D07",
        "Earliest closing, architect-engineer or basic ordering agreement",
        _E.RFP_ISSUED,
        30,
        _NOT_BEFORE,
        "response_time_orders",
        _orders,
    ),
    _row(
        "D08",
        "Earliest closing of the resolicitation after one offer",
        _E.RESOLICITED,
        30,
        _NOT_BEFORE,
        "one_offer",
        lambda facts, _: facts.one_offer,
        gate=True,
    ),
    _row(
        "D09",
        "Package to the SBA representative",
        _E.RFP_ISSUED,
        30,
        _LEAD,
        "small_business_review",
        lambda facts, _: facts.small_business_review,
        before=(40, 35),
    ),
    _row(
        "D10",
        "Small business coordination record signed",
        _E.RFP_ISSUED,
        1,
        _LEAD,
        "small_business_coordination",
        _over(ThresholdId.MPT),
        unit=Unit.GATE,
        before=(15, 5),
        gate=True,
    ),
    _row(
        "D11",
        "Source selection plan approved by the SSA",
        _E.RFP_ISSUED,
        1,
        _LEAD,
        "source_selection_plan",
        _source_selection_plan,
        unit=Unit.GATE,
        before=(10, 3),
        gate=True,
    ),
    _row(
        "D12",
        "Questions due",
        _E.CLOSING,
        lambda facts: facts.question_business_days,
        _BEFORE,
        "questions",
        stated_by=_E.QUESTIONS_DUE,
        due=(5, 1),
    ),
    _row(
        "D13",
        "Answers posted, or the closing extended",
        _E.CLOSING,
        lambda facts: facts.answer_business_days,
        _BEFORE,
        "questions",
        stated_by=_E.ANSWERS_POSTED,
        due=(2,),
        done_by=_E.ANSWERS_POSTED,
    ),
    _row(
        "D14",
        "Proposals close",
        _E.CLOSING,
        0,
        _RECEIPT,
        "late_offers",
        unit=Unit.EXACT,
        at=lambda facts: facts.closing_time,
        due=(5, 1),
        hours=(2,),
        gate=True,
    ),
    _row(
        "D14S",
        "Electronic safe harbor for late proposals",
        _E.CLOSING,
        1,
        _BEFORE,
        "safe_harbor",
        at=lambda _: time(17, 0),
    ),
    _row(
        "D15",
        "Offer acceptance period ends",
        _E.CLOSING,
        lambda facts: facts.offer_acceptance_days,
        _WITHIN,
        "offer_acceptance",
        due=(30, 14, 5),
    ),
    _row(
        "D16",
        "SAM registration active",
        _E.AWARD,
        0,
        _ON,
        "sam_registration",
        unit=Unit.GATE,
        before=(10,),
        gate=True,
    ),
    _row(
        "D17",
        "Notice to the offeror excluded from the competition",
        _E.EXCLUSION_DECIDED,
        2,
        _AFTER,
        "preaward_notice",
        unit=Unit.GOAL,
        after=(1, 2),
        done_by=_E.EXCLUSION_NOTICE_RECEIVED,
    ),
    _row(
        "D18",
        "Offeror's request for a preaward debriefing",
        _E.EXCLUSION_NOTICE_RECEIVED,
        3,
        _ROLL,
        "preaward_debrief",
    ),
    _row(
        "D19",
        "Size protest by an offeror",
        _E.SMALL_BUSINESS_NOTICE_SENT,
        5,
        _AFTER,
        "size_protest",
        lambda facts, _: facts.set_aside,
        gate=True,
    ),
    _row(
        "D20",
        "Award possible without a decision of the SBA",
        _E.SIZE_PROTEST_RECEIVED,
        15,
        _AFTER,
        "size_protest_wait",
        due=(1,),
        gate=True,
        not_before=True,
    ),
    _row(
        "D21",
        "Award reported to Public Affairs",
        _E.AWARD,
        1,
        _LEAD,
        "award_announcement_report",
        _announced,
        at=lambda facts: facts.close_of_business,
        before=(5, 2, 1),
        gate=True,
    ),
    _row(
        "D22",
        "Award announced; release at 5:00 p.m. Washington time",
        _E.AWARD,
        0,
        _ON,
        "award_announcement",
        _announced,
        unit=Unit.EXACT,
        at=lambda _: time(17, 0),
        due=(0,),
    ),
    _row(
        "D23",
        "Notices to unsuccessful offerors",
        _E.AWARD,
        3,
        _ROLL,
        "postaward_notice",
        lambda facts, _: facts.competitive,
        after=(1, 2),
    ),
    _row(
        "D24",
        "Offeror's request for a postaward debriefing",
        _E.NOTICE_RECEIVED,
        3,
        _ROLL,
        "debrief_request",
        done_by=_E.DEBRIEF_REQUESTED,
    ),
    _row(
        "D25",
        "Debriefing held, as far as practicable",
        _E.DEBRIEF_REQUESTED,
        5,
        _ROLL,
        "postaward_debrief",
        after=(2, 4),
        done_by=_E.DEBRIEF_HELD,
    ),
    _row(
        "D26",
        "Offeror's written questions after the debriefing",
        _E.DEBRIEF_HELD,
        2,
        _AFTER,
        "debrief_questions",
        after=(2,),
        done_by=_E.DEBRIEF_QUESTIONS_RECEIVED,
    ),
    _row(
        "D27",
        "Written answers to debriefing questions; the debriefing stays open until then",
        _E.DEBRIEF_QUESTIONS_RECEIVED,
        5,
        _AFTER,
        "debrief_questions",
        after=(3, 4),
        done_by=_E.DEBRIEF_CONCLUDED,
    ),
    _row(
        "D28",
        "A protest notice from GAO up to this date suspends performance at once",
        _E.AWARD,
        10,
        _ROLL,
        "protest_stay",
        also=(
            Trigger(event=_E.DEBRIEF_OFFERED, days=5),
            Trigger(event=_E.DEBRIEF_CONCLUDED, days=5),
        ),
    ),
    _row(
        "D29",
        "Protests against the terms of the RFP end",
        _E.CLOSING,
        0,
        _RECEIPT,
        "protest_defect",
        unit=Unit.EXACT,
        at=lambda facts: facts.closing_time,
    ),
    _row(
        "D30",
        "Other protests to GAO end",
        _E.PROTEST_BASIS_KNOWN,
        10,
        _ROLL,
        "protest_timeliness",
        also=(
            Trigger(event=_E.DEBRIEF_HELD, days=10),
            Trigger(event=_E.DEBRIEF_CONCLUDED, days=10),
        ),
    ),
    _row(
        "D31",
        "Protester's copy reaches the agency",
        _E.PROTEST_FILED,
        1,
        _ROLL,
        "protest_copy",
    ),
    _row(
        "D32",
        "Offerors and awardee told of the protest",
        _E.PROTEST_NOTICE_RECEIVED,
        1,
        _AFTER,
        "protest_notice",
        unit=Unit.GOAL,
        after=(0,),
    ),
    _row(
        "D33",
        "Agency report filed with GAO",
        _E.PROTEST_NOTICE_RECEIVED,
        lambda facts: 20 if facts.express_protest else 30,
        _ROLL,
        "protest_report",
        due=(15, 7, 2),
        becomes=_E.PROTEST_REPORT_DUE,
        done_by=_E.PROTEST_REPORT_FILED,
    ),
    _row(
        "D34",
        "List of documents sent to the parties",
        _E.PROTEST_REPORT_DUE,
        5,
        _LEAD,
        "protest_document_list",
        due=(3,),
    ),
    _row(
        "D35",
        "Further documents delivered",
        _E.PROTEST_DOCUMENTS_REQUESTED,
        2,
        _ROLL,
        "protest_documents",
        after=(1,),
    ),
    _row(
        "D36",
        "GAO decides",
        _E.PROTEST_FILED,
        lambda facts: 65 if facts.express_protest else 100,
        _ROLL,
        "protest_decision",
        done_by=_E.PROTEST_RULED,
    ),
    _row(
        "D37",
        "Agency-level protest decided, best effort",
        _E.AGENCY_PROTEST_FILED,
        35,
        _ROLL,
        "agency_protests",
        due=(10,),
    ),
    _row(
        "D38",
        "Brief on the protest to Defense Pricing, Contracting and Acquisition Policy",
        _E.PROTEST_NOTICE_RECEIVED,
        10,
        _ROLL,
        "protest_brief",
        _over(ThresholdId.PEER),
        due=(3,),
    ),
    _row(
        "D39",
        "Funds protected by the protest stay available",
        _E.PROTEST_RULED,
        100,
        _WITHIN,
        "protest_funds",
        due=(30,),
    ),
    _row(
        "D40",
        "Contract action report in FPDS",
        _E.AWARD,
        3,
        _AFTER,
        "fpds",
        lambda facts, _: not facts.urgent,
        after=(1, 2),
    ),
    _row(
        "D40U",
        "Contract action report in FPDS, urgent or emergency",
        _E.AWARD,
        30,
        _ROLL,
        "fpds",
        lambda facts, _: facts.urgent,
        after=(1, 2),
    ),
    _row(
        "D41",
        "Justification posted, for at least 30 days",
        _E.AWARD,
        lambda facts: 30 if facts.urgent else 14,
        _ROLL,
        "justification_posting",
        lambda facts, _: not facts.competitive,
        after=(7, 12),
    ),
    _row(
        "D42",
        "Award synopsis published",
        _E.AWARD,
        60,
        _ROLL,
        "award_synopsis",
        lambda facts, _: facts.trade_agreements and not facts.textile,
        after=(14, 45),
    ),
    _row(
        "D42T",
        "Award synopsis published, textile exception",
        _E.AWARD,
        7,
        _ROLL,
        "award_synopsis_textile",
        lambda facts, _: facts.textile,
        after=(5,),
    ),
    _row(
        "D43",
        "Clearance documents uploaded",
        _E.AWARD,
        30,
        _ROLL,
        "clearance_upload",
        _clearance_upload,
        after=(15, 25),
    ),
    _row(
        "D44",
        "Preliminary notice of intent to exercise the option",
        _E.CURRENT_PERIOD_END,
        lambda facts: facts.option_notice_days,
        _LEAD,
        "option_notice",
        lambda facts, _: facts.options,
        before=(120, 90, 65),
    ),
    _row(
        "D45",
        "Option exercised",
        _E.CURRENT_PERIOD_END,
        1,
        _LEAD,
        "option_exercise",
        lambda facts, _: facts.options,
        before=(30, 10),
    ),
    _row(
        "D46",
        "Acquisition plan reviewed",
        _E.ACQUISITION_PLAN_APPROVED,
        365,
        _WITHIN,
        "acquisition_plan_review",
        lambda facts, _: facts.written_plan,
        due=(30,),
    ),
    _row(
        "D47",
        "Contractor performance assessed in CPARS",
        _E.CURRENT_PERIOD_END,
        120,
        _ROLL,
        "past_performance",
        due=(30,),
    ),
    _row(
        "D48",
        "Subcontracting report filed",
        _E.SUBCONTRACTING_PERIOD_END,
        30,
        _ROLL,
        "subcontracting_reports",
        lambda facts, _: facts.subcontracting_plan,
        due=(10,),
    ),
    _row(
        "D49",
        "Wage determination checked for currency",
        _E.AWARD,
        1,
        _LEAD,
        "wage_determination",
        lambda facts, _: facts.wage_determination,
        unit=Unit.GATE,
        gate=True,
    ),
    _row(
        "D50",
        "Award before the funds expire",
        _E.FUNDS_EXPIRE,
        0,
        _WITHIN,
        "funds_expiry",
        unit=Unit.EXACT,
        due=(90, 60, 30),
        gate=True,
        done_by=_E.AWARD,
    ),
    _row(
        "D51",
        "Approval decided",
        _E.APPROVAL_REQUESTED,
        lambda facts: facts.approval_business_days,
        _AFTER,
        "product_rule",
        due=(0,),
    ),
)
