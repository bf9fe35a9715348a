"""Elements of an HTML page that can carry a signal, and the addresses it links to; no tree is ever built.

Of the tree construction of HTML one question is kept, "is this still the head?"; the rest is left to `tags`.

Source: HTML Living Standard, section 13.2.6 (tree construction).
"""

import re
from html import unescape

from .elements import Head, LinkElement, Meta, Place
from .octets import find
from .page_links import Link, links
from .plain_head import holds_meta, plain_head
from .tags import PHP_TYPE, WHITE, Tag, any_case, attributes, is_php, is_xml, tags
from .text_encoding import decode

__all__ = ["HTML_TYPES", "Head", "Link", "LinkElement", "Meta", "Place", "head", "links"]

HTML_TYPES = frozenset({"text/html", "application/xhtml+xml", PHP_TYPE})
USUAL, MOST = 128 * 1024, 1024 * 1024
"""Bytes read of a page: the first suffices nearly always; a head that goes on (inlined styles) is read up to the second."""

SCRIPTED = "tdm-reservation"
"""The name whose mention inside a script is reported: a crawler that runs no scripts never sees what it inserts."""


def head(body: bytes, content_type: str = "", truncated: bool = False) -> Head:
    """Give what a page says about itself in its meta and link elements.  Never raises.

    `content_type`: the header's value, for its charset and to tell XHTML and PHP source.  At most 1 MiB is read; where the
    head has ended and nothing further down looks like a meta element, the first 128 KiB.  `truncated`: there was more than
    `body`.
    """
    return plain_head(body, content_type, USUAL, MOST, SCRIPTED) or _careful(body, content_type, truncated)


def _careful(body: bytes, content_type: str, truncated: bool) -> Head:
    found = Head()
    for limit in (USUAL, MOST):
        whole = len(body) <= limit and not truncated
        found = _read(decode(body[:limit], content_type), content_type, whole)
        # A second meta in the body takes the certainty from the first, or is the only one.
        if len(body) <= limit or (found.complete and not _goes_on(body)):
            break
    return found


def _goes_on(body: bytes) -> bool:
    """Tell whether something behind the usual part looks like a meta element; what is cut between the parts counts too."""
    if find(body, b"\0", 0, USUAL) >= 0:
        return _META_IN_UTF_16.search(body, USUAL - 16, MOST) is not None
    return holds_meta(body, USUAL - 16, MOST)


# ---- the head ----------------------------------------------------------------------------------------------------------
_OF_HEAD = frozenset(
    {"html", "head", "base", "basefont", "bgsound", "link", "meta", "title", "noframes", "style", "script", "template", "noscript"}
)  # fmt: skip
_ENDS_HEAD = frozenset({"body", "html", "br"})
_MAY_SHOW = re.compile(r"\{[{%]|<%")
"""Code of a template: text in a page that is sent as it is written, and then a frameset is none (HTML, 13.2.6.4.7)."""
_META = re.compile(f"<{any_case('meta')}")
_META_IN_UTF_16 = re.compile(rb"<\0?[mM]\0?[eE]\0?[tT]\0?[aA]")


def _read(text: str, content_type: str, whole: bool) -> Head:
    metas: list[Meta] = []
    links: list[LinkElement] = []
    scripted: list[int] = []
    title = lang = base = None
    in_head, place = (
        True,
        Place.HEAD,
    )  # the flag too: asking an enum for its member is slow, and this loop is the hot one
    templates, noscript, frames = 0, False, False
    line, counted = 1, 0
    for tag in tags(text, is_xml(content_type), is_php(content_type)):
        name, end, raw, start, inner, after_text = tag
        if (
            in_head
            and (after_text or name not in _OF_HEAD or end)
            and not templates
            and not noscript
            and _leaves_head(tag)
        ):
            in_head, place = False, Place.BODY
            frames = name == "frameset" and not after_text
            if frames and _MAY_SHOW.search(text, 0, start):
                frames, place = False, Place.NOSCRIPT
            if not _META.search(text, start) and text.find(SCRIPTED, start) < 0:
                break
        if name == "frameset" and place is Place.BODY and not (end or templates or frames):
            # Where nothing was shown yet it takes the place of the body, with all that stands in it: HTML, 13.2.6.4.7.
            place = Place.NOSCRIPT
            metas = [m._replace(place=place) if m.place is Place.BODY else m for m in metas]
        if name == "template":
            templates = max(0, templates + (-1 if end else 1))
        elif name == "noscript":
            noscript = not end
        if end or templates or frames:
            continue
        if name in {"meta", "link"}:
            line, counted = line + text.count("\n", counted, start), start
            given = attributes(raw)
            here = Place.NOSCRIPT if noscript else place
            if name == "meta":
                said = given.get
                metas.append(
                    Meta(said("name"), said("content"), line, here, said("property"), said("http-equiv"))
                )
            elif "href" in given:
                rel = tuple(given.get("rel", "").lower().split())
                links.append(LinkElement(rel, given["href"].strip(WHITE), given.get("type", "").strip(WHITE), line, here))  # fmt: skip
        elif name == "script" and SCRIPTED in inner:
            line, counted = line + text.count("\n", counted, start), start
            scripted.append(line)
        elif name == "title" and title is None:
            title = " ".join(unescape(inner).split())
        elif name == "html" and lang is None:
            lang = attributes(raw).get("lang")
        elif name == "base" and base is None:
            base = attributes(raw).get("href")
    return Head(tuple(metas), tuple(links), title, lang, base, tuple(scripted), whole or not in_head)


def _leaves_head(tag: Tag) -> bool:
    # What follows `</head>` but is of the head still goes there: HTML, 13.2.6.4.6 (the "after head" insertion mode).
    return tag.after_text or (tag.name in _ENDS_HEAD if tag.end else tag.name not in _OF_HEAD)
