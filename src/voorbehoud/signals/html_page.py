"""Whether an answer is read as an HTML page: shared by the signals that stand in one."""

from ..core.evidence import Capture
from ..grammar.markup import HTML_TYPES

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
