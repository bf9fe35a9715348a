"""Whether an answer is read as an HTML page, and its head: shared by the signals that stand in one."""

from functools import lru_cache

from ..core.evidence import Capture
from ..grammar.markup import HTML_TYPES, Head, head

_MAYBE = frozenset({"application/xml", "text/xml"})
"""XML in which the elements of XHTML may stand."""


def is_html(capture: Capture) -> bool:
    """Tell whether some reader takes the answer for an HTML page: by its type, or because it has none that says anything else."""
    return capture.ok and (
        capture.media_type == "" or not capture.media_types.isdisjoint(HTML_TYPES | _MAYBE)
    )


def is_plainly_html(capture: Capture) -> bool:
    """Tell whether every reader takes a page that `is_html` for one: nothing else is named as its type.

    CHOICE: where this is False a permission in the page counts and a reservation does not, because readers differ.
    """
    return capture.media_types <= HTML_TYPES


def page_head(capture: Capture) -> Head:
    """Give what a page says about itself, read once for all the signals that stand in it."""
    return _head(capture.body, capture.content_type, capture.truncated)


_head = lru_cache(maxsize=32)(head)
"""As many as are looked at in turns: a page is asked about while it is visited and, by several signals, when it is judged."""
