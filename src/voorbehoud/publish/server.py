"""The servers and static hosts that we can configure, by the name that a user gives."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from .. import i18n
from ..core.errors import PublishError
from ..declaration.model import Declaration
from .compose import compose
from .prove import prove
from .targets import hosts, servers
from .targets.headers_file import headers_part
from .targets.nginx import nginx
from .targets.sending import Part, Sending, block, sending
from .targets.wordpress import wordpress


@dataclass(frozen=True, slots=True)
class Server:
    """Who writes the configuration.  `blocks`: it can refuse agents.  `partly`: it sends only what is the same everywhere.

    `beside`: where the text goes is said beside it, because its format has no comments.
    """

    write: Callable[[Sending], tuple[Part, ...]]
    blocks: bool = False
    partly: bool = False
    beside: bool = False


SERVERS: Mapping[str, Server] = MappingProxyType(
    {
        "nginx": Server(nginx, blocks=True),
        "apache": Server(servers.apache, blocks=True),
        "htaccess": Server(servers.htaccess, blocks=True),
        "caddy": Server(servers.caddy, blocks=True),
        "haproxy": Server(servers.haproxy, blocks=True),
        "lighttpd": Server(servers.lighttpd, blocks=True),
        "varnish": Server(servers.varnish, blocks=True),
        "traefik": Server(servers.traefik),
        "iis": Server(servers.iis),
        "openlitespeed": Server(servers.openlitespeed),
        "netlify": Server(headers_part, partly=True),
        "cloudflare-pages": Server(headers_part, partly=True),
        "vercel": Server(hosts.vercel, beside=True),
        "firebase": Server(hosts.firebase, partly=True, beside=True),
        "cloudfront": Server(hosts.cloudfront),
        "github-pages": Server(hosts.github_pages),
        "gitlab-pages": Server(hosts.gitlab_pages),
    }
)


def server_parts(
    name: str, wish: Declaration, origin: str | None = None, *, lang: str = "en", blocking: bool = False
) -> tuple[Part, ...]:
    """Give the files that send the headers of `wish` at `origin` (the site, or one of its media origins).

    `blocking`: also refuse the agents that robots.txt names, which is no reservation and stands for none.
    Raises PublishError for a name that is none of `SERVERS`, and for what that server cannot do or send.
    """
    server = SERVERS.get(name)
    if server is None:
        raise PublishError(f"unknown server {name!r}. Known: {', '.join(sorted(SERVERS))}.")
    if blocking and not server.blocks:
        able = ", ".join(sorted(known for known, server in SERVERS.items() if server.blocks))
        raise PublishError(
            f"{name} cannot refuse agents by whole names in a configuration of ours; leave out --block. These can: {able}."
        )
    ours = compose(wish, origin)
    prove(wish, ours)
    return server.write(sending(ours, lang, block(ours, wish.agents) if blocking else None))


def server_config(
    name: str, wish: Declaration, origin: str | None = None, *, lang: str = "en", blocking: bool = False
) -> str:
    """Give the same files as one text, a blank line between them."""
    return "\n".join(part.text for part in server_parts(name, wish, origin, lang=lang, blocking=blocking))


def wordpress_plugin(wish: Declaration, *, lang: str = "en") -> bytes:
    """Give the zip of the plug-in for WordPress, with the lines for web servers that its settings page shows."""
    names = {"Apache (.htaccess)": "htaccess", "nginx": "nginx"}
    servers = {
        # Not what makes nginx look for tdmrep.json on disk: here WordPress answers it.
        shown: "\n".join(
            p.text for p in server_parts(name, wish, lang=lang) if not p.name.endswith("/once.conf")
        )
        for shown, name in names.items()
    }
    return wordpress(wish, lang=lang, servers=servers)


def server_notes(name: str, wish: Declaration, lang: str) -> tuple[str, ...]:
    """Give what the configuration cannot say for itself: where JSON goes, and which headers had to be left out."""
    server, it = SERVERS[name], sending(compose(wish), lang)
    notes = [i18n.say(f"server.{name}", lang)] if server.beside else []
    if server.beside and server.partly and it.varying:
        notes.append(i18n.say("server.left-out", lang, name=", ".join(field.name for field in it.varying)))
    return tuple(notes)
