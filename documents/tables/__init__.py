"""Every named table of the product: ``{{ table.prs }}`` in a draft becomes Markdown built here.

The modules of this package hold the tables of one group of documents each.
"""

from collections.abc import Callable, Iterator, Mapping

from documents.compose import Markdown, UnknownKey
from documents.computed import Computed, Package
from documents.open_items import Unstated
from documents.tables import evaluation, presolicitation, solicitation, strategy, timeline

TableBuilder = Callable[[Computed, Package], Markdown]


def merge(*groups: Mapping[str, TableBuilder]) -> dict[str, TableBuilder]:
    """One dictionary of all tables; raises ``ValueError`` when two groups use one name."""
    merged: dict[str, TableBuilder] = {}
    for group in groups:
        if twice := merged.keys() & group.keys():
            raise ValueError(f"two tables are called {', '.join(sorted(twice))}: rename one")
        merged |= group
    return merged


TABLES = merge(
    presolicitation.TABLES,
    strategy.TABLES,
    solicitation.TABLES,
    evaluation.TABLES,
    timeline.TABLES,
)


class Tables(Mapping[str, Markdown]):
    """The tables of one acquisition, each built when a draft asks for it."""

    def __init__(self, computed: Computed, package: Package) -> None:
        self._computed = computed
        self._package = package

    def __getitem__(self, name: str) -> Markdown:
        """Raises ``KeyError`` for an unknown name and ``UnknownKey`` when a fact is missing."""
        builder = TABLES[name]
        try:
            return builder(self._computed, self._package)
        except (LookupError, AttributeError, TypeError) as error:
            if isinstance(self._computed.estimate, Unstated):
                return Markdown(self._computed.estimate)
            # The template engine would take these for an unknown table.
            raise UnknownKey(f"table {name!r} cannot be built: {error!r}") from error

    def __iter__(self) -> Iterator[str]:
        return iter(TABLES)

    def __len__(self) -> int:
        return len(TABLES)
