"""Checks of signatures: who signed, in which capacity, on which bytes (X36, X37)."""

from collections.abc import Iterator

from rules.checks.package import Package, Problem

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
    """X37: every approval refers to the hash of the version in the package."""
    for document in package.documents:
        for approval in document.approvals:
            if approval.sha256 != document.sha256:
                yield Problem(
                    document=document.code,
                    message=f"changed after {approval.person} approved it as "
                    f"{approval.position}: ask for the approval again.",
                )
