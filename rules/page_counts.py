"""Page counts: what a package states about pages, from counts read out of the rendered files."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class VolumeCount:
    """One volume of a proposal: pages received and the limit of Section L, if there is one."""

    volume: str
    pages: int
    limit: int | None

    @property
    def excess(self) -> int:
        """Pages beyond the limit, which evaluators do not read."""
        return max(0, self.pages - self.limit) if self.limit is not None else 0


def over_limit(volumes: Iterable[VolumeCount]) -> tuple[str, ...]:
    """One sentence for each volume that is too long."""
    return tuple(
        f"Volume {count.volume} has {count.pages} pages, {count.excess} over the limit of "
        f"{count.limit}: pages {(count.limit or 0) + 1} to {count.pages} are not evaluated."
        for count in volumes
        if count.excess
    )


def miscounted(stated: Mapping[str, int], rendered: Mapping[str, int]) -> tuple[str, ...]:
    """Where a list of attachments, or an amendment about itself, states other pages than a file.

    Both map a document to its pages. A document without a file is reported as missing.
    """
    problems: list[str] = []
    for document, pages in stated.items():
        counted = rendered.get(document)
        if counted is None:
            problems.append(f"{document} is listed with {pages} pages and has no file.")
        elif counted != pages:
            problems.append(f"{document} is listed with {pages} pages; its file has {counted}.")
    return tuple(problems)
