"""Tables of the proposal receipt register: what arrived, when, how complete, and what was late."""

from collections.abc import Callable
from datetime import datetime

from documents.compose import Markdown, table
from documents.computed import Computed, Package
from documents.milestones import RESPONSE_DAYS
from documents.tables.source_selection import offers_of
from rules.citations import cite
from rules.evaluation import Offer

_SPOKEN = "%d %B %Y, %I:%M %p"


def received_at(offer: Offer) -> datetime | None:
    """Local time of receipt, or ``None`` when it is not written as ``29 April 2027, 3:47 p.m.``"""
    try:
        return datetime.strptime(
            offer.received.replace("a.m.", "AM").replace("p.m.", "PM"), _SPOKEN
        )
    except ValueError:
        return None


def is_late(computed: Computed, offer: Offer) -> bool:
    """Whether an offer arrived after the exact closing time. An unreadable time counts as late:
    the contracting officer then rules on it."""
    closing = computed.closing
    received = received_at(offer)
    return received is None or received > datetime.combine(closing.day, closing.at)


def _in_order(computed: Computed) -> list[Offer]:
    return sorted(offers_of(computed), key=lambda offer: received_at(offer) or datetime.max)


def _receipt_summary(computed: Computed, _: Package) -> Markdown:
    offers = offers_of(computed)
    late = sum(is_late(computed, offer) for offer in offers)
    solicited = computed.records.offers.solicited if computed.records.offers else 0
    rows = [
        ("Prospective offerors solicited", solicited),
        ("Offers received", len(offers)),
        ("Offers received in time", len(offers) - late),
        ("Late offers", late),
        ("Offers from small businesses", sum(offer.small_business for offer in offers)),
    ]
    return table(("Subject", "Number"), rows, right=(1,))


def _receipt_register(computed: Computed, _: Package) -> Markdown:
    rows = [
        (
            offer.code,
            f"{offer.name}, {offer.address}",
            offer.uei,
            offer.cage,
            offer.received,
            offer.method,
            "Late" if is_late(computed, offer) else "In time",
        )
        for offer in _in_order(computed)
    ]
    headings = ("Offer", "Offeror and address", "UEI", "CAGE", "Received", "Method", "Status")
    return table(headings, rows)


def _receipt_volumes(computed: Computed, _: Package) -> Markdown:
    rows: list[tuple[object, ...]] = []
    for offer in _in_order(computed):
        counted = {row.volume: row.pages for row in offer.volumes}
        if not computed.competitive:
            pages = sum(counted.values()) or "Not counted"
            rows.append((offer.code, offer.name, "Proposal", pages, "No limit", "Complete"))
            continue
        for factor in computed.facts.evaluation.factors:
            pages, limit = counted.get(factor.volume), factor.page_limit
            rows.append(
                (
                    offer.code,
                    offer.name,
                    f"Volume {factor.volume}, {factor.title}",
                    "Not received" if pages is None else pages,
                    limit or "No limit",
                    _volume_result(pages, limit),
                )
            )
    headings = ("Offer", "Offeror", "Volume", "Pages", "Limit", "Result")
    return table(headings, rows, right=(3, 4))


def _volume_result(pages: int | None, limit: int | None) -> str:
    if pages is None:
        return "Missing: the Contracting Officer decides on eligibility"
    if limit is not None and pages > limit:
        return f"{pages - limit} pages over the limit, removed"
    return "Complete"


def _receipt_acknowledgments(computed: Computed, _: Package) -> Markdown:
    recorded = computed.records.amendments
    issued = [amendment.number for amendment in recorded.amendments] if recorded else []
    asked = computed.facts.milestones.offer_acceptance_days
    rows: list[tuple[object, ...]] = []
    for offer in _in_order(computed):
        missing = [number for number in issued if number not in offer.amendments_acknowledged]
        stands = offer.acceptance_days or asked
        problems = [
            *(f"amendment {number} is not acknowledged" for number in missing),
            *(["the acceptance period is too short"] if stands < asked else []),
        ]
        rows.append(
            (
                offer.code,
                offer.name,
                ", ".join(offer.amendments_acknowledged) or "None",
                ", ".join(issued) or "None issued",
                f"{stands} calendar days",
                "For a ruling: " + "; ".join(problems) if problems else "Complete",
            )
        )
    headings = ("Offer", "Offeror", "Acknowledged", "Issued", "Offer stands", "Result")
    return table(headings, rows)


def _receipt_registration(computed: Computed, _: Package) -> Markdown:
    rows = [
        (
            offer.code,
            offer.name,
            "Small business" if offer.small_business else "Other than small",
            "Active" if offer.sam_active else "Not active",
            "Excluded" if offer.excluded else "None found",
        )
        for offer in _in_order(computed)
    ]
    headings = ("Offer", "Offeror", "Size represented", "Registration", "Exclusion")
    return table(headings, rows)


def _late_rulings(computed: Computed, _: Package) -> Markdown:
    late = [offer for offer in _in_order(computed) if is_late(computed, offer)]
    rule = cite("late_offers", computed.facts.project.regime).text
    if not late:
        return Markdown(
            f"No offer, modification or withdrawal arrived late. No ruling under {rule} is needed."
        )
    rows = [(offer.code, offer.name, offer.received, _late_by(computed, offer)) for offer in late]
    listed = table(("Offer", "Offeror", "Received", "Late by"), rows)
    return Markdown(
        f"{listed}\n\nTable: Late offers\n\n"
        f"An offer in the table that arrived after the exact time is late and is not considered "
        f"({rule}): it was not at the initial point of entry by the electronic safe-harbor time. "
        "It is kept unopened in the contract file, and its offeror is told promptly. If the "
        "offeror shows acceptable evidence that an exception applies, the Contracting Officer "
        "rules on it in writing before the evaluation begins, and the ruling is filed here."
    )


def _late_by(computed: Computed, offer: Offer) -> str:
    closing = computed.closing
    received = received_at(offer)
    if received is None:
        return "Time of receipt cannot be read: for a ruling"
    minutes = int((received - datetime.combine(closing.day, closing.at)).total_seconds() // 60)
    return f"{minutes // 60} h {minutes % 60:02} min"


def _competition_received(computed: Computed, _: Package) -> Markdown:
    in_time = sum(not is_late(computed, offer) for offer in offers_of(computed))
    if not computed.competitive:
        authority = cite("justification", computed.facts.project.regime).text
        return Markdown(
            f"One source was solicited under the approved justification ({authority}), and "
            f"{in_time or 'no'} proposal was received in time. The rule on one offer applies to "
            "competitive solicitations only."
        )
    if in_time > 1:
        return Markdown(
            f"The office received {in_time} offers in time, from independent offerors. Competition "
            "was received; the rule on one offer does not apply."
        )
    rule = cite("one_offer", computed.facts.project.regime).text
    days = (computed.dates["closing"] - computed.dates["rfp_issue"]).days
    if days < RESPONSE_DAYS:
        action = (
            f"The solicitation was open for {days} days, fewer than {RESPONSE_DAYS}: it is "
            "advertised again unless an exception applies or a waiver is signed."
        )
    else:
        action = (
            f"The solicitation was open for {days} days. The Contracting Officer decides whether "
            "the price is reasonable on other data before award."
        )
    received = "One offer was" if in_time == 1 else "No offer was"
    return Markdown(f"{received} received in time, and {rule} applies. {action}")


TABLES: dict[str, Callable[[Computed, Package], Markdown]] = {
    "receipt_summary": _receipt_summary,
    "receipt_register": _receipt_register,
    "receipt_volumes": _receipt_volumes,
    "receipt_acknowledgments": _receipt_acknowledgments,
    "receipt_registration": _receipt_registration,
    "late_rulings": _late_rulings,
    "competition_received": _competition_received,
}
