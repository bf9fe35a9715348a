"""`_headers`: what Netlify and Cloudflare Pages send with the files beside it.

Source: https://docs.netlify.com/routing/headers/ and https://developers.cloudflare.com/pages/configuration/headers/
"""

import re
from collections.abc import Iterator

NAME = "_headers"

_WILD = re.compile(r"(\*|:[A-Za-z]\w*)")


def fields_for(body: bytes, path: str) -> tuple[tuple[str, str], ...]:
    """Give the header fields that the host sends with `path`: of every rule that matches, in the order of the file.

    Both hosts join the values of one name with a comma.  A line `! name` takes away what came before it.  Lines that are
    neither rule nor field are left out.  Never raises.
    """
    found: dict[str, tuple[str, str]] = {}
    for pattern, name, value in _lines(body):
        if not _matches(pattern, path):
            continue
        if value is None:
            found.pop(name.lower(), None)
        else:
            said = found.get(name.lower())
            found[name.lower()] = (said[0], f"{said[1]}, {value}") if said else (name, value)
    return tuple(found.values())


def _lines(body: bytes) -> Iterator[tuple[str, str, str | None]]:
    """Yield pattern, name and value of every field: a path at the start of a line, its fields indented below.

    The value is None where the field is detached (Cloudflare Pages, "Detach a header").
    """
    pattern = None
    for raw in body.removeprefix(b"\xef\xbb\xbf").splitlines():
        line = raw.decode("utf-8", "replace")
        text = line.strip()
        if not text or text.startswith("#"):
            continue
        if not line[0].isspace():
            pattern = text
            continue
        name, colon, value = text.partition(":")
        if pattern is None:
            continue
        if name.startswith("!"):
            yield pattern, name[1:].strip(), None
        elif colon:
            yield pattern, name.strip(), value.strip()


def _matches(pattern: str, path: str) -> bool:
    """`*` is any run of characters, `:word` one segment; everything else is itself."""
    pieces = (
        ".*" if piece == "*" else "[^/]+" if _WILD.fullmatch(piece) else re.escape(piece)
        for piece in _WILD.split(pattern)
    )
    return re.fullmatch("".join(pieces), path, re.DOTALL) is not None
