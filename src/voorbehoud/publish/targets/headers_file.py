"""`_headers` of Netlify and Cloudflare Pages: our rule for every path, between markers, beside the maker's own.

Both hosts apply every rule that matches and join the values of one name with `, `.  So a header that differs from path to path
cannot be said here: a longer path would add to `/*`, not replace it.  Such headers are left to the other carriers.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from ...core.artifact import Header
from ..compose import Composition
from ..frame import render
from ..message import LeftAloneError, Message
from .sending import Part, Sending

NAME = "/_headers"
EVERYWHERE = "/*"
BEGIN, END = b"# BEGIN voorbehoud", b"# END voorbehoud"

MOST_RULES = 100
"""So many rules Cloudflare Pages reads; ours is the last one."""

_EOL = rb"(?:\r\n|\n|\r)"
_BLOCK = re.compile(
    rb"(?<![^\r\n])" + BEGIN + _EOL + rb".*?(?<=[\r\n])" + END + rb"(?:" + _EOL + rb"|\Z)", re.DOTALL
)


class DamagedError(LeftAloneError):
    """Our markers are not as we wrote them."""


DETACHED = "!"
"""The value of a line `! name`, which takes away what came before it (Cloudflare Pages, "Detach a header")."""


@dataclass(frozen=True, slots=True)
class Line:
    """One header of a rule: where it stands, for which pattern, and what it says."""

    number: int
    pattern: str
    name: str
    value: str

    def covers(self, path: str) -> bool:
        """Tell whether the rule matches `path`: `*` is any run, `:word` one segment."""
        parts = re.split(r"(\*|:[A-Za-z]\w*)", self.pattern)
        wild = "".join(
            ".*" if p == "*" else "[^/]+" if p.startswith(":") and len(p) > 1 else re.escape(p) for p in parts
        )
        return re.fullmatch(wild, path, re.DOTALL) is not None


def merge(
    existing: bytes | None, ours: Composition
) -> tuple[bytes, tuple[tuple[int, Message], ...], tuple[str, ...]]:
    """Give the file to serve, the conflicts (line and message), and the names of headers that this file cannot express.

    A header that a rule of the maker's sets already is left out of ours, and is a conflict unless both say the same.
    Raises DamagedError where our markers are broken.
    """
    theirs = cut(existing or b"")
    said = tuple(lines(theirs))
    steady = steady_headers(ours)
    conflicts, kept = list[tuple[int, Message]](), list[Header]()
    for header in steady:
        same_name = [line for line in said if line.name.lower() == header.name.lower()]
        clashing = next((line for line in same_name if not _adds_up(line, header)), None)
        if clashing is not None:
            message = Message.of(
                "headers-own-rule", pattern=clashing.pattern, name=clashing.name, value=clashing.value
            )
            conflicts.append((clashing.number, message))
        elif not any(line.pattern == EVERYWHERE and line.value == header.value for line in same_name):
            kept.append(header)
    unsaid = tuple(name for name in ours.header_names if name not in {header.name for header in steady})
    if not kept:
        return theirs, tuple(conflicts), unsaid
    rules = len({line.pattern for line in said} - {EVERYWHERE}) + 1
    if rules > MOST_RULES:
        conflicts.append((0, Message.of("headers-too-many", count=str(rules))))
    newline = found[0] if (found := re.search(_EOL, theirs)) else b"\n"
    text = render("server/headers", pattern=EVERYWHERE, headers=kept)
    block = newline.join([BEGIN, *text.encode().rstrip(b"\n").split(b"\n"), END])
    if not theirs:
        return block + newline, tuple(conflicts), unsaid
    if theirs.endswith((b"\n", b"\r")):
        between = b"\r\n" if theirs.endswith(b"\r") and newline == b"\n" else newline
        return theirs + between + block + newline, tuple(conflicts), unsaid
    return theirs + newline + newline + block, tuple(conflicts), unsaid


def cut(body: bytes) -> bytes:
    """Give `body` without our block: the exact inverse of `merge`.  Raises DamagedError where the markers are broken."""
    blocks = list(_BLOCK.finditer(body))
    if len(blocks) > 1 or body.count(BEGIN) != len(blocks) or body.count(END) != len(blocks):
        raise DamagedError(Message.of("markers-damaged"))
    if not blocks:
        return body
    head, tail = body[: blocks[0].start()], body[blocks[0].end() :]
    head = re.sub(_EOL + rb"\Z", b"", head)
    if not tail and not body.endswith((b"\n", b"\r")):
        head = re.sub(_EOL + rb"\Z", b"", head)
    return head + tail


def headers_part(it: Sending) -> tuple[Part, ...]:
    """Give a `_headers` with our rule alone, and a comment for what it cannot say."""
    return (Part("_headers", render("server/headers.alone", it=it)),)


def steady_headers(ours: Composition) -> tuple[Header, ...]:
    """Give the headers that say the same at every path."""
    first, *others = ours.levels
    return tuple(
        header
        for header in first.headers
        if all(
            any((h.name, h.value) == (header.name, header.value) for h in level.headers) for level in others
        )
    )


def lines(body: bytes) -> Iterator[Line]:
    """Yield every header line, as the hosts read them: a path at the start of a line, its headers indented below."""
    pattern = ""
    for number, raw in enumerate(re.split(_EOL, body), 1):
        text = raw.decode("utf-8", "replace")
        if not text.strip() or text.lstrip().startswith("#"):
            continue
        if not text[0].isspace():
            pattern = text.strip()
        elif text.strip().startswith("!"):
            yield Line(number, pattern, text.strip()[1:].strip(), DETACHED)
        elif ":" in text:
            name, _, value = text.strip().partition(":")
            yield Line(number, pattern, name.strip(), value.strip())


def served(body: bytes, path: str) -> tuple[tuple[str, str], ...]:
    """Give the headers that the hosts send with `path`: all rules that match, values of one name joined."""
    joined: dict[str, list[str]] = {}
    for line in lines(body):
        if not line.covers(path):
            continue
        if line.value == DETACHED:
            joined.pop(line.name.lower(), None)
        else:
            joined.setdefault(line.name.lower(), []).append(line.value)
    return tuple((name, ", ".join(values)) for name, values in joined.items())


def _adds_up(line: Line, header: Header) -> bool:
    """Tell whether the maker's line and our header say together what ours says alone."""
    if line.value == DETACHED:
        return False
    if header.name.lower() == "x-robots-tag":
        # Directives add up, but a name before a colon would take ours for itself (Google, "X-Robots-Tag").
        return ":" not in line.value
    return line.pattern == EVERYWHERE and line.value == header.value
