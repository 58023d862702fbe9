"""Numbers in prose: currency, percentages and dates, and whether the facts know them (X39)."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import lru_cache

from rules.checks.package import Package, Problem

_SCALES = {
    "": Decimal(1),
    "k": Decimal(1_000),
    "thousand": Decimal(1_000),
    "m": Decimal(1_000_000),
    "million": Decimal(1_000_000),
    "b": Decimal(1_000_000_000),
    "billion": Decimal(1_000_000_000),
}
_MONEY = re.compile(
    r"\$\s?(\d{1,3}(?:,\d{3})+|\d+)(\.\d+)?(?:\s?(thousand|million|billion|K|M|B)\b)?",
    re.IGNORECASE,
)
AMOUNT_PATTERN = r"\$\s?\d[\d,]*(?:\.\d+)?(?:\s?(?:thousand|million|billion|K|M|B)\b)?"
"""One amount in USD, for example ``$900,000`` or ``$7.5 million``."""

_PERCENT = re.compile(r"(?<![\d.,])(\d+(?:\.\d+)?)\s?(?:%|percent\b)", re.IGNORECASE)

_MONTHS = (
    "January|February|March|April|May|June|July|August|September|October|November|December|"
    "Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept|Sep|Oct|Nov|Dec"
)
DATE_PATTERN = (
    rf"(?:\d{{4}}-\d{{2}}-\d{{2}}|\d{{1,2}}\s(?:{_MONTHS})\.?\s\d{{4}}"
    rf"|(?:{_MONTHS})\.?\s\d{{1,2}},\s\d{{4}})"
)
"""One date as ISO, ``16 March 2027`` or ``March 16, 2027``; months may be shortened."""

_DATE = re.compile(rf"(?<!\d){DATE_PATTERN}(?!\d)", re.IGNORECASE)
_MONTH_NUMBERS = {
    name: number
    for number, name in enumerate(
        ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"), 1
    )
}


@dataclass(frozen=True, slots=True)
class Amount:
    """An amount as printed; ``tolerance`` is half a unit of its last digit, zero to the cent."""

    printed: str
    value: Decimal
    tolerance: Decimal

    def stands_for(self, exact: Decimal) -> bool:
        """Whether the printed figure is ``exact``, possibly rounded."""
        return abs(exact - self.value) <= self.tolerance


@dataclass(frozen=True, slots=True)
class Figures:
    """All figures of one text, in the order of appearance."""

    amounts: tuple[Amount, ...]
    percents: tuple[Decimal, ...]
    dates: tuple[date, ...]


@dataclass(frozen=True, slots=True)
class PrintedDate:
    """A date and where it stands; ``day`` is ``None`` when the calendar has no such day."""

    printed: str
    start: int
    end: int
    day: date | None


@lru_cache(maxsize=512)
def dates_in(words: str) -> tuple[PrintedDate, ...]:
    """Every date of a text, in order. Looking for dates is slow, so the last texts are kept."""
    return tuple(
        PrintedDate(match[0], match.start(), match.end(), parse_date(match[0]))
        for match in _DATE.finditer(words)
    )


def figures_in(text: str) -> Figures:
    """Currency, percentages and dates in a text. Strings that are no calendar date are left out."""
    words = " ".join(text.split())
    return Figures(
        amounts=tuple(_amounts(words)),
        percents=tuple(Decimal(match[1]) for match in _PERCENT.finditer(words)),
        dates=tuple(found.day for found in dates_in(words) if found.day is not None),
    )


def parse_date(printed: str) -> date | None:
    """A date in one of the forms of ``DATE_PATTERN``, or ``None`` when no such day exists."""
    month = re.search(r"[A-Za-z]+", printed)
    numbers = [int(number) for number in re.findall(r"\d+", printed)]
    try:
        if month is None:
            return date(*numbers)
        day, year = numbers
        return date(year, _MONTH_NUMBERS[month[0][:3].lower()], day)
    except ValueError:
        return None


def numbers_are_facts(package: Package) -> Iterator[Problem]:
    """X39: every currency amount, percentage and date in prose is one of the allowed facts."""
    facts = package.facts
    for document in package.documents:
        found = figures_in(document.text)
        for amount in dict.fromkeys(found.amounts):
            if not any(amount.stands_for(allowed) for allowed in facts.allowed_amounts):
                yield Problem(
                    document=document.code,
                    message=f"{amount.printed} is not an amount of the fact table: take the "
                    "figure from the facts, or add it there.",
                )
        for percent in dict.fromkeys(found.percents):
            if percent not in facts.allowed_percents:
                yield Problem(
                    document=document.code,
                    message=f"{percent} % is not a percentage of the fact table: take the figure "
                    "from the facts, or add it there.",
                )
        for day in dict.fromkeys(found.dates):
            if day not in facts.allowed_dates:
                yield Problem(
                    document=document.code,
                    message=f"{day.isoformat()} is not a date of the fact table: take the date "
                    "from the facts, or add it there.",
                )


def _amounts(words: str) -> Iterator[Amount]:
    for match in _MONEY.finditer(words):
        fraction = match[2] or ""
        scale = _SCALES[(match[3] or "").lower()]
        decimals = max(len(fraction) - 1, 0)
        exact = decimals >= 2 and scale == 1
        yield Amount(
            printed=match[0].strip(),
            value=Decimal(match[1].replace(",", "") + fraction) * scale,
            tolerance=Decimal(0) if exact else scale / (2 * 10**decimals),
        )
