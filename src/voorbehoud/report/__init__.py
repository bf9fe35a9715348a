"""One result, several voices: text and HTML for people, JSON, SARIF, JUnit and CSV for programs."""

from collections.abc import Sequence
from shutil import get_terminal_size
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..evaluate.verdict import SiteVerdict
    from .files import Folders

FORMATS = ("text", "json", "sarif", "junit", "html", "csv")


def render(
    form: str,
    sites: "Sequence[SiteVerdict]",
    *,
    lang: str,
    colour: bool = False,
    folders: "Sequence[Folders]" = (),
) -> str:
    """Give the verdicts in one of `FORMATS`, as wide as the terminal; `colour` matters to `text` only.

    `folders`: for each site the folders that were read, so that `sarif` can point at files.
    Raises ValueError for any other format: our own mistake.
    """
    from importlib.metadata import version

    # Each voice has its own imports: whoever wants one does not pay for all.
    if form == "text":
        from .text import text

        return text(sites, lang, get_terminal_size().columns, colour)
    if form == "json":
        from . import data

        return data.dumps(sites, version("voorbehoud"))
    if form == "sarif":
        from . import sarif

        return sarif.dumps(sites, version("voorbehoud"), lang, folders)
    if form == "junit":
        from . import junit

        return junit.dumps(sites, lang)
    if form == "html":
        from .page import page

        return page(sites, lang)
    if form == "csv":
        from . import table

        return table.dumps(sites, lang)
    raise ValueError(form)
