"""The lines of a robots.txt, cut into records: `name: value`, comments gone.

Spec: RFC 9309, sections 2.2 (grammar) and 2.5 (limits).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from functools import lru_cache

LIMIT = 512_000
"""Octets that are read, 500 KiB: the least that RFC 9309 section 2.5 demands, and the most that Google reads."""

BYTE_ORDER_MARK = b"\xef\xbb\xbf"

KNOWN = frozenset((
    "user-agent", "allow", "disallow",  # RFC 9309
    "sitemap", "crawl-delay", "host", "clean-param", "request-rate", "visit-time", "cache-delay", "noindex",
    "content-usage", "content-signal", "content-signals", "license",
))  # fmt: skip
"""Field names that somebody gives a meaning."""

LIKELY = ("user-agent", "disallow", "allow", "sitemap", "content-usage", "content-signal")
"""What a misspelt name is compared with."""

# Google's parser reads these names as the ones behind them, and any name that begins with one of them:
# robots.cc at 22b355f (2026-04-01), ParsedRobotsKey.
LENIENT = {
    "disallow": ("disallow", "dissallow", "dissalow", "disalow", "diasllow", "disallaw"),
    "allow": ("allow",),
    "user-agent": ("user-agent", "useragent", "user agent"),
    "sitemap": ("sitemap", "site-map"),
}


@dataclass(frozen=True, slots=True)
class Record:
    """One line that is, or wants to be, a record.

    `line` counts from 1.  `name` is in lower case, `value` without blanks around it.  `colon` False: the line has two words
    and no colon, which Google's parser takes for a record and the RFC does not.
    """

    line: int
    name: str
    value: str
    colon: bool = True

    @property
    def meant(self) -> str | None:
        """The field that the writer seems to have meant; None where the name is a known one, or like no other."""
        return None if self.name in KNOWN and self.colon else meant_by(self.name)

    @property
    def known(self) -> bool:
        """A record as specified by somebody: known name, colon."""
        return self.colon and self.name in KNOWN


def records(body: bytes) -> Iterator[Record]:
    """Yield every line of a robots.txt that could be a record, known or not.

    `body`: as fetched; lines end with CR, LF or CRLF and nothing else; a UTF-8 byte order mark, or a part of one, is skipped.
    Only the first 512 000 octets are read, without the line that is cut there.  Lines count from 1, as an editor shows them.
    Never raises.
    Source: RFC 9309, sections 2.2 and 2.5; a partial byte order mark: robots_test.cc of Google's parser.
    """
    for number, line in enumerate(lines(body), 1):
        name, colon, value = uncommented(line).partition(b":")
        if colon:
            yield Record(number, said(name).lower(), said(value))
        elif found := _colonless(number, name):
            yield found


def colonless(body: bytes) -> Iterator[Record]:
    """Yield those of `records(body)` that lack their colon (`Disallow /`).  Never raises."""
    for number, line in enumerate(lines(body), 1):
        text = uncommented(line)
        if b":" not in text and (found := _colonless(number, text)):
            yield found


def _colonless(number: int, text: bytes) -> Record | None:
    words = text.split(None, 2)
    if len(words) != 2 or meant_by(name := said(words[0]).lower()) is None:
        return None
    return Record(number, name, said(words[1]), colon=False)


def lines(body: bytes) -> list[bytes]:
    """Give the lines of the part that is read, without their ends.

    A line that the limit cuts is left out: half a path would refuse more than was written, half a token somebody else.
    """
    text = body[:LIMIT]
    if len(body) > LIMIT and body[LIMIT : LIMIT + 1] not in {b"\n", b"\r"}:
        text = text[: max(text.rfind(b"\n"), text.rfind(b"\r")) + 1]
    for length in (3, 2, 1):
        if text.startswith(BYTE_ORDER_MARK[:length]):
            text = text[length:]
            break
    if b"\r" in text:
        text = text.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    return text.split(b"\n")


def uncommented(line: bytes) -> bytes:
    """Give what stands before the first `#`: a comment may follow a path without a blank (RFC 9309, section 2.2.3)."""
    return line[: line.index(b"#")] if b"#" in line else line


def said(octets: bytes) -> str:
    """Give octets as text for people and for comparing: blanks off, what is not UTF-8 replaced."""
    return octets.strip().decode("utf-8", "replace")


@lru_cache(maxsize=1024)
def meant_by(name: str) -> str | None:
    """Give the field name that `name` (lower case) is a misspelling of, or itself where it is one of those; else None."""
    if name in LIKELY:
        return name
    for field, prefixes in LENIENT.items():
        if name.startswith(prefixes):
            return field
    close = get_close_matches(name, LIKELY, n=1, cutoff=0.8) if 4 < len(name) < 24 else []
    return next(iter(close), None)
