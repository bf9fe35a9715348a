"""The values of PDF: numbers, names, strings, arrays, dictionaries, references.

Source: ISO 32000-1, section 7.3.
"""

import re
from dataclasses import dataclass

DEEPEST = 32
MOST_VALUES = 20_000  # of one object


@dataclass(frozen=True, slots=True)
class Name:
    """A name, without its slash, `#xx` decoded."""

    word: str


@dataclass(frozen=True, slots=True)
class Reference:
    """An indirect reference: `7 0 R`."""

    number: int


@dataclass(frozen=True, slots=True)
class Text:
    """A string; what it says is not needed here."""


Value = Name | Reference | Text | int | float | bool | None | list["Value"] | dict[str, "Value"]

_SPACE = re.compile(rb"(?:[\0\t\n\f\r ]++|%[^\r\n]*+)*+")
_WORD = re.compile(rb"[^\0\t\n\f\r ()<>\[\]{}/%]*+")
_REFERENCE = re.compile(rb"(\d{1,10})[\0\t\n\f\r ]++\d{1,5}[\0\t\n\f\r ]++R(?![^\0\t\n\f\r ()<>\[\]{}/%])")
_NUMBER = re.compile(rb"[+-]?\d{1,30}(?:\.\d{0,30})?|[+-]?\.\d{1,30}")
_HEX = re.compile(rb"<[^>]*+>")
_PARENTHESES = re.compile(rb"\\.|[()]", re.DOTALL)
_ESCAPED = re.compile(rb"#([0-9A-Fa-f]{2})")


class NotAValueError(Exception):
    """There is no value of PDF at that place."""


class Reader:
    """Reads values out of `data`, from `at` on.  Each raises NotAValueError where there is none, and nothing else."""

    def __init__(self, data: bytes, at: int = 0) -> None:
        self.at = at
        self._data = data
        self._left = MOST_VALUES

    def space(self) -> None:
        """Go past white space and comments."""
        match = _SPACE.match(self._data, self.at)
        self.at = match.end() if match else self.at

    def take(self, word: bytes) -> bool:
        """Go past `word` where it is next."""
        self.space()
        if not self._data.startswith(word, self.at):
            return False
        self.at += len(word)
        return True

    def integer(self) -> int:
        """Give the whole number that is next."""
        found = self.value()
        if isinstance(found, int) and not isinstance(found, bool):
            return found
        raise NotAValueError

    def value(self, depth: int = 0) -> Value:
        """Give the value that is next."""
        self._left -= 1
        if depth > DEEPEST or self._left < 0:
            raise NotAValueError
        self.space()
        start = self._data[self.at : self.at + 2]
        if start == b"<<":
            return self._dictionary(depth)
        match start[:1]:
            case b"/":
                return self._name()
            case b"[":
                return self._array(depth)
            case b"(":
                return self._string()
            case b"<":
                found = _HEX.match(self._data, self.at)
                if found is None:
                    raise NotAValueError
                self.at = found.end()
                return Text()
        return self._word()

    def _name(self) -> Name:
        found = _WORD.match(self._data, self.at + 1)
        word = found[0] if found else b""
        self.at += 1 + len(word)
        return Name(_ESCAPED.sub(lambda m: bytes([int(m[1], 16)]), word).decode("latin-1"))

    def _array(self, depth: int) -> list[Value]:
        self.at += 1
        found: list[Value] = []
        while not self.take(b"]"):
            found.append(self.value(depth + 1))
        return found

    def _dictionary(self, depth: int) -> dict[str, Value]:
        self.at += 2
        found: dict[str, Value] = {}
        while not self.take(b">>"):
            key = self.value(depth + 1)
            if not isinstance(key, Name):
                raise NotAValueError
            found[key.word] = self.value(depth + 1)
        return found

    def _string(self) -> Text:
        level = 0
        for found in _PARENTHESES.finditer(self._data, self.at):
            level += {b"(": 1, b")": -1}.get(found[0], 0)
            if level == 0:
                self.at = found.end()
                return Text()
        raise NotAValueError

    def _word(self) -> Value:
        if (pointed := _REFERENCE.match(self._data, self.at)) is not None:
            self.at = pointed.end()
            return Reference(int(pointed[1]))
        word = _WORD.match(self._data, self.at)
        if word is None or not word[0]:
            raise NotAValueError
        self.at = word.end()
        if word[0] in {b"true", b"false", b"null"}:
            return {b"true": True, b"false": False}.get(word[0])
        if _NUMBER.fullmatch(word[0]) is None:
            raise NotAValueError
        return float(word[0]) if b"." in word[0] else int(word[0])
