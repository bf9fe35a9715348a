"""From a declaration to files in a folder, and back: plan, diff, apply, undo; and configuration for servers."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

from ..core.errors import PublishError
from ..declaration.model import Declaration
from .apply import Undone, apply, undo
from .compose import Composition, compose
from .diff import diff
from .manifest import STATE
from .message import Message, Note
from .plan import Change, Plan, plan
from .prove import prove
from .targets.headers_file import headers_text
from .targets.nginx import nginx

__all__ = [
    "SERVERS", "STATE", "Change", "Message", "Note", "Plan", "Undone", "apply", "diff", "plan", "server_config", "undo",
]  # fmt: skip

SERVERS: Mapping[str, Callable[[Composition], str]] = MappingProxyType(
    {"nginx": nginx, "netlify": headers_text, "cloudflare-pages": headers_text}
)
"""Whose configuration we can write, by the name that a user gives."""


def server_config(name: str, wish: Declaration, origin: str | None = None) -> str:
    """Give the configuration that sends the headers of `wish` at `origin` (the site, or one of its media origins).

    Raises PublishError for a name that is none of `SERVERS`, and for a header that the server cannot send.
    """
    write = SERVERS.get(name)
    if write is None:
        raise PublishError(f"unknown server {name!r}. Known: {', '.join(sorted(SERVERS))}.")
    ours = compose(wish, origin)
    prove(wish, ours)
    return write(ours)
