"""Pages of long lists. A call without ``limit`` answers with everything, as it always did."""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Iterable, Sequence
from typing import Annotated, Any, Generic, TypeVar

from fastapi import Query
from pydantic import TypeAdapter

from api.errors import Invalid

MOST_ROWS = 200
"""On one page."""

Key = TypeVar("Key", bound=tuple[Any, ...])
Row = TypeVar("Row")

Limit = Annotated[
    int | None, Query(ge=1, le=MOST_ROWS, description="Rows on a page; without it, all of them")
]
Cursor = Annotated[
    str | None,
    Query(
        max_length=1_000,
        pattern=r"^[A-Za-z0-9_-]+={0,2}$",
        description="`next_cursor` of the page before",
    ),
]


class Keyset(Generic[Key]):
    """The order of one list: rows are found again by what they are sorted by, not by counting.

    A row that is added or deleted meanwhile makes no other row appear twice or not at all.
    """

    def __init__(self, key: type[Key]) -> None:
        self._key = TypeAdapter(key)

    def read(self, cursor: str | None) -> Key | None:
        """What the row before the page is sorted by; raises Invalid."""
        if cursor is None:
            return None
        try:
            values = json.loads(urlsafe_b64decode(cursor))
            return self._key.validate_python(tuple(values))
        except (ValueError, TypeError, RecursionError) as error:
            raise Invalid.at("query", "cursor", message="It is no cursor of this list") from error

    def page(
        self, rows: Sequence[Row], limit: int | None, key_of: Callable[[Row], Key]
    ) -> tuple[Sequence[Row], str | None]:
        """Cut the row too many that was asked for; returns the page and the next one's cursor."""
        if limit is None or len(rows) <= limit:
            return rows, None
        page = rows[:limit]
        return page, urlsafe_b64encode(self._key.dump_json(key_of(page[-1]))).decode()

    def cut(
        self,
        rows: Iterable[Row],
        limit: int | None,
        cursor: str | None,
        key_of: Callable[[Row], Key],
    ) -> tuple[Sequence[Row], str | None]:
        """A page of what belongs to one project, document or person: some hundred rows at most.

        They are read at once and sorted here by ``key_of``. Raises Invalid.
        """
        before = self.read(cursor)
        ordered = sorted(rows, key=key_of)
        following = [row for row in ordered if before is None or key_of(row) > before]
        return self.page(following, limit, key_of)


def one_more(limit: int | None) -> int | None:
    """How many rows to ask for, to learn whether there is a next page."""
    return None if limit is None else limit + 1
