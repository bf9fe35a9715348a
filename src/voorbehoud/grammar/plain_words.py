"""What a page says in sentences: its visible text, and the sentences about text and data mining in Dutch and English.

Quotations and articles are left out: who writes about an opt-out does not opt out.
"""

import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from html import unescape
from itertools import islice
from string import ascii_letters

from .octets import find
from .tags import any_case, is_xml, tags
from .text_encoding import decode

READ = 512 * 1024  # bytes of a page
NEAR = 200  # characters on each side in which the verb is looked for
LONGEST_QUOTE = 160
MOST_TERMS = 200  # mentions that are looked at: a glossary has fewer
_UNSEEN = frozenset(
    {"script", "style", "title", "template", "textarea", "noscript", "iframe", "xmp", "noembed", "noframes"}
)
_OF_OTHERS = frozenset({"article", "blockquote", "q", "cite", "pre", "code"})
_HYPHENS = re.compile("[‐-―]")
_MINING = re.compile(
    r"\btext[- ]*(?:and|&)[- ]*data[- ]*mining\b|\btdm\b|\b(?:tekst- (?:en|of) )?data-?mining\b"
)
_RESERVES = re.compile(
    r"\breserv(?:e|es|ed|ing|ation)\b|\bopt(?:s|ed|ing)?[- ]out\b|\bprohibited\b|\bforbidden\b|\bnot (?:permitted|allowed)\b"
    r"|\bvoorbehoud|\bvoor te behouden\b|\bniet toegestaan\b|\bverboden\b"
)
_PERMITS = re.compile(
    r"\bnot (?:reserved|prohibited|forbidden)\b|\b(?:is|are) (?:hereby )?(?:allowed|permitted)\b"
    r"|\bniet (?:voorbehouden|verboden)\b|(?<!niet )\b(?:wel )?toegestaan\b"
)
_GENERIC = re.compile(r"\ball rights reserved\b|\balle rechten voorbehouden\b")

_STEMS = ((b"mining",), (b"tdm",), (b"rights", b"reserved"), (b"rechten", b"voorbehouden"))
"""All of one of these stand in everything that _MINING and _GENERIC match."""
_META = re.compile(f"<{any_case('meta')}[ \t\n\f\r][^<>]*+>")
_ASCII = bytes(range(128))
_LETTER = frozenset(ascii_letters)
_META_IN_OCTETS = re.compile(rb"<meta[ \t\n\f\r][^<>]*+>")
_RAW_TEXT = (b"<![cdata[", b"<?", b"<plaintext")
"""Behind these `<meta …>` may be text that shows."""
_REFERENCE = re.compile("&#?[0-9A-Za-z]*;?")
_LONGEST_REFERENCE = 40  # characters; a longer one is rare, and would only fill the memory


class Words(StrEnum):
    """What sentences come to.  GENERIC: “all rights reserved” and no word about mining."""

    RESERVED = "reserved"
    PERMITTED = "permitted"
    GENERIC = "generic"


@dataclass(frozen=True, slots=True)
class Saying:
    """What is said, and the sentence, shortened and in small letters."""

    words: Words
    quote: str


def visible(body: bytes, content_type: str = "") -> str:
    """Give the text that a page shows, without quotations and articles.  Never raises; reads at most 512 KiB."""
    text = decode(body[:READ], content_type)
    parts: list[str] = []
    others, seen, position = 0, True, 0
    for tag in tags(text, is_xml(content_type)):
        if seen and not others:
            parts.append(_uncommented(text[position : tag.start]))
        position = text.find(">", tag.start) + 1 or len(text)
        seen = tag.end or tag.name not in _UNSEEN
        if tag.name in _OF_OTHERS:
            others = max(0, others + (-1 if tag.end else 1))
    if seen and not others:
        parts.append(_uncommented(text[position:]))
    return unescape(" ".join(parts))


def on_page(body: bytes, content_type: str = "") -> Saying | None:
    """Give what the visible text of a page says about text and data mining."""
    if not _may_say(decode(body[:READ], content_type)):
        return None
    return saying(visible(body, content_type))


def _may_say(source: str) -> bool:
    """Tell whether the words that `saying` looks for stand in a page at all, seen or not: in most pages they do not.

    The names of meta elements are left out, where they can be nothing else; a tag ends at its first `>` or later.
    """
    words, metas = source, True
    if "&" in source and any(
        len(found) > _LONGEST_REFERENCE or _spells(found) for found in set(_REFERENCE.findall(source))
    ):
        words, metas = unescape(_META.sub(" ", source)), False
    # What looks like a letter to people and is another one to a program: rare, and slow to look for in a whole page.
    odd = (
        ""
        if words.isascii()
        else "".join(set(words.encode("utf-8", "replace").translate(None, _ASCII).decode()))
    )
    if "\u00ad" in odd or not _LETTER.isdisjoint(unicodedata.normalize("NFKC", odd).casefold()):
        words = _META.sub(" ", words) if metas else words  # what looks like one afterwards is text
        words, metas = unicodedata.normalize("NFKC", words.replace("\u00ad", "")).casefold(), False
    plain = words.encode("ascii", "replace").lower()
    if any(find(plain, start) >= 0 for start in _RAW_TEXT):
        return True
    stands = _stands if metas else _occurs
    return any(all(stands(plain, word) for word in words) for words in _STEMS)


@lru_cache(maxsize=1024)
def _spells(reference: str) -> bool:
    """Tell whether a character reference may be part of a word; nearly all stand for a dash, a quotation mark or an accent."""
    meant = unescape(reference)
    if meant == reference:
        return False
    return (
        not meant
        or "\u00ad" in meant
        or not _LETTER.isdisjoint(unicodedata.normalize("NFKC", meant).casefold())
    )


def _occurs(plain: bytes, word: bytes) -> bool:
    return find(plain, word) >= 0


def _stands(plain: bytes, word: bytes) -> bool:
    """Tell whether a word stands in a page outside its meta elements."""
    place = find(plain, word)
    while place >= 0:
        start = plain.rfind(b"<", 0, place)
        meta = _META_IN_OCTETS.match(plain, start) if start >= 0 else None
        if meta is None or meta.end() <= place:
            return True
        place = find(plain, word, meta.end())
    return False


def saying(text: str) -> Saying | None:
    """Give what `text` says about text and data mining; None where it says nothing.  A permission anywhere goes before."""
    plain = _plain(text)
    found: Saying | None = None
    for term in islice(_MINING.finditer(plain), MOST_TERMS):
        start, end = max(0, term.start() - NEAR), term.end() + NEAR
        around = plain[start:end]
        quote = plain[max(0, term.start() - LONGEST_QUOTE // 2) : term.end() + LONGEST_QUOTE // 2].strip()
        if _PERMITS.search(around):
            return Saying(Words.PERMITTED, quote)
        if found is None and _RESERVES.search(around):
            found = Saying(Words.RESERVED, quote)
    if found is None and (generic := _GENERIC.search(plain)):
        return Saying(Words.GENERIC, generic[0])
    return found


def _plain(text: str) -> str:
    # Soft hyphens, no-break spaces and five hyphens look alike to people.
    text = unicodedata.normalize("NFKC", text.replace("\u00ad", ""))
    return re.sub(r"\s+", " ", _HYPHENS.sub("-", text)).casefold()


def _uncommented(text: str) -> str:
    kept, position = "", 0
    while (start := text.find("<!--", position)) >= 0:
        kept += text[position:start] + " "
        end = text.find("-->", start + 4)
        if end < 0:
            return kept
        position = end + 3
    return kept + text[position:]
