"""The text of a JSON value as the same tree that `source` makes of YAML: every value knows its place.

Not the JSON library's own loading: that takes a key twice in silence, reads `NaN`, and forgets where a value stood.
Not the YAML reader either: JSON's escapes beyond the first plane (`\\ud83c\\udfa8`) are none in YAML, and it is twenty times slower.
"""

import re
from json.decoder import JSONDecodeError, scanstring  # type: ignore[attr-defined]  # the library's own, and documented nowhere

from .source import MAX_DEPTH, MAX_VALUES, Faults, Listing, Mapping, Node, Scalar, quoted

_BLANK = re.compile(r"[ \t\r\n]*")
_WORD = re.compile(r"null|true|false|-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?(?![0-9A-Za-z.+-])")


def read_json(text: str, faults: Faults) -> Node | None:
    """Give the tree of one JSON value; None, and a fault, where `text` holds none, or more than one.  Never raises.

    Numbers and words stay the text that was written; only `null` says that nothing was filled in.
    """
    reader = _Reader(text, faults)
    try:
        node, at = reader.value(reader.after_blanks(0), 0)
        end = reader.after_blanks(at)
        if end < len(text):
            raise _UnusableError(end, "the value has ended here: delete the rest of this line")
    except _UnusableError as error:
        faults.add(error.at, error.message)
        return None
    return node


class _UnusableError(Exception):
    """The text cannot be read further than `at`."""

    def __init__(self, at: int, message: str) -> None:
        super().__init__(message)
        self.at, self.message = at, message


class _Reader:
    """One walk through a text; each method gives what stands at a place, and where it ends."""

    def __init__(self, text: str, faults: Faults) -> None:
        self._text, self._faults, self._left = text, faults, MAX_VALUES

    def after_blanks(self, at: int) -> int:
        found = _BLANK.match(self._text, at)
        return at if found is None else found.end()

    def value(self, at: int, depth: int) -> tuple[Node, int]:
        self._left -= 1
        if self._left < 0:
            raise _UnusableError(
                at, f"more than {MAX_VALUES} values stand before this: no declaration has as many"
            )
        if depth > MAX_DEPTH:
            raise _UnusableError(at, f"nested more than {MAX_DEPTH} levels deep: no part of a declaration is")
        sign = self._text[at : at + 1]
        if sign == '"':
            text, end = self._string(at)
            return Scalar(text, False, at), end
        if sign == "{":
            return self._mapping(at, depth)
        if sign == "[":
            return self._listing(at, depth)
        if word := _WORD.match(self._text, at):
            return Scalar(word[0], True, at), word.end()
        raise _UnusableError(
            at, "a JSON value is expected here: a text in double quotes, a list or an object"
        )

    def _string(self, at: int) -> tuple[str, int]:
        try:
            text, end = scanstring(self._text, at + 1, True)
        except JSONDecodeError as error:
            raise _UnusableError(error.pos, f"this text is not JSON: {error.msg.lower()}") from None
        return text, end

    def _listing(self, at: int, depth: int) -> tuple[Node, int]:
        items = list[Node]()
        end = self.after_blanks(at + 1)
        while self._text[end : end + 1] != "]" or items:
            node, end = self.value(end, depth + 1)
            items.append(node)
            end = self.after_blanks(end)
            if self._text[end : end + 1] == "]":
                break
            end = self._past(",", end, "a comma or a closing ] is expected here")
        return Listing(tuple(items), at), end + 1

    def _mapping(self, at: int, depth: int) -> tuple[Node, int]:
        pairs: dict[str, tuple[Scalar, Node]] = {}
        end = self.after_blanks(at + 1)
        first = True
        while self._text[end : end + 1] != "}" or not first:
            first = False
            if self._text[end : end + 1] != '"':
                raise _UnusableError(end, "a name in double quotes is expected here")
            key = Scalar(self._string(end)[0], False, end)
            end = self._past(":", self.after_blanks(self._string(end)[1]), "a colon is expected here")
            node, end = self.value(end, depth + 1)
            if key.text in pairs:
                line, column = self._faults.place(pairs[key.text][0].at)
                again = f"the key {quoted(key.text)} stands here a second time (first at {line}:{column}): keep one"
                self._faults.add(key.at, again)
            else:
                pairs[key.text] = (key, node)
            end = self.after_blanks(end)
            if self._text[end : end + 1] == "}":
                break
            end = self._past(",", end, "a comma or a closing } is expected here")
        return Mapping(tuple(pairs.values()), at), end + 1

    def _past(self, sign: str, at: int, otherwise: str) -> int:
        if self._text[at : at + 1] != sign:
            raise _UnusableError(at, otherwise)
        return self.after_blanks(at + 1)
