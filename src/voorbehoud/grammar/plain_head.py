"""The head of a plainly written page, in a third of the time that the careful reader takes, with the same answer or none.

Nearly all pages come from generators, and their heads hold few things: meta and link elements, a title, styles, scripts and
comments, closed and in lower case, with nothing between them but white space.  Every step below is one of those, spelled with
the grammar of `tags`; at the first thing that is none of them this reader gives up and `markup` reads the page with care.
Tests hold the two against each other.

What stands behind the head is not read but searched, in octets: where nothing looks like a meta element there is none.
"""

import re
from functools import lru_cache
from html import unescape

from .elements import Head, LinkElement, Meta, Place
from .octets import find
from .tags import ATTRIBUTES, WHITE, attributes, expand, is_xml
from .text_encoding import beginning

HITS = 32  # `<main>`, `<mark>`, `<menu>`: looked at one by one; a page with more is searched by a pattern
BLOCK = (
    64 * 1024
)  # octets that are searched for one thing after the other while the processor still holds them

_STEP = re.compile(
    rf"""[ \t\n\f\r]*+(?P<start><)(?:
      meta[ \t\n\f\r]++(?P<kind>name|property)="(?P<said>[^"]*+)"[ \t\n\f\r]++content="(?P<content>[^"]*+)"[ \t\n\f\r]*+/?+>
    | link[ \t\n\f\r]++rel="(?P<rel>[^"]*+)"[ \t\n\f\r]++href="(?P<href>[^"]*+)"
        (?:[ \t\n\f\r]++type="(?P<type>[^"]*+)")?+[ \t\n\f\r]*+/?+>
    | meta[ \t\n\f\r]++charset="[^"]*+"[ \t\n\f\r]*+/?+>(?P<charset>)
    | (?P<name>meta|link|base|html|head)(?=[ \t\n\f\r/>])(?P<raw>{ATTRIBUTES})>
    | script(?=[ \t\n\f\r/>]){ATTRIBUTES}>(?P<script>(?:[^<]++|<(?!/[sS][cC]|!--))*+)</script>
    | title(?=[ \t\n\f\r/>]){ATTRIBUTES}>(?P<title>[^<]*+)</title>
    | (?:style(?=[ \t\n\f\r/>]){ATTRIBUTES}>[^<]*+</style>|!--(?!-?>)(?:[^-]++|-(?!-!?>))*+-->|!(?!--)[^>]*+>)(?P<nothing>)
    | /head[ \t\n\f\r]*+>[ \t\n\f\r]*+<body(?=[ \t\n\f\r/>]){ATTRIBUTES}>(?P<body>)
    )""",
    re.VERBOSE,
)
_META = re.compile(rb"<[mM][eE][tT][aA]")


def plain_head(body: bytes, content_type: str, scripted_in: int, metas_in: int, sought: str) -> Head | None:
    """Give what `markup.head` gives, or None where that has to look itself.

    `scripted_in`, `metas_in`: the octets in which a mention of `sought` and a meta element behind the head count.
    """
    end = find(body, b"</head", 0, scripted_in)
    opening = find(body, b"<body", end, end + 64) if end >= 0 else -1
    closing = find(body, b">", opening, min(opening + 2048, scripted_in)) if opening >= 0 else -1
    if closing < 0 or is_xml(content_type):
        return None
    text = beginning(body, closing + 1, content_type)
    if text is None or find(body, sought.encode(), opening, scripted_in) >= 0:
        return None
    if find(body, b"\0", 0, scripted_in) >= 0 or holds_meta(body, opening, metas_in):
        return None
    return _read(text, sought)


def holds_meta(body: bytes, start: int, end: int) -> bool:
    """Tell whether something in these octets looks like a meta element, `<META` and `<metal` included; not for UTF-16."""
    hits = 0
    for block in range(start, min(end, len(body)), BLOCK):
        behind = min(block + BLOCK + 1, end)  # one more: what is sought has two octets
        for spelling in (b"<m", b"<M"):
            place = find(body, spelling, block, behind)
            while place >= 0:
                if _META.match(body, place, end):
                    return True
                hits += 1
                if hits == HITS:
                    return _META.search(body, block, end) is not None
                place = find(body, spelling, place + 2, behind)
    return False


def _read(text: str, sought: str) -> Head | None:
    """Give what the head says, None where not only plain steps lead to its end.  `text` ends behind `<body>`."""
    metas: list[Meta] = []
    links: list[LinkElement] = []
    scripted: list[int] = []
    title = lang = base = None
    line, counted, position, here = 1, 0, 0, Place.HEAD
    match, count = _STEP.match, text.count
    while step := match(text, position):
        position, kind = step.end(), step.lastgroup
        if kind == "nothing":
            continue
        start = step.start("start")
        line, counted = line + count("\n", counted, start), start
        if kind == "content":
            which, value, content = step.group("kind", "said", "content")
            if "&" in value or "&" in content:
                value, content = expand(value), expand(content)
            if which == "name":
                metas.append(Meta(value, content, line, here))
            else:
                metas.append(Meta(None, content, line, here, value))
        elif kind == "type" or kind == "href":
            rel, href, media_type = step.group("rel", "href", "type")
            if "&" in step[0]:
                rel, href, media_type = expand(rel), expand(href), media_type and expand(media_type)
            links.append(
                LinkElement(_words(rel), href.strip(WHITE), (media_type or "").strip(WHITE), line, here)
            )
        elif kind == "charset":
            metas.append(Meta(None, None, line, here))
        elif kind == "raw":
            name, given = step["name"], attributes(step["raw"])
            if name == "meta":
                said = given.get
                metas.append(
                    Meta(said("name"), said("content"), line, here, said("property"), said("http-equiv"))
                )
            elif name == "link" and "href" in given:
                rel, href, media_type = given.get("rel", ""), given["href"], given.get("type", "")
                links.append(LinkElement(_words(rel), href.strip(WHITE), media_type.strip(WHITE), line, here))
            elif name == "html" and lang is None:
                lang = given.get("lang")
            elif name == "base" and base is None:
                base = given.get("href")
        elif kind == "script":
            if sought in step["script"]:
                scripted.append(line)
        elif kind == "title":
            title = " ".join(unescape(step["title"]).split()) if title is None else title
        else:  # behind `<body>`
            return Head(tuple(metas), tuple(links), title, lang, base, tuple(scripted))
    return None


@lru_cache(maxsize=256)
def _words(rel: str) -> tuple[str, ...]:
    return tuple(rel.lower().split())
