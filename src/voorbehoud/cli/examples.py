"""The example sites: copies to serve and to publish into, and what an outsider must find on them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from ..core.errors import UserError
from ..core.statement import Audience
from ..core.use import Use
from ..declaration.load import load
from ..declaration.model import Declaration
from ..evaluate.verdict import SiteVerdict, Verdict
from ..fetch.served import Served, load_served
from ..look import Target
from ..publish.compose import compose
from ..workplace import DECLARATION
from .serve_examples import Host, HostHeader, free_addresses

TEXTS = frozenset({".css", ".html", ".js", ".json", ".txt", ".xml", ".yaml"})
"""Files in which the origin of an example may stand; everything else is copied byte for byte."""

MOMENTS = ("before", "after")


@dataclass(frozen=True, slots=True)
class Expected:
    """What must be found at one moment.  `findings` must be among those of the verdict, `absent` must not."""

    protected: bool
    uses: tuple[tuple[Use, Verdict], ...]
    audience: Audience | None = None
    findings: tuple[str, ...] = ()
    absent: tuple[str, ...] = ()

    def differences(self, verdict: SiteVerdict) -> Iterator[str]:
        """Yield in a few words each thing that is not as expected, data of ours on both sides."""
        if verdict.protected is not self.protected:
            yield f"protected: {str(verdict.protected).lower()}, expected {str(self.protected).lower()}"
        for use, wanted in self.uses:
            if (strict := verdict.use(use).strict) is not wanted:
                yield f"{use}: {strict}, expected {wanted}"
        audience = verdict.use(Use.TDM).audience
        if self.audience is not None and audience is not self.audience:
            yield f"audience: {audience or 'nobody'}, expected {self.audience}"
        found = {finding.code for finding in verdict.findings}
        for code in self.findings:
            if code not in found:
                yield f"{code} is missing"
        for code in self.absent:
            if code in found:
                yield f"{code} is there"


@dataclass(frozen=True, slots=True)
class Example:
    """One site, copied.  `home` holds the declaration, served.yaml and `public/`; `original` is what it was copied from.

    `about`: what kind of maker this is, by language.  `expected`: by moment.
    """

    name: str
    original: Path
    home: Path
    wish: Declaration
    served: Served
    addresses: Mapping[str, tuple[str, int]]
    about: Mapping[str, str]
    expected: Mapping[str, Expected]

    @property
    def public(self) -> Path:
        return self.home / "public"

    @property
    def target(self) -> Target:
        return Target(self.wish.site, tuple(media.origin for media in self.wish.media))

    @property
    def sends_headers(self) -> bool:
        """Tell whether publishing brings headers: the maker wants them, and the host can."""
        return self.served.can.headers and bool(compose(self.wish).header_names)

    def hosts(self, *, published: bool) -> tuple[Host, ...]:
        """Give the origins of the site as their hosts serve them now; writes what a CDN makes of robots.txt."""
        return tuple(self._host(origin, published) for origin in self.addresses)

    def _host(self, origin: str, published: bool) -> Host:
        address, port = self.addresses[origin]
        says = compose(self.wish, origin) if published and self.served.can.headers else None
        if origin != self.wish.site:
            folder = next(media.folder for media in self.served.media if media.origin == origin)
            return Host(address, port, self.home / folder, ours=says)
        headers = tuple(HostHeader(header.path, header.name, header.value) for header in self.served.headers)
        return Host(address, port, self.public, headers, says, tuple(self._instead()))

    def _instead(self) -> Iterator[tuple[str, Path | None]]:
        can = self.served.can
        if not can.robots:
            own = self.original / "public" / "robots.txt"
            yield "/robots.txt", own if own.is_file() else None
        elif self.served.robots_prepend:
            makers = self.public / "robots.txt"
            rewritten = self.home / "robots.txt.served"
            body = makers.read_bytes() if makers.is_file() else b""
            rewritten.write_bytes((self.home / self.served.robots_prepend).read_bytes() + body)
            yield "/robots.txt", rewritten
        if not can.well_known:
            yield "/.well-known/", None


def copy_examples(source: Path, to: Path) -> tuple[Example, ...]:
    """Copy every example of `source` below `to`, each with loopback origins of its own, and read its files.

    In the copies those origins stand in place of the ones that the example was written with.
    Raises UserError where `source` holds no example, or one of its files cannot be used.
    """
    folders = sorted(path.parent for path in source.glob(f"*/{DECLARATION}"))
    if not folders:
        raise UserError(
            f"{source}: no example here. Each is a folder with {DECLARATION}, served.yaml, expected.yaml and public/."
        )
    written = [_origins(_declared(folder)) for folder in folders]
    addresses = iter(free_addresses(sum(map(len, written))))
    return tuple(
        _copied(folder, to / folder.name, {origin: next(addresses) for origin in origins})
        for folder, origins in zip(folders, written, strict=True)
    )


def _copied(original: Path, home: Path, addresses: Mapping[str, tuple[str, int]]) -> Example:
    here = {origin: f"http://{address}:{port}" for origin, (address, port) in addresses.items()}
    for path in sorted(original.rglob("*")):
        copy = home / path.relative_to(original)
        if path.is_dir():
            copy.mkdir(parents=True, exist_ok=True)
            continue
        body = path.read_bytes()
        if path.suffix in TEXTS:
            for origin, loopback in here.items():
                body = body.replace(origin.encode(), loopback.encode())
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_bytes(body)  # not the mode: an installed package may be read-only
    served, expected = home / "served.yaml", home / "expected.yaml"
    about, moments = _expected(_read(expected), expected)
    return Example(
        name=original.name,
        original=original,
        home=home,
        wish=_declared(home),
        served=load_served(_read(served), str(served)),
        addresses={here[origin]: address for origin, address in addresses.items()},
        about=about,
        expected=moments,
    )


def _origins(wish: Declaration) -> tuple[str, ...]:
    return (wish.site, *(media.origin for media in wish.media))


def _declared(folder: Path) -> Declaration:
    path = folder / DECLARATION
    return load(_read(path), str(path))


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise UserError(
            f"{path}: cannot be read ({error.strerror}). Every example needs this file."
        ) from error


def _expected(text: bytes, file: Path) -> tuple[Mapping[str, str], Mapping[str, Expected]]:
    try:
        data = yaml.safe_load(text)
        return dict(data["about"]), {moment: _moment(data[moment]) for moment in MOMENTS}
    except (KeyError, TypeError, ValueError, yaml.YAMLError) as error:
        raise UserError(
            f"{file}: cannot be used ({error!r}). Look at the expected.yaml of another example."
        ) from error


def _moment(data: Mapping[str, Any]) -> Expected:
    return Expected(
        protected=bool(data["protected"]),
        uses=tuple((Use(use), Verdict(verdict)) for use, verdict in data["uses"].items()),
        audience=Audience(data["audience"]) if "audience" in data else None,
        findings=tuple(data.get("findings", ())),
        absent=tuple(data.get("absent", ())),
    )
