"""What the consistency checks read: the facts of a package and the text of its documents."""

from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum

from pydantic import BaseModel, ConfigDict


class _Plain(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Severity(StrEnum):
    BLOCKS = "B"
    """Holds the gate."""
    WARNS = "W"
    """Needs a written reason."""


class Finding(_Plain):
    """One contradiction. ``document`` is a catalogue code, or empty for the whole package."""

    check: str
    severity: Severity
    document: str
    message: str
    """What is wrong and what to do about it."""

    @property
    def blocks(self) -> bool:
        return self.severity is Severity.BLOCKS

    @property
    def sentence(self) -> str:
        """The finding in one line, for example ``X30 PWS: ...``."""
        return f"{self.check} {self.document or 'package'}: {self.message}"


class Approval(_Plain):
    """One signature: who, in which capacity, on which bytes."""

    position: str
    person: str
    sha256: str
    delegated_from: str = ""
    """The holder of the position who let ``person`` sign; empty when that is the same person."""


class DocumentText(_Plain):
    """One document of the package as it really reads."""

    code: str
    title: str
    sensitivity: str
    """``public``, ``internal`` or ``source_selection``."""
    text: str
    """Extracted from the DOCX."""
    pdf_text: str
    pages: int
    """Pages of the PDF."""
    sha256: str
    """Of the DOCX that was approved."""
    approvals: tuple[Approval, ...] = ()
    drafter: str = ""
    """The person who drafted it; empty when a machine did."""

    @property
    def public(self) -> bool:
        return self.sensitivity == "public"

    @property
    def words(self) -> str:
        """The DOCX text with every run of white space as one blank."""
        return " ".join(self.text.split())

    def says(self, phrase: str) -> bool:
        """Whether the DOCX contains the phrase, whatever the case and the line breaks."""
        return " ".join(phrase.split()).casefold() in self.words.casefold()


class PackagePeriod(_Plain):
    title: str
    start: date
    end: date

    @property
    def months(self) -> int:
        """Whole months from the first to the last day."""
        after = self.end + timedelta(days=1)
        return (after.year - self.start.year) * 12 + after.month - self.start.month


class PackageLine(_Plain):
    """One contract line; ``amount`` is the estimate in USD, ``None`` when not separately priced."""

    number: str
    amount: Decimal | None


class PackageFactor(_Plain):
    code: str
    title: str
    volume: str
    rated: bool
    """False for price."""
    subfactors: tuple[str, ...] = ()
    """Titles of the subfactors."""


class PackageFacts(_Plain):
    """What every document of the package has to agree with. Money is USD."""

    title: str
    agency: str
    solicitation_piid: str
    contract_piid: str
    naics: str
    psc: str
    size_standard: Decimal
    periods: tuple[PackagePeriod, ...]
    lines: tuple[PackageLine, ...]
    igce_total: Decimal
    award_total: Decimal | None = None
    """Total of the award with all options; ``None`` before award."""
    award_base: Decimal | None = None
    """Face value of the award without unexercised options."""
    factors: tuple[PackageFactor, ...] = ()
    price_importance: str = ""
    """For example ``significantly more important than``; empty for lowest price."""
    classified: bool = False
    clearance: str = ""
    """Highest level of access, for example ``SECRET``."""
    attachments: tuple[str, ...] = ()
    """Codes of the documents that Section J lists."""
    other_piids: frozenset[str] = frozenset()
    """Numbers of other contracts that documents may quote, such as references."""
    offerors: tuple[str, ...] = ()
    awardee: str = ""
    confidential_amounts: frozenset[Decimal] = frozenset()
    """Besides the estimate's total: amounts that no released document may state."""
    confidential_terms: frozenset[str] = frozenset()
    """Further words that no released document may contain."""
    open_items: frozenset[str] = frozenset()
    """Placeholder texts that are registered as open items with owner and date."""
    holders: frozenset[tuple[str, str]] = frozenset()
    """(position, person) pairs of the project; empty when they are not known."""
    allowed_amounts: frozenset[Decimal] = frozenset()
    allowed_percents: frozenset[Decimal] = frozenset()
    allowed_dates: frozenset[date] = frozenset()


class Package(_Plain):
    """The facts and the documents that one check looks at together."""

    facts: PackageFacts
    documents: tuple[DocumentText, ...]

    def get(self, *codes: str) -> tuple[DocumentText, ...]:
        """The documents of these codes that are in the package, in the order asked for."""
        by_code = {document.code: document for document in self.documents}
        return tuple(by_code[code] for code in codes if code in by_code)


class Problem(_Plain):
    """A finding before its check id and severity are added."""

    document: str
    message: str
