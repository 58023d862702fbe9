"""Signs the generated requests in; loaded by schemathesis, see ``schemathesis.toml``."""

import json
import os
from typing import Any

import schemathesis

TOKENS = "FUZZ_TOKENS"
"""Environment variable: access tokens as JSON, by person."""


class SignedIn:
    """The contracting officer asks for everything but what belongs to administrators.

    Logging out ends a session, so it gets one of its own.
    """

    def get(self, case: Any, _context: Any) -> str:
        tokens: dict[str, str] = json.loads(os.environ[TOKENS])
        path: str = case.operation.path
        if path == "/api/auth/logout":
            return tokens["leaver"]
        return tokens["admin" if path.startswith("/api/admin/") else "officer"]

    def set(self, case: Any, data: str, _context: Any) -> None:
        case.headers["Authorization"] = f"Bearer {data}"


register: Any = vars(schemathesis)["auth"]
register(refresh_interval=None)(SignedIn)
