"""Tables of a protest: parties, periods that it started, and the record."""

from collections.abc import Callable

from documents.compose import Markdown, UnknownKey, escape, table
from documents.computed import Computed, Package
from documents.proceedings import Protest
from rules.evaluation import Offer

_FROM_PROTEST = ("D28", "D31", "D32", "D33", "D34", "D35", "D36", "D37", "D38", "D39")


def protest_of(computed: Computed) -> Protest:
    """The protest, or ``UnknownKey`` when none is recorded."""
    if computed.records.protest is None:
        raise UnknownKey("no protest is recorded: record it first")
    return computed.records.protest


def _offers(computed: Computed) -> tuple[Offer, ...]:
    """None when the solicitation itself is protested, before anybody has offered."""
    return computed.records.offers.offers if computed.records.offers else ()


def _names(computed: Computed) -> dict[str, str]:
    return {offer.code: offer.name for offer in _offers(computed)}


def _protester(computed: Computed, _: Package) -> Markdown:
    protester = protest_of(computed).protester
    return Markdown(escape(_names(computed).get(protester, protester)))


def _parties(computed: Computed, _: Package) -> Markdown:
    names = _names(computed)
    told = [names.get(code, code) for code in protest_of(computed).interested_parties]
    return Markdown(escape("; ".join(told)) or "None: no other offeror has a prospect of award")


def _deadlines(computed: Computed, _: Package) -> Markdown:
    protest_of(computed)
    return table(
        ("Period", "Date", "How it was counted", "Authority"),
        [
            (row.title, row.due, row.basis, row.citation)
            for row in computed.deadlines
            if row.id in _FROM_PROTEST
        ],
    )


def _record(computed: Computed, package: Package) -> Markdown:
    protest = protest_of(computed)
    rows: list[tuple[object, ...]] = [
        (1, f"Protest {protest.number} as filed", protest.filed, "As filed"),
        *(
            (number, f"Offer of {offer.name}, received {offer.received}", "-", "As received")
            for number, offer in enumerate(_offers(computed), start=2)
        ),
    ]
    rows += [
        (number, f"{entry.title}, version {entry.version}", entry.date, entry.pages)
        for number, entry in enumerate(package.values(), start=len(rows) + 1)
        if entry.code != "PROT"
    ]
    return table(("Tab", "Document", "Date", "Pages"), rows, right=(0, 3))


TABLES: dict[str, Callable[[Computed, Package], Markdown]] = {
    "protester": _protester,
    "protest_parties": _parties,
    "protest_deadlines": _deadlines,
    "protest_record": _record,
}
