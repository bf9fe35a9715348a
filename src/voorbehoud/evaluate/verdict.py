"""What a judgement consists of: plain data that reports print and stores keep."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from ..core.evidence import Kind, Origin
from ..core.finding import Finding
from ..core.preference import Preference
from ..core.statement import Audience, Statement
from ..core.use import Use

RULES_VERSION = "2026-11-27"
"""The date of the judging rules.  A stored capture that is judged again under another date may get another verdict."""


class Verdict(StrEnum):
    """What holds for one use of one resource, in one reading."""

    RESERVED = "reserved"
    NOT_RESERVED = "not-reserved"
    UNSET = "unset"
    UNDETERMINED = "undetermined"  # something that could decide it was not fetched


class SignalState(StrEnum):
    """Whether a mechanism is there.  A file that exists and says nothing usable is BROKEN, not PRESENT."""

    PRESENT = "present"
    ABSENT = "absent"
    BROKEN = "broken"
    UNDETERMINED = "undetermined"


@dataclass(frozen=True, slots=True)
class UseVerdict:
    """The verdict for one use.  `because` are the statements that decide the strict reading (else the protective one)."""

    use: Use
    strict: Verdict
    protective: Verdict
    audience: Audience | None = None  # None: nothing is reserved for anybody
    contradictory: bool = False
    undetermined: bool = False
    because: tuple[Statement, ...] = ()
    overruled: tuple[Statement, ...] = ()


@dataclass(frozen=True, slots=True)
class ResourceVerdict:
    """The four uses (in the order of `Use`) for one page or file.  `url` as asked; `fetched` False: judged by its origin's files only."""

    url: str
    kind: Kind
    uses: tuple[UseVerdict, ...]
    found_on: str | None = None
    fetched: bool = True

    def use(self, use: Use) -> UseVerdict:
        return next(verdict for verdict in self.uses if verdict.use is use)


@dataclass(frozen=True, slots=True)
class SignalResult:
    """One mechanism at one place.  `uses` holds what it says there in the strict reading, UNKNOWN left out."""

    signal: str
    state: SignalState
    uses: tuple[tuple[Use, Preference], ...]
    origin: Origin


@dataclass(frozen=True, slots=True)
class Platform:
    """A builder, host or network that the site visibly runs on (`wix`), and where that shows."""

    name: str
    evidence: tuple[Origin, ...]


@dataclass(frozen=True, slots=True)
class SiteVerdict:
    """What an outside reader must conclude about a site (an origin), and why.

    `protected`: `tdm` is strictly reserved, for everyone, without contradiction, at every sampled page and media file, and
    no reader that was tried is told less, or something that we do not know.
    `findings` are sorted, worst first.
    """

    site: str
    checked: datetime
    rules: str
    protected: bool
    uses: tuple[UseVerdict, ...]
    signals: tuple[SignalResult, ...]
    resources: tuple[ResourceVerdict, ...]
    findings: tuple[Finding, ...]
    reachable: bool = True  # False: not one page of the site answered; the command ends with exit code 3
    platforms: tuple[
        Platform, ...
    ] = ()  # what the maker can do there is told by the report; it decides nothing

    def use(self, use: Use) -> UseVerdict:
        return next(verdict for verdict in self.uses if verdict.use is use)
