"""Paths and path patterns of robots.txt: brought to one spelling, then compared.

Spec: RFC 9309, sections 2.2.2 (matching, encoding) and 2.2.3 (special characters).
"""

import re
from functools import lru_cache

UNRESERVED = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")

_TO_SPELL = re.compile(rb"%[0-9A-Fa-f]{2}|[\x80-\xff]")
_SPECIAL = re.compile(rb"[*$%\x80-\xff]")
_NEVER_SENT = re.compile(rb"[\x00-\x20\x7f\"<>`{}]")
_AFTER_HOST = re.compile(r"[/?#]")


def normal(octets: bytes) -> bytes:
    """Give one spelling for all equivalent ones: non-ASCII octets and reserved characters as `%XX`, unreserved ones bare.

    `/%7ejoe/é` becomes `/~joe/%C3%A9`; `%2f` becomes `%2F` and never `/`; a `%` that starts no escape stays.
    Source: RFC 9309, section 2.2.2 (its table), and RFC 3986, section 6.2.2.
    """
    return _TO_SPELL.sub(_spelt, octets) if _SPECIAL.search(octets) else octets


def _spelt(found: re.Match[bytes]) -> bytes:
    escape = found[0]
    if len(escape) == 1:
        return b"%%%02X" % escape[0]
    octet = int(escape[1:], 16)
    return bytes((octet,)) if octet in UNRESERVED else escape.upper()


@lru_cache(maxsize=1024)
def path_of(url: str) -> bytes:
    """Give path and query of `url` (absolute, or a path), fragment off, in the spelling that patterns are compared with.

    Blanks and the like are escaped, as a crawler sends them.  `%2A` and `%24` become `*` and `$`, which have no special meaning
    in a URL.  Never raises; no path gives `/`.
    Source: URL Standard, path percent-encode set.
    """
    if not url.startswith("/"):
        start = url.find("://")
        found = _AFTER_HOST.search(url, start + 3 if start >= 0 else 0)
        url = url[found.start() :] if found else ""
    url = url.partition("#")[0]
    if not url.startswith("/"):  # `https://e.nl?q`, or nothing at all
        url = "/" + url
    return _literal(normal(_NEVER_SENT.sub(_escaped, url.encode("utf-8", "surrogatepass"))))


def _escaped(found: re.Match[bytes]) -> bytes:
    return b"%%%02X" % found[0][0]


def match_length(pattern: bytes, path: bytes) -> int:
    """Give how many octets of `pattern` count when it matches `path`; -1 where it does not match.

    `pattern`: as written; `*` is any run, `$` at the end is the end, anything else is a prefix.  An empty pattern, and one
    that starts with neither `/` nor `*`, matches nothing.  `path`: from `path_of`.  Linear in the length of both.
    Wildcards count, escapes count as written in normal form, so `/*.html` (7) beats `/page` (5).
    """
    if not _SPECIAL.search(pattern):
        return len(pattern) if pattern and path.startswith(pattern) else -1
    length, pieces, anchored = _compiled(pattern)
    return length if _matches(pieces, anchored, path) else -1


def head_of(pattern: bytes) -> bytes:
    """Give the beginning of `pattern` in which every octet stands for itself: a path that matches starts with it."""
    special = _SPECIAL.search(pattern)
    return pattern if special is None else pattern[: special.start()]


@lru_cache(maxsize=4096)
def _compiled(pattern: bytes) -> tuple[int, tuple[bytes, ...], bool]:
    spelt = normal(pattern)
    anchored = spelt.endswith(b"$")
    pieces = (spelt[:-1] if anchored else spelt).split(b"*")
    return len(spelt), tuple(map(_literal, pieces)), anchored


def _literal(spelt: bytes) -> bytes:
    return spelt.replace(b"%2A", b"*").replace(b"%24", b"$") if b"%2" in spelt else spelt


def _matches(pieces: tuple[bytes, ...], anchored: bool, path: bytes) -> bool:
    # Taking each piece at its first place is enough, since a `*` may be as long as it likes: no way back is ever needed.
    if not path.startswith(pieces[0]):
        return False
    place = len(pieces[0])
    if len(pieces) == 1:
        return not anchored or place == len(path)
    for piece in pieces[1:-1]:
        place = path.find(piece, place)
        if place < 0:
            return False
        place += len(piece)
    if anchored:
        return len(path) - len(pieces[-1]) >= place and path.endswith(pieces[-1])
    return path.find(pieces[-1], place) >= 0


def encoded(prefix: str) -> str:
    """Give a pattern that matches exactly the paths that start with `prefix` (a plain path): ASCII only, nothing special in it.

    Source: RFC 9309, section 2.2.3: `*` and `$` stand for themselves only as `%2A` and `%24`; `#` and blanks would end the value.
    """
    spelt = _NEVER_SENT.sub(_escaped, normal(prefix.encode("utf-8", "surrogatepass")))
    return "".join(f"%{c:02X}" if c in b"*$#" else chr(c) for c in spelt)
