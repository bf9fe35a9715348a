"""`_headers`: what Netlify and Cloudflare Pages send with the files beside it.

Source: https://docs.netlify.com/routing/headers/ and https://developers.cloudflare.com/pages/configuration/headers/
"""

import re
from collections.abc import Iterable, Iterator

NAME = "_headers"

_RULE = re.compile(r"/|[^\s:]+://")
_WILD = re.compile(r"(\*|:[A-Za-z]\w*)")


def fields_for(body: bytes, path: str) -> tuple[tuple[str, str], ...]:
    """Give the header fields that the host sends with `path`: of every rule that matches, in the order of the file.

    Both hosts join the values of one name with a comma.  A line `! name` takes away what came before it.  Of two rules for one
    pattern Cloudflare Pages keeps the last alone, so a field that only an earlier one has is left out: it may never be sent.
    Lines that are neither rule nor field are left out.  Never raises.
    """
    said = tuple(_lines(body))
    last = {pattern: rule for rule, pattern, _, _ in said}
    sent = _joined((line for line in said if line[0] == last[line[1]]), path)
    return tuple(field for name, field in _joined(said, path).items() if name in sent)


def _joined(said: "Iterable[_Field]", path: str) -> dict[str, tuple[str, str]]:
    found: dict[str, tuple[str, str]] = {}
    for _, pattern, name, value in said:
        if not _matches(pattern, path):
            continue
        if value is None:
            found.pop(name.lower(), None)
        else:
            before = found.get(name.lower())
            found[name.lower()] = (before[0], f"{before[1]}, {value}") if before else (name, value)
    return found


_Field = tuple[int, str, str, str | None]
"""The number of the rule, its pattern, the name and the value."""


def _lines(body: bytes) -> Iterator[_Field]:
    """Yield every field: indented or not, what begins with `/` or `https://` begins a rule.

    The value is None where the field is detached (Cloudflare Pages, "Detach a header").
    """
    pattern, rule = None, 0
    for raw in body.removeprefix(b"\xef\xbb\xbf").splitlines():
        text = raw.decode("utf-8", "replace").strip()
        if not text or text.startswith("#"):
            continue
        if _RULE.match(text):
            pattern, rule = text, rule + 1
            continue
        name, colon, value = text.partition(":")
        if pattern is None:
            continue
        if name.startswith("!"):
            yield rule, pattern, name[1:].strip(), None
        elif colon:
            yield rule, pattern, name.strip(), value.strip()


def _matches(pattern: str, path: str) -> bool:
    """`*` is any run of characters, `:word` one segment; everything else is itself."""
    pieces = (
        ".*" if piece == "*" else "[^/]+" if _WILD.fullmatch(piece) else re.escape(piece)
        for piece in _WILD.split(pattern)
    )
    return re.fullmatch("".join(pieces), path, re.DOTALL) is not None
