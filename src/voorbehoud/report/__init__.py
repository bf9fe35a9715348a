"""One result, several voices: text and HTML for people, JSON, SARIF, JUnit and CSV for programs."""

from collections.abc import Sequence
from importlib.metadata import version
from shutil import get_terminal_size

from ..evaluate.verdict import SiteVerdict
from . import data, junit, page, sarif, table, text
from .files import Folders

FORMATS = ("text", "json", "sarif", "junit", "html", "csv")


def render(
    form: str,
    sites: Sequence[SiteVerdict],
    *,
    lang: str,
    colour: bool = False,
    folders: Sequence[Folders] = (),
) -> str:
    """Give the verdicts in one of `FORMATS`, as wide as the terminal; `colour` matters to `text` only.

    `folders`: for each site the folders that were read, so that `sarif` can point at files.
    Raises ValueError for any other format: our own mistake.
    """
    if form == "text":
        return text.text(sites, lang, get_terminal_size().columns, colour)
    if form == "json":
        return data.dumps(sites, version("voorbehoud"))
    if form == "sarif":
        return sarif.dumps(sites, version("voorbehoud"), lang, folders)
    if form == "junit":
        return junit.dumps(sites, lang)
    if form == "html":
        return page.page(sites, lang)
    if form == "csv":
        return table.dumps(sites, lang)
    raise ValueError(form)
