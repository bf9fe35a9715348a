"""What one signal says about one use of one resource."""

from dataclasses import dataclass
from enum import StrEnum

from .evidence import Origin
from .preference import Preference
from .use import Use


class Reading(StrEnum):
    """Who hears a statement: STRICT is a literal reader of the specification, PROTECTIVE the most favourable plausible one."""

    STRICT = "strict"
    PROTECTIVE = "protective"
    BOTH = "both"

    def heard_in(self, reading: "Reading") -> bool:
        return self is Reading.BOTH or self is reading


class Audience(StrEnum):
    """For whom a statement holds."""

    EVERYONE = "everyone"
    NAMED = "named-agents"  # some agents only: those named, or all but those that have a group of their own


@dataclass(frozen=True, slots=True)
class Statement:
    """One saying.  `family` is the specification that ranks it against its own kind; `rank` grows with precedence.

    `agents` are the product tokens that it holds for or, where it is `exempting`, the ones that it does not reach.
    """

    use: Use
    preference: Preference
    signal: str
    family: str
    rank: int
    origin: Origin
    reading: Reading = Reading.BOTH
    audience: Audience = Audience.EVERYONE
    agents: tuple[str, ...] = ()
    exempting: bool = False  # said to everybody, but some have a group of their own
    policy: str | None = None  # where the conditions stand, for a signal that names such a place
