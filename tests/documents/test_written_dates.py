"""A number is no date, wherever in the facts or in a record it stands."""

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, time
from typing import Any

import pytest

from documents.facts import InvalidFacts, parse_facts, parse_record
from documents.vocabulary import RecordKind
from documents.written_dates import is_written_out
from tests.documents.acquisitions import raw_facts

SECONDS = 1_790_812_800
"""Since 1970: the first of October 2026."""


def _seconds(day: date) -> int:
    return int(datetime.combine(day, time(), UTC).timestamp())


WRITTEN: Mapping[str, Callable[[date], object]] = {
    "number": _seconds,
    "fraction": lambda day: float(_seconds(day)),
    "digits": lambda day: str(_seconds(day)),
    "moment": lambda day: f"{day}T00:00:00",
}


@pytest.mark.parametrize("how", WRITTEN)
def test_facts_with_a_date_that_is_not_written_out_are_refused_where_it_stands(how: str) -> None:
    raw = raw_facts()
    for part, name in ((raw["milestones"], "rfp_issue"), (raw["periods"][1], "start")):
        part[name] = WRITTEN[how](date.fromisoformat(str(part[name])))
    with pytest.raises(InvalidFacts) as caught:
        parse_facts(raw)
    paths = {problem.partition(": ")[0] for problem in caught.value.problems}
    assert paths == {"milestones.rfp_issue", "periods.1.start"}, caught.value.problems


def test_a_record_with_a_number_for_a_date_is_refused_where_it_stands() -> None:
    amendment: dict[str, Any] = {
        "number": "0001",
        "issued": SECONDS,
        "changes": [],
        "closing_extended": False,
        "reason": "An answer to a question",
    }
    with pytest.raises(InvalidFacts) as caught:
        parse_record(RecordKind.AMENDMENTS, {"amendments": [amendment]})
    assert [problem.partition(": ")[0] for problem in caught.value.problems] == [
        "amendments.0.issued"
    ]


@pytest.mark.parametrize("given", [date(2026, 10, 1), "2026-10-01"])
def test_a_date_and_its_text_are_taken(given: object) -> None:
    assert is_written_out(given)


@pytest.mark.parametrize("given", [SECONDS, "20261001", "1 Oct 2026", "2026-10-01 ", None, True])
def test_nothing_else_is_a_date(given: object) -> None:
    assert not is_written_out(given)
