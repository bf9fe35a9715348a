"""Whom to visit: a list of sites as people keep it, in a text file or saved by a spreadsheet.

A text file has one site a line.  A CSV file has a header with `site`, and optionally `member`, `media` and `group`; it may
be separated by commas, semicolons or tabs, and written in UTF-8, UTF-16 or the Western European one-byte encoding.
"""

import csv
import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from itertools import chain
from pathlib import Path
from typing import BinaryIO
from urllib.parse import urlsplit

from ..core.errors import UserError
from ..core.evidence import origin_of
from ..core.member import Member
from ..fetch.address import wire_form

COLUMNS = ("site", "member", "media", "group")
SEPARATORS = (",", ";", "\t")
MOST_TOLD = 50
"""Faults that are told at once; a list with more of them has one cause."""

LONGEST_CELL = 200
"""Characters of a member's number or a group's name."""

_BOM8, _BOM16 = b"\xef\xbb\xbf", (b"\xff\xfe", b"\xfe\xff")


@dataclass(frozen=True, slots=True)
class Repeat:
    """A site that stands on the list more than once, which is visited once.  `line`: here again; `first`: where it counts."""

    line: int
    first: int
    site: str


@dataclass(frozen=True, slots=True)
class SiteList:
    """A list that was read whole.  `unused`: names of columns that mean nothing to us, as written."""

    members: tuple[Member, ...]
    repeats: tuple[Repeat, ...] = ()
    unused: tuple[str, ...] = ()


class SitesError(UserError):
    """A list that cannot be used; `faults` are all of them, as (line, what is wrong and the way out)."""

    def __init__(self, name: str, faults: list[tuple[int, str]]) -> None:
        self.faults = tuple(faults)
        told = [f"{name}, line {line}: {words}" for line, words in faults[:MOST_TOLD]]
        if len(faults) > MOST_TOLD:
            told.append(f"… and {len(faults) - MOST_TOLD} more lines like these.")
        super().__init__("\n".join(told))


def read_sites(path: Path) -> SiteList:
    """Give the sites of a file, in its order, each once.  Raises UserError with every fault, its line and the way out."""
    try:
        with path.open("rb") as source:
            return sites_of(source, str(path))
    except OSError as error:
        raise UserError(
            f"{path}: cannot be read ({error.strerror}). Give a text file with one site a line, a CSV file, or - for stdin."
        ) from error


def sites_of(source: BinaryIO, name: str) -> SiteList:
    """Give the sites of what `source` holds, as `read_sites` does; it is read line by line."""
    lines = _Lines(_decoded(source))
    reader = _Reader()
    header = _header(lines)
    if header is None:
        reader.read_text(lines)
    else:
        reader.read_table(lines, *header)
    if reader.faults:
        raise SitesError(name, reader.faults)
    if not reader.first:
        raise UserError(f"{name}: there is no site in it. Write one a line, such as https://atelier.example")
    return SiteList(tuple(reader.members), tuple(reader.repeats), tuple(reader.unused))


class _Lines:
    """Lines of a text that can be looked at before they are taken.  `number`: of the line that was taken last."""

    def __init__(self, lines: Iterable[str]) -> None:
        self._lines = iter(lines)
        self.number = 0

    def __iter__(self) -> "_Lines":
        return self

    def __next__(self) -> str:
        line = next(self._lines)
        self.number += 1
        return line

    def put_back(self, line: str) -> None:
        self._lines = chain((line,), self._lines)
        self.number -= 1


class _Reader:
    """What was read so far."""

    def __init__(self) -> None:
        self.members: list[Member] = []
        self.repeats: list[Repeat] = []
        self.unused: list[str] = []
        self.faults: list[tuple[int, str]] = []
        self.first: dict[str, int] = {}

    def read_text(self, lines: _Lines) -> None:
        for line in lines:
            word = _without_remark(line)
            if not word:
                continue
            if (
                not (self.members or self.faults)
                and "." not in word
                and any(mark in word for mark in SEPARATORS)
            ):
                self._fault(
                    lines.number,
                    f"a header without a column site: {_short(word)}. Call the column with the addresses site, and those of "
                    "number, other addresses and group member, media and group.",
                )
                return
            if any(mark in word for mark in " ,;\t"):
                self._fault(
                    lines.number,
                    f"more than one thing on a line: {_short(word)}. Give one site a line; for more columns make the "
                    "first line a header, such as site;member;media;group",
                )
                continue
            self._add(lines.number, word, "", (), "")

    def read_table(self, lines: _Lines, separator: str, names: list[str]) -> None:
        place: dict[str, int] = {}
        for index, written in enumerate(names):
            name = written.strip().lower()
            if name in place:
                self._fault(lines.number, f"the column {name} is there twice. Keep one of them.")
            elif name in COLUMNS:
                place[name] = index
            elif meant := get_close_matches(name, COLUMNS[1:], 1, 0.75):
                self._fault(lines.number, f"unknown column {_short(written)}. Did you mean {meant[0]}?")
            elif name:
                self.unused.append(written.strip())
        rows = csv.reader(lines, delimiter=separator, strict=True)
        while True:
            number = lines.number + 1
            try:
                row = next(rows, None)
            except csv.Error as error:
                self._fault(
                    number, f"cannot be taken apart ({error}). Look for a quotation mark that is not closed."
                )
                return  # where the next row begins is anybody's guess
            if row is None:
                return
            if any(cell.strip() for cell in row) and not row[0].lstrip().startswith("#"):
                self._row(number, row, place, len(names))

    def _row(self, number: int, row: list[str], place: dict[str, int], width: int) -> None:
        if any(cell.strip() for cell in row[width:]):
            self._fault(
                number,
                "more cells than the header has. Separate several media with a space, or put them between quotation marks.",
            )
            return
        cells = {
            name: row[index].strip(" \t\xa0\u200b") if index < len(row) else ""
            for name, index in place.items()
        }
        for name, cell in cells.items():
            if not cell.isprintable():
                self._fault(
                    number,
                    f"{name} has a line break or an invisible character in it. Is a quotation mark not closed?",
                )
                return
            if name in {"member", "group"} and len(cell) > LONGEST_CELL:
                self._fault(number, f"{name} is longer than {LONGEST_CELL} characters. Shorten it.")
                return
        media = cells.get("media", "").replace("|", " ").replace(",", " ").split()
        self._add(number, cells["site"], cells.get("member", ""), media, cells.get("group", ""))

    def _add(self, number: int, written: str, member: str, media: Iterable[str], group: str) -> None:
        try:
            site = _origin(written)
            origins = tuple(dict.fromkeys(map(_origin, media)))
        except ValueError as error:
            self._fault(number, str(error))
            return
        if site in self.first:
            self.repeats.append(Repeat(number, self.first[site], site))
            return
        self.first[site] = number
        self.members.append(Member(site, member, tuple(o for o in origins if o != site), group))

    def _fault(self, line: int, words: str) -> None:
        self.faults.append((line, words))


def _header(lines: _Lines) -> tuple[str, list[str]] | None:
    """Give separator and names where the first line that says anything is a header; None for a plain list, nothing taken."""
    said = ""
    for line in lines:
        if not _without_remark(line):
            continue
        if line.lower().startswith("sep=") and len(line.rstrip("\r\n")) == 5:  # Excel's own way to say it
            said = line[4]
            continue
        for separator in (said,) if said else SEPARATORS:
            names = _cells(line, separator)
            if "site" in (name.strip().lower() for name in names):
                return separator, names
        lines.put_back(line)
        return None
    return None


def _cells(line: str, separator: str) -> list[str]:
    try:
        return next(csv.reader([line.rstrip("\r\n")], delimiter=separator), [])
    except (csv.Error, TypeError, ValueError):
        return []


def _origin(written: str) -> str:
    """Give the origin that is meant, in wire form.  Raises ValueError in words for people."""
    if not written:
        raise ValueError("no site. Give an address, such as https://atelier.example")
    try:
        url = wire_form(written if "://" in written else f"https://{written}")
    except ValueError:
        raise ValueError(
            f"not the address of a site: {_short(written)}. Example: https://atelier.example"
        ) from None
    origin = origin_of(url)
    if url != f"{origin}/":
        raise ValueError(
            f"an address of a page: {_short(written)}. A site is a host; give {origin} where all of it is the member's"
        )
    if not _is_host(urlsplit(origin).hostname or ""):
        raise ValueError(f"not the name of a host: {_short(written)}. Example: https://atelier.example")
    if "@" in written:
        raise ValueError(f"a user name or password in the address of a site. Leave it out: {origin}")
    return origin


def _is_host(name: str) -> bool:
    """Tell whether a site can have this name (RFC 1035, section 2.3.4), or is an address in an IP network."""
    labels = name.split(".")
    named = all(0 < len(label) < 64 and label.strip("-") == label for label in labels) and len(name) < 254
    return ":" in name or name == "localhost" or (named and len(labels) > 1)


def _without_remark(line: str) -> str:
    """Give what a line says before ` #`."""
    line = line.strip(" \t\r\n\f\v\xa0\u200b")
    return "" if line.startswith("#") else line.partition(" #")[0].partition("\t#")[0].rstrip()


def _short(word: str) -> str:
    return repr(word if len(word) <= 80 else f"{word[:79]}…")


# ---- from bytes to lines -----------------------------------------------------------------------------------------------
def _decoded(source: BinaryIO) -> Iterator[str]:
    """Yield lines with their ends.  A line that is not UTF-8 is read as spreadsheets on Windows write it."""
    first = source.readline()
    if first.startswith(_BOM16):
        # "Unicode text" of a spreadsheet.  A line end is two bytes there, of which readline() took one.
        rest = io.BufferedReader(_Rest(first, source))
        yield from io.TextIOWrapper(rest, "utf-16", errors="replace", newline=None)
        return
    for line in chain((first.removeprefix(_BOM8),), source):
        for piece in line.replace(b"\r\n", b"\n").replace(b"\r", b"\n").splitlines(keepends=True):
            try:
                yield piece.decode("utf-8")
            except UnicodeDecodeError:
                yield piece.decode("cp1252", "replace")


class _Rest(io.RawIOBase):
    """The bytes that were read already, and then the others."""

    def __init__(self, first: bytes, source: BinaryIO) -> None:
        self._first = first
        self._source = source

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "memoryview[int]") -> int:  # type: ignore[override]
        piece = self._first or self._source.read(len(buffer))
        self._first = piece[len(buffer) :]
        piece = piece[: len(buffer)]
        buffer[: len(piece)] = piece
        return len(piece)
