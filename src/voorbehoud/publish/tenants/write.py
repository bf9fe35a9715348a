"""The changes of many tenants, written together: recorded first, then staged, then flushed once, then put in their places.

A tenant's files take their places one right after the other, without anything else in between.  No file system puts several
files in place at once; a kill between two of them leaves a tenant whose every file is old or new, of which the ledger knows
every state, and with which the next run begins anew.
"""

import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from ...core.errors import PublishError, UserError
from .. import manifest as record
from ..apply import CUT, clear, entry_of, read_file, remove_folders, take_back
from ..manifest import Entry, Manifest
from ..message import LeftAloneError
from ..plan import Change, Plan
from .disk import CAN, to_disk
from .ledger import Known, Ledger
from .marks import GONE, Mark, mark, stamp


@dataclass(slots=True)
class Work:
    """One tenant between its plan and its end.

    `place`: of its row.  `fingerprint`: of its row; None: to be looked at again, because not all is as declared.  `seen`: the
    marks under which the plan was made, kept up while it is written.  `failed`: why it is as it was before.
    """

    folder: Path
    place: str
    fingerprint: bytes | None
    plan: Plan
    known: Manifest
    seen: dict[str, Mark]
    placed: list[Change] = field(default_factory=list)
    failed: UserError | None = None

    def entries(self) -> dict[Path, Entry]:
        """Give what the ledger has to know while this is written."""
        old = self.known.entries
        return old | {change.path: entry_of(change, old.get(change.path)) for change in self.plan.changes}


def write(batch: list[Work], ledger: Ledger) -> None:
    """Write the changes of a batch; a tenant where that cannot be done is put back as it was, which `failed` tells."""
    changing = [work for work in batch if work.plan.changes]
    entries = {work.folder: work.entries() for work in batch}
    ledger.begin(
        {work.folder: entries[work.folder].values() for work in changing},
        (original for work in changing for original in _to_keep(work.plan.changes)),
    )
    for work in changing:
        _tried(_stage, work, entries[work.folder])
    to_disk(work.folder for work in changing)  # what takes a place has to be whole after a power cut too
    for work in changing:
        if work.failed is None:
            _tried(_place, work, entries[work.folder])
    ledger.finish(_finished(work, entries[work.folder]) for work in batch)


def _to_keep(changes: Iterable[Change]) -> Iterator[bytes]:
    """Yield the originals that cannot be had by taking our lines out again."""
    for change in changes:
        if change.original is not None and _without_us(change) != change.original:
            yield change.original


def _without_us(change: Change) -> bytes | None:
    if change.role not in CUT or change.after is None:
        return None
    try:
        return CUT[change.role](change.after)
    except LeftAloneError:
        return None


def _stage(work: Work, entries: dict[Path, Entry]) -> None:
    """Write everything of a tenant under names that nobody asks for."""
    for change in work.plan.changes:
        work.seen[str(change.path)] = mark(change.path)
        if read_file(change.path) != change.before:
            raise PublishError(f"{change.path}: changed since the plan was made. Run the command again.")
    owner = work.folder.stat()
    for change in work.plan.changes:
        for folder in entries[change.path].made if change.after is not None else ():
            if not folder.is_dir():
                with _ours(work, folder.parent):
                    folder.mkdir()
                    _give(folder, owner)
        if change.after is not None:
            with _ours(work, change.path.parent):
                new = record.stage(change.path, change.after, flush=not CAN)
                if change.before is None:
                    _give(new, owner)


def _place(work: Work, entries: dict[Path, Entry]) -> None:
    """Put everything of a tenant in its place, if nobody came in between."""
    for change in work.plan.changes:
        if mark(change.path) != work.seen[str(change.path)]:
            raise PublishError(f"{change.path}: changed since the plan was made. Run the command again.")
        work.placed.append(change)
        with _ours(work, change.path.parent):
            if change.after is None:
                clear(change.path)
            else:
                record.temporary(change.path).replace(change.path)
        work.seen[str(change.path)] = mark(change.path)
        if change.after is None:
            _remove(work, entries[change.path].made)


@contextmanager
def _ours(work: Work, folder: Path) -> Iterator[None]:
    """Keep the mark of `folder` up while something of ours is done in it.

    Where somebody else made, removed or renamed something there meanwhile, the plan does not know of it: the tenant is looked
    at again in the next run.
    """
    if work.seen.get(str(folder), GONE) not in {GONE, mark(folder)}:
        work.fingerprint = None
    yield
    work.seen[str(folder)] = mark(folder)


def _remove(work: Work, folders: tuple[Path, ...]) -> None:
    for folder in reversed(folders):
        with _ours(work, folder.parent):
            remove_folders((folder,))
        work.seen[str(folder)] = mark(folder)


def _give(path: Path, owner: os.stat_result) -> None:
    """Give what we made to the owner of the tenant's folder: run as root, nothing of a tenant's may end as root's."""
    if os.name == "posix" and os.geteuid() == 0:
        os.chown(path, owner.st_uid, owner.st_gid)


def _tried(step: Callable[[Work, dict[Path, Entry]], None], work: Work, entries: dict[Path, Entry]) -> None:
    """Take a step with a tenant; where it fails, put everything of this tenant back."""
    try:
        step(work, entries)
    except (OSError, PublishError) as error:
        work.failed = _told(error, work.folder)
        failed = list[OSError]()
        for change in reversed(work.plan.changes):  # one that fails must not keep the others from going back
            try:
                _back(work, change, entries[change.path])
            except OSError as again:
                failed.append(again)
        if failed:
            work.known = Manifest(entries)
            work.failed = UserError(
                f"{failed[0].filename or work.folder}: cannot be put back ({failed[0].strerror}). Mend that (a full disk, "
                f"permissions), then run the command again, or with --undo {work.folder}: every original is kept."
            )


def _back(work: Work, change: Change, entry: Entry) -> None:
    """Put one file of a tenant back, and take away what was written beside it."""
    if change in work.placed and not take_back(change, entry):
        work.known = Manifest(work.known.entries | {change.path: entry})
    clear(record.temporary(change.path))
    if change.before is None:
        remove_folders(entry.made)


def _told(error: OSError | PublishError, folder: Path) -> UserError:
    if isinstance(error, PublishError):
        return error
    return UserError(
        f"{error.filename or folder}: cannot be written ({error.strerror}). Everything of this tenant was put back as it was."
    )


def _finished(work: Work, entries: dict[Path, Entry]) -> tuple[Known, bytes | None, Iterable[Entry]]:
    if work.failed is not None:
        return Known(work.folder, (), b""), None, work.known.entries.values()
    bare = {change.path for change in work.plan.changes if change.after == change.original}
    marks = {path: seen for path, seen in work.seen.items() if seen != GONE}
    looked = tuple(below(work.folder, path) for path in marks)
    left = [entry for path, entry in entries.items() if path not in bare]
    return Known(work.folder, looked, stamp(marks.values())), work.fingerprint, left


def below(folder: Path, path: str) -> str:
    """Give `path` as seen from `folder` where it lies in it: a ledger of a hundred thousand tenants is shorter so."""
    return path.removeprefix(f"{folder}/") if path != str(folder) else "."
