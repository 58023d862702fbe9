"""The clause matrix: which clauses and provisions one DoD acquisition carries.

Written for negotiated DoD contracts for services (Sections I, K, L and M of the uniform contract
format). Dates are those of the codified texts; a clause that the class deviations of 2026 changed
is tagged ``(DEVIATION)``. The contracting officer confirms the list before release.
"""

from rules.clause_facts import Clause, ClauseEntry, ClauseFacts, Incorporation, Section
from rules.clause_table import CLAUSES, PROVISIONS

__all__ = [
    "ClauseEntry",
    "ClauseFacts",
    "Incorporation",
    "Section",
    "clauses_for",
    "provisions_for",
]


def clauses_for(facts: ClauseFacts) -> tuple[ClauseEntry, ...]:
    """The clauses of Section I, FAR before DFARS, in the order of their numbers.

    Raises ``NoThresholdOnDate`` when the rule book has no thresholds for the date of issue.
    """
    return _selected(CLAUSES, facts)


def provisions_for(facts: ClauseFacts) -> tuple[ClauseEntry, ...]:
    """The solicitation provisions of Sections K, L and M (``entry.section`` tells which)."""
    return _selected(PROVISIONS, facts)


def _selected(rows: tuple[Clause, ...], facts: ClauseFacts) -> tuple[ClauseEntry, ...]:
    chosen = (row.entry(facts) for row in rows if row.when(facts))
    return tuple(sorted(chosen, key=lambda entry: _number_key(entry.number)))


def _number_key(number: str) -> tuple[int, ...]:
    chapter, rest = number.split(".")
    part, serial = rest.split(" ")[0].split("-")
    return int(chapter), int(part), int(serial)
