"""One run at a time: whoever writes into a site holds a lock in the state folder until done.

Where the system has advisory locks it lets go of this one when the process ends, however it ends, so a killed run never
blocks the next.  Elsewhere (Windows, some network drives) the file itself is the lock, and its message says how to clear it.
"""

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from ..core.errors import PublishError

fcntl: Any
try:
    import fcntl
except ImportError:
    fcntl = None

NAME = "lock"
NO_LOCKS = frozenset({errno.ENOLCK, errno.ENOSYS, errno.ENOTSUP, errno.EOPNOTSUPP})
"""What `flock` says on a file system that cannot do it."""

_TRIES = 100  # another run may remove the file between our opening and our locking it; that many in a row are improbable


@contextmanager
def alone(state: Path) -> Iterator[None]:
    """Hold the lock of `state` for the length of a block; the folder is made where it is missing, and goes where it is left empty.

    Raises PublishError where another run holds it, at once, and where the folder cannot be written.
    """
    file = state / NAME
    try:
        handle = _taken(file)
    except OSError as error:
        raise PublishError(f"{file}: cannot be written ({error.strerror}). Nothing was changed.") from error
    try:
        yield
    finally:
        if os.name == "nt":
            os.close(handle)  # what is open cannot be removed there
        with suppress(
            OSError
        ):  # what is left behind holds nobody up where there are locks; elsewhere the message helps
            file.unlink(missing_ok=True)
            if not any(state.iterdir()):
                state.rmdir()
        if os.name != "nt":
            os.close(handle)  # after the file is gone: a name that is there and not locked is nobody's


def _taken(file: Path) -> int:
    """Give the open lock file.  Raises PublishError where another run has it."""
    for _ in range(_TRIES):
        file.parent.mkdir(exist_ok=True)
        with suppress(FileNotFoundError):  # a run that ended just now took its file away: make it again
            if (handle := _opened(file)) is not None:
                with suppress(OSError):  # a full disk must not stop an undo: the number only helps people
                    os.ftruncate(handle, 0)
                    os.write(handle, str(os.getpid()).encode())
                return handle
    raise PublishError(
        f"{file}: other runs keep taking this lock. Nothing was changed. Run the command again."
    )


def _opened(file: Path) -> int | None:
    """Give `file`, open and ours; None where what we locked is no longer the file of that name."""
    try:
        handle, made = os.open(file, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o666), True
    except FileExistsError:
        handle, made = os.open(file, os.O_RDWR), False
    ours = False
    try:
        if _locked(handle):
            ours = os.path.samestat(os.fstat(handle), file.stat())
        elif made:
            ours = True
        else:
            raise PublishError(
                f"{file}: {_holder(file)} is writing into this site, or was killed while it did. Nothing was changed. "
                "Wait for it; if none is running, delete this file and run the command again."
            )
    except BlockingIOError as error:
        raise PublishError(
            f"{file}: {_holder(file)} is writing into this site. Nothing was changed. Wait for it, then run the command again."
        ) from error
    finally:
        if not ours:
            os.close(handle)
    return handle if ours else None


def _locked(handle: int) -> bool:
    """Lock the file; False where there are no such locks.  Raises BlockingIOError where another process has it."""
    if fcntl is None:
        return False
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        if error.errno in NO_LOCKS:
            return False
        raise
    return True


def _holder(file: Path) -> str:
    with suppress(OSError, UnicodeDecodeError):
        if number := file.read_text(encoding="ascii").strip():
            return f"another run of voorbehoud (process {number})"
    return "another run of voorbehoud"
