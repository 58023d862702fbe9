"""What workflows write about a project as a whole: opening, phases, gates, records."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid5

from sqlalchemy import ColumnElement, Date, cast, delete, func, select, update
from sqlalchemy.dialects.postgresql import insert

from db.models import (
    PhaseTransition,
    Project,
    ProjectDocument,
    ProjectMember,
    ProjectPhase,
    ProjectRecord,
    ProjectStep,
    User,
)
from db.projection.checklist import link
from db.projection.default_steps import DEFAULT_STEPS
from db.projection.writing import (
    AlreadyDecided,
    Event,
    Notice,
    PackageChanged,
    PhaseClosed,
    Writing,
)
from documents.identity import document_id, phase_id, project_page, transition_id
from documents.lineage import changes
from documents.vocabulary import (
    DocumentStatus,
    GenerationStatus,
    Phase,
    PhaseStatus,
    Position,
    ProjectStatus,
    TransitionStatus,
)

if TYPE_CHECKING:
    from activities.records import (
        GatekeeperReminded,
        OpenProject,
        PhaseChange,
        ProjectChange,
        RecordNoted,
        ReviseProject,
        TransitionDecided,
        TransitionRequested,
    )
    from documents.plan import Assignee, Plan, PlannedDocument


def _update(phase: Phase, status: str, message: str, **more: Any) -> Event:
    return Event("phase_update", {"phase": phase, "status": status, "message": message, **more})


async def open_project(writing: Writing, entry: OpenProject) -> Event:
    """Create the team, phases, steps and checklist of an accepted plan.

    Raises:
        UnknownPerson: somebody in the plan has no account.
    """
    plan = entry.plan
    people = await writing.people({entry.actor, *(person.email for person in _team(plan))})
    await _insert_phases(writing)
    await _write_plan(writing, plan, people)
    if entry.facts_id is not None:
        await _put_in_force(writing, entry.facts_id)
    await writing.session.execute(
        update(Project)
        .where(Project.id == entry.project_id)
        .values(
            facts_accepted=not entry.provisional,
            workflow_started=True,
            overall_status=ProjectStatus.IN_PROGRESS,
            start_date=func.coalesce(Project.start_date, cast(func.now(), Date)),
        )
    )
    if not entry.provisional:
        await writing.session.execute(
            update(Project)
            .where(Project.id == entry.project_id)
            .values(estimated_value=func.coalesce(Project.estimated_value, plan.value_with_options))
        )
    message = f"{plan.title}: {len(plan.documents)} documents are planned"
    await writing.audit(
        "project_opened",
        ("project", entry.project_id),
        by=people[entry.actor].id,
        after={
            "documents": [document.code for document in plan.documents],
            "value_with_options": str(plan.value_with_options),
        },
        why=message,
    )
    await ask_ready_drafters(writing)
    return _update(Phase.PRE_SOLICITATION, PhaseStatus.NOT_STARTED, message)


async def revise_project(writing: Writing, entry: ReviseProject) -> Event:
    """Let another stored package count, with its plan, team and checklist.

    Raises:
        UnknownPerson: somebody in the plan has no account.
        PhaseClosed: a phase that would get or lose documents has passed its gate.
    """
    closed = await writing.session.scalars(
        select(PhaseTransition.from_phase).where(
            PhaseTransition.project_id == entry.project_id,
            PhaseTransition.from_phase.in_(entry.changed_phases),
            PhaseTransition.status == TransitionStatus.APPROVED,
        )
    )
    if phase := closed.first():
        raise PhaseClosed(f"{phase.label} is closed: its documents cannot change")
    plan, team = entry.plan, _team(entry.plan)
    people = await writing.people({entry.actor, *(person.email for person in team)})
    before = await writing.facts_in_force()
    after = await _put_in_force(writing, entry.facts_id)
    project = await writing.session.get_one(Project, entry.project_id, populate_existing=True)
    if not entry.provisional:
        project.facts_accepted = True
        project.estimated_value = plan.value_with_options
        project.solicitation_piid = after.body["project"]["solicitation_piid"]
        project.contract_piid = after.body["project"]["contract_piid"]
    if entry.auto_draft is not None:
        project.auto_draft = entry.auto_draft
    await writing.session.flush()
    await _write_plan(writing, plan, people)
    changed = changes(before.body if before else {}, after.body)
    message = (
        f"{people[entry.actor].name} has changed the requirements package"
        if changed
        else f"What {people[entry.actor].name} recorded changes the documents of the plan"
    )
    await writing.audit(
        "package_revised",
        ("project", entry.project_id),
        by=people[entry.actor].id,
        before={path: old for path, (old, _) in changed.items()},
        after={path: new for path, (_, new) in changed.items()},
        why=entry.why or message,
    )
    await ask_ready_drafters(writing)
    return Event(
        "package_revised",
        {"facts_id": str(after.id), "changed": list(changed), "message": message},
    )


async def _put_in_force(writing: Writing, facts_id: UUID) -> ProjectRecord:
    """Make a stored package the newest: that is the one that counts."""
    record = await writing.session.get_one(ProjectRecord, facts_id, populate_existing=True)
    record.recorded_at = writing.now
    await writing.session.flush()
    return record


async def lay_out_checklist(
    writing: Writing, documents: Iterable[PlannedDocument], by: User
) -> None:
    """Make phases, steps and checklist before there is a plan; ``by`` stands in for nobody."""
    await _insert_phases(writing)
    named = {
        person.email
        for document in documents
        for person in (document.drafter, *document.approvers)
        if person.email
    }
    people = {**await writing.people(named), "": by}
    rows = [_checklist_row(writing, document, people) for document in documents]
    if rows:
        await writing.session.execute(insert(ProjectDocument).values(rows).on_conflict_do_nothing())


async def _write_plan(writing: Writing, plan: Plan, people: Mapping[str, User]) -> None:
    """Bring team, checklist and people of the project in line with the plan.

    Rows of documents that the plan does not name stay, marked as not required.
    """
    project = writing.project_id
    team = _team(plan)
    await writing.session.execute(delete(ProjectMember).where(ProjectMember.project_id == project))
    await writing.session.execute(
        insert(ProjectMember).values(
            [
                {
                    "project_id": project,
                    "user_id": people[person.email].id,
                    "position": person.position,
                }
                for person in team
            ]
        )
    )
    await writing.session.execute(
        update(ProjectDocument)
        .where(
            ProjectDocument.project_id == project,
            ProjectDocument.code.not_in([document.code for document in plan.documents]),
        )
        .values(is_required=False, stale=False, stale_because=[])
    )
    if plan.documents:
        rows = [_checklist_row(writing, document, people) for document in plan.documents]
        statement = insert(ProjectDocument).values(rows)
        planned = {
            name: statement.excluded[name] for name in rows[0] if name not in ("id", "project_id")
        }
        await writing.session.execute(
            statement.on_conflict_do_update(
                index_elements=[ProjectDocument.id], set_={**planned, "is_required": True}
            )
        )
    managers = [person for person in team if person.position is Position.PROGRAM_MANAGER]
    await writing.session.execute(
        update(Project)
        .where(Project.id == project)
        .values(
            contracting_officer_id=people[plan.gatekeeper.email].id,
            program_manager_id=people[managers[0].email].id if managers else None,
        )
    )


def _team(plan: Plan) -> list[Assignee]:
    """Everybody whom the plan names, once per position."""
    named = [plan.gatekeeper]
    for document in plan.documents:
        named += [document.drafter, *document.approvers]
    return list({(person.position, person.email): person for person in named}.values())


async def _insert_phases(writing: Writing) -> None:
    project = writing.project_id
    await writing.session.execute(
        insert(ProjectPhase)
        .values(
            [
                {
                    "id": phase_id(project, phase),
                    "project_id": project,
                    "phase_name": phase,
                    "phase_order": order,
                }
                for order, phase in enumerate(Phase, start=1)
            ]
        )
        .on_conflict_do_nothing()
    )
    await writing.session.execute(
        insert(ProjectStep)
        .values(
            [
                {
                    "id": uuid5(phase_id(project, phase), f"step/{order}"),
                    "phase_id": phase_id(project, phase),
                    "project_id": project,
                    "step_name": name,
                    "step_order": order,
                    "requires_approval": requires_approval,
                }
                for phase, steps in DEFAULT_STEPS.items()
                for order, (name, requires_approval) in enumerate(steps, start=1)
            ]
        )
        .on_conflict_do_nothing()
    )


def _checklist_row(
    writing: Writing, document: PlannedDocument, people: Mapping[str, User]
) -> dict[str, Any]:
    first = document.approvers[0].email if document.approvers else None
    return {
        "id": document_id(writing.project_id, document.code),
        "project_id": writing.project_id,
        "code": document.code,
        "document_name": document.title,
        "category": document.category,
        "phase": document.phase,
        "sensitivity": document.sensitivity,
        "requires_approval": bool(document.approvers),
        "assigned_user_id": people[document.drafter.email].id,
        "drafter_position": document.drafter.position,
        "drafter_email": document.drafter.email,
        "approvers": [approver.model_dump(mode="json") for approver in document.approvers],
        "chain": document.chain,
        "signatures_needed": document.signatures_needed,
        "requires": list(document.requires),
        "records": list(document.records),
        "display_order": document.order,
        "default_approver_id": people[first].id if first else None,
    }


async def ask_ready_drafters(writing: Writing) -> None:
    """Tell drafters which documents of the current phase can now be drafted, each once.

    Nobody is told in a project that drafts by itself.
    """
    project = await writing.session.get_one(Project, writing.project_id, populate_existing=True)
    drafts_by_itself = project.auto_draft and project.facts_accepted
    if drafts_by_itself or project.overall_status is not ProjectStatus.IN_PROGRESS:
        return
    rows = await writing.session.execute(
        select(ProjectDocument, User)
        .join(User, User.id == ProjectDocument.assigned_user_id)
        .where(ProjectDocument.project_id == writing.project_id)
        .order_by(ProjectDocument.display_order)
        .execution_options(populate_existing=True)
    )
    documents = rows.all()
    recorded = set(
        await writing.session.scalars(
            select(ProjectRecord.kind).where(ProjectRecord.project_id == writing.project_id)
        )
    )
    approved = {row.code for row, _ in documents if row.status is DocumentStatus.APPROVED}
    for document, drafter in documents:
        if (
            document.phase is project.current_phase
            and document.is_required
            and document.generation_status is GenerationStatus.NOT_GENERATED
            and approved.issuperset(document.requires)
            and {kind.value for kind in recorded}.issuperset(document.records)
        ):
            await writing.tell(
                drafter,
                Notice(
                    key=f"draft/{document.id}",
                    type="document_ready_to_draft",
                    title=f"{document.document_name} can be drafted",
                    message=f"{project.name}: everything that {document.document_name} needs "
                    "is there. You are its drafter.",
                    link=link(document),
                ),
            )


async def change_project(writing: Writing, entry: ProjectChange) -> Event:
    project = await writing.session.get_one(Project, entry.project_id, populate_existing=True)
    before = {"status": project.overall_status, "phase": project.current_phase}
    completed = entry.status is ProjectStatus.COMPLETED
    await writing.session.execute(
        update(Project)
        .where(Project.id == entry.project_id)
        .values(
            overall_status=entry.status,
            current_phase=entry.phase,
            actual_completion_date=cast(func.now(), Date) if completed else None,
        )
    )
    await writing.audit(
        "project_changed",
        ("project", entry.project_id),
        by=None,
        before=before,
        after={"status": entry.status, "phase": entry.phase},
        why=entry.message,
    )
    if entry.status in (ProjectStatus.COMPLETED, ProjectStatus.CANCELLED, ProjectStatus.ON_HOLD):
        members = await writing.session.scalars(
            select(User)
            .where(
                User.id.in_(
                    select(ProjectMember.user_id).where(
                        ProjectMember.project_id == entry.project_id
                    )
                )
            )
            .order_by(User.email)
        )
        for member in members:
            await writing.tell(
                member,
                Notice(
                    key=f"project/{entry.workflow_id}/{entry.seq}",
                    type=f"project_{entry.status}",
                    title=f"{project.name}: {entry.status.replace('_', ' ')}",
                    message=entry.message,
                    link=project_page(project.id),
                ),
            )
    return _update(entry.phase, entry.status, entry.message)


async def note_record(writing: Writing, entry: RecordNoted) -> Event:
    await writing.session.execute(
        update(ProjectRecord).where(ProjectRecord.id == entry.record_id).values(announced=True)
    )
    message = f"Recorded: {entry.kind.replace('_', ' ')}"
    await writing.audit(
        "record_noted",
        ("record", entry.record_id),
        by=await writing.person_id(entry.actor),
        after={"kind": entry.kind},
        why=message,
    )
    await ask_ready_drafters(writing)
    return Event(
        "record_noted",
        {"kind": entry.kind, "record_id": str(entry.record_id), "message": message},
    )


async def change_phase(writing: Writing, entry: PhaseChange) -> Event:
    key = phase_id(entry.project_id, entry.phase)
    phase = await writing.session.get_one(ProjectPhase, key, populate_existing=True)
    before = phase.status
    today = writing.now.date()
    phase.status = entry.status
    if entry.status is not PhaseStatus.NOT_STARTED and phase.start_date is None:
        phase.start_date = today
    if entry.status is PhaseStatus.COMPLETED and phase.start_date is not None:
        # People may have typed a start that lies ahead; an end before it would be refused.
        end = max(today, phase.start_date)
        phase.end_date, phase.actual_duration_days = end, (end - phase.start_date).days
    else:
        phase.end_date = phase.actual_duration_days = None
    if entry.status is PhaseStatus.IN_PROGRESS:
        await writing.session.execute(
            update(Project).where(Project.id == entry.project_id).values(current_phase=entry.phase)
        )
    await writing.session.flush()
    await writing.audit(
        "phase_changed",
        ("phase", key),
        by=None,
        before={"status": before},
        after={"status": entry.status},
        why=entry.message,
    )
    if entry.status is PhaseStatus.IN_PROGRESS:
        await ask_ready_drafters(writing)
    return _update(entry.phase, entry.status, entry.message)


async def request_transition(writing: Writing, entry: TransitionRequested) -> Event:
    key = transition_id(entry.project_id, entry.phase, entry.round)
    gatekeeper = await writing.person(entry.gatekeeper.email)
    requester = await writing.person(entry.requested_by) if entry.requested_by else None
    results = {
        "can_transition": not entry.blocking,
        "blocking_issues": list(entry.blocking),
        "warnings": list(entry.warnings),
    }
    # An earlier request that nobody decided was taken back by a correction of the package.
    await take_back_request(
        writing,
        entry.phase,
        PhaseTransition.round < entry.round,
        why=f"Asked again as request {entry.round} after a correction",
    )
    await writing.session.execute(
        insert(PhaseTransition)
        .values(
            id=key,
            project_id=entry.project_id,
            from_phase=entry.phase,
            to_phase=following(entry.phase),
            round=entry.round,
            requested_by=requester.id if requester else None,
            requested_at=writing.now,
            gatekeeper_id=gatekeeper.id,
            validation_results=results,
        )
        .on_conflict_do_nothing()
    )
    message = (
        f"{requester.name} asks to close {entry.phase.label}"
        if requester
        else f"Every document of {entry.phase.label} is approved"
    )
    await writing.audit(
        "transition_requested",
        ("transition", key),
        by=requester.id if requester else None,
        after=results,
        why=message,
    )
    await writing.tell(
        gatekeeper,
        Notice(
            key=f"transition/{key}",
            type="phase_transition_request",
            title=f"Decide the gate of {entry.phase.label}",
            message=f"{message}. You decide whether the phase is closed.",
            link=project_page(entry.project_id),
        ),
    )
    return _update(entry.phase, PhaseStatus.IN_PROGRESS, message, transition_id=str(key))


async def take_back_request(
    writing: Writing, phase: Phase, which: ColumnElement[bool], *, why: str
) -> None:
    """End a request that its gatekeeper has not decided: what would be passed has changed."""
    taken_back = await writing.session.scalars(
        update(PhaseTransition)
        .where(
            PhaseTransition.project_id == writing.project_id,
            PhaseTransition.from_phase == phase,
            PhaseTransition.status == TransitionStatus.PENDING,
            which,
        )
        .values(
            status=TransitionStatus.REJECTED,
            gatekeeper_comments=why,
            resolved_at=func.greatest(writing.now, PhaseTransition.requested_at),
        )
        .returning(PhaseTransition.id)
    )
    for key in taken_back.all():
        await writing.audit(
            "transition_taken_back",
            ("transition", key),
            by=None,
            before={"status": TransitionStatus.PENDING},
            after={"status": TransitionStatus.REJECTED},
            why=why,
        )


async def remind_gatekeeper(writing: Writing, entry: GatekeeperReminded) -> Event:
    """Remind whoever decides a gate; nothing is told of one that is decided."""
    key = transition_id(entry.project_id, entry.phase, entry.round)
    request = await writing.session.get_one(PhaseTransition, key, populate_existing=True)
    message = f"The gate of {entry.phase.label} awaits the decision of {entry.gatekeeper.name}"
    if request.status is TransitionStatus.PENDING:
        await writing.tell(
            await writing.session.get_one(User, request.gatekeeper_id),
            Notice(
                key=f"transition/{key}/reminder/{entry.seq}",
                type="phase_transition_request",
                title=f"Decide the gate of {entry.phase.label}",
                message=f"{message}.",
                link=project_page(entry.project_id),
            ),
        )
    return _update(entry.phase, PhaseStatus.IN_PROGRESS, message, transition_id=str(key))


def following(phase: Phase) -> Phase | None:
    """The phase after this one; ``None`` after the last."""
    phases = list(Phase)
    later = phases[phases.index(phase) + 1 :]
    return later[0] if later else None


async def decide_transition(writing: Writing, entry: TransitionDecided) -> Event:
    """Write what the gatekeeper decided.

    Raises:
        AlreadyDecided: the gate was decided otherwise before.
    """
    key = transition_id(entry.project_id, entry.phase, entry.round)
    gate = await writing.session.get_one(PhaseTransition, key, populate_existing=True)
    status = TransitionStatus.APPROVED if entry.approved else TransitionStatus.REJECTED
    if gate.status not in (TransitionStatus.PENDING, status):
        raise AlreadyDecided(f"round {gate.round} of the gate of {entry.phase} was {gate.status}")
    current = await writing.facts_in_force()
    if entry.approved and current and entry.facts_id not in (None, current.id):
        raise PackageChanged("the requirements package was changed: look at the gate again")
    actor = await writing.person(entry.actor)
    gate.status = status
    gate.gatekeeper_comments = entry.comments
    gate.resolved_by = actor.id
    gate.resolved_at = max(writing.now, gate.requested_at)
    await writing.session.flush()
    message = f"{actor.name} has {status} the gate of {entry.phase.label}"
    await writing.audit(
        f"transition_{status}",
        ("transition", key),
        by=actor.id,
        before={"status": TransitionStatus.PENDING},
        after={"status": status, "comments": entry.comments},
        why=message,
    )
    project = await writing.session.get_one(Project, entry.project_id)
    for listener in {gate.requested_by, project.program_manager_id} - {None, actor.id}:
        await writing.tell(
            await writing.session.get_one(User, listener),
            Notice(
                key=f"transition/{key}/{status}",
                type=f"phase_transition_{status}",
                title=f"The gate of {entry.phase.label} was {status}",
                message=f"{message}. {entry.comments}".strip(),
                link=project_page(entry.project_id),
            ),
        )
    return _update(entry.phase, PhaseStatus.IN_PROGRESS, message, transition_id=str(key))
