"""A licence inside a work: in the XMP of an image, film or PDF, in an international text of a PNG, in the metadata of an EPUB.

Spec: RSL 1.0, section 4.8: `rsl:rsl` with exactly one `content`, whose `url` is not empty and stays the same.
Raw XML is no legal value of an XMP property, so programs that rewrite metadata may drop it; while it is there it is read.
"""

from collections.abc import Iterator
from dataclasses import replace

from ..core.evidence import Capture, Kind, Origin
from ..core.finding import Finding, Parsed
from ..grammar.epub import packages
from ..grammar.xml_tree import Element
from ..grammar.xmp_files import Flaw
from .rsl_read import NAMESPACE, document, of_element
from .rsl_rules import RSL112, RSL113
from .rsl_terms import Rsl, reach
from .work_file import extent, graphs


def inside(capture: Capture) -> Iterator[tuple[str, Element | str]]:
    """Yield each licence in a work: where it stands, and its element or its text.  Never raises."""
    if capture.kind is Kind.DOCUMENT:
        book = packages(extent(capture))
        for package in book.packages if book is not None else ():
            for child in package.metadata.children if package.metadata is not None else ():
                if _is_licence(child):
                    yield f"{package.path}, line {child.line}", child
    file = graphs(capture)
    for graph in file.found:
        for found in graph.xmp.all(NAMESPACE, "rsl"):
            if found.element is not None and graph.flaw is not Flaw.OUTSIDE:
                yield graph.where, found.element
    for text in file.texts:
        if NAMESPACE in text and text.lstrip().startswith("<"):
            yield "PNG, iTXt", text


def read_inside(licence: Element | str, where: Origin) -> Parsed[Rsl]:
    """Read a licence that stands in the file at `where`.

    CHOICE: one that names another address, or none, may still be meant for this copy.  In doubt rights are never widened (section
    3.1.1): it permits nothing, and what it refuses counts for the favourable reader.
    """
    if isinstance(licence, str):
        parsed = document(licence.strip().encode("utf-8", "replace"), where.url, standalone=False)
    else:
        parsed = of_element(licence, where.url, standalone=False)
    model = parsed.model
    if model is None:
        return parsed
    notes: list[Finding] = []
    addresses = [content.url for content in model.contents]
    if len(addresses) != 1 or not addresses[0].startswith("https://"):
        notes.append(RSL112.at(where, urls=", ".join(f"“{url}”" for url in addresses[:3])))
    here = any(reach(url, where.url) >= 0 for url in addresses)
    if not here:
        notes.append(RSL113.at(where, urls=", ".join(addresses[:3])))
    if not here or "" in addresses:
        contents = tuple(replace(content, url="") for content in model.contents)
        model = replace(model, contents=contents, conformant=False)
    return Parsed(model, (*parsed.findings, *notes))


def _is_licence(element: Element) -> bool:
    return (element.namespace, element.name) == (NAMESPACE, "rsl")
