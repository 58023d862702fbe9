"""What the consistency checks read: the facts of a package and the text of its documents."""

import re
from collections.abc import Iterable, Iterator
from datetime import date, time, timedelta
from decimal import Decimal
from enum import StrEnum
from functools import lru_cache

from pydantic import BaseModel, ConfigDict

from rules.citations import Regime
from rules.clauses import ClauseFacts
from rules.evaluation import Comparison, Offer, Rating

Table = tuple[tuple[str, ...], ...]
"""Rows of cells as they read, each on one line."""


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
    tables: tuple[Table, ...] = ()
    """Every table of the DOCX, in order."""
    version: int = 1

    @property
    def public(self) -> bool:
        return self.sensitivity == "public"

    @property
    def words(self) -> str:
        """The DOCX text with every run of white space as one blank."""
        return _one_line(self.text)

    @property
    def folded(self) -> str:
        """``words`` without capitals, for comparison."""
        return _folded(self.text)

    @property
    def lines(self) -> tuple[str, ...]:
        """Paragraphs and cells of the DOCX, one line each, in order."""
        return _lines(self.text)

    @property
    def sentences(self) -> tuple[str, ...]:
        """Sentences of the DOCX; a heading or a cell without a full stop counts as one."""
        return _sentences(self.text)

    def says(self, phrase: str) -> bool:
        """Whether the DOCX contains the phrase, whatever the case and the line breaks."""
        return " ".join(phrase.split()).casefold() in self.folded

    def rows(self) -> Iterator[tuple[str, ...]]:
        """Every row of every table."""
        for table in self.tables:
            yield from table

    def entries(self) -> Iterator[tuple[str, str]]:
        """Label and entry of each form row and each tabbed line; item numbers are left out."""
        pairs = [row[:2] for row in self.rows() if len(row) > 1]
        pairs += [line.split("\t", 1) for line in self.text.splitlines() if "\t" in line]
        for label, entry in pairs:
            yield _ITEM.sub("", " ".join(label.split())), " ".join(entry.split())

    def problem(self, message: str) -> "Problem":
        """A finding in this document."""
        return Problem(document=self.code, message=message)


# The checks ask for the same few forms of the same text again and again.
@lru_cache(maxsize=256)
def _one_line(text: str) -> str:
    return " ".join(text.split())


@lru_cache(maxsize=256)
def _folded(text: str) -> str:
    return _one_line(text).casefold()


@lru_cache(maxsize=256)
def _lines(text: str) -> tuple[str, ...]:
    return tuple(stripped for line in text.splitlines() if (stripped := " ".join(line.split())))


@lru_cache(maxsize=256)
def _sentences(text: str) -> tuple[str, ...]:
    return tuple(part for line in _lines(text) for part in _END.split(line) if part)


_ITEM = re.compile(r"^(?:\([ivx]+\)|\d{1,2}[A-Za-z]?\.) ")
_END = re.compile(r"(?<=[.;:!?])\s+(?=[A-Z(\"$])")


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
    importance: str = ""
    """For example ``Less important than Factor 1``."""


class PackageRequirement(_Plain):
    """One outcome of the work statement and how it is measured."""

    id: str
    paragraph: str
    title: str
    standard: str
    """The least performance that is accepted."""
    quality_level: str
    method: str
    data_item: str


class PackageDataItem(_Plain):
    id: str
    title: str
    frequency: str
    acceptance: str
    distribution: str


class PackageClosing(_Plain):
    day: date
    at: time
    """Local time of the contracting office."""


class PackageSchedule(_Plain):
    """Planned or recorded days of the contracting office."""

    notice: date
    issue: date
    questions_due: date
    answers_posted: date
    closings: tuple[PackageClosing, ...]
    """When offers are due as first stated, and as each amendment moved it."""
    time_zone: str
    award: date


class PackageChange(_Plain):
    section: str
    """For example ``Section L``."""
    text: str


class PackageAmendment(_Plain):
    number: str
    issued: date
    changes: tuple[PackageChange, ...]


class PackageQuestion(_Plain):
    number: int
    amendment: str = ""
    """Number of the amendment that carries the change; empty when nothing changes."""


class PackageWageDetermination(_Plain):
    number: str
    revision: str
    checked: date
    """When it was last seen to be current."""
    places: tuple[str, ...]
    """Places of performance that it covers."""


class PackageFacts(_Plain):
    """What every document of the package has to agree with. Money is USD."""

    title: str
    agency: str
    office: str = ""
    """Name of the contracting office; empty leaves it unchecked."""
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
    relative_importance: str = ""
    """Order of the factors in one sentence; empty for lowest price."""
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
    allowed_months: frozenset[date] = frozenset()
    """First days of months that are named without a day."""
    allowed_durations: frozenset[Decimal] = frozenset()
    """In months, besides those of the periods."""
    stated_citations: frozenset[tuple[str, str]] = frozenset()
    """Statutes and orders that the facts cite, by source and number."""
    quotations: tuple[str, ...] = ()
    """What documents quote from named sources, word for word with the source."""
    planned: frozenset[str] = frozenset()
    """Codes of the documents that the plan has; empty when it is not known."""
    regime: Regime | None = None
    """Which numbering the documents cite; ``None`` leaves citations unchecked."""
    clause_facts: ClauseFacts | None = None
    """What decides clauses and provisions; ``None`` leaves them unchecked."""
    schedule: PackageSchedule | None = None
    competition: str = ""
    """``full_and_open``, ``set_aside`` or ``sole_source``; empty leaves it unchecked."""
    set_aside: str = ""
    """As documents print it, for example ``total small business``."""
    performance_based: bool = False
    requirements: tuple[PackageRequirement, ...] = ()
    data_items: tuple[PackageDataItem, ...] = ()
    furnished: tuple[str, ...] = ()
    """Items that the Government furnishes."""
    wage_determinations: tuple[PackageWageDetermination, ...] = ()
    places: tuple[str, ...] = ()
    """Places of performance."""
    sources: tuple[str, ...] = ()
    """Firms that market research met."""
    amendments: tuple[PackageAmendment, ...] = ()
    questions: tuple[PackageQuestion, ...] = ()
    offers: tuple[Offer, ...] = ()
    ratings: tuple[Rating, ...] = ()
    """The first consensus, before any negotiation."""
    comparison: Comparison | None = None
    """Of the offers as they stand at the decision."""
    debriefed: tuple[str, ...] = ()
    """Codes of the offers whose offerors were debriefed after award."""
    intended_source: str = ""
    """The firm with which a contract without competition is to be negotiated."""
    follow_on: bool = False
    """Whether an earlier contract without competition was justified for the same need."""
    fiscal_year: int | None = None
    """Of the funds; starts on 1 October of the year before."""
    warrant: Decimal | None = None
    """Limit of the contracting officer in USD; ``None`` when none is stated."""


class Package(_Plain):
    """The facts and the documents that one check looks at together."""

    facts: PackageFacts
    documents: tuple[DocumentText, ...]

    def get(self, *codes: str) -> tuple[DocumentText, ...]:
        """The documents of these codes that are in the package, in the order asked for."""
        by_code = {document.code: document for document in self.documents}
        return tuple(by_code[code] for code in codes if code in by_code)

    def in_own_words(self) -> "Package":
        """The package without quotations: what they say, their sources answer for."""
        quoted = self.facts.quotations
        if not quoted:
            return self
        return self.model_copy(
            update={"documents": tuple(_unquoted(document, quoted) for document in self.documents)}
        )


def _unquoted(document: DocumentText, quotations: Iterable[str]) -> DocumentText:
    text, pdf_text = document.text, document.pdf_text
    for quotation in quotations:
        words = quotation.split()
        if " ".join(words) in document.words:
            pattern = re.compile(r"\s+".join(map(re.escape, words)))
            text, pdf_text = pattern.sub("\n", text), pattern.sub("\n", pdf_text)
    if text is document.text:
        return document
    return document.model_copy(update={"text": text, "pdf_text": pdf_text})


class Problem(_Plain):
    """A finding before its check id and severity are added."""

    document: str
    message: str
