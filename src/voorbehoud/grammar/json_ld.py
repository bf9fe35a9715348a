"""The objects in the JSON-LD of a page, flat and capped: what a hostile page can do is be read no further.

Source: JSON-LD 1.1 as search engines read it: `<script type="application/ld+json">`, with the terms of schema.org.
"""

import json
import re
from collections.abc import Collection
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from .json_rules import clean, integer, no_json
from .text_encoding import decode

READ = 1024 * 1024  # bytes of a page
MOST_BLOCKS = 16
LONGEST_BLOCK = 256 * 1024  # characters
MOST_OBJECTS = 2000
DEEPEST = 64
MOST_VALUES = 8  # of one property
LONGEST_VALUE = 500  # characters
LONGEST_TAG = 400  # characters before the media type

_SCRIPT = re.compile(r"<[sS][cC][rR][iI][pP][tT]\b([^<>]{0,400}+)>")
_END = re.compile("</[sS][cC][rR][iI][pP][tT]")
_TYPE = re.compile(r"""\btype\s*=\s*["']?\s*application/ld\+json\b""", re.IGNORECASE)
_PREFIX = re.compile(r"\A(?:https?://(?:www\.)?schema\.org/|schema:)")


@dataclass(frozen=True, slots=True)
class Node:
    """One object: the names of its types and of the properties that were asked for, without a prefix of schema.org; values as texts.

    A value that is an object gives its `@id`, `url` or `name`.  `repeated`: properties that it has twice, of which readers
    take the one or the other; here the last counts, as for most.
    """

    types: tuple[str, ...]
    properties: tuple[tuple[str, tuple[str, ...]], ...]
    repeated: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Block:
    """One script of a page, at `line`.  `problem`: why it cannot be read; `nodes` is then empty."""

    line: int
    nodes: tuple[Node, ...] = ()
    problem: str | None = None


def blocks(
    body: bytes, content_type: str, wanted: Collection[str], types: Collection[str]
) -> tuple[Block, ...]:
    """Give the JSON-LD of a page, at most 16 scripts, of each object its types and the `wanted` properties.  Never raises.

    A block in which none of these properties and none of `types` is spelt gives no nodes: most tell of menus and crumbs.
    """
    if b"ld+json" not in body[:READ]:
        return ()
    telling = _any_of(tuple(wanted), tuple(types))
    text = decode(body[:READ], content_type)
    found: list[Block] = []
    position = looked_at = 0
    while looked_at < MOST_BLOCKS and (mention := text.find("ld+json", position)) >= 0:
        position = mention + len("ld+json")
        # From the mention back to its tag: most of a page is never looked at.
        script = _SCRIPT.match(text, max(0, text.rfind("<", max(0, mention - LONGEST_TAG), mention)))
        if script is None or not _TYPE.search(script[1]):
            continue
        looked_at += 1
        if _commented(text, script.start()):
            continue
        end = _END.search(text, script.end())
        position = end.start() if end else len(text)
        inner = text[script.end() : position]
        if "schema.org" in inner[:LONGEST_BLOCK]:
            found.append(_block(inner, text.count("\n", 0, script.start()) + 1, wanted, telling))
    return tuple(found)


def _commented(text: str, position: int) -> bool:
    return text.rfind("<!--", 0, position) > text.rfind("-->", 0, position)


@lru_cache(maxsize=8)
def _any_of(wanted: tuple[str, ...], types: tuple[str, ...]) -> re.Pattern[str]:
    """Give what finds one of these names; a backslash may begin a letter of one."""
    return re.compile("|".join(map(re.escape, sorted({*wanted, *types, "\\"}))))


def _block(text: str, line: int, wanted: Collection[str], telling: re.Pattern[str]) -> Block:
    if len(text) > LONGEST_BLOCK:
        return Block(line, problem="it is longer than we read (256 KiB)")
    try:
        value = json.loads(text, object_pairs_hook=_Pairs, parse_int=integer, parse_constant=no_json)
    except RecursionError:
        return Block(line, problem="it is nested too deeply")
    except ValueError as problem:
        said = problem.msg if isinstance(problem, json.JSONDecodeError) else str(problem)
        return Block(line, problem=said)
    if not telling.search(text):
        return Block(line)
    found: list[Node] = []
    waiting: list[tuple[Any, int]] = [(value, 0)]
    while waiting:
        one, depth = waiting.pop()
        if isinstance(one, _Pairs):
            found.append(_node(one, wanted))
            inside = [inner for _, inner in one]
        elif isinstance(one, list):
            inside = one
        else:
            continue
        if len(found) == MOST_OBJECTS:
            break
        if depth == DEEPEST and inside:
            return Block(line, problem="it is nested too deeply")
        waiting += [(inner, depth + 1) for inner in reversed(inside) if isinstance(inner, list)]
    return Block(line, tuple(found))


class _Pairs(list[tuple[str, Any]]):
    """An object as written: members in order, repeats kept."""

    __slots__ = ()

    def get(self, name: str) -> Any:
        return next((value for key, value in reversed(self) if key == name), None)


def _node(pairs: _Pairs, wanted: Collection[str]) -> Node:
    last: dict[str, Any] = {}
    repeated: dict[str, None] = {}
    types: Any = None
    for key, value in pairs:
        name = _bare(key) if "schema" in key else key
        if name == "@type":
            types = value
        elif name in wanted:
            if name in last:
                repeated[name] = None
            last[name] = value
    given = tuple((name, texts) for name, value in last.items() if (texts := _texts(value)))
    return Node(tuple(map(_bare, _texts(types))), given, tuple(repeated))


def _bare(name: str) -> str:
    return _PREFIX.sub("", name, count=1) if "schema" in name else name


def _texts(value: Any) -> tuple[str, ...]:
    """Give the texts of a value: itself, those of a list, the address or name of an object."""
    if value is None:
        return ()
    found = []
    several = isinstance(value, list) and not isinstance(value, _Pairs)
    for one in value[:MOST_VALUES] if several else (value,):
        if isinstance(one, _Pairs):
            one = next(
                (one.get(n) for n in ("@id", "url", "@value", "name") if isinstance(one.get(n), str)), None
            )
        if isinstance(one, str) and one.strip():
            found.append(clean(one).strip()[:LONGEST_VALUE])
    return tuple(found)
