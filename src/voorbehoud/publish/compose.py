"""From a declaration to everything that an origin has to serve: each carrier says it in its own words."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from ..core.artifact import Artifact, File, Header, Markup, RobotsGroup, RobotsRecord
from ..core.evidence import Capture, Kind
from ..core.preference import Preference
from ..core.use import Use
from ..declaration.model import PAGE_PATH, POLICY_PATH, Carrier, Declaration
from ..grammar.location import plain
from ..grammar.robots import written
from ..signals import SIGNALS, AnySignal
from .frame import render
from .policy_page import policy_page

ANYBODY = "*"
NEVER = datetime(1970, 1, 1, tzinfo=UTC)
"""A capture needs a time; nothing that is read back here depends on it."""


@dataclass(frozen=True, slots=True)
class Level:
    """What travels with everything below `path`, unless a longer path says otherwise."""

    path: str
    headers: tuple[Header, ...]
    markup: tuple[Markup, ...]


@dataclass(frozen=True, slots=True)
class Composition:
    """What one origin serves.  `levels`: longest path first, `/` last, so that the first match is the longest.

    `guarded`: for an address that is spelt so oddly that its level cannot be told: what is reserved anywhere is reserved there.
    `open`: paths below which training is allowed.
    `comment`: the lines at the top of our block in robots.txt.  `groups`: the one for everybody last.
    """

    origin: str
    files: tuple[File, ...]
    comment: str
    groups: tuple[RobotsGroup, ...]
    records: tuple[RobotsRecord, ...]
    levels: tuple[Level, ...]
    guarded: Level = Level("/", (), ())
    open: tuple[str, ...] = ()

    def level(self, path: str) -> Level:
        """Give what travels with `path` (as a URL has it)."""
        return _level_at(self.levels, path)

    @property
    def header_names(self) -> tuple[str, ...]:
        """Every header that is sent somewhere, in the order of the signals."""
        return tuple(dict.fromkeys(header.name for level in self.levels for header in level.headers))


def compose(wish: Declaration, origin: str | None = None) -> Composition:
    """Give what `origin` has to serve: the site itself, or one of its media origins (no pages there, so no tags and no page)."""
    origin = origin or wish.site
    is_site = origin == wish.site
    said = tuple(
        artifact for signal in published(wish) if site_wide(signal) for artifact in _render(signal, wish, "/")
    )
    levels = tuple(_level(wish, path, origin) for path in wish.paths())
    files = [_framed(wish, file) for file in said if isinstance(file, File)]
    if not is_site:  # every origin points at the one policy of the site
        files = [file for file in files if file.path != POLICY_PATH]
    if is_site and Carrier.POLICY_PAGE in wish.carriers:
        files.append(policy_page(wish, _level_at(levels, PAGE_PATH).markup))
    records = tuple(artifact for artifact in said if isinstance(artifact, RobotsRecord))
    groups = tuple(artifact for artifact in said if isinstance(artifact, RobotsGroup))
    return Composition(
        origin=origin,
        files=tuple(files),
        comment=render("frame/robots.txt", sentences=sentences(wish)).rstrip("\n"),
        groups=_groups(groups, bool(records)),
        records=records,
        levels=levels,
        guarded=_guarded(wish, origin),
        open=tuple(
            path for path in wish.paths() if wish.preference(Use.TRAIN_AI, path) is Preference.ALLOWED
        ),
    )


def published(wish: Declaration, origin: str | None = None) -> tuple[AnySignal, ...]:
    """Give the signals that the declaration publishes at `origin`; None: at the site.  A media origin has no pages for tags."""
    has_pages = origin in {None, wish.site}
    return tuple(s for s in SIGNALS if s.carrier in wish.carriers and (has_pages or s.reads != {Kind.PAGE}))


def site_wide(signal: AnySignal) -> bool:
    """Tell whether the signal is a file that speaks for the whole origin."""
    return any(not kind.is_resource for kind in signal.reads)


def sentences(wish: Declaration) -> tuple[str, ...]:
    """Give the reservation as one sentence in each language of the declaration; none where no mining and no training is reserved."""
    if not (wish.reserves(Use.TDM) or wish.reserves(Use.TRAIN_AI)):
        return ()
    return tuple(
        render(f"frame/reservation.{language}.txt", wish=wish).strip() for language in wish.languages
    )


def robots_text(composition: Composition) -> str:
    """Give our part of robots.txt, without its marker lines, each line ended by a line feed; empty when there is nothing to say."""
    if not composition.groups:
        return ""
    return composition.comment + "\n\n" + written(composition.groups, composition.records).rstrip("\n") + "\n"


def rendered_again(wish: Declaration, file: File) -> bytes | None:
    """Give `file` as its own signal would write what it says; None where no signal reads it.  Equal bytes are a sign of our hand."""
    for signal in published(wish):
        for kind in signal.reads:
            url = wish.site + file.path
            ours = file.path == POLICY_PATH if kind is Kind.TDM_POLICY else file.path.endswith(kind.value)
            if ours and (kind.is_policy or kind is Kind.TDM_POLICY):
                model = signal.parse(
                    Capture(url, url, kind, 200, (("Content-Type", file.media_type),), file.body, NEVER)
                ).model
                try:
                    again = signal.render(model) if model is not None else ()
                except ValueError:  # not all of what it says can be written: no file of ours
                    return None
                return next((a.body for a in again if isinstance(a, File) and a.path == file.path), None)
    return None


def _render(signal: AnySignal, wish: Declaration, path: str) -> tuple[Artifact, ...]:
    model = signal.of(wish, path)
    return () if model is None else signal.render(model)


def _level(wish: Declaration, path: str, origin: str) -> Level:
    signals = [signal for signal in published(wish, origin) if not site_wide(signal)]
    said = [artifact for signal in signals for artifact in _render(signal, wish, path)]
    headers = tuple(replace(artifact, path=path) for artifact in said if isinstance(artifact, Header))
    markup = tuple(replace(artifact, path=path) for artifact in said if isinstance(artifact, Markup))
    return Level(path, headers, markup)


def _guarded(wish: Declaration, origin: str) -> Level:
    """Give the level that reserves every use which is reserved at any path, and allows what is allowed at all of them."""
    wanted = {use: {wish.preference(use, path) for path in wish.paths()} for use in Use}
    reserve = frozenset(use for use, found in wanted.items() if Preference.DISALLOWED in found)
    allow = frozenset(use for use, found in wanted.items() if found == {Preference.ALLOWED})
    return _level(replace(wish, reserve=reserve, allow=allow, exceptions=()), "/", origin)


def _level_at(levels: Iterable[Level], path: str) -> Level:
    # A path may be spelt with or without escapes, on disk and in the declaration.
    wanted = plain(path)
    return next(level for level in levels if level.path == "/" or wanted.startswith(plain(level.path)))


def _groups(rendered: Iterable[RobotsGroup], records: bool) -> tuple[RobotsGroup, ...]:
    """Put the groups of everybody last, with a rule that changes nothing.

    `Allow: /` would cancel a `Disallow: /` that the site has or gets for everybody: groups merge, and Allow wins a tie
    (RFC 9309, sections 2.2.1 and 2.2.2).  An empty `Disallow:` ends the list of agents for every parser and matches nothing.
    """
    named = [group for group in rendered if ANYBODY not in group.agents]
    everybody = [
        rule
        for group in rendered
        if ANYBODY in group.agents
        for rule in group.rules
        if rule != ("Allow", "/")
    ]
    if not records and not everybody:
        return tuple(named)
    return (*named, RobotsGroup((ANYBODY,), tuple(everybody) or (("Disallow", ""),)))


def _framed(wish: Declaration, file: File) -> File:
    if file.path != "/ai.txt":
        return file
    comment = render("frame/ai.txt", sentences=sentences(wish)).encode()
    return replace(file, body=comment + file.body)
