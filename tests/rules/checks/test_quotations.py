"""What a document quotes from a named source, its source answers for; what may be told stays."""

import pytest

from rules.checks import PackageFacts, run_checks
from tests.rules.checks.clean import BODIES, FACTS, documents

QUOTED = (
    "On 3 May 2031 seven firms asked for $41,234.56, which is 17.3 % more,\n"
    "see N0018926R0001; the name is TBD.\n(Source: survey.pdf, page 2)"
)
PRINTED = QUOTED.replace("asked for", "asked  for").replace("\n", "\n\n")
"""Lines are broken elsewhere in a file than in the source."""


def findings(body: str, facts: PackageFacts = FACTS) -> list[str]:
    docs = documents(PWS=body)
    return [f"{found.check} {found.document}" for found in run_checks(facts, docs)]


def with_quotation(*quotations: str) -> PackageFacts:
    return FACTS.model_copy(update={"quotations": quotations})


def test_a_known_quotation_is_no_statement_of_the_document() -> None:
    body = f"{BODIES['PWS']}\n{PRINTED}\nAfter it."
    assert {"X39 PWS", "X01 PWS", "X30 PWS"} <= set(findings(body)), "without it they are found"
    assert findings(body, with_quotation(QUOTED)) == []


@pytest.mark.parametrize(
    ("old", "new"),
    [("$41,234.56", "$41,234.57"), ("page 2", "page 3"), ("seven firms", "firms"), ("17.3", "17")],
)
def test_a_quotation_that_is_not_word_for_word_is_none(old: str, new: str) -> None:
    body = f"{BODIES['PWS']}\n{PRINTED.replace(old, new)}"
    assert "X39 PWS" in findings(body, with_quotation(QUOTED))


def test_the_same_figure_outside_of_the_quotation_is_found() -> None:
    body = f"{BODIES['PWS']} It costs $41,234.56.\n{PRINTED}"
    assert "X39 PWS" in findings(body, with_quotation(QUOTED))


def test_what_may_not_be_released_may_not_be_quoted_either() -> None:
    leak = "The estimate is $1,500,000.50.\n(Source: survey.pdf, page 1)"
    assert findings(f"{BODIES['PWS']}\n{leak}", with_quotation(leak)) == ["X29 PWS"]
