"""From a contract file to what is published: the cover of a document, the facts of the package.

The consistency checks read the text that is really in the files, so a slip of an agent, of a
person or of a renderer is found before a phase is left.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, is_dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Protocol, cast

from pydantic import BaseModel

from documents.catalog import BY_CODE, DocumentType
from documents.compose import UnknownKey, long_date
from documents.computed import Computed, Package
from documents.context import ATTACHMENTS, EXHIBITS, context
from documents.facts import Facts, Records
from documents.plan import Assignee
from documents.rendering import (
    Converter,
    Cover,
    Rendered,
    Signer,
    convert_docx,
    extract_pdf_text,
    extract_text,
    render,
)
from documents.vocabulary import Position, Sensitivity
from rules.checks import (
    Approval,
    DocumentText,
    Finding,
    PackageFactor,
    PackageFacts,
    PackageLine,
    PackagePeriod,
    figures_in,
    run_checks,
)
from rules.evaluation import Offer, Scale, total_price

AFTER_AWARD = frozenset({"SF26", "AWL", "UNS", "CAS", "CAR", "CORL"})
"""Documents that carry the number of the contract; the others carry that of the solicitation."""

_PIID = re.compile(r"\b[A-Z0-9]{6}\d{2}[A-Z][A-Z0-9]{4}\b")
_LEVELS = ("TOP SECRET", "SECRET", "CONFIDENTIAL")


class ContractFile(Protocol):
    """What this module reads of a project."""

    @property
    def facts(self) -> Facts: ...
    @property
    def records(self) -> Records: ...
    @property
    def package(self) -> Package: ...
    def computed(self) -> Computed: ...
    def row(self, code: str) -> DocumentType: ...


class Signature(Protocol):
    @property
    def position(self) -> Position: ...
    @property
    def person(self) -> str: ...
    @property
    def sha256(self) -> str: ...
    @property
    def delegated_from(self) -> str: ...


class Version(Protocol):
    """An approved version, by the hashes of its files."""

    @property
    def code(self) -> str: ...
    @property
    def title(self) -> str: ...
    @property
    def sensitivity(self) -> Sensitivity: ...
    @property
    def docx_sha256(self) -> str: ...
    @property
    def pdf_sha256(self) -> str: ...
    @property
    def pages(self) -> int: ...
    @property
    def drafter(self) -> str: ...
    @property
    def approvals(self) -> Sequence[Signature]: ...


class Publisher:
    """Renders text into files, and reads files back for the checks. It blocks: use a thread."""

    def __init__(self, converter: Converter) -> None:
        self._converter = converter

    def render(
        self,
        file: ContractFile,
        code: str,
        version: int,
        signers: Iterable[Assignee],
        content: str,
    ) -> Rendered:
        """Render Markdown with every key filled. Raises a ``RenderingError``."""
        return render(content, cover_for(file, code, version, signers), self._converter)

    def convert(self, docx: bytes) -> tuple[Rendered, str]:
        """A DOCX as it is, its PDF, and its text. Raises UnsafeDocument or ConversionFailed."""
        return convert_docx(docx, self._converter), extract_text(docx)

    def check(
        self, file: ContractFile, versions: Iterable[Version], blobs: Mapping[str, bytes]
    ) -> tuple[Finding, ...]:
        """Run every check over the versions; ``blobs`` are the bytes of their files by SHA-256."""
        return run_checks(package_facts(file), read_documents(file, versions, blobs))


def cover_for(file: ContractFile, code: str, version: int, signers: Iterable[Assignee]) -> Cover:
    """What stands around the text of one version. Raises KeyError for an unknown code."""
    row, project = file.row(code), file.facts.project
    day = long_date(file.computed().dates[row.dated])
    return Cover(
        layout=row.layout,
        code=code,
        title=row.title,
        subtitle=project.title,
        agency=project.agency,
        office=project.office.name,
        piid=project.contract_piid if code in AFTER_AWARD else project.solicitation_piid,
        marking=row.sensitivity.marking,
        version=f"{version}.0",
        date=day,
        distribution=_distribution(row.sensitivity, project.office.name, day),
        signers=tuple(
            Signer(name=signer.name, position=signer.position.label) for signer in signers
        ),
        form_number=row.form_number,
    )


def _distribution(sensitivity: Sensitivity, office: str, day: str) -> str:
    """The distribution statement (DoDI 5230.24), or the limit of FAR 3.104-4."""
    match sensitivity:
        case Sensitivity.PUBLIC:
            return (
                "DISTRIBUTION STATEMENT A. Approved for public release. Distribution is unlimited."
            )
        case Sensitivity.INTERNAL:
            return (
                "DISTRIBUTION STATEMENT B. Distribution authorized to U.S. Government agencies "
                f"only; administrative or operational use; {day}. "
                f"Other requests shall be referred to {office}."
            )
        case Sensitivity.SOURCE_SELECTION:
            return (
                "Disclosure is limited to persons authorized by the contracting officer or the "
                "head of the agency (FAR 3.104-4)."
            )


def read_documents(
    file: ContractFile, versions: Iterable[Version], blobs: Mapping[str, bytes]
) -> tuple[DocumentText, ...]:
    """The text that is really in the files of each version; ``blobs`` are their bytes by SHA-256.

    Blocking: call it on a thread. Raises UnsafeDocument or ConversionFailed for damaged files.
    """
    return tuple(
        DocumentText(
            code=version.code,
            title=version.title,
            sensitivity=version.sensitivity.value,
            text=extract_text(blobs[version.docx_sha256]),
            pdf_text=extract_pdf_text(blobs[version.pdf_sha256]),
            pages=version.pages,
            sha256=version.docx_sha256,
            drafter=version.drafter,
            approvals=tuple(
                Approval(
                    position=approval.position.label,
                    person=approval.person,
                    sha256=approval.sha256,
                    delegated_from=approval.delegated_from,
                )
                for approval in version.approvals
            ),
        )
        for version in versions
    )


def package_facts(file: ContractFile) -> PackageFacts:
    """What every document of the package has to agree with; raises InvalidFacts."""
    facts, computed = file.facts, file.computed()
    project, costs = facts.project, computed.estimate
    known = _Known.of(computed, file.package)
    winner = _winner(file.records)
    return PackageFacts(
        title=project.title,
        agency=project.agency,
        solicitation_piid=project.solicitation_piid,
        contract_piid=project.contract_piid,
        naics=project.naics.code,
        psc=project.psc.code,
        size_standard=Decimal(project.naics.size_standard_usd),
        periods=tuple(
            PackagePeriod(title=period.title, start=period.start, end=period.end)
            for period in facts.periods
        ),
        lines=tuple(
            PackageLine(number=line.number, amount=line.amount) for line in costs.line_items
        ),
        igce_total=costs.total,
        award_total=total_price(winner) if winner else None,
        award_base=winner.prices[0] if winner else None,
        factors=tuple(
            PackageFactor(
                code=factor.code,
                title=factor.title,
                volume=factor.volume,
                rated=factor.scale is not Scale.PRICE,
                subfactors=tuple(part.title for part in factor.subfactors),
            )
            for factor in facts.evaluation.factors
        ),
        price_importance=(
            facts.evaluation.price_importance if facts.evaluation.approach == "tradeoff" else ""
        ),
        classified=facts.security is not None,
        clearance=_clearance(facts),
        attachments=tuple(
            code for code in (*ATTACHMENTS, *EXHIBITS) if BY_CODE[code].required(computed)
        ),
        other_piids=frozenset(known.piids),
        offerors=_undisclosed_offerors(file.records),
        awardee=winner.name if winner else "",
        confidential_amounts=frozenset(
            {costs.comparison_total, costs.six_month_extension}
            | {part.total for part in costs.periods}
        ),
        holders=frozenset(
            (position.label, person.name) for position, person in facts.people.items()
        ),
        allowed_amounts=frozenset(known.amounts),
        allowed_percents=frozenset(known.percents),
        allowed_dates=frozenset(known.dates),
    )


def action_value(file: ContractFile) -> Decimal:
    """What the action is worth, options included, in USD: the award's price once it is decided.

    Blocking: call it on a thread. Raises InvalidFacts.
    """
    winner = _winner(file.records)
    return total_price(winner) if winner else file.computed().estimate.total


def _undisclosed_offerors(records: Records) -> tuple[str, ...]:
    """Offerors whose interest is not public already, from an industry day that they attended."""
    if records.offers is None:
        return ()
    research = records.market_research
    attended = research.industry_day_attendees if research else ()
    return tuple(offer.name for offer in records.offers.offers if offer.name not in attended)


def _winner(records: Records) -> Offer | None:
    if records.offers is None or records.decision is None:
        return None
    awardee = records.decision.awardee
    return next(
        (offer for offer in records.offers.offers if awardee in (offer.code, offer.name)), None
    )


def _clearance(facts: Facts) -> str:
    """The level of access that the facility clearance names; empty when it names none."""
    if facts.security is None:
        return ""
    stated = facts.security.facility_clearance.upper()
    return next((level for level in _LEVELS if level in stated), "")


@dataclass(frozen=True, slots=True)
class _Known:
    """Every figure that a document of the package may state, wherever the facts state it."""

    amounts: set[Decimal] = field(default_factory=set[Decimal])
    percents: set[Decimal] = field(default_factory=set[Decimal])
    dates: set[date] = field(default_factory=set[date])
    piids: set[str] = field(default_factory=set[str])

    @classmethod
    def of(cls, computed: Computed, package: Package) -> "_Known":
        known = cls()
        # What may be drafted is what the context holds; an internal document gets all of it.
        row = next(row for row in BY_CODE.values() if row.sensitivity is not Sensitivity.PUBLIC)
        for value in _leaves(context(computed, row, package, 1)):
            known.add(value)
        return known

    def add(self, value: object) -> None:
        match value:
            case Decimal():
                self.amounts.update({value, round(value, 2)})
                self.percents.update({value, round(value, 1), value * 100, round(value * 100, 1)})
            case bool():
                pass
            case int():
                self.amounts.add(Decimal(value))
            case datetime():
                self.dates.add(value.date())
            case date():
                self.dates.add(value)
            case str():
                found = figures_in(value)
                self.amounts.update(amount.value for amount in found.amounts)
                self.percents.update(found.percents)
                self.dates.update(found.dates)
                self.piids.update(_PIID.findall(value))
            case _:
                pass


def _leaves(value: Any) -> Iterator[object]:
    """Every plain value inside nested models, mappings and sequences."""
    match value:
        case str():
            yield value
        case BaseModel():
            for _, part in value:
                yield from _leaves(part)
        case Mapping():
            mapping = cast(Mapping[Any, Any], value)
            for key in mapping:
                try:
                    part = mapping[key]
                except UnknownKey:  # a table of something that is not recorded yet
                    continue
                yield from _leaves(part)
        case list() | tuple() | set() | frozenset():
            for part in cast(Iterable[Any], value):
                yield from _leaves(part)
        case _ if is_dataclass(value):
            for attribute in fields(value):
                yield from _leaves(getattr(value, attribute.name))
        case _:
            yield value
