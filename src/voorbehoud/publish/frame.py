"""The one Jinja loader.  Templates hold other people's syntax (HTML, servers, comments); `quoting` has a filter for each."""

from functools import cache

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from ..package_data import templates
from . import quoting

FILTERS = (
    quoting.apache, quoting.apache_pattern, quoting.caddy, quoting.comment,
    quoting.haproxy, quoting.haproxy_word, quoting.headers_file, quoting.iis_location, quoting.js, quoting.js_value, quoting.lighttpd, quoting.lighttpd_prefix, quoting.lighttpd_word,
    quoting.nginx, quoting.nginx_pattern, quoting.openlitespeed, quoting.openlitespeed_path, quoting.rewrite_unless, quoting.rewrite_word, quoting.slashes, quoting.vcl,
    quoting.xml, quoting.xml_comment, quoting.traefik, quoting.traefik_rule,
)  # fmt: skip


def render(template: str, **values: object) -> str:
    """Give the text of `template` (`page/policy.html`).  Raises where a value is missing; what ends in .html is escaped."""
    return _environment().get_template(template).render(**values)


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
    environment.filters.update({quote.__name__: quote for quote in FILTERS})
    return environment
