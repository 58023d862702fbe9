"""Counting days the way federal contracting counts them.

All dates are local dates of the contracting office; nothing here knows a time zone. The counting
rules are those of RFO 33.102 (codified 33.101): the day of the event is not counted, and a period
that ends on a closed day runs to the next open one. Minimum lead times never shrink by rolling.
"""

import hashlib
from datetime import date, timedelta
from enum import StrEnum
from functools import lru_cache
from importlib.metadata import version

import holidays

_SATURDAY = 5


@lru_cache(maxsize=128)
def _federal_holidays(year: int) -> frozenset[date]:
    # New Year's Day on a Saturday is observed on 31 December of the year before, and the library
    # lists that observance under the year of the holiday itself.
    days = holidays.country_holidays("US", years=[year, year + 1], categories=("government",))
    return frozenset(day for day in days if day.year == year)


class ClosureKind(StrEnum):
    """Why an office is closed on a day on which it would work."""

    WEATHER = "weather"
    LAPSE_OF_APPROPRIATIONS = "lapse_of_appropriations"
    BASE_CLOSURE = "base_closure"
    OTHER = "other"


class FederalCalendar:
    """Federal working days: Monday to Friday, less federal holidays, less local closures.

    ``closures`` are further days on which the office is closed (weather, lapse of appropriations,
    base closure). Two calendars with the same ``version`` count alike.
    """

    def __init__(self, closures: frozenset[date] = frozenset()) -> None:
        self.closures = closures

    @property
    def version(self) -> str:
        """Names the holiday list and the closures; store it with every computed date."""
        return f"holidays-{version('holidays')}/{self.closures_version}"

    @property
    def closures_version(self) -> str:
        """The part of ``version`` that is about closures: equal exactly for equal closures."""
        listed = ",".join(day.isoformat() for day in sorted(self.closures))
        return f"closures-{hashlib.sha256(listed.encode()).hexdigest()[:12]}"

    def is_open(self, day: date) -> bool:
        """Whether the office works on ``day``."""
        return (
            day.weekday() < _SATURDAY
            and day not in self.closures
            and day not in _federal_holidays(day.year)
        )

    def next_open(self, day: date) -> date:
        """The first working day on or after ``day``."""
        while not self.is_open(day):
            day += timedelta(days=1)
        return day

    def previous_open(self, day: date) -> date:
        """The last working day on or before ``day``."""
        while not self.is_open(day):
            day -= timedelta(days=1)
        return day

    def add_business_days(self, event: date, days: int) -> date:
        """The ``days``-th working day after ``event``; the event itself is not counted.

        Raises ``ValueError`` unless ``days`` is at least 1.
        """
        _require_positive(days)
        day = event
        for _ in range(days):
            day = self.next_open(day + timedelta(days=1))
        return day

    def subtract_business_days(self, event: date, days: int) -> date:
        """The ``days``-th working day before ``event``; the event itself is not counted.

        Raises ``ValueError`` unless ``days`` is at least 1.
        """
        _require_positive(days)
        day = event
        for _ in range(days):
            day = self.previous_open(day - timedelta(days=1))
        return day

    def roll_forward_deadline(self, event: date, days: int) -> date:
        """Last day of a period of ``days`` calendar days after ``event`` (RFO 33.102).

        A period that ends on a closed day runs to the next working day.
        Raises ``ValueError`` unless ``days`` is at least 1.
        """
        _require_positive(days)
        return self.next_open(event + timedelta(days=days))

    def minimum_lead(self, event: date, days: int) -> date:
        """The latest working day that is still at least ``days`` calendar days before ``event``.

        Raises ``ValueError`` unless ``days`` is at least 1.
        """
        _require_positive(days)
        return self.previous_open(event - timedelta(days=days))

    def earliest_after(self, event: date, days: int) -> date:
        """The first working day that is at least ``days`` calendar days after ``event``.

        For notice clocks ("no sooner than 15 days after publication"): closed days make the wait
        longer, never shorter. Raises ``ValueError`` unless ``days`` is at least 1.
        """
        _require_positive(days)
        return self.next_open(event + timedelta(days=days))

    def business_days_between(self, start: date, end: date) -> int:
        """Working days after ``start`` up to and including ``end``; 0 if ``end`` is not later."""
        span = (end - start).days
        return sum(self.is_open(start + timedelta(days=offset)) for offset in range(1, span + 1))


def _require_positive(days: int) -> None:
    if days < 1:
        raise ValueError(f"A period has at least one day, not {days}.")
