"""Elements of an HTML page that can carry a signal, and the addresses it links to; no tree is ever built.

A scanner that follows the tokenizer of the HTML standard where it matters here: comments, raw text, `<template>`,
quoted attributes and doubly escaped scripts hide what looks like a tag.  Of the tree construction it keeps one question,
"is this still the head?".  Every step moves forward, so the time is linear in what is read, whatever that is.

Source: HTML Living Standard, sections 13.2.5 (tokenization) and 13.2.6 (tree construction).
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from html import unescape
from html.entities import html5

from .text_encoding import decode

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


def head(body: bytes, content_type: str = "") -> Head:
    """Give what a page says about itself in its meta and link elements.  Never raises.

    `content_type`: the header's value, for its charset and to tell XHTML.  At most 1 MiB is read, after the end of the
    head at most the first 128 KiB of the page.
    """
    found = Head()
    for limit in (USUAL, MOST):
        whole = len(body) <= limit
        found = _read(decode(body[:limit], content_type), is_xml(content_type), whole)
        if found.complete:
            break
    return found


def is_xml(content_type: str) -> bool:
    """Tell whether an XML parser reads the page: there `<title/>` is closed and CDATA is text."""
    return "xhtml+xml" in content_type.lower()


# ---- tags --------------------------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Tag:
    """A start or end tag.  `inner` is what a raw text element holds; `after_text`: text that shows stands before the tag."""

    name: str
    end: bool
    raw_attributes: str
    start: int
    inner: str = ""
    after_text: bool = False

    def attributes(self) -> dict[str, str]:
        """Give the attributes, names in lower case; of a repeated one the first counts (HTML, 13.2.5.33)."""
        found: dict[str, str] = {}
        for match in _ATTRIBUTE.finditer(self.raw_attributes):
            value = match["double"] or match["single"] or match["bare"] or ""
            found.setdefault(match["name"].lower(), expand(value) if "&" in value else value)
        return found


_WHITE = " \t\n\f\r"
_ATTRIBUTE = re.compile(
    r"""(?P<name>[^ \t\n\f\r/>][^ \t\n\f\r/>=]*+)
        (?:[ \t\n\f\r]*+=[ \t\n\f\r]*+
           (?:"(?P<double>[^"]*+)(?:"|\Z) | '(?P<single>[^']*+)(?:'|\Z) | (?P<bare>[^ \t\n\f\r>"'][^ \t\n\f\r>]*+) | (?=>)))?+""",
    re.VERBOSE,
)
_TAG = re.compile(
    rf"""<(?P<end>/?)(?P<tag>[A-Za-z][^ \t\n\f\r/>]*+)
         (?P<attributes>(?:[ \t\n\f\r/]++|{re.sub("[?]P<[a-z]+>", "?:", _ATTRIBUTE.pattern)})*+)(?P<close>>?)""",
    re.VERBOSE,
)
_OPENING = re.compile("<(?=[A-Za-z/!?])")
_COMMENT_END = re.compile("--!?>")
_TEMPLATE_LANGUAGE = re.compile(r"\{\{[^{}]*+\}\}|\{%[^{}]*+%\}|\{#[^{}]*+#\}|<%[^%]*+%>")

_RAW = frozenset({"script", "style", "textarea", "title", "xmp", "iframe", "noembed", "noframes", "plaintext"})
_FOREIGN = frozenset({"svg", "math"})
_BREAKS_OUT = frozenset({"body", "div", "head", "img", "meta", "p", "pre", "span", "table", "ul"})


def _any_case(word: str) -> str:
    # Spelled out, because `re.IGNORECASE` gives up the fast search for the literal `</` before it.
    return "".join(f"[{letter}{letter.upper()}]" for letter in word)


_RAW_END = {name: re.compile(f"</{_any_case(name)}(?=[ \t\n\f\r/>])") for name in _RAW}
_SCRIPT_STEP = re.compile(f"<!--|-->|<(?P<end>/?){_any_case('script')}(?=[ \t\n\f\r/>])")


def tags(text: str, xml: bool = False) -> Iterator[Tag]:
    """Yield the tags of a page in order, raw text elements with what they hold; comments and the like are passed over."""
    position, texted = 0, False
    foreign: str | None = None
    php = True  # an end of a PHP block may still come
    while opening := _OPENING.search(text, position):
        start = opening.start()
        texted = texted or _shows(text[position:start])
        kind = text[start + 1]
        if kind == "!":
            position = _after_declaration(text, start, cdata=xml or foreign is not None)
            continue
        if kind == "?":
            # PHP source, as it lies in a folder: `>` occurs in it.  Served, `<?` is a comment up to the first `>`.
            end = text.find("?>", start) if php else -1
            php = end >= 0
            position = end + 2 if php else _after(text, ">", start)
            continue
        match = _TAG.match(text, start)
        if match is None:  # `</` and no letter
            position = _after(text, ">", start)
            continue
        if not match["close"]:
            return  # the file ends inside a tag, which is then none
        position = match.end()
        name, is_end, raw = match["tag"].lower(), bool(match["end"]), match["attributes"]
        closed = raw.endswith("/")
        inner = ""
        if is_end:
            foreign = None if name == foreign else foreign
        elif foreign is not None:
            foreign = None if name in _BREAKS_OUT else foreign
        elif name in _FOREIGN:
            foreign = None if closed else name
        elif name in _RAW and not (xml and closed):
            end = _raw_end(text, name, position)
            inner, position = text[position:end], end
        yield Tag(name, is_end, raw, start, inner, texted)
        texted = False


def _after(text: str, mark: str, position: int) -> int:
    found = text.find(mark, position)
    return len(text) if found < 0 else found + len(mark)


def _after_declaration(text: str, start: int, cdata: bool) -> int:
    if text.startswith("<!--", start):
        if text.startswith(("<!-->", "<!--->"), start):
            return _after(text, ">", start)
        end = _COMMENT_END.search(text, start + 4)
        return end.end() if end else len(text)
    if cdata and text.startswith("<![CDATA[", start):
        return _after(text, "]]>", start)
    return _after(text, ">", start)


def _raw_end(text: str, name: str, position: int) -> int:
    if name == "plaintext":
        return len(text)
    if name != "script":
        end = _RAW_END[name].search(text, position)
        return end.start() if end else len(text)
    # `<!-- <script> </script> -->` inside a script does not end it: HTML, 13.2.5.27 (script data double escaped state).
    escaped = twice = False
    while step := _SCRIPT_STEP.search(text, position):
        position = step.end()
        if step[0] == "<!--":
            escaped, position = True, step.start() + 2  # `<!-->` opens and closes with the same dashes
        elif step[0] == "-->":
            escaped = twice = False
        elif not step["end"]:
            twice = escaped
        elif twice:
            twice = False
        else:
            return step.start()
    return len(text)


def _shows(text: str) -> bool:
    if not text.strip(_WHITE):
        return False
    # Template languages in the source of a page leave nothing, or markup, where they stand.
    return bool(_TEMPLATE_LANGUAGE.sub("", text).strip(_WHITE))


_REFERENCE = re.compile(r"&(?:#[xX]?[0-9A-Fa-f]++;?|[A-Za-z][A-Za-z0-9]*+(?:;|(?!=)))")


def expand(value: str) -> str:
    """Expand the character references of an attribute's value: `&copy=2` in an address stays (HTML, 13.2.5.73)."""

    def one(match: re.Match[str]) -> str:
        reference = match[0]
        if reference[1] == "#":
            return unescape(reference) if len(reference) < 12 else "�"
        return html5.get(reference[1:], reference)

    return _REFERENCE.sub(one, value)


# ---- the head ----------------------------------------------------------------------------------------------------------
_OF_HEAD = frozenset(
    {"html", "head", "base", "basefont", "bgsound", "link", "meta", "title", "noframes", "style", "script", "template", "noscript"}
)  # fmt: skip
_ENDS_HEAD = frozenset({"body", "html", "br"})
_META = re.compile(f"<{_any_case('meta')}")


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
                links.append(LinkElement(rel, given["href"].strip(_WHITE), given.get("type", "").strip(_WHITE), line, here))  # fmt: skip
        elif name == "script" and SCRIPTED in tag.inner:
            line, counted = line + text.count("\n", counted, tag.start), tag.start
            scripted.append(line)
        elif name == "title" and title is None:
            title = " ".join(unescape(tag.inner).split())
        elif name == "html" and lang is None:
            lang = tag.attributes().get("lang")
        elif name == "base" and base is None:
            base = tag.attributes().get("href")
    return Head(
        tuple(metas), tuple(links), title, lang, base, tuple(scripted), whole or place is Place.BODY
    )


def _leaves_head(tag: Tag) -> bool:
    # What follows `</head>` but is of the head still goes there: HTML, 13.2.6.4.6 (the "after head" insertion mode).
    return tag.after_text or (tag.name in _ENDS_HEAD if tag.end else tag.name not in _OF_HEAD)
