"""The context of a document: every fact by key, ready to be put into a draft.

``compose(sections, context(...))`` prints them. Records (``questions``, ``offers`` ...) are present
only when they are recorded; ask with ``{% if offers is defined %}``.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import time
from decimal import Decimal
from itertools import groupby
from typing import Any

from documents.catalog import BY_CODE, WORK_STATEMENTS, DocumentType
from documents.computed import Computed, Package, PackageEntry
from documents.facts import Facts, Period
from documents.open_items import Unstated, unless_open
from documents.strategy import Justification
from documents.tables import Tables
from documents.tables.negotiation import objective_prices
from documents.vocabulary import Position, RecordKind, Sensitivity
from rules.citations import cite, rule_ids
from rules.estimate import LineType, full_time_equivalents
from rules.evaluation import Offer, Scale, total_evaluated_price, total_price
from rules.thresholds import GOVERNED_BY_AWARD, NoThresholdOnDate, Threshold, ThresholdId, threshold

PAGES = "\u2063PAGES\u2063"
"""Stands for the document's own number of pages until it is rendered."""

ATTACHMENTS = ("PWS", "SOW", "SOO", "PRS", "DD254", "GFP", "WD", "PPQF")
"""Catalogue codes of the documents that Section J lists as attachments, in order."""

EXHIBITS = ("CDRL",)
"""Catalogue codes of the documents that Section J lists as exhibits, from Exhibit A on."""


SOURCE_SELECTION_RECORDS = frozenset(RecordKind) - {
    RecordKind.MARKET_RESEARCH,
    RecordKind.QUESTIONS,
    RecordKind.AMENDMENTS,
}
"""Records that no public document may name."""


def context(
    computed: Computed, row: DocumentType, package: Package, version: int
) -> dict[str, Any]:
    """Everything that a draft of ``row`` may name.

    ``package`` holds the approved documents of the acquisition. A public document gets neither the
    estimate nor the offers and ratings: naming one raises ``UnknownKey`` when it is composed.
    """
    if row.before_negotiations:
        computed = computed.as_first_proposed()
    facts = computed.facts
    public = row.sensitivity is Sensitivity.PUBLIC
    names = facts.people.items()
    return {
        **_facts(facts),
        **_strategy(computed, public=public),
        **_records(computed, public=public),
        **({} if public else {"igce": _estimate(computed)}),
        "pop": unless_open(facts.periods, _performance),
        "open_items": facts.open_items,
        "people": {
            str(position): {"name": person.name, "email": person.email, "title": position.label}
            for position, person in names
        },
        "dates": dict(computed.dates),
        "closing": _closing(computed),
        "lines": [
            line.model_copy(update={"amount": None, "unit_price": None}) if public else line
            for line in computed.estimate.line_items
        ],
        "rules": _rules(computed, public=public),
        "cite": {rule: cite(rule, facts.project.regime).text for rule in rule_ids()},
        "threshold": {name: row.value for name, row in _thresholds(computed).items()},
        "thresholds": _thresholds(computed),
        "clauses": computed.clauses,
        "provisions": computed.provisions,
        "deadlines": computed.deadlines,
        "deadline": {deadline.id: deadline for deadline in computed.deadlines},
        "competitive": computed.competitive,
        "document": {
            "code": row.code,
            "title": row.title,
            "form_number": row.form_number,
            "date": computed.dates[row.dated],
            "version": version,
            "marking": row.sensitivity.marking,
            "pages": PAGES,
        },
        "package": dict(package),
        "attachments": attachments(package),
        "table": Tables(computed, package),
    }


def attachments(package: Package) -> list[dict[str, Any]]:
    """What Section J lists: attachments by number, then exhibits by letter."""
    listed = [
        *_numbered("Attachment", map(str, range(1, len(ATTACHMENTS) + 1)), ATTACHMENTS, package),
        *_numbered("Exhibit", "ABC", EXHIBITS, package),
    ]
    return [
        {"number": number, "title": entry.title, "date": entry.date, "pages": entry.pages}
        for number, entry in listed
    ]


def _numbered(
    word: str, numbers: Iterable[str], codes: Sequence[str], package: Package
) -> list[tuple[str, PackageEntry]]:
    present = [package[code] for code in codes if code in package]
    return [(f"{word} {number}", entry) for number, entry in zip(numbers, present, strict=False)]


def _facts(facts: Facts) -> dict[str, Any]:
    factors = facts.evaluation.factors
    return {
        "project": facts.project,
        "office": facts.project.office,
        "naics": facts.project.naics,
        "psc": facts.project.psc,
        "periods": facts.periods,
        "base_period": facts.periods[0],
        "option_periods": facts.periods[1:],
        "funding": facts.funding,
        "milestones": facts.milestones,
        "requirements": facts.requirements,
        "areas": [
            {"title": title, "requirements": list(group)}
            for title, group in groupby(facts.requirements, key=lambda item: item.area)
        ],
        "data_items": facts.data_items,
        "security": facts.security,
        "furnished": facts.furnished,
        "key_personnel": facts.key_personnel,
        "references": facts.references,
        "definitions": facts.definitions,
        "market": facts.market,
        "evaluation": facts.evaluation,
        "non_price_factors": [factor for factor in factors if factor.scale is not Scale.PRICE],
        "price_factor": next((factor for factor in factors if factor.scale is Scale.PRICE), None),
    }


_WORK_STATEMENT_NAMES = {
    "PWS": "performance work statement",
    "SOW": "statement of work",
    "SOO": "statement of objectives",
}


def _strategy(computed: Computed, *, public: bool) -> dict[str, Any]:
    """Who describes the work how, and what is stated about competition, wages and combination."""
    facts = computed.facts
    code = next(code for code in WORK_STATEMENTS if BY_CODE[code].required(computed))
    justification = facts.justification
    return {
        "work_statement": {"code": code, "name": _WORK_STATEMENT_NAMES[code]},
        "justification": _released(justification) if public else justification,
        "justification_approval": _approval(computed),
        "consolidation": None if public else facts.consolidation,
        "wage_determinations": facts.wage_determinations,
    }


def _approval(computed: Computed) -> dict[str, Any] | None:
    level = computed.answers["justification"].approver
    if level is None:
        return None
    position = Position(level.value)
    holder = computed.facts.people.get(position)
    return {
        "title": position.label,
        "name": holder.name if holder else position.label,
        "by_officer": position is Position.CONTRACTING_OFFICER,
        "delegable": position.delegable,
    }


def _released(justification: Justification | None) -> Justification | None:
    """What the public may read of a justification: withheld text is replaced by its reason."""
    if justification is None:
        return None
    parts = ("demonstration", "efforts", "other_facts", "barriers")
    return justification.model_copy(
        update={
            "fair_price": "Removed: the Government's position on price",
            **{
                part: tuple(
                    row.model_copy(update={"text": f"Removed: {row.withheld}"})
                    if row.withheld
                    else row
                    for row in getattr(justification, part)
                )
                for part in parts
            },
        }
    )


def _records(computed: Computed, *, public: bool) -> dict[str, Any]:
    recorded = {
        name: record
        for name in type(computed.records).model_fields
        if (record := getattr(computed.records, name)) is not None
    }
    if computed.comparison is not None:
        recorded["comparison"] = computed.comparison
    if (award := _award(computed)) is not None:
        recorded |= {"award": award, "awardee": award["offer"]}
        if not public:
            objective = objective_prices(computed, award["offer"]) or [computed.estimate.total]
            award["from_objective"] = award["total"] - sum(objective, Decimal(0))
    if public:
        for name in (*SOURCE_SELECTION_RECORDS, "comparison"):
            recorded.pop(name, None)
    return recorded


def _award(computed: Computed) -> dict[str, Any] | None:
    decision, offers = computed.records.decision, computed.records.offers
    if decision is None or offers is None:
        return None
    offer = next((offer for offer in offers.offers if _is(offer, decision.awardee)), None)
    if offer is None:
        return None
    return {
        "offer": offer,
        "total": total_price(offer),
        "base_total": offer.prices[0],
        "option_total": sum(offer.prices[1:], Decimal(0)),
        "evaluated_total": total_evaluated_price(offer),
        "period_prices": [
            {"period": period, "price": price}
            for period, price in zip(computed.facts.periods, offer.prices, strict=True)
        ],
    }


def _is(offer: Offer, awardee: str) -> bool:
    return awardee in (offer.code, offer.name)


def _estimate(computed: Computed) -> dict[str, Any] | Unstated:
    facts, costs = computed.facts, computed.estimate
    if isinstance(costs, Unstated):
        return costs
    totals = [
        {"period": period, "total": part.total}
        for period, part in zip(facts.periods, costs.periods, strict=True)
    ]
    productive = facts.estimate.productive_hours
    return {
        "total": costs.total,
        "labour_total": costs.labour_total,
        "odc_total": costs.other_direct_costs_total,
        "period_totals": totals,
        "base_total": costs.periods[0].total,
        "option_total": sum((part.total for part in costs.periods[1:]), Decimal(0)),
        "reimbursable_total": sum(
            (
                line.amount or Decimal(0)
                for line in costs.line_items
                if line.type is LineType.COST_REIMBURSABLE
            ),
            Decimal(0),
        ),
        "highest_period": max(costs.periods, key=lambda part: part.total).total,
        "extension": costs.six_month_extension,
        "comparison_total": costs.comparison_total,
        "fte_base": _one_decimal(full_time_equivalents(costs.periods[0].hours, productive)),
        "hours": [
            {"period": period, "hours": f"{part.hours:,}"}
            for period, part in zip(facts.periods, costs.periods, strict=True)
        ],
        "hours_total": f"{sum(part.hours for part in costs.periods):,}",
        "productive_hours": f"{productive:,}",
        "has_quantities": any(row.quantities for row in costs.other_direct_costs),
        "labour_escalation": percent(facts.estimate.labour_escalation),
        "method": facts.estimate.method,
        "basis": facts.estimate.basis,
    }


def percent(rate: Decimal) -> str:
    """``3.0%`` for 0.03."""
    return f"{_one_decimal(rate * 100)}%"


def _one_decimal(number: Decimal) -> str:
    return f"{number:,.1f}"


def _rules(computed: Computed, *, public: bool) -> dict[str, dict[str, Any]]:
    """What each rule says. A reason quotes the estimate, so a public document gets none."""
    regime, thresholds = computed.facts.project.regime, _thresholds(computed)
    value = computed.estimate
    return {
        name: {
            "applies": bool(answer.applies),
            "open": answer.applies is None,
            "citation": cite(answer.citation_rule, regime).text,
            "threshold": next(
                (row.text for row in thresholds.values() if row.id == answer.threshold_id),
                "no threshold",
            ),
            **({} if public else {"reason": unless_open(value, lambda _, a=answer: a.reason)}),
        }
        for name, answer in computed.answers.items()
    }


_WORDS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")


def _performance(periods: Sequence[Period]) -> dict[str, Any]:
    months = sum(map(_months, periods))
    return {
        "start": periods[0].start,
        "end": periods[-1].end,
        "months": months,
        "years": -(-months // 12),
        "text": _performance_text([_months(period) for period in periods]),
    }


def _months(period: Period) -> int:
    """Whole months, rounded, both days included."""
    return max(1, round(((period.end - period.start).days + 1) / 30.4375))


def _performance_text(months: list[int]) -> str:
    base, options = f"one base period of {_span(months[0])}", months[1:]
    if not options:
        return base
    parts = [(len(list(group)), _span(length)) for length, group in groupby(options)]
    described = [
        f"{_WORDS[count]} option period{'s' * (count > 1)} of {span}{' each' * (count > 1)}"
        for count, span in parts
    ]
    return f"{', '.join([base, *described[:-1]])} and {described[-1]}"


def _span(months: int) -> str:
    return f"{months} month{'s' * (months > 1)}"


def _closing(computed: Computed) -> dict[str, Any]:
    closing, zone = computed.closing, computed.facts.project.office.time_zone
    clock = clock_time(closing.at)
    return {
        "day": closing.day,
        "at": closing.at,
        "time": f"{clock} local time",
        "weekday": f"{closing.day:%A}",
        "zone": f"local time, {zone}",
        "text": f"{closing.day:%A}, {closing.day.day} {closing.day:%B %Y}, {clock} local time "
        f"({zone})",
    }


def clock_time(at: time) -> str:
    """``2:00 p.m.``"""
    half = "p.m." if at.hour >= 12 else "a.m."
    return f"{at.hour % 12 or 12}:{at.minute:02} {half}"


def _thresholds(computed: Computed) -> Mapping[str, Threshold]:
    """Thresholds on the date of the solicitation, those of the award on the date of the award."""
    dates, found = computed.dates, dict[str, Threshold]()
    for name in ThresholdId:
        day = dates["award"] if name in GOVERNED_BY_AWARD else dates["rfp_issue"]
        try:
            found[str(name)] = threshold(name, day)
        except NoThresholdOnDate:
            continue
    return found
