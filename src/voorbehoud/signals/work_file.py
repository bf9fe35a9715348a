"""The file that an answer holds, for the signals that stand inside works."""

from ..core.evidence import Capture
from ..grammar.extent import Extent


def extent(capture: Capture) -> Extent:
    """Give what was received of the file."""
    return Extent.of(capture.body, capture.tail, capture.size, capture.truncated)
