"""How long a contract may last with its options, as dated facts."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from rules.citations import Regime
from rules.clause_facts import ClauseFacts


@dataclass(frozen=True, slots=True, kw_only=True)
class TermLimit:
    """One limit of base and option periods together; both dates are inclusive."""

    months: int
    meaning: str
    source: str
    when: Callable[[ClauseFacts], bool]
    effective_from: date
    effective_to: date | None = None

    def binds(self, facts: ClauseFacts) -> bool:
        """Whether a contract with these facts must stay within the limit."""
        started = self.effective_from <= facts.issue
        return started and (self.effective_to or facts.issue) >= facts.issue and self.when(facts)


_CODIFIED = date(2020, 10, 1)

TERM_LIMITS: tuple[TermLimit, ...] = (
    # RFO part 17 carries no such limit: there the contracting officer decides on the term.
    TermLimit(
        months=60,
        meaning="services other than information technology",
        source="FAR 17.204(e)",
        when=lambda facts: (
            facts.regime is Regime.FAR and facts.service and not facts.information_technology
        ),
        effective_from=_CODIFIED,
    ),
    TermLimit(
        months=60,
        meaning="contracts under the service contract labor standards",
        source="41 U.S.C. 6707(d)",
        when=lambda facts: facts.service_contract_labor_standards,
        effective_from=_CODIFIED,
    ),
)
