"""Checks of property that the Government furnishes and of wage determinations (X27, X28)."""

import re
from collections.abc import Iterator
from datetime import timedelta

from rules.checks.package import DocumentText, Package, PackageFacts, Problem

_FURNISHES = re.compile(r"\bthe government (?:furnishes|shall furnish|provides) (?!no\b)", re.I)
_PROPERTY_CLAUSE = "52.245-1"
_WAGE_CLAUSE = "52.222-41"
_CURRENT_DAYS = 60
"""Rule of this system: SAM.gov was looked at within so many days before the solicitation issues."""
_OWN_SITE = "contractor"
"""A place of performance that is so called has no determination of its own."""


def property_comes_together(package: Package) -> Iterator[Problem]:
    """X27: work statement, property attachment and property clause come together."""
    facts = package.facts
    for document in package.get("PWS", "SOW"):
        yield from _lists_items(document, facts)
        if not facts.furnished and _FURNISHES.search(document.words):
            yield document.problem(
                "says that the Government furnishes items; the facts name none: list them there, "
                "or remove the statement."
            )
    for document in package.get("GFP"):
        if not facts.furnished:
            yield document.problem("is in the package, but the Government furnishes nothing.")
        yield from _lists_items(document, facts)
    yield from _attached(package, "GFP", bool(facts.furnished), "Government-furnished property")
    yield from _clause(package, _PROPERTY_CLAUSE, bool(facts.furnished), "furnished property")


def _lists_items(document: DocumentText, facts: PackageFacts) -> Iterator[Problem]:
    for item in facts.furnished:
        if not document.says(item):
            yield document.problem(f"does not list the furnished item {item!r}: add it.")


def _attached(package: Package, code: str, needed: bool, what: str) -> Iterator[Problem]:
    """A planned attachment is there once the list of attachments is."""
    if needed and code in package.facts.planned and package.get("SEC-J") and not package.get(code):
        yield Problem(document="", message=f"has no attachment {code} for {what}: add it.")


def _clause(package: Package, number: str, needed: bool, why: str) -> Iterator[Problem]:
    if package.facts.clause_facts is None:
        return
    for document in package.get("SEC-I"):
        carried = re.search(rf"(?<![\d.]){re.escape(number)}(?![\d-])", document.words) is not None
        if carried != needed:
            yield document.problem(
                f"lacks clause {number}, which {why} needs: add it."
                if needed
                else f"carries clause {number} without {why}: remove it."
            )


def wages_come_together(package: Package) -> Iterator[Problem]:
    """X28: wage determinations are attached exactly when the labor standards apply."""
    facts = package.facts
    if facts.clause_facts is None:
        return
    applies = facts.clause_facts.service_contract_labor_standards
    for document in package.get("WD"):
        if not applies:
            yield document.problem(
                "is in the package, but no service employees under the labor standards are stated."
            )
            continue
        yield from _determinations(document, facts)
        yield from _coverage(document, facts)
    yield from _attached(package, "WD", applies, "service employees")
    yield from _clause(package, _WAGE_CLAUSE, applies, "the Service Contract Labor Standards")


def _determinations(document: DocumentText, facts: PackageFacts) -> Iterator[Problem]:
    for row in facts.wage_determinations:
        printed = any(row.number in cells and row.revision in cells for cells in document.rows())
        if not printed:
            yield document.problem(
                f"does not list wage determination {row.number}, revision {row.revision}: add it."
            )
        if facts.schedule is None:
            continue
        oldest = facts.schedule.issue - timedelta(days=_CURRENT_DAYS)
        if row.checked < oldest:
            yield document.problem(
                f"rests on wage determination {row.number} as seen on {row.checked}: look in "
                f"SAM.gov for a newer revision on {oldest} or later."
            )


def _coverage(document: DocumentText, facts: PackageFacts) -> Iterator[Problem]:
    covered = {place for row in facts.wage_determinations for place in row.places}
    for place in facts.places:
        if _OWN_SITE in place.casefold():
            continue
        if place not in covered:
            yield document.problem(f"has no wage determination for {place}: add it.")
        elif not document.says(place):
            yield document.problem(f"does not name the place of performance {place}: add it.")
    for place in sorted(covered - set(facts.places)):
        yield document.problem(f"covers {place}, which is no place of performance: remove it.")
