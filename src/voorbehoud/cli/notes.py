"""What publishing tells about a file, as one line for a terminal."""

from ..publish import Note
from ..report.wire import printable

LONGEST_PLACE = 4096
"""Characters of a path and a line number that are shown: all of it, for a maker has to find the file (Linux, PATH_MAX)."""


def note_line(note: Note, lang: str) -> str:
    """Give place and sentence of `note`; names and contents of files cannot steer the terminal or break the line."""
    return f"{printable(note.place, LONGEST_PLACE)}: {note.message.told(lang, printable)}"
