"""Unknown, allowed, disallowed: what was said about one use, and how sayings combine."""

from collections.abc import Iterable
from enum import IntEnum


class Preference(IntEnum):
    """Ordered by restriction.  Silence is UNKNOWN, never permission."""

    UNKNOWN = 0
    ALLOWED = 1
    DISALLOWED = 2


def combine(said: Iterable[Preference]) -> Preference:
    """Give the most restrictive of `said`; UNKNOWN where nothing was.

    Source: draft-ietf-aipref-vocab-08, section 5.1.
    """
    return max(said, default=Preference.UNKNOWN)
