"""By what a file or folder is known to be as it was: inode, time of the last change, size.  Contents are not read for it.

That time is the system's own (`ctime`): the other (`mtime`) is set by whoever copies or unpacks, often to one fixed value.
Windows has only that one.
"""

import hashlib
import os
import stat
from array import array
from collections.abc import Iterable
from pathlib import Path

from ..pages import PAGES, SKIPPED

Mark = tuple[int, int, int]
GONE: Mark = (-1, -1, -1)

_NAMED = frozenset(
    {"robots.txt", "_headers", "_config.yml", "tdmrep.json", "tdm-policy.json", "ai.txt", "license.xml"}
)
"""What publishing reads beside pages."""

_POSITIVE = 0x7FFF_FFFF_FFFF_FFFF


def mark(path: str | Path) -> Mark:
    """Give the mark of what stands at `path`; a link is not followed.  Of a folder the size says nothing."""
    try:
        found = os.lstat(path)
    except OSError:
        return GONE
    size = 0 if stat.S_ISDIR(found.st_mode) else found.st_size
    changed = found.st_ctime_ns if os.name == "posix" else found.st_mtime_ns
    return found.st_ino & _POSITIVE, changed, size


def survey(roots: Iterable[Path]) -> dict[str, Mark]:
    """Give the marks of all that a plan for these folders rests on: every folder, every page, every file of a known name.

    A file that comes, goes or gets another name changes the mark of its folder.
    """
    found: dict[str, Mark] = {}
    for root in roots:
        for folder, names, files in os.walk(root):
            names[:] = [name for name in names if name not in SKIPPED]
            found[folder] = mark(folder)
            for name in files:
                if name in _NAMED or os.path.splitext(name)[1].lower() in PAGES:  # noqa: PTH122 - one Path a file is slow
                    path = os.path.join(folder, name)  # noqa: PTH118 - as above
                    found[path] = mark(path)
    return found


def stamp(marks: Iterable[Mark]) -> bytes:
    """Give one value for many marks, in their order."""
    numbers = array("q", (number for each in marks for number in each))
    return hashlib.blake2b(numbers.tobytes(), digest_size=16).digest()
