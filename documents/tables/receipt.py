"""Tables of the team, the offers received and their compliance with the instructions."""

from collections.abc import Callable

from documents.compose import Markdown, table
from documents.computed import Computed, Package
from documents.tables.register import is_late, received_at
from documents.tables.source_selection import offers_of
from documents.vocabulary import Position
from rules.evaluation import Factor, Offer

_TEAM = {
    Position.SOURCE_SELECTION_AUTHORITY: "Evaluation reports, prices and, on request, proposals",
    Position.CONTRACTING_OFFICER: "All volumes",
    Position.CONTRACT_SPECIALIST: "All volumes",
    Position.SSEB_CHAIR: "Non-price volumes; price after the ratings are final",
    Position.PRICE_ANALYST: "Price volume",
    Position.PROGRAM_MANAGER: "Non-price volumes, as technical advisor",
    Position.CONTRACTING_OFFICERS_REPRESENTATIVE: "Non-price volumes, as technical advisor",
    Position.SMALL_BUSINESS_PROFESSIONAL: "Volumes on small-business participation",
    Position.LEGAL_COUNSEL: "All volumes and reports, as legal advisor",
}


def _team_roster(computed: Computed, _: Package) -> Markdown:
    people = computed.facts.people
    rows = [
        (people[position].name, position.label, access)
        for position, access in _TEAM.items()
        if position in people
    ]
    return table(("Name", "Position", "Information that the person may see"), rows)


def _offeror_list(computed: Computed, _: Package) -> Markdown:
    return table(
        ("Code", "Offeror", "Size", "Received"),
        [
            (
                f"Offeror {offer.code}",
                offer.name,
                "Small business" if offer.small_business else "Other than small",
                offer.received,
            )
            for offer in offers_of(computed)
        ],
    )


def _compliance(computed: Computed, _: Package) -> Markdown:
    offers = offers_of(computed)
    checks: list[tuple[str, str, Callable[[Offer], str]]] = [
        ("Received by the closing time", "Section L, submission", lambda o: _receipt(computed, o)),
        ("Offer stands for the period asked for", "Section A", lambda o: _stands(computed, o)),
        (
            "Price for each period",
            "Section B and Section L",
            lambda o: _verdict(
                len(o.prices) == len(computed.facts.periods),
                f"{len(o.prices)} of {len(computed.facts.periods)} periods",
            ),
        ),
    ]
    if computed.records.amendments is not None:
        checks.append(
            ("Each amendment acknowledged", "Section L", lambda o: _acknowledged(computed, o))
        )
    checks += [
        (f"Volume {factor.volume}, {factor.title}", _limit(factor), _pages_check(factor))
        for factor in computed.facts.evaluation.factors
    ]
    checks += [
        ("Active registration in SAM.gov", "Sections K and L", _registered),
        ("No exclusion in SAM.gov", "Section K", _not_excluded),
    ]
    return table(
        ("Instruction", "Reference", *(f"Offeror {offer.code}" for offer in offers)),
        [(what, where, *(check(offer) for offer in offers)) for what, where, check in checks],
    )


def _verdict(met: bool, reference: str) -> str:
    return f"{'Met' if met else 'Not met'}: {reference}"


def _receipt(computed: Computed, offer: Offer) -> str:
    if received_at(offer) is None:
        return f"See the receipt register: {offer.received}"
    return _verdict(not is_late(computed, offer), offer.received)


def _stands(computed: Computed, offer: Offer) -> str:
    asked = computed.facts.milestones.offer_acceptance_days
    offered = offer.acceptance_days or asked
    return _verdict(offered >= asked, f"{offered} calendar days")


def _acknowledged(computed: Computed, offer: Offer) -> str:
    recorded = computed.records.amendments
    numbers = [amendment.number for amendment in recorded.amendments] if recorded else []
    missing = [number for number in numbers if number not in offer.amendments_acknowledged]
    if missing:
        return _verdict(False, f"{', '.join(missing)} not acknowledged")
    return _verdict(True, ", ".join(numbers) or "none issued")


def _registered(offer: Offer) -> str:
    return _verdict(offer.sam_active, "active" if offer.sam_active else "not active")


def _not_excluded(offer: Offer) -> str:
    return _verdict(not offer.excluded, "excluded" if offer.excluded else "no exclusion")


def _limit(factor: Factor) -> str:
    return f"Section L, {factor.page_limit} pages" if factor.page_limit else "Section L, no limit"


def _pages_check(factor: Factor) -> Callable[[Offer], str]:
    def check(offer: Offer) -> str:
        pages = next((row.pages for row in offer.volumes if row.volume == factor.volume), None)
        if pages is None:
            return _verdict(False, "volume not recorded")
        return _verdict(factor.page_limit is None or pages <= factor.page_limit, f"{pages} pages")

    return check


TABLES: dict[str, Callable[[Computed, Package], Markdown]] = {
    "team_roster": _team_roster,
    "compliance": _compliance,
    "offerors": _offeror_list,
}
