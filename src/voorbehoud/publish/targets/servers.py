"""Servers with one file of configuration: Apache, Caddy, HAProxy, lighttpd, Varnish, Traefik, IIS, OpenLiteSpeed."""

from ..frame import render
from ..quoting import apache_refused
from .sending import Part, Sending


def apache(it: Sending) -> tuple[Part, ...]:
    """Give lines for `<VirtualHost>`; by the request line as it came, so that a rewrite to an application changes nothing."""
    refused = apache_refused(it.block.agents, it.block.open) if it.block else ""
    return (Part(f"{it.file}/voorbehoud.conf", render("server/apache.conf", it=it, refused=refused)),)


def htaccess(it: Sending) -> tuple[Part, ...]:
    """Give lines for the `.htaccess` in the root of the site."""
    return (Part(".htaccess", render("server/htaccess", it=it)),)


def caddy(it: Sending) -> tuple[Part, ...]:
    """Give directives for a site block."""
    return (Part(f"{it.file}/voorbehoud.caddy", render("server/Caddyfile", it=it)),)


def haproxy(it: Sending) -> tuple[Part, ...]:
    """Give lines for a `frontend`."""
    return (Part("haproxy.cfg", render("server/haproxy.cfg", it=it)),)


def lighttpd(it: Sending) -> tuple[Part, ...]:
    """Give lines for the end of lighttpd.conf, or for `$HTTP["host"]`."""
    return (Part(f"{it.file}/voorbehoud.conf", render("server/lighttpd.conf", it=it)),)


def varnish(it: Sending) -> tuple[Part, ...]:
    """Give subroutines to include before the maker's own."""
    return (Part("voorbehoud.vcl", render("server/varnish.vcl", it=it)),)


def traefik(it: Sending) -> tuple[Part, ...]:
    """Give middlewares for the file provider."""
    return (Part("voorbehoud.yml", render("server/traefik.yml", it=it)),)


def iis(it: Sending) -> tuple[Part, ...]:
    """Give a web.config.  Raises PublishError for an exception that IIS cannot name."""
    return (Part("web.config", render("server/web.config", it=it)),)


def openlitespeed(it: Sending) -> tuple[Part, ...]:
    """Give contexts for a virtual host."""
    return (Part("vhconf.conf", render("server/openlitespeed.conf", it=it)),)
