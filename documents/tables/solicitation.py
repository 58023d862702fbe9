"""Tables of the solicitation: its schedule, clauses, instructions, release and receipt register."""

from collections.abc import Callable

from documents.compose import Markdown
from documents.computed import Computed, Package
from documents.tables import clauses, instructions, register, release, schedule

TABLES: dict[str, Callable[[Computed, Package], Markdown]] = {
    **schedule.TABLES,
    **clauses.TABLES,
    **instructions.TABLES,
    **release.TABLES,
    **register.TABLES,
}
