"""The table of checks and the function that runs them all."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from rules.checks.amendments import (
    amendments_are_complete,
    answers_change_nothing_alone,
    conformed_copy_is_complete,
)
from rules.checks.approvals import approvals_cover_the_final_bytes, duties_are_separate
from rules.checks.authorities import citations_are_known, thresholds_are_current
from rules.checks.award import award_is_permitted, objectives_stay_behind
from rules.checks.clauses import (
    blanks_are_filled,
    clauses_are_complete,
    negotiations_are_stated_once,
)
from rules.checks.evaluation import decision_compares_offers, scorecards_are_sound
from rules.checks.factors import (
    factors_are_the_same,
    importance_is_stated_once,
    instructions_feed_factors,
)
from rules.checks.figures import numbers_are_facts
from rules.checks.file import contract_file_is_complete, documents_are_marked
from rules.checks.identity import (
    identity_is_the_same,
    lines_are_the_same,
    money_is_the_same,
    periods_are_the_same,
)
from rules.checks.letters import debriefings_keep_confidence, letters_keep_confidence
from rules.checks.notices import (
    dates_are_in_order,
    justification_is_complete,
    notices_are_complete,
    set_aside_is_the_same,
)
from rules.checks.package import (
    DocumentText,
    Finding,
    Package,
    PackageFacts,
    Problem,
    Severity,
)
from rules.checks.property import property_comes_together, wages_come_together
from rules.checks.release import (
    attachments_are_listed,
    no_placeholders,
    nothing_leaks,
    security_is_consistent,
)
from rules.checks.requirements import (
    deliverables_are_data_items,
    duties_are_clear,
    outcomes_not_staffing,
    requirements_are_measured,
)


@dataclass(frozen=True, slots=True)
class Check:
    """One consistency check: what it finds is as severe as the row says."""

    id: str
    title: str
    severity: Severity
    find: Callable[[Package], Iterable[Problem]]
    reads_quotations: bool = False
    """Whether what a named source says counts too: what may be disclosed, whoever said it."""


_B, _W = Severity.BLOCKS, Severity.WARNS

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
            Check("X08", "Requirements are measured", _B, requirements_are_measured),
            Check("X09", "Deliverables are data items", _B, deliverables_are_data_items),
            Check("X10", "Attachments are listed with pages", _B, attachments_are_listed),
            Check("X11", "Objectives stay out of the contract", _B, objectives_stay_behind, True),
            Check("X12", "Duties are clear", _W, duties_are_clear),
            Check("X13", "Outcomes instead of staffing", _W, outcomes_not_staffing),
            Check("X14", "Clauses are complete", _B, clauses_are_complete),
            Check("X15", "Negotiations are stated once", _B, negotiations_are_stated_once),
            Check("X16", "Blanks of clauses are filled", _B, blanks_are_filled),
            Check("X17", "Citations are known", _B, citations_are_known),
            Check("X18", "Thresholds are current", _B, thresholds_are_current),
            Check("X19", "Dates are in order", _B, dates_are_in_order),
            Check("X20", "Notices are complete", _B, notices_are_complete),
            Check("X21", "Amendments are complete", _B, amendments_are_complete),
            Check("X22", "The conformed copy is complete", _B, conformed_copy_is_complete),
            Check("X23", "Answers change nothing alone", _B, answers_change_nothing_alone),
            Check("X24", "Set-aside is the same", _B, set_aside_is_the_same),
            Check("X25", "The justification is complete", _B, justification_is_complete),
            Check("X26", "Security papers come together", _B, security_is_consistent),
            Check("X27", "Property papers come together", _B, property_comes_together),
            Check("X28", "Wage papers come together", _B, wages_come_together),
            Check("X29", "Nothing confidential is released", _B, nothing_leaks, True),
            Check("X30", "No placeholders are left", _B, no_placeholders),
            Check("X31", "Scorecards are sound", _B, scorecards_are_sound),
            Check("X32", "The decision compares offers", _B, decision_compares_offers),
            Check("X33", "Letters keep confidence", _B, letters_keep_confidence, True),
            Check("X34", "Debriefings keep confidence", _B, debriefings_keep_confidence, True),
            Check("X35", "The award is permitted", _B, award_is_permitted),
            Check("X36", "Drafter and approver differ", _B, duties_are_separate),
            Check(
                "X37",
                "Approvals cover the final version",
                _B,
                approvals_cover_the_final_bytes,
                reads_quotations=True,
            ),
            Check("X38", "Documents are marked", _B, documents_are_marked),
            Check("X39", "Numbers in prose are facts", _B, numbers_are_facts),
            Check("X40", "The contract file is complete", _W, contract_file_is_complete),
        )
    }
)


def run_checks(facts: PackageFacts, documents: Iterable[DocumentText]) -> tuple[Finding, ...]:
    """Every finding of every check, in the order of the checks; empty for a clean package."""
    package = Package(facts=facts, documents=tuple(documents))
    own = package.in_own_words()
    return tuple(
        Finding(
            check=check.id,
            severity=check.severity,
            document=problem.document,
            message=problem.message,
        )
        for check in CHECKS.values()
        for problem in check.find(package if check.reads_quotations else own)
    )
