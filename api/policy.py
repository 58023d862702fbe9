"""What the signatures of the routes say about who may use them, as data.

The table in docs/security.md is compared with this, so it is never out of date.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Self

from fastapi import APIRouter
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute, APIWebSocketRoute

from api.dependencies import AddressLimit, InRole, PersonLimit, identify, sign_in
from documents.vocabulary import Role

SOCKET = "WS"
INSTALLER = "installer"
VISIBLE = "visible_"
"""Begins the name of every dependency that answers 404 for what its caller may not see."""


@dataclass(frozen=True, slots=True)
class Policy:
    """Who may call one route."""

    method: str
    path: str
    needs_sign_in: bool
    is_for_limited: bool
    """Also for who has to change a password or add a second factor before anything else."""
    needs_installer: bool
    """The token of the installation, which makes the first administrator."""
    roles: frozenset[Role] | None
    """``None``: every role."""
    sees: tuple[str, ...]
    """What has to be visible to the caller, such as ``document``."""
    per_minute: int | None
    """Requests of one address or, where people are signed in, of one person."""

    @classmethod
    def of(cls, method: str, path: str, dependant: Dependant) -> Self:
        calls = list(_calls(dependant))
        guards = [frozenset(call.roles) for call in calls if isinstance(call, InRole)]
        limits = [call.per_minute for call in calls if isinstance(call, AddressLimit | PersonLimit)]
        names = [getattr(call, "__name__", "") for call in calls]
        return cls(
            method=method,
            path=path,
            needs_sign_in=identify in calls,
            is_for_limited=identify in calls and sign_in not in calls,
            needs_installer=INSTALLER in names,
            roles=frozenset(Role).intersection(*guards) if guards else None,
            sees=tuple(
                dict.fromkeys(
                    name.removeprefix(VISIBLE) for name in names if name.startswith(VISIBLE)
                )
            ),
            per_minute=min(limits, default=None),
        )

    @property
    def who(self) -> str:
        if self.method == SOCKET:
            return "ticket or token"
        if self.needs_installer:
            return "bootstrap token"
        if not self.needs_sign_in:
            return "anybody"
        if self.is_for_limited:
            return "signed in, limited too"
        if self.roles is None:
            return "signed in"
        return ", ".join(role.value.replace("_", " ") for role in Role if role in self.roles)

    def __str__(self) -> str:
        """A line of the table."""
        sees = ", ".join(self.sees) or "-"
        limit = f"{self.per_minute} a minute" if self.per_minute else "-"
        return f"| `{self.method} {self.path}` | {self.who} | {sees} | {limit} |"


def policies(routers: Iterable[APIRouter]) -> tuple[Policy, ...]:
    """The policy of every route, in order of path and method."""
    found: list[Policy] = []
    for router in routers:
        for route in router.routes:
            if isinstance(route, APIRoute):
                methods = route.methods or ()
                found += [Policy.of(name, route.path, route.dependant) for name in methods]
            elif isinstance(route, APIWebSocketRoute):
                found.append(Policy.of(SOCKET, route.path, route.dependant))
    return tuple(sorted(found, key=lambda policy: (policy.path, policy.method)))


def _calls(dependant: Dependant) -> Iterator[object]:
    yield dependant.call
    for inner in dependant.dependencies:
        yield from _calls(inner)
