"""The signatures of one version: who gives them, who is awaited, and whom the rules refuse."""

from temporalio import workflow
from temporalio.exceptions import ApplicationError

with workflow.unsafe.imports_passed_through():
    from documents.plan import Assignee, Chain, PlannedDocument
    from documents.vocabulary import ApprovalStatus, Position
    from workflows.messages import AddApprovers, Decision, Delegation, Reassignment
    from workflows.warrants import check_warrant


class Signatures:
    """Knows and judges; orders nothing from the engine. Steps count from 1.

    Every ``check`` raises ApplicationError, whose type is the name of the refusal.
    """

    def __init__(self, document: PlannedDocument, requested_by: Assignee, label: str) -> None:
        self._document = document
        self._drafters = (document.drafter.email, requested_by.email)
        self._label = label
        self._signers = list(document.approvers)
        """In the order of their steps; added ones follow those of the plan."""
        self._approved: set[int] = set()
        self._delegated: set[int] = set()
        self.awaited: tuple[int, ...] = ()
        self.sha256 = ""
        """Of the DOCX that is signed."""
        self.paused = ""
        """Why an operator has paused this version."""

    @property
    def count(self) -> int:
        return len(self._signers)

    @property
    def is_serial(self) -> bool:
        return self._document.chain is Chain.SERIAL

    @property
    def first(self) -> tuple[int, ...]:
        """The steps that are asked for at once."""
        return (1,) if self.is_serial else tuple(range(1, self.count + 1))

    def signer(self, step: int) -> Assignee:
        return self._signers[step - 1]

    def approve(self, step: int) -> None:
        self._approved.add(step)

    def delegate(self, step: int, delegate: Assignee) -> None:
        self._signers[step - 1] = delegate
        self._delegated.add(step)

    def add(self, signers: tuple[Assignee, ...]) -> tuple[int, ...]:
        """Returns the steps of the added signers."""
        first = self.count + 1
        self._signers.extend(signers)
        return tuple(range(first, self.count + 1))

    def is_complete_with(self, step: int) -> bool:
        """Whether this signature is the last that is needed.

        People who were added have to sign in any case.
        """
        approved = self._approved | {step}
        planned = range(1, len(self._document.approvers) + 1)
        added = range(len(planned) + 1, self.count + 1)
        enough = sum(one in approved for one in planned) >= self._document.signatures_needed
        return enough and all(one in approved for one in added)

    def check_decision(self, decision: Decision) -> None:
        """Refuse what is not the awaited signer's decision on this very version."""
        self.check_not_paused()
        awaited = self._check_awaited(decision.step)
        self._check_duties(decision.actor)
        if decision.actor != awaited.email:
            raise ApplicationError(
                f"the {awaited.position.label} decides, and that is not {decision.actor}",
                type="NotTheApprover",
            )
        if decision.sha256 != self.sha256:
            raise ApplicationError(
                "the decision names another version than the one under review; open it again",
                type="WrongVersion",
            )
        if decision.status is ApprovalStatus.APPROVED and self._document.binds_usd is not None:
            check_warrant(
                awaited,
                value=decision.value_usd or self._document.binds_usd,
                stated=decision.warrant_usd,
            )

    def check_delegation(self, delegation: Delegation) -> None:
        awaited = self._check_awaited(delegation.step)
        if delegation.actor != awaited.email:
            raise ApplicationError(
                f"the {awaited.position.label} delegates, and that is not {delegation.actor}",
                type="NotTheApprover",
            )
        if delegation.step in self._delegated:
            raise ApplicationError(
                f"{awaited.name} signs by delegation already and cannot pass it on",
                type="NotDelegable",
            )
        self._check_delegate(awaited, delegation.delegate)

    def check_reassignment(self, change: Reassignment) -> Delegation:
        """Returns the delegation that is the same as this order."""
        self.check_under_review()
        step = change.step or self.awaited[0]
        awaited = self._check_awaited(step)
        delegate = Assignee(
            position=awaited.position,
            email=change.email,
            name=change.name,
            warrant_usd=change.warrant_usd,
        )
        self._check_delegate(awaited, delegate)
        return Delegation(
            delegation_id=change.order_id,
            step=step,
            actor=awaited.email,
            delegate=delegate,
            reason=change.reason,
        )

    def check_addition(self, request: AddApprovers) -> None:
        self.check_under_review()
        self._check_new_signers(request.approvers)

    def check_under_review(self) -> None:
        if not self.awaited:
            raise ApplicationError(f"{self._label} is not under review", type="NotUnderReview")

    def check_not_paused(self) -> None:
        if self.paused:
            raise ApplicationError(f"{self._label} is paused: {self.paused}", type="Paused")

    def _check_awaited(self, step: int) -> Assignee:
        if step not in self.awaited:
            raise ApplicationError(
                f"{self._label} does not await signature {step}", type="NotAwaitingDecision"
            )
        return self.signer(step)

    def _check_delegate(self, awaited: Assignee, delegate: Assignee) -> None:
        """Refuse who may not sign in the place of this signer."""
        if not awaited.position.delegable:
            raise ApplicationError(
                f"the {awaited.position.label} cannot delegate this signature",
                type="NotDelegable",
            )
        if delegate.position is not awaited.position:
            raise ApplicationError(
                f"a delegate signs as {awaited.position.label}", type="NotDelegable"
            )
        self._check_new_signers((delegate,))
        if awaited.position is not Position.CONTRACTING_OFFICER:
            return
        if delegate.warrant_usd is None:
            raise ApplicationError(
                f"{delegate.name} holds no contracting officer's warrant", type="WarrantExceeded"
            )
        check_warrant(delegate, value=self._document.binds_usd, stated=None)

    def _check_duties(self, email: str) -> None:
        if email in self._drafters:
            raise ApplicationError(
                f"{email} drafted this version and cannot decide on it",
                type="DrafterCannotApprove",
            )

    def _check_new_signers(self, people: tuple[Assignee, ...]) -> None:
        """Signatures count because different people give them."""
        signing = [signer.email for signer in self._signers]
        for person in people:
            self._check_duties(person.email)
            if person.email in signing:
                raise ApplicationError(
                    f"{person.name} signs this version already", type="AlreadyASigner"
                )
            signing.append(person.email)
