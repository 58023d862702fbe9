"""Tables of the pre-solicitation documents."""

from collections.abc import Callable

from documents.compose import Markdown
from documents.computed import Computed, Package

TABLES: dict[str, Callable[[Computed, Package], Markdown]] = {}
