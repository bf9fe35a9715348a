"""Where reading stops."""

from ..core.evidence import Kind
from ..grammar.markup import MOST
from ..grammar.robots import LIMIT
from .settings import KIB

CAPS = {
    Kind.ROBOTS: LIMIT
    + 1,  # one byte more than a reader must take (RFC 9309, section 2.5), to know that there is more
    Kind.TDM_FILE: 1024 * KIB,
    Kind.AI_TXT: 1024 * KIB,
    Kind.TRUST_TXT: 256 * KIB,
    Kind.LLMS_TXT: 4 * KIB,  # that it is there is all that counts
    Kind.LICENCE: 1024 * KIB,
    Kind.TDM_POLICY: 256 * KIB,
    Kind.RSL_MEDIA: 4 * KIB,  # the same
    Kind.FEED: 1024 * KIB,  # its items may carry licences of their own
    Kind.PAGE: MOST,
    Kind.DOCUMENT: 4096 * KIB,
}
"""In bytes after decoding; every other kind is a work, of which headers and metadata are enough."""

WORK_CAP = 256 * KIB

TAIL = 1024 * KIB
"""Bytes of the end of a longer document that are asked for apart: it has its table of contents there (docs/decisions/0021)."""


def cap(kind: Kind) -> int:
    """Give the number of bytes of a body, after decoding, at which reading stops."""
    return CAPS.get(kind, WORK_CAP)
