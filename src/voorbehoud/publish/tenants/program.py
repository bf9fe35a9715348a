"""By which program a tenant was written: a new version writes all of them anew, an unchanged one none."""

import hashlib
from functools import cache
from pathlib import Path

from ...package_data import templates

ROOMS = ("core", "grammar", "declaration", "agents", "signals", "evaluate", "publish")
"""What has a say in what is published."""


def program(*options: object) -> bytes:
    """Give a fingerprint of our own files and of options, not of a version number: that stays the same between two checkouts."""
    return hashlib.blake2b(repr(options).encode(), key=_files(), digest_size=32).digest()


@cache
def _files() -> bytes:
    package = Path(__file__).parents[2]
    found = [
        path for room in ROOMS for path in (package / room).rglob("*") if path.suffix in {".py", ".yaml"}
    ]
    found += [path for path in Path(templates()).rglob("*") if path.is_file()]
    whole = hashlib.blake2b(digest_size=32)
    for path in sorted(found):
        body = path.read_bytes()
        whole.update(f"{path.name} {len(body)}\n".encode() + body)
    return whole.digest()
