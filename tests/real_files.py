"""Small works from real encoders, with metadata in them: what the vectors call `file`.

A mapping with `type` (pdf, epub, jpeg, png, webp, gif, tiff, svg, mp4, mp3, wav, bytes) and what is special about it:

`xmp`        a packet: a text as it is, or a mapping with `attributes` and `inner` of its rdf:Description and other prefixes
             in `xmlns`.  `packets`: several of them.
pdf          `typed: false`; `encrypted: all | clear` (clear: the metadata is not); `objects: true` (object streams);
             `cut: true`, a stretch of the file is missing; `startxref: false`.
epub         `opf`: the package document, or several by path; `container: false`; `comment`.
png          `place: compressed | text | after`.  webp: `announced: false`, its header does not tell of the packet.
jpeg         `extended`: a second packet, kept apart and called by its GUID; `stray: true`: by another one.
             `c2pa`: assertions, data by label, in a manifest that nobody signed; `later` tells how many manifests follow it; `split`: in two segments.
`signed`     a file of tests/files/c2pa, signed by c2pa-python; nothing else counts then.
svg          `doctype`, `around`: what stands before `<metadata>`.
"""

import hashlib
import io
import struct
import zipfile
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pikepdf
from PIL import Image

from voorbehoud.core.artifact import MediaTag
from voorbehoud.core.evidence import Kind

PREFIXES = {
    "tdm": "http://www.w3.org/ns/tdmrep/",
    "plus": "http://ns.useplus.org/ldf/xmp/1.0/",
    "xmpRights": "http://ns.adobe.com/xap/1.0/rights/",
    "Iptc4xmpExt": "http://iptc.org/std/Iptc4xmpExt/2008-02-29/",
    "pdfaid": "http://www.aiim.org/pdfa/ns/id/",
    "rsl": "https://rslstandard.org/rsl",
}
SIGNED = Path(__file__).parent / "files" / "c2pa"
TYPES = {
    "pdf": (Kind.DOCUMENT, "application/pdf"),
    "epub": (Kind.DOCUMENT, "application/epub+zip"),
    "jpeg": (Kind.IMAGE, "image/jpeg"),
    "png": (Kind.IMAGE, "image/png"),
    "webp": (Kind.IMAGE, "image/webp"),
    "gif": (Kind.IMAGE, "image/gif"),
    "tiff": (Kind.IMAGE, "image/tiff"),
    "svg": (Kind.IMAGE, "image/svg+xml"),
    "mp4": (Kind.VIDEO, "video/mp4"),
    "mp3": (Kind.AUDIO, "audio/mpeg"),
    "wav": (Kind.AUDIO, "audio/wav"),
}
CONTAINER = """<?xml version="1.0"?>
<container version="1.0" xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles>
{rootfiles}</rootfiles></container>"""


@dataclass(frozen=True)
class Made:
    """A file, and how a server would send it."""

    body: bytes
    kind: Kind
    media_type: str
    path: str


def made(spec: Mapping[str, Any]) -> Made:
    """Give the file that `spec` describes."""
    name = spec["type"]
    kind, media_type = TYPES[name]
    if "signed" in spec:
        return Made((SIGNED / spec["signed"]).read_bytes(), kind, media_type, f"/werk/1.{name}")
    make: Any = {"pdf": pdf, "epub": epub}.get(name, lambda given: picture(name, given))
    return Made(make(spec), kind, media_type, f"/werk/1.{name}")


def tagged(media_type: str, tags: Iterable[MediaTag]) -> bytes:
    """Give a file of that type in which `tags` were placed: what `embed` will do to works."""
    name = next(key for key, (_, known) in TYPES.items() if known == media_type)
    (first, *_) = tags = tuple(tags)
    if first.namespace == "cawg.training-mining":
        entries = {tag.name: {"use": tag.value} for tag in tags}
        return made({"type": name, "c2pa": {first.namespace: {"entries": entries}}}).body
    if name == "epub":
        (namespace,) = {tag.namespace for tag in tags}
        metas = "".join(f'<meta property="x:{tag.name}">{tag.value}</meta>' for tag in tags)
        return epub({"opf": opf(metas, f'prefix="x: {namespace}"')})
    spaces = {f"n{n}": tag.namespace for n, tag in enumerate(tags)}
    inner = "".join(f"<n{n}:{tag.name}>{tag.value}</n{n}:{tag.name}>" for n, tag in enumerate(tags))
    return made({"type": name, "xmp": {"inner": inner, "xmlns": spaces}}).body


# ---- XMP ---------------------------------------------------------------------------------------------------------------
def packet(said: Any) -> bytes:
    """Give a packet with its wrapper and padding."""
    if isinstance(said, str):
        return said.encode()
    spaces = PREFIXES | said.get("xmlns", {})
    declared = " ".join(f'xmlns:{prefix}="{uri}"' for prefix, uri in spaces.items())
    return (
        f'<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>\n<x:xmpmeta xmlns:x="adobe:ns:meta/">'
        f'<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">\n<rdf:Description rdf:about="" {declared}\n'
        f"{said.get('attributes', '')}>{said.get('inner', '')}</rdf:Description>{said.get('more', '')}</rdf:RDF></x:xmpmeta>\n"
        f'{" " * 200}<?xpacket end="w"?>'
    ).encode()


def packets(spec: Mapping[str, Any]) -> list[bytes]:
    return [packet(said) for said in spec.get("packets", [spec["xmp"]] if "xmp" in spec else [])]


# ---- documents ---------------------------------------------------------------------------------------------------------
def pdf(spec: Mapping[str, Any]) -> bytes:
    document = pikepdf.new()
    document.add_blank_page()
    for xmp in packets(spec):
        stream = pikepdf.Stream(document, xmp)
        if spec.get("typed", True):
            stream.Type, stream.Subtype = pikepdf.Name.Metadata, pikepdf.Name.XML
        document.Root.Metadata = document.make_indirect(stream)
    settings: dict[str, Any] = {}
    if "encrypted" in spec:
        settings["encryption"] = pikepdf.Encryption(owner="x", user="", metadata=spec["encrypted"] == "all")
    if spec.get("objects"):
        settings["object_stream_mode"] = pikepdf.ObjectStreamMode.generate
    out = io.BytesIO()
    document.save(
        out, fix_metadata_version=False, linearize=spec.get("linear", False), deterministic_id="encrypted" not in spec, **settings
    )  # fmt: skip
    body = out.getvalue()
    if spec.get("startxref") is False:
        body = body.replace(b"startxref", b"startxxxx")
    if spec.get("cut"):
        body = body[: len(body) // 3] + body[len(body) // 2 :]
    return body


def opf(metas: str, attributes: str = "", version: str = "3.0") -> str:
    """Give a package document with `metas` in its metadata."""
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<package xmlns="http://www.idpf.org/2007/opf" version="{version}" {attributes}>\n'
        f'<metadata xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>Boek</dc:title>{metas}</metadata>\n'
        "<manifest/><spine/></package>"
    )


def epub(spec: Mapping[str, Any]) -> bytes:
    given = spec["opf"]
    if isinstance(given, Mapping) and "metas" in given:
        given = opf(given["metas"], given.get("attributes", ""), given.get("version", "3.0"))
    files = {"OEBPS/content.opf": given} if isinstance(given, str) else dict(given)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("mimetype", "application/epub+zip", zipfile.ZIP_STORED)
        if spec.get("container", True):
            rootfiles = "".join(
                f'<rootfile full-path="{path}" media-type="application/oebps-package+xml"/>' for path in files
            )
            archive.writestr("META-INF/container.xml", CONTAINER.format(rootfiles=rootfiles))
        for path, text in files.items():
            if isinstance(text, Mapping):
                text = opf(text["metas"], text.get("attributes", ""), text.get("version", "3.0"))
            method = {"bzip2": zipfile.ZIP_BZIP2}.get(spec.get("packed", ""), zipfile.ZIP_DEFLATED)
            archive.writestr(path, text + " " * spec.get("padding", 0), method)
    return out.getvalue()


# ---- images, sound, film -----------------------------------------------------------------------------------------------
@cache
def bare(name: str) -> bytes:
    """Give a small work without metadata, from Pillow where that writes it."""
    if name in {"jpeg", "png", "webp", "gif", "tiff"}:
        out = io.BytesIO()
        Image.linear_gradient("L").resize((32, 24)).convert("RGB").save(out, name)
        return out.getvalue()
    if name == "mp4":
        return (
            _box(b"ftyp", b"isom\0\0\2\0isommp41")
            + _box(b"moov", _box(b"mvhd", bytes(100)))
            + _box(b"mdat", bytes(64))
        )
    if name == "mp3":
        return b"\xff\xfb\x90\x64" + bytes(413)
    assert name == "wav"
    sound = struct.pack("<4sIHHIIHH4sI", b"fmt ", 16, 1, 1, 8000, 16000, 2, 16, b"data", 64) + bytes(64)
    return b"RIFF" + struct.pack("<I", 4 + len(sound)) + b"WAVE" + sound


def picture(name: str, spec: Mapping[str, Any]) -> bytes:
    """Give a work with the packets of `spec` where its container keeps them."""
    if name == "svg":
        return _svg(spec)
    place: Any = {
        "jpeg": _into_jpeg, "png": _into_png, "webp": _into_webp, "wav": _into_wav, "gif": _into_gif, "tiff": _into_tiff,
        "mp4": lambda body, spec: body + b"".join(_box(b"uuid", bytes.fromhex("be7acfcb97a942e89c71999491e3afac") + p) for p in packets(spec)),
        "mp3": _into_mp3,
    }[name]  # fmt: skip
    body: bytes = place(bare(name), spec)
    return body


def _box(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I4s", 8 + len(data), kind) + data


def _segment(data: bytes) -> bytes:
    return b"\xff\xe1" + struct.pack(">H", len(data) + 2) + data


def _into_jpeg(body: bytes, spec: Mapping[str, Any]) -> bytes:
    found = packets(spec)
    more = b""
    if "extended" in spec:
        further = packet(spec["extended"]).replace(b"<?xpacket", b"<?padding")
        guid = hashlib.md5(further).hexdigest().upper()  # noqa: S324 (the XMP specification names the packet so)
        called = "0" * 32 if spec.get("stray") else guid
        found[0] = found[0].replace(
            b"<rdf:Description ",
            f'<rdf:Description xmlns:n="http://ns.adobe.com/xmp/note/" n:HasExtendedXMP="{called}" '.encode(), 1,
        )  # fmt: skip
        half = len(further) // 2
        for at, piece in ((half, further[half:]), (0, further[:half])):  # the order of the pieces is free
            head = (
                b"http://ns.adobe.com/xmp/extension/\0" + guid.encode() + struct.pack(">II", len(further), at)
            )
            more += _segment(head + piece)
    if "c2pa" in spec:
        store = _store(spec["c2pa"], spec.get("later", 0))
        half = len(store) // 2 if spec.get("split") else len(store)
        pieces = [store[:half], store[:8] + store[half:]] if spec.get("split") else [store]
        for number, piece in enumerate(pieces, 1):
            more += b"\xff\xeb" + struct.pack(">H2sHI", len(piece) + 10, b"JP", 1, number) + piece
    main = b"".join(_segment(b"http://ns.adobe.com/xap/1.0/\0" + xmp) for xmp in found)
    return body[:2] + main + more + body[2:]


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def _into_png(body: bytes, spec: Mapping[str, Any]) -> bytes:
    place = spec.get("place", "")
    pieces = b""
    for xmp in packets(spec):
        if place == "text":
            pieces += _chunk(b"tEXt", b"XML:com.adobe.xmp\0" + xmp)
        elif place == "compressed":
            pieces += _chunk(b"iTXt", b"XML:com.adobe.xmp\0\1\0\0\0" + zlib.compress(xmp))
        else:
            pieces += _chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + xmp)
    for text in spec.get("texts", ()):
        pieces += _chunk(b"iTXt", b"License\0\0\0\0\0" + text.encode())
    return body + pieces if place == "after" else body[:33] + pieces + body[33:]


def _into_webp(body: bytes, spec: Mapping[str, Any]) -> bytes:
    for xmp in packets(spec):
        out = io.BytesIO()
        Image.open(io.BytesIO(body)).save(out, "webp", xmp=xmp)
        body = out.getvalue()
        if not spec.get("announced", True):
            body = body[:20] + bytes([body[20] & ~4]) + body[21:]
    return body


def _into_wav(body: bytes, spec: Mapping[str, Any]) -> bytes:
    for xmp in packets(spec):
        body += b"_PMX" + struct.pack("<I", len(xmp)) + xmp + b"\0" * (len(xmp) % 2)
    return body[:4] + struct.pack("<I", len(body) - 8) + body[8:]


def _into_gif(body: bytes, spec: Mapping[str, Any]) -> bytes:
    trailer = b"\1" + bytes(range(255, -1, -1)) + b"\0"
    pieces = b"".join(b"\x21\xff\x0bXMP DataXMP" + xmp + trailer for xmp in packets(spec))
    return body[:-1] + pieces + b";"


def _into_tiff(body: bytes, spec: Mapping[str, Any]) -> bytes:
    for xmp in packets(spec):
        image = Image.open(io.BytesIO(body))
        out = io.BytesIO()
        image.save(out, "tiff", tiffinfo={700: xmp})
        body = out.getvalue()
    return body


def _into_mp3(body: bytes, spec: Mapping[str, Any]) -> bytes:
    frames = b""
    for xmp in packets(spec):
        data = b"XMP\0" + xmp
        frames += b"PRIV" + struct.pack(">IH", len(data), 0) + data
    size = len(frames)
    synchsafe = bytes(size >> shift & 0x7F for shift in (21, 14, 7, 0))
    return (b"ID3\3\0\0" + synchsafe + frames if frames else b"") + body


def _svg(spec: Mapping[str, Any]) -> bytes:
    inner = b"".join(xmp[xmp.find(b"<x:xmpmeta") : xmp.find(b"</x:xmpmeta>") + 12] for xmp in packets(spec))
    return (
        f'<?xml version="1.0"?>{spec.get("doctype", "")}<svg xmlns="http://www.w3.org/2000/svg">{spec.get("around", "")}<metadata>'
    ).encode() + inner + b'</metadata><path d="M0 0"/></svg>'  # fmt: skip


# ---- C2PA --------------------------------------------------------------------------------------------------------------
def _store(said: Mapping[str, Any], later: int) -> bytes:
    """Give a store with a manifest that holds the assertions, and `later` empty ones after it; none is signed."""
    holder = [_jumb(label, _box(b"cbor", _cbor(data))) for label, data in said.items()]
    manifests = _jumb("urn:c2pa:1", _jumb("c2pa.assertions", *holder))
    return _jumb("c2pa", manifests + _jumb("urn:c2pa:2", _jumb("c2pa.assertions")) * later)


def _jumb(label: str, *inner: bytes) -> bytes:
    return _box(b"jumb", _box(b"jumd", bytes(16) + b"\3" + label.encode() + b"\0") + b"".join(inner))


def _cbor(data: Any) -> bytes:
    if isinstance(data, Mapping):
        return _cbor_head(5, len(data)) + b"".join(_cbor(part) for pair in data.items() for part in pair)
    text = str(data).encode()
    return _cbor_head(3, len(text)) + text


def _cbor_head(kind: int, length: int) -> bytes:
    return bytes([kind << 5 | length]) if length < 24 else bytes([kind << 5 | 24, length])
