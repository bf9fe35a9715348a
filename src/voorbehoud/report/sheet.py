"""A page of ours: one template with its own style inside, nothing loaded from elsewhere, and nothing that runs."""

import base64
import hashlib
from functools import cache
from urllib.parse import urlsplit

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template
from markupsafe import Markup

from ..package_data import templates
from .wire import printable


def sheet(file: str, styles: tuple[str, ...], **values: object) -> str:
    """Give the page `file` of the templates with `values`; `styles`: files of the same folder, in order.

    Everything from the wire is escaped, and the content security policy allows nothing but the style.
    """
    style = _style(styles)
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    return template(file).render(
        printable=printable,
        href=href,
        style=Markup(style),  # noqa: S704  our own files, shipped beside the template
        policy=f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'",
        **values,
    )


def template(name: str) -> Template:
    """Give a template of a page or a letter; it escapes everything, and a blank without a value is our mistake."""
    return _environment().get_template(name)


def href(url: str) -> str | None:
    """Give `url` where it is fit to be a link: http or https, with a host, all of it visible; else None."""
    try:
        parts = urlsplit(url)
    except ValueError:  # `http://[` and the like
        return None
    fit = parts.scheme in {"http", "https"} and parts.netloc and printable(url, len(url)) == url
    return url if fit else None


@cache
def _style(names: tuple[str, ...]) -> str:
    return "".join((templates() / "page" / name).read_text(encoding="utf-8") for name in names)


@cache
def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(templates() / "page"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
