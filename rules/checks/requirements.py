"""Checks of what the contractor has to do and how it is measured (X08, X09, X12, X13)."""

import re
from collections.abc import Callable, Iterator

from rules.checks.package import (
    DocumentText,
    Package,
    PackageDataItem,
    PackageRequirement,
    Problem,
    Table,
)

_MEASURE = re.compile(
    r"\d|\b(?:all|each|every|full|none?|zero|one|two|three|four|five|six|seven|eight|nine|ten)\b",
    re.I,
)
_PARAGRAPH = re.compile(r"\d+(?:\.\d+){2,}")
_DATA_ITEM = re.compile(r"\bA\d{3}\b")
_WORK_STATEMENTS = ("PWS", "SOW")

_VAGUE = re.compile(
    r"\b(?:as (?:needed|required|necessary|appropriate)|if necessary|(?:best|reasonable) efforts?"
    r"|to the (?:maximum )?extent (?:possible|practicable|practical)|and/or)\b",
    re.I,
)
_SUPPORT = re.compile(r"\bshall (?:also )?(?:provide (?:\w+ ){0,3})?(?:support|assist)\w*\b", re.I)
_WEAK_DUTY = re.compile(r"\bcontractor (?:will|must|should|is to|is expected to)\b", re.I)
_STOP = re.compile(r"(?<=[.;])\s+")
_SHALL = re.compile(r"\bshall\b", re.I)
_PARTY = re.compile(
    r"\b(?:sub)?contractors?\b|\boffer(?:or)?s?\b|\bgovernment\b|\brepresentative\b|\bofficer\b",
    re.I,
)
_PRODUCT = re.compile(
    r"\b(?:system|software|solution|product|device|equipment|interface)s? shall (?!be\b)", re.I
)
_STAFFING = re.compile(
    r"\b\d[\d,.]*\s*(?:FTEs?\b|full-time equivalents?\b)"
    r"|\b(?:labor|staff|man|person)[- ]?hours\b|\bstaffing levels?\b|\blevel of effort\b"
    r"|\b\d[\d,]*\s+(?:labor |productive )?hours (?:of (?:effort|labor|work)|per (?:year|person))\b"
    r"|\b(?:at least|minimum of|no fewer than|a staff of|a team of)\s+\w+\s+"
    r"(?:full-time |qualified |on-site )*(?:employees|personnel|persons|people|technicians|analysts"
    r"|engineers|staff)\b",
    re.I,
)


def requirements_are_measured(package: Package) -> Iterator[Problem]:
    """X08: every requirement has one standard, one summary row and one surveillance row."""
    requirements = package.facts.requirements
    for document in package.get("PWS"):
        for requirement in requirements:
            if not document.says(requirement.standard):
                yield document.problem(
                    f"does not state the standard of {requirement.id}, {requirement.standard!r}."
                )
            elif not _MEASURE.search(requirement.standard):
                yield document.problem(
                    f"has no measurable standard for {requirement.id}: "
                    f"{requirement.standard!r} names neither a number nor a share."
                )
    for document in package.get("PRS"):
        yield from _one_row_each(
            document, "standard", requirements, lambda row: (row.standard, row.quality_level)
        )
    for document in package.get("QASP"):
        yield from _one_row_each(
            document, "method", requirements, lambda row: (row.quality_level, row.method)
        )


def _one_row_each(
    document: DocumentText,
    heading: str,
    requirements: tuple[PackageRequirement, ...],
    wanted: Callable[[PackageRequirement], tuple[str, ...]],
) -> Iterator[Problem]:
    """Each requirement stands in exactly one row of the tables that have this column."""
    if not requirements:
        return
    rows = [row for table in _tables_with(document, heading) for row in table[1:] if row]
    for requirement in requirements:
        own = [row for row in rows if row[0] == requirement.paragraph]
        if len(own) != 1:
            yield document.problem(
                f"has {len(own)} rows for {requirement.paragraph} {requirement.title} "
                f"({requirement.id}) in its table with the column {heading!r}: keep exactly one."
            )
            continue
        cells = " | ".join(own[0]).casefold()
        for text in wanted(requirement):
            if text.casefold() not in cells:
                yield document.problem(
                    f"does not give {text!r} in the row of {requirement.paragraph} "
                    f"{requirement.title}: copy it from the work statement."
                )
    known = {requirement.paragraph for requirement in requirements}
    orphans = {row[0] for row in rows if _PARAGRAPH.fullmatch(row[0])} - known
    for paragraph in sorted(orphans):
        yield document.problem(
            f"has a row for {paragraph}, which is no requirement of the work statement: remove it."
        )


def _tables_with(document: DocumentText, heading: str) -> Iterator[Table]:
    for table in document.tables:
        if table and any(heading in cell.casefold() for cell in table[0]):
            yield table


def deliverables_are_data_items(package: Package) -> Iterator[Problem]:
    """X09: every deliverable is a data item with frequency and acceptance, and the reverse."""
    facts = package.facts
    items = {item.id: item for item in facts.data_items}
    for document in package.get(*_WORK_STATEMENTS):
        quoted = set(_DATA_ITEM.findall(document.words))
        for identifier in sorted(quoted - set(items)):
            yield document.problem(
                f"names data item {identifier}, which the data requirements list does not have."
            )
        for identifier in sorted(set(items) - quoted):
            yield document.problem(f"does not call for data item {identifier}: name it, or drop it")
    for document in package.get("CDRL"):
        listed = _listed_items(document)
        for identifier in sorted(set(listed) - set(items)):
            yield document.problem(f"lists {identifier}, which no paragraph calls for.")
        for item in facts.data_items:
            if item.id not in listed:
                yield document.problem(f"does not list {item.id} {item.title}: add it.")
            else:
                yield from _item(document, item, listed[item.id], facts.requirements)


def _item(
    document: DocumentText,
    item: PackageDataItem,
    entries: dict[str, str],
    requirements: tuple[PackageRequirement, ...],
) -> Iterator[Problem]:
    for word, expected in (("frequency", item.frequency), ("remarks", item.acceptance)):
        stated = next((value for label, value in entries.items() if word in label), "")
        if expected.casefold() not in stated.casefold():
            yield document.problem(
                f"gives {stated or 'nothing'!r} as {word} of {item.id}; the facts say {expected!r}."
            )
    reference = next((value for label, value in entries.items() if "reference" in label), "")
    stated = set(_PARAGRAPH.findall(reference))
    expected = {row.paragraph for row in requirements if row.data_item == item.id}
    if stated != expected:
        yield document.problem(
            f"refers {item.id} to paragraph {', '.join(sorted(stated)) or 'none'}; the work "
            f"statement calls for it in {', '.join(sorted(expected)) or 'none'}."
        )


def _listed_items(document: DocumentText) -> dict[str, dict[str, str]]:
    """Label and entry of every data item: tables hold them in pairs of cells."""
    listed: dict[str, dict[str, str]] = {}
    for table in document.tables:
        entries = {
            label.casefold(): entry
            for row in table
            for label, entry in zip(row[::2], row[1::2], strict=False)
        }
        number = next((entry for label, entry in entries.items() if "item number" in label), "")
        if _DATA_ITEM.fullmatch(number):
            listed[number] = entries
    return listed


def duties_are_clear(package: Package) -> Iterator[Problem]:
    """X12: duties say "shall", name who has them and can be measured."""
    for document in package.get(*_WORK_STATEMENTS):
        listing = False
        for line in document.lines:
            for sentence in _STOP.split(line):
                yield from map(document.problem, _unclear(sentence, covered=listing))
            # A lead-in with a colon gives its duty to every item of the list that follows.
            if line.endswith(":"):
                listing = _duty(line)
            elif line.endswith("."):
                listing = False


def _duty(line: str) -> bool:
    return _SHALL.search(line) is not None and _PARTY.search(line) is not None


def _unclear(sentence: str, *, covered: bool) -> Iterator[str]:
    quoted = f"{sentence[:90]!r}"
    if vague := _VAGUE.search(sentence):
        yield f"leaves the duty open by {vague[0]!r} in {quoted}: state a quantity or a limit."
    if _SUPPORT.search(sentence) and not _MEASURE.search(sentence):
        yield f"asks for support without a measure in {quoted}: state the outcome and its standard."
    if _WEAK_DUTY.search(sentence):
        yield f'does not bind the Contractor in {quoted}: write "shall".'
    if _SHALL.search(sentence) and not covered and not _PRODUCT.search(sentence):
        before = _SHALL.split(sentence)[0]
        agent = re.search(r"\bby the (?:contractor|government)", sentence, re.I)
        if not _PARTY.search(before) and not agent:
            yield f"gives a duty to nobody in {quoted}: name the party that has it."


def outcomes_not_staffing(package: Package) -> Iterator[Problem]:
    """X13: a performance-based work statement prescribes neither staffing nor hours of effort."""
    if not package.facts.performance_based:
        return
    for document in package.get("PWS"):
        for printed in sorted({match[0] for match in _STAFFING.finditer(document.words)}):
            yield document.problem(
                f"prescribes {printed!r}: state the outcome, and leave the staffing to the "
                "Contractor."
            )
