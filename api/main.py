"""The API of the product: ``uvicorn api.main:create_app --factory``."""

from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import timedelta

from fastapi import Depends, FastAPI
from fastapi.middleware.cors import CORSMiddleware
from fastapi.routing import APIRoute

from api import docs, errors, openapi
from api.checks import PackageChecks
from api.codec_access import CodecAccess
from api.dependencies import Collaborators
from api.handover import Handover, office_of
from api.headers import HiddenCredentials, SecurityHeaders
from api.housekeeping import collecting
from api.idempotency import IdempotentPosts
from api.limits import LimitedBodies
from api.live import Hub
from api.routes import (
    admin,
    approvals,
    auth,
    batches,
    checklist,
    closures,
    codec,
    documents,
    drafts,
    exports,
    gates,
    generation,
    health,
    live,
    milestones,
    notifications,
    packages,
    projects,
    records,
    schedule,
    second_factors,
    sign_ins,
    signers,
    sources,
    submissions,
    tasks,
    transitions,
    uploads,
    users,
)
from api.second_factor import Seal
from api.security import AccessTokens, Passwords
from api.storable import storable
from api.temporal import TemporalConnection, Workflows
from db.accounts import Accounts
from db.artifacts import ArtifactStore
from db.closures import Closures
from db.contract_file import ContractFiles
from db.deadlines import DeadlineStore
from db.drafts import Drafts
from db.events import EventFeed
from db.gates import GateStore
from db.intake import Intake
from db.queries import DocumentQueries, NoticeQueries, ProjectQueries
from db.recorded_events import RecordedEvents
from db.requests import Attempts, KeyedRequests
from db.second_factors import SecondFactors
from db.session import create_engine, create_sessions
from db.sign_ins import SignIns
from runtime.logs import configure_logs
from runtime.settings import Environment, Settings

VERSION = "1.0.0"
"""Of the interface."""
ROUTES = (
    health,
    auth,
    sign_ins,
    second_factors,
    users,
    admin,
    projects,
    packages,
    checklist,
    milestones,
    records,
    schedule,
    signers,
    documents,
    drafts,
    sources,
    generation,
    batches,
    tasks,
    uploads,
    submissions,
    exports,
    approvals,
    gates,
    transitions,
    closures,
    notifications,
    codec,
    live,
)


def create_app(settings: Settings | None = None) -> FastAPI:
    """Make the application; without settings it is a process of its own and reads them."""
    if settings is None:
        settings = Settings()
        configure_logs(settings.log_level)
    is_local = settings.environment is Environment.LOCAL
    app = openapi.DescribedApi(
        title="Procureflow",
        summary="Durable workflows for DoD procurement",
        version=VERSION,
        lifespan=_lifespan(settings),
        docs_url=None,
        redoc_url=None,
        openapi_url="/openapi.json" if is_local else None,
        generate_unique_id_function=_operation_id,
        dependencies=[Depends(storable)],
    )
    errors.install(app)
    openapi.install(app)
    if is_local:
        docs.install(app)
    # The last one added is the outermost.
    app.add_middleware(IdempotentPosts)
    app.add_middleware(LimitedBodies)
    app.add_middleware(
        CORSMiddleware,
        allow_origins=list(settings.cors_origins),
        allow_credentials=True,
        allow_methods=["GET", "POST", "PUT", "PATCH", "DELETE"],
        allow_headers=["Authorization", "Content-Type", "Idempotency-Key"],
        expose_headers=["Content-Disposition", "ETag", "Retry-After"],
    )
    app.add_middleware(CodecAccess, origins=settings.temporal_ui_origins)
    app.add_middleware(SecurityHeaders)
    app.add_middleware(HiddenCredentials)
    for module in ROUTES:
        app.include_router(module.router)
    return app


def _operation_id(route: APIRoute) -> str:
    """Names of route functions are unique, so generated clients read like the code."""
    return route.name


def _lifespan(settings: Settings) -> Callable[[FastAPI], AbstractAsyncContextManager[None]]:
    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
        database_url = settings.require_database_url()
        engine = create_engine(database_url)
        sessions = create_sessions(engine)
        intake, queries = Intake(sessions), ProjectQueries(sessions)
        contract_files, artifacts = ContractFiles(sessions), ArtifactStore(settings.artifacts_dir)
        temporal = TemporalConnection(settings.temporal_address, settings.key_ring())
        workflows = Workflows(temporal, settings.front_end_url or "")
        handover = Handover(intake, queries, workflows, office_of(settings))
        async with EventFeed(database_url) as feed:
            app.state.collaborators = Collaborators(
                settings=settings,
                engine=engine,
                sessions=sessions,
                accounts=Accounts(sessions),
                sign_ins=SignIns(sessions, timedelta(hours=settings.session_idle_hours)),
                second_factors=SecondFactors(sessions),
                attempts=Attempts(sessions),
                requests=KeyedRequests(sessions),
                intake=intake,
                handover=handover,
                projects=queries,
                documents=DocumentQueries(sessions),
                drafts=Drafts(sessions),
                notices=NoticeQueries(sessions),
                deadlines=DeadlineStore(sessions),
                closures=Closures(sessions),
                recorded_events=RecordedEvents(sessions),
                gates=GateStore(sessions),
                checks=PackageChecks(contract_files, artifacts),
                contract_files=contract_files,
                artifacts=artifacts,
                hub=Hub(feed, sessions),
                temporal=temporal,
                workflows=workflows,
                passwords=Passwords(),
                tokens=AccessTokens(
                    settings.secret_key.get_secret_value(), settings.access_token_minutes
                ),
                seal=Seal(settings.encryption_key.get_secret_value()),
            )
            async with handover.sweeping(), collecting(sessions, artifacts):
                yield
        await engine.dispose()

    return lifespan
