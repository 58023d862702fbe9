"""A package made from a creation form: lawful dates, people by position, and nothing invented."""

from collections.abc import Iterable
from datetime import date, timedelta
from decimal import Decimal

import pytest

from documents.catalog import BY_CODE
from documents.compose import DraftSection, compose
from documents.computed import compute
from documents.context import context
from documents.facts import InvalidFacts, parse_facts
from documents.guidance import guidance_for
from documents.open_items import Unstated, drafted_from
from documents.planning import plan_for
from documents.provisional import Holder, OfficeEntries, Provisional, Stated, provisional
from documents.vocabulary import Phase, Position, ProjectType
from rules.calendar import FederalCalendar
from tests.documents.acquisitions import raw_facts

OFFICE = OfficeEntries(time_zone="America/New_York")
CREATED = date(2026, 11, 23)


def holder(email: str, *positions: Position) -> Holder:
    return Holder(email, email.partition("@")[0], frozenset(positions))


OFFICER = holder("officer@navy.mil", Position.CONTRACTING_OFFICER, Position.CONTRACT_SPECIALIST)
MANAGER = holder("manager@navy.mil", Position.PROGRAM_MANAGER, Position.PRICE_ANALYST)
EVERYBODY = (
    OFFICER,
    MANAGER,
    *(holder(f"{position}@navy.mil", position) for position in Position),
)


def made(
    *,
    value: Decimal | None = Decimal("1250000.50"),
    description: str = "Buoys and chains",
    created: date = CREATED,
    holders: Iterable[Holder] = EVERYBODY,
) -> Provisional:
    return provisional(
        Stated(
            name="Buoys",
            description=description,
            project_type=ProjectType.RFP,
            estimated_value=value,
            created=created,
        ),
        OFFICE,
        holders,
        {Position.CONTRACTING_OFFICER: OFFICER, Position.PROGRAM_MANAGER: MANAGER},
    )


def text_of(found: Provisional, code: str) -> str:
    sections = [DraftSection(s.title, s.standard_text) for s in guidance_for(code).sections]
    computed = drafted_from(compute(found.facts))
    return compose(sections, context(computed, BY_CODE[code], {}, 1))


@pytest.mark.parametrize("value", [None, Decimal(1000), Decimal("1250000.50"), Decimal(60_000_000)])
def test_every_document_that_waits_for_no_record_can_be_drafted(value: Decimal | None) -> None:
    found = made(value=value)
    plan = plan_for(found.facts)
    assert plan.of_phase(Phase.PRE_SOLICITATION), "a provisional plan has documents"
    for document in plan.documents:
        if document.records:
            continue
        text = text_of(found, document.code)
        if document.phase is Phase.PRE_SOLICITATION:
            assert "open item" in text, f"{document.code} says nothing of what is open"


def test_a_draft_says_who_states_what_is_open_by_when() -> None:
    item = next(item for item in made().facts.open_items if item.path == "periods")
    assert item.text == (
        f"open item {item.number}: to be stated by the Program Manager by 8 December 2026"
    )
    text = text_of(made(), "PWS")
    assert f"The period of performance is {item.text}." in text
    assert "requires access to classified information. The contract security" not in text, (
        "nobody has stated that the contract is classified"
    )
    assert "No access to classified information is required" not in text


def test_a_value_that_nobody_stated_is_printed_nowhere() -> None:
    text = text_of(made(value=None), "PR")
    assert "$" not in text, "an invented amount stands in the requirements package"
    assert "$1,250,000.50" in text_of(made(), "PR"), "a stated value is the estimate"


@pytest.mark.parametrize("days", range(0, 366, 13))
def test_milestones_are_lawful_whenever_a_project_is_created(days: int) -> None:
    created = CREATED + timedelta(days=days)
    found = made(created=created, value=Decimal(60_000_000))
    compute(found.facts)  # refuses milestones out of legal order
    calendar, milestones = FederalCalendar(), found.facts.milestones
    assert calendar.is_open(milestones.rfp_issue)
    assert (milestones.rfp_issue - milestones.presolicitation_published).days >= 15
    assert (milestones.closing.day - milestones.rfp_issue).days >= 30


def test_a_position_goes_to_its_holder_with_the_smallest_address() -> None:
    first = holder("a@navy.mil", Position.LEGAL_COUNSEL)
    found = made(holders=[*EVERYBODY, first])
    assert found.people[Position.LEGAL_COUNSEL].email == "a@navy.mil"
    assert found.people[Position.CONTRACTING_OFFICER].email == OFFICER.email, "named on the form"


def test_nobody_is_named_who_would_sign_what_the_same_person_drafts() -> None:
    found = made(holders=[*EVERYBODY, holder("a@navy.mil", *Position)])
    plan = plan_for(found.facts)  # refuses a drafter who approves
    specialist = found.people[Position.CONTRACT_SPECIALIST].email
    assert specialist != OFFICER.email
    assert all(
        document.drafter.email != signer.email
        for document in plan.documents
        for signer in document.approvers
    )


def test_vacant_positions_are_named_and_the_checklist_is_known_all_the_same() -> None:
    without = [one for one in EVERYBODY if Position.LEGAL_COUNSEL not in one.positions]
    found = made(holders=without)
    assert found.vacant == (Position.LEGAL_COUNSEL,)
    rows = {row.code: row for row in found.expected()}
    assert {"PR", "PWS", "RFP"} <= rows.keys()
    assert rows["RFP"].approvers[0].name == "", "nobody is invented"


def test_a_text_that_calls_itself_an_open_item_has_to_be_one() -> None:
    raw = raw_facts()
    raw["project"]["need"] = "open item 7: to be stated by the Program Manager by 1 May 2027"
    with pytest.raises(InvalidFacts, match="register it in open_items"):
        parse_facts(raw)


def test_what_is_made_of_an_open_fact_stays_open() -> None:
    fact = Unstated("open item 1: x")
    assert f"{fact + 1:,.2f}" == str(fact.anything[3].more()) == "open item 1: x"
    assert sum([fact], Decimal(0)) is fact
    assert not fact > 1
    assert [str(part) for part in fact] == ["open item 1: x"]
