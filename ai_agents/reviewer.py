"""Review of a draft: deterministic checks first, then a second reader if there is one.

What blocks keeps a draft from being used; everything else lowers its score.
"""

from __future__ import annotations

import asyncio
import re
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256
from html import unescape
from threading import Lock
from typing import TYPE_CHECKING, Protocol

from ai_agents.boundary import names_of, names_one
from documents.compose import DraftSection, UnknownKey, compose, money
from documents.context import SOURCE_SELECTION_RECORDS, context
from documents.guidance import Guidance, guidance_for
from documents.package_facts import package_facts
from documents.placeholders import PLACEHOLDER
from documents.quotations import Quotation
from documents.rendering import UnsupportedMarkdown, check_markdown
from documents.vocabulary import Sensitivity
from rules.checks import CHECKS, DocumentText, PackageFacts
from rules.checks.package import Package
from rules.writing import plain

if TYPE_CHECKING:
    from ai_agents.agent import CallLog
    from documents.catalog import DocumentType
    from documents.computed import Computed, PackageEntry
    from documents.facts import Facts, Offers, Records

BEST = 100
REMEMBERED = 8
"""How many states of contract files a reviewer keeps the facts of."""
_TRACED = ("X17", "X18", "X39")
"""Checks of citations, thresholds and figures: whatever one of them finds is in no table."""
_STYLE = ("X12", "X13")
"""Checks of wording; they warn."""
_WORST_READING = 75
"""Index of words per sentence plus the share of long words, above which few can follow."""
_LONGEST_SENTENCE = 60
"""Words."""

_PLACEHOLDER = re.compile(rf"{PLACEHOLDER}[^\]]*\]|\{{\{{|\}}\}}|\{{%", re.IGNORECASE)
_EMPTY_CELL = re.compile(r"\|[ \t]*\|")
_GAP = r"[\s./-]{0,3}"
_PIID = re.compile(
    r"\b(?:[A-Z0-9]{6}-?\d{2}-?[A-Z]-?[A-Z0-9]{4}"
    # Divided or in small letters it needs its digits, or ordinary words would look like one.
    rf"|(?i:(?=\w{{0,5}}\d)[A-Z0-9]{{6}}{_GAP}\d{{2}}{_GAP}[A-Z]{_GAP}(?=\w{{0,3}}\d)[A-Z0-9]{{4}}))\b"
)
_MARKUP = re.compile(
    r"\\(?=[!-/:-@\[-`{-~])|\*\*|~~|(?<!\\)[*`]|(?<![\\\w])_|(?<!\\)_(?!\w)|^[#>]+ "
    r"|^\s*(?:[-+]|\d+\.) ",
    re.M,
)
_ORDER = re.compile(
    r"\b(?:ignore|disregard|forget|override)\b[^.!?]{0,60}\b(?:instructions?|prompts?)\b"
    r"|\b(?:ignore|disregard|forget) (?:all|any|every)(?:thing)? (?:of the )?(?:above|before)\b"
    r"|\bsystem prompt\b|\blanguage model\b|\bas an AI\b",
    re.IGNORECASE,
)
"""What is said to a writer, not to a reader."""
_SENTENCE_END = re.compile(r"[.;:!?](?:\s|$)")


class Rule(StrEnum):
    """What a finding is about."""

    STRUCTURE = "structure"
    PLACEHOLDER = "placeholder"
    TRACE = "not traceable to a fact"
    BOUNDARY = "not for this document"
    """Who has sent an offer, or orders to whoever writes."""
    WORDING = "wording"
    READING = "reading level"
    OPINION = "reviewer"
    """What a model that reviews has to say."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing to change; ``message`` says where it is and what to do."""

    rule: Rule
    message: str
    blocks: bool = False
    weight: int = 3
    """Points that it costs; 0: there is nothing to change, and it only has to be known."""


@dataclass(frozen=True, slots=True)
class Review:
    """What was found in one draft."""

    findings: tuple[Finding, ...] = ()

    @property
    def blocks(self) -> bool:
        return any(finding.blocks for finding in self.findings)

    @property
    def score(self) -> int:
        """0 to 100; a draft that blocks never reaches one that does not."""
        points = BEST - sum(finding.weight for finding in self.findings)
        return max(0, points // 2 if self.blocks else max(points, BEST // 2))

    @property
    def sentences(self) -> tuple[str, ...]:
        """The findings as feedback for the next draft, the gravest first."""
        asked = [finding for finding in self.findings if finding.blocks or finding.weight]
        ordered = sorted(asked, key=lambda finding: (not finding.blocks, -finding.weight))
        return tuple(finding.message for finding in ordered)


class Opinion(Protocol):
    """A second reader. What it finds costs points and never blocks."""

    async def read(
        self, document: DocumentType, content: str, calls: CallLog | None
    ) -> Sequence[Finding]:
        """Findings on a composed document, or one that says why there are none.

        What the reader is asked is kept in ``calls``.
        """
        ...


class StatedFile(Protocol):
    """The facts and approved documents that a draft has to agree with."""

    @property
    def facts(self) -> Facts: ...
    @property
    def records(self) -> Records: ...
    @property
    def package(self) -> Mapping[str, PackageEntry]: ...
    def computed(self) -> Computed: ...


@dataclass(frozen=True, slots=True)
class _WithoutPackage:
    """A file as it is before any document is approved."""

    facts: Facts
    records: Records
    _computed: Computed
    package: Mapping[str, PackageEntry]

    def computed(self) -> Computed:
        return self._computed


class Reviewer:
    """Reviews drafts against the facts of their contract file. Safe to share."""

    def __init__(self, opinion: Opinion | None = None) -> None:
        self._opinion = opinion
        self._known: OrderedDict[int, tuple[Computed, PackageFacts]] = OrderedDict()
        self._lock = Lock()

    async def review(
        self,
        file: StatedFile,
        document: DocumentType,
        content: str,
        quotations: Sequence[Quotation] = (),
        calls: CallLog | None = None,
    ) -> Review:
        """Everything that is wrong with a composed document; raises InvalidFacts.

        ``quotations`` may stand in it word for word: for what they say their sources answer.
        ``calls`` keeps what a second reader is asked.
        """
        found = await asyncio.to_thread(self._deterministic, file, document, content, quotations)
        if self._opinion is None or found.blocks:
            return found
        if not is_readable(document, content, file.records.offers):
            return found
        return Review((*found.findings, *await self._opinion.read(document, content, calls)))

    def _deterministic(
        self,
        file: StatedFile,
        document: DocumentType,
        content: str,
        quotations: Sequence[Quotation],
    ) -> Review:
        guidance, sensitivity = guidance_for(document.code), str(document.sensitivity)
        found = review(guidance, content, self._facts(file), sensitivity, quotations)
        if not {Rule.TRACE, Rule.BOUNDARY}.isdisjoint(finding.rule for finding in found.findings):
            # It may quote an approved document, which the remembered facts leave out, or say what
            # its standard text says.
            facts, standard = package_facts(file), _standard_text(file, document)
            found = review(guidance, content, facts, sensitivity, quotations, standard)
        return found

    def _facts(self, file: StatedFile) -> PackageFacts:
        """Collecting them takes a while, so drafts of the same facts share them."""
        computed = file.computed()
        with self._lock:
            if id(computed) in self._known:
                self._known.move_to_end(id(computed))
                return self._known[id(computed)][1]
            facts = package_facts(_WithoutPackage(file.facts, file.records, computed, {}))
            self._known[id(computed)] = computed, facts
            if len(self._known) > REMEMBERED:
                self._known.popitem(last=False)
            return facts


def review(
    guidance: Guidance,
    content: str,
    facts: PackageFacts | None = None,
    sensitivity: str = "",
    quotations: Sequence[Quotation] = (),
    standard: str = "",
) -> Review:
    """Everything that is wrong with a composed document.

    ``content`` is Markdown with one first-level heading per section, in the order of the guidance.
    With ``facts`` its figures, dates, citations and contract numbers are compared with them.
    ``quotations`` that stand in it word for word are no words of the document's own. Offerors whom
    its filled ``standard`` text names may be named; without source selection no others.
    """
    own = content
    for quotation in quotations:
        own = own.replace(quotation.markdown, "")
    text = _read(own)
    findings = [*_structure(guidance, content), *_placeholders(own, text), *_markup(content)]
    prose = "\n".join(_prose(own))
    if facts is not None:
        findings += _against_facts(guidance.code, text, facts, sensitivity)
        findings += _boundary(text, facts, sensitivity, _read(standard))
    findings += _reading(prose)
    return Review(tuple(dict.fromkeys(findings)))


def is_readable(document: DocumentType, content: str, offers: Offers | None) -> bool:
    """Whether a model may read the finished text: nothing in it comes from an offer."""
    if document.sensitivity is Sensitivity.SOURCE_SELECTION:
        return False
    if not SOURCE_SELECTION_RECORDS.isdisjoint(document.records):
        return False
    prices = () if offers is None else [price for one in offers.offers for price in one.prices]
    told = any(money(price) in content for price in prices)
    return not told and not names_one(content, names_of(offers))


def _structure(guidance: Guidance, content: str) -> Iterator[Finding]:
    titles = [line[2:].strip() for line in content.splitlines() if line.startswith("# ")]
    if len(titles) != len(guidance.sections):
        yield Finding(
            Rule.STRUCTURE,
            f"{guidance.code} has {len(titles)} sections and its guidance "
            f"{len(guidance.sections)}: write exactly the sections of the guidance",
            blocks=True,
        )
    bodies = re.split(r"^# .*$", content, flags=re.MULTILINE)[1:]
    for title, body in zip(titles, bodies, strict=True):
        if not body.strip():
            yield Finding(Rule.STRUCTURE, f"section {title!r} is empty: write it", blocks=True)


def _placeholders(content: str, text: str) -> Iterator[Finding]:
    for found in _PLACEHOLDER.finditer(text):
        yield Finding(
            Rule.PLACEHOLDER,
            f"{found.group(0)!r} stands in the text: replace the placeholder",
            blocks=True,
        )
    if _EMPTY_CELL.search(content):
        yield Finding(Rule.PLACEHOLDER, "a table has an empty cell: fill it", blocks=True)


def _markup(content: str) -> Iterator[Finding]:
    try:
        check_markdown(content)
    except UnsupportedMarkdown as error:
        yield Finding(Rule.STRUCTURE, f"it cannot be rendered: {error}", blocks=True)


def _against_facts(
    code: str, text: str, facts: PackageFacts, sensitivity: str
) -> Iterator[Finding]:
    document = DocumentText(
        code=code,
        title=code,
        sensitivity=sensitivity,
        text=text,
        pdf_text="",
        pages=1,
        sha256=sha256(text.encode()).hexdigest(),
    )
    package = Package(facts=facts, documents=(document,))
    for check in _TRACED:
        for problem in CHECKS[check].find(package):
            if problem.document == code:
                yield Finding(Rule.TRACE, problem.message, blocks=True)
    known = {facts.solicitation_piid, facts.contract_piid, *facts.other_piids}
    for piid in sorted({found[0] for found in _PIID.finditer(text)} - known):
        message = (
            f"quotes {piid}, which is not a number of this acquisition: take it from the facts"
        )
        yield Finding(Rule.TRACE, message, blocks=True)
    for check in _STYLE:
        for problem in CHECKS[check].find(package):
            if problem.document == code:
                yield Finding(Rule.WORDING, problem.message)


def _boundary(text: str, facts: PackageFacts, sensitivity: str, standard: str) -> Iterator[Finding]:
    for order in sorted({found[0] for found in _ORDER.finditer(text)}):
        if order not in standard:
            message = f"{order!r} addresses the writer, not the reader: leave it out"
            yield Finding(Rule.BOUNDARY, message, blocks=True)
    if sensitivity == Sensitivity.SOURCE_SELECTION:
        return
    names = [offer.name for offer in facts.offers if not names_one(standard, (offer.name,))]
    if names_one(text, names):
        # The message does not say whom: it goes back to whoever drafts.
        message = "names an offeror of whom this document does not tell: leave the name out"
        yield Finding(Rule.BOUNDARY, message, blocks=True)


def _standard_text(file: StatedFile, document: DocumentType) -> str:
    """Empty when it cannot be filled."""
    sections = guidance_for(document.code).sections
    drafted = (DraftSection(section.title, section.standard_text) for section in sections)
    try:
        return compose(drafted, context(file.computed(), document, file.package, 1))
    except UnknownKey:
        return ""


def _reading(prose: str) -> Iterator[Finding]:
    sentences = [words for part in _SENTENCE_END.split(prose) if (words := part.split())]
    if not sentences:
        return
    for words in sentences:
        if len(words) > _LONGEST_SENTENCE:
            start = " ".join(words[:6])
            message = f"the sentence {start!r} has {len(words)} words: divide it"
            yield Finding(Rule.READING, message, weight=1)
    every = [word for words in sentences for word in words]
    long_words = sum(len(word.strip(".,;:()")) > 6 for word in every)
    index = len(every) / len(sentences) + 100 * long_words / len(every)
    if index > _WORST_READING:
        yield Finding(
            Rule.READING,
            f"the text reads heavily (index {index:.0f}, at most {_WORST_READING}): use shorter "
            "sentences and plainer words",
        )


def _prose(content: str) -> Iterable[str]:
    """Lines that are sentences: neither headings nor tables."""
    for line in content.splitlines():
        if line.strip() and not line.lstrip().startswith(("#", "|", "Table:")):
            yield _plain(line) if line.rstrip().endswith((".", ":", ";")) else f"{_plain(line)}."


def _read(markdown: str) -> str:
    """What is printed, in plain characters."""
    return plain(unescape(_plain(markdown)))


def _plain(markdown: str) -> str:
    return _MARKUP.sub("", markdown)
