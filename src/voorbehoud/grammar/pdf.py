"""The metadata stream of a PDF document, found through its catalog as every reader finds it.

Where that way is closed (encrypted, damaged, longer than what was received) nothing is guessed: the answer is `unread`.
Source: ISO 32000-1, sections 7.5 (file structure), 7.6 (encryption) and 14.3.2 (metadata streams).
"""

import re
from dataclasses import dataclass

from .extent import MOST_INFLATED, Extent, inflated
from .pdf_values import Name, NotAValueError, Reader, Reference, Value

HEADER_WITHIN = 1024
END_WITHIN = 2048
MOST_SECTIONS = 64  # of the cross-reference table: one for each time that the file was added to
MOST_TABLES = 20_000  # pieces that the table is in
DEEPEST = 16  # objects that it takes to read another
MOST_UNPACKED = 4 * MOST_INFLATED  # of a table or a stream of objects
MOST_OF_ALL = 4 * MOST_UNPACKED  # of everything that is unpacked of one document
MOST_PREDICTED = 2 * MOST_INFLATED  # of what has to be worked out byte by byte: half a million objects
HEAD = 128  # bytes in which the beginning of a part of the table must lie
OBJECT = 64 * 1024  # bytes in which a dictionary must end
_TRAILER = re.compile(rb"[\0\t\n\f\r ]*+trailer")
_SUBSECTION = re.compile(rb"[\0\t\n\f\r ]*+(\d{1,10})[ ]++(\d{1,10})[ ]*+[\r\n]++")
_ENTRY = re.compile(rb"(\d{10}) (\d{5}) ([nf])")
_OBJECT = re.compile(rb"[\0\t\n\f\r ]*+(\d{1,10})[\0\t\n\f\r ]++\d{1,5}[\0\t\n\f\r ]++obj")


@dataclass(frozen=True, slots=True)
class PdfMetadata:
    """`packet`: the document's metadata stream; None where it has none, or it could not be read: then `unread` says why.

    `typed`: the stream calls itself `/Type /Metadata /Subtype /XML`; many readers pass over one that does not.
    """

    packet: bytes | None = None
    typed: bool = True
    unread: str = ""


def metadata(file: Extent) -> PdfMetadata | None:
    """Give the metadata stream of the document; None where the file is no PDF.  Never raises."""
    start = file.head[:HEADER_WITHIN].find(b"%PDF-")
    if start < 0:
        return None
    if file.size is None:
        return PdfMetadata(unread="it is longer than the part that we read")
    try:
        return _Pdf(file, start).metadata()
    except _UnreadError as why:
        return PdfMetadata(unread=str(why))
    except NotAValueError:
        return PdfMetadata(unread="it is damaged")


class _UnreadError(Exception):
    """Says why something could not be read."""


DAMAGED, BEYOND = "it is damaged", "its metadata lies beyond the parts that we read"


@dataclass(frozen=True, slots=True)
class _Table:
    """A part of the cross-reference table: entries of `width` bytes for the objects from `first` on.

    `columns` None: text, 20 bytes an entry; else the lengths of the three fields of a stream.
    """

    first: int
    count: int
    data: bytes
    columns: tuple[int, int, int] | None = None

    def entry(self, number: int) -> tuple[int, int, int] | None:
        """Give the entry of an object as a stream has it: kind (0 free, 1 at an offset, 2 in a stream), then two numbers."""
        row = number - self.first
        if not 0 <= row < self.count:
            return None
        if self.columns is None:
            found = _ENTRY.match(self.data, row * 20)
            if found is None:
                raise _UnreadError(DAMAGED)
            return int(found[3] == b"n"), int(found[1]), int(found[2])
        width = sum(self.columns)
        fields, at = [], row * width
        for length in self.columns:
            fields.append(int.from_bytes(self.data[at : at + length], "big"))
            at += length
        if at > len(self.data):
            raise _UnreadError(DAMAGED)
        return (fields[0] if self.columns[0] else 1), fields[1], fields[2]


class _Pdf:
    """One document: its table, newest part first, and the dictionary that goes with it."""

    def __init__(self, file: Extent, shift: int) -> None:
        self._file = file
        self._shift = shift  # offsets count from the header
        self._tables: list[_Table] = []
        self._hybrids: list[
            tuple[range, range]
        ] = []  # of these tables, those parts are in a stream beside them
        self._trailer: dict[str, Value] = {}
        self._encrypted = False
        self._left, self._left_predicted = MOST_OF_ALL, MOST_PREDICTED
        self._open: set[int] = set()
        end = file.last(END_WITHIN)
        found = end[1].rfind(b"startxref") if end else -1
        if end is None or found < 0:
            raise _UnreadError(DAMAGED)
        self._read_tables(Reader(end[1], found + len(b"startxref")).integer())

    def metadata(self) -> PdfMetadata:
        catalog = self._resolve(self._trailer.get("Root"))
        if not isinstance(catalog, dict):
            raise _UnreadError(DAMAGED)
        pointed = catalog.get("Metadata")
        if pointed is None:
            return PdfMetadata()
        if not isinstance(pointed, Reference):
            raise _UnreadError(DAMAGED)
        found = self._object(pointed.number)
        if found is None:
            return PdfMetadata()
        entry, after = found
        if not isinstance(entry, dict) or after is None:
            raise _UnreadError(DAMAGED)
        if self._encrypted and not self._metadata_in_clear():
            raise _UnreadError("it is encrypted")
        typed = (entry.get("Type"), entry.get("Subtype")) == (Name("Metadata"), Name("XML"))
        return PdfMetadata(self._unpacked(entry, after, MOST_INFLATED), typed)

    def _metadata_in_clear(self) -> bool:
        lock = self._resolve(self._trailer.get("Encrypt"))
        return isinstance(lock, dict) and lock.get("EncryptMetadata") is False

    # ---- the cross-reference table ---------------------------------------------------------------------------------------
    def _read_tables(self, start: int) -> None:
        todo, seen = [start], set[int]()
        while todo:
            at = todo.pop(0)
            if at in seen or len(seen) == MOST_SECTIONS:
                raise _UnreadError(DAMAGED)
            seen.add(at)
            first = len(self._tables)
            trailer = self._section(at)
            if not self._trailer:
                self._trailer = trailer
            self._encrypted = self._encrypted or trailer.get("Encrypt") is not None
            # A hybrid file keeps what old readers need not see in a stream, which is looked at before what came earlier.
            stream, beside = len(self._tables), trailer.get("XRefStm")
            if isinstance(beside, int):
                self._stream_section(beside)
                self._hybrids.append((range(first, stream), range(stream, len(self._tables))))
            further = trailer.get("Prev")
            if isinstance(further, int):
                todo.append(further)

    def _section(self, at: int) -> dict[str, Value]:
        begin = Reader(self._bytes(at, HEAD))
        if not begin.take(b"xref"):
            return self._stream_section(at)
        at += begin.at
        while len(self._tables) < MOST_TABLES:
            data = self._bytes(at, HEAD)
            if (word := _TRAILER.match(data)) is not None:
                found = Reader(self._bytes(at, OBJECT), word.end()).value()
                if not isinstance(found, dict):
                    raise _UnreadError(DAMAGED)
                return found
            head = _SUBSECTION.match(data)
            if head is None:
                raise _UnreadError(DAMAGED)
            first, count = int(head[1]), int(head[2])
            at += head.end()
            rows = self._bytes(at, 20 * count) if count else b""
            if len(rows) < 20 * count:
                raise _UnreadError(BEYOND)
            self._tables.append(_Table(first, count, rows))
            at += 20 * count
        raise _UnreadError(DAMAGED)

    def _stream_section(self, at: int) -> dict[str, Value]:
        found = self._at(at, None)
        entry, after = found
        if not isinstance(entry, dict) or after is None or entry.get("Type") != Name("XRef"):
            raise _UnreadError(DAMAGED)
        widths = entry.get("W")
        if not isinstance(widths, list) or len(widths) != 3:
            raise _UnreadError(DAMAGED)
        a, b, c = (_count(width, 8) for width in widths)
        data = self._unpacked(entry, after, MOST_UNPACKED)
        index = entry.get("Index", [0, entry.get("Size")])
        if not isinstance(index, list) or a + b + c == 0:
            raise _UnreadError(DAMAGED)
        start = 0
        for first, count in zip(index[: 2 * MOST_TABLES : 2], index[1::2], strict=False):
            size = _count(count, len(data)) * (a + b + c)
            self._tables.append(_Table(_count(first), _count(count), data[start : start + size], (a, b, c)))
            start += size
        return entry

    # ---- objects -----------------------------------------------------------------------------------------------------------
    def _resolve(self, value: Value) -> Value:
        if not isinstance(value, Reference):
            return value
        found = self._object(value.number)
        return None if found is None else found[0]

    def _object(self, number: int) -> tuple[Value, int | None] | None:
        """Give an object, and where its stream begins if it is one; None where there is no such object."""
        entry = self._entry(number)
        if entry is None or entry[0] == 0:
            return None
        if number in self._open or len(self._open) == DEEPEST:
            raise _UnreadError(DAMAGED)
        self._open.add(number)
        try:
            if entry[0] == 2:
                return self._packed(number, entry[1]), None
            return self._at(entry[1], number)
        finally:
            self._open.discard(number)

    def _entry(self, number: int) -> tuple[int, int, int] | None:
        """Give the newest entry of an object."""
        for place, table in enumerate(self._tables):
            if (entry := table.entry(number)) is not None:
                beside = next((stream for tables, stream in self._hybrids if place in tables), range(0))
                if entry[0] == 0 and any(self._tables[i].entry(number) for i in beside):
                    raise _UnreadError("some readers find its metadata and others do not")  # 7.5.8.4; qpdf
                return entry
        return None

    def _at(self, at: int, number: int | None) -> tuple[Value, int | None]:
        data = self._bytes(at, OBJECT)
        head = _OBJECT.match(data)
        if head is None or (number is not None and int(head[1]) != number):
            raise _UnreadError(DAMAGED)
        reader = Reader(data, head.end())
        found = reader.value()
        if not isinstance(found, dict) or not reader.take(b"stream"):
            return found, None
        line_end = 2 if data.startswith(b"\r\n", reader.at) else 1
        return found, at + reader.at + line_end

    def _packed(self, number: int, stream: int) -> Value:
        """Give an object that lies in a stream of objects."""
        found = self._object(stream)
        entry, after = found or (None, None)
        if not isinstance(entry, dict) or after is None:
            raise _UnreadError(DAMAGED)
        if self._encrypted:
            raise _UnreadError("it is encrypted")
        data = self._unpacked(entry, after, MOST_UNPACKED)
        reader, first = Reader(data), _count(entry.get("First"), len(data))
        for _ in range(_count(entry.get("N"), len(data))):
            name, offset = reader.integer(), reader.integer()
            if name == number:
                return Reader(data, first + offset).value()
        raise _UnreadError(DAMAGED)

    # ---- bytes -------------------------------------------------------------------------------------------------------------
    def _bytes(self, at: int, most: int) -> bytes:
        data = self._file.read(at + self._shift, most)
        if data is None:
            raise _UnreadError(BEYOND)
        return data

    def _unpacked(self, entry: dict[str, Value], at: int, most: int) -> bytes:
        length = _count(self._resolve(entry.get("Length")))
        packed = self._bytes(at, length) if length else b""
        if len(packed) < length:
            raise _UnreadError(BEYOND)
        filters = self._resolve(entry.get("Filter"))
        names = filters if isinstance(filters, list) else [] if filters is None else [filters]
        if names == []:
            found: bytes | None = packed if length <= most else None
        elif names == [Name("FlateDecode")]:
            found = inflated(packed, most)
        else:
            raise _UnreadError("its metadata is packed in a way that we do not read")
        self._left -= len(found or b"")
        if found is None or self._left < 0:
            raise _UnreadError("its metadata cannot be unpacked, or is far too long")
        settings = self._resolve(entry.get("DecodeParms"))
        if isinstance(settings, list):
            settings = self._resolve(settings[0]) if settings else None
        if settings is None:
            return found
        self._left_predicted -= len(found)
        if self._left_predicted < 0:
            raise _UnreadError("its table is far too long")
        return _unpredicted(found, settings)


def _count(value: Value, most: int = 10**10) -> int:
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= most:
        return value
    raise _UnreadError(DAMAGED)


def _unpredicted(data: bytes, settings: Value) -> bytes:
    """Undo the row filters of PNG, as far as tables use them.  Source: ISO 32000-1, section 7.4.4.4; PNG, section 9."""
    if not isinstance(settings, dict):
        raise _UnreadError(DAMAGED)
    kind = _count(settings.get("Predictor", 1))
    if kind == 1:
        return data
    width = _count(settings.get("Columns", 1), 64)
    if kind < 10 or width == 0 or settings.get("Colors", 1) != 1 or settings.get("BitsPerComponent", 8) != 8:
        raise _UnreadError("its table is packed in a way that we do not read")
    above, rows = bytes(width), bytearray()
    for at in range(0, len(data) - width, width + 1):
        how, row = data[at], bytearray(data[at + 1 : at + 1 + width])
        if how == 2:  # what nearly all programs write
            row = bytearray((byte + up) & 255 for byte, up in zip(row, above, strict=True))
        for i in range(width if how not in {0, 2} else 0):
            left, up, corner = (row[i - 1], above[i], above[i - 1]) if i else (0, above[i], 0)
            row[i] = (row[i] + _predicted(how, left, up, corner)) & 255
        above = bytes(row)
        rows += above
    return bytes(rows)


def _predicted(how: int, left: int, up: int, corner: int) -> int:
    match how:
        case 1:
            return left
        case 3:
            return (left + up) // 2
        case 4:
            guess = left + up - corner
            return min((left, up, corner), key=lambda near: abs(guess - near))
    raise _UnreadError(DAMAGED)
