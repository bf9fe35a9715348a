"""CBOR, as far as assertions of C2PA use it: bytes in, plain values out.

Source: RFC 8949.  Read to a limit of depth and number; whatever is not understood ends the reading.
"""

import struct

Value = None | bool | int | float | str | bytes | list["Value"] | dict[str, "Value"]

DEEPEST, MOST = 16, 10_000
_BREAK = object()
_SIZES = {24: ">B", 25: ">H", 26: ">I", 27: ">Q"}
_FLOATS = {25: ">e", 26: ">f", 27: ">d"}
_SIMPLE = {20: False, 21: True, 22: None, 23: None}


class _DamagedError(Exception):
    """This is no CBOR, or more of it than is read."""


def value(data: bytes) -> Value:
    """Give the value that `data` begins with; None where there is none.  Never raises.  Keys that are no texts are left out."""
    try:
        found = _Reader(data).item(0)
    except (_DamagedError, struct.error, UnicodeDecodeError):
        return None
    return None if found is _BREAK else found  # type: ignore[return-value]


class _Reader:
    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0
        self._left = MOST

    def item(self, depth: int) -> object:
        """Give the next item; the sign that a list of unknown length ends is one too."""
        self._left -= 1
        if depth > DEEPEST or self._left < 0:
            raise _DamagedError
        (first,) = self._take(1)
        kind, detail = first >> 5, first & 31
        if kind == 7:
            return self._simple(detail)
        length = None if detail == 31 else self._length(detail)
        match kind:
            case 0 if length is not None:
                return length
            case 1 if length is not None:
                return -1 - length
            case 2:
                return self._string(length, kind, depth)
            case 3:
                return self._string(length, kind, depth).decode()
            case 4:
                return self._items(length, depth)
            case 5:
                flat = self._items(None if length is None else 2 * length, depth)
                pairs = zip(flat[::2], flat[1::2], strict=False)
                return {key: told for key, told in pairs if isinstance(key, str)}
            case 6 if length is not None:
                return self.item(depth + 1)  # a tag changes nothing in what is read here
        raise _DamagedError

    def _simple(self, detail: int) -> object:
        if detail == 31:
            return _BREAK
        if detail in _FLOATS:
            form = _FLOATS[detail]
            return struct.unpack(form, self._take(struct.calcsize(form)))[0]
        if detail in _SIMPLE:
            return _SIMPLE[detail]
        raise _DamagedError

    def _length(self, detail: int) -> int:
        if detail < 24:
            return detail
        if detail not in _SIZES:
            raise _DamagedError
        form = _SIZES[detail]
        return int(struct.unpack(form, self._take(struct.calcsize(form)))[0])

    def _string(self, length: int | None, kind: int, depth: int) -> bytes:
        if length is not None:
            return self._take(length)
        pieces = self._items(None, depth)
        wanted = bytes if kind == 2 else str
        if not all(isinstance(piece, wanted) for piece in pieces):
            raise _DamagedError
        return b"".join(p if isinstance(p, bytes) else str(p).encode() for p in pieces)

    def _items(self, length: int | None, depth: int) -> list[object]:
        found: list[object] = []
        while length is None or len(found) < length:
            item = self.item(depth + 1)
            if item is _BREAK:
                if length is None:
                    return found
                raise _DamagedError
            found.append(item)
        return found

    def _take(self, length: int) -> bytes:
        piece = self._data[self._at : self._at + length]
        if len(piece) < length:
            raise _DamagedError
        self._at += length
        return piece
