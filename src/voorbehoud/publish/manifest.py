"""What we wrote where, and what stood there before: enough to undo, also when the run that wrote it was killed.

It is written before the first file is replaced and names both what is on disk and what will be, so at any moment every file of
the site is one that it knows.  Originals are kept beside it, compressed, under their SHA-256.
"""

import gzip
import hashlib
import json
import os
import re
import sys
import zlib
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from pathlib import Path

from ..core.errors import UserError
from .lock import alone

SCHEMA = "voorbehoud.manifest/1"
STATE = ".voorbehoud"
"""The folder beside the declaration that holds it; never published, never walked through."""
NEW = ".voorbehoud-new"
"""What the names of files have in them that are still to take their places."""
LONGEST_NAME = 255
"""Octets of a file name on nearly every file system."""
UNTESTED = "untested.json"
"""The note in that folder of what a server is testing; see `untested.py`."""


class Role(StrEnum):
    """What of a file is ours."""

    PAGE = "page"  # a few lines between markers
    ROBOTS = "robots"  # a block between markers
    HEADERS = "headers"  # a block between markers
    WHOLE = "whole"  # all of it


@dataclass(frozen=True, slots=True)
class Entry:
    """One file.  `original`: the SHA-256 of what undo gives back; None: the file is our making and goes.

    `ours`: the SHA-256 of everything with us in it that may be on disk.  `made`: folders that we made for it, outermost first.
    """

    path: Path
    role: Role
    original: str | None
    ours: tuple[str, ...]
    made: tuple[Path, ...] = ()


@dataclass(frozen=True, slots=True)
class Manifest:
    """All entries by absolute path."""

    entries: dict[Path, Entry] = field(default_factory=dict)

    def wrote(self, path: Path, body: bytes) -> bool:
        """Tell whether `body` at `path` is something we wrote."""
        entry = self.entries.get(path)
        return entry is not None and sha256(body) in entry.ours


_MARKS = {
    Role.PAGE: (b"<!-- voorbehoud: begin", b"<!-- voorbehoud: end -->"),
    Role.ROBOTS: (b"# BEGIN voorbehoud", b"# END voorbehoud"),
    Role.HEADERS: (b"# BEGIN voorbehoud", b"# END voorbehoud"),
}


def blocks(role: Role, body: bytes | None) -> tuple[bytes, ...]:
    """Give everything in `body` that stands between marks of ours, marks included; nothing for a file that is ours altogether."""
    if body is None or role not in _MARKS:
        return ()
    begin, end = _MARKS[role]
    found, at = [], body.find(begin)
    while at >= 0:
        stop = body.find(end, at)
        if stop < 0:
            break
        found.append(body[at : stop + len(end)])
        at = body.find(begin, stop)
    return tuple(found)


def digests(role: Role, body: bytes) -> tuple[str, ...]:
    """Give what an entry remembers of a file with us in it: the whole, and each block, so that an edit of either is seen."""
    return (sha256(body), *map(sha256, blocks(role, body)))


def sha256(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()


def read(state: Path) -> Manifest:
    """Give the manifest in the folder `state`; an empty one where nothing was published.  Raises UserError where it is damaged."""
    file = state / "manifest.json"
    try:
        text = file.read_text(encoding="utf-8")
    except FileNotFoundError:
        return Manifest()
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f"{file}: cannot be read ({error}). Nothing was changed.") from error
    home = state.resolve().parent
    try:
        data = json.loads(text)
        if data["schema"] != SCHEMA:
            raise ValueError(f"schema {data['schema']!r}")
        entries = [
            Entry(
                path=_absolute(home, row["path"]),
                role=Role(row["role"]),
                original=None if row["original"] is None else _digest(row["original"]),
                ours=tuple(map(_digest, row["ours"])),
                made=tuple(_absolute(home, path) for path in row["made"]),
            )
            for row in data["files"]
        ]
    except (ValueError, KeyError, TypeError) as error:
        raise UserError(
            f"{file}: this record of what was published is damaged ({error}). Nothing was changed. Put it back from a backup; "
            f"without one, move the folder {state.name} away and take our lines out by hand: they stand between marker lines"
        ) from error
    return Manifest({entry.path: entry for entry in entries})


def write(state: Path, manifest: Manifest) -> None:
    """Replace the manifest in `state` in one step; the folder is made where it is missing."""
    home = state.resolve().parent
    rows = [
        asdict(entry)
        | {"path": _relative(home, entry.path), "made": [_relative(home, path) for path in entry.made]}
        for entry in sorted(manifest.entries.values(), key=lambda entry: entry.path)
    ]
    # In ASCII: a name that is no UTF-8, as old FTP programs wrote them, has no other form in JSON.
    text = json.dumps({"schema": SCHEMA, "files": rows}, indent=1) + "\n"
    state.mkdir(exist_ok=True)
    replace_file(state / "manifest.json", text.encode())
    _flush(state)


def keep(state: Path, bodies: Iterable[bytes]) -> None:
    """Store originals, each once, for nobody else to read: on a server they may stand below its root, and PHP among them."""
    folder = state / "originals"
    state.mkdir(exist_ok=True)
    folder.mkdir(mode=0o700, exist_ok=True)
    for body in bodies:
        file = folder / f"{sha256(body)}.gz"
        if not file.exists():
            replace_file(file, gzip.compress(body, compresslevel=6, mtime=0))
    _flush(folder)


def original(state: Path, digest: str) -> bytes | None:
    """Give a stored original; None where it is gone or damaged."""
    try:
        body = gzip.decompress((state / "originals" / f"{digest}.gz").read_bytes())
    except (OSError, EOFError, zlib.error):
        return None
    return body if sha256(body) == digest else None


def tidy(state: Path) -> None:
    """Remove the originals that the manifest no longer names: undo gives none of them back."""
    folder = state / "originals"
    if folder.is_dir():
        with alone(state):
            wanted = {f"{entry.original}.gz" for entry in read(state).entries.values()}
            for file in folder.iterdir():
                if file.name not in wanted:
                    file.unlink()


def forget(state: Path) -> None:
    """Remove the manifest, then the originals, then the folder where nothing else is in it."""
    (state / "manifest.json").unlink(missing_ok=True)
    originals = state / "originals"
    if originals.is_dir():
        for file in originals.iterdir():
            file.unlink()
        originals.rmdir()
    if state.is_dir() and not any(state.iterdir()):
        state.rmdir()


def temporary(path: Path) -> Path:
    """Give the name under which a file is written before it takes its place: known, so that a killed run leaves no stranger."""
    end = NEW + (
        path.suffix if path.suffix.lower() == ".php" else ""
    )  # under another, a server gives away the source
    name = f".{path.name}{end}"
    if len(os.fsencode(name)) > LONGEST_NAME:
        name = f".{sha256(os.fsencode(path.name))[:32]}{end}"
    return path.with_name(name)


def replace_file(path: Path, body: bytes) -> None:
    """Make `path` hold `body`, all of it or nothing: a new file beside it, flushed, with the old one's mode, moved over it."""
    new = stage(path, body)
    try:
        new.replace(path)
    except BaseException:
        new.unlink(missing_ok=True)
        raise


def stage(path: Path, body: bytes, *, flush: bool = True) -> Path:
    """Give a new file beside `path` that holds `body`, with all that is set on the old one; nothing is left where that fails.

    That is its mode, its owner, and who else may read it (ACL) or what else is noted of it, where the system has such.

    `flush`: bring it to the disk at once.  Where many are made, one sync of all of them costs less; it has to come before the
    first takes its place.
    """
    new = temporary(path)
    new.unlink(missing_ok=True)
    try:
        with new.open("xb") as file:
            file.write(body)
            if flush:
                file.flush()
                os.fsync(file.fileno())
        if path.exists():
            old = path.stat()
            if os.name == "posix":
                # Run as root, a page of the maker's must not end as root's: its web server could no longer read it.
                with suppress(PermissionError):
                    os.chown(new, old.st_uid, old.st_gid)
            new.chmod(old.st_mode & 0o7777)
            _note(path, new)
    except BaseException:
        new.unlink(missing_ok=True)
        raise
    return new


def _note(old: Path, new: Path) -> None:
    """Give `new` the extended attributes of `old`: an ACL is one of them, and without it a web server may be locked out."""
    if sys.platform != "linux":  # Python reads them nowhere else
        return
    with suppress(OSError):  # a file system without any
        for name in os.listxattr(old):
            with suppress(OSError):  # one that only the system may set
                os.setxattr(new, name, os.getxattr(old, name))


def _flush(folder: Path) -> None:
    """Make sure that the names in `folder` outlive a power cut: the way back must be on disk before the first change is."""
    if os.name == "posix":  # Windows cannot open a folder, and keeps names by itself
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _relative(home: Path, path: Path) -> str:
    return path.relative_to(home).as_posix() if path.is_relative_to(home) else path.as_posix()


def _absolute(home: Path, text: str) -> Path:
    """Give the path that a manifest names.  Raises ValueError for one that climbs out of where it stands."""
    if ".." in Path(text).parts:
        raise ValueError(f"path {text!r}")
    return home / text


def _digest(text: str) -> str:
    if not re.fullmatch(r"[0-9a-f]{64}", text):
        raise ValueError(f"digest {text!r}")
    return text
