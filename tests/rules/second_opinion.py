"""The rule book's arithmetic a second time, by other means: fractions, cents, holidays by the law.

Nothing here imports the functions it is compared with.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta
from fractions import Fraction
from functools import cache
from math import floor

DAY = timedelta(days=1)


def cents(amount: Fraction) -> int:
    """USD as whole cents, halves away from zero."""
    whole = floor(abs(amount) * 100 + Fraction(1, 2))
    return whole if amount >= 0 else -whole


def rate_in_cents(base: Fraction, yearly: Fraction, years: int) -> int:
    """K1: a rate after so many years, multiplied up year by year without rounding in between."""
    for _ in range(years):
        base += base * yearly
    return cents(base)


def amount_in_cents(rate: int, hours: int) -> int:
    """K2: one cell of the estimate; a whole number of cents times hours needs no rounding."""
    return sum([rate] * hours) if hours < 50 else rate * hours


def half_in_cents(amount: int) -> int:
    """K4: half of a whole number of cents, half a cent up."""
    return amount // 2 + amount % 2


def hundredths_of_percent(amount: Fraction, reference: Fraction) -> int:
    """K6: how far an amount lies above a reference, in hundredths of a percent."""
    return cents((amount / reference - 1) * 100)


@cache
def federal_holidays(year: int) -> set[date]:
    """K9: the eleven holidays of 5 USC 6103 as they are observed by a Monday-to-Friday office."""

    def nth(month: int, weekday: int, count: int) -> date:
        found = [
            date(year, month, day)
            for day in range(1, 32)
            if day <= 28 or _exists(year, month, day)
            if date(year, month, day).weekday() == weekday
        ]
        return found[count - 1 if count > 0 else count]

    fixed = [date(year, month, day) for month, day in ((1, 1), (7, 4), (11, 11), (12, 25))]
    fixed += [date(year + 1, 1, 1)]
    if year >= 2021:
        fixed.append(date(year, 6, 19))
    observed = {
        day - DAY if day.weekday() == 5 else day + DAY if day.weekday() == 6 else day
        for day in fixed
    }
    monday, thursday = 0, 3
    observed |= {nth(1, monday, 3), nth(2, monday, 3), nth(5, monday, -1), nth(9, monday, 1)}
    observed |= {nth(10, monday, 2), nth(11, thursday, 4)}
    return {day for day in observed if day.year == year}


def _exists(year: int, month: int, day: int) -> bool:
    try:
        date(year, month, day)
    except ValueError:
        return False
    return True


def open_days(first: date, last: date) -> list[date]:
    """Every working day of a span, both ends included."""
    closed = {day for year in range(first.year, last.year + 1) for day in federal_holidays(year)}
    days = (first + timedelta(days=index) for index in range((last - first).days + 1))
    return [day for day in days if day.isoweekday() <= 5 and day not in closed]


def calendar_deadline(event: date, days: int) -> date:
    """C1: the first working day on or after the last day of the period."""
    return open_days(event + days * DAY, event + (days + 14) * DAY)[0]


def business_deadline(event: date, days: int) -> date:
    """C2: the n-th working day after the event."""
    return open_days(event + DAY, event + (2 * days + 20) * DAY)[days - 1]


def latest_lead(event: date, days: int) -> date:
    """C3: the last working day that leaves so many days before the event."""
    return open_days(event - (days + 14) * DAY, event - days * DAY)[-1]


def latest_dates(
    steps: Sequence[tuple[str, str, Callable[[date], date]]], award: date, horizon: int
) -> dict[str, date]:
    """K11: for each milestone the last day from which the award is still reached in time.

    Tries every day before the award, latest first, and walks all steps forward from there.
    """

    def reaches(name: str, day: date) -> bool:
        reached = {name: day}
        changed = True
        while changed:
            changed = False
            for start, end, after in steps:
                if start in reached:
                    arrival = after(reached[start])
                    if end not in reached or arrival > reached[end]:
                        reached[end] = arrival
                        changed = True
        return "award" in reached and reached["award"] <= award

    found: dict[str, date] = {}
    for name in {name for start, end, _ in steps for name in (start, end)}:
        days = (award - index * DAY for index in range(horizon))
        found[name] = next(day for day in days if reaches(name, day))
    return found


def unbeaten(offers: Mapping[str, tuple[Sequence[int | None], int]]) -> set[str]:
    """K14: offers that no other one beats; each has ranks (best is 0, ``None`` neutral) and price.

    One offer beats another if swapping it in never makes anything worse and makes something
    better; a neutral rank can be compared with nothing but another neutral one.
    """

    def beats(one: str, other: str) -> bool:
        pairs = list(zip(offers[one][0], offers[other][0], strict=True))
        if any((mine is None) != (theirs is None) for mine, theirs in pairs):
            return False
        mine_all = [*(rank or 0 for rank, _ in pairs), offers[one][1]]
        theirs_all = [*(rank or 0 for _, rank in pairs), offers[other][1]]
        merged = [min(pair) for pair in zip(mine_all, theirs_all, strict=True)]
        return merged == mine_all and mine_all != theirs_all

    return {name for name in offers if not any(beats(rival, name) for rival in offers)}
