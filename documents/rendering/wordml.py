"""A typed window on lxml, which carries no types: just enough to change WordprocessingML."""

from collections.abc import Iterator
from importlib import import_module
from typing import Protocol, cast

from documents.rendering.errors import UnsafeDocument

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
XML_SPACE = "{http://www.w3.org/XML/1998/namespace}space"


class Element(Protocol):
    """An XML element as lxml gives it."""

    tag: str
    text: str | None

    def __iter__(self) -> Iterator["Element"]: ...

    def __len__(self) -> int: ...

    def get(self, key: str, default: str | None = None) -> str | None: ...

    def set(self, key: str, value: str) -> None: ...

    def find(self, path: str) -> "Element | None": ...

    def findall(self, path: str) -> list["Element"]: ...

    def iter(self, *tags: str) -> Iterator["Element"]: ...

    def append(self, element: "Element") -> None: ...

    def remove(self, element: "Element") -> None: ...

    def addprevious(self, element: "Element") -> None: ...

    def getparent(self) -> "Element | None": ...


class _Etree(Protocol):
    def fromstring(self, text: bytes, parser: object) -> Element: ...

    def tostring(
        self, element: Element, *, xml_declaration: bool, encoding: str, standalone: bool
    ) -> bytes: ...

    def Element(self, tag: str) -> Element: ...


def _etree() -> _Etree:
    return cast(_Etree, import_module("lxml.etree"))


def parse(data: bytes, name: str) -> Element:
    """Parse one part without entities or network. Raises UnsafeDocument when it is damaged."""
    etree = import_module("lxml.etree")
    parser = etree.XMLParser(resolve_entities=False, no_network=True, remove_comments=True)
    try:
        return _etree().fromstring(data, parser)
    except etree.XMLSyntaxError as error:
        raise UnsafeDocument(f"{name} is not well-formed: {error}") from error


def serialize(root: Element) -> bytes:
    return _etree().tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True)


def new(tag: str, text: str | None = None) -> Element:
    """A detached element; text keeps its spaces."""
    element = _etree().Element(tag)
    if text is not None:
        element.text = text
        element.set(XML_SPACE, "preserve")
    return element


def is_on(flag: Element | None) -> bool:
    """Whether a Word toggle such as `w:caps` is set."""
    return flag is not None and flag.get(f"{W}val", "1") not in ("0", "false", "off")


def drop(element: Element) -> None:
    """Take an element out of its parent, if it is still in one."""
    parent = element.getparent()
    if parent is not None:
        parent.remove(element)
