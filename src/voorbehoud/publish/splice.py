"""Our lines in the head of a page, put in and taken out by bytes: every other byte stays as the maker left it.

No tree is built.  Tree builders rewrite nearly every line of a hand-made page, and give up where real pages begin:
front matter, PHP before `<html>`, template braces.  This reader knows just enough to find the head, and says so where it does not.
"""

import html
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from ..core.artifact import Markup
from ..grammar.octets import find
from .message import LeftAloneError, Message
from .templating import UNCLOSED, depth_change, without_unclosed

BEGIN, END = b"<!-- voorbehoud: begin -->", b"<!-- voorbehoud: end -->"
_MARKER = b"<!-- voorbehoud: "
SNIFFED = 1024
"""Browsers look for the charset in this many bytes (HTML, "prescan a byte stream"), so ours may not push it out."""

_CODE = rb"<\?.*?\?>|<%.*?%>|\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\}"
# Quotes count only after `=`; code may hold quotes and `>` of its own.  Possessive: no backtracking on hostile input.
_QUOTED = rb"\"(?:[^\"<{]++|" + _CODE + rb"|[<{])*+\"|'(?:[^'<{]++|" + _CODE + rb"|[<{])*+'"
_INSIDE = rb"[^>=<{]++|=\s*+(?:" + _QUOTED + rb")|=(?!\s*+[\"'])|" + _CODE + rb"|[<{]"
_TOKEN = re.compile(
    rb"\s*+(?:"
    rb"(?P<start><(?P<name>[a-z][^\s/>]*+)(?:" + _INSIDE + rb")*+>)"
    rb"|(?P<comment><!--(?:>|->|.*?--!?>))"
    rb"|(?P<code>" + _CODE + rb"|\x02\?.*\Z)"  # PHP may go on to the end: see `without_unclosed`
    rb"|(?P<declaration><![^>]*+>)"
    rb"|(?P<end></[a-z][^>]*+>)"
    rb")",
    re.DOTALL | re.IGNORECASE,
)
_ATTRIBUTE = re.compile(rb"(?<![^\s=/>\"'<])([^\s=/>\"'<]++)\s*+=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s>\"']+))")
_FRONT_MATTER = re.compile(rb"(?:\xef\xbb\xbf)?---[ \t]*\r?\n.*?\n(?:---|\.\.\.)[ \t]*\r?\n", re.DOTALL)
_OURS = re.compile(
    rb"(?:\r\n|\n|\r)?[ \t]*" + re.escape(BEGIN) + rb".*?" + re.escape(END),
    re.DOTALL,
)
_NEWLINE = re.compile(rb"\r\n|\n|\r")
_RAW = {name: re.compile(rb"</" + name + rb"(?=[\s/>])[^>]*>", re.IGNORECASE) for name in
        (b"title", b"script", b"style", b"noscript", b"template", b"noframes")}  # fmt: skip
_LEAVES = re.compile(rb"</(?:head|body|html|br)\b", re.IGNORECASE)
_OPENING = {b"html", b"head"}
_EMPTY = {b"link", b"base", b"basefont", b"bgsound"}


_SET = rb"(?:=(?:\"[^\"<{]*+\"|'[^'<{]*+'))"  # no `<` and no `{`: code of a template has other rules
_BEHIND = rb"(?:\s++[a-zA-Z][\w:-]*+" + _SET + rb"?+)*+\s*+/?+>"
_NAMED = rb"(?:\s++(?:name=(?:\"[^\"<{&]*+\"|'[^'<{&]*+')|%s))*+\s*+/?+>"
_REST = (
    rb"|link" + _BEHIND + rb"|title>[^<]*+</title>|style" + _BEHIND + rb"[^<]*+</style>"
    rb"|script" + _BEHIND + rb"(?:[^<]++|<(?!/[sS]|!))*+</script>|!--(?!-?>)(?:[^-]++|-(?!-))*+-->"
)
_PLAIN = re.compile(
    rb"(?:\xef\xbb\xbf)?+\s*+<!(?:doctype|DOCTYPE) html>\s*+<html(?P<html>" + _BEHIND + rb")\s*+<head>"
    rb"(?:\s*+<(?:meta" + _NAMED % (rb"(?:content|property|itemprop|media|id)" + _SET) + _REST + rb"))*+\s*+"
    rb'(?P<charset><meta\s++charset="[\w-]++"\s*+/?+>)'
    rb"(?:\s*+<(?:meta"
    + _NAMED % (rb"(?!name[=\s])[a-z][a-z0-9_:-]*+" + _SET + rb"?+")
    + _REST
    + rb"))*+\s*+</head>"
)
"""A head as generators write it, up to its end: each step of it means the same to `_TOKEN`."""


class NoPlaceError(LeftAloneError):
    """The page has no head that can be found with certainty."""


class ClashError(LeftAloneError):
    """The page holds something that is not ours to change."""


@dataclass(frozen=True, slots=True)
class _Meta:
    name: str
    content: str
    offset: int


@dataclass(frozen=True, slots=True)
class _Head:
    """Where to insert (an offset right behind a tag), in which style, and what stands there."""

    at: int
    indent: bytes
    slash: bool
    behind_charset: bool
    metas: tuple[_Meta, ...]


def splice(page: bytes, tags: Sequence[Markup]) -> bytes:
    """Give `page` with exactly `tags` between our markers; a page that says the same by itself comes back as it is.

    What we put in earlier is replaced.  `cut` of the result gives the page without us.
    Raises NoPlaceError (leave the page alone and say so) and ClashError (the page says something else, or our markers are damaged).
    """
    bare = cut(page)
    if not tags:
        return bare
    if bare[:2] in {b"\xff\xfe", b"\xfe\xff"} or b"\0" in bare[:SNIFFED]:
        raise NoPlaceError(Message.of("page-utf16"))
    head = _plain_head(bare, tags) or _head(bare)
    missing = [tag for tag in tags if not _said(bare, head, tag)]
    if not missing:
        return bare
    newline = found[0] if (found := _NEWLINE.search(bare)) else b"\n"
    close = b" />" if head.slash else b">"
    lines = [BEGIN, *(_tag(tag, close) for tag in missing), END]
    ours = b"".join(newline + head.indent + line for line in lines)
    if not head.behind_charset and _late_charset(bare, head.at, len(ours)):
        raise NoPlaceError(Message.of("page-late-charset"))
    return bare[: head.at] + ours + bare[head.at :]


def cut(page: bytes) -> bytes:
    """Give `page` without our lines: the exact inverse of `splice`.  Raises ClashError where the markers are damaged."""
    if find(page, _MARKER) < 0:
        return page
    begins, ends = page.count(BEGIN), page.count(END)
    if begins == ends == 0:
        return page
    # Only then, because of many beginnings each would look for its end.
    found = _OURS.search(page) if begins == ends == 1 else None
    if found is None:
        line = _line(page, max(page.find(BEGIN), page.find(END), 0))
        raise ClashError(Message.of("markers-damaged"), line)
    return page[: found.start()] + page[found.end() :]


@lru_cache(maxsize=64)
def _tag(tag: Markup, close: bytes) -> bytes:
    name, content = (html.escape(text, quote=True) for text in (tag.name, tag.content))
    return f'<meta name="{name}" content="{content}"'.encode("ascii", "xmlcharrefreplace") + close


def _said(page: bytes, head: _Head, tag: Markup) -> bool:
    """Tell whether the page says `tag` by itself.  Raises ClashError where it says something else under that name."""
    same = [meta for meta in head.metas if meta.name == tag.name.lower()]
    if tag.name.lower() == "robots":  # directives of several robots tags add up (Google, "Combining rules")
        ours = _directives(tag.content)
        return any(ours <= _directives(meta.content) for meta in same)
    other = [meta for meta in same if meta.content.strip() != tag.content]
    if other or len(same) > 1:
        meta = (other or same)[0]
        raise ClashError(
            Message.of("page-own-tag", name=meta.name, theirs=meta.content, ours=tag.content),
            _line(page, meta.offset),
        )
    return bool(same)


def _directives(content: str) -> set[str]:
    return {word.strip().lower() for word in content.split(",")} - {""}


def _plain_head(page: bytes, tags: Sequence[Markup]) -> _Head | None:
    """Give what `_head` gives, its metas left out, for a plain head that says nothing under the names of `tags`; else None."""
    plain = _PLAIN.match(page)
    if plain is None or b"xmlns" in plain["html"] or b"//DTD XHTML" in page[: SNIFFED + 3]:
        return None
    said = plain[0].lower()
    if any(not tag.name.isascii() or tag.name.lower().encode() in said for tag in tags):
        return None
    start, at = plain.span("charset")
    return _Head(at, _indent_before(page, start), page[at - 2 : at] == b"/>", True, ())


def _head(page: bytes) -> _Head:
    """Find the head of `page`.  Raises NoPlaceError where that cannot be done with certainty."""
    front = _FRONT_MATTER.match(page)
    position = front.end() if front else (3 if page.startswith(b"\xef\xbb\xbf") else 0)
    xhtml = bool(re.match(rb"\s*<\?xml\b", page[position:])) or b"//DTD XHTML" in page[: position + SNIFFED]
    depth, conditional, metas = 0, False, list[_Meta]()
    charset: tuple[int, int, bool] | None = (
        None  # where its tag begins and ends, and whether it ends in a slash
    )
    opening: int | None = None  # behind the last of doctype, <html> and <head>
    masked = without_unclosed(page)
    while token := _TOKEN.match(masked, position):
        position, kind = token.end(), token.lastgroup or ""
        text = page[token.start(kind) : token.end(kind)]
        name = token["name"].lower() if kind == "start" else b""
        if text[0] == UNCLOSED[b"<"]:  # written so in the page itself: text
            break
        if kind == "code":
            depth += depth_change(text, page, position)
        elif name in _OPENING or (kind == "declaration" and text[:9].lower() == b"<!doctype"):
            if name == b"head" and xhtml and text.endswith(b"/>"):
                raise NoPlaceError(Message.of("page-empty-head"))
            opening, conditional = position, depth != 0
            xhtml = xhtml or (name == b"html" and b"xmlns" in text)
        elif name == b"meta":
            attributes = _attributes(text)
            start = token.start(kind)
            if charset is None and depth == 0 and _tells_charset(attributes):
                charset = (start, position, text.endswith(b"/>"))
            if "name" in attributes:
                metas.append(_Meta(attributes["name"].strip().lower(), attributes.get("content", ""), start))
        elif name in _RAW:
            position = _after_raw(page, name, position)
        elif (name and name not in _EMPTY) or (kind == "end" and _LEAVES.match(text)):
            break
    if charset is not None:
        start, at, slash = charset
        return _Head(at, _indent_before(page, start), slash or xhtml, True, tuple(metas))
    if opening is None:
        raise NoPlaceError(Message.of("page-fragment"))
    if conditional:
        raise NoPlaceError(Message.of("page-conditional"))
    return _Head(opening, _indent_after(page, opening), xhtml, False, tuple(metas))


def _after_raw(page: bytes, name: bytes, position: int) -> int:
    """Give the offset behind the end tag of an element whose content is not markup for us."""
    closing = _RAW[name].search(page, position)
    if closing is None:
        raise NoPlaceError(Message.of("page-never-closed", element=name.decode()))
    inside = page[position : closing.start()].lower()
    if name == b"script" and b"<!--" in inside and b"<script" in inside:
        # HTML, "script data double escaped state": here the next </script> does not end the script.
        raise NoPlaceError(Message.of("page-script-in-comment"))
    return closing.end()


def _attributes(tag: bytes) -> dict[str, str]:
    """Give the attributes of a start tag by lower-case name; of a repeated one the first, as browsers do."""
    found: dict[str, str] = {}
    for name, *values in _ATTRIBUTE.findall(tag):
        text = b"".join(values).decode("latin-1")
        found.setdefault(name.decode("latin-1").lower(), html.unescape(text))
    return found


def _tells_charset(attributes: dict[str, str]) -> bool:
    return "charset" in attributes or attributes.get("http-equiv", "").strip().lower() == "content-type"


def _late_charset(page: bytes, at: int, added: int) -> bool:
    """Tell whether a charset declaration behind `at` leaves the bytes that browsers sniff once `added` bytes come before it."""
    found = re.search(rb"charset\s*=\s*[\"']?[^\s\"'>]+", page[at:SNIFFED], re.IGNORECASE)
    return found is not None and at + found.end() + added > SNIFFED


def _indent_before(page: bytes, start: int) -> bytes:
    """Give the white space that opens the line of the tag at `start`; empty where something stands before the tag."""
    line = page[max(page.rfind(b"\n", 0, start), page.rfind(b"\r", 0, start)) + 1 : start]
    return line if not line.strip(b" \t") else b""


def _indent_after(page: bytes, at: int) -> bytes:
    """Give the white space that opens the next line with something on it, if that is the line below."""
    found = re.match(rb"[ \t]*(?:\r\n|\n|\r)([ \t]*)(?=[^\s])", page[at : at + SNIFFED])
    return found[1] if found else b""


def _line(page: bytes, offset: int) -> int:
    return len(_NEWLINE.findall(page, 0, offset)) + 1
