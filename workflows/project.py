"""One acquisition: accept the requirements package, run the three phases, close the file."""

from temporalio import workflow
from temporalio.exceptions import ApplicationError, WorkflowAlreadyStartedError
from temporalio.workflow import ParentClosePolicy

with workflow.unsafe.imports_passed_through():
    from activities.deadlines import ComputeDeadlines, DeadlineActivities
    from activities.records import OpenProject, ProjectChange, RecordActivities, RecordNoted
    from documents.identity import phase_workflow_id
    from documents.plan import Plan
    from documents.vocabulary import Phase, ProjectStatus, RecordKind
    from workflows.ledger import Ledger
    from workflows.messages import (
        PHASE_FINISHED,
        AcceptPackage,
        NoteRecord,
        PhaseFinished,
        PhaseState,
        ProjectState,
        StartPhase,
        StartProject,
    )
    from workflows.phase import PhaseWorkflow
    from workflows.policies import RECORD
    from workflows.visibility import show


@workflow.defn
class ProjectWorkflow:
    """Lives as long as the acquisition does; months pass between two of its events."""

    @workflow.init
    def __init__(self, start: StartProject) -> None:
        self._project = start.project_id
        self._state = start.state.model_copy(deep=True)
        self._ledger = Ledger(start.project_id, start.state.seq)

    @workflow.run
    async def run(self, start: StartProject) -> None:
        plan = await self._accepted_plan()
        await self._open(plan)
        for phase in Phase:
            await self._run_phase(plan, phase)
        await self._close(plan)

    @workflow.update
    async def accept_package(self, package: AcceptPackage) -> None:
        """Accept the requirements package (gate G0) and freeze its plan."""
        if self._state.plan is None:
            self._state.plan = package.plan
            self._state.accepted_by = package.actor
            self._state.auto_draft = package.auto_draft

    @accept_package.validator
    def _may_accept_package(self, package: AcceptPackage) -> None:
        if self._state.plan not in (None, package.plan):
            raise ApplicationError(
                "the requirements package is accepted already and its plan is frozen",
                type="PackageAlreadyAccepted",
            )

    @workflow.update
    async def note_record(self, record: NoteRecord) -> None:
        """Note that something documents wait for has been recorded."""
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
            OpenProject(**self._ledger.next(), plan=plan, actor=self._state.accepted_by),
            summary="Create phases, checklist and team",
            **RECORD,
        )
        await self._compute_deadlines()
        self._state.opened = True

    async def _run_phase(self, plan: Plan, phase: Phase) -> None:
        if phase not in self._state.started:
            told = await self._start_phase(plan, phase)
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

    async def _start_phase(self, plan: Plan, phase: Phase) -> list[RecordKind]:
        """Start the phase and return the records that it knows of from the start."""
        await self._change(ProjectStatus.IN_PROGRESS, phase, f"{plan.title} enters {phase.label}")
        recorded = list(self._state.recorded)
        earlier = list(Phase)[: list(Phase).index(phase)]
        try:
            await workflow.start_child_workflow(
                PhaseWorkflow.run,
                StartPhase(
                    project_id=self._project,
                    phase=phase,
                    title=plan.title,
                    documents=plan.of_phase(phase),
                    gatekeeper=plan.gatekeeper,
                    auto_draft=self._state.auto_draft,
                    value_usd=plan.value_with_options,
                    approved_before=tuple(
                        document.code for before in earlier for document in plan.of_phase(before)
                    ),
                    state=PhaseState(recorded=recorded),
                ),
                id=phase_workflow_id(self._project, phase),
                # A continue-as-new of the project would close its phases otherwise.
                parent_close_policy=ParentClosePolicy.ABANDON,
                static_summary=f"{plan.title}: {phase.label}",
            )
        except WorkflowAlreadyStartedError:
            workflow.logger.info("%s is already running", phase)
        return recorded

    async def _tell(self, phase: Phase, record: NoteRecord) -> None:
        await workflow.get_external_workflow_handle_for(
            PhaseWorkflow.run, phase_workflow_id(self._project, phase)
        ).signal(PhaseWorkflow.note_record, record)

    async def _close(self, plan: Plan) -> None:
        await workflow.wait_condition(workflow.all_handlers_finished)
        await self._change(
            ProjectStatus.COMPLETED, Phase.POST_SOLICITATION, f"{plan.title} is complete"
        )
        self._show("Completed", "All three phases are complete.")

    async def _continue_as_new(self) -> None:
        await workflow.wait_condition(workflow.all_handlers_finished)
        self._state.seq = self._ledger.seq
        workflow.continue_as_new(StartProject(project_id=self._project, state=self._state))

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

    def _running_phase(self) -> Phase | None:
        running = [phase for phase in self._state.started if phase not in self._state.finished]
        return running[-1] if running else None

    def _show(self, status: str, details: str, phase: Phase | None = None) -> None:
        title = self._state.plan.title if self._state.plan else "Acquisition"
        show(title, status, details, project_id=self._project, phase=phase)
