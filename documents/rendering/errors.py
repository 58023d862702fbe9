"""What can go wrong while a document is rendered or converted."""


class RenderingError(Exception):
    """Any failure of this package; its subclasses name the cause."""


class UnsupportedMarkdown(RenderingError):
    """The text uses a construct that has no place in the house style, such as a picture."""


class InvalidTemplate(RenderingError):
    """A template lacks a place that the renderer fills."""


class UnsafeDocument(RenderingError):
    """The bytes are not a DOCX that may be opened: damaged, oversized or hostile.

    Trying again cannot help; the sender must supply another file.
    """


class ConversionFailed(RenderingError):
    """An engine did not produce a PDF. Another engine, or another attempt, may."""

    def __init__(self, engine: str, reason: str) -> None:
        super().__init__(engine, reason)
        self.engine = engine
        self.reason = reason

    def __str__(self) -> str:
        return f"{self.engine} did not convert the document: {self.reason}"
