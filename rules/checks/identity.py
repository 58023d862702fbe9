"""Checks that title, numbers, periods, money and line items are the same everywhere (X01-X04)."""

import re
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from itertools import accumulate, pairwise

from rules.checks.figures import (
    AMOUNT_PATTERN,
    DATE_PATTERN,
    dates_in,
    figures_in,
    parse_date,
)
from rules.checks.letters import foreign_prices
from rules.checks.package import DocumentText, Package, PackageFacts, PackagePeriod, Problem
from rules.numbering import PIID_IN_TEXT
from rules.term_limits import TERM_LIMITS

_HYPHENATED_PIID = re.compile(r"\b[A-Z0-9]{6}-\d{2}-[A-Z]-[A-Z0-9]{4}\b")
_NAICS = re.compile(r"\bNAICS\b\D{0,60}(\d{6})\b")
_PSC = re.compile(r"\bPSC\b[\s:|(]{1,4}(?:code\s*:?\s*)?([A-Z0-9]{4})\b")
_SIZE_STANDARD = re.compile(r"size standard[^$.]{0,40}(\$\s?[\d,.]*\d(?:\s?million)?)", re.I)
_AGENCY_ROW = re.compile(r"(?:contracting )?agency", re.I)
_OFFICE_ROW = re.compile(
    r"(?:contracting )?office|issued by(?: \(.*\))?|(?:government )?contracting (?:activity|office)"
    r"|issuing activity(?: .*)?",
    re.I,
)
_DEPARTMENT = re.compile(r"\bDepartment of (?:the )?[A-Z]\w+(?: [A-Z]\w+)*")
_PSC_ROW = re.compile(r"product or service code(?: \(.*\))?|(?:NAICS and )?PSC(?: code)?", re.I)
_NAICS_ROW = re.compile(r"NAICS(?: code)?(?: and .*| \(.*\))?", re.I)
_FIRST_DAY = re.compile(
    rf"\b(?:begin|start)s? (?:full )?performance on ({DATE_PATTERN})"
    rf"|\bstart of (?:full )?performance\W{{1,3}}({DATE_PATTERN})",
    re.I,
)
_LAST_DAY = re.compile(rf"({DATE_PATTERN}) if (?:all|every) options? (?:is|are) exercised", re.I)
_TO = re.compile(r"\s*(?:to|through|until|[-\u2013\u2014|])\s*", re.I)
_DURATION = re.compile(
    r"(?:period of performance|total duration)[^.]{0,80}?\b(\d{1,3})[ -]months?\b", re.I
)
_TOTAL_ESTIMATE = re.compile(
    r"(?:total estimated value|estimated (?:total )?value|total estimated price|IGCE total"
    r"|total of the (?:independent )?government (?:cost )?estimate"
    r"|government (?:cost )?estimate is"
    r"|(?:independent )?government (?:cost )?estimate total)[^$.]{0,60}(\$\s?[\d,]+(?:\.\d+)?"
    r"(?:\s?(?:million|billion)\b)?)",
    re.I,
)
_TOTAL_AWARD = re.compile(
    r"(?:total (?:contract )?(?:price|value|amount)|amount of (?:the )?award|base and all options)"
    r"[^$.]{0,60}(\$\s?[\d,]+(?:\.\d+)?(?:\s?(?:million|billion)\b)?)",
    re.I,
)
_AWARD_CODES = ("SF26", "UNS", "CAS", "CAR", "ANN", "AWL")
_STATE_ESTIMATE = ("IGCE", "AP", "JA", "SBCR", "SSP")
_STATE_AWARD = ("SF26", "UNS", "CAS", "CAR", "ANN")
_STATE_BASE = ("SF26", "AWL", "ANN")
_TOTAL_LABEL = (
    r"total (?:contract )?(?:price|value), all options included|(?:total|amount) with all options"
    r"|contract award amount, options included|base and all options value"
    r"|cumulative value(?: if all options are exercised| to)?"
)
_BASE_LABEL = (
    r"total amount of contract at award|amount awarded, [^$|]{0,30}|amount of the base period"
    r"|price of the period awarded|base and exercised options value|base value(?: of)?"
    r"|face value of this award(?:, without options that are not exercised, is)?"
)
_OPTIONS_LABEL = r"(?:value of )?options,? not exercised"
_LINE_CODES = ("SEC-B", "IGCE", "SF26")
_LINE_NUMBER = re.compile(r"(?<![\w$.,-])(\d)(\d{3})(?![\w,-]|\.\d)")


def identity_is_the_same(package: Package) -> Iterator[Problem]:
    """X01: title, contract numbers, NAICS with size standard and PSC agree with the facts."""
    facts = package.facts
    known = {facts.solicitation_piid, facts.contract_piid, *facts.other_piids}
    for document in package.documents:
        words = document.words
        if not document.says(facts.title):
            yield document.problem(f"does not state the title {facts.title!r}: add it.")
        if facts.solicitation_piid not in words and facts.contract_piid not in words:
            yield document.problem(
                f"states neither {facts.solicitation_piid} nor {facts.contract_piid}: add the "
                "number of the solicitation or contract.",
            )
        for piid in sorted(set(PIID_IN_TEXT.findall(words)) - known):
            yield document.problem(f"quotes {piid}, which is not a number of this acquisition.")
        for piid in sorted(set(_HYPHENATED_PIID.findall(words))):
            yield document.problem(f"writes {piid}: a PIID has no hyphens.")
        yield from _parties(document, facts)
        yield from _codes(document, facts)


def _parties(document: DocumentText, facts: PackageFacts) -> Iterator[Problem]:
    """Every document names agency and office, and no row of a form names others."""
    for name, what in ((facts.agency, "agency"), (facts.office, "contracting office")):
        if not document.says(name):
            yield document.problem(f"does not name the {what}, {name!r}: add it.")
    for label, entry in dict.fromkeys(document.entries()):
        expected: str = ""
        if _AGENCY_ROW.fullmatch(label):
            expected = facts.agency
        elif _OFFICE_ROW.fullmatch(label):
            expected = facts.office
            named = set(_DEPARTMENT.findall(entry))
            if named and facts.agency not in entry:
                yield document.problem(
                    f"names {', '.join(sorted(named))} for {label!r}; the agency is {facts.agency}."
                )
        elif _PSC_ROW.fullmatch(label):
            expected = facts.psc
        elif _NAICS_ROW.fullmatch(label):
            expected = facts.naics
        if expected not in entry:
            yield document.problem(f"gives {entry[:80]!r} for {label!r}; the facts say {expected}.")


def _codes(document: DocumentText, facts: PackageFacts) -> Iterator[Problem]:
    words = document.words
    for naics in sorted(set(_NAICS.findall(words)) - {facts.naics}):
        yield document.problem(f"quotes NAICS {naics}; the facts say {facts.naics}.")
    for psc in sorted(set(_PSC.findall(words)) - {facts.psc}):
        yield document.problem(f"quotes PSC {psc}; the facts say {facts.psc}.")
    for printed in sorted(set(_SIZE_STANDARD.findall(words))):
        amounts = figures_in(printed).amounts
        if amounts and not amounts[0].stands_for(facts.size_standard):
            yield document.problem(
                f"quotes a size standard of {printed}; the facts say ${facts.size_standard:,.0f}.",
            )


def periods_are_the_same(package: Package) -> Iterator[Problem]:
    """X02: periods follow each other without gap and are quoted alike in every document.

    Together they are no longer than the rules allow.
    """
    periods = package.facts.periods
    yield from _term(package.facts)
    for before, after in pairwise(periods):
        if after.start - before.end != timedelta(days=1):
            yield Problem(
                document="",
                message=f"{after.title} starts on {after.start}, {before.title} ends on "
                f"{before.end}: let one start the day after the other ends.",
            )
    for document in package.documents:
        yield from _quoted_periods(document, periods)
    for document in package.get("SEC-F"):
        for period in periods:
            stated = set(figures_in(document.text).dates)
            if not {period.start, period.end} <= stated:
                yield document.problem(
                    f"does not state {period.title}, {period.start} to {period.end}."
                )


def _term(facts: PackageFacts) -> Iterator[Problem]:
    stated, months = facts.clause_facts, sum(period.months for period in facts.periods)
    if stated is None:
        return
    for limit in TERM_LIMITS:
        if months > limit.months and limit.binds(stated):
            yield Problem(
                document="",
                message=f"base and option periods last {months} months together; {limit.source} "
                f"limits {limit.meaning} to {limit.months}: shorten the term.",
            )


def _quoted_periods(
    document: DocumentText, periods: tuple[PackagePeriod, ...]
) -> Iterator[Problem]:
    words = document.words
    starts = {period.start for period in periods}
    ends = {period.end for period in periods}
    # One period, the whole term, or all options.
    pairs = {(period.start, period.end) for period in periods}
    pairs |= {(period.start, periods[-1].end) for period in periods[:2]}
    for first, last in pairwise(dates_in(words)):
        start, end = first.day, last.day
        joined = _TO.fullmatch(words, first.end, last.start)
        if joined and (start in starts or end in ends) and (start, end) not in pairs:
            yield document.problem(
                f"quotes {words[first.start : last.end]!r}, which is no period of performance."
            )
    for pattern, day in ((_FIRST_DAY, periods[0].start), (_LAST_DAY, periods[-1].end)):
        for match in pattern.finditer(words):
            printed = next(filter(None, match.groups()))
            if parse_date(printed) != day:
                yield document.problem(f"says {match[0]!r}; the facts say {day}.")
    for period in periods:
        labelled = re.compile(
            rf"\b{re.escape(period.title)}\b\W{{0,12}}({DATE_PATTERN})\W{{0,4}}"
            rf"(?:to|through|until)?\W{{0,4}}({DATE_PATTERN})",
            re.I,
        )
        for match in labelled.finditer(words):
            found: tuple[date | None, date | None] = parse_date(match[1]), parse_date(match[2])
            if found != (period.start, period.end):
                yield document.problem(
                    f"gives {period.title} as {match[1]} to {match[2]}; the facts say "
                    f"{period.start} to {period.end}.",
                )
    months = [period.months for period in periods]
    allowed = {*months, *accumulate(months), sum(months[1:])}
    for count in sorted({int(match[1]) for match in _DURATION.finditer(words)} - allowed):
        yield document.problem(
            f"speaks of {count} months of performance; the facts say {sum(months)}."
        )


def money_is_the_same(package: Package) -> Iterator[Problem]:
    """X03: the estimate's total and the award's total are the same wherever they are quoted."""
    facts = package.facts
    priced = sum(line.amount for line in facts.lines if line.amount is not None)
    if priced != facts.igce_total:
        yield Problem(
            document="",
            message=f"the lines add up to ${priced:,.2f}, the estimate's total is "
            f"${facts.igce_total:,.2f}: correct the line plan.",
        )
    for document in package.get(*_STATE_ESTIMATE):
        if not _states(document, facts.igce_total):
            yield document.problem(
                f"does not state the estimate's total ${facts.igce_total:,.2f}: add it."
            )
    for document in package.documents:
        for printed in sorted(set(_TOTAL_ESTIMATE.findall(document.words))):
            if not figures_in(printed).amounts[0].stands_for(facts.igce_total):
                yield document.problem(
                    f"quotes {printed} as the estimate; its total is ${facts.igce_total:,.2f}.",
                )
    yield from _award(package)


def _award(package: Package) -> Iterator[Problem]:
    facts = package.facts
    total, base = facts.award_total, facts.award_base
    if total is None or base is None:
        return
    for codes, amount in ((_STATE_AWARD, total), (_STATE_BASE, base)):
        for document in package.get(*codes):
            if not _states(document, amount):
                yield document.problem(f"does not state ${amount:,.2f} of the award: add it.")
    for document in package.get(*_AWARD_CODES):
        for printed in sorted(set(_TOTAL_AWARD.findall(document.words))):
            quoted = figures_in(printed).amounts[0]
            if not (quoted.stands_for(total) or quoted.stands_for(base)):
                yield document.problem(f"quotes {printed} as the award; it is ${total:,.2f}.")
        yield from _labelled_amounts(document, total, base)
        yield from _period_prices(document, facts)
        # What a letter tells its recipient of its own price, X33 looks at.
        if facts.comparison is not None and document.code != "UNS":
            foreign = foreign_prices(document.text, facts.comparison, (facts.awardee,))
            for amount in sorted(foreign - _awarded(facts)):
                yield document.problem(f"states ${amount:,.2f}, a price of another offer.")


def _labelled_amounts(document: DocumentText, total: Decimal, base: Decimal) -> Iterator[Problem]:
    """Each label of a form, and the same words in a sentence, goes with its own amount."""
    for label, amount in (
        (_TOTAL_LABEL, total),
        (_BASE_LABEL, base),
        (_OPTIONS_LABEL, total - base),
    ):
        stated = re.compile(rf"\b({label})[\s:|]{{1,3}}({AMOUNT_PATTERN})", re.I)
        for match in stated.finditer(document.words):
            if not figures_in(match[2]).amounts[0].stands_for(amount):
                yield document.problem(
                    f"gives {match[2]} as {match[1].lower()!r}; it is ${amount:,.2f}."
                )


def _period_prices(document: DocumentText, facts: PackageFacts) -> Iterator[Problem]:
    for row in document.rows():
        for period, price in zip(facts.periods, _prices(facts), strict=False):
            quoted = figures_in(row[-1]).amounts
            named = row[0] == period.title or f"All line items of {period.title}" in row
            if named and quoted and not quoted[0].stands_for(price):
                yield document.problem(
                    f"gives {quoted[0].printed} as the price of {period.title}; it is "
                    f"${price:,.2f}."
                )


def _prices(facts: PackageFacts) -> tuple[Decimal, ...]:
    """What the awardee offered for each period."""
    offers = facts.comparison.offers if facts.comparison else ()
    return next((offer.prices for offer in offers if offer.name == facts.awardee), ())


def _awarded(facts: PackageFacts) -> set[Decimal | None]:
    return {facts.award_total, facts.award_base, *_prices(facts)}


def lines_are_the_same(package: Package) -> Iterator[Problem]:
    """X04: Section B, the estimate and the award carry the same line items."""
    facts = package.facts
    planned = {line.number for line in facts.lines}
    for number in sorted(planned):
        if not re.fullmatch(r"\d{4}", number) or number.endswith("000"):
            yield Problem(document="", message=f"{number} is not a legal line item number.")
    highest = max((int(number[1:]) for number in planned if number.isdigit()), default=0)
    for document in package.get(*_LINE_CODES):
        quoted = {match[0] for match in _LINE_NUMBER.finditer(document.words)}
        for number in sorted(planned - quoted):
            yield document.problem(f"leaves out line item {number}: add it.")
        for number in sorted(quoted - planned):
            if _looks_like_a_line(number, highest, len(facts.periods)):
                yield document.problem(f"has line item {number}, which is not planned.")
    for document in package.get("IGCE"):
        for line in facts.lines:
            if line.amount is not None and not _states(document, line.amount):
                yield document.problem(
                    f"does not state ${line.amount:,.2f} for line item {line.number}."
                )


def _looks_like_a_line(number: str, highest: int, periods: int) -> bool:
    """Whether four digits are a line item: near the planned numbers, and no year above them."""
    suffix = int(number[1:])
    year = 1990 <= int(number) <= 2099
    return int(number[0]) < periods and 1 <= suffix <= (highest if year else highest + 20)


def _states(document: DocumentText, amount: Decimal) -> bool:
    return re.search(rf"(?<![\d,.]){amount:,.2f}(?!\d)", document.words) is not None
