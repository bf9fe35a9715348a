"""Where an answer names a licence: License lines of robots.txt, Link headers, link elements, a licence inside a page or work.

Spec: RSL 1.0, sections 4.2-4.6; RFC 8288, section 3 (Link).  `rel=license` without the media type of RSL is a link for people.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain, islice

from ..core.evidence import Capture, Kind, Origin
from ..core.finding import Finding
from ..grammar.markup import HTML_TYPES
from ..grammar.page_links import READ, resolve
from ..grammar.robots import read
from ..grammar.tags import is_xml, tags
from ..grammar.text_encoding import decode
from ..grammar.xml_tree import Element
from .html_page import page_head
from .rsl_in_files import inside
from .rsl_rules import RSL105, RSL106, RSL110
from .work_file import WORKS

RSL_TYPE = "application/rsl+xml"
MOST = 16  # places of one answer
LONGEST_FIELD = 16 * 1024
_LINK = re.compile(r"""<(?P<target>[^<>]*+)>(?P<parameters>(?:[^,"<]|"(?:[^"\\]|\\.)*+(?:"|\Z))*+)""")
_PARAMETER = re.compile(
    r""";[ \t]*+(?P<name>[^=;"\s]++)[ \t]*+=[ \t]*+(?:"(?P<quoted>[^"]*+)"|(?P<bare>[^;"\s]*+))"""
)


@dataclass(frozen=True, slots=True)
class Naming:
    """A place that names a licence.  `url`: its absolute address; None where the document stands here itself, as `inline`.

    `line`: in the file or page, 0 for a header.
    """

    where: Origin
    url: str | None
    line: int = 0
    inline: str | Element = ""


@dataclass(frozen=True, slots=True)
class Named:
    """Everything that one answer names."""

    namings: tuple[Naming, ...] = ()
    findings: tuple[Finding, ...] = ()


def named(capture: Capture) -> Named:
    """Give the licences that an answer names, in order, at most 16.  Never raises."""
    asks = is_challenge(capture)
    if not (capture.ok or asks) or capture.kind is Kind.LICENCE:
        return Named()
    said = _of_robots(capture) if capture.kind is Kind.ROBOTS and not asks else _of_resource(capture)
    found = tuple(islice(chain(_of_challenge(capture) if asks else (), said), MOST))
    return Named(
        tuple(item for item in found if isinstance(item, Naming)),
        tuple(item for item in found if isinstance(item, Finding)),
    )


def is_challenge(capture: Capture) -> bool:
    """Tell whether a page or work is given to holders of a licence only: that is where RSL begins, not a broken page.

    Source: RSL 1.0, section 4.10 and 6 (401 or 402, `WWW-Authenticate: License`, a Link to the licence).
    """
    if capture.failure is not None or capture.status not in {401, 402} or not capture.kind.is_resource:
        return False
    schemes = (value.strip().partition(" ")[0].lower() for value in capture.field("www-authenticate"))
    return "license" in schemes or any(isinstance(found, Naming) for found in _of_resource(capture))


def _of_challenge(capture: Capture) -> Iterator[Finding]:
    yield RSL110.at(Origin(capture.url), kind=capture.kind, status=capture.status)


def _of_robots(capture: Capture) -> Iterator[Naming | Finding]:
    for record in read(capture.body).records("license"):
        where = Origin(capture.url, f"line {record.line}")
        url = resolve("", record.value)
        if url is None or not url.startswith("https:"):
            yield RSL105.at(where, value=record.value)
        if url is not None:
            yield Naming(where, url, record.line)


def _of_resource(capture: Capture) -> Iterator[Naming | Finding]:
    if not capture.kind.is_resource:
        return
    for field in capture.field("link"):
        for match in _LINK.finditer(field[:LONGEST_FIELD]):
            given = {
                found["name"].lower(): found["quoted"] or found["bare"] or ""
                for found in reversed(list(_PARAMETER.finditer(match["parameters"])))
            }
            if "license" not in given.get("rel", "").lower().split() or "anchor" in given:
                continue
            where = Origin(capture.url, "header Link")
            yield from _pointed(where, 0, match["target"].strip(), "", given.get("type", ""))
    if capture.ok and capture.kind is Kind.PAGE and capture.media_type in {*HTML_TYPES, ""}:
        yield from _of_page(capture)
    if capture.ok and capture.kind in WORKS:
        for place, licence in inside(capture):
            yield Naming(Origin(capture.url, place), None, 0, licence)


def _of_page(capture: Capture) -> Iterator[Naming | Finding]:
    content_type = capture.content_type
    for link in page_head(capture).links:
        if "license" in link.rel:
            where = Origin(capture.url, f"line {link.line}, link license")
            yield from _pointed(where, link.line, link.href, capture.url, link.type)
    if b"rsl+xml" not in capture.body[:READ]:
        return
    text = decode(capture.body[:READ], content_type)
    for tag in tags(text, is_xml(content_type)):
        if tag.name == "script" and not tag.end and _is_rsl(tag.attributes().get("type", "")):
            line = text.count("\n", 0, tag.start) + 1
            yield Naming(Origin(capture.url, f"line {line}, script"), None, line, tag.inner)


def _pointed(where: Origin, line: int, target: str, base: str, media_type: str) -> Iterator[Naming | Finding]:
    if not _is_rsl(media_type):
        yield RSL106.at(where, value=target)
        return
    url = resolve(base, target)
    if url is None or not url.startswith("https:"):
        yield RSL105.at(where, value=target)
    if url is not None:
        yield Naming(where, url, line)


def _is_rsl(media_type: str) -> bool:
    return media_type.partition(";")[0].strip().lower() == RSL_TYPE
