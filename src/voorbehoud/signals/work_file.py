"""The file that an answer holds, and the XMP in it: for the signals that stand inside works."""

from dataclasses import dataclass

from ..core.evidence import Capture, Kind
from ..grammar import pdf
from ..grammar.extent import Extent
from ..grammar.xml_tree import Element, Refusal
from ..grammar.xmp import Xmp, of_element, packet
from ..grammar.xmp_files import Flaw, packets

NOTE = "http://ns.adobe.com/xmp/note/"
WORKS = frozenset({Kind.IMAGE, Kind.AUDIO, Kind.VIDEO, Kind.DOCUMENT})


@dataclass(frozen=True, slots=True)
class Graph:
    """One packet that was read.  `typed` False: of a PDF that does not call it metadata."""

    xmp: Xmp
    where: str
    flaw: Flaw | None = None
    typed: bool = True


@dataclass(frozen=True, slots=True)
class Graphs:
    """The packets of a work.  `whole`: every place for one was seen; `broken`: why a packet could not be read, and where it stands.

    `texts`: what else a PNG says in international text.
    """

    found: tuple[Graph, ...] = ()
    whole: bool = True
    broken: tuple[tuple[Refusal, str], ...] = ()
    texts: tuple[str, ...] = ()


def extent(capture: Capture) -> Extent:
    """Give what was received of the file."""
    return Extent.of(capture.body, capture.tail, capture.size, capture.truncated)


def graphs(capture: Capture) -> Graphs:
    """Give the XMP of a work.  Never raises; what is no work, or no file that we know, has none."""
    if not capture.ok or capture.kind not in WORKS:
        return Graphs()
    if capture.kind is Kind.DOCUMENT:
        return _of_pdf(capture)
    file = packets(capture.body, capture.truncated)
    if file is None:
        return Graphs()
    found: list[Graph] = []
    broken: list[tuple[Refusal, str]] = []
    called: set[str] = set()  # extended packets count where the main one names them
    for piece in file.packets:
        if piece.extends and piece.extends not in called:
            continue
        read = of_element(piece.data) if isinstance(piece.data, Element) else packet(piece.data)
        if isinstance(read, Refusal):
            broken.append((read, piece.where))
            continue
        called |= {p.value for p in read.all(NOTE, "HasExtendedXMP")}
        found.append(Graph(read, piece.where, piece.flaw))
    return Graphs(tuple(found), file.whole, tuple(broken), file.texts)


def _of_pdf(capture: Capture) -> Graphs:
    stream = pdf.metadata(extent(capture))
    if stream is None or stream.packet is None:
        return Graphs(whole=stream is None or not stream.unread)
    read = packet(stream.packet)
    if isinstance(read, Refusal):
        return Graphs(broken=((read, "PDF, metadata stream"),))
    return Graphs((Graph(read, "PDF, metadata stream", typed=stream.typed),))
