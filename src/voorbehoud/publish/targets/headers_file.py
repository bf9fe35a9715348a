"""`_headers` of Netlify and Cloudflare Pages: our rule for every path, between markers, beside the maker's own.

Both hosts apply every rule that matches and join the values of one name with `, `.  So a header that differs from path to path
cannot be said here: a longer path would add to `/*`, not replace it.  Such headers are left to the other carriers.

Of two rules for the same pattern Cloudflare Pages keeps the last alone (seen with its own server, wrangler 4.86).  So where the
maker has a rule for `/*`, ours stand in it: a second one would take theirs away, or theirs ours.
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
    """One header of a rule: where it stands, in which rule, counted from 1, for which pattern, and what it says."""

    number: int
    rule: int
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
    last = {line.pattern: line.rule for line in said}
    steady = steady_headers(ours)
    conflicts, kept = list[tuple[int, Message]](), list[Header]()
    for header in steady:
        same_name = [line for line in said if line.name.lower() == header.name.lower()]
        clashing = next((line for line in same_name if not _adds_up(line, header, last[line.pattern])), None)
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
    inside = [line.number for line in said if line.rule == last.get(EVERYWHERE)]
    if inside:
        before, newline, after = _parted(theirs, inside[-1])
        block = _block(newline or b"\n", "", kept)
        body = before + newline + block + newline + after if newline else before + b"\n" + block
        return body, tuple(conflicts), unsaid
    newline = found[0] if (found := re.search(_EOL, theirs)) else b"\n"
    block = _block(newline, EVERYWHERE, kept)
    if not theirs:
        return block + newline, tuple(conflicts), unsaid
    if theirs.endswith((b"\n", b"\r")):
        between = b"\r\n" if theirs.endswith(b"\r") and newline == b"\n" else newline
        return theirs + between + block + newline, tuple(conflicts), unsaid
    return theirs + newline + newline + block, tuple(conflicts), unsaid


def _block(newline: bytes, pattern: str, headers: list[Header]) -> bytes:
    """Give our lines between their marks: a rule of its own, or, without a pattern, lines inside one."""
    text = render("server/headers", pattern=pattern, headers=headers)
    return newline.join([BEGIN, *text.encode().rstrip(b"\n").split(b"\n"), END])


def _parted(body: bytes, number: int) -> tuple[bytes, bytes, bytes]:
    """Give what stands before the end of a line, that line end (empty at the end of the file), and what stands after it."""
    for count, end in enumerate(re.finditer(_EOL + rb"|\Z", body), 1):
        if count == number:
            return body[: end.start()], end[0], body[end.end() :]
    raise AssertionError(number)


def cut(body: bytes) -> bytes:
    """Give `body` without our block: the exact inverse of `merge`.  Raises DamagedError where the markers are broken."""
    blocks = list(_BLOCK.finditer(body))
    if len(blocks) > 1 or body.count(BEGIN) != len(blocks) or body.count(END) != len(blocks):
        raise DamagedError(Message.of("markers-damaged"))
    if not blocks:
        return body
    head, tail = body[: blocks[0].start()], body[blocks[0].end() :]
    if re.search(rb"[\r\n]/", blocks[0][0]):  # a rule of its own, with a blank line before it
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
    """Yield every header line, as the hosts read them: indented or not, what begins with `/` or `https://` begins a rule."""
    pattern, rule = "", 0
    for number, raw in enumerate(re.split(_EOL, body), 1):
        text = raw.decode("utf-8", "replace").strip()
        if not text or text.startswith("#"):
            continue
        if re.match(r"/|[^\s:]+://", text):
            pattern, rule = text, rule + 1
        elif text.startswith("!"):
            yield Line(number, rule, pattern, text[1:].strip(), DETACHED)
        elif ":" in text:
            name, _, value = text.partition(":")
            yield Line(number, rule, pattern, name.strip(), value.strip())


def served(body: bytes, path: str, *, last: bool = False) -> tuple[tuple[str, str], ...]:
    """Give the headers that the hosts send with `path`: all rules that match, values of one name joined.

    `last`: of two rules for one pattern only the last counts (Cloudflare Pages).
    """
    joined: dict[str, list[str]] = {}
    said = tuple(lines(body))
    kept = {line.pattern: line.rule for line in said}
    for line in said:
        if not line.covers(path) or (last and line.rule != kept[line.pattern]):
            continue
        if line.value == DETACHED:
            joined.pop(line.name.lower(), None)
        else:
            joined.setdefault(line.name.lower(), []).append(line.value)
    return tuple((name, ", ".join(values)) for name, values in joined.items())


def _adds_up(line: Line, header: Header, last: int) -> bool:
    """Tell whether the maker's line and our header say together what ours says alone.  `last`: the last rule for its pattern."""
    if line.value == DETACHED:
        return False
    if header.name.lower() == "x-robots-tag":
        # Directives add up, but a name before a colon would take ours for itself (Google, "X-Robots-Tag").
        return ":" not in line.value
    return line.pattern == EVERYWHERE and line.value == header.value and line.rule == last
