"""What a changed fact makes stale, and why."""

from typing import Any

import pytest

from documents.catalog import CATALOG
from documents.computed import Computed, compute
from documents.facts import parse_facts
from documents.lineage import changes, quoted_sha256, stale_documents
from tests.documents.acquisitions import alms, raw_facts

ROWS = [row for row in CATALOG if row.code in ("PR", "PWS", "PRS", "SEC-L", "SEC-M", "IGCE", "NDA")]


def changed(**facts: Any) -> Computed:
    """The sample with some facts of its project changed."""
    raw = raw_facts()
    raw["project"] |= facts
    return compute(parse_facts(raw), alms().records)


def test_differences_are_named_by_path_with_both_values() -> None:
    before = {"a": {"b": 1, "c": [1, 2]}, "list": [{"id": "R01", "x": 1}], "gone": 0}
    after = {"a": {"b": 2, "c": [1, 3]}, "list": [{"id": "R01", "x": 2}, {"id": "R02"}]}
    assert changes(before, after) == {
        "a.b": (1, 2),
        "a.c": ([1, 2], [1, 3]),
        "gone": (0, None),
        "list.R01.x": (1, 2),
        "list.R02": (None, {"id": "R02"}),
    }


def test_nothing_is_stale_when_nothing_changes() -> None:
    assert stale_documents(alms(), compute(alms().facts, alms().records), ROWS) == {}


def test_only_what_quotes_a_changed_fact_is_stale_and_says_which() -> None:
    found = stale_documents(alms(), changed(hours_of_operation="0600 to 1800 local time"), ROWS)
    assert found.keys() == {"PR", "PWS"}, "the hours of operation stand in these two"
    assert found["PWS"] == ("project.hours_of_operation",)


def test_of_several_changes_a_document_names_those_that_it_quotes() -> None:
    raw = raw_facts()
    raw["project"]["hours_of_operation"] = "0600 to 1800 local time"
    raw["evaluation"]["factors"][0]["page_limit"] = 61
    after = compute(parse_facts(raw), alms().records)
    found = stale_documents(alms(), after, ROWS)
    assert found["SEC-L"] == ("evaluation.factors.1.page_limit",)
    assert found["PWS"] == ("project.hours_of_operation",)


def test_what_follows_from_a_fact_counts_like_the_fact() -> None:
    raw = raw_facts()
    raw["estimate"]["labour"][0]["hours"][0] += 10
    found = stale_documents(alms(), compute(parse_facts(raw), alms().records), ROWS)
    assert found["IGCE"] == ("estimate.labour.LC01.hours",), "the total follows from the hours"
    assert "PWS" not in found, "the statement of work quotes no price"


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.code)
def test_the_same_facts_are_quoted_alike(row: Any) -> None:
    again = compute(alms().facts, alms().records)
    assert quoted_sha256(alms(), row) == quoted_sha256(again, row)
    assert quoted_sha256(alms(), row) != quoted_sha256(changed(title="Another name"), row), (
        "the title stands on every cover"
    )
