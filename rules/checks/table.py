"""The table of checks and the function that runs them all."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from rules.checks.approvals import approvals_cover_the_final_bytes, duties_are_separate
from rules.checks.factors import (
    factors_are_the_same,
    importance_is_stated_once,
    instructions_feed_factors,
)
from rules.checks.figures import numbers_are_facts
from rules.checks.identity import (
    identity_is_the_same,
    lines_are_the_same,
    money_is_the_same,
    periods_are_the_same,
)
from rules.checks.package import (
    DocumentText,
    Finding,
    Package,
    PackageFacts,
    Problem,
    Severity,
)
from rules.checks.release import (
    attachments_are_listed,
    no_placeholders,
    nothing_leaks,
    security_is_consistent,
)


@dataclass(frozen=True, slots=True)
class Check:
    """One consistency check: what it finds is as severe as the row says."""

    id: str
    title: str
    severity: Severity
    find: Callable[[Package], Iterable[Problem]]


_B = Severity.BLOCKS

CHECKS: Mapping[str, Check] = MappingProxyType(
    {
        check.id: check
        for check in (
            Check("X01", "Identity is the same everywhere", _B, identity_is_the_same),
            Check("X02", "Periods of performance agree", _B, periods_are_the_same),
            Check("X03", "Estimate and award totals agree", _B, money_is_the_same),
            Check("X04", "Line items agree", _B, lines_are_the_same),
            Check("X05", "Instructions feed factors", _B, instructions_feed_factors),
            Check("X06", "Factors agree from plan to decision", _B, factors_are_the_same),
            Check("X07", "One phrase of importance", _B, importance_is_stated_once),
            Check("X10", "Attachments are listed with pages", _B, attachments_are_listed),
            Check("X26", "Security papers come together", _B, security_is_consistent),
            Check("X29", "Nothing confidential is released", _B, nothing_leaks),
            Check("X30", "No placeholders are left", _B, no_placeholders),
            Check("X36", "Drafter and approver differ", _B, duties_are_separate),
            Check("X37", "Approvals cover the final version", _B, approvals_cover_the_final_bytes),
            Check("X39", "Numbers in prose are facts", _B, numbers_are_facts),
        )
    }
)


def run_checks(facts: PackageFacts, documents: Iterable[DocumentText]) -> tuple[Finding, ...]:
    """Every finding of every check, in the order of the checks; empty for a clean package."""
    package = Package(facts=facts, documents=tuple(documents))
    return tuple(
        Finding(
            check=check.id,
            severity=check.severity,
            document=problem.document,
            message=problem.message,
        )
        for check in CHECKS.values()
        for problem in check.find(package)
    )
