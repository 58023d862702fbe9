"""Checks of what has to be settled before a contract is signed (X11, X35)."""

import re
from collections.abc import Iterator
from datetime import date

from rules.checks.package import DocumentText, Package, PackageFacts, Problem
from rules.evaluation import Offer
from rules.thresholds import ThresholdId, threshold

_OBJECTIVES = re.compile(r"\bstatement of objectives\b|\bSOO\b", re.I)
_NOT_CARRIED = re.compile(r"\b(?:not?|never|replaces?|replaced|instead of|ends with)\b", re.I)
_RESPONSIBLE = re.compile(r"\b(?:is|be|are) (?:determined |found )?(?:to be )?responsible\b", re.I)
_NOT_RESPONSIBLE = re.compile(
    r"\b(?:is|be) (?:determined |found )?(?:to be )?(?:not |non-?)responsible\b", re.I
)
_SUBJECT_TO_FUNDS = re.compile(r"\bsubject to (?:the |their )?availability\b", re.I)
_OFFICER, _COMPTROLLER = "Contracting Officer", "Comptroller"


def objectives_stay_behind(package: Package) -> Iterator[Problem]:
    """X11: no statement of objectives is carried into the contract (RFO 37.102-1)."""
    for document in package.get("SEC-C", "SF26", "AWL"):
        for sentence in document.sentences:
            if _OBJECTIVES.search(sentence) and not _NOT_CARRIED.search(sentence):
                yield document.problem(
                    f"carries the statement of objectives ({sentence[:80]!r}): the work statement "
                    "that was accepted takes its place."
                )


def award_is_permitted(package: Package) -> Iterator[Problem]:
    """X35: registration, exclusions, responsibility, funds, subcontracting plan and warrant."""
    facts = package.facts
    for document in package.get("SF26"):
        winner = next((offer for offer in facts.offers if offer.name == facts.awardee), None)
        if winner is not None:
            for message in _awardee(document, winner):
                yield document.problem(message)
            if _needs_subcontracting_plan(facts, winner) and not _approved(package, "SUBK"):
                yield document.problem(
                    f"awards to {winner.name}, which is other than small, without an approved "
                    "review of its subcontracting plan: review and approve it."
                )
        if "RESP" in facts.planned and not _approved(package, "RESP", _OFFICER):
            yield document.problem(
                "awards without a signed determination of responsibility: sign RESP first."
            )
        if "PR" in facts.planned and not _approved(package, "PR", _COMPTROLLER):
            yield document.problem(
                "awards without certified funds: let the comptroller sign the requirements package."
            )
        yield from _funds(document, facts)
        if facts.warrant is not None and (facts.award_total or 0) > facts.warrant:
            yield document.problem(
                f"awards ${facts.award_total:,.2f} with options under a warrant of "
                f"${facts.warrant:,.2f}: let an officer with a sufficient warrant sign."
            )
    for document in package.get("RESP"):
        yield from _responsibility(document, facts)


def _awardee(document: DocumentText, winner: Offer) -> Iterator[str]:
    if not document.says(winner.name):
        yield f"does not name the awardee, {winner.name}: correct block 7."
    if not winner.sam_active:
        yield f"awards to {winner.name}, whose registration in SAM.gov is not active: renew it."
    if winner.excluded:
        yield f"awards to {winner.name}, which is excluded in SAM.gov: no award can be made."


def _responsibility(document: DocumentText, facts: PackageFacts) -> Iterator[Problem]:
    if facts.awardee and not document.says(facts.awardee):
        yield document.problem(f"is not about the awardee, {facts.awardee}: correct the name.")
    words = document.words
    if _NOT_RESPONSIBLE.search(words) or not _RESPONSIBLE.search(words):
        yield document.problem("does not determine the prospective contractor to be responsible.")


def _needs_subcontracting_plan(facts: PackageFacts, winner: Offer) -> bool:
    if winner.small_business or facts.schedule is None or facts.award_total is None:
        return False
    return threshold(ThresholdId.SUBK, facts.schedule.issue).met_by(facts.award_total)


def _approved(package: Package, code: str, position: str = "") -> bool:
    """Whether the document is in the file with a signature, of that position when one is named."""
    return any(
        not position or approval.position == position
        for document in package.get(code)
        for approval in document.approvals
    )


def _funds(document: DocumentText, facts: PackageFacts) -> Iterator[Problem]:
    """An award before the fiscal year of its funds has to say so (clause 52.232-18)."""
    if facts.schedule is None or facts.fiscal_year is None:
        return
    available = date(facts.fiscal_year - 1, 10, 1)
    if facts.schedule.award < available and not _SUBJECT_TO_FUNDS.search(document.words):
        yield document.problem(
            f"is awarded on {facts.schedule.award}, before the funds of fiscal year "
            f"{facts.fiscal_year}, and does not say that it is subject to their availability."
        )
