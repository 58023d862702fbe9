"""Checks of markings and of the complete contract file (X38, X40)."""

import re
from collections.abc import Iterator

from rules.checks.package import DocumentText, Package, Problem

_MARKINGS = {
    "source_selection": re.compile(
        r"SOURCE SELECTION INFORMATION\W{1,5}SEE FAR 2\.101 AND 3\.104", re.I
    ),
    "internal": re.compile(r"\b(?:CUI|CONTROLLED)\b"),
}
"""The banner that FAR 3.104-4 and DoDI 5200.48 ask for on every page."""
_DISTRIBUTION = re.compile(r"Distribution Statement [A-F]\b", re.I)

_FILE = (
    ("purchase request and funding", ("PR",)),
    ("market research", ("MRR", "SSN", "RFI", "IND")),
    ("small business coordination", ("SBCR",)),
    ("acquisition plan and strategy", ("AP", "CBD", "CTD", "OPT", "LPTA", "IGF")),
    ("justification and its posting", ("JA", "JAP")),
    ("work statement and surveillance", ("PWS", "SOW", "SOO", "PRS", "QASP", "CDRL")),
    ("security, property and wages", ("DD254", "GFP", "WD")),
    ("Government estimate", ("IGCE",)),
    ("source selection plan", ("SSP",)),
    ("synopsis of the proposed action", ("PSN",)),
    ("solicitation", ("RFP", *(f"SEC-{letter}" for letter in "ABCDEFGHIJKLM"), "PPQF", "DRFP")),
    ("questions and amendments", ("QNA", "AMD")),
    ("list of offers received", ("RCPT", "NDA", "CMP")),
    ("evaluation", ("SCORE", "PPE", "SSEB", "SSAC", "CLAR", "CRD")),
    ("price or cost analysis and negotiation", ("PCA", "PNO", "PNM")),
    ("source selection decision", ("SSDD",)),
    ("responsibility and subcontracting plan", ("RESP", "SUBK")),
    ("signed contract and its notices", ("SF26", "AWL", "ANN", "CAS")),
    ("notices to unsuccessful offerors", ("XCL", "SBN", "UNS", "DBR")),
    ("contract action report", ("CAR",)),
    ("designation of the representative", ("CORL",)),
    ("protest", ("PROT",)),
)
"""What the contract file holds (FAR 4.803(a), RFO 4.101), and the documents that show it."""


def documents_are_marked(package: Package) -> Iterator[Problem]:
    """X38: every page bears the banner of its sensitivity, every data item a distribution."""
    for document in package.documents:
        yield from _banner(document)
    for item in package.facts.data_items:
        for document in package.get("CDRL"):
            if not _DISTRIBUTION.search(item.distribution):
                yield document.problem(
                    f"gives {item.id} no distribution statement, only {item.distribution!r}: state "
                    "A to F (DoDI 5230.24)."
                )
            elif not _states(document, item.id, item.distribution):
                yield document.problem(
                    f"does not state {item.distribution!r} for {item.id}: correct block 9."
                )


def _states(document: DocumentText, identifier: str, distribution: str) -> bool:
    """Whether the table of a data item has that distribution statement."""
    for table in document.tables:
        cells = [cell for row in table for cell in row]
        if identifier in cells:
            return distribution in cells
    return False


def _banner(document: DocumentText) -> Iterator[Problem]:
    banner = _MARKINGS.get(document.sensitivity)
    pages = document.pdf_text.split("\f")
    if banner is None:
        if _MARKINGS["source_selection"].match(document.pdf_text):
            yield document.problem("is released and bears the source selection banner: remove it.")
        return
    bare = [number for number, page in enumerate(pages, start=1) if not banner.search(page)]
    if bare:
        yield document.problem(
            f"lacks the marking of {document.sensitivity.replace('_', ' ')} documents on page "
            f"{', '.join(map(str, bare))}: render it with its banner."
        )


def contract_file_is_complete(package: Package) -> Iterator[Problem]:
    """X40: after award the file holds every planned document that the contract file needs."""
    if not package.get("SF26"):
        return
    present = {document.code for document in package.documents}
    for item, codes in _FILE:
        missing = [code for code in codes if code in package.facts.planned and code not in present]
        if missing:
            yield Problem(
                document="",
                message=f"lacks {', '.join(missing)} for the item {item!r} of the contract file "
                "(RFO 4.101): file it, or write down why it is not needed.",
            )
