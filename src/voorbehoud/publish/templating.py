"""How deep in the conditions of a template a place stands, so that our tags are never put where a page may leave them out.

Knows PHP, Jinja, Twig, Liquid, Handlebars, ERB and EJS well enough to count what opens and closes.  A wrong count can only
make a page be left alone: it never puts a tag in a wrong place that counts as a right one.
"""

import re

_TAG = re.compile(rb"\{%[-+~]?\s*(\w+)")
_PHP_OPENS = re.compile(rb"\b(?:if|for|foreach|while|switch)\b[^;{}]*:\s*\Z", re.IGNORECASE | re.DOTALL)
_PHP_CLOSES = re.compile(rb"\bend(?:if|for|foreach|while|switch)\b", re.IGNORECASE)
_ERB_OPENS = re.compile(rb"\A(?:if|unless|case|for|while|begin)\b|\bdo(?:\s*\|[^|]*\|)?\s*\Z")
_PHP_TEXT = re.compile(rb"'(?:\\.|[^'\\])*'|\"(?:\\.|[^\"\\])*\"|/\*.*?\*/|(?://|#)[^\r\n]*", re.DOTALL)


def depth_change(code: bytes, page: bytes, position: int) -> int:
    """Say how many blocks `code` (one `{% %}`, `{{ }}`, `<? ?>` or `<% %>`) opens (positive) or closes in `page`.

    `position`: where `code` ends in `page`; a tag like `{% set %}` opens a block only where an end tag follows.
    """
    if code.startswith(b"{%"):
        return _tag(code, page, position)
    if code.startswith(b"{{"):
        return {b"#": 1, b"^": 1, b"/": -1}.get(code[2:].lstrip(b"~ ")[:1], 0) if code[2:4] != b"^}" else 0
    if code.startswith(b"<?"):
        body = _PHP_TEXT.sub(b" ", code[2:].removesuffix(b"?>"))
        return _braces(body) + bool(_PHP_OPENS.search(body)) - len(_PHP_CLOSES.findall(body))
    if code.startswith(b"<%"):
        body = code[2:-2].strip(b"-=# \t\r\n")
        return _braces(body) + bool(_ERB_OPENS.search(body)) - bool(re.match(rb"end\b", body))
    return 0


def _tag(code: bytes, page: bytes, position: int) -> int:
    name = found[1] if (found := _TAG.match(code)) else b""
    if name.startswith(b"end"):
        return -1
    return int(bool(name) and re.search(rb"\{%[-+~]?\s*end" + name + rb"\b", page[position:]) is not None)


def _braces(code: bytes) -> int:
    return code.count(b"{") - code.count(b"}")
