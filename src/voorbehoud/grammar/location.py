"""Patterns for paths as `tdmrep.json` uses them: anchored at the start, `*` for any run, `$` for the end.

The syntax is that of robots.txt, the winner is not: here the first rule that matches counts, and `%24` and `%2A` are the
characters `$` and `*` (the specification's own table has `/path/foo-%24` match `/path/foo-$`).

Source: TDMRep, section 6.1.1; RFC 3986, sections 2.3, 5.2.4 and 6.2.2.
"""

import re
from urllib.parse import unquote_to_bytes

_PLAIN = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~$*")
_ESCAPE = re.compile("%([0-9A-Fa-f]{2})|([^!#-;=?-\\[\\]_a-z~])")
_DOT = re.compile(r"/\.\.?(?:/|$)")


def canonical(text: str) -> str:
    """Give a path, or a piece of a pattern without wildcards, in the one spelling in which equal things are equal.

    Escapes of unreserved characters, of `$` and of `*` are undone; other escapes get upper-case digits; what may not
    stand in a URL as it is becomes the escapes of its UTF-8.  Unicode is not folded: `é` has two spellings.
    """
    return _ESCAPE.sub(_spelled, text)


def _spelled(match: re.Match[str]) -> str:
    if match[1] is None:
        return "".join(f"%{byte:02X}" for byte in match[2].encode("utf-8", "surrogatepass"))
    character = chr(int(match[1], 16))
    return character if character in _PLAIN else f"%{match[1].upper()}"


def target(url: str) -> str:
    """Give what a pattern is compared with: path and query of an absolute URL or a path, canonical, without fragment."""
    url = url.partition("#")[0]
    scheme, separator, rest = url.partition("://")
    if separator and not re.search("[/?]", scheme):
        start = re.search("[/?]", rest)
        url = rest[start.start() :] if start else ""
    path, mark, query = url.partition("?")
    path = _without_dots(canonical(path)) or "/"
    return path + mark + canonical(query) if query else path


def plain(url: str) -> bytes:
    """Give the path and query of an address without any escapes: what one spelling and another have in common."""
    return unquote_to_bytes(target(url))


def _without_dots(path: str) -> str:
    if not _DOT.search(path):
        return path
    kept: list[str] = []
    segments = path.split("/")[1:]
    for segment in segments:
        if segment == "..":
            kept[-1:] = []
        elif segment != ".":
            kept.append(segment)
    if segments[-1] in {".", ".."}:
        kept.append("")
    return "/" + "/".join(kept)


def matches(location: str, path: str) -> bool:
    """Tell whether `location` matches `path`, which `target` made.  Linear: nothing is tried twice."""
    anchored = location.endswith("$")
    first, *rest = [canonical(piece) for piece in (location[:-1] if anchored else location).split("*")]
    if not path.startswith(first):
        return False
    if not rest:
        return not anchored or len(first) == len(path)
    position = len(first)
    *middle, last = rest
    for piece in middle:
        found = path.find(piece, position)
        if found < 0:
            return False
        position = found + len(piece)
    if anchored:
        return len(path) - len(last) >= position and path.endswith(last)
    return path.find(last, position) >= 0


def literal(path: str) -> str:
    """Give the pattern that matches `path` and what lies below it, and nothing else: ASCII, without wildcards."""
    return canonical(path).replace("$", "%24").replace("*", "%2A")
