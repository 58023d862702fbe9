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
    from activities.deadlines import ApprovalDue, ApprovalTimes, DeadlineActivities
    from activities.drafting import DraftingActivities, DraftReceipt, DraftRequest, ReviewRequest
    from activities.records import (
        ApprovalsRequested,
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
    from documents.identity import phase_workflow_id
    from documents.plan import Assignee
    from documents.vocabulary import ApprovalStatus, DocumentStatus, GenerationStatus
    from workflows.ledger import Ledger
    from workflows.messages import (
        DOCUMENT_FINISHED,
        Decision,
        DecisionReceipt,
        DocumentFinished,
        DocumentView,
        StartDocument,
        SubmitVersion,
    )
    from workflows.policies import DRAFT, RECORD, RENDER
    from workflows.visibility import show

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
        self._ledger = Ledger(start.project_id)
        self._status = DocumentStatus.PENDING
        self._files: RenderedFiles | None = None
        self._step = 0
        """The signature that is awaited, counted from 1; 0 while nobody is."""
        self._times: ApprovalTimes | None = None
        self._receipts: dict[str, DecisionReceipt] = {}
        # One signature at a time.
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
            self._check(decision)
            return await self._record(decision)

    @decide.validator
    def _may_decide(self, decision: Decision) -> None:
        # While a signature is being recorded the next signer may have been asked already: whether
        # this decision is due then shows only when its turn comes.
        if decision.decision_id not in self._receipts and not self._signing.locked():
            self._check(decision)

    @workflow.query(description="Status, awaited signer, due date and hash of this version")
    def state(self) -> DocumentView:
        return DocumentView(
            code=self._document.code,
            version=self._version,
            status=self._status,
            awaiting=self._awaited(),
            step=self._step,
            due=self._times.due if self._times else None,
            docx_sha256=self._files.docx_sha256 if self._files else "",
        )

    def _check(self, decision: Decision) -> None:
        """Refuse what is not the awaited signer's decision on this very version."""
        awaited = self._awaited()
        if awaited is None or self._files is None or decision.step != self._step:
            raise ApplicationError(
                f"{self._label()} does not await signature {decision.step}",
                type="NotAwaitingDecision",
            )
        if decision.actor in (self._document.drafter.email, self._requested_by.email):
            raise ApplicationError(
                f"{decision.actor} drafted this version and cannot decide on it",
                type="DrafterCannotApprove",
            )
        if decision.actor != awaited.email:
            raise ApplicationError(
                f"the {awaited.position.label} decides, and that is not {decision.actor}",
                type="NotTheApprover",
            )
        if decision.sha256 != self._files.docx_sha256:
            raise ApplicationError(
                "the decision names another version than the one under review; open it again",
                type="WrongVersion",
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
        """Draft and refine until the review is content; the findings feed the next draft."""
        feedback = self._feedback
        for _ in range(MAX_REFINEMENTS + 1):
            draft = await workflow.execute_activity_method(
                DraftingActivities.draft,
                DraftRequest(
                    project_id=self._project,
                    workflow_id=workflow.info().workflow_id,
                    code=self._document.code,
                    version=self._version,
                    feedback=feedback,
                ),
                summary=f"Draft {self._document.title}",
                **DRAFT,
            )
            review = await workflow.execute_activity_method(
                DraftingActivities.review,
                ReviewRequest(
                    project_id=self._project,
                    workflow_id=workflow.info().workflow_id,
                    code=self._document.code,
                    content_sha256=draft.content_sha256,
                ),
                summary=f"Review {self._document.title}",
                **DRAFT,
            )
            if not review.findings:
                return draft
            feedback = (*self._feedback, *review.findings)
        raise ApplicationError(
            "the draft still has findings: " + "; ".join(feedback[-5:]), type="DraftRejected"
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
            ),
            summary=f"Render {self._document.title} to DOCX and PDF",
            **RENDER,
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
            **RENDER,
        )

    async def _ask_for_approval(self, draft: DraftReceipt) -> None:
        assert self._files is not None
        self._times = await self._due_times()
        self._status = DocumentStatus.UNDER_REVIEW
        # Before the record: whoever reads there of being asked may decide at once.
        self._await_step(1)
        await workflow.execute_activity_method(
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
                due=self._times.due,
                note=self._submitted.note if self._submitted else "",
            ),
            summary="Store the version and ask the first signer",
            **RECORD,
        )

    async def _wait_for_signatures(self) -> None:
        """Silence is never consent: a timer reminds, and reminds again, and approves nothing."""
        while self._step:
            step, times = self._step, self._times
            assert times is not None
            pending = [moment for moment in times.reminders if moment > workflow.now()]
            try:
                await workflow.wait_condition(
                    lambda step=step: self._step != step,
                    timeout=pending[0] - workflow.now() if pending else None,
                    timeout_summary=f"{self._label()}: signature {step} due",
                )
            except TimeoutError:
                await self._remind(times.due)
        await workflow.wait_condition(workflow.all_handlers_finished)

    async def _record(self, decision: Decision) -> DecisionReceipt:
        approved = decision.status is ApprovalStatus.APPROVED
        last = self._step == len(self._document.approvers)
        next_times = await self._due_times() if approved and not last else None
        await workflow.execute_activity_method(
            RecordActivities.record_decision,
            DecisionRecorded(
                **self._ledger.next(),
                code=self._document.code,
                version=self._version,
                step=self._step,
                actor=decision.actor,
                status=decision.status,
                comments=decision.comments,
                sha256=decision.sha256,
                next_due=next_times.due if next_times else None,
            ),
            summary=f"Record decision {self._step} of {len(self._document.approvers)}",
            **RECORD,
        )
        if not approved:
            self._status = DocumentStatus.REJECTED
            self._revise = decision.status is ApprovalStatus.REQUESTED_CHANGES
            self._comments = decision.comments
        elif last:
            self._status = DocumentStatus.APPROVED
        receipt = DecisionReceipt(
            step=self._step, status=decision.status, document_status=self._status
        )
        self._receipts[decision.decision_id] = receipt
        self._times = next_times
        self._await_step(self._step + 1 if next_times else 0)
        return receipt

    async def _remind(self, due: datetime) -> None:
        awaited = self._awaited()
        if awaited is None or self._signing.locked():
            return
        await workflow.execute_activity_method(
            RecordActivities.record_reminder,
            ReminderSent(
                **self._ledger.next(),
                code=self._document.code,
                version=self._version,
                step=self._step,
                approver=awaited,
                overdue=workflow.now() >= due,
                due=due,
            ),
            summary=f"Remind the {awaited.position.label}",
            **RECORD,
        )

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
        self._status, self._step = DocumentStatus.EXPIRED, 0
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

    async def _due_times(self) -> ApprovalTimes:
        return await workflow.execute_activity_method(
            DeadlineActivities.approval_times,
            ApprovalDue(
                project_id=self._project,
                requested=workflow.now(),
                business_days=self._document.approval_business_days,
            ),
            summary="Count business days to the due date",
            **RECORD,
        )

    def _label(self) -> str:
        return f"{self._document.title}, version {self._version}"

    def _awaited(self) -> Assignee | None:
        return self._document.approvers[self._step - 1] if self._step else None

    def _await_step(self, step: int) -> None:
        self._step = step
        awaited, files, times = self._awaited(), self._files, self._times
        if awaited is None or files is None or times is None:
            return
        self._show(
            "Awaiting approval",
            f"**{awaited.name}**, {awaited.position.label}, is awaited since "
            f"{workflow.now():%Y-%m-%d %H:%M} UTC (signature {step} of "
            f"{len(self._document.approvers)}), due {times.due:%Y-%m-%d %H:%M} UTC.\n\n"
            f"To do: open *{self._label()}* ({files.pages} pages), then approve it, ask for "
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
