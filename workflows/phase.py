"""One phase: start each document when what it requires is there, then pass the closing gate."""

import asyncio

from temporalio import workflow
from temporalio.exceptions import (
    ActivityError,
    ApplicationError,
    FailureError,
    WorkflowAlreadyStartedError,
    is_cancelled_exception,
)
from temporalio.workflow import ParentClosePolicy

with workflow.unsafe.imports_passed_through():
    from activities.checking import CheckActivities, GateReport, GateRequest
    from activities.lineage import FindStale, LineageActivities
    from activities.records import (
        GatekeeperReminded,
        PhaseChange,
        RecordActivities,
        TransitionDecided,
        TransitionRequested,
    )
    from documents.identity import document_workflow_id, project_page, project_workflow_id
    from documents.plan import Assignee, PlannedDocument
    from documents.vocabulary import DocumentStatus, PhaseStatus
    from workflows.answers import newest
    from workflows.document import DocumentWorkflow
    from workflows.ledger import Ledger
    from workflows.messages import (
        DOCUMENT_FINISHED,
        PHASE_FINISHED,
        DocumentFinished,
        Gate,
        GateDecision,
        GateReceipt,
        GenerateDocument,
        GenerateReceipt,
        NoteRecord,
        Order,
        PhaseFinished,
        PhaseState,
        RequestTransition,
        RetryDocument,
        RevisePhase,
        StartDocument,
        StartPhase,
        SubmitVersion,
    )
    from workflows.policies import CHECK, RECORD
    from workflows.refusals import refusal
    from workflows.visibility import page, show
    from workflows.warrants import check_warrant


@workflow.defn
class PhaseWorkflow:
    """The only parent of its documents: it numbers their versions and holds the closing gate."""

    @workflow.init
    def __init__(self, start: StartPhase) -> None:
        self._start = start
        self._documents = {document.code: document for document in start.documents}
        self._state = start.state.model_copy(deep=True)
        self._ledger = Ledger(start.project_id, start.state.seq)
        # Versions are numbered here and nowhere else, by one caller at a time.
        self._numbering = asyncio.Lock()

    @workflow.run
    async def run(self, start: StartPhase) -> None:
        await self._begin()
        while self._state.gate is not Gate.PASSED:
            await self._put_revision_into_effect()
            await self._start_due_documents()
            if self._gate_is_due():
                await self._open_gate()
            await workflow.wait_condition(lambda: self._something_to_do() or self._is_long())
            if self._is_long():
                await self._continue_as_new()
        await self._finish()

    @workflow.update
    async def generate(self, request: GenerateDocument) -> GenerateReceipt:
        """Draft a new version of a document."""
        async with self._numbering:
            if known := self._state.requests.get(request.request_id):
                return known
            # Again: the package may have been revised while another version was being numbered.
            self._check_version(request.code, request.requested_by)
            receipt = await self._start_version(
                self._documents[request.code], request.requested_by, request.feedback
            )
            self._state.requests[request.request_id] = receipt
            return receipt

    @workflow.update
    async def submit(self, request: SubmitVersion) -> GenerateReceipt:
        """Put a version that a person made under review; it voids what was approved before."""
        async with self._numbering:
            if known := self._state.requests.get(request.request_id):
                return known
            self._check_version(request.code, request.submitted_by)
            receipt = await self._start_version(
                self._documents[request.code], request.submitted_by, submitted=request
            )
            self._state.revise.pop(request.code, None)  # this is the revision that was due
            self._state.requests[request.request_id] = receipt
            return receipt

    @generate.validator
    def _may_generate(self, request: GenerateDocument) -> None:
        if request.request_id not in self._state.requests:
            self._check_version(request.code, request.requested_by)

    @submit.validator
    def _may_submit(self, request: SubmitVersion) -> None:
        if request.request_id in self._state.requests:
            return
        if bool(request.docx_sha256) == bool(request.content_sha256):
            raise ApplicationError(
                "a submission is either a DOCX or a text", type="InvalidSubmission"
            )
        self._check_version(request.code, request.submitted_by)

    def _check_version(self, code: str, drafter: Assignee) -> None:
        """Refuse a version that cannot be made now or by this person."""
        document = self._documents.get(code)
        if document is None:
            raise ApplicationError(
                f"{code} is not part of this phase's plan", type="UnknownDocument"
            )
        if self._state.gate is Gate.PASSED:
            raise ApplicationError("the phase is closed", type="PhaseClosed")
        self._check_not_paused()
        # A person may have a draft at any time: the gate waits for what it requires. But of what
        # nobody has recorded nothing can be written.
        if missing := self._unrecorded(document):
            raise ApplicationError(
                f"{document.title} waits for {', '.join(missing)}", type="MissingDependencies"
            )
        if any(drafter.email == approver.email for approver in document.approvers):
            raise ApplicationError(
                f"{drafter.name} approves {document.title} and cannot draft it too; "
                f"ask {document.drafter.name}",
                type="DrafterCannotApprove",
            )

    def _check_not_paused(self) -> None:
        if self._state.paused:
            raise ApplicationError(f"the phase is paused: {self._state.paused}", type="Paused")

    @workflow.update
    async def request_transition(self, request: RequestTransition) -> None:
        """Ask for the closing gate again."""
        self._close_gate()

    @request_transition.validator
    def _may_request_transition(self, request: RequestTransition) -> None:
        if missing := self._unapproved():
            raise ApplicationError(
                f"not approved yet: {', '.join(missing)}", type="MissingDependencies"
            )
        if self._state.gate not in (Gate.REFUSED, Gate.BLOCKED):
            raise ApplicationError(
                f"the gate is {self._state.gate}: there is nothing to ask again", type="GateNotOpen"
            )

    @workflow.update
    async def decide_gate(self, decision: GateDecision) -> GateReceipt:
        """Pass or refuse the closing gate as its gatekeeper."""
        # Nothing is numbered or revised while it is recorded: what is passed is what was checked.
        async with self._numbering:
            if known := self._state.decisions.get(decision.decision_id):
                return known
            self._may_decide_gate(decision)  # again: another decision may have come before
            before, round_ = self._state.gate, self._state.round
            try:
                await workflow.execute_activity_method(
                    RecordActivities.decide_transition,
                    TransitionDecided(
                        **self._ledger.next(),
                        phase=self._start.phase,
                        round=round_,
                        actor=decision.actor,
                        approved=decision.approve,
                        comments=decision.comments,
                        facts_id=self._start.facts_id,
                    ),
                    summary="Record the gate decision",
                    **RECORD,
                )
            except ActivityError as error:
                raise refusal(error) from error
            receipt = GateReceipt(round=round_, approved=decision.approve)
            self._state.decisions[decision.decision_id] = receipt
            if decision.approve:
                self._state.gate = Gate.PASSED
            elif self._state.gate is before:  # not asked for again meanwhile
                self._state.gate = Gate.REFUSED
                self._show("Gate refused", "Ask for the gate again when ready.")
            return receipt

    @decide_gate.validator
    def _may_decide_gate(self, decision: GateDecision) -> None:
        if decision.decision_id in self._state.decisions:
            return
        self._check_not_paused()
        if self._state.gate is Gate.BLOCKED and decision.approve:
            raise ApplicationError(
                "the package contradicts itself: " + " ".join(self._state.blocking),
                type="GateBlocked",
            )
        if self._state.gate not in (Gate.PENDING, Gate.BLOCKED):
            raise ApplicationError(
                f"the gate is {self._state.gate} and awaits no decision", type="GateNotOpen"
            )
        if decision.actor != self._start.gatekeeper.email:
            raise ApplicationError(
                f"the {self._start.gatekeeper.position.label} decides this gate",
                type="NotTheGatekeeper",
            )
        if decision.approve and self._state.warnings and not decision.warnings_explained:
            raise ApplicationError(
                "a written reason is missing for: " + " ".join(self._state.warnings),
                type="WarningsNeedReason",
            )
        if decision.approve:
            check_warrant(
                self._start.gatekeeper,
                value=decision.value_usd or self._start.value_usd,
                stated=decision.warrant_usd,
            )

    @workflow.update
    async def retry(self, order: RetryDocument) -> GenerateReceipt:
        """Draft a document again, as its drafter, after its newest version came to nothing."""
        async with self._numbering:
            if known := self._state.requests.get(order.order_id):
                return known
            self._may_retry(order)  # again: a version may have been started meanwhile
            document = self._documents[order.code]
            receipt = await self._start_version(document, document.drafter)
            self._state.requests[order.order_id] = receipt
            return receipt

    @retry.validator
    def _may_retry(self, order: RetryDocument) -> None:
        if order.order_id in self._state.requests:
            return
        document = self._documents.get(order.code)
        if document is None:
            raise ApplicationError(
                f"{order.code} is not part of this phase's plan", type="UnknownDocument"
            )
        newest_version = self._state.versions.get(order.code)
        if order.code in self._state.approved:
            raise ApplicationError(
                f"version {newest_version} of {document.title} is approved", type="NothingToRetry"
            )
        if order.version not in (None, newest_version):
            raise ApplicationError(
                f"the newest version of {document.title} is {newest_version}, not {order.version}",
                type="NothingToRetry",
            )
        self._check_version(order.code, document.drafter)

    @workflow.update
    async def remind(self, order: Order) -> None:
        """Remind the gatekeeper."""
        await workflow.execute_activity_method(
            RecordActivities.remind_gatekeeper,
            GatekeeperReminded(
                **self._ledger.next(),
                phase=self._start.phase,
                round=self._state.round,
                gatekeeper=self._start.gatekeeper,
            ),
            summary=f"Remind: {self._start.gatekeeper.position.label}",
            **RECORD,
        )

    @remind.validator
    def _may_remind(self, order: Order) -> None:
        if self._state.gate is not Gate.PENDING:
            raise ApplicationError(
                f"the gate is {self._state.gate} and awaits nobody", type="GateNotOpen"
            )

    @workflow.update
    async def pause(self, order: Order) -> None:
        """Start no document and decide no gate until resumed; versions under review go on."""
        self._state.paused = order.reason
        self._show("Paused", "No document is started and no gate is decided.")

    @pause.validator
    def _may_pause(self, order: Order) -> None:
        if not order.reason:
            raise ApplicationError("state why it is paused", type="ReasonMissing")
        if self._state.gate is Gate.PASSED:
            raise ApplicationError("the phase is closed", type="PhaseClosed")

    @workflow.update
    async def resume(self, order: Order) -> None:
        """Go on with what fell due meanwhile."""
        self._state.paused = ""
        self._show_again()

    @resume.validator
    def _may_resume(self, order: Order) -> None:
        if not self._state.paused:
            raise ApplicationError("the phase is not paused", type="NotPaused")

    @workflow.signal(name=DOCUMENT_FINISHED)
    def document_finished(self, finished: DocumentFinished) -> None:
        if self._state.versions.get(finished.code) != finished.version:
            return  # superseded meanwhile
        self._state.in_flight = [code for code in self._state.in_flight if code != finished.code]
        if finished.status is DocumentStatus.APPROVED:
            self._state.approved.append(finished.code)
            if self._state.gate in (Gate.BLOCKED, Gate.REFUSED):
                self._close_gate()
        elif finished.revise:
            self._state.revise[finished.code] = (finished.comments,)

    @workflow.signal
    def note_record(self, record: NoteRecord) -> None:
        if record.kind not in self._state.recorded:
            self._state.recorded.append(record.kind)

    @workflow.signal
    def revise(self, revision: RevisePhase) -> None:
        """Follow a revised package: documents join, leave or change signers."""
        self._state.revision = revision

    @workflow.query(description="Versions, documents in flight and gate of this phase")
    def state(self) -> PhaseState:
        return self._state

    async def _begin(self) -> None:
        if self._state.seq:
            self._show_again()  # a continued run, to which current details are not carried over
            return
        self._show_progress()
        await self._change(PhaseStatus.IN_PROGRESS, f"{self._start.phase.label} started")

    async def _put_revision_into_effect(self) -> None:
        async with self._numbering:
            revision, self._state.revision = self._state.revision, None
            if revision is None:
                return
            before = self._documents
            self._documents = {document.code: document for document in revision.documents}
            self._start = self._start.model_copy(
                update={
                    "documents": revision.documents,
                    "gatekeeper": revision.gatekeeper,
                    "auto_draft": revision.auto_draft,
                    "value_usd": revision.value_usd,
                    "approved_before": revision.approved_before,
                    "facts_id": revision.facts_id,
                }
            )
            for code, document in before.items():
                now = self._documents.get(code)
                if now is None:
                    await self._withdraw(code)
                elif code in self._state.in_flight and _duties(document) != _duties(now):
                    self._state.revise[code] = ("The package names other people for it.",)
            for code in sorted(self._documents.keys() - before.keys()):
                if self._returns_unfinished(code) and revision.auto_draft:
                    self._state.revise[code] = ()
            if self._state.gate not in (Gate.CLOSED, Gate.PASSED):
                self._close_gate()  # what was asked for rests on the old package

    def _returns_unfinished(self, code: str) -> bool:
        """Whether a document that had left the plan was never approved in it."""
        return code in self._state.versions and code not in self._state.approved

    async def _withdraw(self, code: str) -> None:
        """Take a document that has left the plan out of the signers' hands."""
        self._state.revise.pop(code, None)
        if code not in self._state.in_flight:
            return
        self._state.in_flight = [other for other in self._state.in_flight if other != code]
        version = self._state.versions[code]
        await self._cancel(code, version)

    async def _cancel(self, code: str, version: int) -> None:
        try:
            await workflow.get_external_workflow_handle(
                document_workflow_id(self._start.project_id, code, version)
            ).cancel()
        except FailureError:
            workflow.logger.info("version %s of %s has ended already", version, code)

    async def _start_due_documents(self) -> None:
        async with self._numbering:
            for document in self._due_documents():
                feedback = self._state.revise.pop(document.code, ())
                await self._start_version(document, document.drafter, feedback)

    async def _start_version(
        self,
        document: PlannedDocument,
        requested_by: Assignee,
        feedback: tuple[str, ...] = (),
        submitted: SubmitVersion | None = None,
    ) -> GenerateReceipt:
        """Start the next version; the one in flight, if any, is superseded."""
        state, code = self._state, document.code
        superseded = state.versions.get(code, 0) if code in state.in_flight else 0
        version = state.versions.get(code, 0) + 1
        state.versions[code] = version
        state.approved = [approved for approved in state.approved if approved != code]
        if code not in state.in_flight:
            state.in_flight.append(code)
        if state.gate is Gate.PENDING:
            self._close_gate()  # what the gatekeeper would pass is no longer there
        if superseded:
            await self._cancel(code, superseded)
        workflow_id = document_workflow_id(self._start.project_id, code, version)
        try:
            child = await workflow.start_child_workflow(
                DocumentWorkflow.run,
                StartDocument(
                    project_id=self._start.project_id,
                    document=document,
                    version=version,
                    requested_by=requested_by,
                    feedback=feedback,
                    submitted=submitted,
                    front_end=self._start.front_end,
                ),
                id=workflow_id,
                # A continue-as-new of the phase would close its children otherwise.
                parent_close_policy=ParentClosePolicy.ABANDON,
                static_summary=f"{document.title}, version {version}",
            )
            # The version reports by signal; without this a cancelled one is logged as an error.
            child.add_done_callback(lambda ended: ended.cancelled() or ended.exception())
        except WorkflowAlreadyStartedError:
            workflow.logger.info("version %s of %s is already running", version, code)
        return GenerateReceipt(workflow_id=workflow_id, version=version)

    def _close_gate(self) -> None:
        """Nobody is awaited at the gate any more; it opens when everything is approved again."""
        self._state.gate = Gate.CLOSED
        if workflow.patched("a-closed-gate-shows-progress"):
            self._show_progress()

    async def _open_gate(self) -> None:
        self._state.round += 1
        report = await self._check_package()
        if self._unapproved():
            return  # a new version was asked for meanwhile: the gate is due when it is approved
        self._state.blocking, self._state.warnings = report.blocking, report.warnings
        # Before the record: whoever reads there of being asked may decide at once.
        self._state.asked_at = workflow.now()
        self._await_gatekeeper()
        await workflow.execute_activity_method(
            RecordActivities.request_transition,
            TransitionRequested(
                **self._ledger.next(),
                phase=self._start.phase,
                round=self._state.round,
                requested_by="",
                gatekeeper=self._start.gatekeeper,
                blocking=report.blocking,
                warnings=report.warnings,
            ),
            summary="Ask the gatekeeper",
            **RECORD,
        )

    async def _check_package(self) -> GateReport:
        """Findings of the checks; that they cannot be run at all is a finding too."""
        try:
            await workflow.execute_activity_method(
                LineageActivities.find_stale,
                FindStale(**self._ledger.next()),
                summary="Find documents made from an earlier package",
                **CHECK,
            )
            return await workflow.execute_activity_method(
                CheckActivities.check_gate,
                GateRequest(project_id=self._start.project_id, phase=self._start.phase),
                summary="Check that the package agrees with itself",
                **CHECK,
            )
        except ActivityError as error:
            if is_cancelled_exception(error):
                raise
            cause = refusal(error).message.rstrip(".")
            return GateReport(
                blocking=(f"The checks cannot be run: {cause}. Ask for the gate again after that.",)
            )

    def _await_gatekeeper(self) -> None:
        keeper, state = self._start.gatekeeper, self._state
        address = project_page(self._start.project_id)
        project = page(self._start.title, self._start.front_end, address)
        # Counted, not quoted: what is found may be source selection information.
        if findings := len(state.blocking):
            state.gate = Gate.BLOCKED
            self._show(
                "Gate blocked",
                f"Findings at the gate of {project}: {findings}. Correct and approve the documents "
                "again.",
            )
        else:
            state.gate = Gate.PENDING
            warnings = len(state.warnings)
            warned = f" Warnings that need a written reason: {warnings}." if warnings else ""
            self._show(
                "Awaiting gate",
                f"**{keeper.name}**, {keeper.position.label}, is awaited since "
                f"{state.asked_at or workflow.now():%Y-%m-%d %H:%M} UTC to pass the gate of "
                f"{project}.{warned}",
                awaiting=keeper,
            )

    async def _continue_as_new(self) -> None:
        await workflow.wait_condition(workflow.all_handlers_finished)
        state = self._state.model_copy(
            update={
                "seq": self._ledger.seq,
                "requests": newest(self._state.requests),
                "decisions": newest(self._state.decisions),
            }
        )
        workflow.continue_as_new(self._start.model_copy(update={"state": state}))

    async def _finish(self) -> None:
        await workflow.wait_condition(workflow.all_handlers_finished)
        self._show("Completed", "The closing gate is passed.")
        await self._change(PhaseStatus.COMPLETED, f"{self._start.phase.label} completed")
        await workflow.get_external_workflow_handle(
            project_workflow_id(self._start.project_id)
        ).signal(PHASE_FINISHED, PhaseFinished(phase=self._start.phase))

    async def _change(self, status: PhaseStatus, message: str) -> None:
        await workflow.execute_activity_method(
            RecordActivities.change_phase,
            PhaseChange(
                **self._ledger.next(), phase=self._start.phase, status=status, message=message
            ),
            summary=message,
            **RECORD,
        )

    def _something_to_do(self) -> bool:
        return (
            self._state.gate is Gate.PASSED
            or self._state.revision is not None
            or self._gate_is_due()
            or bool(self._due_documents())
        )

    def _due_documents(self) -> list[PlannedDocument]:
        """Documents that nobody has to ask for: revisions, and first drafts if drafted at once."""
        if self._state.paused:
            return []
        return [
            document
            for document in self._start.documents
            if document.code in self._state.revise
            or (
                self._start.auto_draft
                and document.code not in self._state.versions
                and not self._missing(document)
            )
        ]

    def _missing(self, document: PlannedDocument) -> list[str]:
        """What a document still waits for: unapproved documents and unrecorded facts."""
        there = {*self._start.approved_before, *self._state.approved}
        unapproved = [code for code in document.requires if code not in there]
        return [*unapproved, *self._unrecorded(document)]

    def _unrecorded(self, document: PlannedDocument) -> list[str]:
        return [
            f"the record of {kind.value.replace('_', ' ')}"
            for kind in document.records
            if kind not in self._state.recorded
        ]

    def _unapproved(self) -> list[str]:
        return [code for code in self._documents if code not in self._state.approved]

    def _gate_is_due(self) -> bool:
        return self._state.gate is Gate.CLOSED and not self._state.paused and not self._unapproved()

    def _is_long(self) -> bool:
        """Whether this run has to end, be it that nothing is to do, as after orders and records."""
        return workflow.info().is_continue_as_new_suggested()

    def _show_again(self) -> None:
        """Show where the phase stands, after a pause or in a new run."""
        if self._state.gate in (Gate.PENDING, Gate.BLOCKED):
            self._await_gatekeeper()
        elif self._state.gate is Gate.REFUSED:
            self._show("Gate refused", "Ask for the gate again when ready.")
        else:
            self._show_progress()

    def _show_progress(self) -> None:
        self._show("In progress", "Documents are drafted as soon as what they require is there.")

    def _show(self, status: str, details: str, awaiting: Assignee | None = None) -> None:
        if paused := self._state.paused:
            status, details = "Paused", f"**{paused}** Resume it first.\n\n{details}"
        show(
            self._start.phase.label,
            status,
            details,
            project_id=self._start.project_id,
            phase=self._start.phase,
            awaiting=awaiting,
        )


def _duties(document: PlannedDocument) -> tuple[object, ...]:
    """Who drafts and signs, and how: a version that is under way was made for these people."""
    return document.drafter, document.approvers, document.chain, document.approvals_needed
