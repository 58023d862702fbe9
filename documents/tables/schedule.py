"""Tables of the contract schedule: line items, incorporated documents, inspection, delivery.

Everything here is released to offerors: of the Government's estimate only the ceilings of
cost-reimbursable lines are printed.
"""

from collections.abc import Callable

from documents.compose import Markdown, escape, long_date, money, table
from documents.computed import Computed, Package, PackageEntry
from rules.estimate import LineItem, LineType

OFFEROR_TO_PROPOSE = "Offeror to propose"
"""Stands wherever the offeror enters a price."""

NOT_SEPARATELY_PRICED = "Not separately priced"

_TYPES = {
    LineType.FFP: "Firm-fixed-price",
    LineType.COST_REIMBURSABLE: "Cost, no fee",
    LineType.NOT_SEPARATELY_PRICED: "Not separately priced",
}

_UNITS = {"LO": "Lot", "MO": "Month", "EA": "Each", "YR": "Year", "HR": "Hour", "JB": "Job"}

_ACCEPTANCE = {
    LineType.FFP: "The work of the billing period meets its standards, or is accepted with the "
    "deduction that the Contracting Officer decides",
    LineType.COST_REIMBURSABLE: "The expense was authorized, is documented and lies below the "
    "ceiling; costs remain subject to audit until the final voucher is paid",
    LineType.NOT_SEPARATELY_PRICED: "Each data item is accepted as its data requirement states",
}

_PAYMENT = {
    LineType.FFP: ("Invoice 2-in-1 (services) or Combo (supplies)", "Monthly, after acceptance"),
    LineType.COST_REIMBURSABLE: ("Cost voucher", "Monthly, at actual cost, with receipts"),
    LineType.NOT_SEPARATELY_PRICED: ("No payment request", "Delivery is recorded in WAWF"),
}

SECTIONS = ("B", "C", "D", "E", "F", "G", "H", "I", "J", "K", "L", "M")

_PARTS = {
    "A": "Part I, The Schedule",
    "I": "Part II, Contract Clauses",
    "J": "Part III, Documents, Exhibits and Attachments",
    "K": "Part IV, Representations and Instructions",
}


def sections(package: Package) -> list[tuple[str, PackageEntry]]:
    """The approved sections of the solicitation by letter, Section A left out."""
    entries = ((letter, package.get(f"SEC-{letter}")) for letter in SECTIONS)
    return [(letter, entry) for letter, entry in entries if entry is not None]


def part_of(letter: str) -> str:
    """The part of the uniform contract format to which a section belongs."""
    return _PARTS[max(first for first in _PARTS if first <= letter)]


def bare_title(entry: PackageEntry) -> str:
    """``Supplies or Services and Prices`` for ``Section B: Supplies or Services and Prices``."""
    return entry.title.partition(": ")[2] or entry.title


def unit_name(unit: str) -> str:
    """The unit of issue in words."""
    return _UNITS.get(unit.upper(), unit)


def line_types(computed: Computed) -> list[LineType]:
    """The types of line that the contract has, in the order of the enumeration."""
    return [line_type for line_type in LineType if computed.has_line_type(line_type)]


def _solicitation_contents(_: Computed, package: Package) -> Markdown:
    found = sections(package)
    rows: list[tuple[object, ...]] = [
        (part_of(letter), letter, bare_title(entry), entry.pages) for letter, entry in found
    ]
    total = sum(entry.pages for _, entry in found)
    rows.append(("All parts", "B to M", "All sections above", total))
    return table(("Part", "Section", "Description", "Pages"), rows, right=(3,))


def _line_descriptions(computed: Computed, _: Package) -> Markdown:
    last = len(computed.facts.periods) - 1
    rows: list[tuple[object, ...]] = []
    for plan in computed.facts.estimate.lines:
        numbers = [line.number for line in computed.estimate.line_items if _of(line, plan.suffix)]
        rows.append((", ".join(numbers), plan.title, _TYPES[plan.type], unit_name(plan.unit)))
    heading = "Numbers, base period first" if last else "Number"
    return table((heading, "Description", "Type", "Unit"), rows)


def _of(line: LineItem, suffix: str) -> bool:
    return line.suffix == suffix


def _price_schedule(computed: Computed, _: Package) -> Markdown:
    parts: list[str] = []
    for index, period in enumerate(computed.facts.periods):
        heading = f"## {escape(period.title)}"
        lines = computed.estimate.lines_of(index)
        total = ("All", f"Total of {period.title}", "-", "-", "-", "-", OFFEROR_TO_PROPOSE)
        body = table(
            ("Item", "Supplies or services", "Type", "Qty", "Unit", "Unit price", "Amount"),
            [*(_priced_line(line) for line in lines), total],
            right=(3,),
        )
        intro = f"{long_date(period.start)} to {long_date(period.end)}. " + (
            "Every line item of this period is an option, exercised under clause 52.217-9."
            if index
            else "The line items of this period are awarded with the contract."
        )
        parts += [heading, intro, body, f"Table: Line items, {escape(period.title)}"]
    return Markdown("\n\n".join(parts))


def _priced_line(line: LineItem) -> tuple[object, ...]:
    title = f"{line.title} (option)" if line.period else line.title
    unit, amount = OFFEROR_TO_PROPOSE, OFFEROR_TO_PROPOSE
    quantity = f"{line.quantity:,}"
    if line.type is LineType.NOT_SEPARATELY_PRICED:
        unit = amount = NOT_SEPARATELY_PRICED
    elif line.type is LineType.COST_REIMBURSABLE:
        unit = "At cost"
        amount = f"Not to exceed {_ceiling(line)}"
    return (
        line.number,
        title,
        _TYPES[line.type],
        quantity,
        unit_name(line.unit),
        unit,
        amount,
    )


def _ceiling(line: LineItem) -> str:
    if line.amount is None:
        raise LookupError(f"line {line.number} is reimbursed and has no ceiling")
    return money(line.amount)


def _price_summary(computed: Computed, _: Package) -> Markdown:
    periods = computed.facts.periods
    rows = [(period.title, period.start, period.end, OFFEROR_TO_PROPOSE) for period in periods]
    rows.append(("Total of all periods", periods[0].start, periods[-1].end, OFFEROR_TO_PROPOSE))
    return table(("Period", "From", "To", "Total price"), rows)


def _cost_reimbursement(computed: Computed, _: Package) -> Markdown:
    lines = _reimbursed(computed)
    if not lines:
        return Markdown("All line items are firm-fixed-price or not separately priced.")
    rows = [
        (line.number, computed.facts.periods[line.period].title, line.title, line.amount)
        for line in lines
    ]
    ceilings = table(("Item", "Period", "Description", "Ceiling"), rows, right=(3,))
    return Markdown(
        "The Government states the amounts below for every offeror. They are ceilings, not "
        "estimates of what will be ordered: the Contractor is reimbursed for allowable cost "
        "without fee, and costs above a ceiling are at its own risk.\n\n"
        f"{ceilings}\n\nTable: Ceilings stated by the Government"
    )


def _reimbursed(computed: Computed) -> list[LineItem]:
    return [
        line for line in computed.estimate.line_items if line.type is LineType.COST_REIMBURSABLE
    ]


def _incorporated_documents(_: Computed, package: Package) -> Markdown:
    codes = ("PWS", "SOW", "PRS", "CDRL", "DD254", "GFP", "WD")
    entries = [package[code] for code in codes if code in package]
    if not entries:
        return Markdown("The work statement is printed in this section.")
    return table(
        ("Document", "Revision", "Date", "Pages"),
        [(entry.title, f"Version {entry.version}", entry.date, entry.pages) for entry in entries],
        right=(3,),
    )


def _requirement_index(computed: Computed, _: Package) -> Markdown:
    return table(
        ("Paragraph", "Area", "Requirement", "Standard (threshold)"),
        [
            (item.paragraph, item.area, item.title, item.threshold)
            for item in computed.facts.requirements
        ],
    )


def _data_markings(computed: Computed, _: Package) -> Markdown:
    return table(
        ("Data item", "Title", "Distribution statement"),
        [(item.id, item.title, item.distribution) for item in computed.facts.data_items],
    )


def _surveillance(computed: Computed, _: Package) -> Markdown:
    return table(
        ("Paragraph", "Requirement", "Acceptable quality level", "Method", "Frequency"),
        [
            (item.paragraph, item.title, item.aql, item.method, item.frequency)
            for item in computed.facts.requirements
        ],
    )


def _remedies(computed: Computed, _: Package) -> Markdown:
    return table(
        ("Paragraph", "Requirement", "Remedy"),
        [(item.paragraph, item.title, item.remedy) for item in computed.facts.requirements],
    )


def _data_acceptance(computed: Computed, _: Package) -> Markdown:
    return table(
        ("Data item", "Title", "Review and acceptance"),
        [(item.id, item.title, item.acceptance) for item in computed.facts.data_items],
    )


def _line_acceptance(computed: Computed, _: Package) -> Markdown:
    return table(
        ("Type of line", "Accepted when"),
        [(_TYPES[line_type], _ACCEPTANCE[line_type]) for line_type in line_types(computed)],
    )


def _deliveries(computed: Computed, _: Package) -> Markdown:
    rows: list[tuple[object, ...]] = []
    for plan in computed.facts.estimate.lines:
        lines = [line for line in computed.estimate.line_items if _of(line, plan.suffix)]
        unit = unit_name(plan.unit).lower()
        counts = [f"{line.quantity:,}" for line in lines]
        if plan.type is LineType.NOT_SEPARATELY_PRICED:
            when = "At the times of the data items"
        elif plan.unit == "EA":
            when = "Within the period, as the work statement schedules"
        else:
            when = "Throughout each period"
        numbers = ", ".join(line.number for line in lines)
        rows.append((numbers, plan.title, f"{', '.join(counts)} ({unit})", when))
    headings = ("Items", "Description", "Quantities by period", "Performance or delivery")
    return table(headings, rows)


def _data_delivery(computed: Computed, _: Package) -> Markdown:
    return table(
        ("Data item", "Title", "Frequency", "First delivery", "Copies"),
        [
            (item.id, item.title, item.frequency, item.first_due, item.copies)
            for item in computed.facts.data_items
        ],
    )


def _payment_documents(computed: Computed, _: Package) -> Markdown:
    return table(
        ("Type of line", "WAWF document", "When"),
        [(_TYPES[line_type], *_PAYMENT[line_type]) for line_type in line_types(computed)],
    )


def _listed(numbers: list[str]) -> str:
    return " and ".join(filter(None, [", ".join(numbers[:-1]), numbers[-1]]))


def _travel_requirements(computed: Computed, _: Package) -> Markdown:
    numbers = [line.number for line in _reimbursed(computed) if "travel" in line.title.lower()]
    if not numbers:
        return Markdown("Travel is not reimbursed separately: its cost is included in the prices.")
    return Markdown(
        f"Travel is reimbursed under line items {_listed(numbers)}, at cost and without fee, "
        "within the limits of the Joint Travel Regulations and the ceilings of Section B. The "
        "Contractor shall obtain the written authorization of the Contracting Officer's "
        "Representative before each trip, stating purpose, travelers, places, dates and estimated "
        "cost. Travel between home and a regular place of performance is not reimbursed. The "
        "Contractor shall report when three quarters of a ceiling have been spent."
    )


TABLES: dict[str, Callable[[Computed, Package], Markdown]] = {
    "solicitation_contents": _solicitation_contents,
    "line_descriptions": _line_descriptions,
    "price_schedule": _price_schedule,
    "price_summary": _price_summary,
    "cost_reimbursement": _cost_reimbursement,
    "incorporated_documents": _incorporated_documents,
    "requirement_index": _requirement_index,
    "data_markings": _data_markings,
    "surveillance": _surveillance,
    "remedies": _remedies,
    "data_acceptance": _data_acceptance,
    "line_acceptance": _line_acceptance,
    "deliveries": _deliveries,
    "data_delivery": _data_delivery,
    "payment_documents": _payment_documents,
    "travel_requirements": _travel_requirements,
}
