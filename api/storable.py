"""Text that the database cannot store is refused as it comes in, wherever it stands in a request.

A workflow would take it, and only then find out that no row can hold it.
"""

import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any, TypeAlias

from fastapi.requests import HTTPConnection, Request
from fastapi.routing import APIRoute

from api.errors import Invalid

Json: TypeAlias = "dict[str, Json] | list[Json] | str | float | bool | None"
Place: TypeAlias = tuple[str | int, ...]

UNSTORABLE = re.compile("[\0\ud800-\udfff]")
"""NUL, and the halves of characters (surrogates) that JSON can name one by one."""
ADVICE = "Leave out NUL and half characters (\\u0000, \\ud800 to \\udfff): they cannot be stored"


async def storable(connection: HTTPConnection) -> None:
    """Raises Invalid for a path, query or JSON body with text that cannot be stored."""
    require_storable(connection.path_params, "path")
    require_storable(connection.query_params, "query")
    route = connection.scope.get("route")
    # Other routes read their body themselves, once they know who asks.
    if isinstance(connection, Request) and isinstance(route, APIRoute) and route.body_field:
        with suppress(ValueError, RecursionError):  # no JSON: the route says so
            require_storable({"body": await connection.json()})


def require_storable(given: Mapping[str, Any], *where: str) -> None:
    """Raises Invalid, which names the first value in ``given`` that cannot be stored."""
    place = next(_unstorable(dict(given), where), None)
    if place is not None:
        raise Invalid([{"loc": place, "msg": ADVICE, "type": "unstorable_text"}])


def _unstorable(given: Json, where: Place) -> Iterator[Place]:
    """Without recursion, because JSON may be nested deeply."""
    walks = [iter([(where, given)])]
    while walks:
        for place, value in walks[-1]:
            if isinstance(value, str) and UNSTORABLE.search(value):
                yield place
            elif isinstance(value, dict | list):
                walks.append(_parts(place, value))
                break
        else:
            walks.pop()


def _parts(place: Place, value: dict[str, Json] | list[Json]) -> Iterator[tuple[Place, Json]]:
    if isinstance(value, list):
        yield from (((*place, index), part) for index, part in enumerate(value))
        return
    for name, part in value.items():
        # What stands under a bad name is told by the name: no answer could hold where it is.
        yield (place, name) if UNSTORABLE.search(name) else ((*place, name), part)
