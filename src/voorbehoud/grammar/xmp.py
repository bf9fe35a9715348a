"""The properties of an XMP packet, by namespace: whatever the prefix, as attribute, element or reference.

Source: ISO 16684-1 (XMP), sections 6 and 7.  A packet is a small RDF graph about one file; what lies deeper than a property's
own value is not read here.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from .xml_tree import Element, Refusal, read

RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
_XML = "http://www.w3.org/XML/1998/namespace"
_LISTS = frozenset({"Alt", "Bag", "Seq"})
_BLANK = b"\0 \t\r\n"


@dataclass(frozen=True, slots=True)
class Property:
    """A property of the file.  `values`: one, or those of its list; `element`: where it is written as one, for other readers."""

    namespace: str
    name: str
    values: tuple[str, ...]
    line: int
    element: Element | None = None

    @property
    def value(self) -> str:
        """The first value, as written; empty where there is none."""
        return self.values[0] if self.values else ""


@dataclass(frozen=True, slots=True)
class Xmp:
    """A packet that could be read."""

    properties: tuple[Property, ...]
    root: Element

    def all(self, namespace: str, name: str) -> tuple[Property, ...]:
        """Give every property of that name, in the order of the packet."""
        return tuple(p for p in self.properties if (p.namespace, p.name) == (namespace, name))


def packet(body: bytes) -> Xmp | Refusal:
    """Read a packet, with or without its wrapper and padding.  Never raises; linear; nothing is expanded."""
    root = read(body.strip(_BLANK))
    return root if isinstance(root, Refusal) else of_element(root)


def of_element(root: Element) -> Xmp:
    """Give the properties in the first `rdf:RDF` at or below `root`."""
    graph = next(_graphs(root), None)
    found = () if graph is None else tuple(p for node in graph.children for p in _of_node(node))
    return Xmp(found, root)


def _graphs(element: Element) -> Iterator[Element]:
    if (element.namespace, element.name) == (RDF, "RDF"):
        yield element
        return
    for child in element.children:
        yield from _graphs(child)


def _of_node(node: Element) -> Iterator[Property]:
    if (node.namespace, node.name) != (RDF, "Description"):
        return
    for namespace, name, value in node.attributes:
        if namespace not in {RDF, _XML, ""}:
            yield Property(namespace, name, (value,), node.line)
    for child in node.children:
        yield Property(child.namespace, child.name, tuple(_values(child)), child.line, child)


def _values(element: Element) -> Iterator[str]:
    """Yield the values of a property element: its reference, the items of its list, its `rdf:value`, or its text."""
    told = {(namespace, name): value for namespace, name, value in element.attributes}
    if (RDF, "resource") in told:
        yield told[RDF, "resource"]
        return
    if (RDF, "value") in told:
        yield told[RDF, "value"]
        return
    inner = element.children
    if len(inner) == 1 and inner[0].namespace == RDF and inner[0].name in _LISTS:
        for item in inner[0].children:
            if (item.namespace, item.name) == (RDF, "li"):
                yield from _values(item)
        return
    if len(inner) == 1 and (inner[0].namespace, inner[0].name) == (RDF, "Description"):
        inner = inner[0].children
    valued = next((c for c in inner if (c.namespace, c.name) == (RDF, "value")), None)
    if valued is not None:
        yield from _values(valued)
    elif not inner:
        yield element.text
