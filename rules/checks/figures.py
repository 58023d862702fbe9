"""Figures in prose: currency, percentages, dates and durations that the facts know (X39)."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import lru_cache
from itertools import accumulate

from rules.checks.package import Package, PackageFacts, Problem
from rules.writing import plain

_SCALES = {
    **dict.fromkeys(("k", "thousand"), Decimal(1_000)),
    **dict.fromkeys(("m", "mm", "mn", "mil", "million"), Decimal(1_000_000)),
    **dict.fromkeys(("b", "bn", "billion"), Decimal(1_000_000_000)),
    "trillion": Decimal(1_000_000_000_000),
}
_NUMBER = r"(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?"
_SCALE = rf"(?:[\s-]?(?:{'|'.join(_SCALES)})\b)?"
AMOUNT_PATTERN = (
    rf"(?:(?:\$|\bUSD)\s?{_NUMBER}{_SCALE}"
    rf"|(?<![\d.,]){_NUMBER}{_SCALE}[\s-]?(?:USD|(?:U\.?S\.?\s)?dollars?)\b)"
)
"""One amount in USD, for example ``$900,000``, ``USD 7.5 million`` or ``900,000 dollars``."""

_MONEY = re.compile(
    rf"{AMOUNT_PATTERN}|(?<![\d.,]){_NUMBER}[\s-]?(?:thousand|million|billion|trillion)\b",
    re.IGNORECASE,
)
_PERCENT = re.compile(
    rf"(?<![\d.])(?<!\d,)({_NUMBER}|\.\d+)[\s-]?(?:%|(?:per\s?cent(?:age|um)?|pct)\b)",
    re.IGNORECASE,
)
_DURATION = re.compile(
    rf"(?<![\d.,])({_NUMBER})\)?[\s-]?"
    r"(?:(?:additional|calendar|consecutive|full|further|more|whole)[\s-])?(month|year)s?\b",
    re.IGNORECASE,
)
_MONTHS_OF = {"month": 1, "year": 12}
_DIGIT = re.compile(r"\d")

_MONTH = (
    r"(?:January|February|March|April|May|June|July|August|September|October|November|December"
    r"|Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept|Sep|Oct|Nov|Dec)"
)
_DAY = r"\d{1,2}(?:st|nd|rd|th)?"
DATE_PATTERN = (
    r"(?:\d{4}-\d{1,2}-\d{1,2}|\d{4}/\d{1,2}/\d{1,2}"
    r"|\d{1,2}/\d{1,2}/(?:\d{4}|\d{2})|\d{1,2}-\d{1,2}-\d{4}|\d{1,2}\.\d{1,2}\.\d{4}"
    rf"|{_DAY}(?:\s(?:day\s)?of\s|[\s-])?{_MONTH}\.?(?:,\s?|[\s-])?\d{{4}}"
    rf"|\b{_MONTH}\.?[\s-](?:the\s)?{_DAY}(?:,\s?|[\s-])\d{{4}}"
    rf"|\d{{1,2}}-?{_MONTH}-?\d{{2}})"
)
"""One date, for example ``2027-03-16``, ``16 March 2027``, ``March 16, 2027`` or ``3/16/2027``."""

_DATE = re.compile(rf"(?<!\d)(?<!\d[.,]){DATE_PATTERN}(?!\d)", re.IGNORECASE)
_MONTH_OF_YEAR = re.compile(
    rf"\b(?:({_MONTH})\.?,?(?:\s(?:of\s)?|-)|(0?[1-9]|1[0-2])/)((?:19|20)\d{{2}})(?![\d/])",
    re.IGNORECASE,
)
_NAME_OF_MONTH = re.compile(rf"{_MONTH}", re.IGNORECASE)
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
class Duration:
    """A number of months or years."""

    printed: str
    months: Decimal


@dataclass(frozen=True, slots=True)
class Figures:
    """All figures of one text, in the order of appearance."""

    amounts: tuple[Amount, ...] = ()
    percents: tuple[Decimal, ...] = ()
    dates: tuple[date, ...] = ()
    months: tuple[date, ...] = ()
    """First days of the months that are named without a day, for example ``May 2027``."""
    durations: tuple[Duration, ...] = ()
    no_dates: tuple[str, ...] = ()
    """What is written as a date and is no day of the calendar."""


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
    """Currency, percentages, dates and durations in a text, whatever characters write them."""
    words = " ".join(plain(text).split())
    if not _DIGIT.search(words):
        return Figures()
    dates = dates_in(words)
    return Figures(
        amounts=tuple(_amount(match[0]) for match in _MONEY.finditer(words)),
        percents=tuple(_number(match[1]) for match in _PERCENT.finditer(words)),
        dates=tuple(found.day for found in dates if found.day is not None),
        months=tuple(_months(words, dates)),
        durations=tuple(
            Duration(f"{match[1]} {match[2]}s", _number(match[1]) * _MONTHS_OF[match[2].lower()])
            for match in _DURATION.finditer(words)
        ),
        no_dates=tuple(found.printed for found in dates if found.day is None),
    )


def parse_date(printed: str) -> date | None:
    """A date in one of the forms of ``DATE_PATTERN``, or ``None`` when no such day exists.

    In numbers alone the year stands first, or the month as in ``3/16/2027``.
    """
    month = _NAME_OF_MONTH.search(printed)
    numbers = [int(number) for number in re.findall(r"\d+", printed)]
    try:
        if month is None:
            first, second, third = numbers
            year, number, day = numbers if first > 99 else (third, first, second)
        else:
            day, year = numbers
            number = _MONTH_NUMBERS[month[0][:3].lower()]
        return date(year if year > 99 else 2000 + year, number, day)
    except ValueError:
        return None


def numbers_are_facts(package: Package) -> Iterator[Problem]:
    """X39: every amount, percentage, date and duration in prose is one of the allowed facts."""
    for document in package.documents:
        found = figures_in(document.text)
        for stranger in dict.fromkeys(_strangers(found, package.facts)):
            yield document.problem(
                f"{stranger} of the fact table: take it from the facts, or add it there."
            )
        for printed in dict.fromkeys(found.no_dates):
            yield document.problem(
                f"{printed} is no day of the calendar: write the date as 16 March 2027."
            )


def _strangers(found: Figures, facts: PackageFacts) -> Iterator[str]:
    for amount in found.amounts:
        if not any(amount.stands_for(allowed) for allowed in facts.allowed_amounts):
            yield f"{amount.printed} is not an amount"
    for percent in found.percents:
        if percent not in facts.allowed_percents:
            yield f"{percent} % is not a percentage"
    for day in found.dates:
        if day not in facts.allowed_dates:
            yield f"{day.isoformat()} is not a date"
    months = {day.replace(day=1) for day in facts.allowed_dates | facts.allowed_months}
    for month in found.months:
        if month not in months:
            yield f"{month:%B %Y} is not a month"
    durations = facts.allowed_durations.union(_months_of_performance(facts))
    for duration in found.durations:
        if duration.months not in durations:
            yield f"{duration.printed} is not a duration"


def _months_of_performance(facts: PackageFacts) -> Iterator[Decimal]:
    months = [period.months for period in facts.periods]
    yield from map(Decimal, (*months, *accumulate(months), sum(months[1:])))


def _months(words: str, dates: tuple[PrintedDate, ...]) -> Iterator[date]:
    whole = {position for found in dates for position in range(found.start, found.end)}
    for match in _MONTH_OF_YEAR.finditer(words):
        if match.start() not in whole:
            number = int(match[2]) if match[2] else _MONTH_NUMBERS[match[1][:3].lower()]
            yield date(int(match[3]), number, 1)


def _amount(printed: str) -> Amount:
    _, number, after = re.split(f"({_NUMBER})", printed, maxsplit=1)
    scale = _SCALES.get(re.split(r"[\s-]", after.strip(" -").lower())[0], Decimal(1))
    decimals = len(number.partition(".")[2])
    exact = decimals >= 2 and scale == 1
    return Amount(
        printed=printed,
        value=_number(number) * scale,
        tolerance=Decimal(0) if exact else scale / (2 * 10**decimals),
    )


def _number(printed: str) -> Decimal:
    return Decimal(printed.replace(",", ""))
