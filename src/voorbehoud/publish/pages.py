"""The pages of a folder, and the paths at which they are served."""

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ..grammar.tags import PHP_TYPE
from .manifest import NEW
from .message import Message, reason

PAGES = {".html": "text/html", ".htm": "text/html", ".php": PHP_TYPE, ".xhtml": "application/xhtml+xml"}
SKIPPED = frozenset({".git", ".hg", ".svn", ".voorbehoud", "node_modules"})
_HEAD = re.compile(rb"<head\b", re.IGNORECASE)
LARGEST = 20 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Page:
    """A page as it stands on disk."""

    path: Path
    url_path: str
    media_type: str
    body: bytes


@dataclass(frozen=True, slots=True)
class ClosedPage:
    """A page, or a folder of them, that is left alone; `problem` says why."""

    path: Path
    problem: Message


def pages(root: Path) -> Iterator[Page | ClosedPage]:
    """Yield every page below `root` (a resolved folder) in the order of their paths.

    Folders that are links are not entered: what they hold inside `root` is met under its own name.
    """
    closed: list[OSError] = []
    for folder, names, files in os.walk(root, onerror=closed.append):
        here = Path(folder)
        names[:] = sorted(name for name in names if name not in SKIPPED)
        for name in sorted(files):
            path = here / name
            media_type = PAGES.get(path.suffix.lower())
            if media_type is None or NEW in name:
                continue
            if path.is_symlink():
                if place(root, path.relative_to(root).as_posix()) is None:
                    yield ClosedPage(path, Message.of("page-leads-out"))
                continue
            if not path.is_file():
                continue  # a pipe or a socket: reading it would wait for ever
            page = _page(root, path, media_type)
            if path.suffix.lower() == ".php" and isinstance(page, Page) and not _HEAD.search(page.body):
                continue  # most PHP files are no pages; those that are not deserve no remark either
            yield page
    for error in closed:
        yield ClosedPage(Path(error.filename), Message.of("folder-closed", reason=reason(error)))


def url_path(root: Path, path: Path) -> str:
    """Give the path at which the file is served: an index page stands for its folder."""
    served = "/" + path.relative_to(root).as_posix()
    return served[: -len(path.name)] if path.stem.lower() == "index" else served


def place(root: Path, name: str) -> Path | None:
    """Give where the file `name` (absolute on the origin) is to be written; None where a link leads out of `root`, or in a circle."""
    try:
        path = (root / name.lstrip("/")).resolve()
        links = path.is_symlink()  # Python 3.13 gives a circle back as it is
    except RuntimeError:  # what Python 3.11 and 3.12 say of a circle
        return None
    return path if path.is_relative_to(root) and not links else None


def _page(root: Path, path: Path, media_type: str) -> Page | ClosedPage:
    try:
        if path.stat().st_size > LARGEST:
            return ClosedPage(path, Message.of("page-too-large"))
        return Page(path, url_path(root, path), media_type, path.read_bytes())
    except OSError as error:
        return ClosedPage(path, Message.of("page-unreadable", reason=reason(error)))
