"""The bytes of a file of which perhaps only the beginning and the end were received."""

import io
import zlib
from dataclasses import dataclass

MOST_INFLATED = 1024 * 1024
"""Bytes that packed metadata may come to; a packet has a few thousand."""


@dataclass(frozen=True, slots=True)
class Extent:
    """`head`: the first bytes.  `tail`: the last ones, of a file of `size` bytes.  Between them there may be a gap.

    `size` is None where there was more than `head` and nobody knows how much.
    """

    head: bytes
    size: int | None
    tail: bytes = b""

    @classmethod
    def of(cls, body: bytes, tail: bytes, size: int | None, truncated: bool) -> "Extent":
        """Give what a capture holds; a tail that fits on to the body makes a whole file of it."""
        if not truncated:
            return cls(body, len(body))
        if size is None or not tail or size < len(tail):
            return cls(body, None)
        gap = size - len(tail) - len(body)
        if gap <= 0:
            return cls(body + tail[-gap:] if -gap < len(tail) else body, size)
        return cls(body, size, tail)

    @property
    def whole(self) -> bool:
        return self.size == len(self.head)

    def read(self, at: int, most: int) -> bytes | None:
        """Give up to `most` bytes from `at` on; fewer at the end of the file or where a gap begins; None inside the gap."""
        if 0 <= at < len(self.head):
            return self.head[at : at + most]
        if self.size is None:
            return None
        start = self.size - len(self.tail)
        if at >= start:
            return self.tail[at - start : at - start + most]
        return None

    def last(self, most: int) -> tuple[int, bytes] | None:
        """Give the end of the file and where it begins; None where the end was not received."""
        if self.whole:
            at = max(0, len(self.head) - most)
            return at, self.head[at:]
        if self.size is None:
            return None
        kept = self.tail[-most:]
        return self.size - len(kept), kept


class ExtentReader(io.RawIOBase):
    """A file to read for the standard library.  Raises EOFError where it asks for what was not received."""

    def __init__(self, extent: Extent) -> None:
        super().__init__()
        self._extent = extent
        self._size = extent.size or 0
        self._at = 0

    def seekable(self) -> bool:
        return True

    def readable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence]
        if base + offset < 0:
            raise ValueError("before the beginning")
        self._at = base + offset
        return self._at

    def tell(self) -> int:
        return self._at

    def read(self, size: int | None = -1, /) -> bytes:
        left = max(0, self._size - self._at)
        wanted = left if size is None or size < 0 else min(size, left)
        piece = self._extent.read(self._at, wanted) if wanted else b""
        if piece is None or len(piece) < wanted:
            raise EOFError("not received")
        self._at += len(piece)
        return piece


def inflated(packed: bytes, most: int = MOST_INFLATED, raw: bool = False) -> bytes | None:
    """Give what a zlib stream (`raw`: one without its header) unpacks to; None where it is damaged or comes to more than `most`.

    Never raises.
    """
    unpacker = zlib.decompressobj(-zlib.MAX_WBITS if raw else zlib.MAX_WBITS)
    try:
        found = unpacker.decompress(packed, most + 1)
    except zlib.error:
        return None
    return found if len(found) <= most and unpacker.eof else None
