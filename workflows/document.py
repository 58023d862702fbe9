"""One version of one document: draft, review, render, collect signatures."""

import asyncio
from datetime import datetime

from temporalio import workflow
from temporalio.exceptions import (
    ActivityError,
    ApplicationError,
    FailureError,
    is_cancelled_exception,
)

with workflow.unsafe.imports_passed_through():
    from activities.drafting import DraftingActivities, DraftReceipt, DraftRequest
    from activities.records import (
        ApprovalDelegated,
        ApprovalsRequested,
        ApprovalTerm,
        ApprovalTimes,
        ApproversAdded,
        DecisionRecorded,
        DocumentChange,
        RecordActivities,
        ReminderSent,
    )
    from activities.rendering import (
        ConvertedFiles,
        ConvertRequest,
        RenderedFiles,
        RenderingActivities,
        RenderRequest,
    )
    from documents.identity import document_page, phase_workflow_id
    from documents.plan import Assignee
    from documents.vocabulary import ApprovalStatus, DocumentStatus, GenerationStatus
    from workflows.ledger import Ledger
    from workflows.messages import (
        DOCUMENT_FINISHED,
        AddApprovers,
        ApproversReceipt,
        Decision,
        DecisionReceipt,
        Delegation,
        DelegationReceipt,
        DocumentFinished,
        DocumentView,
        Order,
        Reassignment,
        StartDocument,
        SubmitVersion,
    )
    from workflows.policies import DRAFT, PUBLISH, RECORD
    from workflows.refusals import refusing
    from workflows.signatures import Signatures
    from workflows.visibility import page, show

MAX_REFINEMENTS = 2
BY_HAND = "person"
"""Named as the agent of a version that a person made."""


@workflow.defn
class DocumentWorkflow:
    """Takes one version from its facts to the last signature, or to the reason why not."""

    @workflow.init
    def __init__(self, start: StartDocument) -> None:
        self._project = start.project_id
        self._document = start.document
        self._version = start.version
        self._requested_by = start.requested_by
        self._feedback = start.feedback
        self._submitted = start.submitted
        self._front_end = start.front_end
        self._ledger = Ledger(start.project_id)
        self._status = DocumentStatus.PENDING
        self._files: RenderedFiles | None = None
        self._signatures = Signatures(start.document, start.requested_by, self._label())
        self._turn = 0
        """How often signers were asked one after another: each time the due date starts anew."""
        self._times: ApprovalTimes | None = None
        self._since: datetime | None = None
        """When the awaited signatures were asked for, or changed hands."""
        self._escalated = ""
        """Whom the superiors are that were told."""
        self._receipts: dict[str, DecisionReceipt] = {}
        self._delegations: dict[str, DelegationReceipt] = {}
        self._additions: dict[str, ApproversReceipt] = {}
        # One change to the signatures at a time.
        self._signing = asyncio.Lock()
        self._comments = ""
        self._revise = False

    @workflow.run
    async def run(self, start: StartDocument) -> DocumentStatus:
        try:
            await self._begin()
            draft = await self._make()
            await self._ask_for_approval(draft)
            await self._wait_for_signatures()
        except (FailureError, asyncio.CancelledError) as error:
            if is_cancelled_exception(error):
                await asyncio.shield(self._withdraw())
                raise
            await self._fail(error)
        await self._finish()
        return self._status

    @workflow.update
    async def decide(self, decision: Decision) -> DecisionReceipt:
        """Approve, reject or ask for changes as the awaited signer."""
        async with self._signing:
            if known := self._receipts.get(decision.decision_id):
                return known
            self._signatures.check_decision(decision)
            with refusing():
                return await self._record(decision)

    @decide.validator
    def _may_decide(self, decision: Decision) -> None:
        # While a signature is being recorded the next signer may have been asked already: whether
        # this decision is due then shows only when its turn comes.
        if decision.decision_id not in self._receipts and not self._signing.locked():
            self._signatures.check_decision(decision)

    @workflow.update
    async def delegate(self, delegation: Delegation) -> DelegationReceipt:
        """Let another person sign instead of the awaited signer; both names stay on record."""
        async with self._signing:
            if known := self._delegations.get(delegation.delegation_id):
                return known
            self._signatures.check_delegation(delegation)
            with refusing():
                return await self._delegate(delegation)

    @delegate.validator
    def _may_delegate(self, delegation: Delegation) -> None:
        if delegation.delegation_id not in self._delegations and not self._signing.locked():
            self._signatures.check_delegation(delegation)

    @workflow.update
    async def add_approvers(self, request: AddApprovers) -> ApproversReceipt:
        """Ask for more signatures on this version; those that the plan names remain."""
        async with self._signing:
            if known := self._additions.get(request.request_id):
                return known
            self._signatures.check_addition(request)
            with refusing():
                return await self._add(request)

    @add_approvers.validator
    def _may_add_approvers(self, request: AddApprovers) -> None:
        if request.request_id not in self._additions and not self._signing.locked():
            self._signatures.check_addition(request)

    @workflow.update
    async def remind(self, order: Order) -> None:
        """Remind whoever is awaited now, whatever the hour."""
        async with self._signing:
            if self._times is not None:
                await self._remind_awaited(self._times, escalated=False)

    @workflow.update
    async def reassign(self, change: Reassignment) -> DelegationReceipt:
        """Let another person sign in the same position, for a signer who cannot."""
        async with self._signing:
            if known := self._delegations.get(change.order_id):
                return known
            delegation = self._signatures.check_reassignment(change)
            with refusing():
                return await self._delegate(delegation, by=change.actor)

    @workflow.update
    async def pause(self, order: Order) -> None:
        """Take no decision and send no reminder until resumed."""
        self._signatures.paused = order.reason
        self._show_awaited()

    @workflow.update
    async def resume(self, order: Order) -> None:
        """Go on. Signatures stay due when they were."""
        self._signatures.paused = ""
        self._show_awaited()

    @remind.validator
    def _may_remind(self, order: Order) -> None:
        self._signatures.check_under_review()
        self._signatures.check_not_paused()

    @reassign.validator
    def _may_reassign(self, change: Reassignment) -> None:
        if change.order_id not in self._delegations and not self._signing.locked():
            self._signatures.check_reassignment(change)

    @pause.validator
    def _may_pause(self, order: Order) -> None:
        self._signatures.check_under_review()
        if not order.reason:
            raise ApplicationError("state why it is paused", type="ReasonMissing")

    @resume.validator
    def _may_resume(self, order: Order) -> None:
        if not self._signatures.paused:
            raise ApplicationError(f"{self._label()} is not paused", type="NotPaused")

    @workflow.query(description="Status, awaited signer, due date and hash of this version")
    def state(self) -> DocumentView:
        awaited = self._signatures.awaited
        return DocumentView(
            code=self._document.code,
            version=self._version,
            status=self._status,
            awaiting=self._signatures.signer(awaited[0]) if awaited else None,
            step=awaited[0] if awaited else 0,
            awaited=awaited,
            due=self._times.due if self._times else None,
            docx_sha256=self._files.docx_sha256 if self._files else "",
            paused=self._signatures.paused,
        )

    async def _begin(self) -> None:
        if self._submitted is not None:
            self._show("Rendering", "A submitted version is rendered; nobody has to act.")
            message = f"Rendering {self._document.title} as {self._requested_by.name} submitted it"
        else:
            self._show("Drafting", "An agent is drafting this version; nobody has to act.")
            message = f"Generating {self._document.title}"
        await self._change(GenerationStatus.GENERATING, message)

    async def _make(self) -> DraftReceipt:
        """Text and files of this version: drafted, or as a person submitted them."""
        if self._submitted is not None and self._submitted.docx_sha256:
            converted = await self._convert(self._submitted)
            self._files = converted.files
            return DraftReceipt(content_sha256=converted.content_sha256, agent=BY_HAND)
        if self._submitted is not None:
            draft = DraftReceipt(content_sha256=self._submitted.content_sha256, agent=BY_HAND)
        else:
            draft = await self._draft()
        self._files = await self._render(draft)
        return draft

    async def _draft(self) -> DraftReceipt:
        """Draft, refine with the findings of the review, and take the best draft.

        What blocks in every draft is replaced by standard text, with a note for the approvers.
        """
        best, attempt = await self._attempt(1, self._feedback), 1
        while best.refines and best.findings and attempt <= MAX_REFINEMENTS:
            attempt += 1
            again = await self._attempt(attempt, (*self._feedback, *best.findings))
            if again.content_sha256 == best.content_sha256:
                break  # the agent makes nothing of the findings
            best = max(best, again, key=_quality)
        if best.blocked and best.refines:
            reason = f"What {best.agent} wrote cannot be used: {best.findings[0]}"
            best = await self._attempt(attempt + 1, (), f"{reason}. Standard text stands instead.")
        if best.blocked:
            raise ApplicationError(
                f"the draft cannot be used: {'; '.join(best.findings[:5])}", type="DraftRejected"
            )
        return best

    async def _attempt(
        self, attempt: int, feedback: tuple[str, ...], note: str = ""
    ) -> DraftReceipt:
        """One draft; with a ``note`` that says why it is the standard text."""
        return await workflow.execute_activity_method(
            DraftingActivities.draft,
            DraftRequest(
                project_id=self._project,
                workflow_id=workflow.info().workflow_id,
                code=self._document.code,
                version=self._version,
                feedback=feedback,
                attempt=attempt,
                standard=bool(note),
                note=note,
            ),
            summary=f"Draft {self._document.title}",
            **DRAFT,
        )

    async def _render(self, draft: DraftReceipt) -> RenderedFiles:
        return await workflow.execute_activity_method(
            RenderingActivities.render,
            RenderRequest(
                project_id=self._project,
                workflow_id=workflow.info().workflow_id,
                code=self._document.code,
                version=self._version,
                content_sha256=draft.content_sha256,
                signers=self._document.approvers,
                calendar_version=draft.calendar_version,
            ),
            summary=f"Render {self._document.title} to DOCX and PDF",
            **PUBLISH,
        )

    async def _convert(self, submitted: SubmitVersion) -> ConvertedFiles:
        return await workflow.execute_activity_method(
            RenderingActivities.convert,
            ConvertRequest(
                project_id=self._project,
                workflow_id=workflow.info().workflow_id,
                code=self._document.code,
                version=self._version,
                docx_sha256=submitted.docx_sha256,
            ),
            summary=f"Convert {self._document.title} to PDF",
            **PUBLISH,
        )

    async def _ask_for_approval(self, draft: DraftReceipt) -> None:
        assert self._files is not None
        asked = self._signatures.first
        # Whoever reads in the record of being asked may decide before the workflow knows that it
        # is written: such a decision waits for the lock.
        async with self._signing:
            self._times = await workflow.execute_activity_method(
                RecordActivities.request_approvals,
                ApprovalsRequested(
                    **self._ledger.next(),
                    code=self._document.code,
                    version=self._version,
                    content_sha256=draft.content_sha256,
                    files=self._files,
                    agent=draft.agent,
                    drafter=self._requested_by,
                    approvers=self._document.approvers,
                    term=self._term(),
                    facts_id=draft.facts_id,
                    quoted_sha256=draft.quoted_sha256,
                    asked=asked,
                    note=self._submitted.note if self._submitted else draft.note,
                    quality_score=self._submitted.quality_score if self._submitted else draft.score,
                    calendar_version=draft.calendar_version,
                ),
                summary="Store the version and ask the first signer",
                **RECORD,
            )
            self._status = DocumentStatus.UNDER_REVIEW
            self._signatures.sha256 = self._files.docx_sha256
            self._await_steps(asked)

    async def _wait_for_signatures(self) -> None:
        """Silence is never consent: a timer reminds, and reminds again, and approves nothing."""
        signatures = self._signatures
        while signatures.awaited:
            if signatures.paused:
                await workflow.wait_condition(
                    lambda: not signatures.paused or not signatures.awaited
                )
                continue
            turn, times = self._turn, self._times
            assert times is not None
            pending = [moment for moment in times.reminders if moment > workflow.now()]
            try:
                await workflow.wait_condition(
                    lambda turn=turn: (
                        self._turn != turn or not signatures.awaited or bool(signatures.paused)
                    ),
                    timeout=pending[0] - workflow.now() if pending else None,
                    timeout_summary=f"{self._label()}: signature {signatures.awaited[0]} due",
                )
            except TimeoutError:
                await self._remind(times)
        await workflow.wait_condition(workflow.all_handlers_finished)

    async def _record(self, decision: Decision) -> DecisionReceipt:
        step = decision.step
        approved = decision.status is ApprovalStatus.APPROVED
        complete = approved and self._signatures.is_complete_with(step)
        going_on = approved and not complete
        in_turn = going_on and self._signatures.is_serial
        next_times = await workflow.execute_activity_method(
            RecordActivities.record_decision,
            DecisionRecorded(
                **self._ledger.next(),
                code=self._document.code,
                version=self._version,
                step=step,
                actor=decision.actor,
                status=decision.status,
                comments=decision.comments,
                sha256=decision.sha256,
                next_term=self._term() if in_turn else None,
                completes=complete,
            ),
            summary=f"Record decision {step} of {self._signatures.count}",
            **RECORD,
        )
        if not approved:
            self._status = DocumentStatus.REJECTED
            self._revise = decision.status is ApprovalStatus.REQUESTED_CHANGES
            self._comments = decision.comments
        elif complete:
            self._status = DocumentStatus.APPROVED
        receipt = DecisionReceipt(step=step, status=decision.status, document_status=self._status)
        self._receipts[decision.decision_id] = receipt
        if approved:
            self._signatures.approve(step)
        if next_times is not None:
            self._times = next_times
            self._turn += 1
            self._await_steps((step + 1,))
        else:
            others = tuple(other for other in self._signatures.awaited if other != step)
            self._await_steps(others if going_on else ())
        return receipt

    async def _delegate(self, delegation: Delegation, *, by: str = "") -> DelegationReceipt:
        step, signer = delegation.step, self._signatures.signer(delegation.step)
        await workflow.execute_activity_method(
            RecordActivities.record_delegation,
            ApprovalDelegated(
                **self._ledger.next(),
                code=self._document.code,
                version=self._version,
                step=step,
                delegate=delegation.delegate,
                delegated_from=signer,
                reason=delegation.reason,
                by=by,
            ),
            summary=f"Record that {signer.name} lets {delegation.delegate.name} sign",
            **RECORD,
        )
        self._signatures.delegate(step, delegation.delegate)
        receipt = DelegationReceipt(step=step, approver=delegation.delegate, delegated_from=signer)
        self._delegations[delegation.delegation_id] = receipt
        self._await_steps(self._signatures.awaited)
        return receipt

    async def _add(self, request: AddApprovers) -> ApproversReceipt:
        at_once = not self._signatures.is_serial
        await workflow.execute_activity_method(
            RecordActivities.add_approvers,
            ApproversAdded(
                **self._ledger.next(),
                code=self._document.code,
                version=self._version,
                approvers=request.approvers,
                first_step=self._signatures.count + 1,
                requested_by=request.requested_by,
                due=self._times.due if self._times and at_once else None,
            ),
            summary="Ask for more signatures",
            **RECORD,
        )
        awaited = self._signatures.awaited
        receipt = ApproversReceipt(steps=self._signatures.add(request.approvers))
        self._additions[request.request_id] = receipt
        self._await_steps((*awaited, *receipt.steps) if at_once else awaited)
        return receipt

    async def _remind(self, times: ApprovalTimes) -> None:
        """Remind whoever is awaited; past 150 % of the time, tell that person's superior."""
        if self._signing.locked():
            return
        escalated = times.escalation is not None and workflow.now() >= times.escalation
        told = await self._remind_awaited(times, escalated=escalated)
        if told and self._times is times:
            self._escalated = " and ".join(told)
            self._show_awaited()

    async def _remind_awaited(self, times: ApprovalTimes, *, escalated: bool) -> list[str]:
        """Record a reminder for every open signature; returns the superiors who were told."""
        now, told = workflow.now(), list[str]()
        for step in self._signatures.awaited:
            awaited = self._signatures.signer(step)
            superior = await workflow.execute_activity_method(
                RecordActivities.record_reminder,
                ReminderSent(
                    **self._ledger.next(),
                    code=self._document.code,
                    version=self._version,
                    step=step,
                    approver=awaited,
                    overdue=now >= times.due,
                    due=times.due,
                    escalated=escalated,
                ),
                summary=f"{'Escalate' if escalated else 'Remind'}: {awaited.position.label}",
                **RECORD,
            )
            told += [superior] if superior and superior not in told else []
        return told

    async def _fail(self, error: BaseException) -> None:
        cause = error.cause if isinstance(error, ActivityError) else error
        said = cause.message if isinstance(cause, FailureError) else str(cause)
        reason = said.replace("\0", "")  # an error may quote what no row can hold
        self._status = DocumentStatus.PENDING
        self._show(
            "Failed", f"**{reason}**\n\nCorrect the cause, then generate the document again."
        )
        await self._change(GenerationStatus.FAILED, f"{self._label()} failed", error=reason)

    async def _withdraw(self) -> None:
        """Superseded or cancelled: nothing of this version may be signed any more."""
        await workflow.wait_condition(lambda: not self._signing.locked())
        self._status, self._signatures.awaited = DocumentStatus.EXPIRED, ()
        self._show("Withdrawn", "It is no longer to be signed.")
        await self._change(GenerationStatus.NOT_GENERATED, f"{self._label()} was withdrawn")

    async def _finish(self) -> None:
        if self._status in (DocumentStatus.APPROVED, DocumentStatus.REJECTED):
            self._show(self._status.value.title(), "Nobody has to act on this version.")
        await workflow.get_external_workflow_handle(
            phase_workflow_id(self._project, self._document.phase)
        ).signal(
            DOCUMENT_FINISHED,
            DocumentFinished(
                code=self._document.code,
                version=self._version,
                status=self._status,
                revise=self._revise,
                comments=self._comments,
            ),
        )

    async def _change(self, generation: GenerationStatus, message: str, error: str = "") -> None:
        await workflow.execute_activity_method(
            RecordActivities.change_document,
            DocumentChange(
                **self._ledger.next(),
                code=self._document.code,
                version=self._version,
                status=self._status,
                generation=generation,
                message=message,
                actor=self._requested_by.email,
                error=error,
            ),
            summary=message,
            **RECORD,
        )

    def _term(self) -> ApprovalTerm:
        """Of a signature that is asked for now."""
        return ApprovalTerm(
            requested=workflow.now(), business_days=self._document.approval_business_days
        )

    def _label(self) -> str:
        return f"{self._document.title}, version {self._version}"

    def _page(self) -> str:
        address = document_page(self._project, self._document.code)
        return page(self._label(), self._front_end, address)

    def _await_steps(self, steps: tuple[int, ...]) -> None:
        self._signatures.awaited = steps
        self._since, self._escalated = workflow.now(), ""
        self._show_awaited()

    def _show_awaited(self) -> None:
        signatures, files, times = self._signatures, self._files, self._times
        steps = signatures.awaited
        if not steps or files is None or times is None:
            return
        signers = [signatures.signer(step) for step in steps]
        names = " and ".join(f"**{one.name}**, {one.position.label}," for one in signers)
        numbers = ", ".join(str(step) for step in steps)
        escalated = f" Overdue: **{self._escalated}** was told." if self._escalated else ""
        paused = signatures.paused
        pause = f"**Paused: {paused}** Resume it first.\n\n" if paused else ""
        self._show(
            "Paused" if paused else "Awaiting approval",
            f"{pause}{names} {'is' if len(steps) == 1 else 'are'} awaited since "
            f"{self._since:%Y-%m-%d %H:%M} UTC (signature {numbers} of "
            f"{signatures.count}), due {times.due:%Y-%m-%d %H:%M} UTC.{escalated}\n\n"
            f"To do: open {self._page()} ({files.pages} pages), then approve it, ask for "
            "changes or reject it.",
            awaiting=signers[0],
            due=times.due,
        )

    def _show(
        self,
        status: str,
        details: str,
        awaiting: Assignee | None = None,
        due: datetime | None = None,
    ) -> None:
        show(
            self._label(),
            status,
            details,
            project_id=self._project,
            phase=self._document.phase,
            code=self._document.code,
            awaiting=awaiting,
            due=due,
        )


def _quality(draft: DraftReceipt) -> tuple[bool, int]:
    """Drafts in the order in which they are wanted; the first of equal ones wins."""
    return not draft.blocked, draft.score or 0
