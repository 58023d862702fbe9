"""Checks of clauses, provisions and their blanks (X14, X15, X16)."""

import re
from collections.abc import Iterator
from functools import cache

from rules.checks.package import DocumentText, Package, PackageFacts, Problem
from rules.clause_table import CLAUSES, PROVISIONS
from rules.clauses import ClauseEntry, ClauseFacts, Incorporation, clauses_for, provisions_for

NUMBER = re.compile(r"\b(?:252\.2\d{2}-7\d{3}|52\.2\d{2}-\d{1,3})(?: Alternate [IVX]+)?(?![\w-])")
"""A clause or provision of the FAR or the DFARS, with its alternate."""

_HEADED = re.compile(
    rf"^(?P<number>{NUMBER.pattern}) (?P<title>.+?) (?P<dated>\([A-Z]{{3}} \d{{4}}\).*)$"
)
_WITHOUT = re.compile(r"\bwithout (?:holding )?(?:negotiations?|discussions?)\b", re.I)
_BLANK = re.compile(r"_{2,}|\[\s*\]|\(insert\b", re.I)
_TOTAL_MONTHS = re.compile(
    r"total duration of (?:the|this) contract[^.]{0,120}?exceed (\d+) months", re.I
)
_NOTICE = re.compile(r"notice[^.]{0,80}?within (\d+) days before the contract expires", re.I)
_PRELIMINARY = re.compile(r"intent to extend at least (\d+) days before the contract expires", re.I)
_SECTIONS = {"SEC-I": "I", "SEC-K": "K", "SEC-L": "L", "SEC-M": "M"}


def clauses_are_complete(package: Package) -> Iterator[Problem]:
    """X14: Sections I, K, L and M carry exactly the clauses that the matrix selects."""
    facts = package.facts.clause_facts
    if facts is None:
        return
    for document in package.get(*_SECTIONS):
        expected = {row.number: row for row in _selected(facts, _SECTIONS[document.code])}
        printed = _printed(document)
        for number, entry in expected.items():
            dated = printed.get(number)
            if dated is None:
                yield document.problem(
                    f"lacks {number} {entry.title} {entry.dated}, which this acquisition requires: "
                    "add it."
                )
            elif dated != entry.dated:
                yield document.problem(
                    f"prints {number} with the date {dated}; the text in force is {entry.dated}."
                )
        for number in sorted(set(printed) - set(expected)):
            reason = (
                "does not apply to this acquisition"
                if number in _known_numbers()
                else "is no clause in force"
            )
            yield document.problem(f"carries {number}, which {reason}: remove it.")


def _selected(facts: ClauseFacts, section: str) -> tuple[ClauseEntry, ...]:
    return tuple(
        row for row in (*clauses_for(facts), *provisions_for(facts)) if row.section == section
    )


def _printed(document: DocumentText) -> dict[str, str]:
    """Number and date of every clause that the section carries, by reference or in full."""
    listed = {
        row[0]: row[-1] for row in document.rows() if len(row) >= 2 and NUMBER.fullmatch(row[0])
    }
    for line in document.lines:
        if headed := _HEADED.match(line):
            listed[headed["number"]] = headed["dated"]
    return listed


@cache
def _known_numbers() -> frozenset[str]:
    return frozenset(row.number for row in (*CLAUSES, *PROVISIONS))


def clause_number_is_known(number: str) -> bool:
    """Whether the matrix has the clause or provision, whatever its alternate."""
    base = number.split(" ")[0]
    return any(known.split(" ")[0] == base for known in _known_numbers())


def negotiations_are_stated_once(package: Package) -> Iterator[Problem]:
    """X15: provision 52.215-1 and the statement about negotiations say the same."""
    facts = package.facts.clause_facts
    for document in package.get("SEC-L"):
        carried = [number for number in _printed(document) if number.startswith("52.215-1")]
        if "52.215-1" not in "".join(carried):
            continue
        alternate = any(number.endswith("Alternate I") for number in carried)
        without = _WITHOUT.search(document.words) is not None
        if alternate == without:
            form = "Alternate I" if alternate else "its basic form"
            intent = "without negotiations" if without else "after negotiations"
            yield document.problem(
                f"carries 52.215-1 in {form} and states that award is intended {intent}: use "
                f"{'the basic form' if without else 'Alternate I'}, or change the statement."
            )
    if facts is None or not facts.competitive:
        return
    for document in package.get("SEC-L", "SEC-M", "SSP"):
        if (_WITHOUT.search(document.words) is not None) == facts.negotiations:
            yield document.problem(
                "states award without negotiations; negotiations are planned."
                if facts.negotiations
                else "does not state that award without negotiations is intended."
            )


def blanks_are_filled(package: Package) -> Iterator[Problem]:
    """X16: every blank of a clause holds the value of the facts, and the sections repeat it."""
    facts = package.facts
    if facts.clause_facts is None:
        return
    for document in package.get(*_SECTIONS):
        for entry in _selected(facts.clause_facts, _SECTIONS[document.code]):
            if entry.fill_ins or entry.text:
                yield from _blanks(document, entry)
    months = sum(period.months for period in facts.periods)
    for document in package.get("SEC-I", "SEC-B", "SEC-F", "SEC-H"):
        yield from _durations(document, facts, months)


def _blanks(document: DocumentText, entry: ClauseEntry) -> Iterator[Problem]:
    text = _text_of(document, entry)
    if text is None:
        return
    if blank := _BLANK.search(text):
        yield document.problem(f"leaves a blank in {entry.number}: fill in {blank[0]!r}.")
    folded = " ".join(text.split()).casefold()
    for name, value in entry.fill_ins:
        if not re.search(rf"(?<![\w.]){re.escape(' '.join(value.split()).casefold())}", folded):
            yield document.problem(
                f"does not fill {value!r} into {entry.number} ({name.lower()}): correct the blank."
            )


def _text_of(document: DocumentText, entry: ClauseEntry) -> str | None:
    """What the section prints of a clause: its row, or its paragraphs up to the next heading."""
    if entry.incorporation is Incorporation.REFERENCE:
        rows = (row for row in document.rows() if row and row[0] == entry.number)
        return next((" ".join(row) for row in rows), None)
    lines = document.lines
    starts = [index for index, line in enumerate(lines) if _HEADED.match(line)]
    for start, end in zip(starts, [*starts[1:], len(lines)], strict=True):
        if lines[start].startswith(f"{entry.number} "):
            return "\n".join(lines[start:end])
    return None


def _durations(document: DocumentText, facts: PackageFacts, months: int) -> Iterator[Problem]:
    stated = facts.clause_facts
    if stated is None:
        return
    for pattern, expected, what in (
        (_TOTAL_MONTHS, months, "total duration in months"),
        (_NOTICE, None, "days of notice"),
        (_PRELIMINARY, stated.option_notice_days, "days of preliminary notice"),
    ):
        allowed = (
            {stated.extension_notice_days, stated.option_exercise_days}
            if expected is None
            else {expected}
        )
        for printed in sorted({int(match[1]) for match in pattern.finditer(document.words)}):
            if printed not in allowed:
                yield document.problem(
                    f"states {printed} as {what}; the facts say "
                    f"{' or '.join(str(number) for number in sorted(allowed))}."
                )
