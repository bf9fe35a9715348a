"""The package documents of an EPUB, and the properties in their metadata.  Bytes in, values out; nothing is unpacked to disk.

Source: EPUB 3.3, "Package document" and "OCF ZIP container"; OPF 2.0.1, section 2.2.
"""

import struct
import zipfile
import zlib
from dataclasses import dataclass
from itertools import islice

from .extent import Extent, ExtentReader, inflated
from .xml_tree import MOST_BYTES, Element, Refusal, read

CONTAINER = "META-INF/container.xml"
MOST_PACKAGES = 16
OPF = "http://www.idpf.org/2007/opf"
_OCF = "urn:oasis:names:tc:opendocument:xmlns:container"
_PACKAGE_TYPE = "application/oebps-package+xml"
_LOCAL = struct.Struct("<26xHH")  # of the header before a file: the lengths of its name and its extra field
_ENCRYPTED = 1
_ARCHIVE, _MIMETYPE = b"PK\x03\x04", b"mimetypeapplication/epub+zip"
_FAULTS = (
    zipfile.BadZipFile, zlib.error, struct.error, EOFError, OSError, ValueError, KeyError, IndexError,
    NotImplementedError, RuntimeError, OverflowError, MemoryError,
)  # fmt: skip
"""What zipfile raises on archives that are damaged, encrypted, packed in an unknown way, or only partly there."""


@dataclass(frozen=True, slots=True)
class Meta:
    """One `<meta>` of the package itself.  `name`: of the form of EPUB 2; `property`: of EPUB 3; one of them is set.

    `namespace`: the URI that the prefix of `property` is declared as; None where it is not.
    """

    name: str | None
    property: str | None
    namespace: str | None
    value: str
    line: int


@dataclass(frozen=True, slots=True)
class Package:
    """One package document.  `version` as written: `2.0`, `3.0`.  `metadata`: the element itself, for other vocabularies."""

    path: str
    version: str
    metas: tuple[Meta, ...]
    metadata: Element | None


@dataclass(frozen=True, slots=True)
class Epub:
    """`packages`: those that could be read, at most 16.  `unread`: why others may say something else; empty: that is all."""

    packages: tuple[Package, ...] = ()
    unread: str = ""


def is_epub(head: bytes) -> bool:
    """Tell whether a file begins as an EPUB has to: with its media type as the first file, not packed."""
    return head.startswith(_ARCHIVE) and head.startswith(_MIMETYPE, 30)


def packages(file: Extent, called: bool = False) -> Epub | None:
    """Give the package documents that the container names; None where the file is no EPUB.  Never raises.

    `called`: the server calls it one.
    """
    if not file.head.startswith(_ARCHIVE):
        return None
    surely = called or is_epub(file.head)
    if file.size is None:
        return Epub(unread="it is longer than the part that we read") if surely else None
    try:
        with zipfile.ZipFile(ExtentReader(file)) as archive:
            return _packages(_Archive(file, archive.NameToInfo), surely)
    except _FAULTS:
        return Epub(unread="the archive is damaged, or longer than the part that we read") if surely else None


@dataclass(frozen=True, slots=True)
class _Archive:
    """A ZIP file and its directory."""

    file: Extent
    entries: dict[str, zipfile.ZipInfo]

    def unpacked(self, path: str) -> bytes | None:
        """Give a file of the archive; None where it cannot be had, is packed as EPUB does not allow, or is too long."""
        entry = self.entries.get(path)
        if entry is None or entry.flag_bits & _ENCRYPTED:
            return None
        head = self.file.read(entry.header_offset, _LOCAL.size)
        if head is None or len(head) < _LOCAL.size:
            return None
        name, extra = _LOCAL.unpack(head)
        packed = self.file.read(entry.header_offset + _LOCAL.size + name + extra, entry.compress_size)
        if packed is None or len(packed) < entry.compress_size:
            return None
        if entry.compress_type == zipfile.ZIP_STORED:
            return packed if len(packed) <= MOST_BYTES else None
        return inflated(packed, MOST_BYTES, raw=True) if entry.compress_type == zipfile.ZIP_DEFLATED else None


def _packages(archive: _Archive, surely: bool) -> Epub | None:
    if CONTAINER not in archive.entries:
        return Epub(unread=f"it has no {CONTAINER}") if surely else None
    container = _xml(archive, CONTAINER)
    if container is None:
        return Epub(unread=f"{CONTAINER} cannot be read")
    files = [
        file.attribute("full-path")
        for listing in container.all("rootfiles")
        for file in listing.all("rootfile")
        if (file.attribute("media-type") or _PACKAGE_TYPE) == _PACKAGE_TYPE
    ]
    found: list[Package] = []
    unread = "" if files and container.namespace == _OCF else f"{CONTAINER} names no package document"
    for path in islice(dict.fromkeys(files), MOST_PACKAGES):
        root = _xml(archive, path or "")
        if root is None or root.name != "package":
            unread = "a package document cannot be read"
        else:
            found.append(_package(path or "", root))
    if len(set(files)) > MOST_PACKAGES:
        unread = f"it has more than {MOST_PACKAGES} package documents"
    return Epub(tuple(found), unread)


def _xml(archive: _Archive, path: str) -> Element | None:
    """Give the root of an XML file in the archive; None where it cannot be unpacked, or is no XML that we read."""
    body = archive.unpacked(path)
    if body is None:
        return None
    root = read(body, doctype=True)  # OPF 2 files have one now and then
    return None if isinstance(root, Refusal) else root


def _package(path: str, root: Element) -> Package:
    prefixes = _prefixes(root.attribute("prefix") or "")
    metadata = next((child for child in root.children if child.name == "metadata"), None)
    # OPF 1.x kept them one level deeper; OEBPS readers still look there.
    holders = [metadata, *(c for c in metadata.children if c.name == "x-metadata")] if metadata else []
    metas = tuple(
        _meta(element, prefixes)
        for holder in holders
        for element in holder.children
        if element.name == "meta" and element.namespace in {OPF, ""} and element.attribute("refines") is None
    )
    return Package(path, root.attribute("version") or "", metas, metadata)


def _meta(element: Element, prefixes: dict[str, str]) -> Meta:
    prop = element.attribute("property")
    if prop is None:
        return Meta(element.attribute("name"), None, None, element.attribute("content") or "", element.line)
    prefix = prop.strip().partition(":")[0]
    return Meta(None, prop.strip(), prefixes.get(prefix), element.text, element.line)


def _prefixes(said: str) -> dict[str, str]:
    """Read `prefix="tdm: http://... foaf: http://..."`."""
    words = said.split()
    return {name[:-1]: uri for name, uri in zip(words[::2], words[1::2], strict=False) if name.endswith(":")}
