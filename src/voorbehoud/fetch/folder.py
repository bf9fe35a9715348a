"""The files of a site as captures, without a server: what would be answered once they are uploaded."""

import errno
import os
import re
from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice
from mimetypes import MimeTypes
from pathlib import Path
from types import MappingProxyType
from typing import BinaryIO
from urllib.parse import quote, unquote, urlsplit

from ..core.errors import UserError
from ..core.evidence import Capture, Failure, Kind, origin_of
from ..core.site import family
from ..grammar.markup import Link, links
from ..grammar.page_links import kind_of
from ..grammar.tags import PHP_TYPE
from ..signals.rsl_links import named
from ..signals.tdm_policy_links import named as policies_named
from .caps import TAIL, cap
from .headers_file import NAME as HEADERS_FILE
from .headers_file import fields_for
from .host_settings import settings_unread, speaks_in_code
from .sample import feeds, spread, unseen
from .served import Served, load_served
from .settings import Settings
from .visit import LLMS_FILE, MOST_LICENCES, POLICY_FILES, RSL_MEDIA_FILE, TRUST_FILES

PAGES = frozenset({".html", ".htm", ".xhtml", ".php"})
INDEXES = ("index.html", "index.htm", "index.php")
MOST_FILES = 100_000
"""Files of a folder that are looked at; a site of one maker has hundreds."""
MOST_OF_A_KIND = 200
"""Pages, and works of each kind, that are judged; where there are more, evenly spread ones."""
BEGINNING = 64 * 1024
"""Bytes of a file by which it is told whether it is a page, where its name does not tell."""
_PAGE_IN_PHP = re.compile(rb"<(?:!doctype|html|head|meta)\b|tdm-reservation", re.IGNORECASE)
NO_MEDIA: Mapping[str, Path] = MappingProxyType({})

_Found = tuple[Capture, tuple[Link, ...]]
"""A page that was read, and what it names."""

_TYPES = MimeTypes()
for _ending, _type in {
    "avif": "image/avif", "epub": "application/epub+zip", "flac": "audio/flac", "m4a": "audio/mp4", "opus": "audio/ogg",
    "webp": "image/webp", "xhtml": "application/xhtml+xml",
}.items():  # fmt: skip
    _TYPES.add_type(_type, f".{_ending}")


def captures_of(
    folder: Path,
    site: str,
    served: Served | None,
    now: Callable[[], datetime],
    media: Mapping[str, Path] = NO_MEDIA,
    elsewhere: Sequence[str] = (),
) -> tuple[Capture, ...]:
    """Give what a host would answer for the files in `folder`, as if asked: policy files, home page, pages, works.

    `site`: the origin that they will be served at.  Headers are those of `served`; where that is None those of a
    `_headers` file in the folder; else the media type only.  What leads out of the folder is not followed.
    `media`: folders of other origins, besides those that `served` names.  `elsewhere`: origins of works that have no folder
    here.  A sample of the works that the pages show from
    origins whose files are not here comes as Failure.ELSEWHERE: a look into a folder cannot vouch for them.  Settings of a
    host that we do not follow and that speak of a signal come as Failure.UNREADABLE.
    Raises UserError where the folder, or one that `served` names, is not there or cannot be listed.
    """
    host = served or Served()
    try:
        origin = origin_of(site)
    except ValueError as error:
        raise UserError(
            f"{site}: {error}. Give the address of the site, such as https://atelier.example"
        ) from error
    says = _own_headers(folder) if served is None else b""
    shelves = [_Shelf(_listable(folder), origin, host, says, now())]
    folders = {shelf.origin: host.base / shelf.folder for shelf in host.media} | dict(media)
    shelves += [_Shelf(_listable(place), other, Served(), b"", now()) for other, place in folders.items()]
    policies = [capture for shelf in shelves for capture in shelf.policies()]
    policies += [*shelves[0].trust(), *shelves[0].llms()]
    pages = [capture for shelf in shelves[:1] for capture in shelf.pages()]
    found = [(page, links(page.body, page.url, page.content_type)) for page in pages if page.ok]
    named = _named_on(found)
    works = [
        replace(capture, found_on=named.get(capture.asked)) for shelf in shelves for capture in shelf.works()
    ]
    works += [shelves[0].feed(url, pages[0].url) for url in feeds(pages[0]) if origin_of(url) == origin]
    others = [replace(page, found_on=named.get(page.asked)) for page in pages[1:]]
    strangers = _elsewhere(found, {shelf.origin for shelf in shelves}, family(origin) | {*elsewhere}, now())
    known = {origin_of(capture.asked) for capture in strangers}
    strangers += [_stranger(f"{other}/", Kind.PAGE, None, now()) for other in elsewhere if other not in known]
    rest = [gap for page, shown in found if (gap := unseen(page, shown)) is not None]
    unread = settings_unread(folder, origin, now()) if served is None else ()
    answered = (*policies, *pages[:1], *others, *works, *strangers, *rest, *unread)
    by_origin = {shelf.origin: shelf for shelf in shelves}
    return (*answered, *_licences(answered, by_origin), *_policies(answered, by_origin))


def served_beside(folder: Path) -> Served | None:
    """Give the host that a served.yaml in or just above `folder` tells about; None where there is none.

    Raises UserError where there is one that cannot be used.
    """
    for place in (folder, folder.absolute().parent):
        file = place / "served.yaml"
        if not os.path.lexists(file):
            continue
        try:
            if not file.is_file():  # to open a pipe would wait for ever
                raise UserError(f"{file}: it is not a file. Take it away.")
            return load_served(file.read_bytes(), str(file))
        except OSError as error:
            raise UserError(f"{file}: {error.strerror}. Make it readable, or take it away.") from error
    return None


def _listable(folder: Path) -> Path:
    try:
        next(folder.iterdir(), None)
    except OSError as error:
        reason = error.strerror or "cannot be listed"
        raise UserError(f"{folder}: {reason.lower()}. Give a folder with the files of a site.") from error
    return folder


def _own_headers(folder: Path) -> bytes:
    file = folder / HEADERS_FILE
    try:
        return file.read_bytes() if file.is_file() else b""
    except OSError:
        return b""


def _elsewhere(found: Sequence[_Found], here: Set[str], near: Set[str], at: datetime) -> list[Capture]:
    """Give a failure for some works of each kind that the pages show from origins whose files are not in the folder.

    A document that a page only leads to counts where its origin is one of `near`: others are not the maker's.
    """
    works: dict[str, tuple[Kind, str]] = {}
    for page, links_of in found:
        for link in links_of:
            theirs = link.kind is Kind.DOCUMENT and not link.shown and origin_of(link.url) not in near
            if link.kind is not Kind.PAGE and origin_of(link.url) not in here and not theirs:
                works.setdefault(link.url, (link.kind, page.asked))
    return [
        _stranger(url, wanted, works[url][1], at)
        for wanted in Kind
        for url in spread([url for url, (kind, _) in works.items() if kind is wanted], Settings().works)
    ]


def _stranger(url: str, kind: Kind, page: str | None, at: datetime) -> Capture:
    return Capture(url, url, kind, None, (), b"", at, failure=Failure.ELSEWHERE, found_on=page)


def _licences(answered: Sequence[Capture], shelves: Mapping[str, "_Shelf"]) -> Iterator[Capture]:
    """Yield the licences that the files name: from the folder, or a failure for what stands elsewhere."""
    namings = [naming for capture in answered for naming in named(capture).namings]
    for url in list(dict.fromkeys(n.url for n in namings if n.url is not None))[:MOST_LICENCES]:
        shelf = shelves.get(origin_of(url))
        if shelf is not None:
            yield shelf.document(urlsplit(url).path, Kind.LICENCE)
        else:
            yield Capture(url, url, Kind.LICENCE, None, (), b"", answered[0].at, failure=Failure.ELSEWHERE)


def _policies(answered: Sequence[Capture], shelves: Mapping[str, "_Shelf"]) -> Iterator[Capture]:
    """Yield the TDM policies that the files name, in the same way; no number of files is too many to read."""
    for url in dict.fromkeys(naming.url for capture in answered for naming in policies_named(capture)):
        shelf = shelves.get(origin_of(url))
        if shelf is not None:
            yield shelf.document(urlsplit(url).path, Kind.TDM_POLICY)
        else:
            yield _stranger(url, Kind.TDM_POLICY, None, answered[0].at)


def _named_on(found: Sequence[_Found]) -> dict[str, str]:
    """Give for each address the first page that links to it or shows it."""
    named: dict[str, str] = {}
    for page, links_of in found:
        for link in links_of:
            if link.url != page.url:
                named.setdefault(link.url, page.url)
    return named


def _plain_file(file: Path, most: int = -1) -> bytes:
    """Give the first bytes of a file.  Raises OSError, also for what is no file: to open a pipe would wait for ever."""
    if not file.is_file():
        reason = errno.EISDIR if file.is_dir() else errno.ENOENT
        raise OSError(reason, "It is not a file", str(file))
    with file.open("rb") as opened:
        return opened.read(most)


def _tail(opened: BinaryIO) -> tuple[int, bytes]:
    """Give the length of a file and its last bytes, as a server would send them apart."""
    size = opened.seek(0, os.SEEK_END)
    opened.seek(max(0, size - TAIL))
    return size, opened.read(TAIL)


@dataclass(frozen=True, slots=True)
class _Shelf:
    """A folder and the origin that serves it."""

    folder: Path
    origin: str
    host: Served
    headers_file: bytes
    now: datetime

    def policies(self) -> Iterator[Capture]:
        for kind, path in POLICY_FILES.items():
            file = self.folder / path[1:]
            if kind is Kind.ROBOTS and not self.host.can.robots:
                why = "the host serves a robots.txt of its own, which is not in this folder"
                yield self._failed(path, kind, why)
            elif kind is Kind.ROBOTS and self.host.robots_prepend is not None:
                yield self._rewritten(file)
            elif kind is Kind.TDM_FILE and not self.host.can.well_known:
                yield self._absent(path, kind)
            else:
                yield self._answer(file, path, kind) if os.path.lexists(file) else self._absent(path, kind)

    def trust(self) -> Iterator[Capture]:
        """Yield trust.txt from the first place that has one; where none does, nothing."""
        places = TRUST_FILES if self.host.can.well_known else TRUST_FILES[:1]
        there = (path for path in places if os.path.lexists(self.folder / path[1:]))
        yield from (self._answer(self.folder / path[1:], path, Kind.TRUST_TXT) for path in islice(there, 1))

    def llms(self) -> Iterator[Capture]:
        if os.path.lexists(file := self.folder / LLMS_FILE[1:]):
            yield self._answer(file, LLMS_FILE, Kind.LLMS_TXT)
        if self.host.can.well_known and os.path.lexists(file := self.folder / RSL_MEDIA_FILE[1:]):
            yield self._answer(file, RSL_MEDIA_FILE, Kind.RSL_MEDIA)

    def document(self, path: str, kind: Kind) -> Capture:
        """Give a document that something names; for the address of a folder its index."""
        name = unquote(path)[1:]
        folder = name == "" or name.endswith("/")
        names = [name + index for index in INDEXES] if folder else [name, f"{name}.html"]
        file = next((self.folder / n for n in names if os.path.lexists(self.folder / n)), None)
        return self._answer(file, path, kind) if file is not None else self._absent(path, kind)

    def feed(self, url: str, page: str) -> Capture:
        """Give a feed that `page` names; one that a program makes on the server is not there."""
        parts = urlsplit(url)
        path = parts.path + (f"?{parts.query}" if parts.query else "")
        file = self.folder / unquote(parts.path)[1:]
        there = os.path.lexists(file) and not path.endswith("/")
        capture = self._answer(file, path, Kind.FEED) if there else self._absent(path, Kind.FEED)
        return replace(capture, found_on=page)

    def _rewritten(self, file: Path) -> Capture:
        """Give robots.txt as a CDN serves it: its own text, then the maker's."""
        path, kind = POLICY_FILES[Kind.ROBOTS], Kind.ROBOTS
        try:
            before = _plain_file(self.host.base / (self.host.robots_prepend or ""))
        except OSError as error:
            raise UserError(
                f"{error.filename}: {error.strerror}. served.yaml names it as robots-prepend."
            ) from error
        own = (
            self._answer(file, path, kind)
            if os.path.lexists(file)
            else replace(self._absent(path, kind), status=200)
        )
        if own.failure is not None:
            return own
        most = cap(kind)
        body = before + own.body
        cut = own.truncated or len(body) > most
        return replace(own, body=body[:most], headers=self._fields(path), truncated=cut)

    def pages(self) -> Iterator[Capture]:
        """Yield the home page first."""
        files = [file for file in self._files() if self._is_page(file)]
        home = next((name for name in INDEXES if name in files), None)
        yield self._answer(self.folder / home, "/", Kind.PAGE) if home else self._absent("/", Kind.PAGE)
        for file in spread([file for file in files if file != home], MOST_OF_A_KIND):
            yield self._answer(self.folder / file, _path(file), Kind.PAGE)

    def works(self) -> Iterator[Capture]:
        policies = {path[1:] for path in (*POLICY_FILES.values(), *TRUST_FILES, LLMS_FILE, RSL_MEDIA_FILE)}
        of_kind: dict[Kind, list[str]] = {}
        for file in self._files():
            kind = kind_of(file, "", Kind.PAGE)
            if kind is not Kind.PAGE and file not in policies:
                of_kind.setdefault(kind, []).append(file)
        for kind, files in sorted(of_kind.items()):
            for file in spread(files, MOST_OF_A_KIND):
                yield self._answer(self.folder / file, _path(file), kind)

    def _is_page(self, file: str) -> bool:
        """Tell whether a file is served as a page: by its ending, or, for PHP and where there is none, by what is in it."""
        name = file.rpartition("/")[2]
        ending = Path(name).suffix.lower()
        if "." in name and ending != ".php":
            return ending in PAGES
        try:
            begins = _plain_file(self.folder / file, BEGINNING)
        except OSError:
            return False
        if ending == ".php":  # most PHP files are no pages
            return _PAGE_IN_PHP.search(begins) is not None
        return begins.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<")

    def _files(self) -> list[str]:
        """Give the files below the folder, relative to it, with `/` between names; hidden ones are not uploaded."""
        found: list[str] = []
        for where, folders, files in os.walk(self.folder):
            folders[:] = sorted(name for name in folders if not name.startswith("."))
            here = Path(where).relative_to(self.folder)
            found += [(here / name).as_posix() for name in sorted(files) if not name.startswith(".")]
            if len(found) >= MOST_FILES:
                break
        return found

    def _answer(self, file: Path, path: str, kind: Kind) -> Capture:
        most = cap(kind)
        try:
            real = file.resolve(strict=True)
            if not real.is_relative_to(self.folder.resolve()):
                return self._failed(path, kind, "it leads out of the folder")
            if not real.is_file():  # to open a pipe would wait for ever
                return self._failed(path, kind, "it is not a file")
            with real.open("rb") as opened:
                body = opened.read(most + 1)
                size, tail = _tail(opened) if kind is Kind.DOCUMENT and len(body) > most else (None, b"")
        except (OSError, RuntimeError) as error:  # RuntimeError: a link in a circle, in Python 3.11 and 3.12
            return self._failed(path, kind, getattr(error, "strerror", None) or str(error))
        url = self.origin + path
        fields = self._fields(path, PHP_TYPE if file.suffix.lower() == ".php" else None)
        if kind is Kind.PAGE and (code := speaks_in_code(body, file.suffix)) is not None:
            return self._failed(path, kind, code)
        cut = len(body) > most
        return Capture(
            url, url, kind, 200, fields, body[:most], self.now, truncated=cut, size=size, tail=tail
        )

    def _fields(self, path: str, known: str | None = None) -> tuple[tuple[str, str], ...]:
        nameless = "." not in path.rpartition("/")[2]  # an index, or a page that is served without its ending
        guessed = _TYPES.guess_type(path)[0]
        media_type = known or guessed or ("text/html" if nameless else "application/octet-stream")
        plain = urlsplit(path).path
        said = [(header.name, header.value) for header in self.host.headers if plain.startswith(header.path)]
        return (("Content-Type", media_type), *said, *fields_for(self.headers_file, plain))

    def _absent(self, path: str, kind: Kind) -> Capture:
        url = self.origin + path
        return Capture(url, url, kind, 404, (), b"", self.now)

    def _failed(self, path: str, kind: Kind, why: str) -> Capture:
        url = self.origin + path
        return Capture(url, url, kind, None, (), b"", self.now, failure=Failure.UNREADABLE, detail=why)


def _path(file: str) -> str:
    """Give the path that a file is asked for with: `/werk/` for `werk/index.html`."""
    folder, _, name = file.rpartition("/")
    if name in INDEXES:
        file = f"{folder}/" if folder else ""
    return "/" + quote(file.encode("utf-8", "surrogateescape"), safe="/!$&'()*+,;=:@~-._")
