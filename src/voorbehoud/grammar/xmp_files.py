"""Where XMP packets lie in images, sound and film: the container is walked as its own specification says, nothing is searched for.

Source: ISO 16684-3 / Adobe, "XMP Specification Part 3: Storage in Files"; PNG (third edition), section 11.3.3; WebP container.
Bytes in, packets out.  Nothing raises, everything is linear, and what is packed is unpacked up to a limit.
"""

import re
import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from .extent import inflated
from .xml_tree import MOST_BYTES, Element, Refusal, read_inside

MOST_PACKETS = 8
MOST_PIECES = 20_000  # segments, chunks, blocks or frames of one file
SVG = "http://www.w3.org/2000/svg"
RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"


class Flaw(StrEnum):
    """Why not every reader finds a packet."""

    COMPRESSED = "compressed"
    OUTSIDE = "outside"  # where the container has no place for it: counts for nothing


@dataclass(frozen=True, slots=True)
class Packet:
    """One packet.  `where`: in the words of the container.  `data`: bytes, or the element where it is part of an XML file."""

    data: bytes | Element
    where: str
    flaw: Flaw | None = None
    extends: str = ""  # an extended packet of JPEG: the GUID by which the main one calls it


@dataclass(frozen=True, slots=True)
class Texts:
    """Everything found.  `whole`: every place that may hold a packet was seen.  `texts`: other international texts of a PNG."""

    packets: tuple[Packet, ...] = ()
    whole: bool = True
    texts: tuple[str, ...] = ()


class _CutError(Exception):
    """The bytes end where more should follow."""


Found = Packet | str
Walk = Callable[[bytes], Iterator[Found]]


def packets(body: bytes, truncated: bool = False) -> Texts | None:
    """Give the packets of an image, sound or film; None where the container is none that we know.  Never raises.

    A file that breaks off before its end, where the rest may hold a packet, is not `whole`.
    """
    walk = _walk(body)
    if walk is None:
        return None
    found: list[Found] = []
    whole = True
    try:
        for piece in walk(body):
            found.append(piece)
            if len(found) == 4 * MOST_PACKETS:
                break
    except _CutError:
        # What ends too early by itself is damaged: what a reader would make of that, nobody knows either.
        whole = False
    whole = whole and not (truncated and walk in _TO_THE_END)
    return Texts(
        tuple(p for p in found if isinstance(p, Packet))[:MOST_PACKETS],
        whole,
        tuple(t for t in found if isinstance(t, str)),
    )


def _walk(body: bytes) -> Walk | None:
    start = body[:16]
    for magic, walk in _MAGIC:
        if re.match(magic, start, re.DOTALL):
            return walk
    if _SVG_START.match(body[:4096]):
        return _svg
    return None


def _take(body: bytes, at: int, length: int) -> bytes:
    if at + length > len(body):
        raise _CutError
    return body[at : at + length]


# ---- JPEG --------------------------------------------------------------------------------------------------------------
_MAIN = b"http://ns.adobe.com/xap/1.0/\0"
_EXTENSION = b"http://ns.adobe.com/xmp/extension/\0"
_ALONE = frozenset({0x01, *range(0xD0, 0xD9)})


def _jpeg(body: bytes) -> Iterator[Found]:
    at, extended = 2, dict[bytes, list[tuple[int, bytes]]]()
    for _ in range(MOST_PIECES):
        if _take(body, at, 2)[0] != 0xFF:
            raise _CutError
        marker = body[at + 1]
        if marker == 0xFF:  # fill bytes
            at += 1
            continue
        if marker in _ALONE:
            at += 2
            continue
        if marker in {0xDA, 0xD9}:  # the image begins, or the file ends
            break
        length = int.from_bytes(_take(body, at + 2, 2), "big")
        segment = _take(body, at + 4, max(0, length - 2))
        at += 2 + max(2, length)
        if marker == 0xE1 and segment.startswith(_MAIN):
            yield Packet(segment[len(_MAIN) :], "JPEG, APP1")
        elif marker == 0xE1 and segment.startswith(_EXTENSION):
            inner = segment[len(_EXTENSION) :]
            if len(inner) > 40:
                offset = int.from_bytes(inner[36:40], "big")
                extended.setdefault(inner[:32], []).append((offset, inner[40:]))
    else:
        raise _CutError
    for guid, pieces in list(extended.items())[:MOST_PACKETS]:
        data = b"".join(piece for _, piece in sorted(pieces, key=lambda p: p[0]))
        if len(data) <= MOST_BYTES:
            yield Packet(data, "JPEG, extended APP1", extends=guid.decode("latin-1"))


# ---- PNG ---------------------------------------------------------------------------------------------------------------
_KEYWORD = b"XML:com.adobe.xmp"


def _png(body: bytes) -> Iterator[Found]:
    at, ended = 8, False
    for _ in range(MOST_PIECES):
        if ended and at >= len(body):
            return
        length, kind = struct.unpack(">I4s", _take(body, at, 8))
        data = _take(body, at + 8, length) if kind in {b"iTXt", b"tEXt", b"zTXt"} else b""
        at += 12 + length
        keyword, _, rest = data.partition(b"\0")
        if kind == b"iTXt" and len(rest) > 2:
            packed, method = rest[0], rest[1]
            text: bytes | None = rest[2:].split(b"\0", 2)[-1]
            if packed and text is not None:
                text = inflated(text) if method == 0 else None
            if text is None:
                raise _CutError
            if keyword == _KEYWORD:
                flaw = Flaw.OUTSIDE if ended else Flaw.COMPRESSED if packed else None
                yield Packet(text, "PNG, iTXt", flaw)
            elif not ended:
                yield text.decode("utf-8", "replace")
        elif kind in {b"tEXt", b"zTXt"} and keyword == _KEYWORD:
            yield Packet(
                rest if kind == b"tEXt" else inflated(rest[1:]) or b"", f"PNG, {kind.decode()}", Flaw.OUTSIDE
            )
        if kind == b"IEND":
            ended = True
            if not body.startswith(
                _KEYWORD, at + 8
            ):  # what follows the end is looked at only for a packet gone astray
                return
    raise _CutError


# ---- RIFF: WebP and WAV ------------------------------------------------------------------------------------------------
_HAS_XMP = 4


def _riff(body: bytes) -> Iterator[Found]:
    end = 8 + int.from_bytes(body[4:8], "little")
    wanted = b"_PMX" if body[8:12] == b"WAVE" else b"XMP "
    if wanted == b"XMP " and not (_take(body, 12, 4) == b"VP8X" and _take(body, 20, 1)[0] & _HAS_XMP):
        return  # the header of a WebP file tells that there is none
    at = 12
    for _ in range(MOST_PIECES):
        if at + 8 > end:
            return
        kind, length = struct.unpack("<4sI", _take(body, at, 8))
        if kind == wanted:
            name = "WAV" if wanted == b"_PMX" else "WebP"
            yield Packet(_take(body, at + 8, length), f"{name}, {kind.decode().strip()}")
        at += 8 + length + length % 2
    raise _CutError


# ---- GIF ---------------------------------------------------------------------------------------------------------------
_GIF_XMP = b"\x21\xff\x0bXMP DataXMP"
_TRAILER = b"\x01\xff\xfe\xfd"


def _colours(flags: int) -> int:
    return 3 * 2 ** ((flags & 7) + 1) if flags & 0x80 else 0


def _gif(body: bytes) -> Iterator[Found]:
    at = 13 + _colours(_take(body, 10, 1)[0])
    for _ in range(MOST_PIECES):
        match _take(body, at, 1)[0]:
            case 0x3B:
                return
            case 0x21 if body.startswith(_GIF_XMP, at):
                start = at + len(_GIF_XMP)
                stop = body.find(_TRAILER, start)
                if stop < 0:
                    raise _CutError
                yield Packet(body[start:stop], "GIF, application extension")
                at = stop + 258
            case 0x21:
                at = _past_blocks(body, at + 2)
            case 0x2C:
                at = _past_blocks(body, at + 11 + _colours(_take(body, at + 9, 1)[0]))
            case _:
                raise _CutError
    raise _CutError


def _past_blocks(body: bytes, at: int) -> int:
    while (size := _take(body, at, 1)[0]) != 0:
        at += 1 + size
    return at + 1


# ---- TIFF --------------------------------------------------------------------------------------------------------------
def _tiff(body: bytes) -> Iterator[Found]:
    order = "<" if body[:2] == b"II" else ">"
    (at,) = struct.unpack(order + "I", _take(body, 4, 4))
    (count,) = struct.unpack(order + "H", _take(body, at, 2))
    for n in range(count):
        tag, _, length, offset = struct.unpack(order + "HHII", _take(body, at + 2 + 12 * n, 12))
        if tag == 700:
            yield Packet(_take(body, offset, length), "TIFF, tag 700")


# ---- ISO base media: MP4, MOV; AVIF and HEIC keep theirs in an item, which is not read ------------------------------------
_XMP_UUID = bytes.fromhex("be7acfcb97a942e89c71999491e3afac")


def _boxes(body: bytes) -> Iterator[Found]:
    if body[8:12] in {b"avif", b"avis", b"heic", b"heix", b"mif1", b"msf1"}:
        raise _CutError
    at = 0
    for _ in range(MOST_PIECES):
        if at == len(body):
            return
        size, kind = struct.unpack(">I4s", _take(body, at, 8))
        head = 8
        if size == 1:
            head, size = 16, int.from_bytes(_take(body, at + 8, 8), "big")
        size = len(body) - at if size == 0 else size
        if size < head:
            raise _CutError
        if kind == b"uuid" and body.startswith(_XMP_UUID, at + head):
            yield Packet(_take(body, at + head + 16, max(0, size - head - 16)), "MP4, uuid")
        at += size
        if at > len(body):
            raise _CutError
    raise _CutError


# ---- MP3 ---------------------------------------------------------------------------------------------------------------
def _mp3(body: bytes) -> Iterator[Found]:
    version, flags = body[3], body[5]
    size = _synchsafe(_take(body, 6, 4))
    tag = _take(body, 10, size)
    if version not in {3, 4} or flags & 0x80:  # 2.2 has no private frames; unsynchronised tags are not read
        if version > 2:
            raise _CutError
        return
    at = 0
    if flags & 0x40:
        at = _synchsafe(tag[:4]) if version == 4 else 4 + int.from_bytes(tag[:4], "big")
    while at + 10 <= len(tag) and tag[at] != 0:
        raw = tag[at + 4 : at + 8]
        length = _synchsafe(raw) if version == 4 else int.from_bytes(raw, "big")
        if tag[at : at + 4] == b"PRIV":
            owner, _, data = tag[at + 10 : at + 10 + length].partition(b"\0")
            if owner == b"XMP":
                yield Packet(data, "MP3, ID3 PRIV")
        at += 10 + length


def _synchsafe(raw: bytes) -> int:
    number = 0
    for byte in raw:
        number = number << 7 | (byte & 0x7F)
    return number


# ---- SVG ---------------------------------------------------------------------------------------------------------------
_SVG_START = re.compile(rb"(?:\xef\xbb\xbf)?\s*+(?:<\?xml|<!--|<!DOCTYPE\s++svg|<(?:\w++:)?svg\b)")


def _svg(body: bytes) -> Iterator[Found]:
    found = read_inside(body, SVG, "metadata")
    if isinstance(found, Refusal):
        if found is Refusal.NOT_XML and b"<metadata" not in body and b":metadata" not in body:
            return
        raise _CutError
    for element in found:
        yield Packet(element, "SVG, metadata")


_MAGIC: tuple[tuple[bytes, Walk], ...] = (
    (rb"\xff\xd8\xff", _jpeg),
    (rb"\x89PNG\r\n\x1a\n", _png),
    (rb"RIFF....(?:WEBP|WAVE)", _riff),
    (rb"GIF8[79]a", _gif),
    (rb"II\*\0|MM\0\*", _tiff),
    (rb"....(?:ftyp|moov|wide)", _boxes),
    (rb"ID3[\2-\4]", _mp3),
)
_TO_THE_END = frozenset({_svg})
"""Containers of which a part tells nothing about the rest."""
