"""One result, several voices: text, JSON, HTML."""

from collections.abc import Sequence
from importlib.metadata import version
from shutil import get_terminal_size

from ..evaluate.verdict import SiteVerdict
from . import data, page, text

FORMATS = ("text", "json", "html")


def render(form: str, sites: Sequence[SiteVerdict], *, lang: str, colour: bool = False) -> str:
    """Give the verdicts in one of `FORMATS`, as wide as the terminal; `colour` matters to `text` only.

    Raises ValueError for any other format: our own mistake.
    """
    if form == "text":
        return text.text(sites, lang, get_terminal_size().columns, colour)
    if form == "json":
        return data.dumps(sites, version("voorbehoud"))
    if form == "html":
        return page.page(sites, lang)
    raise ValueError(form)
