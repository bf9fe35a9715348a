"""nginx: headers to include in every block, what stands once in `server { }`, and maps where places differ.

An add_header in a block drops all that the block would inherit (measured, and documented by nginx), so the headers are a file
of their own, to be included in such blocks as well.
"""

from ..frame import render
from .sending import Part, Sending


def nginx(it: Sending) -> tuple[Part, ...]:
    """Give the files.  Raises PublishError for a value that nginx cannot send."""
    parts = []
    if it.places or it.block:
        parts.append(Part(f"http/{it.file}.conf", render("server/nginx.http.conf", it=it)))
    parts.append(Part(f"{it.file}/headers.conf", render("server/nginx.headers.conf", it=it)))
    if it.has_tdm_file or it.block:
        parts.append(Part(f"{it.file}/once.conf", render("server/nginx.once.conf", it=it)))
    return tuple(parts)
