"""Offers in ODRL (JSON-LD) read as plain JSON: no processor, no context is fetched; names without their prefixes.

What a careless hand wrote (a comma too many or too few) is mended where that is safe to guess, and told.
Source: RFC 8259; JSON-LD 1.1, sections 3.1 and 4.1.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import chain
from typing import Any

_PIECE = re.compile(r'"(?:[^"\\\n]|\\.)*+"|[^\s"\[\]{},:]++|[\[\]{},:]')
_OPENING, _CLOSING = frozenset("[{"), frozenset("]}")


@dataclass(frozen=True, slots=True)
class Document:
    """What was read.  `value` None: nothing.  `problem` at `line`: why a JSON parser refuses the text; `value` is then mended.

    `repeated`: names that one object holds more than once; of `permission` all values are kept, else the last.
    """

    value: Any = None
    problem: str | None = None
    line: int = 1
    repeated: tuple[str, ...] = ()


def document(text: str, lists: frozenset[str] = frozenset()) -> Document:
    """Read `text`.  `lists`: names whose values are put together where they are repeated.  Never raises."""
    try:
        return _read(text, lists)
    except RecursionError:
        return Document(problem="it is nested too deeply")
    except ValueError as error:
        problem, line = str(error), 1
        if isinstance(error, json.JSONDecodeError):
            problem, line = error.msg, error.lineno
        mended, why, where = _mended(text)
        try:
            found = _read(mended, lists)
        except (ValueError, RecursionError):
            return Document(problem=problem, line=line)
        return Document(found.value, why or problem, where or line, found.repeated)


def _read(text: str, lists: frozenset[str]) -> Document:
    repeated = dict[str, None]()

    def pairs(members: list[tuple[str, Any]]) -> dict[str, Any]:
        made: dict[str, Any] = {}
        for name, value in members:
            if name in made:
                repeated[name] = None
                value = [*as_list(made[name]), *as_list(value)] if local(name) in lists else value
            made[name] = value
        return made

    def constant(name: str) -> float:
        raise ValueError(f"{name} is no JSON")

    value = json.loads(text, object_pairs_hook=pairs, parse_constant=constant)
    return Document(value, repeated=tuple(repeated))


def _mended(text: str) -> tuple[str, str | None, int]:
    """Give the text without commas before a bracket and with those missing between two values; the first fault and its line."""
    parts, problem, line = list[str](), None, 0
    before, end = "", 0
    for match in _PIECE.finditer(text):
        piece, gap = match[0], text[end : match.start()]
        fault = None
        if before == "," and piece in _CLOSING:
            fault = f"a comma too many at the end of {'a list' if piece == ']' else 'an object'}"
            parts[-1] = ""
        elif before and before not in "[{,:" and piece not in "]},:":
            fault = "a comma is missing"
            parts.append(",")
        if fault is not None and problem is None:
            problem, line = fault, text.count("\n", 0, match.start()) + 1
        parts += [gap, piece]
        before, end = piece, match.end()
    return "".join(parts), problem, line


# ---- values -----------------------------------------------------------------------------------------------------------
def as_list(value: Any) -> list[Any]:
    """Give a value as the list that JSON-LD takes it for; nothing for null."""
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def text_of(value: Any) -> str | None:
    """Give the text of a value: itself, or what `{"@id": …}` or `{"@value": …}` holds."""
    if isinstance(value, Mapping):
        value = next((value[key] for key in ("@id", "@value", "uid", "id") if key in value), None)
    return value if isinstance(value, str) else None


def local(name: str, known: Mapping[str, str] | None = None) -> str:
    """Give a name without the prefix or address of its vocabulary: `use` for `odrl:use` and `http://www.w3.org/ns/odrl/2/use`.

    `known`: more prefixes, with what they stand for.
    """
    prefix, colon, rest = name.partition(":")
    if colon and not rest.startswith("//") and (known or {}).get(prefix) in VOCABULARIES:
        return rest
    for start in chain(PREFIXES, VOCABULARIES):
        if name.startswith(start):
            return name[len(start) :]
    return name


PREFIXES = ("odrl:", "tdm:")
VOCABULARIES = (
    "http://www.w3.org/ns/odrl/2/",
    "https://www.w3.org/ns/odrl/2/",
    "http://www.w3.org/ns/tdmrep#",
    "https://www.w3.org/ns/tdmrep#",
    "http://www.w3.org/ns/tdmrep/",
)
"""The last is the one of PDF metadata; whoever writes it in a policy means the other."""
