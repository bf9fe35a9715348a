"""A plan carried out: every file whole or untouched, and a way back at any moment."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from ..core.errors import PublishError, UserError
from . import manifest as record
from . import robots_merge, splice
from .lock import alone
from .manifest import Entry, Manifest, Role
from .message import LeftAloneError, Message, Note
from .plan import Change, Plan, contents
from .targets import headers_file


@dataclass(frozen=True, slots=True)
class Undone:
    """What undo did.  `notes`: files that were changed by hand after publishing, and what became of them."""

    restored: tuple[Path, ...]
    removed: tuple[Path, ...]
    notes: tuple[Note, ...]


def apply(plan: Plan, state: Path) -> None:
    """Write what `plan` says; `state` is the folder that keeps the manifest.

    Raises PublishError when a file is no longer as it was when the plan was made, another run is at work here, or a file cannot
    be written: nothing is written then, or everything is put back.  Killed at any moment, it leaves every file either old or
    new, and both the next run and `undo` can go on from there.
    """
    if plan.changes:
        with alone(state):
            carry_out(plan, state)


def carry_out(plan: Plan, state: Path) -> None:
    """Write what `plan` says, as `apply` does, while the lock of `state` is held already."""
    for change in plan.changes:
        _still(change, "Nothing was written")
    known = record.read(state)
    entries = {change.path: entry_of(change, known.entries.get(change.path)) for change in plan.changes}
    done: list[Change] = []
    try:
        record.keep(state, (change.original for change in plan.changes if change.original is not None))
        record.write(state, Manifest(known.entries | entries))
        for change in plan.changes:
            _still(change, "Everything was put back as it was")  # with many files the first look is long ago
            done.append(change)
            put(change.path, change.after, entries[change.path].made)
    except BaseException as error:
        _roll_back(state, known, [(change, entries[change.path]) for change in reversed(done)])
        if isinstance(error, OSError):
            place = error.filename2 or error.filename or state  # of a move, where to
            raise PublishError(
                f"{place}: cannot be written ({error.strerror}). Everything was put back as it was."
            ) from error
        raise
    bare = {change.path for change in plan.changes if change.after == change.original}
    if bare:  # files that hold nothing of ours any more
        left = {path: entry for path, entry in (known.entries | entries).items() if path not in bare}
        record.write(state, Manifest(left))


def _still(change: Change, otherwise: str) -> None:
    """Raise PublishError where the file is no longer as it was when the plan was made."""
    if read_file(change.path) != change.before:
        raise PublishError(
            f"{change.path}: changed since the plan was made. {otherwise}. Run the command again."
        )


def _roll_back(state: Path, known: Manifest, done: list[tuple[Change, Entry]]) -> None:
    """Put back what was written.  Raises PublishError where even that fails; the manifest then still knows the way back.

    What somebody else wrote over it meanwhile stays; our lines in it go with `undo`.
    """
    failed, theirs = list[OSError](), dict[Path, Entry]()
    for change, entry in done:  # one that fails must not keep the others from going back
        try:
            if not take_back(change, entry):
                theirs[change.path] = entry
        except OSError as error:
            failed.append(error)
    if not failed:
        try:
            if known.entries or theirs:
                record.write(state, Manifest(known.entries | theirs))
            else:
                record.forget(state)
        except OSError as error:
            failed.append(error)
    if failed:
        raise PublishError(
            f"{failed[0].filename or state}: cannot be put back ({failed[0].strerror}). Mend that (a full disk, permissions), "
            "then run `voorbehoud publish --undo`: every original is kept."
        ) from failed[0]


def take_back(change: Change, entry: Entry) -> bool:
    """Put a file back as it was; tell whether it is: what somebody else wrote there after us stays."""
    now = contents(change.path)
    if now not in {change.before, change.after}:
        return False
    if now != change.before or now is None:  # there may be folders of ours, and no file yet
        put(change.path, change.before, entry.made)
    return True


def undo(state: Path) -> Undone:
    """Give every file back as it was before the first publication.

    Files that we made go, and folders of ours that are empty then.  A file that its owner changed after publishing keeps
    that change: only our marked lines are taken out.  Where that cannot be done the file stays and a note says so.
    Safe to run again after it was killed.  Raises UserError where a file cannot be written (what was not undone can be undone
    later), and PublishError where another run is at work here.
    """
    if not state.is_dir():
        return Undone((), (), ())
    with alone(state):
        return _undo(state)


def _undo(state: Path) -> Undone:
    known = record.read(state)
    done, left = put_back(known.entries.values(), partial(record.original, state))
    (state / record.UNTESTED).unlink(missing_ok=True)  # what no server tested is gone with the rest
    if left:  # their originals are kept until the owner has mended the marks
        record.write(state, Manifest(left))
    else:
        record.forget(state)
    return done


def put_back(
    entries: Iterable[Entry], original: Callable[[str], bytes | None]
) -> tuple[Undone, dict[Path, Entry]]:
    """Put every file of `entries` back, and give what was done and the entries that must be kept for later.

    `original`: gives what was kept under a SHA-256.  Raises UserError where a file cannot be written.
    """
    restored, removed, notes = list[Path](), list[Path](), list[Note]()
    left: dict[Path, Entry] = {}
    folders = set[Path]()
    for entry in entries:
        folders.update(entry.made)
        try:
            clear(record.temporary(entry.path))
            now = read_file(entry.path)
            wanted, note = _before_us(original, entry, now)
            if note:
                notes.append(Note(entry.path, note))
                if note.key in UNDONE_LATER:
                    left[entry.path] = entry
            if wanted != now:
                put(entry.path, wanted, ())
                (removed if wanted is None else restored).append(entry.path)
        except OSError as error:
            raise UserError(
                f"{entry.path}: cannot be put back ({error.strerror}). Mend that, then run `voorbehoud publish --undo` again."
            ) from error
    with suppress(OSError):  # a folder that we made for one file may have got another of ours since
        remove_folders(tuple(sorted(folders)))
    return Undone(tuple(restored), tuple(removed), tuple(notes)), left


def _before_us(
    original: Callable[[str], bytes | None], entry: Entry, now: bytes | None
) -> tuple[bytes | None, Message | None]:
    """Give what `entry.path` should hold without us (None: nothing), and what to tell its owner, if anything."""
    if now is None:
        return None, None if entry.original is None else Message.of("undo-removed")
    digest = record.sha256(now)
    if digest == entry.original:
        return now, None
    if digest in entry.ours:
        if entry.original is None:
            return None, None
        body = original(entry.original)
        if body is not None:
            return body, None
    if entry.role is Role.WHOLE:
        return now, Message.of("undo-edited")
    if any(record.sha256(block) not in entry.ours for block in record.blocks(entry.role, now)):
        return now, Message.of("undo-block-edited")
    try:
        bare = CUT[entry.role](now)
    except LeftAloneError:
        return now, Message.of("undo-damaged")
    if bare == now:
        return now, None
    if not bare and entry.original is None:
        return None, None
    return bare, None if digest in entry.ours else Message.of("undo-kept")


UNDONE_LATER = frozenset({"undo-damaged", "undo-block-edited"})
"""Notes on files that stay as they are, and whose originals therefore stay too."""

CUT = {Role.PAGE: splice.cut, Role.ROBOTS: robots_merge.cut, Role.HEADERS: headers_file.cut}
"""Gives a file without what of it is ours."""


def entry_of(change: Change, known: Entry | None) -> Entry:
    """Give the entry that holds both before and after `change` was written."""
    bodies = [body for body in (change.before, change.after) if body is not None]
    made = known.made if known else tuple(_missing(change.path.parent))
    original = record.sha256(change.original) if change.original is not None else None
    if original is None and known is not None and change.role is Role.WHOLE:
        original = known.original  # what stood there before the first time, however often we wrote since
    ours = dict.fromkeys(digest for body in bodies for digest in record.digests(change.role, body))
    return Entry(change.path, change.role, original, tuple(ours), made)


def _missing(folder: Path) -> Iterator[Path]:
    if not folder.exists():
        yield from _missing(folder.parent)
        yield folder


def read_file(path: Path) -> bytes | None:
    """Give what `path` holds; None where there is no such file.  Raises PublishError where it cannot be read."""
    try:
        return contents(path)
    except OSError as error:
        raise PublishError(f"{path}: cannot be read ({error.strerror}). Nothing was written.") from error


def put(path: Path, body: bytes | None, made: tuple[Path, ...]) -> None:
    """Make `path` hold `body`; None: remove it, and those of the folders `made` that are empty then."""
    clear(record.temporary(path))
    if body is None:
        clear(path)
        remove_folders(made)
    else:
        path.parent.mkdir(parents=True, exist_ok=True)
        record.replace_file(path, body)


def clear(path: Path) -> None:
    """Remove a file; nothing happens where there is none, also where a file stands in place of its folder."""
    with suppress(FileNotFoundError, NotADirectoryError):
        path.unlink()


def remove_folders(made: tuple[Path, ...]) -> None:
    """Remove those of the folders (outermost first) that hold nothing."""
    for folder in reversed(made):
        if folder.is_dir() and not any(folder.iterdir()):
            folder.rmdir()
