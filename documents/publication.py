"""Publish a document, and check what was published: covers, files, and the package as it reads."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import fields, is_dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Protocol, cast

from pydantic import BaseModel

from documents.catalog import DocumentType
from documents.compose import UnknownKey, long_date
from documents.computed import Computed, Package
from documents.context import ATTACHMENTS, EXHIBITS, context
from documents.facts import Facts
from documents.plan import Assignee
from documents.rendering import Converter, Cover, Rendered, Signer, render
from documents.rendering.layout import Layout
from documents.rendering.reading import extract_pdf_text, extract_text
from documents.tables import Tables
from documents.vocabulary import Phase, Sensitivity
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
from rules.evaluation import Scale

DISTRIBUTION = {
    Sensitivity.PUBLIC: "Distribution Statement A. Approved for public release: distribution is "
    "unlimited.",
    Sensitivity.INTERNAL: "Controlled unclassified information. Distribution is limited to the "
    "Government until the document is released.",
    Sensitivity.SOURCE_SELECTION: "Source selection information. Disclose only to persons "
    "authorized by the head of the agency or the contracting officer.",
}
AWARD_CATEGORIES = ("Award", "Notices")
"""Documents of these categories carry the number of the contract, all others the solicitation's."""


class File(Protocol):
    """The contract file of one acquisition."""

    @property
    def facts(self) -> Facts: ...
    @property
    def package(self) -> Package: ...
    def computed(self) -> Computed: ...
    def row(self, code: str) -> DocumentType: ...


class Version(Protocol):
    """One approved version, by the hashes of its files."""

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
    def approvals(self) -> Sequence[Any]: ...


class Publisher:
    """Renders text into files, and reads files back for the checks. It blocks: use a thread."""

    def __init__(self, converter: Converter) -> None:
        self._converter = converter

    def render(
        self, file: File, code: str, version: int, signers: Sequence[Assignee], content: str
    ) -> Rendered:
        """Render Markdown with every key filled. Raises a ``RenderingError``."""
        return render(content, cover_for(file, code, version, signers), self._converter)

    def check(
        self, file: File, versions: Iterable[Version], blobs: Mapping[str, bytes]
    ) -> tuple[Finding, ...]:
        """Run every check over the approved versions; ``blobs`` holds their files by SHA-256."""
        texts = [
            DocumentText(
                code=version.code,
                title=version.title,
                sensitivity=version.sensitivity,
                text=extract_text(blobs[version.docx_sha256]),
                pdf_text=extract_pdf_text(blobs[version.pdf_sha256]),
                pages=version.pages,
                sha256=version.docx_sha256,
                approvals=tuple(
                    Approval(
                        position=signature.position,
                        person=signature.person,
                        sha256=signature.sha256,
                    )
                    for signature in version.approvals
                ),
                drafter=version.drafter,
            )
            for version in versions
        ]
        return run_checks(package_facts(file), texts)


def cover_for(file: File, code: str, version: int, signers: Sequence[Assignee]) -> Cover:
    """Everything a document shows around its text."""
    row, project = file.row(code), file.facts.project
    awarded = row.phase is Phase.POST_SOLICITATION and row.category in AWARD_CATEGORIES
    return Cover(
        layout=Layout(row.layout.value),
        code=row.code,
        title=row.title,
        subtitle=project.title,
        agency=project.agency,
        office=project.office.name,
        piid=project.contract_piid if awarded else project.solicitation_piid,
        marking=row.sensitivity.marking,
        version=f"{version}.0",
        date=long_date(file.computed().dates[row.dated]),
        distribution=DISTRIBUTION[row.sensitivity],
        signers=tuple(
            Signer(name=signer.name, position=signer.position.title) for signer in signers
        ),
        form_number=row.form_number,
    )


def package_facts(file: File) -> PackageFacts:
    """What the checks hold every document against."""
    facts, computed = file.facts, file.computed()
    values = context(computed, file.row("IGCE"), file.package, 1)
    award = values.get("award")
    amounts, percents, dates = _known_figures(values)
    return PackageFacts(
        title=facts.project.title,
        agency=facts.project.agency,
        solicitation_piid=facts.project.solicitation_piid,
        contract_piid=facts.project.contract_piid,
        naics=facts.project.naics.code,
        psc=facts.project.psc.code,
        size_standard=Decimal(facts.project.naics.size_standard_usd),
        periods=tuple(
            PackagePeriod(title=period.title, start=period.start, end=period.end)
            for period in facts.periods
        ),
        lines=tuple(
            PackageLine(number=line.number, amount=line.amount)
            for line in computed.estimate.line_items
        ),
        igce_total=computed.estimate.total,
        award_total=award["total"] if award else None,
        award_base=award["base_total"] if award else None,
        factors=tuple(
            PackageFactor(
                code=factor.code,
                title=factor.title,
                volume=factor.volume,
                rated=factor.scale is not Scale.PRICE,
                subfactors=tuple(subfactor.title for subfactor in factor.subfactors),
            )
            for factor in facts.evaluation.factors
        ),
        price_importance=facts.evaluation.price_importance
        if facts.evaluation.approach == "tradeoff"
        else "",
        classified=facts.security is not None,
        clearance=facts.security.facility_clearance if facts.security else "",
        attachments=tuple(code for code in (*ATTACHMENTS, *EXHIBITS) if code in file.package),
        offerors=tuple(offer.name for offer in values["offers"].offers)
        if "offers" in values
        else (),
        awardee=award["offer"].name if award else "",
        holders=frozenset(
            (position.value, person.name) for position, person in facts.people.items()
        ),
        allowed_amounts=amounts,
        allowed_percents=percents,
        allowed_dates=dates,
    )


def _known_figures(
    values: Mapping[str, Any],
) -> tuple[frozenset[Decimal], frozenset[Decimal], frozenset[date]]:
    """Every amount, percentage and date that a key or a computed table can put into a document."""
    amounts, percents, dates = set[Decimal](), set[Decimal](), set[date]()
    for value in _leaves(values):
        match value:
            case Decimal():
                amounts.add(value)
            case date():
                dates.add(value)
            case str():
                figures = figures_in(value)
                amounts.update(amount.value for amount in figures.amounts)
                percents.update(figures.percents)
                dates.update(figures.dates)
            case _:
                pass
    return frozenset(amounts), frozenset(percents), frozenset(dates)


def _leaves(value: object) -> Iterator[object]:
    match value:
        case Tables():
            for name in value:
                with suppress(UnknownKey):  # a table of something that is not recorded yet
                    yield value[name]
        case BaseModel():
            yield from _leaves([getattr(value, name) for name in type(value).model_fields])
        case Mapping():
            yield from _leaves(list(cast(Mapping[object, object], value).values()))
        case list() | tuple() | frozenset():
            for item in cast(Iterable[object], value):
                yield from _leaves(item)
        case _ if is_dataclass(value):
            yield from _leaves([getattr(value, field.name) for field in fields(value)])
        case _:
            yield value
