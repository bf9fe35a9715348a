"""One observation as a WARC 1.1 file (ISO 28500), and back.

The same observation always gives the same bytes: identifiers are derived from what they name, times are those of the
captures.  Replay tools read the request and response records; the metadata record beside each of them holds what was
received without loss, and is what a verdict is worked out from again.
"""

import gzip
import hashlib
import io
import json
import re
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote
from uuid import NAMESPACE_URL, uuid5

from ..core.evidence import Capture, Failure
from ..evaluate.observation import Observation
from . import record
from .extra import needed

NAMESPACE = uuid5(NAMESPACE_URL, "urn:voorbehoud:evidence")
VERDICT_SCHEMA = "voorbehoud.check/"
RENAMED = frozenset({"content-encoding", "content-length", "transfer-encoding"})
"""Fields that spoke of the bytes on the wire.  The body is kept decoded, so a replay tool that believed them would fail."""

TRUNCATED = {Failure.TIMEOUT: "time", Failure.RESET: "disconnect"}
LARGEST = 256 * 1024 * 1024
"""Bytes of one archive that are read, after decompression: an observation of ours is a small part of it."""

TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
ADDRESS = re.compile(r"[a-z]+://(?:[^/?#@]*@)?(?P<host>[^/?#]*)(?P<target>[^#]*)(?:#.*)?")
"""Every URL that was asked for has this form, and none makes it fail: `urlsplit` raises on `http://[`."""

BREAKS = re.compile(r"[\r\n\0]")


class ArchiveError(Exception):
    """An archive that does not hold what ours hold; the text says what is wrong with it, in English."""


@dataclass(frozen=True, slots=True)
class Archived:
    """What an archive holds: the captures in the order asked, and the verdict as it was written (`voorbehoud.check/1`)."""

    captures: tuple[Capture, ...]
    verdict: Mapping[str, Any]


def name_of(observation: Observation, number: int) -> str:
    """Give the file name for the `number`th observation of a bundle: `0001-20261124T090530Z.warc.gz`."""
    return f"{number:04}-{observation.started.astimezone(UTC):%Y%m%dT%H%M%SZ}.warc.gz"


# ---- write -----------------------------------------------------------------------------------------------------------
def write(observation: Observation, verdict: bytes, name: str) -> bytes:
    """Give the archive of `observation`.  `verdict`: its JSON document; `name`: what the file will be called."""
    with needed("evidence"):
        from warcio.warcwriter import WARCWriter
    out = io.BytesIO()
    writer = WARCWriter(out, gzip=True, warc_version="1.1")
    for made in _records(observation, verdict, name):
        writer.write_record(made)
    return out.getvalue()


def _records(observation: Observation, verdict: bytes, name: str) -> Iterator[Any]:
    make = _Maker(f"{observation.site} {observation.started.isoformat()}")
    about = {
        "software": f"voorbehoud {observation.tool}",
        "format": "WARC File Format 1.1",
        "conformsTo": "https://iipc.github.io/warc-specifications/specifications/warc-format/warc-1.1/",
        "description": f"What {_uri(observation.site)} answered, and what followed from it",
        "started": _date(observation.started),
        "finished": _date(observation.finished),
        "note": record.NOTE,
        "robots": "obeyed for pages and works; policy files are there to be read",
    }
    lines = "".join(f"{field}: {value}\r\n" for field, value in about.items())
    yield make.one("warcinfo", "application/warc-fields", lines.encode(), observation.started, filename=name)
    for capture in observation.captures:
        yield from _records_of(capture, make)
    yield make.one(
        "metadata", "application/json", verdict, observation.verdict.checked, url=observation.site + "/"
    )


def _records_of(capture: Capture, make: "_Maker") -> Iterator[Any]:
    """Yield what a replay tool shows of a capture, and the record of it without loss."""
    for hop in capture.hops:
        asked = make.one("request", REQUEST, _request(hop.url, capture), hop.at, url=hop.url, payload=b"")
        answered = make.one(
            "response", RESPONSE, _head(hop.status, hop.headers), hop.at, url=hop.url, payload=b"",
            truncated="unspecified", concurrent=make.identity(asked),
        )  # fmt: skip
        yield from (asked, answered)
    concurrent = None
    if capture.status is None and capture.body:
        kept = make.one("resource", "application/octet-stream", capture.body, capture.at, url=capture.url)
        concurrent = make.identity(kept)
        yield kept
    elif capture.status is not None:
        asked = make.one(
            "request", REQUEST, _request(capture.url, capture), capture.at, url=capture.url, payload=b"",
            address=capture.address,
        )  # fmt: skip
        concurrent = make.identity(asked)
        block = _head(capture.status, capture.headers) + capture.body
        answered = make.one(
            "response", RESPONSE, block, capture.at, url=capture.url, payload=capture.body,
            address=capture.address, truncated=_truncated(capture), concurrent=concurrent,
        )  # fmt: skip
        yield from (asked, answered)
        concurrent = make.identity(answered)
    yield make.one(
        "metadata", "application/json", record.dumps(capture), capture.at, url=capture.url,
        address=capture.address, concurrent=concurrent,
    )  # fmt: skip


REQUEST, RESPONSE = "application/http;msgtype=request", "application/http;msgtype=response"


class _Maker:
    """Makes the records of one observation; each identifier follows from the observation, the place and the content."""

    def __init__(self, of: str) -> None:
        self._of = of
        self._made = 0
        self._info: str | None = None

    def one(
        self,
        kind: str,
        content_type: str,
        block: bytes,
        at: datetime,
        *,
        url: str | None = None,
        payload: bytes | None = None,
        address: str | None = None,
        truncated: str | None = None,
        concurrent: str | None = None,
        filename: str | None = None,
    ) -> Any:
        from warcio.recordloader import ArcWarcRecord
        from warcio.statusandheaders import StatusAndHeaders

        self._made += 1
        digest = _digest(block)
        identity = f"<urn:uuid:{uuid5(NAMESPACE, f'{self._of} {self._made} {kind} {digest}')}>"
        fields = {
            "WARC-Type": kind,
            "WARC-Record-ID": identity,
            "WARC-Warcinfo-ID": self._info,
            "WARC-Filename": filename,
            "WARC-Date": _date(at),
            "WARC-Target-URI": None if url is None else _uri(url),
            "WARC-IP-Address": address if address is None else _line(address),
            "WARC-Concurrent-To": concurrent,
            "WARC-Truncated": truncated,
            "WARC-Block-Digest": digest,
            "WARC-Payload-Digest": None
            if kind == "warcinfo"
            else _digest(block if payload is None else payload),
        }
        self._info = self._info or identity
        lines = [(field, value) for field, value in fields.items() if value is not None]
        head = StatusAndHeaders("", lines, protocol="WARC/1.1")
        # Made without http_headers: warcio would parse them, and write them anew in ASCII.
        return ArcWarcRecord("warc", kind, head, io.BytesIO(block), None, content_type, len(block))

    @staticmethod
    def identity(made: Any) -> str:
        found: str = made.rec_headers.get_header("WARC-Record-ID")
        return found


def _request(url: str, capture: Capture) -> bytes:
    address = ADDRESS.fullmatch(_uri(url))
    host, target = (address["host"], address["target"]) if address else ("", "/")
    target = target if target.startswith("/") else f"/{target}"
    agent = f"User-Agent: {_line(capture.agent)}\r\n" if capture.agent else ""
    line = f"{_line(capture.method)} {target} HTTP/1.1\r\nHost: {host}\r\n{agent}\r\n"
    return line.encode("latin-1", "replace")


def _head(status: int, headers: tuple[tuple[str, str], ...]) -> bytes:
    """Give status line and header lines as a replay tool takes them: every line whole, none that speaks of other bytes."""
    lines = [f"HTTP/1.1 {status} "]
    for name, value in headers:
        if TOKEN.fullmatch(name):  # any other line would end up as part of its neighbour
            kept = f"X-Archive-Orig-{name}" if name.lower() in RENAMED else name
            lines.append(f"{kept}: {_line(value)}")
    return "".join(f"{line}\r\n" for line in (*lines, "")).encode("latin-1", "replace")


def _truncated(capture: Capture) -> str | None:
    if capture.failure is not None:
        return TRUNCATED.get(capture.failure, "unspecified")
    return "length" if capture.truncated else None


def _line(value: str) -> str:
    # RFC 9110, section 5.5: CR, LF and NUL are replaced by a space before a field is passed on.
    return BREAKS.sub(" ", value).strip(" \t")


def _uri(url: str) -> str:
    return quote(url, safe="%:/?#[]@!$&'()*+,;=-._~", errors="surrogatepass")


def _date(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%fZ}"


def _digest(block: bytes) -> str:
    return f"sha256:{hashlib.sha256(block).hexdigest()}"


# ---- read ------------------------------------------------------------------------------------------------------------
SHOWN = ("WARC-Type", "WARC-Target-URI", "WARC-Date", "WARC-IP-Address", "WARC-Truncated", "Content-Type")
"""What replay tools go by beside the content of a record; no digest covers it."""

Fields = tuple[str | None, ...]


def read(body: bytes) -> Archived:
    """Give what `write` put into an archive.  Raises ArchiveError, and nothing else, where it is not one of ours.

    Every digest in it is checked, and that what replay tools show is what `write` makes of the lossless record that follows,
    no more and no less.
    """
    captures: list[Capture] = []
    verdict: Mapping[str, Any] | None = None
    shown: list[tuple[Fields, bytes]] = []
    try:
        for fields, block in _blocks(_unpacked(body)):
            if verdict is not None:
                raise ArchiveError("something stands behind the verdict")
            if fields[0] != "metadata":
                shown += [(fields, block)] if fields[0] != "warcinfo" else []
                continue
            told = json.loads(block)
            if str(told["schema"]).startswith(VERDICT_SCHEMA):
                verdict = told
                continue
            last, content = shown[-1] if shown else (("",), b"")
            answer = content if last[0] == "resource" else content.partition(b"\r\n\r\n")[2]
            capture = record.loads(told, answer)
            *made, itself = _records_of(capture, _Maker(""))
            if _fields(itself) != fields or [(_fields(one), one.raw_stream.read()) for one in made] != shown:
                raise ArchiveError(f"what it shows of {capture.asked} is not what is recorded beside it")
            captures.append(capture)
            shown.clear()
    except (ValueError, TypeError, AttributeError, LookupError, ArithmeticError, RecursionError) as error:
        raise ArchiveError(f"{type(error).__name__}: {error}") from error
    if verdict is None:
        raise ArchiveError("it holds no verdict")
    if shown:
        raise ArchiveError("it shows what is recorded nowhere")
    return Archived(tuple(captures), verdict)


def _fields(one: Any) -> Fields:
    return (*(one.rec_headers.get_header(name) for name in SHOWN[:-1]), one.content_type)


def _blocks(warc: bytes) -> Iterator[tuple[Fields, bytes]]:
    """Yield the fields that count and the content of every record, each held against its digests."""
    with needed("evidence"):
        from warcio.archiveiterator import ArchiveIterator
        from warcio.exceptions import ArchiveLoadFailed
    try:
        for found in ArchiveIterator(io.BytesIO(warc), no_record_parse=True):
            field = found.rec_headers.get_header
            block = found.raw_stream.read()
            if field("WARC-Block-Digest") != _digest(block):
                raise ArchiveError(f"record {field('WARC-Record-ID')} does not have the digest that it names")
            said = field("WARC-Payload-Digest")
            http = found.rec_type in {"request", "response"}
            payload = block.partition(b"\r\n\r\n")[2] if http else block
            if said is not None and said != _digest(payload):
                raise ArchiveError(
                    f"record {field('WARC-Record-ID')} does not have the payload digest that it names"
                )
            yield _fields(found), block
    except (ArchiveLoadFailed, EOFError, OSError) as error:
        raise ArchiveError(str(error).strip() or type(error).__name__) from error


def _unpacked(body: bytes) -> bytes:
    """Give the records of a compressed archive.  Raises ArchiveError where it is damaged or too large."""
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(body)) as members:
            records = members.read(LARGEST + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise ArchiveError(f"it cannot be decompressed ({error})") from error
    if len(records) > LARGEST:
        raise ArchiveError(f"it is larger than {LARGEST:,} bytes")
    return records
