"""Refusals as named facts that know their status, and the one place that turns them into answers.

Every error answer is a problem (RFC 9457) with ``detail``, which the front end shows, and ``code``,
which programs compare.
"""

import json
from collections.abc import Iterable, Mapping
from datetime import timedelta
from http import HTTPStatus
from typing import Any, ClassVar

import structlog
from fastapi import FastAPI, Request
from fastapi.encoders import jsonable_encoder
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from sqlalchemy.exc import DBAPIError
from starlette.exceptions import HTTPException

from api.headers import SECURITY_HEADERS
from db.session import UNSTORABLE, sqlstate
from documents.facts import InvalidFacts

PROBLEM = "application/problem+json"
LOST = ("08", "57P")
"""SQLSTATE classes: the connection, or the server, went away."""


class ApiError(Exception):
    """Something the caller can do something about; ``detail`` says what."""

    status: ClassVar[int] = HTTPStatus.CONFLICT
    code: str = "conflict"

    def __init__(self, detail: str, **members: Any) -> None:
        super().__init__(detail)
        self.detail = detail
        self.members = members
        """Further members of the problem."""
        self.headers: dict[str, str] = {}


class NotAuthenticated(ApiError):
    """No credentials were sent."""

    # The front end was built on a server that answers 403 here and 401 only to a bad token.
    status = HTTPStatus.FORBIDDEN
    code = "not_authenticated"

    def __init__(self) -> None:
        super().__init__("Not authenticated")


class InvalidToken(ApiError):
    """The credentials are expired, forged, used up or of an ended session."""

    status = HTTPStatus.UNAUTHORIZED
    code = "invalid_token"

    def __init__(self, detail: str = "Invalid or expired token") -> None:
        super().__init__(detail)
        self.headers = {"WWW-Authenticate": "Bearer"}


class WrongCredentials(ApiError):
    """Says the same whether the address is unknown, the password wrong or the account inactive."""

    status = HTTPStatus.UNAUTHORIZED
    code = "wrong_credentials"

    def __init__(self) -> None:
        super().__init__("Incorrect email or password")


class AccountLocked(ApiError):
    """Too many wrong passwords in a row."""

    status = HTTPStatus.LOCKED
    code = "account_locked"

    def __init__(self, wait: timedelta) -> None:
        super().__init__("Too many wrong passwords: try again later")
        self.headers = {"Retry-After": str(int(wait.total_seconds()) + 1)}


class TooManyAttempts(ApiError):
    """Too many attempts from one address; ``Retry-After`` says when to try again."""

    status = HTTPStatus.TOO_MANY_REQUESTS
    code = "too_many_requests"

    def __init__(self, wait: timedelta) -> None:
        super().__init__("Too many attempts from this address: try again later")
        self.headers = {"Retry-After": str(int(wait.total_seconds()) + 1)}


class NotAllowed(ApiError):
    """The caller is known and may not do this."""

    status = HTTPStatus.FORBIDDEN
    code = "not_allowed"


class WrongPassword(NotAllowed):
    """The caller is signed in, and the present password was not right."""

    # Not 401: the front end would take that for the end of the session.
    code = "wrong_password"

    def __init__(self) -> None:
        super().__init__("Your current password is another one")


class WrongCode(NotAllowed):
    """The caller is signed in, and the code is wrong, too old or used."""

    code = "wrong_code"

    def __init__(self) -> None:
        super().__init__("This code is wrong, too old, or was used: wait for the next one")


class CodeNeeded(ApiError):
    """The password is right; signing in takes a code of the second factor, too."""

    status = HTTPStatus.UNAUTHORIZED
    code = "second_factor_needed"

    def __init__(self) -> None:
        super().__init__("Enter the code of your authenticator, or a recovery code")


class CodeRefused(ApiError):
    """The code that came with a right password is wrong, too old or used."""

    status = HTTPStatus.UNAUTHORIZED
    code = "wrong_code"

    def __init__(self) -> None:
        super().__init__("This code is wrong, too old, or was used: wait for the next one")


class PasswordChangeOwed(NotAllowed):
    """The caller signed in with a one-time password and has to choose another first."""

    code = "password_change_required"

    def __init__(self) -> None:
        super().__init__("Choose a new password first (POST /api/auth/change-password)")


class SecondFactorOwed(NotAllowed):
    """This installation asks everybody for a second factor, and the caller has none yet."""

    code = "second_factor_required"

    def __init__(self) -> None:
        super().__init__("Add a second factor first (POST /api/auth/second-factor/begin)")


class NotFound(ApiError):
    """It does not exist, or the caller may not know that it does."""

    status = HTTPStatus.NOT_FOUND
    code = "not_found"

    def __init__(self, what: str) -> None:
        super().__init__(f"{what} not found")


class Conflict(ApiError):
    """It cannot be done in the present state."""

    def __init__(self, code: str, detail: str, **members: Any) -> None:
        super().__init__(detail, **members)
        self.code = code


class Refused(ApiError):
    """A workflow's validator refused a message; ``code`` is the name it gave the reason."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code


class NotReady(ApiError):
    """A draft cannot be made now; ``code`` says why."""

    # The front end was built on a server that answers so.
    status = HTTPStatus.BAD_REQUEST

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code


class RefusedPerson(Refused):
    """A workflow refused because of who asks."""

    status = HTTPStatus.FORBIDDEN


class AnswerPending(ApiError):
    """Not an error: the answer of a workflow takes longer than a request should."""

    status = HTTPStatus.ACCEPTED
    code = "answer_pending"


class TemporalUnavailable(ApiError):
    """The workflow engine does not answer; nothing was changed there."""

    status = HTTPStatus.SERVICE_UNAVAILABLE
    code = "temporal_unavailable"

    def __init__(self) -> None:
        super().__init__("The workflow engine does not answer; try again in a moment")
        self.headers = {"Retry-After": "5"}


class DatabaseUnavailable(ApiError):
    """The database does not answer; nothing was changed."""

    status = HTTPStatus.SERVICE_UNAVAILABLE
    code = "database_unavailable"

    def __init__(self) -> None:
        super().__init__("The database does not answer; try again in a moment")
        self.headers = {"Retry-After": "5"}


class Invalid(ApiError):
    """The request does not fit its schema; every problem is listed, with where it is."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY
    code = "invalid_request"

    def __init__(self, problems: Iterable[Mapping[str, Any]]) -> None:
        self.problems = [dict(problem) for problem in problems]
        super().__init__("; ".join(str(problem["msg"]) for problem in self.problems))

    @classmethod
    def at(cls, *location: str, message: str) -> "Invalid":
        return cls([{"loc": location, "msg": message, "type": "value_error"}])

    @classmethod
    def facts(cls, error: InvalidFacts, *location: str) -> "Invalid":
        """One problem for every line that the schema of the facts objects to."""
        return cls(
            {"loc": [*location, *_path(line)], "msg": line, "type": "invalid_facts"}
            for problem in error.problems
            for line in problem.splitlines()
        )


def _path(problem: str) -> list[str]:
    where, colon, _ = problem.partition(": ")
    return where.split(".") if colon and " " not in where else []


def install(app: FastAPI) -> None:
    """Answer every error of the application in the one format."""

    @app.exception_handler(ApiError)
    async def _refuse(_request: Request, error: ApiError) -> JSONResponse:
        return refusal(error)

    @app.exception_handler(RequestValidationError)
    async def _invalid(_request: Request, error: RequestValidationError) -> JSONResponse:
        # Without the input: it may be a password.
        problems = [
            {name: problem[name] for name in ("loc", "msg", "type")} for problem in error.errors()
        ]
        return _problem(Invalid.status, Invalid.code, problems, {})

    @app.exception_handler(HTTPException)
    async def _http(_request: Request, error: HTTPException) -> JSONResponse:
        code = HTTPStatus(error.status_code).phrase.lower().replace(" ", "_")
        return _problem(error.status_code, code, error.detail, dict(error.headers or {}))

    @app.exception_handler(ConnectionError)
    async def _unreachable(request: Request, _error: ConnectionError) -> JSONResponse:
        return await _refuse(request, DatabaseUnavailable())

    @app.exception_handler(DBAPIError)
    async def _database(request: Request, error: DBAPIError) -> JSONResponse:
        state = sqlstate(error)
        if error.connection_invalidated or state.startswith(LOST):
            return await _refuse(request, DatabaseUnavailable())
        if state.startswith(UNSTORABLE):
            problem = Invalid.at("body", message="It holds a value that cannot be stored")
            return await _refuse(request, problem)
        return await _unexpected(request, error)

    @app.exception_handler(Exception)
    async def _unexpected(request: Request, error: Exception) -> JSONResponse:
        structlog.get_logger("api").error(
            "request failed", method=request.method, path=request.url.path, exc_info=error
        )
        # This answer is made outside every middleware, so it brings the headers itself.
        return _problem(500, "unexpected", "Something went wrong on the server", SECURITY_HEADERS)

    _ = (_invalid, _http, _unreachable, _database)


def refusal(error: ApiError) -> JSONResponse:
    """The answer that says why."""
    detail = error.problems if isinstance(error, Invalid) else error.detail
    return _problem(error.status, error.code, detail, error.headers, **error.members)


class _Problem(JSONResponse):
    media_type = PROBLEM

    def render(self, content: Any) -> bytes:
        # A problem may name what the caller sent, and JSON can name half characters.
        text = json.dumps(content, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
        return text.encode(errors="replace")


def _problem(
    status: int, code: str, detail: object, headers: Mapping[str, str], **members: Any
) -> JSONResponse:
    body = {
        "type": f"urn:procureflow:{code}",
        "title": HTTPStatus(status).phrase,
        "status": int(status),
        "code": code,
        "detail": detail,
        **members,
    }
    return _Problem(jsonable_encoder(body), status, headers)
