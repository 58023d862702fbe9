"""Tables of the pre-solicitation documents."""

from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal

from documents.compose import Markdown, table
from documents.computed import Computed, Package
from documents.facts import MarketResearch
from rules.citations import cite
from rules.estimate import LineItem, LineType
from rules.evaluation import Scale

_LINE_TYPES = {
    LineType.FFP: "Firm-fixed-price",
    LineType.COST_REIMBURSABLE: "Cost reimbursement, not to exceed",
    LineType.NOT_SEPARATELY_PRICED: "Not separately priced",
}

_DASH = "-"


def _team(computed: Computed, _: Package) -> Markdown:
    return table(
        ("Position", "Name"),
        ((position.title, person.name) for position, person in computed.facts.people.items()),
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
    "strategy_approved": "Acquisition strategy approved",
    "presolicitation_published": "Presolicitation notice published",
    "rfp_issue": "Solicitation issued",
    "questions_due": "Questions of offerors due",
    "answers_posted": "Answers posted",
    "closing": "Proposals due",
    "evaluation_complete": "Evaluation complete",
    "decision": "Source selection decision",
    "award": "Award",
    "notices_sent": "Notices to unsuccessful offerors sent",
    "debriefing": "Debriefings held",
    "performance_start": "Start of performance",
}


def _milestones(computed: Computed, first: str) -> Markdown:
    names = list(_EVENTS)
    later = names[names.index(first) :]
    listed = [(_EVENTS[name], computed.dates[name]) for name in later if name in computed.dates]
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
        ("PWS", "Requirement", "Acceptable quality level", "Method", "Frequency", "Evidence"),
        (
            (item.paragraph, item.title, item.aql, item.method, item.frequency, item.cdrl)
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


def _igce_hours(computed: Computed, _: Package) -> Markdown:
    costs = computed.estimate
    rows = [(row.code, row.title, *_counts(row.hours)) for row in costs.labour]
    totals = ("", "Total hours", *_counts([part.hours for part in costs.periods]))
    fte = (
        "",
        "Full-time equivalents",
        *(f"{part.full_time_equivalents:,.1f}" for part in costs.periods),
        f"{sum((part.full_time_equivalents for part in costs.periods), Decimal(0)):,.1f}",
    )
    return _by_period(computed, ("Code", "Labor category"), [*rows, totals, fte])


def _counts(numbers: Sequence[int]) -> list[str]:
    return [f"{number:,}" for number in (*numbers, sum(numbers))]


def _igce_rates(computed: Computed, _: Package) -> Markdown:
    return _by_period(
        computed,
        ("Code", "Labor category"),
        [(row.code, row.title, *row.rates) for row in computed.estimate.labour],
        total=False,
    )


def _igce_labor(computed: Computed, _: Package) -> Markdown:
    costs = computed.estimate
    rows = [(row.code, row.title, *row.amounts, row.total) for row in costs.labour]
    totals = ("", "Total labor", *(part.labour for part in costs.periods), costs.labour_total)
    return _by_period(computed, ("Code", "Labor category"), [*rows, totals])


def _igce_other_costs(computed: Computed, _: Package) -> Markdown:
    costs = computed.estimate
    rows = [(row.code, row.title, *row.amounts, row.total) for row in costs.other_direct_costs]
    totals = (
        "",
        "Total other direct costs",
        *(part.other_direct_costs for part in costs.periods),
        costs.other_direct_costs_total,
    )
    return _by_period(computed, ("Code", "Cost element"), [*rows, totals])


def _igce_quantities(computed: Computed, _: Package) -> Markdown:
    return table(
        ("Cost element", "Period", "Quantity", "Unit", "Unit price", "Amount"),
        (
            (row.title, period.title, f"{quantity:,}", row.unit or _DASH, price, amount)
            for row in computed.estimate.other_direct_costs
            if row.quantities
            for period, quantity, price, amount in zip(
                computed.facts.periods, row.quantities, row.unit_prices, row.amounts, strict=True
            )
            if quantity
        ),
        right=(2, 4, 5),
    )


def _igce_lines(computed: Computed, _: Package) -> Markdown:
    costs = computed.estimate
    by_place = {(line.suffix, line.period): line for line in costs.line_items}
    rows: list[tuple[object, ...]] = []
    for plan in computed.facts.estimate.lines:
        lines = [by_place.get((plan.suffix, part.index)) for part in costs.periods]
        amounts = [line.amount for line in lines if line is not None and line.amount is not None]
        unpriced = plan.type is LineType.NOT_SEPARATELY_PRICED
        rows.append(
            (
                f"x{plan.suffix}",
                plan.title,
                plan.type.value,
                *(_amount(line) for line in lines),
                LineType.NOT_SEPARATELY_PRICED.value if unpriced else sum(amounts, Decimal(0)),
            )
        )
    totals = ("", "Total", "", *(part.total for part in costs.periods), costs.total)
    return _by_period(computed, ("Line", "Title", "Type"), [*rows, totals])


def _amount(line: LineItem | None) -> object:
    if line is None:
        return _DASH
    return line.type.value if line.amount is None else line.amount


def _igce_agreement(computed: Computed, _: Package) -> Markdown:
    costs = computed.estimate
    by_line = sum((line.amount or Decimal(0) for line in costs.line_items), Decimal(0))
    by_period = sum((part.total for part in costs.periods), Decimal(0))
    by_element = costs.labour_total + costs.other_direct_costs_total
    return table(
        ("Sum", "Total", "Difference"),
        (
            ("By cost element (labor and other direct costs)", by_element, by_element - by_element),
            ("By contract line item, all periods", by_line, by_line - by_element),
            ("By period", by_period, by_period - by_element),
        ),
        right=(1, 2),
    )


def _igce_summary(computed: Computed, _: Package) -> Markdown:
    costs = computed.estimate
    rows = [
        (period.title, period.start, period.end, part.labour, part.other_direct_costs, part.total)
        for period, part in zip(computed.facts.periods, costs.periods, strict=True)
    ]
    totals = (
        "All periods",
        computed.facts.periods[0].start,
        computed.facts.periods[-1].end,
        costs.labour_total,
        costs.other_direct_costs_total,
        costs.total,
    )
    return table(
        ("Period", "Start", "End", "Labor", "Other direct costs", "Total"),
        [*rows, totals],
        right=(3, 4, 5),
    )


def _by_period(
    computed: Computed,
    headings: Sequence[str],
    rows: Iterable[Sequence[object]],
    *,
    total: bool = True,
) -> Markdown:
    titles = (*headings, *(period.title for period in computed.facts.periods))
    if total:
        titles = (*titles, "All periods")
    return table(titles, rows, right=range(len(headings), len(titles)))


def _period_values(computed: Computed, _: Package) -> Markdown:
    return _values(computed, first=0)


def _option_values(computed: Computed, _: Package) -> Markdown:
    return _values(computed, first=1)


def _values(computed: Computed, *, first: int) -> Markdown:
    return table(
        ("Period", "Start", "End", "Estimate"),
        (
            (period.title, period.start, period.end, part.total)
            for period, part in list(
                zip(computed.facts.periods, computed.estimate.periods, strict=True)
            )[first:]
        ),
        right=(3,),
    )


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


_TECHNICAL = (
    (
        "Outstanding",
        "Blue",
        "Exceptional approach and understanding, several strengths, low risk of unsuccessful "
        "performance.",
    ),
    (
        "Good",
        "Purple",
        "Thorough approach and understanding, at least one strength, low to moderate risk.",
    ),
    (
        "Acceptable",
        "Green",
        "Adequate approach and understanding that meets the requirements, no worse than moderate "
        "risk.",
    ),
    (
        "Marginal",
        "Yellow",
        "The approach does not show an adequate understanding of the requirements, or the risk "
        "is high.",
    ),
    (
        "Unacceptable",
        "Red",
        "The proposal does not meet the requirements: it holds a deficiency, or the risk is "
        "unacceptable. No award can be made on it.",
    ),
)

_CONFIDENCE = (
    ("Substantial Confidence", "High expectation of successful performance."),
    ("Satisfactory Confidence", "Reasonable expectation of successful performance."),
    (
        "Neutral Confidence",
        "No recent and relevant record, or one too sparse to rate; the offeror is rated neither "
        "favorably nor unfavorably.",
    ),
    ("Limited Confidence", "Low expectation of successful performance."),
    ("No Confidence", "No expectation of successful performance."),
)


def _ssp_technical_ratings(_: Computed, __: Package) -> Markdown:
    return table(("Rating", "Color", "Meaning"), _TECHNICAL)


def _ssp_confidence_ratings(_: Computed, __: Package) -> Markdown:
    return table(("Rating", "Meaning"), _CONFIDENCE)


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
    words = {True: "Applies", False: "Does not apply", None: "To be decided by a person"}
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
        ),
    )


def _ap_deadlines(computed: Computed, _: Package) -> Markdown:
    award = computed.dates["award"]
    return table(
        ("Deadline", "Date", "How it is counted", "Citation"),
        (
            (deadline.title, deadline.due, deadline.basis, deadline.citation)
            for deadline in computed.deadlines
            if deadline.due <= award
        ),
    )


TABLES: dict[str, Callable[[Computed, Package], Markdown]] = {
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
    "igce_hours": _igce_hours,
    "igce_rates": _igce_rates,
    "igce_labor": _igce_labor,
    "igce_other_costs": _igce_other_costs,
    "igce_quantities": _igce_quantities,
    "igce_lines": _igce_lines,
    "igce_agreement": _igce_agreement,
    "igce_summary": _igce_summary,
    "period_values": _period_values,
    "option_values": _option_values,
    "line_structure": _line_structure,
    "reimbursable_lines": _reimbursable_lines,
    "ssp_factors": _ssp_factors,
    "ssp_technical_ratings": _ssp_technical_ratings,
    "ssp_confidence_ratings": _ssp_confidence_ratings,
    "ssp_scales": _ssp_scales,
}
