"""Single values of a declaration: the text that a maker wrote in, the value that may be published out.

Every function gives the value, or raises ValueError with the sentence that tells the maker what to write instead.
They are strict because the values travel far: into headers, robots.txt comments, HTML, server configurations.
"""

import re
import unicodedata
from collections.abc import Iterable
from datetime import date
from difflib import get_close_matches
from ipaddress import IPv6Address
from urllib.parse import SplitResult, quote, urlsplit

import idna

from ..core.evidence import origin_of
from ..core.use import TERMS
from .source import quoted

MAX_NAME = 200
MAX_ADDRESS = 2000
"""Characters in a web address: longer ones are cut by clients."""

MAX_PATH = 500
MAX_TOKEN = 64

MAIL = r"^[A-Za-z0-9._%+'-]{1,64}@[^@\s]{1,253}$"
"""The addresses that people have, not all that RFC 5321 allows: the rest is trouble wherever it is published."""

DAY = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"
TOKEN = r"^[A-Za-z0-9](?:[A-Za-z0-9._/ -]*[A-Za-z0-9])?$"  # noqa: S105 - a product token of robots.txt, no secret
"""Wider than RFC 9309, section 2.2.1 (`[A-Za-z_-]+`): real agents have digits, dots and spaces in their names."""

PATH = r"^/[^?#*$]*$"

_LABEL = re.compile(r"(?!-)[A-Za-z0-9_-]{1,63}(?<!-)")
_ENDS_ON_TLD = re.compile(r"\.(?!\d+$)[A-Za-z0-9-]{2,63}$")
_URL = re.compile(r"[A-Za-z0-9._~:/?#\[\]@!$&'()*+,;=%-]+")
_JOINERS = frozenset("\u200c\u200d")
"""Invisible, but part of names in Persian, Hindi and other languages."""

_DAY_FIRST = re.compile(r"(\d{1,2})[-/. ](\d{1,2})[-/. ](\d{4})")


# ---- text ------------------------------------------------------------------------------------------------------------
def name(text: str) -> str:
    """Give a name on one line: visible characters only, at most 200, no marks that turn the reading direction."""
    value = text.strip()
    if not value:
        raise ValueError("this is empty: fill it in")
    if len(value) > MAX_NAME:
        raise ValueError(
            f"this is {len(value)} characters long; at most {MAX_NAME} fit in the places where it is published"
        )
    return _visible(value)


def _visible(text: str) -> str:
    for char in text:
        if char in "\r\n":
            raise ValueError("this runs over more than one line: write it on one")
        if unicodedata.category(char) in {"Cc", "Cf", "Cs", "Zl", "Zp"} and char not in _JOINERS:
            raise ValueError(
                f"this holds the invisible character U+{ord(char):04X}: delete it, or type the text again"
            )
    return text


def mail(text: str) -> str:
    """Give an e-mail address whose domain is written in ASCII (punycode)."""
    value = _visible(text.strip())
    local, _, domain = value.rpartition("@")
    dots = local.startswith(".") or local.endswith(".") or ".." in local
    if dots or not re.fullmatch(MAIL, value) or not _ENDS_ON_TLD.search(ascii_domain := _ascii_host(domain)):
        raise ValueError(
            f"{quoted(value)} is not an e-mail address: write one such as rechten@atelier.example"
        )
    return f"{local}@{ascii_domain}"


def day(text: str) -> date:
    """Give a date.  Whether it lies in the future is judged where there is a clock."""
    value = text.strip()
    if not re.fullmatch(DAY, value, re.ASCII):
        raise ValueError(
            f"{quoted(value)} is not a date: write year-month-day, such as {_day_first(value) or '2026-11-24'}"
        )
    try:
        found = date.fromisoformat(value)
    except ValueError:
        raise ValueError(
            f"{value} is not in the calendar: write year-month-day, such as 2026-11-24"
        ) from None
    if found.year < 1990:
        raise ValueError(
            f"{value} is before there was a web: write the day from which you reserve, such as 2026-11-24"
        )
    return found


def _day_first(text: str) -> str | None:
    """Give `24-11-2026`, as people write it, in the order that is asked for."""
    if (given := _DAY_FIRST.fullmatch(text)) is None:
        return None
    try:
        return date(int(given[3]), int(given[2]), int(given[1])).isoformat()
    except ValueError:
        return None


# ---- addresses -------------------------------------------------------------------------------------------------------
def origin(text: str) -> str:
    """Give scheme, host and port: lower case, default port left out, an international name in punycode."""
    text = text.strip()
    if "://" not in text:
        text = text.partition("/")[0] or text  # of `atelier.example/werk` only the host is worth suggesting
    value, parts = _address(text, "https://atelier.example")
    host = _host(parts, value)
    here = origin_of(f"{parts.scheme.lower()}://{host}{_port(parts, value)}")
    if parts.path not in {"", "/"} or parts.query or parts.fragment:
        raise ValueError(
            f"this is the address of a page, and a reservation covers a whole site: write {here}"
        )
    return here


def offer(text: str) -> str:
    """Give an absolute https address."""
    value, parts = _address(text, "https://atelier.example/licentie")
    if parts.scheme.lower() != "https":
        raise ValueError(f"{quoted(value)} is not safe on its way: give an address that starts with https://")
    rest = value.split("://", 1)[1][len(parts.netloc) :]
    if rest and not _URL.fullmatch(rest):
        raise ValueError(
            "this address holds characters that an address cannot hold: copy it from the address bar of your browser"
        )
    return f"https://{_host(parts, value)}{_port(parts, value)}{rest}"


def _address(text: str, example: str) -> tuple[str, SplitResult]:
    value = _visible(text.strip())
    if len(value) > MAX_ADDRESS:
        raise ValueError(
            f"this address is {len(value)} characters long; at most {MAX_ADDRESS} work everywhere"
        )
    if re.search(r"[\s\\]", value):
        raise ValueError(f"{quoted(value)} holds a space or backslash: write an address such as {example}")
    if "://" not in value:
        raise ValueError(
            f"{quoted(value)} lacks https:// in front: write https://{value.removeprefix('//')[:80]}"
        )
    try:
        parts = urlsplit(value)
    except ValueError:
        raise ValueError(f"{quoted(value)} is not a web address: write one such as {example}") from None
    if parts.scheme.lower() not in {"http", "https"}:
        raise ValueError(f"{quoted(value)} is not a web address: it has to start with https:// (or http://)")
    if "@" in parts.netloc:
        raise ValueError(
            "an address with a user name or password must not be published: leave out what stands before the @"
        )
    return value, parts


def _host(parts: SplitResult, value: str) -> str:
    host = parts.hostname or ""
    if parts.netloc.startswith("["):
        try:
            return f"[{IPv6Address(host).compressed}]"
        except ValueError:
            raise ValueError(f"{quoted(value)} has no valid IPv6 address between its brackets") from None
    return _ascii_host(host)


def _port(parts: SplitResult, value: str) -> str:
    try:
        port = parts.port
    except ValueError:
        port = 0
    if port == 0:
        raise ValueError(f"{quoted(value)} has a port that does not exist: use 1 to 65535, or leave it out")
    return "" if port is None else f":{port}"


def _ascii_host(host: str) -> str:
    """Give a host name in lower-case ASCII, international labels in punycode (IDNA 2008 with UTS 46 mapping)."""
    # ASCII names do not pass through idna: it refuses underscores, which real host names have.
    if not host.isascii():
        try:
            host = idna.encode(host, uts46=True).decode("ascii")
        except (idna.IDNAError, UnicodeError):
            raise ValueError(f"{quoted(host)} is not a host name: check the spelling") from None
    if not host or len(host) > 253 or not all(_LABEL.fullmatch(label) for label in host.split(".")):
        raise ValueError(f"{quoted(host)} is not a host name: check the spelling")
    return host.lower()


# ---- places and agents -----------------------------------------------------------------------------------------------
def path(text: str) -> str:
    """Give a path prefix as it stands in URLs: percent-encoded UTF-8, capital hexadecimals."""
    value = _visible(text.strip())
    if "*" in value or "$" in value:
        raise ValueError(
            f"{quoted(value)} holds a wildcard: write the beginning of the path only, such as /press/"
        )
    if not value.startswith("/"):
        raise ValueError(f"{quoted(value)} is not a path: it starts with /, such as /press/")
    if "?" in value or "#" in value:
        raise ValueError(f"{quoted(value)} holds a query or fragment: write the path only, such as /press/")
    if len(value) > MAX_PATH:
        raise ValueError(f"this path is {len(value)} characters long; at most {MAX_PATH} are published")
    if "//" in value or {".", ".."} & set(value.split("/")):
        raise ValueError(f"{quoted(value)} holds //, /./ or /../: write the path as the browser shows it")
    if re.search(r"%(?![0-9A-Fa-f]{2})", value):
        raise ValueError(
            f"{quoted(value)} holds a % without two hexadecimal digits: write %25 for a percent sign"
        )
    encoded = quote(value, safe="/%:@!&'()+,;=~")
    return re.sub(r"%[0-9a-f]{2}", lambda code: code[0].upper(), encoded, flags=re.IGNORECASE)


def folder(text: str) -> str:
    """Give a folder relative to the declaration."""
    value = name(text)
    if "\\" in value:
        raise ValueError(f"{quoted(value)} holds a backslash: write / between folders, on Windows too")
    if value.startswith(("/", "~")):
        raise ValueError(f"{quoted(value)} is not relative: write the way from this file, such as ../media")
    return value


def token(text: str) -> str:
    """Give a product token, as robots.txt names an agent."""
    value = _visible(text.strip())
    if value == "*":
        raise ValueError(
            "* is everybody, and this list names single agents: leave it out, `reserve` already speaks to everybody"
        )
    if not 2 <= len(value) <= MAX_TOKEN or not re.fullmatch(TOKEN, value):
        raise ValueError(
            f"{quoted(value)} is not the name of an agent: write its product token, such as GPTBot"
        )
    return value


# ---- words from a list -----------------------------------------------------------------------------------------------
TRAPS = frozenset({"no", "yes", "on", "off", "true", "false", "n", "y"})
"""Other YAML readers take these for booleans (YAML 1.1, type `bool`)."""


def word(text: str, known: Iterable[str], what: str) -> str:
    """Give `text` where it is one of `known`; else say what was probably meant.  `what`: `use`, `carrier`, `language`."""
    value, words = text.strip(), tuple(known)
    if value in words:
        return value
    if value.lower() in TRAPS:
        raise ValueError(f"`{value}` is a YAML trap: write {listed(words)}")
    meant = f" Did you mean '{closest}'?" if (closest := _closest(value, words)) else ""
    raise ValueError(f"unknown {what} {quoted(value)}.{meant} Known: {', '.join(words)}.")


def _closest(value: str, words: tuple[str, ...]) -> str | None:
    if len(value) > MAX_TOKEN:  # difflib is quadratic
        return None
    for terms in TERMS.values():  # the word of another specification: `ai-input`
        if len(meant := terms.get(value.lower(), ())) == 1 and meant[0].value in words:
            return meant[0].value
    if near := get_close_matches(value, words, n=1, cutoff=0.75):
        return near[0]
    shapes = {_shape(each): each for each in words}
    found = get_close_matches(_shape(value), shapes, n=1, cutoff=0.6)
    return shapes[found[0]] if found else None


def _shape(text: str) -> str:
    """Give the parts of a word in one order, so that `ai-training` looks like `train-ai`."""
    return " ".join(sorted(re.split(r"[^a-z0-9]+", text.lower())))


def listed(words: Iterable[str]) -> str:
    """Give `never, ask or allowed`."""
    *most, last = words
    return f"{', '.join(most)} or {last}" if most else last
