"""The addresses that a page links to or shows, for sampling."""

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import quote, urljoin, urlsplit, urlunsplit

from ..core.evidence import Kind
from .tags import Tag, any_case, attributes, is_php, is_xml, tags
from .text_encoding import decode

READ = 1024 * 1024  # bytes of a page
MOST_LINKS = 2000
LOADING = 3  # pieces of text on a page that waits for its scripts: "one moment", "switch on JavaScript"
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
_POINTING = frozenset(
    {"a", "area", "img", "image", "source", "audio", "video", "embed", "object", "frame", "iframe", "input", "link", "meta"}
)  # fmt: skip
_ANYWHERE = re.compile(f"{any_case('data')}-|{any_case('style')}|{any_case('background')}")
_ATTRIBUTE = r"""[ \t\n\f\r]++(?!data-|style|background)[a-z][a-z0-9:_-]*+(?:="[^"]*+"|='[^']*+')?+"""
_START_ENDS = rf"(?:{_ATTRIBUTE})*+[ \t\n\f\r]*+/?+>"
_DRAWN = "(?:path|g|circle|ellipse|rect|line|polyline|polygon|use|title|defs)"
_POINTING_NOWHERE = re.compile(
    "[^<]*+(?:(?:</(?!template)[a-z][a-z0-9]*+>"
    "|<(?:p|div|span|li|[uo]l|h[1-6]|br|b|i|em|strong|small|section|article|figure|figcaption|picture|nav|main|aside|header"
    f"|footer|t[drh]|table|tbody|thead|button|label|form|hr|d[ltd]|blockquote|html|head|body){_START_ENDS}"
    f"|<script(?:{_ATTRIBUTE})*+>[^<]*+</script>"
    f"|<svg(?:{_ATTRIBUTE})*+>[^<]*+(?:</?{_DRAWN}{_START_ENDS}[^<]*+)*+</svg>"
    ")[^<]*+)*+"
)
"""What most of a page is: text, ends, and whole starts of elements that point nowhere and are not styled in place."""
_OTHER = _ATTRIBUTE.replace("background", "background|href|type|width|height")
_PLAIN_LINK = re.compile(rf"""(?:{_OTHER})*+[ \t\n\f\r]++href="([^"&]*+)"(?:{_OTHER})*+[ \t\n\f\r]*+""")
_NEXT_TO_NOTHING = frozenset({"0", "1", "0px", "1px"})
_PREVIEWS = {
    **dict.fromkeys(
        ("og:image", "og:image:url", "og:image:secure_url", "twitter:image", "image"), Kind.IMAGE
    ),
    **dict.fromkeys(("og:audio", "og:video", "og:video:url", "og:video:secure_url"), Kind.PAGE),
}
"""What a page shows of itself elsewhere: https://ogp.me.  A film there is often a page with a player."""
_LATER = re.compile(
    "data-(?:[a-z0-9]+[-_])*(?:src|srcset|original|lazy|bg|bgset|background|image|img|poster|full|large|hires|zoom|thumb)(?:[-_][a-z0-9]+)*"
)
_NO_ADDRESS = re.compile(r"[\s{}<>\"\[\]]")
_IMPORT = re.compile("@import[^;{}]*+;?")
_IN_STYLE = re.compile(
    rf"""{any_case("url")}\([ \t\n\r\f]*+(?:"([^"\n]*+)"|'([^'\n]*+)'|([^()"' \t\n\r\f]*+))[ \t\n\r\f]*+\)"""
)
_REFRESH = re.compile(
    r"""[ \t\n\f\r]*+(?P<seconds>[0-9]*+)[0-9.]*+[ \t\n\f\r]*+[;,]?[ \t\n\f\r]*+(?:[uU][rR][lL][ \t\n\f\r]*+=[ \t\n\f\r]*+)?
        (?:"(?P<double>[^"]*+) | '(?P<single>[^']*+) | (?P<bare>[^;,].*+))""",
    re.VERBOSE | re.DOTALL,
)
_SAFE = "!$&'()*+,-./:;=?@_~%[]"
_PATH = "(?:[A-Za-z0-9_~-][A-Za-z0-9_.~-]*+/?+)*+"
_QUERY = "(?:[?][A-Za-z0-9_.~=&%/-]++)?+"
_PLAIN = re.compile(
    f"(?:(/{_PATH}{_QUERY})|([A-Za-z0-9_~-]{_PATH}{_QUERY})|(https?://[a-z0-9-]++(?:[.][a-z0-9-]++)++/{_PATH}{_QUERY}))(?:#.*+)?+",
    re.DOTALL,
)
"""Addresses that need no resolving: no step says `.` or `..` or nothing, and nothing has to be escaped."""
_WHOLE = 3  # the group of an address with its own origin


class Link(NamedTuple):
    """An absolute http(s) URL without fragment, in ASCII, and what to expect there.

    `shown`: the page shows it as a part of itself; False: it only leads there.

    A tuple for the reason that `Tag` is one.
    """

    url: str
    kind: Kind
    shown: bool = True


_Pointed = tuple[str, Kind, bool]
"""An address as written, what to expect there, and whether the page shows it."""


def links(body: bytes, base_url: str, content_type: str = "") -> tuple[Link, ...]:
    """Give what a page links to and shows, each address once, in the order of the page.  Never raises.

    `base_url`: the address that answered; a `<base href>` in the page goes before it.  Reads at most 1 MiB of the page and
    stops at MOST_LINKS addresses: that many, and there may be more.  Those with a name and password in them are left out,
    and so are pixels that count visitors.
    """
    base, based = base_url, False
    pointed: dict[_Pointed, None] = {}  # the same menu again and again: resolving is what costs
    seen: set[tuple[str, str]] = set()
    templates, around = 0, Kind.VIDEO  # the kind of the last media element, for its `<source>`
    text = decode(body[:READ], content_type)
    for tag in tags(text, is_xml(content_type), is_php(content_type), _POINTING_NOWHERE):
        name, end, raw = tag[:3]
        if name == "template":
            templates = max(0, templates + (-1 if end else 1))
        if end or templates:
            continue
        if name in {"audio", "video"}:
            around = Kind(name)
        elif name == "base" and not based and (href := tag.attributes().get("href")) is not None:
            base, based = resolve(base_url, href) or base_url, True
        if tag.inner:
            pointed.update(dict.fromkeys(_pointed(tag, around)))
        elif raw and (same := (name, raw)) not in seen:
            seen.add(same)
            if name == "a" and (plain := _PLAIN_LINK.fullmatch(raw)) is not None:
                pointed[plain[1], kind_of(plain[1], "", Kind.PAGE), False] = None
            else:
                pointed.update(dict.fromkeys(_pointed(tag, around)))
    found: dict[str, Link] = {}
    for address, kind, shown in pointed:
        url = resolve(base, address)
        if url is None:
            continue
        known = found.get(url)
        if known is None:
            if len(found) == MOST_LINKS:
                break
            found[url] = Link(url, kind, shown)
        elif shown and not known.shown:
            found[url] = Link(url, known.kind, shown)
    return tuple(found.values())


def is_shell(body: bytes, base_url: str, content_type: str = "") -> bool:
    """Tell whether a page leaves everything to its scripts: it has some, hardly any text, no work and no link to another page.

    What stands in its head for other programs (`og:image`) is no part of what it shows.
    """
    scripts, texts = False, 0
    for tag in _tags(body, content_type):
        scripts, texts = scripts or tag.name == "script", texts + tag.after_text
        if texts > LOADING:
            return False
        if tag.end or tag.name in {"meta", "link"}:
            continue
        for address, kind, _ in _pointed(tag, Kind.VIDEO):
            url = resolve(base_url, address)
            if url is not None and (kind is not Kind.PAGE or url != base_url):
                return False
    return scripts


def refresh(value: str) -> tuple[int, str] | None:
    """Give the seconds and the address, as written, of a Refresh field or `<meta http-equiv=refresh>`; None for a plain reload.

    Source: HTML, 4.2.5.3 (shared declarative refresh steps).
    """
    match = _REFRESH.match(value)
    address = match and next((match[name] for name in ("double", "single", "bare") if match[name]), None)
    return (int(match["seconds"][:9] or 0), address.strip()) if match and address else None


def _tags(body: bytes, content_type: str) -> Iterator[Tag]:
    return tags(decode(body[:READ], content_type), is_xml(content_type), is_php(content_type))


def _pointed(tag: Tag, around: Kind) -> Sequence[_Pointed]:
    """Give the addresses of one start tag.  `around`: the kind of the media element that a `<source>` belongs to."""
    name, raw = tag.name, tag.raw_attributes
    found = [*_in_style(tag.inner)] if name == "style" else []
    if not raw or (name not in _POINTING and not _ANYWHERE.search(raw)):
        return found
    given = attributes(raw)
    if {given.get("width", "").lower(), given.get("height", "").lower()} <= _NEXT_TO_NOTHING:
        return found
    if name in _POINTING:
        found += _of_element(name, given, around)
    if "style" in given:
        found += _in_style(given["style"])
    if "background" in given:
        found.append((given["background"], Kind.IMAGE, True))
    for attribute, value in given.items():
        if attribute.startswith("data-") and _LATER.fullmatch(attribute):
            found += _later(name, attribute, value, around)
    return found


def _of_element(name: str, given: dict[str, str], around: Kind) -> Iterator[_Pointed]:
    """Yield what the attributes of HTML itself point to."""

    def said(attribute: str, otherwise: Kind, shown: bool = True) -> Iterator[_Pointed]:
        if attribute in given:
            yield given[attribute], kind_of(given[attribute], given.get("type", ""), otherwise), shown

    match name:
        case "a" | "area":
            yield from said("href", Kind.PAGE, shown=False)
        case "img" | "image":  # the second in SVG; HTML takes it for the first
            yield from ((given[a], Kind.IMAGE, True) for a in ("src", "href", "xlink:href") if a in given)
            yield from _candidates(given.get("srcset", ""))
        case "source":
            yield from said("src", around)
            yield from _candidates(given.get("srcset", ""))
        case "audio" | "video":
            if "src" in given:
                yield given["src"], Kind(name), True
            if "poster" in given:
                yield given["poster"], Kind.IMAGE, True
        case "embed":
            yield from said("src", Kind.DOCUMENT)
        case "object":
            yield from said("data", Kind.DOCUMENT)
        case "frame":
            yield from said("src", Kind.PAGE)
        case "iframe":  # players and maps of others, mostly
            yield from ((a, kind, kind is not Kind.PAGE) for a, kind, _ in said("src", Kind.PAGE))
        case "input" if given.get("type", "").lower() == "image" and "src" in given:
            yield given["src"], Kind.IMAGE, True
        case "link":
            wanted = _BY_TYPE.get(given.get("as", "").lower())
            if wanted is not None and "href" in given:
                yield given["href"], wanted, True
            yield from _candidates(given.get("imagesrcset", ""))
        case "meta":
            about = (given.get("property") or given.get("name") or given.get("itemprop") or "").lower()
            if about in _PREVIEWS and "content" in given:
                kind = kind_of(given["content"], "", _PREVIEWS[about])
                yield given["content"], kind, kind is not Kind.PAGE


def _candidates(srcset: str) -> Iterator[_Pointed]:
    return ((url, Kind.IMAGE, True) for url in candidates(srcset))


def _in_style(css: str) -> Iterator[_Pointed]:
    """Yield the works that a style shows; fonts and other styles are none."""
    if "(" not in css:
        return
    for match in _IN_STYLE.finditer(_IMPORT.sub("", css)):
        address = next((part for part in match.groups() if part), "#")
        named = "." in _last(address)
        kind = kind_of(address, "", Kind.PAGE if named or address.startswith("#") else Kind.IMAGE)
        if kind is not Kind.PAGE:
            yield address, kind, True


def _later(element: str, name: str, value: str, around: Kind) -> Iterator[_Pointed]:
    """Yield what a script is going to show: the convention of lazy loading, `data-src` and its many sisters."""
    if name.endswith("set"):
        yield from _candidates(value)
    elif "(" in value:
        yield from _in_style(value)
    elif ("/" in value or "." in value) and not _NO_ADDRESS.search(value):
        usual = {"img": Kind.IMAGE, "audio": around, "video": around, "source": around}
        kind = kind_of(
            value, "", usual.get(element, Kind.PAGE) if name.endswith(("src", "original")) else Kind.PAGE
        )
        if kind is not Kind.PAGE:
            yield value, kind, True
        elif element == "iframe":
            yield value, kind, False


def _last(address: str) -> str:
    return address.partition("#")[0].partition("?")[0].rpartition("/")[2].strip()


def kind_of(address: str, media_type: str, otherwise: Kind) -> Kind:
    """Tell what to expect at an address, from the ending of its path, else from the media type that the page gives."""
    name, dot, ending = _last(address).rpartition(".")
    by_ending = _BY_EXTENSION.get(ending.lower()) if name and dot else None
    if by_ending is not None or not media_type:
        return by_ending or otherwise
    return _BY_TYPE.get(media_type.partition("/")[0].strip().lower(), otherwise)


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
    plain = _PLAIN.fullmatch(address)
    if plain is None:
        return _resolve(base, address)
    begins = plain.lastindex or 0  # at the root, below the page, or with its own origin
    start = "" if begins == _WHOLE else _starts(base)[begins - 1]
    url = None if start is None else start + plain[begins]
    return url if url is not None and max(len(url), len(address)) <= LONGEST_URL else None


@lru_cache(maxsize=64)
def _starts(base: str) -> tuple[str | None, str | None]:
    """Give what a plain address that begins with `/` is put behind, and what another one is."""
    at_root, below = _resolve(base, "/"), _resolve(base, "x")
    return at_root and at_root[:-1], below and below[:-1]


def _resolve(base: str, address: str) -> str | None:
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
