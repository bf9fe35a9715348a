"""The end of a long file, asked for apart: whether it is the end, and of the same file."""

import re

from .transport import Answer
from .what_came import values

_CONTENT_RANGE = re.compile(r"bytes (\d{1,15})-(\d{1,15})/(\d{1,15})")


def part_of(rest: Answer, whole: Answer) -> tuple[int, bytes] | None:
    """Give the length of a file and its last bytes, as a server sent them apart; None where it did not, or where they do not fit.

    Source: RFC 9110, sections 14.2 and 14.4.  A file that changed in between has another tag or date.
    """
    said = _CONTENT_RANGE.fullmatch(next(iter(values(rest, "content-range")), "").strip())
    if rest.status != 206 or rest.failure is not None or rest.truncated or said is None:
        return None
    first, last, size = map(int, said.groups())
    same = all(values(rest, name) == values(whole, name) for name in ("etag", "last-modified"))
    if not same or last != size - 1 or last - first + 1 != len(rest.body) or values(rest, "content-encoding"):
        return None
    return size, rest.body
