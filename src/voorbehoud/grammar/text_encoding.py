"""The text of a page from its bytes, as browsers decode it."""

import codecs
import re

_LABELS = {
    "utf-8": "utf-8", "utf8": "utf-8", "unicode-1-1-utf-8": "utf-8",
    "utf-16": "utf-16-le", "utf-16le": "utf-16-le", "utf-16be": "utf-16-be",
    "ascii": "cp1252", "us-ascii": "cp1252", "latin1": "cp1252", "iso-8859-1": "cp1252", "iso8859-1": "cp1252",
    "iso_8859-1": "cp1252", "cp1252": "cp1252", "macintosh": "mac-roman", "koi8-r": "koi8-r", "koi8-u": "koi8-u",
    "shift_jis": "cp932", "shift-jis": "cp932", "sjis": "cp932", "euc-jp": "euc_jp", "iso-2022-jp": "iso2022_jp",
    "gb2312": "gbk", "gbk": "gbk", "gb18030": "gb18030", "big5": "big5", "euc-kr": "cp949", "windows-874": "cp874",
    **{f"windows-125{n}": f"cp125{n}" for n in range(9)},
    **{f"iso-8859-{n}": f"iso8859-{n}" for n in (2, 3, 4, 5, 6, 7, 8, 10, 13, 14, 15, 16)},
    "iso-8859-9": "cp1254",
}  # fmt: skip
"""Labels of the Encoding Standard that pages use.  A closed list: Python's own look-up also knows codecs that are no encodings."""

_BOMS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
_UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_CHARSET = re.compile(r"charset\s*=\s*[\"']?\s*([\w:.-]+)", re.IGNORECASE)
_META_CHARSET = re.compile(rb"<meta[^>]{0,300}?charset\s*=\s*[\"']?\s*([\w:.-]+)", re.IGNORECASE)
_COMMENT = re.compile(rb"<!--.*?-->", re.DOTALL)
_PRESCAN = 1024  # bytes in which browsers look for the meta element (HTML, 13.2.3.2)


def decode(body: bytes, content_type: str = "") -> str:
    """Give the text of a page, every line end as `\\n`; bytes that do not fit become U+FFFD.  Never raises.

    What decides, in order: byte order mark, charset of the Content-Type header, meta element, UTF-8 where the bytes
    are valid, else windows-1252.  `body` may be cut in the middle of a character.
    """
    text = _decoded(body, content_type)
    return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text


def beginning(body: bytes, end: int, content_type: str = "") -> str | None:
    """Give `body[:end]` as the text that `decode(body)` begins with, None where that takes more than those octets to tell.

    `end`: behind an ASCII character.  None also for encodings in which an octet that looks like ASCII may be half a character.
    """
    mark = len(codecs.BOM_UTF8) if body.startswith(codecs.BOM_UTF8) else 0
    declared = "utf-8" if mark else _declared(body, content_type)
    octets = body[mark:end]
    if declared is None and octets.isascii():
        declared = "utf-8"
    if declared not in {"utf-8", "cp1252"} or body.startswith(_UTF_16):
        return None
    text = octets.decode(declared, "replace")
    return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text


def _decoded(body: bytes, content_type: str) -> str:
    for mark, encoding in _BOMS:
        if body.startswith(mark):
            return body[len(mark) :].decode(encoding, "replace")
    declared = _declared(body, content_type)
    if declared is not None:
        return body.decode(declared, "replace")
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError as fault:
        read = body[: fault.start]
        if fault.reason == "unexpected end of data" and not read.isascii():
            return read.decode("utf-8")  # UTF-8 so far; the last character was split
        return body.decode("cp1252", "replace")


def _declared(body: bytes, content_type: str) -> str | None:
    if (match := _CHARSET.search(content_type)) and match[1].lower() in _LABELS:
        return _LABELS[match[1].lower()]
    if match_in_page := _META_CHARSET.search(_COMMENT.sub(b"", body[:_PRESCAN])):
        label = _LABELS.get(match_in_page[1].decode("latin-1").lower())
        # A page that could be read this far is not UTF-16, whatever it says: HTML, 13.2.3.2.
        return "utf-8" if label and label.startswith("utf-16") else label
    return None
