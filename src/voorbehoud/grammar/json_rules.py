"""The elements of a JSON array of objects, each with its line; what is wrong with the file, for readers of any strictness.

Source: RFC 8259.
"""

import json
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

_SPACE = re.compile(r"[ \t\n\r]*+")
_LONGEST_NUMBER = (
    20  # digits; Python refuses more than 4,300, and no value that means anything has more than one
)


@dataclass(frozen=True, slots=True)
class Entry:
    """One element of the array.  `members` None: it is not an object.  `repeated`: keys that occur more than once.

    Members are in order, repeats kept; of the values only numbers, texts, booleans and null are of interest.
    """

    line: int
    members: tuple[tuple[str, Any], ...] | None = None
    repeated: tuple[str, ...] = ()

    def last(self, key: str) -> Any:
        """Give the last value of `key`, as most JSON readers do; None where it is missing."""
        return next((value for name, value in reversed(self.members or ()) if name == key), None)

    def has(self, key: str) -> bool:
        return any(name == key for name, _ in self.members or ())


@dataclass(frozen=True, slots=True)
class Entries:
    """What was read.  `problem`: why a JSON parser refuses the text, at `line`; `entries` are then those before it.

    `array` False: the text is something else than an array; `entries` are then the objects that it may have meant.
    """

    entries: tuple[Entry, ...] = ()
    array: bool = True
    problem: str | None = None
    line: int = 1


@dataclass(frozen=True, slots=True)
class _Object:
    members: tuple[tuple[str, Any], ...]


def entries(text: str, most: int) -> Entries:
    """Read at most `most` elements of the array in `text`.  Never raises, however deep, long or odd the text is."""
    decoder = json.JSONDecoder(object_pairs_hook=_object, parse_int=integer, parse_constant=no_json)
    position = _skip(text, 0)
    lines = _line_counter(text)
    if not text.startswith("[", position):
        return _no_array(text, position, decoder, lines)
    found: list[Entry] = []
    position = _skip(text, position + 1)
    if text.startswith("]", position):
        return _ended(text, position + 1, found, lines)
    while True:
        line = lines(position)
        try:
            value, position = decoder.raw_decode(text, position)
        except (ValueError, RecursionError) as problem:
            at = problem.pos if isinstance(problem, json.JSONDecodeError) else position
            return Entries(tuple(found), problem=_reason(problem), line=lines(at))
        if len(found) < most:
            found.append(_entry(value, line))
        position = _skip(text, position)
        if text.startswith("]", position):
            return _ended(text, position + 1, found, lines)
        if not text.startswith(",", position):
            return Entries(tuple(found), problem="a comma or ] is missing", line=lines(position))
        position = _skip(text, position + 1)


def _ended(text: str, position: int, found: list[Entry], lines: Callable[[int], int]) -> Entries:
    position = _skip(text, position)
    problem = None if position == len(text) else "something follows the closing ]"
    return Entries(tuple(found), problem=problem, line=lines(position))


def _no_array(text: str, position: int, decoder: json.JSONDecoder, lines: Callable[[int], int]) -> Entries:
    line = lines(position)
    try:
        value, _ = decoder.raw_decode(text, position)
    except (ValueError, RecursionError) as problem:
        return Entries(problem=_reason(problem), line=line, array=False)
    found: list[Entry] = []
    for name, inner in value.members if isinstance(value, _Object) else ():
        if isinstance(inner, list):  # {"rules": [...]}
            found += [_entry(item, line) for item in inner if isinstance(item, _Object)]
        elif isinstance(inner, _Object):  # {"/": {...}}: the key is the location
            found.append(_entry(_Object((("location", name), *inner.members)), line))
    if isinstance(value, _Object) and not found:
        found.append(_entry(value, line))
    return Entries(tuple(found), array=False, line=line)


def _entry(value: Any, line: int) -> Entry:
    if not isinstance(value, _Object):
        return Entry(line)
    times = Counter(name for name, _ in value.members)
    return Entry(line, value.members, tuple(name for name, count in times.items() if count > 1))


def _object(pairs: list[tuple[str, Any]]) -> _Object:
    return _Object(tuple((clean(name), clean(value)) for name, value in pairs))


def clean(value: Any) -> Any:
    """Give texts without lone surrogates (`\\ud800`), which no encoding can write."""
    if not isinstance(value, str) or value.isascii():
        return value
    return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def integer(digits: str) -> int | float:
    return int(digits) if len(digits) <= _LONGEST_NUMBER else float("inf")


def no_json(constant: str) -> float:
    raise ValueError(f"{constant} is no JSON")


def _reason(problem: Exception) -> str:
    if isinstance(problem, RecursionError):
        return "it is nested too deeply"
    return problem.msg if isinstance(problem, json.JSONDecodeError) else str(problem)


def _skip(text: str, position: int) -> int:
    match = _SPACE.match(text, position)
    return match.end() if match else position


def _line_counter(text: str) -> Callable[[int], int]:
    """Give a function that tells the line of a position; cheap when the positions ascend."""
    line, counted = 1, 0

    def at(position: int) -> int:
        nonlocal line, counted
        if position < counted:
            return text.count("\n", 0, position) + 1
        line, counted = line + text.count("\n", counted, position), position
        return line

    return at
