"""Configuration of nginx that sends the headers of a declaration: one file to include, and a map where paths differ."""

import re
from dataclasses import dataclass

from ..compose import Composition
from ..frame import render


@dataclass(frozen=True, slots=True)
class Field:
    """One header: `value` where it is the same everywhere, else `by_path` (longest path first; None: not sent there)."""

    name: str
    variable: str
    value: str | None
    by_path: tuple[tuple[str, str], ...]
    default: str


def nginx(ours: Composition) -> str:
    """Give the text of both parts, each with comments that say where it goes.

    Raises PublishError for a value that nginx cannot send.
    """
    http, server = nginx_parts(ours)
    return (http + "\n" if http else "") + server


def nginx_parts(ours: Composition) -> tuple[str, str]:
    """Give the part for `http { }` (empty where no path has wishes of its own) and the part for `server { }`."""
    fields = tuple(_field(ours, name) for name in ours.header_names)
    host = re.sub(r"^https?://", "", ours.origin)
    mapped = tuple(field for field in fields if field.value is None)
    http = render("server/nginx.http.conf", fields=mapped, host=host) if mapped else ""
    return http, render("server/nginx.server.conf", fields=fields, host=host, mapped=bool(mapped))


def _field(ours: Composition, name: str) -> Field:
    values = [
        (level.path, next((h.value for h in level.headers if h.name == name), "")) for level in ours.levels
    ]
    distinct = {value for _, value in values}
    # One server may hold many sites: a map is global, so its variable bears the name of the site.
    slug = re.sub(r"[^a-z0-9]+", "_", f"{ours.origin.partition('://')[2]}_{name}".lower())
    return Field(
        name=name,
        variable=f"voorbehoud_{slug}",
        value=values[0][1] if len(distinct) == 1 else None,
        by_path=tuple((path, value) for path, value in values if path != "/"),
        default=values[-1][1],
    )
