"""Checks of amendments, the conformed solicitation and questions (X21, X22, X23)."""

import re
from collections.abc import Iterator

from rules.checks.package import (
    DocumentText,
    Package,
    PackageAmendment,
    PackageFacts,
    Problem,
    Table,
)

_ITEMS = (
    "issuing activity",
    "number and date of the solicitation",
    "number and date of the amendment",
    "number of pages",
    "change",
    "Government contact",
    "closing date",
)
"""The seven items of RFO 15.106(b), in its order."""
_ITEM = re.compile(r"([1-7])\.\s")
_PAGES_ITEM = 4
_SECTION = re.compile(r"SEC-([A-M])")


def amendments_are_complete(package: Package) -> Iterator[Problem]:
    """X21: amendments count up, state seven items and are acknowledged by every offeror."""
    facts = package.facts
    for document in package.get("AMD"):
        numbers = [amendment.number for amendment in facts.amendments]
        expected = [f"{count:04}" for count in range(1, len(numbers) + 1)]
        if numbers != expected:
            yield document.problem(
                f"numbers its amendments {', '.join(numbers)}: number them "
                f"{', '.join(expected)} in order of issue."
            )
        for amendment in facts.amendments:
            yield from _items(document, amendment)
    for document in package.get("RCPT"):
        yield from _acknowledgments(document, facts)


def _items(document: DocumentText, amendment: PackageAmendment) -> Iterator[Problem]:
    named = re.compile(rf"\bamendment {amendment.number}\b", re.I)
    table = next(
        (table for table in document.tables if table and named.search(" ".join(table[0]))), ()
    )
    stated = {
        int(match[1]): row[1]
        for row in table[1:]
        if len(row) > 1 and (match := _ITEM.match(row[0])) and row[1]
    }
    for item, title in enumerate(_ITEMS, start=1):
        if item not in stated:
            yield document.problem(
                f"does not state item {item}, {title}, for amendment {amendment.number}: add it "
                "(RFO 15.106(b))."
            )
    pages = re.search(r"\d+", stated.get(_PAGES_ITEM, ""))
    if pages and int(pages[0]) != document.pages:
        yield document.problem(
            f"states {pages[0]} pages for amendment {amendment.number}; the PDF has "
            f"{document.pages}."
        )


def _acknowledgments(document: DocumentText, facts: PackageFacts) -> Iterator[Problem]:
    """The register's own table: an offer without a number waits for a ruling."""
    columns = [
        (table, [cell.casefold() for cell in table[0]].index("acknowledged"))
        for table in document.tables
        if table and "acknowledged" in [cell.casefold() for cell in table[0]]
    ]
    for offer in facts.offers:
        rows = [
            (row, row[column])
            for table, column in columns
            for row in table[1:]
            if offer.name in row and len(row) > column
        ]
        for amendment in facts.amendments:
            if any(amendment.number in acknowledged for _, acknowledged in rows):
                continue
            ruled = re.compile(
                rf"{re.escape(offer.name)}[^.]{{0,200}}\b(?:waived|ruled|rejected|informality)",
                re.I,
            )
            if not ruled.search(document.words):
                yield document.problem(
                    f"shows no acknowledgment of amendment {amendment.number} by {offer.name}: "
                    "record it, or rule on the offer."
                )


def conformed_copy_is_complete(package: Package) -> Iterator[Problem]:
    """X22: the released sections plus every amendment give the solicitation in the file."""
    facts = package.facts
    amended = {change.section for amendment in facts.amendments for change in amendment.changes}
    for document in package.get("RFP"):
        released = _released(document)
        if released:
            yield from _replayed(package, document, released, amended)
    for document in package.get("AMD"):
        rows = [" | ".join(row) for row in document.rows()]
        for amendment in facts.amendments:
            for change in amendment.changes:
                text = " ".join(change.text.split())
                if not any(amendment.number in row and text in row for row in rows):
                    yield document.problem(
                        f"does not print the change of {change.section} by amendment "
                        f"{amendment.number}, {text[:60]!r}: the conformed copy lacks it."
                    )
    for document in package.get("SF26"):
        if facts.amendments and not document.says("as amended"):
            yield document.problem(
                "forms the contract from the solicitation without its amendments: write "
                '"as amended".'
            )


def _replayed(
    package: Package,
    document: DocumentText,
    released: dict[str, tuple[str, str]],
    amended: set[str],
) -> Iterator[Problem]:
    for section in package.documents:
        named = _SECTION.fullmatch(section.code)
        if named is None:
            continue
        letter = named[1]
        if letter not in released:
            yield document.problem(f"does not list Section {letter}: add it to the release.")
            continue
        version, pages = released[letter]
        if f"Section {letter}" in amended:
            continue
        if version != str(section.version):
            yield document.problem(
                f"releases version {version} of Section {letter}; the file holds version "
                f"{section.version}, and no amendment changes the section: issue one."
            )
        if pages != str(section.pages):
            yield document.problem(
                f"states {pages} pages for Section {letter}; its PDF has {section.pages}."
            )
    for name in sorted(amended):
        letter = name.removeprefix("Section ").strip()[:1]
        if letter not in released:
            yield document.problem(f"does not release {name}, which an amendment changes.")


def _released(document: DocumentText) -> dict[str, tuple[str, str]]:
    """Version and pages by letter, from the table of released sections."""
    table = next((table for table in document.tables if _lists_versions(table)), ())
    if not table:
        return {}
    header = [cell.casefold() for cell in table[0]]
    version, pages = header.index("version"), header.index("pages")
    return {row[0]: (row[version], row[pages]) for row in table[1:] if len(row[0]) == 1}


def _lists_versions(table: Table) -> bool:
    header = [cell.casefold() for cell in table[0]] if table else []
    return {"section", "version", "pages"} <= set(header)


_QUESTION = re.compile(r"^Question (\d+)\b")
_EFFECT = re.compile(r"\bchanged by amendment (\d{4})", re.I)
_CHANGES_TERMS = re.compile(
    r"\b(?:is|are|will be) (?:hereby )?(?:changed|revised|amended|extended|replaced|increased"
    r"|reduced|deleted)\b|\bnow reads\b",
    re.I,
)
_SELF = re.compile(
    r"\b(?:our|my) (?:company|firm|corporation)\b|\bon behalf of (?=[A-Z])|\bwe at (?=[A-Z])"
)
_LEGAL_FORM = re.compile(r",? (?:Inc|LLC|L\.L\.C|Corp|Corporation|JV|Ltd|LP|Co)\.?$")


def answers_change_nothing_alone(package: Package) -> Iterator[Problem]:
    """X23: an answer that changes terms names its amendment, and nobody who asked is named."""
    facts = package.facts
    issued = {amendment.number for amendment in facts.amendments}
    for document in package.get("QNA"):
        blocks = _blocks(document)
        for question in facts.questions:
            text = blocks.get(question.number, "")
            stated = _EFFECT.search(text)
            number = stated[1] if stated else ""
            if number != question.amendment:
                yield document.problem(
                    f"gives amendment {number or 'none'} for question {question.number}; the "
                    f"record says {question.amendment or 'none'}."
                )
            if number and number not in issued and package.get("AMD"):
                yield document.problem(
                    f"names amendment {number} for question {question.number}, which was not "
                    "issued: issue it."
                )
            if not number and (change := _CHANGES_TERMS.search(text)):
                yield document.problem(
                    f"changes the solicitation by the answer to question {question.number} "
                    f"({change[0]!r}) without an amendment: issue one and name it."
                )
    names = {_LEGAL_FORM.sub("", name) for name in (*facts.sources, *_offerors(facts))}
    for document in package.get("QNA", "AMD"):
        for name in sorted(names):
            if document.says(name):
                yield document.problem(f"names {name}: remove who asked.")
        for match in sorted({match[0] for match in _SELF.finditer(document.words)}):
            yield document.problem(f"lets the questioner speak ({match.strip()!r}): rephrase it.")


def _blocks(document: DocumentText) -> dict[int, str]:
    """The text of each question with its answer and effect, by number."""
    blocks: dict[int, list[str]] = {}
    current: list[str] = []
    for line in document.lines:
        if start := _QUESTION.match(line):
            current = blocks.setdefault(int(start[1]), [])
        current.append(line)
        if line.startswith("Effect"):
            current = []
    return {number: " ".join(lines) for number, lines in blocks.items()}


def _offerors(facts: PackageFacts) -> tuple[str, ...]:
    return tuple(offer.name for offer in facts.offers)
