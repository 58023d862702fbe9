"""Checks of signatures: who signed, in which capacity, on which bytes (X36, X37)."""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator

from rules.checks.figures import figures_in
from rules.checks.package import DocumentText, Package, Problem
from rules.numbering import PIID_IN_TEXT

_NOT_DELEGABLE = frozenset(
    {"Advocate for Competition", "Senior Procurement Executive", "Source Selection Authority"}
)
"""Positions whose holder signs in person (FAR 6.304(a), 15.303(a))."""


def duties_are_separate(package: Package) -> Iterator[Problem]:
    """X36: nobody approves an own draft, and every signer holds the position signed for.

    A delegate signs for the person who holds it.
    """
    holders = package.facts.holders
    for document in package.documents:
        for approval in document.approvals:
            if document.drafter and approval.person == document.drafter:
                yield Problem(
                    document=document.code,
                    message=f"was approved by its drafter {approval.person}: let another person "
                    f"who holds the position {approval.position} decide.",
                )
            if approval.delegated_from and approval.position in _NOT_DELEGABLE:
                yield Problem(
                    document=document.code,
                    message=f"was signed by {approval.person} for {approval.delegated_from} as "
                    f"{approval.position}, which cannot be delegated: let the holder sign.",
                )
            holder = approval.delegated_from or approval.person
            if holders and (approval.position, holder) not in holders:
                yield Problem(
                    document=document.code,
                    message=f"was approved by {holder} as {approval.position}, a "
                    "position that this person does not hold.",
                )


def approvals_cover_the_final_bytes(package: Package) -> Iterator[Problem]:
    """X37: every approval refers to the hash of the version in the package.

    People approve the DOCX; the PDF, which goes out, has to say the same.
    """
    for document in package.documents:
        yield from _unlike(document)
        for approval in document.approvals:
            if approval.sha256 != document.sha256:
                yield Problem(
                    document=document.code,
                    message=f"changed after {approval.person} approved it as "
                    f"{approval.position}: ask for the approval again.",
                )


_BREAK = re.compile("[\ufffe\u00ad\u0002](?:\r?\n)?")
"""How a PDF gives a hyphen at the end of a line."""
_HYPHEN = re.compile("[-\u2010\u2011](?:\r?\n)?")
_WORD = re.compile(r"\w{2,}")
_NUMBER = re.compile(r"\d(?:[\d,.]*\d)?")
_MOST_NAMED = 8


def _unlike(document: DocumentText) -> Iterator[Problem]:
    """What the PDF does not show of the DOCX, and the figures that one of both states alone.

    Words are counted, because headers and repeated rows let a PDF say them more often.
    """
    pdf = _BREAK.sub("-", document.pdf_text)
    if lost := list(_words(document.text) - _words(pdf)):
        yield document.problem(
            f"has a PDF without {', '.join(lost[:_MOST_NAMED])!r}, which the approved DOCX "
            "states: convert the DOCX again."
        )
    approved, shown = _figures(document.text), _figures(pdf)
    for figure in sorted(approved ^ shown):
        holder = "DOCX" if figure in approved else "PDF"
        yield document.problem(f"states {figure} in its {holder} alone: convert the DOCX again.")


def _words(text: str) -> Counter[str]:
    """How often each word occurs; a compound is one word, wherever its line is broken."""
    return Counter(_WORD.findall(_HYPHEN.sub("", unicodedata.normalize("NFKC", text)).upper()))


def _figures(text: str) -> set[str]:
    found = figures_in(text)
    return {
        # The number alone: what follows an amount on its page may look like a unit.
        *(number for amount in found.amounts for number in _NUMBER.findall(amount.printed)),
        *(day.isoformat() for day in found.dates),
        *PIID_IN_TEXT.findall(text),
    }
