"""Publish, prove and watch a maker's reservation against text and data mining and AI training.

`check` looks at sites or folders and gives their verdicts; `judge` gives the verdict on captures that were kept;
`RobotsTxt` reads a robots.txt; `Declaration` is what a maker wants.  Nothing else is promised to stay.
"""

from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .declaration.model import Declaration
    from .evaluate.site import judge
    from .evaluate.verdict import SiteVerdict
    from .grammar.robots import RobotsTxt

    __version__: str

__all__ = ["Declaration", "RobotsTxt", "check", "judge"]

_PLACES = {"Declaration": "declaration.model", "RobotsTxt": "grammar.robots", "judge": "evaluate.site"}


def __getattr__(name: str) -> object:
    """Import a name when it is first asked for: each room is imported through here, and few need all that these do."""
    if name == "__version__":
        from importlib.metadata import version

        found: object = version("voorbehoud")
    elif name in _PLACES:
        found = getattr(import_module(f".{_PLACES[name]}", __name__), name)
    else:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})


def check(
    target: str | Path, *, site: str | None = None, media: Sequence[str] = (), allow_private: bool = False
) -> "SiteVerdict":
    """Give the verdict on `target`: an address (fetched), or a folder with the files of a site (read, nothing fetched).

    `site`: for a folder, the origin that it is published at.  `media`: other origins that serve works of the site.
    `allow_private`: also fetch from loopback and private addresses.
    Raises UserError for a target that is neither; never because of what a server did.
    """
    from .look import look, target_of  # Scrapy and libcurl are only wanted here

    return look([target_of(str(target), site, tuple(media))], allow_private=allow_private)[0]
