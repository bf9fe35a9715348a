"""The list of tenants: JSON lines, or the table `tenants` of an SQLite file; read once, a row at a time."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from ...core.errors import DeclarationError, Fault, UserError
from ...declaration.load import Tenant, load_tenant
from ...declaration.source import MAX_BYTES

_SQLITE = b"SQLite format 3\0"
LONGEST = MAX_BYTES + 8192
"""Octets of one row: a declaration and the path of a folder."""

_READ = "SELECT {}, folder, declaration FROM tenants"


@dataclass(frozen=True, slots=True)
class Row:
    """One tenant as it stands on the list.

    `raw`: all that it says, for a fingerprint.  `file` and `line`: its place.  `done`: how much of the list lies behind it,
    0 to 1.  `folder`: where it has a column of its own.  `wrong`: why it cannot be read.
    """

    raw: bytes
    file: str
    line: int
    done: float
    folder: str | None = None
    wrong: str | None = None

    def tenant(self) -> Tenant:
        """Give what the row says.  Raises DeclarationError with every fault of it, each with its place."""
        if self.wrong is not None:
            raise DeclarationError([Fault(self.file, self.line, 1, self.wrong)])
        try:
            text = (self.raw if self.folder is None else self.raw.partition(b"\0")[2]).decode()
        except UnicodeDecodeError as error:
            at = len(self.raw[: error.start].decode(errors="replace")) + 1
            wrong = "this character is not UTF-8: save the list as UTF-8"
            raise DeclarationError([Fault(self.file, self.line, at, wrong)]) from None
        return load_tenant(text, self.file, self.line, self.folder)


class Tenants:
    """The rows of a file.  Raises UserError where the file cannot be read at all."""

    def __init__(self, file: Path) -> None:
        self.file = file
        try:
            with file.open("rb") as opened:
                self._is_sqlite = opened.read(len(_SQLITE)) == _SQLITE
        except OSError as error:
            raise UserError(
                f"{file}: cannot be read ({error.strerror}). Give a file with a tenant on each line, or an SQLite file."
            ) from error

    def __iter__(self) -> Iterator[Row]:
        """Yield every row in the order of the file; lines without anything on them are none."""
        try:
            yield from self._rows() if self._is_sqlite else self._lines()
        except OSError as error:
            raise UserError(f"{self.file}: cannot be read on ({error.strerror}).") from error
        except sqlite3.Error as error:
            raise UserError(
                f"{self.file}: cannot be read ({error}). It needs a table tenants with the columns folder and declaration, "
                "both text."
            ) from error

    def _lines(self) -> Iterator[Row]:
        name = str(self.file)
        with self.file.open("rb") as opened:
            size = max(1, os.fstat(opened.fileno()).st_size)
            read, line = 0, 0
            while text := opened.readline(LONGEST):
                line += 1
                read += len(text)
                wrong = None
                if len(text) == LONGEST and not text.endswith(b"\n"):
                    wrong = f"this line is longer than {LONGEST} bytes; no declaration is"
                    while (rest := opened.readline(LONGEST)) and not rest.endswith(b"\n"):
                        read += len(rest)
                    read += len(rest)
                text = text.removeprefix(b"\xef\xbb\xbf") if line == 1 else text
                if text := text.strip(b" \t\r\n"):
                    yield Row(text, name, line, min(1.0, read / size), wrong=wrong)

    def _rows(self) -> Iterator[Row]:
        # Read-only, so that no list of a host's is ever changed, nor a file of SQLite's left beside it.
        with closing(sqlite3.connect(f"{self.file.resolve().as_uri()}?mode=ro", uri=True)) as connection:
            connection.text_factory = bytes
            (total,) = connection.execute("SELECT count(*) FROM tenants").fetchone()
            try:
                rows = connection.execute(_READ.format("rowid"))
            except sqlite3.OperationalError:  # a view, or a table WITHOUT ROWID
                rows = connection.execute(_READ.format("NULL"))
            for number, (rowid, folder, declaration) in enumerate(rows, 1):
                name, done = f"{self.file}, tenants", number / total
                rowid = rowid if isinstance(rowid, int) else number
                if not isinstance(folder, bytes) or not isinstance(declaration, bytes):
                    yield Row(
                        b"", name, rowid, done, wrong="folder and declaration are texts; one of them is not"
                    )
                elif len(declaration) > LONGEST or b"\0" in folder:
                    yield Row(
                        b"", name, rowid, done, wrong="the folder or the declaration is too long, or no text"
                    )
                elif not folder.strip():
                    yield Row(b"", name, rowid, done, wrong="the folder is empty: write its path")
                else:
                    place = folder.decode(errors="replace")
                    yield Row(folder + b"\0" + declaration, name, rowid, done, folder=place)
