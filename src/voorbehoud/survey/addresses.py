"""Whom of the members to write to: a file of the organisation's own, which is read and kept nowhere."""

import csv
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from ..alerts.settings import mailbox
from ..core.errors import UserError
from ..i18n import LANGUAGES

LARGEST = 64 * 1024 * 1024
MOST_TOLD = 50
WANTED = "a header with member and email, and optionally lang"


@dataclass(frozen=True, slots=True)
class Addressee:
    """Where a member gets mail.  `lang`: None: as everybody."""

    mail: str
    lang: str | None = None


def read_addresses(path: Path) -> Mapping[str, Addressee]:
    """Give the addressee of each member, by the organisation's number.  Raises UserError with every fault and its line.

    A CSV file as a spreadsheet saves it, in UTF-8 or the Western European one-byte encoding.
    """
    try:
        with path.open("rb") as file:
            body = file.read(LARGEST + 1)
    except OSError as error:
        raise UserError(f"{path}: cannot be read ({error.strerror}). Give a CSV file, {WANTED}.") from error
    if len(body) > LARGEST or b"\0" in body:
        raise UserError(f"{path}: is no CSV file. Give one with {WANTED}; save a spreadsheet as CSV first.")
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = body.decode("cp1252", "replace")
    faults: list[str] = []
    found: dict[str, Addressee] = {}
    first: dict[str, int] = {}
    for line, row in _rows(path, text):
        member = row["member"]
        try:
            lang = row.get("lang") or None
            if lang not in {None, *LANGUAGES}:
                raise ValueError(f"the language {lang!r} is not known. Known: {', '.join(LANGUAGES)}")
            if not member:
                raise ValueError("the member is missing: an address without one belongs to nobody")
            if member in found:
                raise ValueError(f"member {member} is also on line {first[member]}: one address each")
            found[member], first[member] = Addressee(mailbox(row["email"]), lang), line
        except ValueError as error:
            faults.append(f"{path}, line {line}: {error}")
    if faults:
        more = [f"… and {len(faults) - MOST_TOLD} more lines like these."] if len(faults) > MOST_TOLD else []
        raise UserError("\n".join(faults[:MOST_TOLD] + more))
    if not found:
        raise UserError(f"{path}: holds no address. Give a CSV file with {WANTED}.")
    return found


def _rows(path: Path, text: str) -> Iterator[tuple[int, dict[str, str]]]:
    head = text.split("\n", 1)[0]
    separator = max(",;\t", key=head.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    try:
        names = [name.strip().lower() for name in next(reader, [])]
        if not {"member", "email"} <= set(names):
            raise UserError(f"{path}, line 1: {WANTED} is expected.")
        for cells in reader:
            if any(cell.strip() for cell in cells):
                cells += [""] * (len(names) - len(cells))
                yield reader.line_num, dict(zip(names, map(str.strip, cells), strict=False))
    except csv.Error as error:
        raise UserError(f"{path}, line {reader.line_num}: cannot be read as CSV ({error}).") from error
