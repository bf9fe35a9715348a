"""From a target to its verdict: fetch (or read a folder), then judge.  The one place where the two meet."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

from .core.errors import UserError
from .core.evidence import Capture, origin_of
from .declaration.model import Declaration
from .evaluate.expect import expect
from .evaluate.layers import Behind, layers
from .evaluate.site import judge
from .evaluate.verdict import SiteVerdict
from .fetch.address import wire_form
from .fetch.crawl import crawl
from .fetch.folder import captures_of, served_beside
from .fetch.headers_file import NAME as HEADERS_FILE
from .fetch.settings import Settings
from .fetch.visit import SiteRequest
from .workplace import find_declaration, read_declaration

Progress = Callable[[int, int, str], None]
"""Called with the number of sites done, of all sites, and the site that was just done."""


@dataclass(frozen=True, slots=True)
class Target:
    """What to look at: a site (an origin) over the network, or, where `folder` is given, the files that will be served there.

    `media`: other origins that serve its works.  `pages`: absolute URLs to look at besides the sample.
    `folders`: for a folder, the files of media origins.  Host names stand as they go over the wire (punycode).
    """

    site: str
    media: tuple[str, ...] = ()
    pages: tuple[str, ...] = ()
    folder: Path | None = None
    folders: tuple[tuple[str, Path], ...] = ()


def fetch(
    targets: Sequence[Target], *, allow_private: bool = False, on_done: Progress | None = None
) -> tuple[tuple[Capture, ...], ...]:
    """Give the captures of each target, in order.  Never raises because of what a site did.

    Raises UserError for an address that is none.
    """
    found: dict[Target, tuple[Capture, ...]] = {}
    requests: dict[SiteRequest, Target] = {}
    for target in targets:
        if target.folder is not None:
            host = served_beside(target.folder)
            found[target] = captures_of(
                target.folder, target.site, host, _now, dict(target.folders), target.media
            )
            _tell(on_done, found, targets, target)
        else:
            requests[_request(target)] = target
    if requests:
        for visit in crawl(requests, Settings(allow_private=allow_private), now=_now):
            found[requests[visit.request]] = visit.captures
            _tell(on_done, found, targets, requests[visit.request])
    return tuple(found[target] for target in targets)


def look(
    targets: Sequence[Target],
    *,
    allow_private: bool = False,
    on_done: Progress | None = None,
    wish: Declaration | None = None,
    behind: str | None = None,
) -> tuple[SiteVerdict, ...]:
    """Give the verdict on each target, in order; held against `wish`, where that is given.

    `behind`: where the server of the one target answers without what stands in front of it; asked for the same addresses.
    Raises UserError for an address that is none.
    """
    captures = fetch(targets, allow_private=allow_private, on_done=on_done)
    verdicts = [judge(target.site, found, _now()) for target, found in zip(targets, captures, strict=True)]
    if wish is None:
        return tuple(verdicts)
    held = [
        expect(wish, found, verdict, headers=_knows_headers(target))
        for target, found, verdict in zip(targets, captures, verdicts, strict=True)
    ]
    if behind is None:
        return tuple(layers(verdict, found, None) for verdict, found in zip(held, captures, strict=True))
    return tuple(
        layers(verdict, found, _behind(behind, wish, verdict, allow_private))
        for verdict, found in zip(held, captures, strict=True)
    )


def _behind(word: str, wish: Declaration, front: SiteVerdict, allow_private: bool) -> Behind:
    """Look at the server behind `front`: at the same paths, so that each answer has one to be compared with."""
    site = target_of(word, None, ()).site
    asked = (urlsplit(r.url) for r in front.resources if origin_of(r.url) == front.site)
    pages = [site + (url.path or "/") + (f"?{url.query}" if url.query else "") for url in asked]
    target = Target(site, pages=tuple(dict.fromkeys(pages)))
    (captures,) = fetch([target], allow_private=allow_private)
    return Behind(site, expect(wish, captures, judge(site, captures, _now())), captures)


HEADER_FINDINGS = frozenset({"EXP102", "EXP401", "EXP402", "TDH202", "CUH206"})
LOOKS = 2
"""A server that reloads answers from its old processes for a moment."""


def headers_amiss(wish: Declaration, target: Target, *, allow_private: bool = False) -> str | None:
    """Say what is wrong with the reservation in the headers of `target`, held against `wish`; None where nothing is.

    `X-Robots-Tag` is left out of it: some servers cannot send it everywhere.
    """
    told: str | None = None
    for _ in range(LOOKS):
        (verdict,) = look([target], allow_private=allow_private, wish=wish)
        wrong = [
            finding
            for finding in verdict.findings
            if finding.code in HEADER_FINDINGS and dict(finding.values).get("signal") != "x-robots-tag"
        ]
        if not any(resource.fetched for resource in verdict.resources):
            told = f"{target.site} could not be fetched"
        elif wrong:
            told = f"{wrong[0].origin.url}: {wrong[0].message}"
        else:
            return None
    return told


def folders_of(target: Target) -> Mapping[str, Path]:
    """Give the folder that is read for each origin of `target`; empty for one that is fetched."""
    if target.folder is None:
        return {}
    host = served_beside(target.folder)
    shelves = {shelf.origin: host.base / shelf.folder for shelf in host.media} if host else {}
    return {target.site: target.folder, **shelves, **dict(target.folders)}


def _knows_headers(target: Target) -> bool:
    """Tell whether a header that is missing is really missing: a bare folder says nothing of its host's headers."""
    if target.folder is None:
        return True
    return served_beside(target.folder) is not None or (target.folder / HEADERS_FILE).is_file()


def target_of(word: str, site: str | None, media: tuple[str, ...]) -> Target:
    """Give the target that a user means by `word`: an address, with or without https://, or a folder.

    `site` and `media` as in `voorbehoud.check`.  Raises UserError with the way out.
    """
    if "://" not in word and _is_folder(word):
        return _folder(Path(word), site, media)
    if "://" not in word and (word.startswith((".", "/", "~")) or "\\" in word):
        raise UserError(
            f"{word}: there is no such folder. Give a folder with the files of a site, or an address with https://."
        )
    url = word if "://" in word else f"https://{word}"
    try:
        url = wire_form(url)
        origin = origin_of(url)
        hosts = tuple(_origin(m) for m in media)
    except ValueError as error:
        raise UserError(
            f"{word}: not an address that can be checked ({error}). Example: https://atelier.example"
        ) from error
    parts = urlsplit(url)
    page = url if parts.path.strip("/") or parts.query else None
    return Target(site=origin, media=hosts, pages=(page,) if page else ())


def _is_folder(word: str) -> bool:
    try:
        return Path(word).is_dir()
    except OSError:  # a name longer than the system takes, a folder that is closed to us
        return False


def _origin(media: str) -> str:
    return origin_of(wire_form(media if "://" in media else f"https://{media}"))


def _folder(folder: Path, site: str | None, media: tuple[str, ...]) -> Target:
    try:
        hosts = tuple(_origin(m) for m in media)
    except ValueError as error:
        raise UserError(
            f"--media: not an address ({error}). Example: --media https://audio.example"
        ) from error
    if site is None and find_declaration(folder):
        path, wish = read_declaration(folder)
        folders = tuple((m.origin, path.parent / m.folder) for m in wish.media if m.folder is not None)
        elsewhere = tuple(origin for origin in hosts if origin not in dict(folders))
        return Target(site=wish.site, media=elsewhere, folder=folder, folders=folders)
    try:
        return Target(site=origin_of(wire_form(site or "https://site.invalid")), media=hosts, folder=folder)
    except ValueError as error:
        raise UserError(
            f"--site {site}: not an address of a site ({error}). Example: https://atelier.example"
        ) from error


def _request(target: Target) -> SiteRequest:
    try:
        return SiteRequest(target.site, target.media, target.pages)
    except ValueError as error:
        raise UserError(f"{target.site}: {error}. Example of an address: https://atelier.example") from error


def _tell(
    on_done: Progress | None,
    found: dict[Target, tuple[Capture, ...]],
    targets: Sequence[Target],
    target: Target,
) -> None:
    if on_done is not None:
        on_done(len(found), len(set(targets)), target.site)


def _now() -> datetime:
    return datetime.now(UTC)
