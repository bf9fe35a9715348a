"""Configuration that no server has tested yet: noted before it is written, so that a run after a killed one can put it back.

A server tests what is in place, so our files are there before it has said yes.  A run that is killed in between (kill -9, a power
cut) leaves them there: nothing happens to the server that runs, but one that is started anew might refuse to.
"""

import json
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from ..core.errors import UserError
from . import manifest as record
from .apply import carry_out, read_file
from .lock import alone
from .manifest import Role
from .plan import Change, Plan

SCHEMA = "voorbehoud.untested/1"


@dataclass(frozen=True, slots=True)
class Untested:
    """What a killed run left for `server`.  `back`: puts each file as it was before that run."""

    server: str
    back: Plan

    def below(self, folder: Path) -> bool:
        """Tell whether all of it lies in `folder`: a note that came with somebody's files leads nowhere else."""
        return all(
            change.path.is_relative_to(folder) and ".." not in change.path.parts
            for change in self.back.changes
        )


def note(state: Path, server: str, config: Plan) -> None:
    """Remember what `config` is about to write, and what stands there now.  The lock of `state` is held."""
    rows = [
        {
            "path": str(change.path.absolute()),
            "before": None if change.before is None else change.before.decode(),  # what we wrote is UTF-8
            "after": None if change.after is None else record.sha256(change.after),
        }
        for change in config.changes
    ]
    said = {"schema": SCHEMA, "server": server, "folder": str(config.folder.absolute()), "files": rows}
    record.replace_file(state / record.UNTESTED, json.dumps(said, indent=1, ensure_ascii=False).encode())


def passed(state: Path) -> None:
    """Forget what was noted: the server has tested it, or it is no longer there."""
    (state / record.UNTESTED).unlink(missing_ok=True)


def left_untested(state: Path) -> Untested | None:
    """Give what a run before this one left in place without a test; None where nothing is.

    A file that somebody changed since is none of it.  Raises UserError where the note is damaged.
    """
    file = state / record.UNTESTED
    try:
        text = file.read_text(encoding="utf-8")
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f"{file}: cannot be read ({error}). Nothing was changed.") from error
    try:
        said = json.loads(text)
        if said["schema"] != SCHEMA:
            raise ValueError(f"schema {said['schema']!r}")
        server, folder = str(said["server"]), Path(said["folder"])
        changes = tuple(_back(state, said["files"]))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise UserError(
            f"{file}: this note of what a server has not tested is damaged ({error}). Nothing was changed. "
            "Test the configuration of the server yourself, then delete this file."
        ) from error
    return Untested(server, Plan(folder, changes, (), ())) if changes else None


def _back(state: Path, rows: list[dict[str, str | None]]) -> Iterator[Change]:
    """Yield what puts each file back that is still as the killed run wrote it; the last one first."""
    known = record.read(state)
    for row in reversed(rows):
        path = Path(row["path"] or "")
        entry, now = known.entries.get(path), read_file(path)
        digest = None if now is None else record.sha256(now)
        before = None if row["before"] is None else row["before"].encode()
        ours = now is None or (entry is not None and digest in entry.ours)
        if ours and digest == row["after"] and now != before:
            yield Change(path, str(path), Role.WHOLE, now, before, None)


def put_back(left: Untested, state: Path) -> None:
    """Put every file as it was before the killed run.  Raises PublishError as `apply` does."""
    with alone(state):
        carry_out(left.back, state)
        passed(state)


def settle(state: Path) -> None:
    """Forget what was noted where none of it is in place any more; else the next run is told.  The lock of `state` is held."""
    with suppress(UserError):
        if left_untested(state) is None:
            passed(state)
