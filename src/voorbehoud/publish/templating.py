"""How deep in the conditions of a template a place stands, so that our tags are never put where a page may leave them out.

Knows PHP, Jinja, Twig, Liquid, Handlebars, ERB and EJS well enough to count what opens and closes.  A wrong count can only
make a page be left alone: it never puts a tag in a wrong place that counts as a right one.
"""

import re
from functools import lru_cache

_TAG = re.compile(rb"\{%[-+~]?\s*(\w+)")
_ENDS = re.compile(rb"\{%[-+~]?\s*end(\w+)")
_PHP_OPENS = re.compile(rb"\b(?:if|for|foreach|while|switch)\b", re.IGNORECASE)
_PHP_CLOSES = re.compile(rb"\bend(?:if|for|foreach|while|switch)\b", re.IGNORECASE)
_ERB_OPENS = re.compile(rb"\A(?:if|unless|case|for|while|begin)\b|\bdo(?:\s*\|[^|]*\|)?\s*\Z")
_PHP_TEXT = re.compile(rb"'|\"|/\*|(?://|#)[^\r\n]*")
_PHP_CLOSED = {
    b"'": re.compile(rb"(?:\\.|[^'\\])*+'", re.DOTALL),
    b'"': re.compile(rb"(?:\\.|[^\"\\])*+\"", re.DOTALL),
    b"/*": re.compile(rb".*?\*/", re.DOTALL),
}
_PAIRS = (
    (re.compile(rb"\{(?=\{)"), b"}}"),
    (re.compile(rb"(?<!\{)\{(?=%)"), b"%}"),  # `{{%`: the second brace belongs to the first
    (re.compile(rb"(?<!\{)\{(?=#)"), b"#}"),
    (re.compile(rb"<(?=%)"), b"%>"),
    (re.compile(rb"<(?=[?])"), b"?>"),
)
"""What opens code, and what closes it; in this order, because an unclosed `{{` leaves its second brace to what follows."""
UNCLOSED = {b"{": 1, b"<": 2}
"""What `without_unclosed` puts in the place of the first octet of an opening."""


def without_unclosed(page: bytes) -> bytes:
    """Give `page`, as long as before, without the openings of code that is closed nowhere behind them.

    They are ordinary text, and a pattern that looks for the end of each of them takes the square of their number.
    """
    for opening, closing in _PAIRS:
        first = max(0, page.rfind(closing) - 1)  # one that opens here or later has no end
        if opening.search(page, first):
            masked = bytearray(page)
            for found in opening.finditer(page, first):
                masked[found.start()] = UNCLOSED[found[0]]
            page = bytes(masked)
    return page


def depth_change(code: bytes, page: bytes, position: int) -> int:
    """Say how many blocks `code` (one `{% %}`, `{{ }}`, `<? ?>` or `<% %>`) opens (positive) or closes in `page`.

    `position`: where `code` ends in `page`; a tag like `{% set %}` opens a block only where an end tag follows.
    """
    if code.startswith(b"{%"):
        return _tag(code, page, position)
    if code.startswith(b"{{"):
        return {b"#": 1, b"^": 1, b"/": -1}.get(code[2:].lstrip(b"~ ")[:1], 0) if code[2:4] != b"^}" else 0
    if code.startswith(b"<?"):
        body = _php(code[2:].removesuffix(b"?>"))
        last = body[max(body.rfind(mark) for mark in (b";", b"{", b"}")) + 1 :].rstrip()
        opens = last.endswith(b":") and _PHP_OPENS.search(last) is not None
        return _braces(body) + opens - len(_PHP_CLOSES.findall(body))
    if code.startswith(b"<%"):
        body = code[2:-2].strip(b"-=# \t\r\n")
        return _braces(body) + bool(_ERB_OPENS.search(body)) - bool(re.match(rb"end\b", body))
    return 0


def _tag(code: bytes, page: bytes, position: int) -> int:
    name = found[1] if (found := _TAG.match(code)) else b""
    if name.startswith(b"end"):
        return -1
    return int(bool(name) and _last_ends(page).get(name, -1) >= position)


@lru_cache(maxsize=1)
def _last_ends(page: bytes) -> dict[bytes, int]:
    """Give where the last end tag of each block stands."""
    return {found[1]: found.start() for found in _ENDS.finditer(page)}


def _php(code: bytes) -> bytes:
    """Give PHP without its strings and comments.  A quote that nothing closes is an ordinary character."""
    kept, position, closed = [], 0, dict(_PHP_CLOSED)
    while found := _PHP_TEXT.search(code, position):
        pattern, end = closed.get(found[0]), found.end()
        if found[0] in _PHP_CLOSED:
            closing = pattern.match(code, end) if pattern else None
            if closing is None:  # and so nothing closes the next one either
                closed.pop(found[0], None)
                kept.append(code[position:end])
                position = end
                continue
            end = closing.end()
        kept += code[position : found.start()], b" "
        position = end
    return b"".join((*kept, code[position:]))


def _braces(code: bytes) -> int:
    return code.count(b"{") - code.count(b"}")
