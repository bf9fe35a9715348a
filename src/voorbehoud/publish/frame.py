"""The one Jinja loader.  Templates hold other people's syntax (HTML, servers, comments); each syntax has its own tested quoting."""

import re
import textwrap
from functools import cache

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from ..core.errors import PublishError
from ..grammar.robots import encoded
from ..package_data import templates

_CHARACTER = re.compile("%[0-9A-F]{2}|[^A-Za-z0-9/_~-]")
_BLANKS = re.compile(r"[\s\x00-\x1f\x7f-\x9f\u2028\u2029]+")


def render(template: str, **values: object) -> str:
    """Give the text of `template` (`page/policy.html`).  Raises where a value is missing; what ends in .html is escaped."""
    return _environment().get_template(template).render(**values)


def comment(text: str, width: int = 100) -> str:
    """Give `text` as lines that begin with `# `, whatever line ends or control characters it holds."""
    words = _BLANKS.sub(" ", text).strip()
    lines = textwrap.wrap(words, width, break_long_words=False, break_on_hyphens=False)
    return "\n".join(f"# {line}" for line in lines) or "#"


def nginx(text: str) -> str:
    """Give `text` as one quoted parameter of nginx.

    Raises PublishError for `$`, which nginx cannot quote in a value, and for what cannot stand in a header.
    """
    if "$" in text or not text.isascii() or not text.isprintable():
        raise PublishError(f"nginx cannot send {text!r}: leave out `$`, line ends and letters outside ASCII")
    return _quoted(text)


def nginx_prefix(path: str) -> str:
    """Give the quoted pattern of nginx that matches what a client asks for below `path`, whatever `path` holds.

    `$request_uri` is as the client sent it: `"` may come as it is or as `%22`, and hexadecimal digits in either case.
    """
    return _quoted("~^" + _CHARACTER.sub(_either_way, encoded(path)))


def _either_way(found: re.Match[str]) -> str:
    code = int(found[0][1:], 16) if len(found[0]) == 3 else ord(found[0])
    escape = "%" + "".join(f"[{d.lower()}{d}]" if d.isalpha() else d for d in f"{code:02X}")
    return rf"(?:\x{code:02x}|{escape})" if 0x20 < code < 0x7F else escape


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(templates()),
        undefined=StrictUndefined,
        autoescape=select_autoescape(["html"]),
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters.update(comment=comment, nginx=nginx, nginx_prefix=nginx_prefix)
    return environment
