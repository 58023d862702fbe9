"""A package made from what is known when a project is created, so that drafting can begin.

It rests on the creation form, the office's settings and the positions of active accounts. Dates are
the earliest that the rules allow, choices are those that the law prefers when nobody justifies
another, and everything else is an open item: the drafts say who states it by when.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, time, timedelta
from decimal import Decimal
from typing import Any

from documents.catalog import CATALOG, DocumentType
from documents.computed import compute
from documents.facts import Closing, Facts, Milestones, Person, parse_facts
from documents.milestones import MARKET_RESEARCH_DAYS, NOTICE_DAYS, RESPONSE_DAYS, STRATEGY_DAYS
from documents.open_items import OpenItem
from documents.plan import Assignee, PlannedDocument
from documents.vocabulary import Position, ProjectType
from rules.calendar import FederalCalendar
from rules.citations import Regime
from rules.estimate import LineType
from rules.evaluation import Scale

PACKAGE_DAYS = 10
"""Business days from the creation in which the requiring activity completes its package."""
EVALUATION_DAYS = 20
"""Business days that the office plans from closing to the end of the evaluation."""
PERFORMANCE_DAYS = 365
"""The base period as planned: what one-year funds may cover (10 U.S.C. 3133)."""
DEBRIEFING_DAYS = 5
"""Business days from the notices to unsuccessful offerors to the last debriefing."""
ACCEPTANCE_RESERVE_DAYS = 30
"""Calendar days for which offers stand after the planned award."""
CLOSING_TIME = time(14)
"""Local time of the office."""
OCTOBER = 10
"""The month in which a fiscal year begins."""
ESTIMATE = "LUMP"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stated:
    """What the creation form says; money in USD, options included."""

    name: str
    description: str
    project_type: ProjectType
    estimated_value: Decimal | None
    created: date
    """In the office's time zone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OfficeEntries:
    """The contracting office as the installation's settings name it; empty: not stated."""

    name: str = ""
    agency: str = ""
    aac: str = ""
    address: str = ""
    email: str = ""
    phone: str = ""
    time_zone: str


@dataclass(frozen=True, slots=True)
class Holder:
    """An active account and the positions that it holds."""

    email: str
    name: str
    positions: frozenset[Position]


@dataclass(frozen=True, slots=True, kw_only=True)
class Provisional:
    """What can be said of a project when it is created."""

    facts: Facts
    """Complete unless positions are vacant."""
    vacant: tuple[Position, ...]
    """Positions that a document needs and that no account holds: no plan is possible."""
    people: Mapping[Position, Person]
    rows: tuple[DocumentType, ...]
    """The documents that the rules ask for, as far as they can tell."""

    def expected(self) -> tuple[PlannedDocument, ...]:
        """The checklist without a plan; whoever is missing has neither name nor address."""

        def holder(position: Position) -> Assignee:
            person = self.people.get(position) or _NOBODY[Position.CONTRACTING_OFFICER]
            return Assignee(position=position, email=person.email, name=person.name)

        codes = {row.code for row in self.rows}
        return tuple(
            PlannedDocument(
                code=row.code,
                title=row.title,
                category=row.category,
                phase=row.phase,
                order=order,
                sensitivity=row.sensitivity,
                requires=tuple(code for code in row.requires if code in codes),
                records=row.records,
                drafter=holder(row.drafter),
                approvers=tuple(map(holder, row.approvers)),
            )
            for order, row in enumerate(self.rows, start=1)
        )


def provisional(
    stated: Stated,
    office: OfficeEntries,
    holders: Iterable[Holder],
    named: Mapping[Position, Holder],
) -> Provisional:
    """Make the package and find people for it.

    ``named`` people were chosen on the form. Every other position goes to the account that holds it
    with the smallest e-mail address, passing over who would sign what that same person drafts.

    Raises:
        InvalidFacts: something on the form fits no package.
    """
    computed = compute(provisional_facts(stated, office, _NOBODY))
    rows = tuple(row for row in CATALOG if row.required(computed))
    duties = [(row.drafter, row.signers(computed)) for row in rows]
    found, vacant = _assigned(duties, holders, named)
    people = {
        position: Person(name=found[position].name, email=found[position].email)
        for position in Position
        if position in found
    }
    return Provisional(
        facts=provisional_facts(stated, office, {**_NOBODY, **people}),
        vacant=vacant,
        people=people,
        rows=rows,
    )


_NOBODY = {Position.CONTRACTING_OFFICER: Person(name="", email="")}
"""Facts name a contracting officer; whoever uses these has to look at what is vacant."""


def _assigned(
    duties: Iterable[tuple[Position, tuple[Position, ...]]],
    holders: Iterable[Holder],
    named: Mapping[Position, Holder],
) -> tuple[dict[Position, Holder], tuple[Position, ...]]:
    """Holders by position, and the vacant positions; ``duties`` are drafters and their signers."""
    accounts = sorted(holders, key=lambda holder: holder.email)
    needed = {Position.CONTRACTING_OFFICER, Position.PROGRAM_MANAGER}
    apart: dict[Position, set[Position]] = {position: set() for position in Position}
    for drafter, signers in duties:
        needed |= {drafter, *signers}
        apart[drafter].update(signers)
        for signer in signers:
            apart[signer].add(drafter)
    found, vacant = dict(named), list[Position]()
    for position in (position for position in Position if position in needed - named.keys()):
        taken = {found[other].email for other in apart[position] if other in found}
        holder = next(
            (one for one in accounts if position in one.positions and one.email not in taken), None
        )
        if holder is None:
            vacant.append(position)
        else:
            found[position] = holder
    return found, tuple(vacant)


@dataclass(slots=True)
class _Open:
    """Collects open items; each method returns the text that stands for the fact."""

    package_due: date
    strategy_due: date
    items: list[OpenItem] = field(default_factory=list[OpenItem])

    def package(self, path: str, ask: str, owner: Position) -> str:
        return self._item(path, ask, owner, self.package_due)

    def strategy(self, path: str, ask: str, owner: Position) -> str:
        return self._item(path, ask, owner, self.strategy_due)

    def _item(self, path: str, ask: str, owner: Position, due: date) -> str:
        found = OpenItem(number=len(self.items) + 1, path=path, ask=ask, owner=owner, due=due)
        self.items.append(found)
        return found.text


def provisional_facts(
    stated: Stated, office: OfficeEntries, people: Mapping[Position, Person]
) -> Facts:
    """The provisional package.

    Raises:
        InvalidFacts: something on the form fits no package; each line says where and what to do.
    """
    milestones = earliest_milestones(stated.created)
    package, strategy = milestones.package_accepted, milestones.presolicitation_published
    open_ = _Open(package, strategy)
    manager, officer = Position.PROGRAM_MANAGER, Position.CONTRACTING_OFFICER
    specialist = Position.CONTRACT_SPECIALIST
    need = open_.package(
        "project.need",
        "State the need with its background and scope, the requiring activity, the present "
        "situation, benefits, constraints and risks, and the places and hours of performance",
        manager,
    )
    work = open_.package(
        "requirements.R01",
        "State each outcome with its standard, quality level, surveillance and remedy, and the "
        "data items that report it",
        manager,
    )
    open_.package("periods", "State the periods of performance with their options", manager)
    funds = open_.package(
        "funding", "State the appropriation, the fiscal year and the availability", manager
    )
    basis = open_.package(
        "estimate" if stated.estimated_value is None else "estimate.basis",
        "State the estimate by labor category and cost, with its basis",
        manager,
    )
    open_.package("security", "State whether classified information is needed, and how", manager)
    open_.package(
        "furnished", "State what the Government furnishes, or that it is nothing", manager
    )
    open_.package("key_personnel", "State the key positions, or that there are none", manager)
    open_.package("references", "State the documents that apply, and the terms used", manager)
    market = open_.package("market.methods", "Choose how the market is researched", specialist)
    codes = open_.strategy(
        "project.naics",
        "Choose the NAICS code with its size standard, and the product or service code",
        officer,
    )
    choices = open_.strategy(
        "project.contract_type",
        "Decide on competition, set-aside, commerciality, contract type and consolidation; until "
        "then drafts describe full and open competition for a performance-based service",
        officer,
    )
    factors = open_.strategy(
        "evaluation.price_importance",
        "State the evaluation factors, what each asks for, and their importance",
        officer,
    )
    numbers = open_.strategy(
        "project.solicitation_piid",
        "Assign the numbers of the solicitation and of the contract, and complete the office",
        specialist,
    )
    title = stated.name[:200]
    raw: dict[str, Any] = {
        "project": {
            "key": _key(stated.name),
            "title": title,
            "acronym": title,
            "agency": office.agency or numbers,
            "requiring_activity": need,
            "project_type": stated.project_type,
            "office": {
                "name": office.name or numbers,
                "aac": office.aac or numbers,
                "address": office.address or numbers,
                "email": office.email or numbers,
                "phone": office.phone or numbers,
                "time_zone": office.time_zone,
            },
            "solicitation_piid": numbers,
            "contract_piid": numbers,
            "naics": {"code": codes, "title": codes, "size_standard_usd": 0},
            "psc": {"code": codes, "title": codes},
            "regime": Regime.RFO,
            "competition": "full_and_open",
            "set_aside_reason": choices,
            "commercial": False,
            "commercial_reason": choices,
            "service_contract": True,
            "performance_based": True,
            "information_technology": False,
            "contract_type": choices,
            "contract_type_reason": choices,
            "consolidation_reason": choices,
            "places_of_performance": [need],
            "hours_of_operation": need,
            "need": need,
            "background": need,
            "scope": stated.description or need,
            "current_state": need,
            "benefits": [need],
            "constraints": [need],
            "risks": [need],
            "submission_method": choices,
            "submission_address": choices,
        },
        "periods": [_base_period(milestones.award)],
        "funding": {
            "appropriation": funds,
            "fiscal_year": milestones.award.year + (milestones.award.month >= OCTOBER),
            "statement": funds,
        },
        "people": people,
        "milestones": milestones,
        "market": {"methods": [market]},
        "requirements": [_requirement(work)],
        "data_items": [_data_item(work)],
        "estimate": _lump_sum(stated.estimated_value or Decimal(0), title, basis),
        "evaluation": _evaluation(factors),
        "open_items": open_.items,
    }
    return parse_facts(raw)


def earliest_milestones(created: date) -> Milestones:
    """The earliest dates that the rules allow after a project was created, each a working day."""
    calendar = FederalCalendar()
    accepted = calendar.add_business_days(created, PACKAGE_DAYS)
    researched = calendar.add_business_days(accepted, MARKET_RESEARCH_DAYS)
    notice = calendar.add_business_days(researched, STRATEGY_DAYS)
    issue = calendar.earliest_after(notice, NOTICE_DAYS)
    closing = calendar.earliest_after(issue, RESPONSE_DAYS)
    evaluated = calendar.add_business_days(closing, EVALUATION_DAYS)
    decision = calendar.add_business_days(evaluated, 1)
    award = calendar.add_business_days(decision, 1)
    notices = calendar.add_business_days(award, 1)
    return Milestones(
        package_accepted=accepted,
        presolicitation_published=notice,
        rfp_issue=issue,
        questions_due=calendar.minimum_lead(closing, 14),
        answers_posted=calendar.minimum_lead(closing, 7),
        closing=Closing(day=closing, at=CLOSING_TIME),
        evaluation_complete=evaluated,
        decision=decision,
        award=award,
        notices_sent=notices,
        debriefing=calendar.add_business_days(notices, DEBRIEFING_DAYS),
        offer_acceptance_days=(award - closing).days + ACCEPTANCE_RESERVE_DAYS,
    )


def _key(name: str) -> str:
    words = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")
    return f"p-{words}"[:31].strip("-") if words else "project"


def _base_period(award: date) -> dict[str, Any]:
    start = award + timedelta(days=1)
    end = start + timedelta(days=PERFORMANCE_DAYS - 1)
    return {"code": "base", "title": "Base Period", "start": start, "end": end}


def _requirement(text: str) -> dict[str, Any]:
    words = ("title", "outcome", "threshold", "objective", "aql", "method", "frequency", "remedy")
    return {
        "id": "R01",
        "paragraph": "3.1.1",
        "area": "Performance",
        "cdrl": "A001",
        **dict.fromkeys(words, text),
    }


def _data_item(text: str) -> dict[str, Any]:
    words = ("title", "did", "frequency", "first_due", "copies", "distribution", "acceptance")
    return {"id": "A001", **dict.fromkeys(words, text)}


def _lump_sum(value: Decimal, title: str, basis: str) -> dict[str, Any]:
    return {
        "labour_escalation": 0,
        "labour": [],
        "other_direct_costs": [
            {"code": ESTIMATE, "title": "Estimated value", "unit": "lot", "amounts": [value]}
        ],
        "lines": [{"suffix": "001", "title": title, "type": LineType.FFP, "costs": [ESTIMATE]}],
        "method": basis,
        "basis": [basis],
    }


def _evaluation(text: str) -> dict[str, Any]:
    words = ("title", "importance", "standard")
    return {
        "approach": "tradeoff",
        "factors": [
            {"code": "1", "scale": Scale.TECHNICAL, "volume": "I", **dict.fromkeys(words, text)},
            {
                "code": "2",
                "title": "Price",
                "scale": Scale.PRICE,
                "importance": "Price is not rated",
                "standard": "The total evaluated price is complete, reasonable and balanced.",
                "volume": "II",
            },
        ],
        "price_importance": "approximately equal to",
        "relative_importance": text,
        "negotiations": False,
    }
