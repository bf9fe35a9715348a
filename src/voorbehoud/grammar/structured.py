"""Dictionaries of RFC 9651: read strictly, and where that fails, what went wrong and what was probably meant.

Spec: RFC 9651, sections 3.2 and 4.2.2.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

import http_sf

LONGEST = 8192
"""Octets of one field that are read; a longer one is treated as unreadable."""


class Slip(StrEnum):
    """How a dictionary was misspelt."""

    UPPER_CASE_KEY = "upper-case-key"  # Train-AI=n
    MISSING_COMMA = "missing-comma"  # train-ai=n search=y
    STRAY_COMMA = "stray-comma"  # train-ai=n,   or   train-ai=n,,search=y
    SEMICOLON = "semicolon"  # train-ai=n; search=y: valid, but `search` became a parameter of train-ai
    SPACE_AROUND_EQUALS = "space-around-equals"  # train-ai = n
    DUPLICATE_KEY = "duplicate-key"  # valid: the last one counts
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Member:
    """One member.  `token` is its value where that is a token, else None; `shown` is any value as text, for people."""

    key: str
    token: str | None
    shown: str
    parameters: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Dictionary:
    """A field value, read twice.

    `members`: what a strict parser finds, in order, the last of duplicates only; empty where `reason` (why it failed) is given.
    `slips`: what was misspelt, also where that is valid and only means something else.
    `meant`: key in lower case and value, unquoted, of everything in the text that looks like `key=value`, duplicates kept.
    """

    members: tuple[Member, ...]
    reason: str | None = None
    slips: tuple[Slip, ...] = ()
    meant: tuple[tuple[str, str], ...] = ()


def parse_dictionary(value: bytes | str) -> Dictionary:
    """Read a dictionary.  Never raises: a malformed one has a `reason` and no members.

    `value`: one field value; several field lines must be joined with `, ` first (RFC 9651, section 4.2).
    """
    octets = value.encode("utf-8", "surrogatepass") if isinstance(value, str) else value
    if len(octets) > LONGEST:
        return Dictionary((), f"it is longer than {LONGEST} octets", (Slip.OTHER,))
    text = octets.decode("utf-8", "replace")
    meant = tuple(_pairs(text))
    try:
        found = http_sf.parse(octets, tltype="dictionary")
    except _MALFORMED as error:
        return Dictionary((), str(error), tuple(_slips(text)) or (Slip.OTHER,), meant)
    members = tuple(_member(key, item) for key, item in found.items()) if isinstance(found, dict) else ()
    slips = []
    parameters = {parameter for member in members for parameter in member.parameters}
    if any(key in parameters for key, _ in meant):
        slips.append(Slip.SEMICOLON)
    keys = [key for key, _ in meant if key not in parameters]
    if len(keys) > len(set(keys)):
        slips.append(Slip.DUPLICATE_KEY)
    return Dictionary(members, None, tuple(slips), meant)


# http-sf raises StructuredFieldError (a ValueError), and what datetime raises for a date out of its range.
_MALFORMED = (ValueError, OverflowError, OSError)

_PAIR = re.compile(
    r"(?<![A-Za-z0-9_.*-])([A-Za-z*][A-Za-z0-9_.*-]*+)[ \t]*+=[ \t]*+(\"[^\"]*+\"|[^\s,;\"]++)"
)
_KEY_WITH_CAPITAL = re.compile(r"(?<![A-Za-z0-9_.*=\"-])[a-z0-9_.*-]*+[A-Z][A-Za-z0-9_.*-]*+[ \t]*+=")
_SPACE_AT_EQUALS = re.compile(r"[A-Za-z0-9][ \t]++=|=[ \t]++[A-Za-z0-9\"?]")
_NO_COMMA = re.compile(r"=[ \t]*+[^\s,;=]++[ \t]++[A-Za-z*][A-Za-z0-9_.*-]*+[ \t]*+=")
_COMMA_TOO_MANY = re.compile(r",[ \t]*+(?:,|$)|^[ \t]*+,")


def _pairs(text: str) -> Iterator[tuple[str, str]]:
    for key, value in _PAIR.findall(text):
        yield key.lower(), value.strip('"')


def _slips(text: str) -> Iterator[Slip]:
    found = (
        (Slip.UPPER_CASE_KEY, _KEY_WITH_CAPITAL),
        (Slip.SPACE_AROUND_EQUALS, _SPACE_AT_EQUALS),
        (Slip.MISSING_COMMA, _NO_COMMA),
        (Slip.STRAY_COMMA, _COMMA_TOO_MANY),
    )
    return (slip for slip, pattern in found if pattern.search(text))


def _member(key: str, item: object) -> Member:
    value, parameters = item if isinstance(item, tuple) else (item, {})
    if isinstance(value, http_sf.Token):
        return Member(key, str(value), str(value), tuple(parameters))
    if isinstance(value, bool):
        return Member(key, None, "?1" if value else "?0", tuple(parameters))
    shown = f'"{value}"' if isinstance(value, str) else str(value)
    return Member(key, None, shown, tuple(parameters))
