"""What publishing has to tell a maker, apart from the language it is told in: a key, and what fills the blanks.

The texts stand under `publish-note` in the interface catalogue, Dutch and English side by side.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from .. import i18n
from ..core.preference import Preference
from ..core.use import Use

Value = str | Use | Preference | tuple[Use, ...]
"""Text of the maker's, their files or their system (data, told as it is), or words of ours (told in the reader's language)."""


@dataclass(frozen=True, slots=True)
class Message:
    """One sentence about a file.  `key` is stable; `values` fill the blanks of its texts.

    A value may come from a file that somebody else wrote: give `shown` where the text goes to a terminal or a page.
    """

    key: str
    values: tuple[tuple[str, Value], ...] = ()

    @classmethod
    def of(cls, key: str, **values: Value) -> "Message":
        return cls(key, tuple(values.items()))

    def told(self, lang: str, shown: Callable[[str], str] = str) -> str:
        """Give the sentence in `lang`, each value passed through `shown`."""
        filled = {blank: shown(_word(blank, value, lang)) for blank, value in self.values}
        return i18n.say(f"publish-note.{self.key}", lang, **filled)

    def __str__(self) -> str:
        return self.told("en")


@dataclass(frozen=True, slots=True)
class Note:
    """Something to tell about a file; `line` 0 means all of it."""

    path: Path
    message: Message
    line: int = 0

    @property
    def place(self) -> str:
        """Where it is, as editors write it: `site/index.html:3`."""
        return f"{self.path}:{self.line}" if self.line else str(self.path)

    def __str__(self) -> str:
        return f"{self.place}: {self.message}"


class LeftAloneError(Exception):
    """A file that must stay as it is; `message` says why and what to do, `line` where (0: all of it)."""

    def __init__(self, message: Message, line: int = 0) -> None:
        super().__init__(message)
        self.message, self.line = message, line


def reason(error: OSError) -> str:
    """Give what the system says is wrong, without the path."""
    return error.strerror or type(error).__name__


def _word(blank: str, value: Value, lang: str) -> str:
    if isinstance(value, Use | Preference):
        return i18n.name(value, lang)
    if isinstance(value, tuple):
        return ", ".join(i18n.name(use, lang) for use in value)
    return i18n.signal_name(value, lang) if blank == "signal" else value
