"""One rule, one citation per numbering regime.

The FAR is being renumbered: the codified text (48 CFR chapter 1) and the text that DoD made
operative by class deviation in 2026 (the "Revolutionary FAR Overhaul", RFO) number the same rule
differently. Everything else in the product names a rule by its id; only this table knows numbers.
"""

import re
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum


class Regime(StrEnum):
    """Which numbering a project cites; frozen when its solicitation is released."""

    FAR = "FAR"
    RFO = "RFO"


class UnknownRule(LookupError):
    """The citation table has no rule of that id."""


class NotInForce(LookupError):
    """The citation table has the rule, but not under that number on the date asked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Citation:
    """Where one rule stands in one regime, and between which dates DoD solicits under that number.

    Both dates are inclusive. A project keeps the number it was solicited under, whatever comes
    later. ``source`` says which text carries the number, ``checked_on`` when that text was read.
    """

    rule: str
    subject: str
    regime: Regime
    ref: str
    effective_from: date
    effective_to: date | None
    source: str
    checked_on: date

    def in_force(self, solicitation: date) -> bool:
        """Whether a DoD solicitation issued on that date cites the rule by this number."""
        return self.effective_from <= solicitation and (
            self.effective_to is None or solicitation <= self.effective_to
        )

    @property
    def text(self) -> str:
        """The citation as documents print it, for example ``RFO 15.201; DFARS 215.201(b)(2)``."""
        return "; ".join(
            f"{self.regime} {part}" if _BARE_SECTION.match(part) else part
            for part in self.ref.split("; ")
        )


_BARE_SECTION = re.compile(r"\d{1,2}\.\d")


def cite(rule_id: str, regime: Regime, solicitation: date | None = None) -> Citation:
    """The citation of a rule in a regime.

    Raises ``UnknownRule``, and ``NotInForce`` when the date of the solicitation is given and lies
    outside the dates of the number.
    """
    try:
        subject, far, rfo = _RULES[rule_id]
    except KeyError:
        raise UnknownRule(f"No rule is called {rule_id!r}; add a row to the citations.") from None
    ref = rfo if regime is Regime.RFO else far or rfo
    start, end = _validity(far, rfo, regime)
    citation = Citation(
        rule=rule_id,
        subject=subject,
        regime=regime,
        ref=ref,
        effective_from=start,
        effective_to=end,
        source=_source(regime, checked=regime is Regime.RFO or far is not None),
        checked_on=_CHECKED_ON,
    )
    if solicitation is not None and not citation.in_force(solicitation):
        raise NotInForce(
            f"{citation.text} is the number of {rule_id!r} for solicitations from {start} to "
            f"{end or 'now'}, not for one of {solicitation}."
        )
    return citation


def regime_on(solicitation: date) -> Regime:
    """The regime under which DoD solicits on that date: the RFO since 1 February 2026."""
    return Regime.RFO if solicitation >= _FIRST_OPERATIVE else Regime.FAR


def rule_ids() -> tuple[str, ...]:
    """Every rule the table can cite, sorted."""
    return tuple(sorted(_RULES))


_CODIFIED = date(2020, 10, 1)
"""The first date the tables of this package answer for."""

_FIRST_OPERATIVE = date(2026, 2, 1)

_CHECKED_ON = date(2026, 5, 29)
"""The state of the texts from which the table was taken."""


def _validity(far: str | None, rfo: str, regime: Regime) -> tuple[date, date | None]:
    if far == rfo:
        return _CODIFIED, None
    first = re.search(r"\d+(?=\.\d)", rfo)
    part = int(first.group()) % 100 if first else 0
    operative = _RFO_OPERATIVE.get(part, _FIRST_OPERATIVE)
    if regime is Regime.RFO:
        return operative, None
    return _CODIFIED, operative - timedelta(days=1)


_RFO_OPERATIVE = {
    4: date(2026, 2, 17),
    8: date(2026, 3, 16),
    15: date(2026, 3, 16),
    16: date(2026, 3, 16),
    42: date(2026, 3, 16),
}
"""The DoD class deviations made every other part operative on 1 February 2026."""


def _source(regime: Regime, *, checked: bool) -> str:
    if regime is Regime.RFO:
        return "RFO text with the DFARS and PGI attachments of the DoD class deviations of 2026"
    if checked:
        return "48 CFR chapters 1 and 2 as codified, FAC 2025-06"
    return "number of the 2026 class deviation; the codified number has not been checked"


_RULES: dict[str, tuple[str, str | None, str]] = {
    # rule id: (subject, codified FAR and DFARS or None when unchecked, RFO and deviated DFARS)
    "market_research": ("market research", "10.001, 10.002", "10.001"),
    "market_research_report": (
        "market research report",
        "10.001, 10.002",
        "10.001(b), (e), (f); PGI 210.070",
    ),
    "market_research_clause": ("clause 52.210-1", "10.003", "10.002"),
    "requirements_package": ("requirements package", "7.104", "7.104"),
    "acquisition_planning": (
        "acquisition planning",
        "7.102-7.105; DFARS 207.103(d)",
        "7.102-7.104; DFARS 207.103-70; PGI 207.104-70",
    ),
    "acquisition_plan_review": ("yearly review of the plan", "7.104(a)", "7.104(b)(3)"),
    "navy_plan_approval": ("Navy plan approval", "NMCARS 5207.103", "NMCARS 5207.103"),
    "consolidation": ("consolidation and bundling", "7.107", "7.107-1(b)"),
    "presolicitation_notice": (
        "presolicitation notice",
        "5.201, 5.203(a), 5.204, 5.207",
        "5.101",
    ),
    "notice_period": (
        "time between notice and solicitation",
        "5.203(a)",
        "5.101(d)",
    ),
    "solicitation_posting": ("posting of the solicitation", "5.102, 5.203(b)-(h)", "5.201"),
    "solicitation_module": (
        "PIEE Solicitation Module",
        None,
        "PGI 205.101-70(b)(1)",
    ),
    "response_time": ("response time", "5.203(c)", "5.201(d)"),
    "response_time_orders": ("response time, A-E and BOA orders", "5.203(d)", "5.201(d)"),
    "response_time_research": ("response time, R&D", "5.203(e)", "5.201(d)"),
    "response_time_trade": ("response time, trade agreements", "5.203(h)", "5.201(d)"),
    "qualifying_country": ("qualifying-country request", None, "DFARS 205.201-70(a)"),
    "award_notice": ("notice of award", "5.301, 5.302", "5.301"),
    "award_synopsis": (
        "award synopsis",
        "5.301",
        "5.301; PGI 205.002-70",
    ),
    "award_synopsis_textile": ("award synopsis, textiles", None, "DFARS 205.301-70(b)"),
    "award_announcement": (
        "public announcement of award",
        "5.303; DFARS 205.303",
        "5.302; DFARS 205.302",
    ),
    "award_announcement_report": ("report of the award", None, "PGI 205.302(a)(ii)"),
    "cooperative_agreements": (
        "information to cooperative agreement holders",
        "DFARS 205.470",
        "DFARS 205.701",
    ),
    "competition_exceptions": (
        "exceptions to full and open competition",
        "6.302-1 through 6.302-7",
        "6.103-1 through 6.103-7",
    ),
    "exception_one_source": (
        "only one responsible source",
        "10 USC 3204(a)(1); 6.302-1",
        "10 USC 3204(a)(1); 6.103-1",
    ),
    "exception_urgency": (
        "unusual and compelling urgency",
        "10 USC 3204(a)(2); 6.302-2",
        "10 USC 3204(a)(2); 6.103-2",
    ),
    "exception_industrial_base": (
        "industrial mobilization",
        "10 USC 3204(a)(3); 6.302-3",
        "10 USC 3204(a)(3); 6.103-3",
    ),
    "exception_international_agreement": (
        "international agreement",
        "10 USC 3204(a)(4); 6.302-4",
        "10 USC 3204(a)(4); 6.103-4",
    ),
    "exception_statute": (
        "authorized or required by statute",
        "10 USC 3204(a)(5); 6.302-5",
        "10 USC 3204(a)(5); 6.103-5",
    ),
    "exception_national_security": (
        "national security",
        "10 USC 3204(a)(6); 6.302-6",
        "10 USC 3204(a)(6); 6.103-6",
    ),
    "exception_public_interest": (
        "public interest",
        "10 USC 3204(a)(7); 6.302-7",
        "10 USC 3204(a)(7); 6.103-7",
    ),
    "justification": (
        "justification and approval",
        "6.303, 6.304",
        "6.104; DFARS 206.104-70 through 206.104-72",
    ),
    "justification_content": ("content of the justification", "6.303-2", "6.104-1"),
    "justification_approval": ("approval of the justification", "6.304", "6.104-2"),
    "justification_posting": ("posting of the justification", "6.305", "6.301"),
    "sources_sought": ("sources sought notice", "PGI 206.302-1(d)", "PGI 206.103-170(d)"),
    "early_exchanges": ("exchanges with industry before receipt", "15.201", "15.101"),
    "request_for_information": ("request for information", "15.201(e)", "15.101(c)(3)"),
    "industry_day": ("industry day", "15.201(c), (f)", "15.101(a), (b), (d)"),
    "draft_rfp": ("draft request for proposals", "15.201(c)(6)", "15.101(b)"),
    "questions": ("questions and answers", "15.201(f)", "15.101(d)"),
    "solicitation": ("request for proposals", "15.203", "15.102"),
    "uniform_contract_format": (
        "uniform contract format",
        "15.204-1 through 15.204-5",
        "15.109-1 through 15.109-4",
    ),
    "contract_form": ("solicitation and contract form", "15.204-2(a), 53.214", "15.109-1(a)"),
    "contract_schedule": ("the schedule, Sections A-H", "15.204-2", "15.109-1"),
    "contract_clauses": ("contract clauses, Section I", "15.204-3", "15.109-2"),
    "list_of_attachments": ("list of attachments, Section J", "15.204-4", "15.109-3"),
    "representations": ("representations, Section K", "15.204-5(a)", "15.109-4(a)"),
    "instructions": ("instructions to offerors, Section L", "15.204-5(b)", "15.109-4(b), 15.110"),
    "factors_for_award": ("factors for award, Section M", "15.204-5(c)", "15.109-4(c)"),
    "amendments": ("amendments", "15.206", "15.106"),
    "receipt": ("receipt of proposals", "15.207, 15.208", "15.107, 15.108"),
    "late_offers": ("late offers", "15.208", "15.107"),
    "safe_harbor": ("electronic submission the working day before", "15.208", "15.107(b)"),
    "offer_acceptance": ("offer acceptance period", "SF 33, block 12", "SF 33, block 12"),
    "one_offer": ("one offer only", "DFARS 215.371", "DFARS 215.202-71"),
    "source_selection_plan": (
        "source selection plan",
        "15.303; DFARS 215.303(b)(2)",
        "15.201; DFARS 215.201(b)(2)",
    ),
    "source_selection_authority": ("source selection authority", "15.303", "15.201"),
    "source_selection_procedures": (
        "DoD Source Selection Procedures",
        "DoD Source Selection Procedures (20 Aug 2022)",
        "DoD Source Selection Procedures (20 Aug 2022)",
    ),
    "evaluation_factors": (
        "evaluation factors",
        "15.304; DFARS 215.304",
        "15.104; DFARS 215.104-70",
    ),
    "evaluation": ("proposal evaluation", "15.305", "15.202"),
    "past_performance_evaluation": (
        "past performance evaluation",
        "15.305(a)(2)",
        "15.202; DFARS 215.104-70(g), 215.202-70",
    ),
    "past_performance_questionnaire": (
        "past performance questionnaire",
        "15.305(a)(2)",
        "15.104(b)(3)",
    ),
    "lpta": ("lowest price technically acceptable", "DFARS 215.101-2-70", "DFARS 215.103-270"),
    "procurement_integrity": ("procurement integrity", "3.104", "3.104"),
    "clarifications": ("clarifications", "15.306(a)", "15.203"),
    "competitive_range": ("competitive range", "15.306(c)", "15.204-1"),
    "negotiations": ("negotiations", "15.306(d)", "15.204-2; DFARS 215.204-2"),
    "source_selection_decision": ("source selection decision", "15.308", "15.205"),
    "preaward_notice": ("preaward notice of exclusion", "15.503(a)", "15.206-1"),
    "preaward_debrief": ("preaward debriefing", "15.505", "15.206-2"),
    "small_business_notice": ("preaward small business notice", "15.503(a)(2)", "15.206-1"),
    "size_protest": ("size protest", "13 CFR 121.1004(a)(2)", "13 CFR 121.1004(a)(2)"),
    "size_protest_wait": ("award after a size protest", "19.302", "19.201-2(f)"),
    "award": ("award", "15.504", "15.207-1"),
    "award_form": ("award document", "15.504, 53.214-53.215", "15.207-1"),
    "postaward_notice": ("postaward notice", "15.503(b)", "15.207-2"),
    "postaward_debrief": (
        "postaward debriefing",
        "15.506; DFARS 215.506-70",
        "15.301-1, 15.301-2; DFARS 215.301-170, 215.301-270",
    ),
    "debrief_request": ("request for a postaward debriefing", "15.506(a)(1)", "15.301-1"),
    "debrief_questions": ("questions after a debriefing", "DFARS 215.506-70", "DFARS 215.301-270"),
    "ssdd_disclosure": (
        "disclosure of the source selection decision",
        "DFARS 215.506-70",
        "DFARS 215.301-170(b)",
    ),
    "certified_data": (
        "certified cost or pricing data",
        "15.403-4; DFARS 215.403",
        "15.403-3; DFARS 215.403-3",
    ),
    "price_analysis": ("price and cost analysis", "15.404", "15.404"),
    "government_estimate": ("Government estimate", "15.404-1", "15.404-1"),
    "prenegotiation": ("prenegotiation objectives", "15.406-1", "15.408-1; PGI 215.408-1"),
    "price_negotiation": ("price negotiation memorandum", "15.406-3", "15.408-2; PGI 215.408-2"),
    "clearance_upload": ("upload of clearance documents", None, "PGI 215.408-2(a)(3)"),
    "contract_type": ("selection of contract type", "16.103(d)", "16.103(d)"),
    "time_and_materials": (
        "time-and-materials determination",
        "16.601(d)",
        "16.601(d); DFARS 216.601-370",
    ),
    "options": ("options", "17.2", "17.201-17.204"),
    "option_determination": ("option determination", "17.202, 17.205", "17.201"),
    "option_notice": ("preliminary notice of the option", "FAR 52.217-9", "FAR 52.217-9"),
    "option_exercise": ("exercise of the option", "17.207; FAR 52.217-9", "17.204-1; FAR 52.217-9"),
    "small_business_coordination": (
        "small business coordination (DD Form 2579)",
        "DFARS 219.201; PGI 253.219-70",
        "PGI 219.102(g)(1)(ii), 253.219-70",
    ),
    "small_business_review": ("package to the SBA representative", "19.202-1(e)", "19.102(e)(1)"),
    "subcontracting_plan": ("subcontracting plan", "19.702, 19.704, 19.705", "19.109, 19.206"),
    "subcontracting_plan_review": (
        "review of the subcontracting plan",
        "19.705-4",
        "19.206; DFARS 219.206-3",
    ),
    "subcontracting_reports": ("subcontracting reports", "FAR 52.219-9", "FAR 52.219-9"),
    "wage_determination": ("wage determination", "22.10", "22.10"),
    "inherently_governmental": (
        "inherently governmental functions",
        "7.503",
        "7.503; DFARS 237.876; PGI 237.876",
    ),
    "nonpersonal_services": (
        "nonpersonal services certification",
        "7.503",
        "7.503; DFARS 237.876; PGI 237.876",
    ),
    "performance_based": ("performance-based acquisition", "37.602", "37.102-1"),
    "performance_work_statement": (
        "performance work statement",
        "37.602",
        "37.101-1, 37.102-1",
    ),
    "statement_of_objectives": ("statement of objectives", "37.602(c)", "37.102-1(a)(1)"),
    "statement_of_work": ("statement of work", "11.1", "11.1; DFARS 237.870-2"),
    "not_performance_based": ("approval of other service contracts", None, "DFARS 237.870-2"),
    "performance_requirements_summary": (
        "performance requirements summary",
        "37.604",
        "37.102-1",
    ),
    "qasp": (
        "quality assurance surveillance plan",
        "46.401, 37.604; DFARS 237.172",
        "46.103(a); PGI 237.872",
    ),
    "dd254": ("contract security classification specification", "4.403", "40.302(b)"),
    "security_clause": ("security clause", "4.403; FAR 52.204-2", "40.302; FAR 52.240-92"),
    "government_property": ("Government-furnished property", "DFARS 245.1", "DFARS 245.1"),
    "cdrl": (
        "contract data requirements list",
        "DFARS 215.470",
        "DFARS 204.202-70(b)(4), 215.470",
    ),
    "line_items": (
        "line items",
        "4.10; DFARS 204.71",
        "4.202; DFARS 204.202-70 through 204.202-78; PGI 204.202-75",
    ),
    "piid": ("procurement instrument identifier", "4.1603", "4.201"),
    "sam_registration": ("SAM registration", "4.1102", "4.203-1"),
    "fpds": ("contract action report", "4.604", "4.301(f)(2)"),
    "contract_file": ("contract file", "4.803", "4.101"),
    "past_performance": (
        "contractor performance information (CPARS)",
        "42.15",
        "42.1102, 42.1103; DFARS 242.1102-70",
    ),
    "responsibility": ("responsibility", "9.104, 9.105", "9.104, 9.105"),
    "cor": (
        "contracting officer's representative",
        "DFARS 201.602-2",
        "DFARS 201.404; PGI 201.404-70",
    ),
    "peer_review": ("peer review", "DFARS 201.170", "DFARS 201.170; PGI 201.170"),
    "protests": (
        "protests to GAO",
        "33.104; DFARS 233.104",
        "33.105-1 through 33.105-4; DFARS 233.105-370",
    ),
    "agency_protests": ("protests to the agency", "33.103(g)", "33.104-4(c)(1)"),
    "protest_stay": (
        "suspension of performance",
        "33.104; DFARS 233.104; 31 USC 3553(d)",
        "DFARS 233.105-370; 31 USC 3553(d)",
    ),
    "protest_defect": (
        "timeliness of a protest of the solicitation",
        "4 CFR 21.2(a)(1)",
        "4 CFR 21.2(a)(1)",
    ),
    "protest_timeliness": (
        "timeliness of other protests",
        "4 CFR 21.2(a)(2)",
        "4 CFR 21.2(a)(2)",
    ),
    "protest_copy": ("protester's copy to the agency", "33.104(a)(1)", "33.105"),
    "protest_notice": ("notice of protest to offerors", "33.104(a)(2)", "33.105"),
    "protest_report": ("agency report", "33.104(a)(3)(i)", "33.105"),
    "protest_document_list": ("list of documents", "33.104(a)(3)(iii)", "33.105"),
    "protest_documents": ("further documents", "33.104(a)(4)", "33.105"),
    "protest_decision": ("GAO decision", "4 CFR 21.9", "4 CFR 21.9"),
    "protest_brief": ("brief on a major protest", None, "PGI 233.170"),
    "protest_funds": (
        "availability of funds after a protest",
        "33.102(c); 31 USC 1558",
        "33.103(c); 31 USC 1558",
    ),
    "definition_of_day": ("definition of day", "33.101", "33.102"),
    "funds_expiry": ("availability of one-year funds", "31 USC 1502", "31 USC 1502"),
    "product_rule": ("service goal of this system", "project value", "project value"),
}
