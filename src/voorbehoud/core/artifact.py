"""What publishing can place.  A signal renders these; `publish` decides where they go on a given host."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class File:
    """A whole file of ours.  `path` is absolute on the origin: `/.well-known/tdmrep.json`."""

    path: str
    body: bytes
    media_type: str


@dataclass(frozen=True, slots=True)
class Header:
    """A response header field for all paths that start with `path`; the longest `path` that matches wins."""

    name: str
    value: str
    path: str = "/"


@dataclass(frozen=True, slots=True)
class Markup:
    """A `<meta name content>` for HTML pages below `path`; the longest `path` that matches wins."""

    name: str
    content: str
    path: str = "/"


@dataclass(frozen=True, slots=True)
class RobotsGroup:
    """A group of robots.txt.  `rules` are (`Allow` or `Disallow`, path), never empty: see RFC 9309, section 2.2.4."""

    agents: tuple[str, ...]
    rules: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class RobotsRecord:
    """A record to repeat in every group of ours, after its rules: groups do not inherit (RFC 9309, section 2.2.1)."""

    name: str
    value: str


@dataclass(frozen=True, slots=True)
class MediaTag:
    """A property in the metadata of a work: in its XMP packet, or in the package document of an EPUB."""

    namespace: str
    name: str
    value: str


Artifact = File | Header | Markup | RobotsGroup | RobotsRecord | MediaTag
