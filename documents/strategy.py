"""What is stated about the strategy: why one source, why combined, why the lowest price, wages.

Part of ``Facts``. All money is USD; all dates are calendar dates of the contracting office.
"""

from datetime import date
from decimal import Decimal
from enum import StrEnum

from pydantic import BaseModel, ConfigDict, Field

from rules.applicability import CompetitionException


class _Stated(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Statement(_Stated):
    """One paragraph of a justification."""

    text: str
    withheld: str = ""
    """Why the copy for the public leaves it out; empty when the public may read it."""


class IntendedSource(_Stated):
    """The firm with which the office intends to negotiate."""

    name: str
    address: str
    cage: str
    small_business: bool | None = None
    """Its size under the NAICS code; ``None`` while the office does not know it."""
    reason: str
    """Why this firm, in a sentence that the notice of the proposed action may print."""


class EarlierJustification(_Stated):
    """The justification of the contract that the action follows."""

    title: str
    approved: date
    approver: str
    value: Decimal
    performed: str
    """The period that it covered, in words."""
    actions: str
    """What it promised to do for competition."""
    outcome: str
    """What came of that promise."""


class Justification(_Stated):
    """What the contracting officer and the requiring activity say on the items of RFO 6.104-1(a).

    Items that follow from other facts (agency, description, value, notices, market research, who
    answered) are not repeated here.
    """

    exception: CompetitionException = CompetitionException.ONE_SOURCE
    section_8a: bool = False
    """The source is a participant of the 8(a) program; needs the exception ``statute``."""
    action: str
    """Nature of the action, for example "a new contract without options"."""
    source: IntendedSource | None = None
    """``None`` when brand name or equal is competed among several sources."""
    demonstration: tuple[Statement, ...] = Field(min_length=1)
    """Item 5: why the authority applies."""
    efforts: tuple[Statement, ...] = Field(min_length=1)
    """Item 6: what was done to obtain offers from as many sources as practicable."""
    notice_waiver: str = ""
    """Who waived the sources sought notice, when and why; empty when it was published."""
    fair_price: str
    """Item 7: on what the finding of a fair and reasonable price will rest."""
    other_facts: tuple[Statement, ...] = ()
    """Item 9: for example why no other data package can be used, or what duplication costs."""
    barriers: tuple[Statement, ...] = Field(min_length=1)
    """Item 11: what is done so that the next acquisition can be competed."""
    earlier: tuple[EarlierJustification, ...] = ()
    """Justifications of the contracts that this action follows, oldest first."""


class Benefit(_Stated):
    """One measurably substantial benefit of combining requirements."""

    title: str
    measure: str
    amount: Decimal | None = None
    """USD over all periods; ``None`` when the benefit is not one of cost."""


class Alternative(_Stated):
    """One strategy with less combination, and what became of it."""

    approach: str
    assessment: str


class Consolidation(_Stated):
    """What a determination on consolidation or bundling rests on (RFO 7.107-1)."""

    combined: tuple[str, ...] = Field(min_length=2)
    """The requirements that were, or would be, performed under separate contracts."""
    bundled: bool = False
    """The combination is likely to be unsuitable for award to a small business."""
    benefits: tuple[Benefit, ...] = Field(min_length=1)
    alternatives: tuple[Alternative, ...] = Field(min_length=1)
    impact: str
    """What the combination does to small businesses, among them the present contractors."""
    mitigation: tuple[str, ...] = Field(min_length=1)
    conclusion: str


class LptaLimit(StrEnum):
    """When the lowest price may decide: all of these have to hold (DFARS 215.103-270)."""

    CLEAR_REQUIREMENTS = "clear_requirements"
    NO_VALUE_ABOVE_MINIMUM = "no_value_above_minimum"
    NO_SUBJECTIVE_JUDGMENT = "no_subjective_judgment"
    CONFIDENCE = "confidence"
    NO_INNOVATION = "no_innovation"
    NATURE_OF_GOODS = "nature_of_goods"
    LIFE_CYCLE_COST = "life_cycle_cost"
    DOCUMENTED = "documented"


class LowestPrice(_Stated):
    """The limits of DFARS 215.103-270, answered one by one."""

    answers: dict[LptaLimit, str]
    """How each limit is met."""
    avoided: str
    """Whether the services or supplies are among those for which the process is avoided."""
    prohibited: str
    """Whether the process is prohibited for what is bought."""


class WageDetermination(_Stated):
    """One wage determination of the Department of Labor, as read in SAM.gov."""

    number: str
    revision: int = Field(ge=0)
    published: date
    """Date of the revision."""
    checked: date
    """When somebody last saw in SAM.gov that this is the current revision."""
    localities: tuple[str, ...] = Field(min_length=1)
    """Counties or cities to which it applies."""
    places: tuple[str, ...] = Field(min_length=1)
    """Places of performance that it covers, as ``project.places_of_performance`` names them."""
    occupations: tuple[str, ...] = Field(min_length=1)
    """Occupation codes with their titles, for example ``23181 Electronics Technician II``."""
