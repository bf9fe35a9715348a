"""From a target to its verdict: fetch (or read a folder), then judge.  The one place where the two meet."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from .core.evidence import Capture
from .evaluate.site import judge
from .evaluate.verdict import SiteVerdict

Progress = Callable[[int, int, str], None]
"""Called with the number of sites done, of all sites, and the site that was just done."""


@dataclass(frozen=True, slots=True)
class Target:
    """What to look at: a site (an origin) over the network, or, where `folder` is given, the files that will be served there.

    `media`: other origins that serve its works.  `pages`: absolute URLs to look at besides the sample.
    """

    site: str
    media: tuple[str, ...] = ()
    pages: tuple[str, ...] = ()
    folder: Path | None = None


def fetch(
    targets: Sequence[Target], *, allow_private: bool = False, on_done: Progress | None = None
) -> list[tuple[Capture, ...]]:
    """Give the captures of each target, in order.  Never raises because of what a site did."""
    raise NotImplementedError


def look(
    targets: Sequence[Target], *, allow_private: bool = False, on_done: Progress | None = None
) -> tuple[SiteVerdict, ...]:
    """Give the verdict on each target, in order."""
    captures = fetch(targets, allow_private=allow_private, on_done=on_done)
    now = datetime.now(UTC)
    return tuple(judge(target.site, found, now) for target, found in zip(targets, captures, strict=True))
