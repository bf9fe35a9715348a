"""Captures of a site in, the platforms that it runs on out.

A clue that only the platform itself can leave is enough alone; of the others it takes two of different sorts, because a page
may show an image from one platform, load a script of another and link to a third without being made with any of them.
Links to other sites are never looked at.
"""

from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass
from urllib.parse import urljoin, urlsplit

from ..core.evidence import Capture, Kind, Origin
from ..grammar.octets import find
from ..grammar.tags import expand, is_xml, tags
from ..grammar.text_encoding import decode
from .platform_clues import CLUES, IN_PAGES, Clue, Sort
from .verdict import Platform

NAMES = tuple(dict.fromkeys(clue.platform for clue in CLUES))
"""Every platform that can be recognised; each is the name of its page of advice."""

_BY_NAME: dict[tuple[Sort, str], list[Clue]] = {}
for _clue in CLUES:
    _BY_NAME.setdefault((_clue.sort, _clue.name), []).append(_clue)

_OF_PAGES: dict[bytes, list[Clue]] = {}
for _clue in CLUES:
    for _mark in IN_PAGES.get((_clue.platform, _clue.sort), ()):
        _OF_PAGES.setdefault(_mark.encode(), []).append(_clue)

PAGE_READ = 128 * 1024
"""Bytes read of the first page: a platform shows itself in the head and the first images."""

LONGEST_VALUE = 500
MOST_TAGS = 4000


@dataclass(frozen=True, slots=True)
class Trace:
    """Something that a platform may have left: `name` and `value` are what a clue of the same sort is compared with."""

    sort: Sort
    name: str
    value: str
    origin: Origin


def platforms(site: str, captures: Sequence[Capture]) -> tuple[Platform, ...]:
    """Give the platforms that `site`, an origin, visibly runs on, builders before networks, each with what shows it.

    Only answers of the site itself count (`www.` in front or not), and of pages elsewhere that they use the images.
    Never raises.
    """
    found: dict[str, dict[Clue, Origin]] = {}
    seen: set[tuple[Sort, str, str]] = set()
    met: set[Clue] = set()
    for trace in _traces(site, captures, met):
        if (key := (trace.sort, trace.name, trace.value)) in seen:
            continue
        seen.add(key)
        for clue in _BY_NAME.get((trace.sort, trace.name), ()):
            if clue.fits(trace.sort, trace.name, trace.value):
                found.setdefault(clue.platform, {}).setdefault(clue, trace.origin)
                met.add(clue)
    return tuple(
        Platform(name, tuple(dict.fromkeys(found[name].values())))
        for name in NAMES
        if name in found and _suffices(found[name])
    )


def _suffices(clues: dict[Clue, Origin]) -> bool:
    return any(clue.sure for clue in clues) or len({clue.sort for clue in clues}) > 1


def _traces(site: str, captures: Sequence[Capture], met: Set[Clue]) -> Iterator[Trace]:
    own = _host(site)
    yield Trace(Sort.HOST, "", urlsplit(site).hostname or "", Origin(site, "host"))
    read = False
    for capture in captures:
        if capture.kind is Kind.IMAGE:
            if _host(capture.found_on or "") == own:
                yield from _of_address(Sort.IMAGE, capture.asked, capture.found_on or site, own)
            continue
        if capture.status is None or _host(capture.url) != own:
            continue
        if capture.kind is Kind.PAGE:
            yield from _of_headers(capture)
            if capture.ok and not read:
                read = True
                yield from _of_page(capture, own, met)
        elif capture.kind is Kind.ROBOTS and capture.ok:
            yield from _of_robots(capture)


def _of_headers(capture: Capture) -> Iterator[Trace]:
    for name, value in capture.headers:
        field = name.strip().lower()
        if field == "set-cookie":
            cookie = value.partition("=")[0].strip()[:LONGEST_VALUE]
            yield Trace(Sort.COOKIE, cookie, "", Origin(capture.url, "header set-cookie"))
        else:
            yield Trace(
                Sort.HEADER, field, value.strip()[:LONGEST_VALUE], Origin(capture.url, f"header {field}")
            )


def _of_robots(capture: Capture) -> Iterator[Trace]:
    for number, line in enumerate(capture.body[:PAGE_READ].decode("utf-8", "replace").splitlines(), start=1):
        if line.startswith("#"):
            yield Trace(Sort.ROBOTS, "", line[:LONGEST_VALUE], Origin(capture.url, f"line {number}"))


def _of_page(capture: Capture, own: str, found: Set[Clue]) -> Iterator[Trace]:
    """`found`: the clues that were met so far; it grows while the page is read."""
    content_type = next(iter(capture.field("content-type")), "")
    text = decode(capture.body[:PAGE_READ], content_type)
    clues = sought(text, capture.url)
    for number, tag in enumerate(tags(text, is_xml(content_type)) if clues else ()):
        if number == MOST_TAGS or clues <= found:  # a clue counts where it is met first
            return
        if tag.end or tag.name not in {"html", "meta", "link", "script", "img"}:
            continue
        given = tag.attributes()
        if tag.name == "html":
            for name in given:
                yield Trace(Sort.ATTRIBUTE, name, "", Origin(capture.url, f"html {name}"))
        elif tag.name == "meta":
            name = given.get("name", "").strip().lower()
            yield Trace(
                Sort.META, name, given.get("content", "")[:LONGEST_VALUE], Origin(capture.url, f"meta {name}")
            )
        elif tag.name == "link":
            rel = given.get("rel", "").strip().lower()
            yield Trace(Sort.RELATION, rel, "", Origin(capture.url, f"link {rel}"))
            if "stylesheet" in rel.split():
                yield from _of_address(Sort.CODE, given.get("href", ""), capture.url, own)
        else:
            sort = Sort.CODE if tag.name == "script" else Sort.IMAGE
            yield from _of_address(sort, given.get("src", ""), capture.url, own)


_NOT_FOLDED = ("\u0130", "\u0131", "\u017f", "\u212a")
"""What `re.IGNORECASE` takes for an i, an s or a k, and `lower` does not always."""


def sought(text: str, address: str) -> set[Clue]:
    """Give the clues that a page may hold by the look of its source: most hold none, and are not taken apart.

    An address may be written with references and with line ends inside, and begins with the one of the page.
    """
    read = f"{address} {text}"
    if "&" in text:
        read = f"{read} {expand(text)}"
    if not read.isascii() and any(letter in read for letter in _NOT_FOLDED):
        return {clue for clues in _OF_PAGES.values() for clue in clues}
    octets = read.encode("ascii", "replace").translate(None, b"\t\n\r").lower()
    return {clue for mark, clues in _OF_PAGES.items() if find(octets, mark) >= 0 for clue in clues}


def _of_address(sort: Sort, address: str, page: str, own: str) -> Iterator[Trace]:
    """Yield the host of what a page loads; for what stands at the site itself its path, which tells another story."""
    try:
        parts = urlsplit(urljoin(page, address[:LONGEST_VALUE]))
        host = (parts.hostname or "").lower()
    except ValueError:  # `http://[` and the like
        return
    if not host:
        return
    if host.removeprefix("www.") == own:
        yield Trace(Sort.PATH, "", parts.path, Origin(page, f"path {parts.path}"))
    else:
        yield Trace(sort, "", host, Origin(page, f"{sort} {host}"))


def _host(url: str) -> str:
    try:
        return (urlsplit(url).hostname or "").lower().removeprefix("www.")
    except ValueError:
        return ""
