"""What routes ask for in their signatures: collaborators and the person who is asking.

A signature is the security policy of its route: ``CurrentUser`` means anybody who is signed in,
the other aliases say which roles may come in. Who may see which project is in ``api.access``.
"""

from dataclasses import dataclass
from typing import Annotated
from uuid import UUID, uuid4, uuid5

from fastapi import Depends, Header, Request
from fastapi.requests import HTTPConnection
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from sqlalchemy.ext.asyncio import AsyncEngine

from api.checks import PackageChecks
from api.errors import (
    InvalidToken,
    NotAllowed,
    NotAuthenticated,
    PasswordChangeOwed,
    SecondFactorOwed,
    TooManyAttempts,
)
from api.handover import Handover
from api.live import Hub
from api.second_factor import Seal
from api.security import AccessTokens, Passwords
from api.temporal import TemporalConnection, Workflows
from db.accounts import Accounts
from db.artifacts import ArtifactStore
from db.closures import Closures
from db.contract_file import ContractFiles
from db.deadlines import DeadlineStore
from db.drafts import Drafts
from db.gates import GateStore
from db.intake import Intake
from db.models import User
from db.queries import DocumentQueries, NoticeQueries, ProjectQueries
from db.recorded_events import RecordedEvents
from db.requests import Attempts, KeyedRequests
from db.second_factors import SecondFactors
from db.session import Sessions
from db.sign_ins import SignIns
from documents.vocabulary import Role
from runtime.settings import Settings


@dataclass(frozen=True, slots=True)
class Collaborators:
    """What one process of the API works with; made and closed by the application's lifespan."""

    settings: Settings
    engine: AsyncEngine
    sessions: Sessions
    accounts: Accounts
    sign_ins: SignIns
    second_factors: SecondFactors
    attempts: Attempts
    requests: KeyedRequests
    intake: Intake
    handover: Handover
    projects: ProjectQueries
    documents: DocumentQueries
    drafts: Drafts
    notices: NoticeQueries
    deadlines: DeadlineStore
    closures: Closures
    recorded_events: RecordedEvents
    gates: GateStore
    checks: PackageChecks
    contract_files: ContractFiles
    artifacts: ArtifactStore
    hub: Hub
    temporal: TemporalConnection
    workflows: Workflows
    passwords: Passwords
    tokens: AccessTokens
    seal: Seal


def collaborators(connection: HTTPConnection) -> Collaborators:
    found: Collaborators = connection.app.state.collaborators
    return found


Product = Annotated[Collaborators, Depends(collaborators)]

_bearer = HTTPBearer(bearerFormat="JWT", description="Access token of a login", auto_error=False)
Bearer = Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)]


@dataclass(frozen=True, slots=True)
class SignIn:
    """The person behind a request and the session in which that person asks."""

    user: User
    session_id: UUID


async def identify(product: Product, bearer: Bearer) -> SignIn:
    """Raises NotAuthenticated without a token, InvalidToken when it is bad or its session over."""
    if bearer is None:
        raise NotAuthenticated
    claims = product.tokens.read(bearer.credentials)
    user = await product.sign_ins.signed_in(claims.session_id)
    if user is None or user.id != claims.user_id:
        raise InvalidToken
    return SignIn(user, claims.session_id)


LimitedSignIn = Annotated[SignIn, Depends(identify)]
"""Anybody who is signed in, even who has to change a password or add a second factor first."""


def owed_by(user: User, settings: Settings) -> NotAllowed | None:
    """What a person has to do before anything else; ``None``: nothing."""
    if user.one_time_until is not None:
        return PasswordChangeOwed()
    if settings.require_second_factor and user.second_factor_at is None:
        return SecondFactorOwed()
    return None


async def sign_in(product: Product, found: LimitedSignIn) -> SignIn:
    """Raises PasswordChangeOwed or SecondFactorOwed besides what ``identify`` raises."""
    owed = owed_by(found.user, product.settings)
    if owed is not None:
        raise owed
    return found


CurrentSignIn = Annotated[SignIn, Depends(sign_in)]


async def current_user(signed_in: CurrentSignIn) -> User:
    return signed_in.user


CurrentUser = Annotated[User, Depends(current_user)]


@dataclass(frozen=True, slots=True)
class InRole:
    """Lets in whoever has one of these roles; raises NotAllowed."""

    roles: tuple[Role, ...]

    async def __call__(self, user: CurrentUser) -> User:
        if user.role not in self.roles:
            names = " or ".join(role.value.replace("_", " ") for role in self.roles)
            raise NotAllowed(f"Only the role {names} may do this")
        return user


@dataclass(frozen=True, slots=True)
class AddressLimit:
    """Lets so many requests of one address through in a minute; raises TooManyAttempts."""

    what: str
    per_minute: int

    async def __call__(self, product: Product, request: Request) -> None:
        wait = await product.attempts.by_source(self.what, address_of(request), self.per_minute)
        if wait is not None:
            raise TooManyAttempts(wait)


@dataclass(frozen=True, slots=True)
class PersonLimit:
    """Lets so many requests of one person through in a minute; raises TooManyAttempts."""

    what: str
    per_minute: int

    async def __call__(self, product: Product, user: CurrentUser) -> None:
        wait = await product.attempts.by_source(self.what, str(user.id), self.per_minute)
        if wait is not None:
            raise TooManyAttempts(wait)


DRAFTS = PersonLimit("draft", per_minute=120)
"""Drafting costs time and, with a model, money."""


def address_of(request: Request) -> str:
    """Who connects. The server replaces it by a proxy's word only for a proxy it trusts."""
    return request.client.host if request.client else "unknown"


OfficerOrManager = Annotated[
    User, Depends(InRole((Role.CONTRACTING_OFFICER, Role.PROGRAM_MANAGER)))
]
"""A contracting officer or a program manager."""

Drafter = Annotated[
    User,
    Depends(InRole((Role.ADMIN, Role.CONTRACTING_OFFICER, Role.PROGRAM_MANAGER, Role.APPROVER))),
]
"""Whoever drafts or approves: every role but the viewer."""

Administrator = Annotated[User, Depends(InRole((Role.ADMIN,)))]


def idempotency_key(
    key: Annotated[
        str | None,
        Header(
            alias="Idempotency-Key",
            max_length=200,
            description="Repeating a request with its key changes nothing and answers the same",
        ),
    ] = None,
) -> str | None:
    return key


IdempotencyKey = Annotated[str | None, Depends(idempotency_key)]


def request_id(user: CurrentUser, key: IdempotencyKey) -> str:
    """The caller's key, which is nobody else's; or a new one: then every request counts."""
    return str(uuid5(user.id, key) if key else uuid4())


RequestId = Annotated[str, Depends(request_id)]
