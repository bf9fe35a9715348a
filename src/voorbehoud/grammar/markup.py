"""Elements of an HTML page that can carry a signal, and the addresses it links to; no tree is ever built.

Of the tree construction of HTML one question is kept, "is this still the head?"; the rest is left to `tags`.

Source: HTML Living Standard, section 13.2.6 (tree construction).
"""

import re
from dataclasses import dataclass
from enum import StrEnum
from html import unescape

from .page_links import Link, links
from .tags import WHITE, Tag, any_case, is_xml, tags
from .text_encoding import decode

__all__ = ["HTML_TYPES", "Head", "Link", "LinkElement", "Meta", "Place", "head", "links"]

HTML_TYPES = frozenset({"text/html", "application/xhtml+xml"})
USUAL, MOST = 128 * 1024, 1024 * 1024
"""Bytes read of a page: the first suffices nearly always; a head that goes on (inlined styles) is read up to the second."""

SCRIPTED = "tdm-reservation"
"""The name whose mention inside a script is reported: a crawler that runs no scripts never sees what it inserts."""


class Place(StrEnum):
    """Where an element stands.  Inside `<template>`, comments and raw text there are no elements at all."""

    HEAD = "head"
    BODY = "body"
    NOSCRIPT = "noscript"  # an element for those that run no scripts, text for the others


@dataclass(frozen=True, slots=True)
class Meta:
    """A meta element; an attribute that is missing is None, `content` is as written (references expanded, not trimmed)."""

    name: str | None
    content: str | None
    line: int
    place: Place
    property: str | None = None
    http_equiv: str | None = None


@dataclass(frozen=True, slots=True)
class LinkElement:
    """A link element; `rel` is lower case, in order."""

    rel: tuple[str, ...]
    href: str
    type: str
    line: int
    place: Place


@dataclass(frozen=True, slots=True)
class Head:
    """What a page says about itself.  `metas` and `links` of the whole part that was read, not of the head alone.

    `scripted`: lines of scripts that mention `tdm-reservation`.
    `complete` False: the head was still going on where reading stopped, so what is missing here may be further down.
    """

    metas: tuple[Meta, ...] = ()
    links: tuple[LinkElement, ...] = ()
    title: str | None = None
    lang: str | None = None
    base: str | None = None
    scripted: tuple[int, ...] = ()
    complete: bool = True


def head(body: bytes, content_type: str = "", truncated: bool = False) -> Head:
    """Give what a page says about itself in its meta and link elements.  Never raises.

    `content_type`: the header's value, for its charset and to tell XHTML.  At most 1 MiB is read, after the end of the
    head at most the first 128 KiB of the page.  `truncated`: there was more than `body`.
    """
    found = Head()
    for limit in (USUAL, MOST):
        whole = len(body) <= limit and not truncated
        found = _read(decode(body[:limit], content_type), is_xml(content_type), whole)
        if found.complete or len(body) <= limit:
            break
    return found


# ---- the head ----------------------------------------------------------------------------------------------------------
_OF_HEAD = frozenset(
    {"html", "head", "base", "basefont", "bgsound", "link", "meta", "title", "noframes", "style", "script", "template", "noscript"}
)  # fmt: skip
_ENDS_HEAD = frozenset({"body", "html", "br"})
_META = re.compile(f"<{any_case('meta')}")


def _read(text: str, xml: bool, whole: bool) -> Head:
    metas: list[Meta] = []
    links: list[LinkElement] = []
    scripted: list[int] = []
    title = lang = base = None
    place, templates, noscript, frames = Place.HEAD, 0, False, False
    line, counted = 1, 0
    for tag in tags(text, xml):
        name = tag.name
        if place is Place.HEAD and not templates and not noscript and _leaves_head(tag):
            place = Place.BODY
            frames = name == "frameset" and not tag.after_text
            if not _META.search(text, tag.start) and text.find(SCRIPTED, tag.start) < 0:
                break
        if name == "template":
            templates = max(0, templates + (-1 if tag.end else 1))
        elif name == "noscript":
            noscript = not tag.end
        if tag.end or templates or frames:
            continue
        if name in {"meta", "link"}:
            line, counted = line + text.count("\n", counted, tag.start), tag.start
            given = tag.attributes()
            here = Place.NOSCRIPT if noscript else place
            if name == "meta":
                metas.append(
                    Meta(given.get("name"), given.get("content"), line, here, given.get("property"), given.get("http-equiv"))
                )  # fmt: skip
            elif "href" in given:
                rel = tuple(given.get("rel", "").lower().split())
                links.append(LinkElement(rel, given["href"].strip(WHITE), given.get("type", "").strip(WHITE), line, here))  # fmt: skip
        elif name == "script" and SCRIPTED in tag.inner:
            line, counted = line + text.count("\n", counted, tag.start), tag.start
            scripted.append(line)
        elif name == "title" and title is None:
            title = " ".join(unescape(tag.inner).split())
        elif name == "html" and lang is None:
            lang = tag.attributes().get("lang")
        elif name == "base" and base is None:
            base = tag.attributes().get("href")
    return Head(tuple(metas), tuple(links), title, lang, base, tuple(scripted), whole or place is Place.BODY)


def _leaves_head(tag: Tag) -> bool:
    # What follows `</head>` but is of the head still goes there: HTML, 13.2.6.4.6 (the "after head" insertion mode).
    return tag.after_text or (tag.name in _ENDS_HEAD if tag.end else tag.name not in _OF_HEAD)
