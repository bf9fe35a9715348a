"""What an application has to send for its maker: read, composed and proven once, when it starts."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from os import PathLike
from pathlib import Path
from urllib.parse import quote

from ..core.artifact import File, Header
from ..core.errors import PublishError
from ..publish import Composition, compose
from ..publish.prove import prove
from ..publish.targets.sending import ADDING
from ..workplace import read_declaration

Place = str | PathLike[str]
"""Where a declaration stands: the file, or the folder that it is in."""
INDEX = "index.html"
_UNCLEAR = re.compile(r"//|/\.\.?(?:/|$)|\\")
"""A path that servers and applications do not read alike: which part of the site is meant cannot be told."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A file of ours, whole: the answer to a GET.  To a HEAD the same without `body`."""

    headers: tuple[tuple[str, str], ...]
    body: bytes


@dataclass(frozen=True, slots=True)
class Reservation:
    """What goes with every answer of one origin, and the files that are answered in the application's place.

    robots.txt is none of them: the application's own stays as it is.
    """

    ours: Composition
    files: Mapping[str, File]
    replaced: frozenset[str] = field(default=frozenset())

    @classmethod
    def read(cls, declaration: Place, origin: str | None = None) -> "Reservation":
        """Read the declaration and lay it out for `origin`: the site itself (None), or one of its media origins.

        Raises UserError, with the place and the way out, for a declaration that cannot be used: call it when the
        application starts.
        """
        place = Path(declaration)
        _, wish = read_declaration(place, None) if place.is_dir() else read_declaration(place.parent, place)
        if origin not in {None, wish.site, *(media.origin for media in wish.media)}:
            known = ", ".join((wish.site, *(media.origin for media in wish.media)))
            raise PublishError(f"{place}: says nothing of {origin}. Known: {known}.")
        ours = compose(wish, origin)
        prove(wish, ours)
        files = {file.path: file for file in ours.files}
        files |= {
            path.removesuffix(INDEX): file for path, file in files.items() if path.endswith("/" + INDEX)
        }
        names = frozenset(name.lower() for name in ours.header_names)
        return cls(ours, files, names - ADDING)

    def headers(self, path: str) -> tuple[Header, ...]:
        """Give what goes with an answer at `path`, as the application sees it: decoded, without the query."""
        if len(self.ours.levels) == 1:
            return self.ours.levels[0].headers
        level = (
            self.ours.guarded
            if _UNCLEAR.search(path)
            else self.ours.level(quote(path, errors="surrogatepass"))
        )
        return level.headers

    def added(self, path: str, sent: Iterable[tuple[str, str]]) -> Iterator[tuple[str, str]]:
        """Yield the fields of an answer, `sent`, with ours: each once, and no other value of the application's for the same.

        A field of which a site may send several keeps its own beside ours.
        """
        theirs = [(name, value) for name, value in sent if name.lower() not in self.replaced]
        there = {(name.lower(), value.strip()) for name, value in theirs}
        yield from theirs
        for header in self.headers(path):
            if (header.name.lower(), header.value) not in there:
                yield header.name, header.value

    def answer(self, method: str, path: str) -> Answer | None:
        """Give the file of ours that is asked for; None where the application answers."""
        file = self.files.get(path) if method in {"GET", "HEAD"} else None
        if file is None:
            return None
        text = file.media_type.startswith("text/") and "charset" not in file.media_type
        kind = f"{file.media_type}; charset=utf-8" if text else file.media_type
        own = (("Content-Type", kind), ("Content-Length", str(len(file.body))))
        return Answer(tuple(self.added(path, own)), b"" if method == "HEAD" else file.body)
