"""Is the product there, and are its servers?"""

from enum import StrEnum

from fastapi import APIRouter, FastAPI, Request
from pydantic import BaseModel
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from api.dependencies import Collaborators, Product

router = APIRouter(tags=["Health"])


class Health(StrEnum):
    HEALTHY = "healthy"
    DEGRADED = "degraded"


class Check(StrEnum):
    OK = "ok"
    UNREACHABLE = "unreachable"


class HealthOut(BaseModel):
    status: Health
    service: str = "procureflow"
    checks: dict[str, Check]


class WelcomeOut(BaseModel):
    message: str
    version: str
    docs: str | None


@router.get("/health", summary="Whether the API and its servers answer")
async def get_health(product: Product) -> HealthOut:
    """Always 200 while the API itself works: reads need no Temporal."""
    checks = {
        "database": _check(await _database_answers(product)),
        "temporal": _check(await product.temporal.is_healthy()),
    }
    healthy = all(check is Check.OK for check in checks.values())
    return HealthOut(status=Health.HEALTHY if healthy else Health.DEGRADED, checks=checks)


def _check(answers: bool) -> Check:
    return Check.OK if answers else Check.UNREACHABLE


async def _database_answers(product: Collaborators) -> bool:
    try:
        async with product.engine.connect() as connection:
            await connection.execute(text("SELECT 1"))
    except (SQLAlchemyError, OSError):
        return False
    return True


@router.get("/", summary="Where to go from here")
async def get_welcome(request: Request) -> WelcomeOut:
    app: FastAPI = request.app
    return WelcomeOut(message="Procureflow API", version=app.version, docs=app.docs_url)
