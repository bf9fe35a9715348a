"""Text from the wire, made fit to be printable or stored: whoever wrote it was not necessarily a friend."""

import re
import unicodedata

SURROGATE = re.compile(r"[\ud800-\udfff]")
LONGEST_SHOWN = 300
"""Characters of one value that people get to see; the whole of it stands in the JSON."""


def printable(text: str, longest: int = LONGEST_SHOWN) -> str:
    """Give `text` on one line, with everything that is not a visible character written as an escape (`\\x1b`, `\\u202e`).

    That covers terminal control sequences, line breaks, bidirectional overrides, zero-width and unassigned characters
    and lone surrogates.  Longer text than `longest` characters ends in an ellipsis.
    """
    cut = text if len(text) <= longest else text[: longest - 1] + "…"
    return "".join(_escaped(char) if _invisible(char) else char for char in cut)


def storable(text: str) -> str:
    """Give `text` in a form that UTF-8 can hold: lone surrogates become U+FFFD, all else stays as it came."""
    return SURROGATE.sub("\ufffd", text)


def _invisible(char: str) -> bool:
    # All of category C (control, format, surrogate, private, unassigned), and the line and paragraph separators.
    category = unicodedata.category(char)
    return category[0] == "C" or category in {"Zl", "Zp"}


def _escaped(char: str) -> str:
    return char.encode("unicode_escape").decode("ascii")
