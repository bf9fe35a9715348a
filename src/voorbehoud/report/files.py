"""Which file of a folder an address stands for: so that a finding can be shown at a line that somebody can edit."""

from collections.abc import Mapping
from pathlib import Path
from urllib.parse import unquote, urlsplit

from ..core.evidence import origin_of

Folders = Mapping[str, Path]
"""For each origin of a site, the folder that was read instead of asking it."""

INDEXES = ("index.html", "index.htm")


def file_of(url: str, folders: Folders) -> Path | None:
    """Give the file that would answer for `url`; None where there is none, or where it lies outside the folder."""
    try:
        folder = folders.get(origin_of(url))
    except ValueError:
        return None
    path = unquote(urlsplit(url).path, errors="surrogateescape").lstrip("/")
    if folder is None or "\0" in path or ".." in path.split("/"):
        return None
    names = [path + index for index in INDEXES] if not path or path.endswith("/") else [path]
    return next((folder / name for name in names if (folder / name).is_file()), None)
