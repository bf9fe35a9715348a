"""The text of a declaration as a tree in which every value knows its place.

Not PyYAML's own loading: that reads `no` as false, takes a key twice in silence and lets an alias multiply itself.
Here every scalar stays the text that the maker wrote, and what a declaration never needs is refused with its place.
"""

import re
from bisect import bisect_right
from codecs import BOM_UTF8, BOM_UTF16_BE, BOM_UTF16_LE
from dataclasses import dataclass

import yaml

from ..core.errors import Fault

MAX_BYTES = 256 * 1024
MAX_DEPTH = 8
"""A declaration is four levels deep; what nests further is no declaration."""

MAX_VALUES = 10_000
"""Twice what fits into a declaration whose lists are all full."""

EMPTY = frozenset({"", "~", "null", "Null", "NULL"})
"""Unquoted, these say that nothing was filled in (YAML 1.1, type `null`)."""


@dataclass(frozen=True, slots=True)
class Scalar:
    """A text; `plain` tells that it stood there without quotes.  `at` counts characters from the start of the file."""

    text: str
    plain: bool
    at: int

    @property
    def empty(self) -> bool:
        return self.plain and self.text in EMPTY


@dataclass(frozen=True, slots=True)
class Listing:
    items: tuple["Node", ...]
    at: int


@dataclass(frozen=True, slots=True)
class Mapping:
    """Pairs in the order of the file; every key once."""

    pairs: tuple[tuple[Scalar, "Node"], ...]
    at: int


Node = Scalar | Listing | Mapping


class Faults:
    """Collects what is wrong with one text, by place.  `line`: where the text begins in its file."""

    def __init__(self, file: str, text: str, line: int = 1) -> None:
        self._file, self._above = file, line - 1
        self._starts = [0, *(end.end() for end in re.finditer(r"\r\n|\r|\n", text))]
        self._found: list[Fault] = []

    def add(self, at: int, message: str) -> None:
        self._found.append(Fault(self._file, *self.place(at), message))

    def place(self, at: int) -> tuple[int, int]:
        """Give line and column of a character, both from 1."""
        line = bisect_right(self._starts, at)
        return line + self._above, at - self._starts[line - 1] + 1

    @property
    def found(self) -> tuple[Fault, ...]:
        """Every fault in the order of the file, each said once."""
        return tuple(sorted(set(self._found), key=lambda fault: (fault.line, fault.column, fault.message)))


def read(content: str | bytes, file: str) -> tuple[Node | None, Faults]:
    """Give the tree of a declaration and the faults met on the way.

    `content`: at most 256 KiB, UTF-8 with or without a byte order mark.  The tree is None where there is nothing to look at.
    Never raises: whatever is wrong with the text becomes a fault.
    """
    text, faults = _decoded(content, file)
    if text is None:
        return None, faults
    try:
        return _tree(text, faults), faults
    except yaml.reader.ReaderError as error:
        faults.add(error.position, _invisible(int(error.character)))
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        faults.add(0 if mark is None else mark.index, _explained(error))
    except (ValueError, OverflowError):
        # PyYAML lets chr() fail on an escape beyond Unicode ("\UFFFFFFFF") and tells no place.
        faults.add(0, "a \\U escape in this file stands for no character: write the character itself")
    except _UnusableError:
        pass  # told already, and reading on would only blur it
    return None, faults


class _UnusableError(Exception):
    """The text cannot be read further; the fault is recorded."""


def _decoded(content: str | bytes, file: str) -> tuple[str | None, Faults]:
    body = content if isinstance(content, bytes) else content.encode("utf-8", "surrogatepass")
    nowhere = Faults(file, "")
    if len(body) > MAX_BYTES:
        nowhere.add(
            0,
            f"the file is {len(body)} bytes; a declaration has at most {MAX_BYTES}. Is this the right file?",
        )
        return None, nowhere
    if body.startswith((BOM_UTF16_LE, BOM_UTF16_BE)):
        nowhere.add(0, "the file is saved as UTF-16: save it as UTF-8")
        return None, nowhere
    body = body.removeprefix(BOM_UTF8)
    try:
        text = body.decode()
    except UnicodeDecodeError as error:
        before = body[: error.start].decode()
        faults = Faults(file, before)
        faults.add(len(before), "this character is not UTF-8: save the file as UTF-8")
        return None, faults
    faults = Faults(file, text)
    # PyYAML ends a line, and with it a comment, at these; editors show them in the middle of one.
    for found in re.finditer("[\x85\u2028\u2029]", text):
        faults.add(found.start(), _invisible(ord(found[0])))
    return (None if faults.found else text), faults


def _invisible(code: int) -> str:
    return f"the invisible character U+{code:04X} does not belong in a declaration: delete it"


# ---- tree ------------------------------------------------------------------------------------------------------------
@dataclass(slots=True)
class _Open:
    """A list or mapping that is still being read; in a mapping keys and values take turns in `nodes`."""

    is_mapping: bool
    at: int
    nodes: list[Node]


def _tree(text: str, faults: Faults) -> Node | None:
    """Build the tree from PyYAML's events: without recursion, so that no nesting can exhaust the stack."""
    above: list[_Open] = []
    documents: list[Node] = []
    for count, event in enumerate(yaml.parse(text, Loader=yaml.SafeLoader)):
        at = 0 if event.start_mark is None else event.start_mark.index
        if count > MAX_VALUES:
            faults.add(at, f"more than {MAX_VALUES} values stand before this: no declaration has as many")
            raise _UnusableError
        if isinstance(event, yaml.DocumentStartEvent) and documents:
            faults.add(
                at, "a second document starts here: a declaration is one document, so delete this `---`"
            )
            raise _UnusableError
        if isinstance(event, yaml.AliasEvent):
            faults.add(at, "aliases (`*name`) are not read here: write the value out")
            raise _UnusableError
        if isinstance(event, yaml.NodeEvent):
            _refuse_extras(event, at, faults)
        node: Node
        if isinstance(event, yaml.ScalarEvent):
            node = Scalar(event.value, event.style is None, at)
        elif isinstance(event, yaml.CollectionStartEvent):
            if len(above) >= MAX_DEPTH:
                faults.add(at, f"nested more than {MAX_DEPTH} levels deep: no part of a declaration is")
                raise _UnusableError
            above.append(_Open(isinstance(event, yaml.MappingStartEvent), at, []))
            continue
        elif isinstance(event, yaml.CollectionEndEvent):
            closed = above.pop()
            node = _mapping(closed, faults) if closed.is_mapping else Listing(tuple(closed.nodes), closed.at)
        else:
            continue
        (above[-1].nodes if above else documents).append(node)
    return documents[0] if documents else None


def _refuse_extras(event: yaml.NodeEvent, at: int, faults: Faults) -> None:
    if event.anchor is not None:
        faults.add(at, "anchors (`&name`) are not read here: delete the anchor")
    tag = getattr(event, "tag", None)
    if tag is not None and tag != "!":
        faults.add(at, "tags (`!name`) are not read here: delete the tag")


def _mapping(closed: _Open, faults: Faults) -> Mapping:
    pairs: dict[str, tuple[Scalar, Node]] = {}
    for key, value in zip(closed.nodes[::2], closed.nodes[1::2], strict=True):
        if not isinstance(key, Scalar):
            faults.add(key.at, "a list or mapping cannot be a key: write a name before the colon")
        elif key.plain and key.text == "<<":
            faults.add(key.at, "merge keys (`<<`) are not read here: write the values out")
        elif key.text in pairs:
            line, column = faults.place(pairs[key.text][0].at)
            faults.add(
                key.at,
                f"the key {quoted(key.text)} stands here a second time (first at {line}:{column}): keep one",
            )
        else:
            pairs[key.text] = (key, value)
    return Mapping(tuple(pairs.values()), closed.at)


# ---- words -----------------------------------------------------------------------------------------------------------
def quoted(text: str) -> str:
    """Give the maker's own text for a message: in quotes, on one line, cut after 60 characters."""
    shown = "".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in text[:60])
    return f"'{shown}…'" if len(text) > 60 else f"'{shown}'"


_EXPLAINED = (
    (r"'\t' that cannot start", "a tab stands where YAML wants spaces: replace it with spaces"),
    (
        "mapping values are not allowed",
        "a colon is not expected here: put the text around it in quotes, or check the indent",
    ),
    (
        "could not find expected ':'",
        "a colon is missing after this name, or a quote before it was not closed",
    ),
    ("end of stream", "the file ends inside a quoted text: close the quote"),
    ("'%' that cannot start", "a value cannot start with %: put it in quotes"),
    ("'@' that cannot start", "a value cannot start with @: put it in quotes"),
    ("'`' that cannot start", "a value cannot start with `: put it in quotes"),
    ("expected <block end>", "this line does not fit: check the indent, and the quotes of the line before"),
    (r"expected ',' or", "a bracket is not closed, or a comma is missing"),
    ("undefined alias", "aliases (`*name`) are not read here: write the value out"),
    ("expected alphabetic or numeric", "a value cannot start with * or &: put it in quotes"),
    ("unknown escape character", "inside double quotes a backslash is written twice: \\\\"),
)


def _explained(error: yaml.MarkedYAMLError) -> str:
    """Say in plain words what PyYAML stumbled over; its own words where we have none."""
    problem = f"{error.problem or ''} {error.context or ''}"
    for part, words in _EXPLAINED:
        if part in problem:
            return words
    return f"this is not YAML: {(error.problem or error.context or 'unreadable').strip()}"
