"""A plan as people read it: what goes out and what comes in, file by file."""

import re
from collections.abc import Iterator
from difflib import unified_diff

from .plan import Change, Plan

_EOL = re.compile(r"(?<=\n)|(?<=\r)(?!\n)")
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


def diff(plan: Plan) -> str:
    """Give the unified diff of all changes, ended by a line feed; empty when there are none.

    Control characters of a file are shown as `\\x1b`, so that they do nothing to a terminal.
    """
    return "".join(line + "\n" for change in plan.changes for line in _file(change))


def _file(change: Change) -> Iterator[str]:
    old, new = (_lines(body) for body in (change.before, change.after))
    before = f"a/{change.name}" if change.before is not None else "/dev/null"
    after = f"b/{change.name}" if change.after is not None else "/dev/null"
    for line in unified_diff(old, new, before, after, n=2, lineterm=""):
        yield _CONTROL.sub(lambda found: f"\\x{ord(found[0]):02x}", line)


def _lines(body: bytes | None) -> list[str]:
    if not body:
        return []
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError:
        text = body.decode("latin-1")
    return [line.rstrip("\r\n") for line in _EOL.split(text) if line]
