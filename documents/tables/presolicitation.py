"""Tables of the pre-solicitation documents."""

from collections.abc import Callable

from documents.compose import Markdown, table
from documents.computed import Computed, Package
from documents.facts import MarketResearch
from documents.tables import government_estimate
from documents.tables.source_selection import CONFIDENCE_MEANING, TECHNICAL_MEANING
from documents.vocabulary import Position
from rules.citations import cite
from rules.estimate import LineType
from rules.evaluation import Scale, TechnicalRating

_LINE_TYPES = {
    LineType.FFP: "Firm-fixed-price",
    LineType.COST_REIMBURSABLE: "Cost reimbursement, not to exceed",
    LineType.NOT_SEPARATELY_PRICED: "Not separately priced",
}


def _team(computed: Computed, _: Package) -> Markdown:
    return table(
        ("Position", "Name"),
        ((position.label, person.name) for position, person in computed.facts.people.items()),
    )


_SELECTING = (
    Position.SOURCE_SELECTION_AUTHORITY,
    Position.SSEB_CHAIR,
    Position.SSAC_CHAIR,
    Position.CONTRACTING_OFFICER,
    Position.CONTRACT_SPECIALIST,
    Position.PRICE_ANALYST,
    Position.SMALL_BUSINESS_PROFESSIONAL,
    Position.LEGAL_COUNSEL,
)


def _ssp_team(computed: Computed, _: Package) -> Markdown:
    people = computed.facts.people
    return table(
        ("Position", "Name"),
        ((position.label, people[position].name) for position in _SELECTING if position in people),
    )


def _performance_periods(computed: Computed, _: Package) -> Markdown:
    return table(
        ("Period", "Start", "End"),
        ((period.title, period.start, period.end) for period in computed.facts.periods),
    )


_EVENTS = {
    "package_accepted": "Requirements package accepted",
    "sources_sought_published": "Sources sought notice published",
    "rfi_published": "Request for information published",
    "industry_day": "Industry day",
    "market_research_complete": "Market research complete",
    "requirement_baselined": "Requirement baselined",
    "draft_rfp_published": "Draft solicitation published",
    "strategy_approved": "Acquisition strategy approved",
    "presolicitation_published": "Presolicitation notice published",
    "rfp_issue": "Solicitation issued",
    "questions_due": "Questions of offerors due",
    "answers_posted": "Answers posted",
    "closing": "Proposals due",
    "competitive_range": "Competitive range determined",
    "final_proposals_due": "Final proposals due",
    "evaluation_complete": "Evaluation complete",
    "decision": "Source selection decision",
    "award": "Award",
    "notices_sent": "Notices to unsuccessful offerors sent",
    "debriefing": "Debriefings held",
    "performance_start": "Start of performance",
}


_EVENTS_WITHOUT_COMPETITION = {
    "evaluation_complete": "Proposal analyzed",
    "decision": "Agreement on price",
}


def _milestones(computed: Computed, first: str) -> Markdown:
    names = list(_EVENTS)
    later = names[names.index(first) :]
    titles = _EVENTS if computed.competitive else _EVENTS | _EVENTS_WITHOUT_COMPETITION
    listed = [(titles[name], computed.dates[name]) for name in later if name in computed.dates]
    return table(("Event", "Date", "Weekday"), ((title, day, f"{day:%A}") for title, day in listed))


def _ap_milestones(computed: Computed, _: Package) -> Markdown:
    return _milestones(computed, "package_accepted")


def _ssp_schedule(computed: Computed, _: Package) -> Markdown:
    return _milestones(computed, "strategy_approved")


def _prs(computed: Computed, _: Package) -> Markdown:
    return table(
        (
            "PWS paragraph",
            "Requirement",
            "Performance standard",
            "Objective",
            "Acceptable quality level",
            "Method of surveillance",
            "Frequency",
            "If the level is not met",
        ),
        (
            (
                item.paragraph,
                f"{item.id} {item.title}",
                item.threshold,
                item.objective,
                item.aql,
                item.method,
                item.frequency,
                item.remedy,
            )
            for item in computed.facts.requirements
        ),
    )


def _pws_standards(computed: Computed, _: Package) -> Markdown:
    return table(
        ("Paragraph", "Requirement", "Threshold", "Objective", "Data item"),
        (
            (item.paragraph, item.title, item.threshold, item.objective, item.cdrl)
            for item in computed.facts.requirements
        ),
    )


def _pws_deliverables(computed: Computed, _: Package) -> Markdown:
    return table(
        ("Data item", "Title", "PWS paragraphs", "Frequency", "First due", "Acceptance"),
        (
            (
                item.id,
                item.title,
                _paragraphs(computed, item.id),
                item.frequency,
                item.first_due,
                item.acceptance,
            )
            for item in computed.facts.data_items
        ),
    )


def _paragraphs(computed: Computed, data_item: str) -> str:
    found = [item.paragraph for item in computed.facts.requirements if item.cdrl == data_item]
    return ", ".join(found) or "5, Deliverables"


def _furnished_items(computed: Computed, _: Package) -> Markdown:
    return table(
        ("Item", "Quantity", "Condition", "Available"),
        (
            (item.item, item.quantity, item.condition, item.available)
            for item in computed.facts.furnished
        ),
        right=(1,),
    )


def _key_people(computed: Computed, _: Package) -> Markdown:
    return table(
        ("Position", "Minimum qualification"),
        ((person.role, person.qualification) for person in computed.facts.key_personnel),
    )


def _pws_definitions(computed: Computed, _: Package) -> Markdown:
    return table(("Term", "Meaning"), computed.facts.definitions.items())


def _qasp_matrix(computed: Computed, _: Package) -> Markdown:
    return table(
        ("PWS", "Requirement", "Acceptable quality level", "Method", "Who looks", "Evidence"),
        (
            (
                item.paragraph,
                item.title,
                item.aql,
                f"{item.method}, {item.frequency.lower()}",
                item.who or Position.CONTRACTING_OFFICERS_REPRESENTATIVE.label,
                item.cdrl,
            )
            for item in computed.facts.requirements
        ),
    )


def _qasp_remedies(computed: Computed, _: Package) -> Markdown:
    return table(
        ("PWS", "Requirement", "If the level is not met"),
        ((item.paragraph, item.title, item.remedy) for item in computed.facts.requirements),
    )


def _market_sources(computed: Computed, _: Package) -> Markdown:
    return table(
        ("Source", "Size", "Capability shown"),
        (
            (
                source.name,
                "Small" if source.small_business else "Other than small",
                source.capability,
            )
            for source in _market(computed).sources
        ),
    )


def _market_prices(computed: Computed, _: Package) -> Markdown:
    return table(
        ("Source", "Finding"),
        ((price.source, price.finding) for price in _market(computed).prices),
    )


def _market(computed: Computed) -> MarketResearch:
    found = computed.records.market_research
    if found is None:
        raise LookupError("market research is not recorded: record it first")
    return found


def _line_structure(computed: Computed, _: Package) -> Markdown:
    return table(
        ("Line", "Title", "Type", "Unit"),
        (
            (f"x{plan.suffix}", plan.title, _LINE_TYPES[plan.type], plan.unit)
            for plan in computed.facts.estimate.lines
        ),
    )


def _reimbursable_lines(computed: Computed, _: Package) -> Markdown:
    return table(
        ("Line", "Title", "Period", "Ceiling"),
        (
            (line.number, line.title, computed.facts.periods[line.period].title, line.amount)
            for line in computed.estimate.line_items
            if line.type is LineType.COST_REIMBURSABLE
        ),
        right=(3,),
    )


def _ssp_factors(computed: Computed, _: Package) -> Markdown:
    return table(
        ("Factor", "Title", "Subfactors", "Importance", "Volume"),
        (
            (
                factor.code,
                factor.title,
                "; ".join(f"{part.code} {part.title}" for part in factor.subfactors) or "None",
                factor.importance,
                factor.volume,
            )
            for factor in computed.facts.evaluation.factors
        ),
    )


_COLORS = {
    TechnicalRating.OUTSTANDING: "Blue",
    TechnicalRating.GOOD: "Purple",
    TechnicalRating.ACCEPTABLE: "Green",
    TechnicalRating.MARGINAL: "Yellow",
    TechnicalRating.UNACCEPTABLE: "Red",
}


def _ssp_technical_ratings(_: Computed, __: Package) -> Markdown:
    return table(
        ("Rating", "Color", "Meaning"),
        ((rating, _COLORS[rating], meaning) for rating, meaning in TECHNICAL_MEANING.items()),
    )


def _ssp_confidence_ratings(_: Computed, __: Package) -> Markdown:
    return table(("Rating", "Meaning"), CONFIDENCE_MEANING.items())


def _ssp_scales(computed: Computed, _: Package) -> Markdown:
    scales = {
        Scale.TECHNICAL: "Combined technical and risk rating",
        Scale.CONFIDENCE: "Performance confidence assessment",
        Scale.PRICE: "Not rated; price analysis and total evaluated price",
    }
    return table(
        ("Factor", "Title", "How it is evaluated", "What a proposal has to show"),
        (
            (factor.code, factor.title, scales[factor.scale], factor.standard)
            for factor in computed.facts.evaluation.factors
        ),
    )


_RULE_TITLES = {
    "small_business_coordination": "Small business coordination (DD Form 2579)",
    "acquisition_plan": "Written acquisition plan",
    "synopsis": "Presolicitation notice",
    "ssa_other_than_co": "Source selection authority other than the contracting officer",
    "ssac": "Source selection advisory council",
    "qasp": "Quality assurance surveillance plan",
    "dd254": "Contract security classification specification",
    "ssdd_disclosure": "Disclosure of the redacted decision in every debriefing",
    "ssdd_disclosure_on_request": "Disclosure of the redacted decision on request",
    "not_performance_based_approval": "Approval of services that are not performance-based",
}


def _ap_rules(computed: Computed, _: Package) -> Markdown:
    words = {True: "Applies", None: "Open to decision"}
    regime = computed.facts.project.regime
    return table(
        ("Rule", "Result", "Reason", "Citation"),
        (
            (
                _RULE_TITLES.get(name, name.replace("_", " ").capitalize()),
                words[answer.applies],
                answer.reason,
                cite(answer.citation_rule, regime).text,
            )
            for name, answer in computed.answers.items()
            if answer.applies is not False
        ),
    )


def _ap_deadlines(computed: Computed, _: Package) -> Markdown:
    award = computed.dates["award"]
    return table(
        ("Deadline", "Date", "Citation"),
        (
            (deadline.title, deadline.due, deadline.citation)
            for deadline in computed.deadlines
            if deadline.due <= award
        ),
    )


TABLES: dict[str, Callable[[Computed, Package], Markdown]] = {
    **government_estimate.TABLES,
    "team": _team,
    "performance_periods": _performance_periods,
    "ap_rules": _ap_rules,
    "ap_deadlines": _ap_deadlines,
    "ap_milestones": _ap_milestones,
    "ssp_schedule": _ssp_schedule,
    "prs": _prs,
    "pws_standards": _pws_standards,
    "pws_deliverables": _pws_deliverables,
    "pws_definitions": _pws_definitions,
    "furnished_items": _furnished_items,
    "key_people": _key_people,
    "qasp_matrix": _qasp_matrix,
    "qasp_remedies": _qasp_remedies,
    "market_sources": _market_sources,
    "market_prices": _market_prices,
    "line_structure": _line_structure,
    "reimbursable_lines": _reimbursable_lines,
    "ssp_team": _ssp_team,
    "ssp_factors": _ssp_factors,
    "ssp_technical_ratings": _ssp_technical_ratings,
    "ssp_confidence_ratings": _ssp_confidence_ratings,
    "ssp_scales": _ssp_scales,
}
