"""What decides the clauses of a contract, and what a clause is."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from pydantic import BaseModel, ConfigDict, Field

from rules.citations import Regime
from rules.thresholds import ThresholdId, threshold


class Incorporation(StrEnum):
    REFERENCE = "reference"
    FULL_TEXT = "full text"


class Section(StrEnum):
    """Section of the uniform contract format that carries the clause or provision."""

    CLAUSES = "I"
    REPRESENTATIONS = "K"
    INSTRUCTIONS = "L"
    EVALUATION = "M"


class ClauseFacts(BaseModel):
    """What decides the clauses of one acquisition. Money is USD."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    value: Decimal
    """Estimated value with all options."""
    issue: date
    """Date of the solicitation; thresholds are looked up on it."""
    regime: Regime = Regime.RFO
    contract_type: str = "firm-fixed-price"
    service: bool = True
    supplies: bool = False
    """Items such as equipment are delivered besides the services."""
    information_technology: bool = False
    cloud: bool = False
    commercial: bool = False
    classified: bool = False
    controlled_unclassified: bool = True
    competitive: bool = True
    negotiations: bool = False
    options: bool = True
    set_aside: bool = False
    """A total small business set-aside."""
    other_than_small_possible: bool = True
    cost_reimbursable_travel: bool = False
    data_rights: bool = False
    """Technical data or computer software is delivered."""
    government_property: bool = False
    service_contract_labor_standards: bool = False
    on_installation: bool = False
    """Part of the work is done on a Government installation."""
    response_days: int = Field(default=30, ge=0)
    """Calendar days between issue and closing."""
    extension_notice_days: int = Field(default=30, ge=1)
    option_exercise_days: int = Field(default=30, ge=1)
    option_notice_days: int = Field(default=60, ge=1)
    total_months: int = Field(default=60, ge=1)
    naics: str = ""
    size_standard: str = ""
    """As printed, for example ``$34 million``."""
    protest_address: str = ""
    """Name and address of the office where a protest is served."""

    def over(self, id: ThresholdId) -> bool:
        """Whether the value lies where the threshold's rule applies, on the date of issue."""
        return threshold(id, self.issue).met_by(self.value)


@dataclass(frozen=True, slots=True, kw_only=True)
class ClauseEntry:
    """One clause or provision as it is printed in its section."""

    number: str
    title: str
    date: str
    """Month and year of the text, for example ``NOV 2021``."""
    deviation: bool
    section: Section
    incorporation: Incorporation
    text: str = ""
    """The clause with its blanks filled; empty when it is incorporated by reference."""
    fill_ins: tuple[tuple[str, str], ...] = ()

    @property
    def regulation(self) -> str:
        return "DFARS" if self.number.startswith("252.") else "FAR"

    @property
    def dated(self) -> str:
        """The date with its deviation tag, for example ``(NOV 2021) (DEVIATION)``."""
        return f"({self.date}) (DEVIATION)" if self.deviation else f"({self.date})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Clause:
    """One row of the matrix."""

    number: str
    title: str
    date: str
    when: Callable[[ClauseFacts], bool]
    section: Section = Section.CLAUSES
    deviation: bool = False
    text: Callable[[ClauseFacts], str] | None = None
    fill_ins: Callable[[ClauseFacts], tuple[tuple[str, str], ...]] | None = None

    def entry(self, facts: ClauseFacts) -> ClauseEntry:
        return ClauseEntry(
            number=self.number,
            title=self.title,
            date=self.date,
            deviation=self.deviation,
            section=self.section,
            incorporation=Incorporation.FULL_TEXT if self.text else Incorporation.REFERENCE,
            text=self.text(facts) if self.text else "",
            fill_ins=self.fill_ins(facts) if self.fill_ins else (),
        )
