"""What every conversion engine offers."""

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Pdf:
    """A converted document and what made it."""

    data: bytes
    engine: str
    version: str


class Converter(Protocol):
    """Turns a DOCX into a PDF; safe to call from several threads."""

    def convert(self, docx: bytes, *, draft: bool = False) -> Pdf:
        """A `draft` is only read for its page positions, so that finishing may be left out.

        Raises UnsafeDocument when the bytes may not be opened, ConversionFailed otherwise.
        """
        ...

    def close(self) -> None:
        """End whatever processes are kept; the converter may be used again."""
        ...
