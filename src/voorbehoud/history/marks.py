"""How times and hostile text are written so that both databases take them and give them back unchanged."""

import json
from datetime import UTC, datetime
from importlib.metadata import version

TOOL = version("voorbehoud")
"""The version of this program, as it is written beside what it does."""

MARK = "\u241b"
"""Begins a text that neither database could hold as it is: what follows is JSON.  (The sign for an escape character.)"""


def stamp(at: datetime) -> str:
    """Give a time as the store writes it: `2026-11-23T20:00:00.000000Z`; such texts sort as the times do."""
    if at.tzinfo is not UTC:
        at = at.astimezone(UTC)
    return at.isoformat(timespec="microseconds")[:26] + "Z"


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


def held(text: str) -> str:
    """Give `text` so that a database can hold it: PostgreSQL takes no NUL, neither takes half a surrogate pair."""
    if text.isascii():
        return text if "\0" not in text else MARK + json.dumps(text)
    if "\0" in text or text.startswith(MARK) or not _encodes(text):
        return MARK + json.dumps(text)
    return text


def read(text: str) -> str:
    """Give back what `held` was given."""
    return json.loads(text[1:]) if text.startswith(MARK) else text


def _encodes(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
