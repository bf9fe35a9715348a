"""What the check of a bundle can find, apart from the language it is told in.

The texts stand under `evidence-problem` in the interface catalogue, Dutch and English side by side.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from .. import i18n


class Level(StrEnum):
    """ERROR: something is not as the bundle says, or not as whoever checks demands.  WARNING: something could not be checked."""

    ERROR = "error"
    WARNING = "warning"


WARNINGS = frozenset(
    {
        "not-stamped",
        "not-signed",
        "key-not-given",
        "authority-not-given",
        "previous-not-given",
        "rules-changed",
        "interpolated",
    }
)
Value = str | int | datetime


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong or unchecked.  `key` is stable; `file` is the file of the bundle that it is about, or empty.

    Values may come from a bundle that somebody else made: escape the text before showing it.
    """

    key: str
    file: str = ""
    values: tuple[tuple[str, Value], ...] = ()

    @property
    def level(self) -> Level:
        return Level.WARNING if self.key in WARNINGS else Level.ERROR

    def told(self, lang: str) -> str:
        """Give the sentence in `lang`, without the name of the file."""
        values = {blank: _word(value, lang) for blank, value in self.values}
        return i18n.say(f"evidence-problem.{self.key}", lang, **values)


def problem(key: str, file: str = "", **values: Value) -> Problem:
    return Problem(key, file, tuple(values.items()))


def _word(value: Value, lang: str) -> str:
    return i18n.moment(value, lang) if isinstance(value, datetime) else str(value)
