"""Signs the generated requests in; loaded by schemathesis, see ``schemathesis.toml``."""

import json
import os
from typing import Any
from uuid import uuid4

import schemathesis

TOKENS = "FUZZ_TOKENS"
"""Environment variable: access tokens as JSON, by person."""
KEPT = "FUZZ_KEPT"
"""Environment variable: ids, as JSON, of what the whole run needs."""
OTHERS = {"/api/auth/logout": "leaver", "/api/admin/": "admin", "/api/approvals/{": "signer"}
"""Who asks, by the start of the path."""


class SignedIn:
    """The contracting officer asks for everything but what belongs to others.

    Logging out ends a session, so it gets one of its own.
    """

    def get(self, case: Any, _context: Any) -> str:
        tokens: dict[str, str] = json.loads(os.environ[TOKENS])
        path: str = case.operation.path
        for start, person in OTHERS.items():
            if path.startswith(start):
                return tokens[person]
        return tokens["officer"]

    def set(self, case: Any, data: str, _context: Any) -> None:
        case.headers["Authorization"] = f"Bearer {data}"


def before_call(_context: Any, case: Any, _kwargs: Any) -> None:
    """Spare the people who ask, and the sample project: they are needed until the end."""
    path: str = case.operation.path
    ends = path.startswith("/api/admin/users/") or (
        case.operation.method.upper() == "DELETE" and path == "/api/projects/{project_id}"
    )
    for name, value in case.path_parameters.items() if ends else ():
        if value in json.loads(os.environ[KEPT]):
            case.path_parameters[name] = str(uuid4())


def filter_failure(_context: Any, failure: Any, case: Any, response: Any) -> bool:
    """False drops a finding: five answers are as they have to be.

    - The front end was built on a server that answers 403 where nobody is signed in.
    - The server refuses request lines of 64 KiB before the application sees them.
    - "read-all" is an address of its own for PATCH, and a malformed id of a notice otherwise.
    - A key that repeats another request is refused before anybody looks where the request goes.
    - In a form of files every value is text: what was generated as null arrives as "null".
    """
    text: str = response.text
    match type(failure).__name__:
        case "MissingHeaderNotRejected":
            return '"code":"not_authenticated"' not in text
        case "UnsupportedMethodResponse":
            repeated = '"code":"idempotency_key' in text
            other = case.path == "/api/notifications/read-all" and response.status_code == 422
            return not (repeated or other)
        case "AcceptedNegativeData":
            is_form = case.media_type == "multipart/form-data"
            return not (is_form and "violates `type`" in failure.message)
        case _:
            return not (response.status_code == 400 and text == "Invalid HTTP request received.")


register: Any = vars(schemathesis)["auth"]
register(refresh_interval=None)(SignedIn)
hook: Any = vars(schemathesis)["hook"]
for function in (before_call, filter_failure):
    hook(function)
