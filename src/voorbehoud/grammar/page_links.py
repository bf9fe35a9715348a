"""The addresses that a page links to or shows, for sampling."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import quote, urljoin, urlsplit, urlunsplit

from ..core.evidence import Kind
from .tags import Tag, is_xml, tags
from .text_encoding import decode

READ = 1024 * 1024  # bytes of a page
MOST_LINKS = 2000
LONGEST_URL = 2000  # characters; beyond that servers refuse

_ENDINGS = {
    Kind.IMAGE: "avif bmp gif heic ico jfif jpeg jpg jxl png svg tif tiff webp",
    Kind.AUDIO: "aac aif aiff flac m4a mid mp3 oga ogg opus wav wma",
    Kind.VIDEO: "avi m4v mkv mov mp4 mpeg mpg ogv webm wmv",
    Kind.DOCUMENT: "csv doc docx epub mobi odp ods odt pdf ppt pptx rtf txt xls xlsx zip",
}
_BY_EXTENSION = {ending: kind for kind, endings in _ENDINGS.items() for ending in endings.split()}
_BY_TYPE = {"image": Kind.IMAGE, "audio": Kind.AUDIO, "video": Kind.VIDEO}
_CANDIDATE = re.compile(r"[\s,]*+(\S++)([^,(]*+(?:\([^)]*+\)?[^,(]*+)*+)")
_SAFE = "!$&'()*+,-./:;=?@_~%[]"


@dataclass(frozen=True, slots=True)
class Link:
    """An absolute http(s) URL without fragment, in ASCII, and what to expect there."""

    url: str
    kind: Kind


def links(body: bytes, base_url: str, content_type: str = "") -> tuple[Link, ...]:
    """Give what a page links to and shows, each address once, in the order of the page.  Never raises.

    `base_url`: the address that answered; a `<base href>` in the page goes before it.  Reads at most 1 MiB of the page
    and stops at 2,000 addresses; those with a name and password in them are left out.
    """
    base, pointed = base_url, list[tuple[str, Kind]]()
    based, templates = False, 0
    around = Kind.VIDEO
    for tag in tags(decode(body[:READ], content_type), is_xml(content_type)):
        if tag.name == "template":
            templates = max(0, templates + (-1 if tag.end else 1))
        if tag.end or templates:
            continue
        if tag.name == "base" and not based and (href := tag.attributes().get("href")) is not None:
            base, based = resolve(base_url, href) or base_url, True
        if tag.name in {"audio", "video"}:
            around = Kind(tag.name)
        pointed.extend(_pointed(tag, around))
        if len(pointed) > 2 * MOST_LINKS:
            break
    found: dict[str, Kind] = {}
    for address, kind in dict.fromkeys(pointed):  # the same menu again and again: resolving is what costs
        url = resolve(base, address)
        if url is not None:
            found.setdefault(url, kind)
    return tuple(Link(url, kind) for url, kind in found.items())[:MOST_LINKS]


def _pointed(tag: Tag, around: Kind) -> Iterator[tuple[str, Kind]]:
    """Yield the addresses of one start tag.  `around`: the kind of the last media element, for its `<source>`."""
    match tag.name:
        case "a" | "area":
            given = tag.attributes()
            if "href" in given:
                yield given["href"], kind_of(given["href"], given.get("type", ""), Kind.PAGE)
        case "img":
            given = tag.attributes()
            if "src" in given:
                yield given["src"], Kind.IMAGE
            yield from ((url, Kind.IMAGE) for url in candidates(given.get("srcset", "")))
        case "source":
            given = tag.attributes()
            if "src" in given:
                yield given["src"], kind_of(given["src"], given.get("type", ""), around)
            yield from ((url, Kind.IMAGE) for url in candidates(given.get("srcset", "")))
        case "audio" | "video":
            given = tag.attributes()
            if "src" in given:
                yield given["src"], Kind(tag.name)
            if "poster" in given:
                yield given["poster"], Kind.IMAGE
        case "embed" | "object":
            given = tag.attributes()
            address = given.get("src" if tag.name == "embed" else "data")
            if address is not None:
                yield address, kind_of(address, given.get("type", ""), Kind.DOCUMENT)


def kind_of(address: str, media_type: str, otherwise: Kind) -> Kind:
    """Tell what to expect at an address, from the ending of its path, else from the media type that the page gives."""
    path = re.split("[?#]", address, maxsplit=1)[0]
    name, dot, ending = path.rpartition("/")[2].strip().rpartition(".")
    by_ending = _BY_EXTENSION.get(ending.lower()) if name and dot else None
    return by_ending or _BY_TYPE.get(media_type.partition("/")[0].strip().lower(), otherwise)


def candidates(srcset: str) -> Iterator[str]:
    """Yield the addresses of a `srcset`; a comma inside an address is part of it (HTML, 4.8.4.2.2)."""
    position = 0
    while match := _CANDIDATE.match(srcset, position):
        position = match.end()
        if match[1].endswith(","):  # no descriptor: the next candidate follows at once
            position = match.end(1)
        yield match[1].rstrip(",")


def resolve(base: str, address: str) -> str | None:
    """Give the absolute http(s) URL of `address` without fragment, in ASCII; None where it has none."""
    address = re.sub("[\t\n\r]", "", address).strip(" \f")
    if len(address) > LONGEST_URL:
        return None
    try:
        parts = urlsplit(urljoin(base, address.partition("#")[0]))
        if parts.scheme not in {"http", "https"} or not parts.hostname or "@" in parts.netloc:
            return None
        host = parts.hostname
        if not host.isascii():
            host = host.encode("idna").decode("ascii")
        if not re.fullmatch(r"[a-z0-9._-]+|[0-9a-f:.]+", host):
            return None
        netloc = f"[{host}]" if ":" in host else host
        if parts.port not in {None, {"http": 80, "https": 443}[parts.scheme]}:
            netloc += f":{parts.port}"
    except ValueError:  # brackets, ports, idna: a page may write anything
        return None
    path = quote(parts.path.replace("\\", "/"), safe=_SAFE, errors="replace") or "/"
    url = urlunsplit((parts.scheme, netloc, path, quote(parts.query, safe=_SAFE, errors="replace"), ""))
    return url if len(url) <= LONGEST_URL else None
