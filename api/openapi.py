"""The description of the interface: what routes cannot say themselves, said once for all of them.

Every refusal is a problem (RFC 9457). Which ones an operation can answer with follows from what it
asks for: a token, an id in its path, a body, a change.
"""

import re
from collections.abc import Awaitable, Callable, Iterator
from http import HTTPStatus
from re import Pattern
from typing import Any, cast

from fastapi import FastAPI, Request, Response
from starlette.exceptions import HTTPException
from starlette.routing import compile_path

from api.errors import PROBLEM
from api.examples import BODIES, example_of

Handler = Callable[[Request, HTTPException], Awaitable[Response]]

READING = frozenset({"get", "head", "options"})
SIGN_IN = "/api/auth/"
LOGIN = "/api/auth/login"
PROVING = "/api/auth/change-password", "/api/auth/second-factor/", "/api/auth/sessions/"
"""Where a wrong password or code counts as at a sign-in."""
DRAFTING = re.compile(r"/(?:generate(?:-document|-batch)?|regenerate-stale)$")
"""Of which one person may ask for so many in a minute."""
PENDING = HTTPStatus.ACCEPTED
UNREAD = "HTTPValidationError", "ValidationError"
"""The framework's schemas of errors, which are not how this product answers."""

PROBLEM_SCHEMA: dict[str, Any] = {
    "title": "Problem",
    "description": "A refusal (RFC 9457). Programs compare `code`; people read `detail`.",
    "type": "object",
    "required": ["type", "title", "status", "code", "detail"],
    "properties": {
        "type": {"type": "string", "examples": ["urn:procureflow:not_found"]},
        "title": {"type": "string", "description": "The phrase of the status"},
        "status": {"type": "integer", "minimum": 200, "maximum": 599},
        "code": {"type": "string", "description": "Stable name of the reason"},
        "detail": {
            "description": "Why, as one sentence, or one entry for every invalid value",
            "anyOf": [
                {"type": "string"},
                {
                    "type": "array",
                    "items": {
                        "type": "object",
                        "required": ["loc", "msg", "type"],
                        "properties": {
                            "loc": {
                                "description": "Where the value is in the request",
                                "type": "array",
                                "items": {"anyOf": [{"type": "string"}, {"type": "integer"}]},
                            },
                            "msg": {"type": "string"},
                            "type": {"type": "string"},
                        },
                    },
                },
            ],
        },
    },
}

REASONS: dict[int, tuple[str, str, Any]] = {
    202: ("Taken; the workflow's answer takes longer", "answer_pending", "Ask again in a moment"),
    400: ("The body cannot be read", "bad_request", "There was an error parsing the body"),
    401: ("The token is expired, forged or used up", "invalid_token", "Invalid or expired token"),
    403: ("Nobody is signed in, or this person may not", "not_allowed", "Only an officer may"),
    404: ("It does not exist for the caller", "not_found", "Document not found"),
    409: ("Its present state does not allow it", "NotAwaitingDecision", "It was decided already"),
    413: (
        "The body is too large",
        "content_too_large",
        "The request is larger than 4 MB: send less at once",
    ),
    422: (
        "The request does not fit its schema",
        "invalid_request",
        [{"loc": ["body", "name"], "msg": "Field required", "type": "missing"}],
    ),
    423: ("Too many wrong passwords in a row", "account_locked", "Try again later"),
    429: ("Too many requests; Retry-After says when", "too_many_requests", "Try again later"),
    503: ("A server of the product is down; nothing changed", "database_unavailable", "Try again"),
}


class DescribedApi(FastAPI):
    """An application whose description lists every answer, errors included."""

    def openapi(self) -> dict[str, Any]:
        if self.openapi_schema is None:
            complete(super().openapi())
        return super().openapi()


def complete(schema: dict[str, Any]) -> None:
    """Add to a generated description, in place, what follows from the shape of its operations."""
    components: dict[str, Any] = schema.setdefault("components", {})
    schemas: dict[str, Any] = components.setdefault("schemas", {})
    for name in UNREAD:
        schemas.pop(name, None)
    schemas["Problem"] = PROBLEM_SCHEMA
    for path, method, operation in operations(schema):
        answers: dict[str, Any] = operation.setdefault("responses", {})
        stated = (int(status) for status in answers if status.isdigit())
        refused = (status for status in stated if status in REASONS)
        for status in dict.fromkeys((*_refusals(path, method, operation), *refused)):
            if status == HTTPStatus.UNPROCESSABLE_ENTITY or str(status) not in answers:
                answers[str(status)] = _problem(status)
            elif "content" not in answers[str(status)] and status >= HTTPStatus.BAD_REQUEST:
                answers[str(status)]["content"] = _problem(status)["content"]
        _add_example(operation, schemas)


def operations(schema: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Path, method in lower case and description of every operation."""
    for path, item in schema["paths"].items():
        for method, operation in item.items():
            if isinstance(operation, dict) and "responses" in operation:
                yield path, method, operation


def install(app: FastAPI) -> None:
    """Let 405 name every method of a path; a path's methods are separate routes."""
    patterns: list[tuple[Pattern[str], str, str]] = []

    @app.exception_handler(HTTPStatus.METHOD_NOT_ALLOWED)
    async def _not_allowed(request: Request, error: HTTPException) -> Response:
        if not patterns:
            patterns.extend(
                (compile_path(path)[0], path, method.upper())
                for path, method, _ in operations(app.openapi())
            )
        asked = request.url.path
        found = [(path, method) for pattern, path, method in patterns if pattern.match(asked)]
        # An address that is written out is not one with a parameter, even where both match.
        exact = [(path, method) for path, method in found if path == asked]
        allowed = {method for _, method in exact or found}
        if allowed:
            error.headers = {**(error.headers or {}), "Allow": ", ".join(sorted(allowed))}
        return await cast(Handler, app.exception_handlers[HTTPException])(request, error)

    _ = _not_allowed


def _refusals(path: str, method: str, operation: dict[str, Any]) -> Iterator[int]:
    parameters = operation.get("parameters", ())
    changes = method not in READING
    if operation.get("security"):
        yield from (401, 403, 503)
        if changes:
            yield from (PENDING, 409)
    if DRAFTING.search(path):
        yield 429
    if path.startswith(SIGN_IN):
        yield from (401, 403, 409, 429, 503)
    if path == LOGIN or (changes and path.startswith(PROVING)):
        yield 423
    if any(parameter["in"] == "path" for parameter in parameters):
        yield 404
    if "requestBody" in operation:
        yield from (400, 413)
    if "requestBody" in operation or parameters:
        yield 422


def _problem(status: int) -> dict[str, Any]:
    description, code, detail = REASONS[status]
    example = {
        "type": f"urn:procureflow:{code}",
        "title": HTTPStatus(status).phrase,
        "status": int(status),
        "code": code,
        "detail": detail,
    }
    schema = {"$ref": "#/components/schemas/Problem"}
    return {
        "description": description,
        "content": {PROBLEM: {"schema": schema, "example": example}},
    }


def _add_example(operation: dict[str, Any], schemas: dict[str, Any]) -> None:
    body = operation.get("requestBody", {}).get("content", {}).get("application/json")
    if body is not None and "example" not in body and "examples" not in body:
        own = BODIES.get(operation["operationId"])
        body["example"] = example_of(body["schema"], schemas) if own is None else own
