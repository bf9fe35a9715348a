"""What can be said about a site: rules are declared once, findings point at a place."""

from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from string import Formatter
from typing import Generic, TypeVar

from .evidence import Origin
from .spec import Section


class Severity(StrEnum):
    """From what undoes a reservation to what is well."""

    BLOCKER = "blocker"  # says the opposite, or nothing where something was promised
    ERROR = "error"  # lost for literal readers
    WARNING = "warning"  # works for some readers
    INFO = "info"
    GOOD = "good"

    @property
    def weight(self) -> int:
        """Larger is worse; GOOD is 0."""
        return (Severity.GOOD, Severity.INFO, Severity.WARNING, Severity.ERROR, Severity.BLOCKER).index(self)


@dataclass(frozen=True, slots=True)
class Finding:
    """A rule met at a place.  `values` fill the blanks of the rule's texts, in any language; they are data from the wire."""

    rule: "Rule"
    origin: Origin
    values: tuple[tuple[str, str], ...] = ()

    @property
    def code(self) -> str:
        return self.rule.code

    @property
    def severity(self) -> Severity:
        return self.rule.severity

    @property
    def message(self) -> str:
        return fill(self.rule.message, self.values)

    @property
    def why(self) -> str:
        return fill(self.rule.why, self.values)

    @property
    def fix(self) -> str:
        return fill(self.rule.fix, self.values)


@dataclass(frozen=True, slots=True)
class Rule:
    """Something that can be found.

    `code`: letters name the room, hundreds the kind (1 served wrongly, 2 syntax, 3 meaning, 4 at odds, 9 good); never reused.
    `message` says what is, `why` what it costs the maker, `fix` the line to write or the step to take.
    """

    code: str
    severity: Severity
    message: str
    why: str
    fix: str
    spec: Section

    def at(self, origin: Origin, **values: object) -> Finding:
        """Give the finding of this rule at `origin`.  Raises KeyError where a blank of a text is left without a value."""
        given = {name: str(value) for name, value in values.items()}
        for name in _blanks(self.message, self.why, self.fix):
            given[name]  # our own mistake crashes here, not in the report
        return Finding(self, origin, tuple(sorted(given.items())))


@lru_cache(maxsize=1024)
def _blanks(*texts: str) -> tuple[str, ...]:
    return tuple(name for text in texts for _, name, _, _ in Formatter().parse(text) if name is not None)


def fill(text: str, values: tuple[tuple[str, str], ...]) -> str:
    """Fill the `{blanks}` of a rule's text.  Values are never read as templates."""
    return text.format_map(dict(values))


Model = TypeVar("Model")


@dataclass(frozen=True, slots=True)
class Parsed(Generic[Model]):
    """A model and what was noticed while reading it.  `model` None: nothing of this mechanism is there.

    `unread`: a place where it may stand could not be read, so silence proves nothing (docs/decisions/0021).
    """

    model: Model | None
    findings: tuple[Finding, ...] = ()
    unread: bool = False
