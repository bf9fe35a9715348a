"""The same questions put in other ways: by other readers, with HEAD, and at the site's twins.

A reservation that only our own crawler gets to see is none: it has to be there for everyone, named or not.
Every reader says that it is us; none carries the name of somebody else's agent.
"""

from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import urlsplit


@dataclass(frozen=True, slots=True)
class Manner:
    """How something is asked.  `reader`: the User-Agent; None: our own."""

    method: str = "GET"
    reader: str | None = None


PLAIN = Manner()
HEAD = Manner(method="HEAD")


def readers(agent: str) -> tuple[Manner, ...]:
    """Give the other readers that `agent`, our User-Agent, also asks as: one like a browser, one of a kind that no list has."""
    return (
        Manner(reader=f"Mozilla/5.0 (compatible; {agent})"),
        Manner(reader=f"some-reader/1.0 (asked by {agent})"),
    )


def twins(site: str) -> tuple[str, ...]:
    """Give the origins that people take for the same site: the other scheme, and with or without `www.`.

    Empty for an address with a port or an IP address for a name: nobody mistakes those for anything else.
    """
    parts = urlsplit(site)
    host = parts.hostname or ""
    if parts.port is not None or not _is_name(host):
        return ()
    other = host.removeprefix("www.") if host.startswith("www.") else f"www.{host}"
    scheme = {"http": "https", "https": "http"}[parts.scheme]
    return (f"{scheme}://{host}", f"{parts.scheme}://{other}")


def _is_name(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return "." in host
    return False
