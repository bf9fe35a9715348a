"""An Atom feed in a file (RFC 4287): the newest changes, each an entry that is the same entry for ever."""

import os
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from uuid import NAMESPACE_URL, uuid5
from xml.etree import ElementTree as Xml

from ..core.errors import UserError
from .settings import Feed

ATOM = "http://www.w3.org/2005/Atom"
LANG = "{http://www.w3.org/XML/1998/namespace}lang"


@dataclass(frozen=True, slots=True)
class Entry:
    """`key` tells an entry from every other one of the same feed.  `site`: what it is about; `html`: its words."""

    key: str
    at: datetime
    title: str
    site: str
    html: str


def document(feed: Feed, title: str, entries: Sequence[Entry], lang: str, now: datetime) -> bytes:
    """Give the feed; `entries` newest first.  The same entries give the same bytes, whatever the time; without any, `now` counts."""
    root = Xml.Element("feed", {"xmlns": ATOM, LANG: lang})
    _add(root, "title", title)
    _add(root, "id", feed.address)
    _add(root, "link", rel="self", type="application/atom+xml", href=feed.address)
    _add(root, "updated", _time(max((entry.at for entry in entries), default=now)))
    _add(_add(root, "author"), "name", title)
    _add(root, "generator", "voorbehoud", version=version("voorbehoud"))
    for entry in entries[: feed.entries]:
        made = _add(root, "entry")
        _add(made, "title", entry.title)
        _add(made, "id", uuid5(NAMESPACE_URL, f"{feed.address}#{entry.key}").urn)
        _add(made, "updated", _time(entry.at))
        _add(made, "link", rel="related", href=entry.site)
        _add(made, "content", entry.html, type="html")
    Xml.indent(root)
    text: str = Xml.tostring(root, encoding="unicode")
    return f'<?xml version="1.0" encoding="utf-8"?>\n{text}\n'.encode()


def write(path: Path, body: bytes) -> bool:
    """Make `path` hold `body`, all of it or nothing; give whether it was otherwise before.  Raises UserError where it cannot be."""
    new = path.with_name(f".{path.name}.{os.getpid()}.new")
    try:
        if path.is_file() and path.read_bytes() == body:
            return False
        try:
            with new.open("wb") as file:
                file.write(body)
                file.flush()
                os.fsync(file.fileno())
            new.replace(path)
        finally:
            with suppress(OSError):
                new.unlink(missing_ok=True)
    except OSError as error:
        raise UserError(f"{path}: cannot be written ({error.strerror}). Is its folder there?") from error
    return True


def _add(parent: Xml.Element, name: str, text: str | None = None, **attributes: str) -> Xml.Element:
    made = Xml.SubElement(parent, name, attributes)
    made.text = text
    return made


def _time(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
