"""The assertions of the active manifest of C2PA in a JPEG, PNG or WebP file: bytes in, values out.

Source: C2PA specification 2.2, sections 11 and A.3 (where the store lies); ISO 19566-5 (JUMBF boxes).
Nothing is validated: neither signature, nor hashes, nor whether the file was changed since.
"""

import json
import struct
from collections.abc import Iterator
from dataclasses import dataclass

from . import cbor
from .cbor import Value

MOST_STORE = 4 * 1024 * 1024
MOST_BOXES = 10_000
DEEPEST = 8


@dataclass(frozen=True, slots=True)
class Assertion:
    """One assertion.  `label`: without the number that tells several of one kind apart."""

    label: str
    data: Value


@dataclass(frozen=True, slots=True)
class Box:
    """A superbox with its label, the boxes in it, and the data of its content boxes by type."""

    label: str
    boxes: tuple["Box", ...]
    contents: tuple[tuple[bytes, bytes], ...]


def assertions(body: bytes) -> tuple[Assertion, ...] | None:
    """Give the assertions of the active manifest, the last one in the store; None where the file has no store.  Never raises.

    Manifests before it belong to ingredients and earlier versions, and say nothing about this file.
    """
    data = _store(body)
    if not data:
        return None
    roots = tuple(_boxes(data, 0, [MOST_BOXES]))
    manifests = [box for root in roots if root.label == "c2pa" for box in root.boxes]
    if not manifests:
        return None
    holders = [box for box in manifests[-1].boxes if box.label == "c2pa.assertions"]
    return tuple(
        Assertion(box.label.partition("__")[0], _value(kind, content))
        for holder in holders
        for box in holder.boxes
        for kind, content in box.contents[:1]
    )


def _value(kind: bytes, content: bytes) -> Value:
    if kind == b"cbor":
        return cbor.value(content)
    if kind == b"json":
        try:
            found: Value = json.loads(content)
        except (ValueError, RecursionError):
            return None
        return found
    return None


# ---- where the store lies ----------------------------------------------------------------------------------------------
def _store(body: bytes) -> bytes:
    if body.startswith(b"\xff\xd8\xff"):
        return _of_jpeg(body)
    if body.startswith(b"\x89PNG\r\n\x1a\n"):
        return _chunk(body, 8, ">I4s", b"caBX", head_first=False)
    if body.startswith(b"RIFF") and body[8:12] == b"WEBP":
        return _chunk(body, 12, "<4sI", b"C2PA", head_first=True)
    return b""


def _of_jpeg(body: bytes) -> bytes:
    at, pieces, room = 2, dict[bytes, list[tuple[int, bytes]]](), MOST_STORE
    while body[at : at + 1] == b"\xff" and at + 4 <= len(body) and body[at + 1] not in {0xDA, 0xD9}:
        length = int.from_bytes(body[at + 2 : at + 4], "big")
        segment = body[at + 4 : at + 2 + length]
        if body[at + 1] == 0xEB and segment.startswith(b"JP") and len(segment) > 16:
            number = int.from_bytes(segment[4:8], "big")
            # Every segment repeats the head of the box (8 bytes); it counts once.
            data = segment[8:] if number == 1 else segment[16:]
            room -= len(data)
            if room < 0:
                return b""
            pieces.setdefault(segment[2:4], []).append((number, data))
        at += 2 + max(2, length)
    stores = (b"".join(data for _, data in sorted(found)) for found in pieces.values())
    return next((store for store in stores if store[4:8] == b"jumb"), b"")


def _chunk(body: bytes, at: int, form: str, wanted: bytes, head_first: bool) -> bytes:
    for _ in range(MOST_BOXES):
        if at + 8 > len(body):
            break
        fields = struct.unpack_from(form, body, at)
        kind, length = fields if head_first else fields[::-1]
        if kind == wanted:
            return body[at + 8 : at + 8 + length] if length <= MOST_STORE else b""
        at += 8 + length + (length % 2 if head_first else 4)
    return b""


# ---- boxes -------------------------------------------------------------------------------------------------------------
def _boxes(data: bytes, depth: int, left: list[int]) -> Iterator[Box]:
    """Yield the superboxes in `data`; one that is longer than what holds it ends the reading."""
    for kind, content in _split(data, left):
        if kind == b"jumb" and depth < DEEPEST:
            yield _superbox(content, depth, left)


def _superbox(data: bytes, depth: int, left: list[int]) -> Box:
    label, inner, contents = "", list[Box](), list[tuple[bytes, bytes]]()
    for kind, content in _split(data, left):
        if kind == b"jumd":
            if len(content) > 17 and content[16] & 2:
                label = content[17:].partition(b"\0")[0].decode("utf-8", "replace")
        elif kind == b"jumb":
            if depth < DEEPEST:
                inner.append(_superbox(content, depth + 1, left))
        else:
            contents.append((kind, content))
    return Box(label, tuple(inner), tuple(contents))


def _split(data: bytes, left: list[int]) -> Iterator[tuple[bytes, bytes]]:
    at = 0
    while at + 8 <= len(data) and left[0] > 0:
        left[0] -= 1
        size, kind = struct.unpack_from(">I4s", data, at)
        head = 8
        if size == 1 and at + 16 <= len(data):
            head, size = 16, int.from_bytes(data[at + 8 : at + 16], "big")
        size = len(data) - at if size == 0 else size
        if size < head or at + size > len(data):
            return
        yield kind, data[at + head : at + size]
        at += size
