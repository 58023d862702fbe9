"""Checks of a package before it leaves the office: attachments, security, leaks, placeholders."""

import re
from collections.abc import Iterator

from rules.checks.figures import DATE_PATTERN, figures_in
from rules.checks.package import DocumentText, Package, PackageFacts, Problem

_CONFIDENTIAL_TERMS = (
    "IGCE",
    "independent government cost estimate",
    "source selection plan",
    "source selection information",
    "source selection evaluation board report",
)
_RATINGS = (
    "Outstanding",
    "Good",
    "Acceptable",
    "Marginal",
    "Unacceptable",
    "Substantial Confidence",
    "Satisfactory Confidence",
    "Neutral Confidence",
    "Limited Confidence",
    "No Confidence",
)
_PLACEHOLDER = re.compile(
    r"\bTB[DR]\b|\bto be determined\b|\bTODO\b|\bFIXME\b|\[\s*(?:insert|placeholder)[^\]]*\]?"
    r"|\[(?:name|date|amount|number|title|your)[^\]]{0,40}\]|lorem ipsum|\bX{2,}\b"
    r"|\{\{|\}\}|\{%|%\}",
    re.I,
)
_SECURITY_CLAUSES = ("52.240-92", "52.204-2")
_ACCESS = re.compile(r"\bclassified information|facility clearance|\bDD (?:Form )?254\b", re.I)
_NO_ACCESS = re.compile(
    r"\bno (?:access|classified|security|DD)|\bnot (?:require|need|involve)|without access", re.I
)
_CENTS = re.compile(r"(?<![\d.])\d+\.\d\d(?!\d|\s?%)")
_DATES = re.compile(DATE_PATTERN, re.I)
_OWN_DATE = re.compile(rf"\bDate ({DATE_PATTERN})")
"""The date on the cover of a document."""
_LEVELS = ("CONFIDENTIAL", "SECRET", "TOP SECRET")
_LEVEL = re.compile(r"\b(?:TOP SECRET|SECRET|CONFIDENTIAL)\b")
_LEVEL_OF_ACCESS = re.compile(
    rf"\blevel(?: of)? (?P<after>{_LEVEL.pattern})|(?P<before>{_LEVEL.pattern}) level\b"
)
_CLEARANCE = re.compile(r"(?:level of )?facility clearance(?: required)?", re.I)


def attachments_are_listed(package: Package) -> Iterator[Problem]:
    """X10: Section J lists every attachment with its date and the page count of its PDF."""
    present = {document.code: document for document in package.documents}
    for section in package.get("SEC-J"):
        titles = [present[code].title for code in package.facts.attachments if code in present]
        for code in package.facts.attachments:
            if code not in present:
                yield section.problem(f"needs the attachment {code}, which is not approved yet.")
                continue
            document = present[code]
            row = _row_of(document.title, titles, section.words)
            if row is None:
                yield section.problem(f"does not list {document.title!r} ({code}).")
                continue
            if not re.search(rf"(?<![\d.,-]){document.pages}(?![\d.,-])", _DATES.sub(" ", row)):
                yield section.problem(
                    f"does not give {document.pages} as the number of pages of "
                    f"{document.title!r} ({code}).",
                )
            own = _OWN_DATE.search(document.words)
            if own and own[1] not in row:
                yield section.problem(
                    f"does not give {own[1]} as the date of {document.title!r} ({code}).",
                )


def _row_of(title: str, titles: list[str], words: str) -> str | None:
    """What stands between one title and the next one listed."""
    lowered = words.casefold()
    start = lowered.find(title.casefold())
    if start < 0:
        return None
    start += len(title)
    following = [lowered.find(other.casefold(), start) for other in titles if other != title]
    end = min([*(position for position in following if position >= 0), start + 120])
    return words[start:end]


def security_is_consistent(package: Package) -> Iterator[Problem]:
    """X26: DD 254, classified access in the text and the security clause come together."""
    facts = package.facts
    if facts.classified and package.get("PWS") and not package.get("DD254"):
        yield Problem(
            document="",
            message="the contract needs access to classified information: add the DD Form 254.",
        )
    for document in package.get("DD254"):
        if not facts.classified:
            yield document.problem("is in the package, but no classified access is stated.")
    for document in package.get("SEC-I"):
        has_clause = any(clause in document.words for clause in _SECURITY_CLAUSES)
        if has_clause != facts.classified:
            yield document.problem(
                "lacks the security clause 52.240-92 (52.204-2)."
                if facts.classified
                else "carries a security clause without classified access.",
            )
    for document in package.get("PWS", "SEC-H"):
        if _mentions_access(document) != facts.classified:
            yield document.problem(
                "does not mention access to classified information, which the contract needs."
                if facts.classified
                else "mentions access to classified information, which the facts exclude.",
            )
    yield from _levels(package)


def _levels(package: Package) -> Iterator[Problem]:
    clearance = package.facts.clearance.upper()
    if clearance not in _LEVELS:
        return
    above = set(_LEVELS[_LEVELS.index(clearance) + 1 :])
    for document in package.get("DD254", "PWS", "SEC-H"):
        quoted = set(_LEVEL.findall(document.words))
        for level in sorted(quoted & above):
            yield document.problem(f"names {level}; the level of access is {clearance}.")
        if clearance not in quoted:
            yield document.problem(f"does not name the level of access, {clearance}.")
    for document in package.documents:
        stated = {
            match["after"] or match["before"] for match in _LEVEL_OF_ACCESS.finditer(document.words)
        } | {
            level
            for label, entry in document.entries()
            if _CLEARANCE.fullmatch(label)
            for level in _LEVEL.findall(entry)
        }
        for level in sorted(stated - {clearance}):
            yield document.problem(
                f"states {level} as a level; the level of access is {clearance}."
            )


def _mentions_access(document: DocumentText) -> bool:
    sentences = re.split(r"(?<=[.;])\s", document.words)
    return any(_ACCESS.search(text) and not _NO_ACCESS.search(text) for text in sentences)


def nothing_leaks(package: Package) -> Iterator[Problem]:
    """X29: no released document states the estimate, the plan, ratings or other offerors."""
    facts = package.facts
    for document in package.documents:
        if document.public:
            yield from _leaks(document, facts)


def _leaks(document: DocumentText, facts: PackageFacts) -> Iterator[Problem]:
    words = " ".join(f"{document.text} {document.pdf_text}".split())
    amounts = figures_in(words).amounts
    numbers = set(_CENTS.findall(words.replace(",", "")))
    for secret in sorted({facts.igce_total, *facts.confidential_amounts}):
        rounded = any(
            amount.stands_for(secret) and amount.tolerance * 20 <= secret for amount in amounts
        )
        if rounded or f"{secret:.2f}" in numbers:
            yield document.problem(f"states ${secret:,.2f}, which must not be released.")
    for term in (*_CONFIDENTIAL_TERMS, *sorted(facts.confidential_terms)):
        if re.search(rf"\b{re.escape(term)}\b", words, re.I):
            yield document.problem(f"mentions {term!r}, which must not be released.")
    for name in facts.offerors:
        if name != facts.awardee and name in words:
            yield document.problem(f"names {name}, an offeror that was not selected.")
        rating = re.search(rf"{re.escape(name)}[^.]{{0,120}}\b({'|'.join(_RATINGS)})\b", words)
        if rating:
            yield document.problem(f"states a rating of {name}: remove {rating[1]!r}.")


def no_placeholders(package: Package) -> Iterator[Problem]:
    """X30: nothing is left to fill in, unless it is registered as an open item."""
    for document in package.documents:
        words = " ".join(f"{document.text} {document.pdf_text}".split())
        for item in package.facts.open_items:
            words = words.replace(" ".join(item.split()), " ")
        for printed in sorted({match[0] for match in _PLACEHOLDER.finditer(words)}):
            yield document.problem(
                f"still contains {printed!r}: fill it in, or register it as an open item with "
                "owner and date.",
            )
        for row in document.rows() if document.public else ():
            if not all(row):
                yield document.problem(
                    f"has an empty cell in the row {' | '.join(row)[:80]!r}: fill it in, or write "
                    "that nothing applies.",
                )
