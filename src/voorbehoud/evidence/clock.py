"""How far a clock is known to be right: never more exactly than the answer that tells it."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from statistics import median

from ..core.errors import UserError
from ..core.evidence import Capture

SECONDS = 15.0
RESOLUTION = timedelta(seconds=1)
"""A Date field (RFC 9110, section 6.6.1) is cut off to whole seconds."""


@dataclass(frozen=True, slots=True)
class Reading:
    """Our clock beside that of `url`: it was ahead by at least `least` and at most `most` seconds (negative: behind).

    `asked` and `told`: what our clock and theirs said.
    """

    url: str
    asked: datetime
    told: datetime
    least: float
    most: float


def ask(url: str, now: Callable[[], datetime]) -> Reading:
    """Give our clock beside the Date that the server at `url` sends.  Raises UserError where it sends none that can be used.

    Their clock stood between `told` and a second later at some moment between our question and its answer, so the
    difference is known to lie between two bounds, and no closer.
    """
    import requests

    before = now()
    try:
        with requests.head(url, timeout=SECONDS, allow_redirects=False) as answer:
            after, fields = now(), answer.headers
        told = _date(fields.get("Date", ""))
    except (requests.RequestException, OSError, ValueError) as error:
        raise UserError(
            f"--clock {url}: it does not tell the time ({type(error).__name__}). Give the address of a server that sends Date."
        ) from error
    if "Age" in fields:
        raise UserError(
            f"--clock {url}: its answer comes from a cache, which tells an old time. Give another."
        )
    least, most = (before - told - RESOLUTION).total_seconds(), (after - told).total_seconds()
    return Reading(url, before, told, round(least, 3), round(most, 3))


def beside_servers(captures: Iterable[Capture]) -> tuple[float, int] | None:
    """Give by how many seconds our clock was ahead of the servers' own Date fields (the median), and how many there were.

    What a cache answers (Age) tells nothing, nor does what came without a Date.  None where nothing tells.
    A server's word on the time is only as good as the server; but nobody who made the observation runs it.
    """
    ahead = []
    for capture in captures:
        dates = capture.field("date")
        if len(dates) == 1 and not capture.field("age"):
            try:
                ahead.append((capture.at - _date(dates[0])).total_seconds())
            except (ValueError, OverflowError):
                continue
    return (median(ahead), len(ahead)) if ahead else None


def _date(field: str) -> datetime:
    try:
        when = parsedate_to_datetime(field)
    except (TypeError, IndexError) as error:  # older Pythons, on text that is no date
        raise ValueError(f"not a date: {field!r}") from error
    return when.replace(tzinfo=UTC) if when.tzinfo is None else when
