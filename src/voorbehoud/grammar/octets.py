"""Looking for a few octets in a long page, as fast as the memory gives them."""

import stringzilla


def find(octets: bytes, sought: bytes, start: int = 0, end: int | None = None) -> int:
    """Give what `octets.find(sought, start, end)` gives, some twenty times faster on text: it looks at 64 octets at once.

    `start` and `end` count from the beginning, never from the end.
    """
    found: int = stringzilla.find(octets, sought, start, len(octets) if end is None else end)
    return found
