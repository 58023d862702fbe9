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
    from documents.plan import Assignee, Chain
    from documents.vocabulary import ApprovalStatus, DocumentStatus, GenerationStatus, Position
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
    from workflows.visibility import page, show
    from workflows.warrants import check_warrant

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
        self._signers = list(start.document.approvers)
        """In the order of their steps; added ones follow those of the plan."""
        self._open: tuple[int, ...] = ()
        """The signatures that are awaited now, counted from 1."""
        self._approved: set[int] = set()
        self._delegated: set[int] = set()
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
        self._paused = ""
        """Why an operator has paused this version."""

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
            self._check(decision)
            return await self._record(decision)

    @decide.validator
    def _may_decide(self, decision: Decision) -> None:
        # While a signature is being recorded the next signer may have been asked already: whether
        # this decision is due then shows only when its turn comes.
        if decision.decision_id not in self._receipts and not self._signing.locked():
            self._check(decision)

    @workflow.update
    async def delegate(self, delegation: Delegation) -> DelegationReceipt:
        """Let another person sign instead of the awaited signer; both names stay on record."""
        async with self._signing:
            if known := self._delegations.get(delegation.delegation_id):
                return known
            self._check_delegation(delegation)
            return await self._delegate(delegation)

    @delegate.validator
    def _may_delegate(self, delegation: Delegation) -> None:
        if delegation.delegation_id not in self._delegations and not self._signing.locked():
            self._check_delegation(delegation)

    @workflow.update
    async def add_approvers(self, request: AddApprovers) -> ApproversReceipt:
        """Ask for more signatures on this version; those that the plan names remain."""
        async with self._signing:
            if known := self._additions.get(request.request_id):
                return known
            self._check_addition(request)
            return await self._add(request)

    @add_approvers.validator
    def _may_add_approvers(self, request: AddApprovers) -> None:
        if request.request_id not in self._additions and not self._signing.locked():
            self._check_addition(request)

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
            return await self._delegate(self._check_reassignment(change), by=change.actor)

    @workflow.update
    async def pause(self, order: Order) -> None:
        """Take no decision and send no reminder until resumed."""
        self._paused = order.reason
        self._show_awaited()

    @workflow.update
    async def resume(self, order: Order) -> None:
        """Go on. Signatures stay due when they were."""
        self._paused = ""
        self._show_awaited()

    @remind.validator
    def _may_remind(self, order: Order) -> None:
        self._check_open()
        self._check_not_paused()

    @reassign.validator
    def _may_reassign(self, change: Reassignment) -> None:
        if change.order_id not in self._delegations and not self._signing.locked():
            self._check_reassignment(change)

    @pause.validator
    def _may_pause(self, order: Order) -> None:
        self._check_open()
        if not order.reason:
            raise ApplicationError("state why it is paused", type="ReasonMissing")

    @resume.validator
    def _may_resume(self, order: Order) -> None:
        if not self._paused:
            raise ApplicationError(f"{self._label()} is not paused", type="NotPaused")

    @workflow.query(description="Status, awaited signer, due date and hash of this version")
    def state(self) -> DocumentView:
        return DocumentView(
            code=self._document.code,
            version=self._version,
            status=self._status,
            awaiting=self._signer(self._open[0]) if self._open else None,
            step=self._open[0] if self._open else 0,
            awaited=self._open,
            due=self._times.due if self._times else None,
            docx_sha256=self._files.docx_sha256 if self._files else "",
            paused=self._paused,
        )

    def _check(self, decision: Decision) -> None:
        """Refuse what is not the awaited signer's decision on this very version."""
        self._check_not_paused()
        awaited = self._check_awaited(decision.step)
        self._check_duties(decision.actor)
        if decision.actor != awaited.email:
            raise ApplicationError(
                f"the {awaited.position.label} decides, and that is not {decision.actor}",
                type="NotTheApprover",
            )
        if self._files is None or decision.sha256 != self._files.docx_sha256:
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

    def _check_delegation(self, delegation: Delegation) -> None:
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

    def _check_reassignment(self, change: Reassignment) -> Delegation:
        """The delegation that is the same as this order."""
        self._check_open()
        step = change.step or self._open[0]
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

    def _check_addition(self, request: AddApprovers) -> None:
        self._check_open()
        self._check_new_signers(request.approvers)

    def _check_open(self) -> None:
        if not self._open:
            raise ApplicationError(f"{self._label()} is not under review", type="NotUnderReview")

    def _check_not_paused(self) -> None:
        if self._paused:
            raise ApplicationError(f"{self._label()} is paused: {self._paused}", type="Paused")

    def _check_awaited(self, step: int) -> Assignee:
        if step not in self._open or self._files is None:
            raise ApplicationError(
                f"{self._label()} does not await signature {step}", type="NotAwaitingDecision"
            )
        return self._signer(step)

    def _check_duties(self, email: str) -> None:
        if email in (self._document.drafter.email, self._requested_by.email):
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
        serial = self._document.chain is Chain.SERIAL
        asked = (1,) if serial else tuple(range(1, len(self._signers) + 1))
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
            self._await_steps(asked)

    async def _wait_for_signatures(self) -> None:
        """Silence is never consent: a timer reminds, and reminds again, and approves nothing."""
        while self._open:
            if self._paused:
                await workflow.wait_condition(lambda: not self._paused or not self._open)
                continue
            turn, times = self._turn, self._times
            assert times is not None
            pending = [moment for moment in times.reminders if moment > workflow.now()]
            try:
                await workflow.wait_condition(
                    lambda turn=turn: self._turn != turn or not self._open or bool(self._paused),
                    timeout=pending[0] - workflow.now() if pending else None,
                    timeout_summary=f"{self._label()}: signature {self._open[0]} due",
                )
            except TimeoutError:
                await self._remind(times)
        await workflow.wait_condition(workflow.all_handlers_finished)

    async def _record(self, decision: Decision) -> DecisionReceipt:
        step = decision.step
        approved = decision.status is ApprovalStatus.APPROVED
        complete = approved and self._is_complete(self._approved | {step})
        going_on = approved and not complete
        in_turn = going_on and self._document.chain is Chain.SERIAL
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
            summary=f"Record decision {step} of {len(self._signers)}",
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
            self._approved.add(step)
        if next_times is not None:
            self._times = next_times
            self._turn += 1
            self._await_steps((step + 1,))
        else:
            others = tuple(other for other in self._open if other != step)
            self._await_steps(others if going_on else ())
        return receipt

    def _is_complete(self, approved: set[int]) -> bool:
        """Whether these signatures are enough; people who were added have to sign in any case."""
        planned = range(1, len(self._document.approvers) + 1)
        given = sum(step in approved for step in planned)
        added = range(len(planned) + 1, len(self._signers) + 1)
        enough = given >= self._document.signatures_needed
        return enough and all(step in approved for step in added)

    async def _delegate(self, delegation: Delegation, *, by: str = "") -> DelegationReceipt:
        step, signer = delegation.step, self._signer(delegation.step)
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
        self._signers[step - 1] = delegation.delegate
        self._delegated.add(step)
        receipt = DelegationReceipt(step=step, approver=delegation.delegate, delegated_from=signer)
        self._delegations[delegation.delegation_id] = receipt
        self._await_steps(self._open)
        return receipt

    async def _add(self, request: AddApprovers) -> ApproversReceipt:
        first = len(self._signers) + 1
        at_once = self._document.chain is not Chain.SERIAL
        await workflow.execute_activity_method(
            RecordActivities.add_approvers,
            ApproversAdded(
                **self._ledger.next(),
                code=self._document.code,
                version=self._version,
                approvers=request.approvers,
                first_step=first,
                requested_by=request.requested_by,
                due=self._times.due if self._times and at_once else None,
            ),
            summary="Ask for more signatures",
            **RECORD,
        )
        self._signers.extend(request.approvers)
        receipt = ApproversReceipt(steps=tuple(range(first, len(self._signers) + 1)))
        self._additions[request.request_id] = receipt
        self._await_steps((*self._open, *receipt.steps) if at_once else self._open)
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
        for step in self._open:
            awaited = self._signer(step)
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
        reason = cause.message if isinstance(cause, FailureError) else str(cause)
        self._status = DocumentStatus.PENDING
        self._show(
            "Failed", f"**{reason}**\n\nCorrect the cause, then generate the document again."
        )
        await self._change(GenerationStatus.FAILED, f"{self._label()} failed", error=reason)

    async def _withdraw(self) -> None:
        """Superseded or cancelled: nothing of this version may be signed any more."""
        await workflow.wait_condition(lambda: not self._signing.locked())
        self._status, self._open = DocumentStatus.EXPIRED, ()
        self._show("Superseded", "A newer version replaces this one.")
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

    def _signer(self, step: int) -> Assignee:
        return self._signers[step - 1]

    def _await_steps(self, steps: tuple[int, ...]) -> None:
        self._open = steps
        self._since, self._escalated = workflow.now(), ""
        self._show_awaited()

    def _show_awaited(self) -> None:
        steps, files, times = self._open, self._files, self._times
        if not steps or files is None or times is None:
            return
        awaited = self._signer(steps[0])
        names = " and ".join(
            f"**{signer.name}**, {signer.position.label}," for signer in map(self._signer, steps)
        )
        numbers = ", ".join(str(step) for step in steps)
        escalated = f" Overdue: **{self._escalated}** was told." if self._escalated else ""
        paused = f"**Paused: {self._paused}** Resume it first.\n\n" if self._paused else ""
        self._show(
            "Paused" if self._paused else "Awaiting approval",
            f"{paused}{names} {'is' if len(steps) == 1 else 'are'} awaited since "
            f"{self._since:%Y-%m-%d %H:%M} UTC (signature {numbers} of "
            f"{len(self._signers)}), due {times.due:%Y-%m-%d %H:%M} UTC.{escalated}\n\n"
            f"To do: open {self._page()} ({files.pages} pages), then approve it, ask for "
            "changes or reject it.",
            awaiting=awaited,
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
