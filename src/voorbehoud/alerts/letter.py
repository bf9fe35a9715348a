"""What is sent, and how sending went: plain data between who writes a message and who carries it."""

from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class Letter:
    """One message.  `id`: the same whenever the same is sent again, in letters, digits and hyphens.

    `subject` is one line; `text` and `html` say the same.  `data`: JSON for programs.  `brief`: some lines for a chat.
    """

    id: str
    subject: str
    text: str
    html: str
    data: str
    brief: str
    lang: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """How sending one letter went.  `words`: empty where there is nothing to tell; else what the other side said, in one line.

    `refused`: it was told no for good, so that trying again soon is of no use.
    `unknown`: it was the one address that it was for which was refused, and nobody else.
    `unreached`: the other side was not reached at all, or not in a state to take anything; what follows would fare the same.
    """

    sent: bool
    words: str = ""
    refused: bool = False
    unknown: bool = False
    unreached: bool = False


WAITS = tuple(timedelta(minutes=minutes) for minutes in (5, 15, 60, 4 * 60, 12 * 60, 24 * 60))
"""How long to wait after the first attempt, the second, …; from then on once a day, for as long as it takes."""


def next_attempt(outcome: Outcome, attempts: int, now: datetime) -> datetime:
    """Say when to try again what failed for the `attempts`-th time (from 1)."""
    wait = WAITS[-1] if outcome.refused else WAITS[min(max(attempts, 1), len(WAITS)) - 1]
    return now + wait
