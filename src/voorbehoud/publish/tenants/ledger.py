"""What was written for whom: an SQLite file beside the list, so that an unchanged tenant costs one look-up and a few stats.

It is committed to disk before the first file of a tenant is replaced, and names both what is there and what will be: at any
moment every file is one that it knows, and both the next run and `undo` can go on from there.
"""

import gzip
import hashlib
import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ...core.errors import UserError
from ..lock import alone
from ..manifest import Entry, Manifest, Role, sha256

SCHEMA = 1
_TABLES = """
CREATE TABLE IF NOT EXISTS tenant (
  folder TEXT PRIMARY KEY,   -- absolute
  input BLOB,                -- fingerprint of the row, the options and the program; NULL: not finished, or to be looked at again
  looked TEXT NOT NULL,      -- JSON: paths that the outcome rests on, below the folder
  stamp BLOB NOT NULL,       -- how these were found after writing
  entries TEXT NOT NULL      -- JSON: what is ours, and what undo gives back
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS tenant_input ON tenant (input);
CREATE TABLE IF NOT EXISTS original (sha256 TEXT PRIMARY KEY, body BLOB NOT NULL) WITHOUT ROWID;
"""


def ledger_of(tenants: Path) -> Path:
    """Give the folder that goes with a list: `tenants.jsonl.voorbehoud`."""
    return tenants.with_name(tenants.name + ".voorbehoud")


@dataclass(frozen=True, slots=True)
class Known:
    """A tenant as the last run left it.  `looked`: paths in the order of the stamp."""

    folder: Path
    looked: tuple[str, ...]
    stamp: bytes


class Ledger:
    """One connection; `opened` gives it."""

    NAME = "tenants.sqlite"

    def __init__(self, file: Path, connection: sqlite3.Connection) -> None:
        self.file, self._connection = file, connection

    @classmethod
    @contextmanager
    def opened(cls, folder: Path, *, write: bool = True) -> Iterator["Ledger"]:
        """Open the ledger in `folder`.  `write`: make it where it is missing, and let no other run in.

        Raises PublishError where another run is at work, UserError where the file is damaged.
        """
        file = folder / cls.NAME
        if not write and not file.exists():
            with cls._connected(file, ":memory:") as ledger:
                yield ledger
            return
        with alone(folder), cls._connected(file, str(file)) as ledger:
            yield ledger

    @classmethod
    @contextmanager
    def _connected(cls, file: Path, name: str) -> Iterator["Ledger"]:
        connection = None
        try:
            connection = sqlite3.connect(name, isolation_level=None)
            connection.execute("PRAGMA synchronous = FULL")
            if connection.execute("PRAGMA user_version").fetchone()[0] not in {0, SCHEMA}:
                raise UserError(f"{file}: a newer version of voorbehoud wrote this. Nothing was changed.")
            connection.executescript(_TABLES)
            connection.execute(f"PRAGMA user_version = {SCHEMA}")
            yield cls(file, connection)
        except sqlite3.DatabaseError as error:
            raise UserError(
                f"{file}: this record of what was published cannot be used ({error}). Make room where the disk is full, or put "
                "it back from a backup."
            ) from error
        finally:
            if connection is not None:
                connection.close()

    # ---- reading
    def unchanged(self, fingerprint: bytes) -> Known | None:
        """Give the tenant that was finished with this very fingerprint; None where there is none."""
        row = self._connection.execute(
            "SELECT folder, looked, stamp FROM tenant WHERE input = ?", (fingerprint,)
        ).fetchone()
        return None if row is None else Known(Path(row[0]), tuple(json.loads(row[1])), row[2])

    def manifest(self, folder: Path) -> Manifest:
        """Give what is ours in the folder of a tenant."""
        row = self._connection.execute(
            "SELECT entries FROM tenant WHERE folder = ?", (str(folder),)
        ).fetchone()
        return Manifest() if row is None else _manifest(folder, row[0])

    def folders(self) -> Iterator[Path]:
        """Yield the folder of every tenant."""
        for (folder,) in self._connection.execute("SELECT folder FROM tenant ORDER BY folder"):
            yield Path(folder)

    def around(self, folder: Path) -> Path | None:
        """Give a tenant whose folder holds `folder` or lies in it; None where there is none."""
        above = [str(parent) for parent in folder.parents]
        marks = ", ".join("?" * len(above))
        below = str(folder).rstrip("/") + "/"
        row = self._connection.execute(
            f"SELECT folder FROM tenant WHERE folder IN ({marks}) OR (folder > ? AND folder < ?) LIMIT 1",  # noqa: S608 - question marks
            (*above, below, below[:-1] + "0"),  # 0 comes right after the slash
        ).fetchone()
        return None if row is None else Path(row[0])

    def original(self, digest: str) -> bytes | None:
        """Give a kept original; None where it is gone or damaged."""
        row = self._connection.execute("SELECT body FROM original WHERE sha256 = ?", (digest,)).fetchone()
        try:
            body = None if row is None else gzip.decompress(row[0])
        except (OSError, EOFError):
            return None
        return body if body is not None and sha256(body) == digest else None

    # ---- writing
    def begin(self, entries: Mapping[Path, Iterable[Entry]], originals: Iterable[bytes]) -> None:
        """Commit what is about to be written, for the tenants of one batch."""
        with self._transaction() as run:
            run.executemany(
                "INSERT OR IGNORE INTO original VALUES (?, ?)",
                ((sha256(body), gzip.compress(body, 6, mtime=0)) for body in originals),
            )
            run.executemany(
                "INSERT INTO tenant VALUES (?, NULL, '[]', x'', ?)"
                " ON CONFLICT (folder) DO UPDATE SET input = NULL, entries = excluded.entries",
                ((str(folder), _text(folder, those)) for folder, those in entries.items()),
            )

    def finish(self, done: Iterable[tuple[Known, bytes | None, Iterable[Entry]]]) -> None:
        """Commit tenants that were written: how they were found after that, fingerprint (None: look again), what is ours."""
        with self._transaction() as run:
            run.executemany(
                "INSERT OR REPLACE INTO tenant VALUES (?, ?, ?, ?, ?)",
                (
                    (
                        str(known.folder),
                        fingerprint,
                        json.dumps(known.looked),
                        known.stamp,
                        _text(known.folder, entries),
                    )
                    for known, fingerprint, entries in done
                ),
            )

    def forget(self, undone: Mapping[Path, tuple[Entry, ...]]) -> None:
        """Take tenants out after an undo; what of them could not be undone stays, with its originals."""
        with self._transaction() as run:
            run.executemany(
                "DELETE FROM tenant WHERE folder = ?",
                ((str(folder),) for folder, left in undone.items() if not left),
            )
            run.executemany(
                "UPDATE tenant SET input = NULL, entries = ? WHERE folder = ?",
                ((_text(folder, left), str(folder)) for folder, left in undone.items() if left),
            )

    def count(self) -> int:
        """Give the number of tenants."""
        return int(self._connection.execute("SELECT count(*) FROM tenant").fetchone()[0])

    def empty(self) -> bool:
        """Tell whether no tenant is left."""
        return self._connection.execute("SELECT 1 FROM tenant LIMIT 1").fetchone() is None

    def remove(self) -> None:
        """Remove the file, when nothing of anybody is left."""
        self._connection.close()
        self.file.unlink(missing_ok=True)

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield self._connection
        except BaseException:
            if self._connection.in_transaction:  # a full disk ended it already
                self._connection.execute("ROLLBACK")
            raise
        self._connection.execute("COMMIT")


def fingerprint_of(program: bytes, raw: bytes) -> bytes:
    """Give what a row amounts to, under a program with its options."""
    return hashlib.blake2b(raw, key=program, digest_size=16).digest()


def _text(folder: Path, entries: Iterable[Entry]) -> str:
    rows = [
        [_short(folder, e.path), e.role, e.original, e.ours, [_short(folder, made) for made in e.made]]
        for e in entries
    ]
    return json.dumps(rows)


def _manifest(folder: Path, text: str) -> Manifest:
    rows: list[Any] = json.loads(text)
    entries = (
        Entry(folder / path, Role(role), original, tuple(ours), tuple(folder / each for each in made))
        for path, role, original, ours, made in rows
    )
    return Manifest({entry.path: entry for entry in entries})


def _short(folder: Path, path: Path) -> str:
    return str(path.relative_to(folder) if path.is_relative_to(folder) else path)
