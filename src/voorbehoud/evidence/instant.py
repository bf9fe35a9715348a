"""Moments as a bundle writes them: ISO 8601, in UTC."""

from datetime import UTC, datetime

YEARS = range(1970, 9000)
"""No observation was made in another year, and arithmetic with these never leaves what a datetime can hold."""


def iso(when: datetime) -> str:
    """Give `2026-11-24T09:05:30.250000Z`, without the fraction where there is none."""
    return when.astimezone(UTC).isoformat().replace("+00:00", "Z")


def instant(text: object) -> datetime:
    """Give the moment that `iso` wrote, in UTC.  Raises ValueError or OverflowError for anything else."""
    if not isinstance(text, str):
        raise ValueError(f"not a moment: {text!r}")
    when = datetime.fromisoformat(text)
    if when.tzinfo is None or when.year not in YEARS:
        raise ValueError(f"a time without a zone, or of no time that we know: {text}")
    return when.astimezone(UTC)
