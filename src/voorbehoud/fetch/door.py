"""Where robots.txt lets our crawler go, and why something is not asked for."""

from dataclasses import dataclass

from ..core.evidence import NOT_YET, Capture, Failure
from ..grammar.robots import RobotsTxt


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why something is not asked for."""

    failure: Failure
    detail: str


def open_to_us(robots: Capture) -> RobotsTxt | Refusal | None:
    """Read from the answer to robots.txt where we may go; None where that is everywhere.

    Source: RFC 9309, section 2.3.1; like Google we take a 429 for a server's error, not for a missing file.
    """
    if robots.failure is not None and robots.status is None and robots.address is None:
        return Refusal(robots.failure, robots.detail)  # nobody is there: the other files need not be tried
    if robots.failure is not None:
        return Refusal(
            Failure.OBEYED_ROBOTS,
            f"robots.txt could not be read ({robots.failure}), so nothing else is asked",
        )
    if robots.ok:
        return RobotsTxt.parse(robots.body)
    if robots.status in {NOT_YET, 429} or (robots.status or 0) >= 500:
        return Refusal(
            Failure.OBEYED_ROBOTS,
            f"robots.txt answered with status {robots.status}, so nothing else is asked",
        )
    return None
