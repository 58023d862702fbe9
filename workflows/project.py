"""One acquisition: accept the requirements package, run the three phases, close the file."""

import asyncio

from temporalio import workflow
from temporalio.exceptions import (
    ActivityError,
    ApplicationError,
    FailureError,
    WorkflowAlreadyStartedError,
)
from temporalio.workflow import ParentClosePolicy

with workflow.unsafe.imports_passed_through():
    from activities.deadlines import ComputeDeadlines, DeadlineActivities
    from activities.lineage import FindStale, LineageActivities
    from activities.records import (
        OpenProject,
        ProjectChange,
        RecordActivities,
        RecordNoted,
        ReviseProject,
    )
    from documents.identity import phase_workflow_id
    from documents.plan import Plan
    from documents.vocabulary import Phase, ProjectStatus, RecordKind
    from workflows.answers import newest
    from workflows.ledger import Ledger
    from workflows.messages import (
        PHASE_FINISHED,
        AcceptPackage,
        NoteRecord,
        PhaseFinished,
        PhaseState,
        ProjectState,
        RevisePackage,
        RevisePhase,
        RevisionReceipt,
        StartPhase,
        StartProject,
    )
    from workflows.phase import PhaseWorkflow
    from workflows.policies import PUBLISH, RECORD
    from workflows.refusals import refusal
    from workflows.visibility import show


@workflow.defn
class ProjectWorkflow:
    """Lives as long as the acquisition does; months pass between two of its events."""

    @workflow.init
    def __init__(self, start: StartProject) -> None:
        self._project = start.project_id
        self._front_end = start.front_end
        self._state = start.state.model_copy(deep=True)
        self._ledger = Ledger(start.project_id, start.state.seq)
        # One revision at a time: stored facts and plan are always those of the same one.
        self._revising = asyncio.Lock()

    @workflow.run
    async def run(self, start: StartProject) -> None:
        await self._open(await self._accepted_plan())
        for phase in Phase:
            await self._run_phase(phase)
        await self._close()

    @workflow.update
    async def accept_package(self, package: AcceptPackage) -> None:
        """Accept the requirements package (gate G0) and freeze its plan."""
        if self._state.plan is None:
            self._state.plan = package.plan
            self._state.accepted_by = package.actor
            self._state.auto_draft = package.auto_draft and not package.provisional
            self._state.facts_id = package.facts_id
            self._state.provisional = package.provisional
            self._state.regime = package.regime

    @accept_package.validator
    def _may_accept_package(self, package: AcceptPackage) -> None:
        if self._state.plan not in (None, package.plan):
            raise ApplicationError(
                "the requirements package is accepted already and its plan is frozen",
                type="PackageAlreadyAccepted",
            )

    @workflow.update
    async def revise_package(self, package: RevisePackage) -> RevisionReceipt:
        """Replace the requirements package and its plan; the running phase follows."""
        async with self._revising:
            if known := self._state.revisions.get(package.request_id):
                return known
            self._check_revision(package)
            return await self._revise(package)

    @revise_package.validator
    def _may_revise_package(self, package: RevisePackage) -> None:
        if package.request_id not in self._state.revisions and not self._revising.locked():
            self._check_revision(package)

    def _check_revision(self, package: RevisePackage) -> None:
        """Refuse what would change what is settled already."""
        state = self._state
        if not state.opened or state.plan is None:
            raise ApplicationError(
                "the requirements package is not accepted yet", type="PackageNotAccepted"
            )
        if state.closed:
            raise ApplicationError("the project is closed", type="ProjectClosed")
        if package.based_on not in (None, state.facts_id):
            raise ApplicationError(
                "the package was changed since it was read: read it again", type="PackageChanged"
            )
        for phase in state.finished:
            before, after = _codes(state.plan, phase), _codes(package.plan, phase)
            if before != after:
                raise ApplicationError(
                    f"{phase.label} is closed and would get or lose "
                    f"{', '.join(sorted(before ^ after))}",
                    type="PhaseClosed",
                )
        released = package.released or Phase.SOLICITATION in state.finished
        changes = state.regime and package.regime != state.regime
        if released and changes and not package.regime_change_reason:
            raise ApplicationError(
                f"the solicitation was released under {state.regime}: state why the regime "
                "changes (regime_change_reason)",
                type="RegimeFrozen",
            )

    async def _revise(self, package: RevisePackage) -> RevisionReceipt:
        state = self._state
        assert state.plan is not None
        try:
            await workflow.execute_activity_method(
                RecordActivities.revise_project,
                ReviseProject(
                    **self._ledger.next(),
                    plan=package.plan,
                    facts_id=package.facts_id,
                    actor=package.actor,
                    auto_draft=package.auto_draft,
                    provisional=package.provisional,
                    why=package.regime_change_reason,
                    changed_phases=tuple(
                        phase
                        for phase in Phase
                        if _codes(state.plan, phase) != _codes(package.plan, phase)
                    ),
                ),
                summary="Record the revised package",
                **RECORD,
            )
        except ActivityError as error:
            raise refusal(error) from error
        state.plan = package.plan
        state.facts_id = package.facts_id
        state.provisional = package.provisional
        state.regime = package.regime
        if package.auto_draft is not None:
            state.auto_draft = package.auto_draft
        state.revision += 1
        receipt = RevisionReceipt(revision=state.revision, facts_id=package.facts_id)
        state.revisions[package.request_id] = receipt
        if phase := self._running_phase():
            await self._tell_revision(phase, package)
        await self._compute_deadlines()
        await self._find_stale()
        return receipt

    async def _find_stale(self) -> None:
        try:
            await workflow.execute_activity_method(
                LineageActivities.find_stale,
                FindStale(**self._ledger.next()),
                summary="Find documents made from an earlier package",
                **PUBLISH,
            )
        except ActivityError as error:
            # The revision stands, and documents are compared again before a gate opens.
            workflow.logger.warning("stale documents were not marked: %s", error.cause)

    @workflow.update
    async def note_record(self, record: NoteRecord) -> None:
        """Note that something documents wait for has been recorded."""
        if self._state.recorded.get(record.kind) == record:
            return  # repeated after a continue-as-new, across which the server knows no update id
        await workflow.execute_activity_method(
            RecordActivities.note_record,
            RecordNoted(
                **self._ledger.next(),
                kind=record.kind,
                record_id=record.record_id,
                actor=record.actor,
            ),
            summary=f"Note the record of {record.kind.value.replace('_', ' ')}",
            **RECORD,
        )
        self._state.recorded[record.kind] = record
        await self._compute_deadlines()
        if phase := self._running_phase():
            await self._tell(phase, record)

    @note_record.validator
    def _may_note_record(self, record: NoteRecord) -> None:
        if not self._state.opened:
            raise ApplicationError(
                "the requirements package is not accepted yet", type="PackageNotAccepted"
            )

    @workflow.signal(name=PHASE_FINISHED)
    def phase_finished(self, finished: PhaseFinished) -> None:
        if finished.phase not in self._state.finished:
            self._state.finished = (*self._state.finished, finished.phase)

    @workflow.query(description="Plan, records and phases of this acquisition")
    def state(self) -> ProjectState:
        return self._state

    async def _accepted_plan(self) -> Plan:
        self._show("Awaiting package", "The requirements package has to be accepted (gate G0).")
        await workflow.wait_condition(lambda: self._state.plan is not None)
        assert self._state.plan is not None
        return self._state.plan

    async def _open(self, plan: Plan) -> None:
        if self._state.opened:
            return  # a continued run
        await workflow.execute_activity_method(
            RecordActivities.open_project,
            OpenProject(
                **self._ledger.next(),
                plan=plan,
                actor=self._state.accepted_by,
                provisional=self._state.provisional,
                facts_id=self._state.facts_id,
            ),
            summary="Create phases, checklist and team",
            **RECORD,
        )
        await self._compute_deadlines()
        self._state.opened = True

    async def _run_phase(self, phase: Phase) -> None:
        if phase not in self._state.started:
            async with self._revising:  # a phase starts from one plan, and knows of later ones
                told = await self._start_phase(phase)
                self._state.started = (*self._state.started, phase)
            for kind, record in self._state.recorded.items():
                if kind not in told:  # recorded while the phase was being started
                    await self._tell(phase, record)
        self._show(phase.label, "Follow the phase's own workflow.", phase)
        while phase not in self._state.finished:
            await workflow.wait_condition(
                lambda: (
                    phase in self._state.finished or workflow.info().is_continue_as_new_suggested()
                )
            )
            if phase not in self._state.finished:
                await self._continue_as_new()

    async def _start_phase(self, phase: Phase) -> list[RecordKind]:
        """Start the phase and return the records that it knows of from the start."""
        plan = self._plan
        await self._change(ProjectStatus.IN_PROGRESS, phase, f"{plan.title} enters {phase.label}")
        recorded = list(self._state.recorded)
        try:
            child = await workflow.start_child_workflow(
                PhaseWorkflow.run,
                StartPhase(
                    project_id=self._project,
                    phase=phase,
                    title=plan.title,
                    documents=plan.of_phase(phase),
                    gatekeeper=plan.gatekeeper,
                    auto_draft=self._state.auto_draft,
                    value_usd=plan.value_with_options,
                    approved_before=_approved_before(plan, phase),
                    facts_id=self._state.facts_id,
                    front_end=self._front_end,
                    state=PhaseState(recorded=recorded),
                ),
                id=phase_workflow_id(self._project, phase),
                # A continue-as-new of the project would close its phases otherwise.
                parent_close_policy=ParentClosePolicy.ABANDON,
                static_summary=f"{plan.title}: {phase.label}",
            )
            # The phase reports by signal; without this a terminated one is logged as an error.
            child.add_done_callback(lambda ended: ended.cancelled() or ended.exception())
        except WorkflowAlreadyStartedError:
            workflow.logger.info("%s is already running", phase)
        return recorded

    async def _tell(self, phase: Phase, record: NoteRecord) -> None:
        await workflow.get_external_workflow_handle_for(
            PhaseWorkflow.run, phase_workflow_id(self._project, phase)
        ).signal(PhaseWorkflow.note_record, record)

    async def _tell_revision(self, phase: Phase, package: RevisePackage) -> None:
        plan = package.plan
        handle = workflow.get_external_workflow_handle_for(
            PhaseWorkflow.run, phase_workflow_id(self._project, phase)
        )
        try:
            await handle.signal(
                PhaseWorkflow.revise,
                RevisePhase(
                    documents=plan.of_phase(phase),
                    gatekeeper=plan.gatekeeper,
                    auto_draft=self._state.auto_draft,
                    value_usd=plan.value_with_options,
                    approved_before=_approved_before(plan, phase),
                    facts_id=package.facts_id,
                ),
            )
        except FailureError:
            # It was closed before this revision was recorded, which then changed none of its
            # documents; only its word that it is closed has not come yet.
            workflow.logger.info("%s is closed already", phase)

    async def _close(self) -> None:
        self._state.closed = True
        await workflow.wait_condition(workflow.all_handlers_finished)
        await self._change(
            ProjectStatus.COMPLETED, Phase.POST_SOLICITATION, f"{self._plan.title} is complete"
        )
        self._show("Completed", "All three phases are complete.")

    async def _continue_as_new(self) -> None:
        await workflow.wait_condition(workflow.all_handlers_finished)
        self._state.seq = self._ledger.seq
        self._state.revisions = newest(self._state.revisions)
        workflow.continue_as_new(
            StartProject(project_id=self._project, front_end=self._front_end, state=self._state)
        )

    async def _compute_deadlines(self) -> None:
        await workflow.execute_activity_method(
            DeadlineActivities.compute_deadlines,
            ComputeDeadlines(**self._ledger.next()),
            summary="Compute deadlines",
            **RECORD,
        )

    async def _change(self, status: ProjectStatus, phase: Phase, message: str) -> None:
        await workflow.execute_activity_method(
            RecordActivities.change_project,
            ProjectChange(**self._ledger.next(), status=status, phase=phase, message=message),
            summary=message,
            **RECORD,
        )

    @property
    def _plan(self) -> Plan:
        assert self._state.plan is not None
        return self._state.plan

    def _running_phase(self) -> Phase | None:
        running = [phase for phase in self._state.started if phase not in self._state.finished]
        return running[-1] if running else None

    def _show(self, status: str, details: str, phase: Phase | None = None) -> None:
        title = self._state.plan.title if self._state.plan else "Acquisition"
        show(title, status, details, project_id=self._project, phase=phase)


def _codes(plan: Plan, phase: Phase) -> set[str]:
    return {document.code for document in plan.of_phase(phase)}


def _approved_before(plan: Plan, phase: Phase) -> tuple[str, ...]:
    """Documents of earlier phases: those phases are closed, so all of them are approved."""
    earlier = list(Phase)[: list(Phase).index(phase)]
    return tuple(document.code for before in earlier for document in plan.of_phase(before))
