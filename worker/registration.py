"""The only wiring: collaborators, the activities that receive them, and the workers that poll."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Self

from sqlalchemy.ext.asyncio import AsyncEngine
from temporalio.client import Client
from temporalio.common import VersioningBehavior, WorkerDeploymentVersion
from temporalio.worker import Worker, WorkerDeploymentConfig
from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner, SandboxRestrictions

from activities.agent_calls import AgentCalls
from activities.checking import CheckActivities
from activities.deadlines import DeadlineActivities
from activities.drafting import DraftingActivities
from activities.lineage import LineageActivities
from activities.mail import Mailer, MailServer
from activities.notices import NoticeActivities
from activities.records import RecordActivities
from activities.rendering import RenderingActivities
from db.artifacts import ArtifactStore
from db.contract_file import ContractFiles
from db.deadlines import DeadlineStore
from db.drafts import Drafts
from db.gates import GateStore
from db.lineage import Lineage
from db.outbox import Outbox
from db.projection import Projection
from db.reminders import Reminders
from db.session import create_engine, create_sessions
from db.sources import Sources
from documents.publication import Publisher
from documents.rendering import Converter, choose_converter
from runtime.settings import Settings, SmtpSecurity
from worker.agents import Agents
from workflows.deadlines import DeadlineRecomputeWorkflow, DeadlineSweepWorkflow
from workflows.document import DocumentWorkflow
from workflows.messages import AGENT_QUEUE, WORKFLOW_QUEUE
from workflows.notices import MailWorkflow
from workflows.phase import PhaseWorkflow
from workflows.pinned import PinnedDocumentWorkflow
from workflows.project import ProjectWorkflow

WORKFLOWS: Sequence[type] = (
    ProjectWorkflow,
    PhaseWorkflow,
    DocumentWorkflow,
    DeadlineSweepWorkflow,
    DeadlineRecomputeWorkflow,
    MailWorkflow,
)
VERSIONED_WORKFLOWS: Sequence[type] = tuple(
    PinnedDocumentWorkflow if kind is DocumentWorkflow else kind for kind in WORKFLOWS
)
SANDBOX = SandboxRestrictions.default.with_passthrough_modules(
    "activities", "documents", "rules", "workflows"
)
GRACE = timedelta(seconds=30)
# A killed worker's cached workflows are given to another one after this long (default: 10 s).
STICKY_TIMEOUT = timedelta(seconds=2)


@dataclass(frozen=True, slots=True)
class Activities:
    """The activities of each task queue, with everything they need, and what has to be closed."""

    records: Sequence[Callable[..., Any]]
    agents: Sequence[Callable[..., Any]]
    engine: AsyncEngine
    converter: Converter
    drafters: Agents

    @classmethod
    def build(cls, settings: Settings) -> Self:
        """Wire the activities from the settings; nothing connects before it is used."""
        engine = create_engine(settings.require_database_url())
        sessions = create_sessions(engine)
        artifacts = ArtifactStore(settings.artifacts_dir)
        drafters = Agents.build(settings)
        contract_files = ContractFiles(sessions)
        projection = Projection(sessions)
        converter = choose_converter(settings.pdf_converter.value)
        records = RecordActivities(projection, contract_files)
        deadlines = DeadlineActivities(contract_files, DeadlineStore(sessions), Reminders(sessions))
        drafts = Drafts(sessions)
        drafting = DraftingActivities(
            contract_files,
            artifacts,
            drafters.registry,
            drafters.reviewer,
            drafts,
            AgentCalls(drafts, artifacts),
            projection,
            Sources(sessions),
        )
        notices = NoticeActivities(Outbox(sessions), mailer(settings))
        publisher = Publisher(converter)
        rendering = RenderingActivities(contract_files, artifacts, publisher, projection)
        checking = CheckActivities(contract_files, GateStore(sessions), artifacts, publisher)
        lineage = LineageActivities(contract_files, Lineage(sessions), projection)
        return cls(
            records=(
                records.open_project,
                records.revise_project,
                records.change_project,
                records.note_record,
                records.change_phase,
                records.request_transition,
                records.decide_transition,
                records.change_document,
                records.request_approvals,
                records.record_decision,
                records.record_delegation,
                records.add_approvers,
                records.record_reminder,
                records.remind_gatekeeper,
                deadlines.compute_deadlines,
                deadlines.recompute_outdated,
                deadlines.sweep_deadlines,
                notices.send_mail,
            ),
            agents=(
                drafting.draft,
                rendering.render,
                rendering.convert,
                checking.check_gate,
                lineage.find_stale,
            ),
            engine=engine,
            converter=converter,
            drafters=drafters,
        )

    async def close(self) -> None:
        self.converter.close()
        await self.drafters.close()
        await self.engine.dispose()


def mailer(settings: Settings) -> Mailer | None:
    """What sends mail, as the settings say; ``None`` without a mail server."""
    if settings.smtp_host is None:
        return None
    password = settings.smtp_password
    return Mailer(
        MailServer(
            host=settings.smtp_host,
            port=settings.smtp_port,
            sender=settings.mail_from,
            tls=settings.smtp_security is SmtpSecurity.TLS,
            start_tls=settings.smtp_security is SmtpSecurity.STARTTLS,
            username=settings.smtp_username,
            password=None if password is None else password.get_secret_value(),
            front_end_url=settings.front_end_url,
        )
    )


def build_of(settings: Settings) -> WorkerDeploymentConfig | None:
    """The build that both workers of a process are; ``None``: they are not versioned."""
    build_id = settings.temporal_worker_build_id
    if build_id is None:
        return None
    return WorkerDeploymentConfig(
        version=WorkerDeploymentVersion(settings.temporal_deployment_name, build_id),
        use_worker_versioning=True,
        # What lives for months cannot stay on a build: it goes on with the current one.
        default_versioning_behavior=VersioningBehavior.AUTO_UPGRADE,
    )


def workflow_worker(
    temporal: Client, activities: Activities, build: WorkerDeploymentConfig | None = None
) -> Worker:
    """Workflow tasks and short record activities."""
    return Worker(
        temporal,
        task_queue=WORKFLOW_QUEUE,
        workflows=WORKFLOWS if build is None else VERSIONED_WORKFLOWS,
        activities=activities.records,
        workflow_runner=SandboxedWorkflowRunner(restrictions=SANDBOX),
        graceful_shutdown_timeout=GRACE,
        sticky_queue_schedule_to_start_timeout=STICKY_TIMEOUT,
        deployment_config=build,
    )


def agent_worker(
    temporal: Client,
    activities: Activities,
    slots: int,
    build: WorkerDeploymentConfig | None = None,
) -> Worker:
    """Drafting, rendering and checking: at most ``slots`` at a time in this process."""
    return Worker(
        temporal,
        task_queue=AGENT_QUEUE,
        activities=activities.agents,
        max_concurrent_activities=slots,
        graceful_shutdown_timeout=GRACE,
        deployment_config=build,
    )
