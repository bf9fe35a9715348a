"""Small XML documents from strangers: elements with names, attributes, text and lines; nothing is expanded or fetched.

A document type declaration ends the reading: without one there are no entities to expand and nothing outside to fetch.
Where one is usual (`doctype`), it is passed over as long as it declares nothing itself.
"""

from dataclasses import dataclass, field
from enum import StrEnum
from xml.parsers import expat

MOST_BYTES = 1024 * 1024
MOST_ELEMENTS, DEEPEST = 10_000, 32
_BETWEEN = "\f"  # a character that no XML document can hold, so that a namespace cannot fake a name


class Refusal(StrEnum):
    """Why a document was not read to its end."""

    NOT_XML = "not well-formed"
    DOCTYPE = "it has a document type declaration"
    TOO_LARGE = "it is longer than 1 MiB, or has more than 10,000 elements or 32 levels"


@dataclass(frozen=True, slots=True)
class Element:
    """One element.  `attributes`: (namespace, name, value).  `text`: its own character data, blanks trimmed."""

    namespace: str
    name: str
    prefix: str
    line: int
    attributes: tuple[tuple[str, str, str], ...] = ()
    text: str = ""
    children: tuple["Element", ...] = ()

    def attribute(self, name: str) -> str | None:
        """Give the value of an attribute without namespace."""
        return next((value for space, key, value in self.attributes if key == name and not space), None)

    def all(self, name: str) -> tuple["Element", ...]:
        """Give the children of this name in the element's own namespace."""
        return tuple(c for c in self.children if c.name == name and c.namespace == self.namespace)


@dataclass(slots=True)
class _Open:
    """An element whose end was not reached."""

    name: str
    line: int
    attributes: dict[str, str]
    text: list[str] = field(default_factory=list)
    children: list[Element] = field(default_factory=list)


class _RefusedError(Exception):
    """Carries the refusal out of the parser."""

    def __init__(self, refusal: Refusal) -> None:
        self.refusal = refusal


def read(body: bytes, doctype: bool = False) -> Element | Refusal:
    """Give the root of an XML document, or why it was refused.  Never raises; linear in the length of `body`.

    `doctype`: one that has no declarations of its own is no reason to refuse.
    """
    if len(body) > MOST_BYTES:
        return Refusal.TOO_LARGE
    found = _read(body, None, doctype)
    return found if isinstance(found, Refusal) else found[0]


def read_inside(body: bytes, namespace: str, name: str) -> tuple[Element, ...] | Refusal:
    """Give the outermost elements of that name, wherever they stand; the rest is passed over and may be of any length.

    A document that breaks off gives what was whole until there.  Never raises; linear in the length of `body`.
    """
    return _read(body, [namespace, name], doctype=True)


def _read(body: bytes, only: list[str] | None, doctype: bool) -> tuple[Element, ...] | Refusal:
    parser = expat.ParserCreate(namespace_separator=_BETWEEN)
    parser.namespace_prefixes = True
    parser.buffer_text = True
    opened: list[_Open] = []
    roots: list[Element] = []
    seen = 0

    def start(name: str, attributes: dict[str, str]) -> None:
        nonlocal seen
        if only is not None and not opened and name.split(_BETWEEN)[:2] != only:
            return
        seen += 1
        if seen > MOST_ELEMENTS or len(opened) == DEEPEST:
            raise _RefusedError(Refusal.TOO_LARGE)
        opened.append(_Open(name, parser.CurrentLineNumber, attributes))

    def end(_: str) -> None:
        if not opened:
            return
        done = _closed(opened.pop())
        (opened[-1].children if opened else roots).append(done)

    def text(data: str) -> None:
        if opened:
            opened[-1].text.append(data)

    def declared(_name: str, _system: str | None, _public: str | None, own_declarations: bool) -> None:
        if own_declarations or not doctype:
            raise _RefusedError(Refusal.DOCTYPE)

    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = text
    parser.StartDoctypeDeclHandler = declared
    try:
        parser.Parse(body, True)
    except _RefusedError as stop:
        return stop.refusal
    except (expat.ExpatError, ValueError, LookupError):  # the last two: encodings that Python does not know
        if only is None or not roots:
            return Refusal.NOT_XML
    return tuple(roots)


def _closed(element: _Open) -> Element:
    namespace, name, prefix = _split(element.name)
    attributes = tuple((*_split(key)[:2], value) for key, value in element.attributes.items())
    text = "".join(element.text).strip()
    return Element(namespace, name, prefix, element.line, attributes, text, tuple(element.children))


def _split(name: str) -> tuple[str, str, str]:
    parts = name.split(_BETWEEN)
    if len(parts) == 1:
        return "", parts[0], ""
    return parts[0], parts[1], parts[2] if len(parts) > 2 else ""
