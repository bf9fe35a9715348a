"""Which origins people take for one site."""

from ipaddress import ip_address
from urllib.parse import urlsplit


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


def family(site: str) -> frozenset[str]:
    """Give the site itself and every twin, the twins of its twins included: whoever asks for one may be led to any other."""
    return frozenset({site, *twins(site), *(other for twin in twins(site) for other in twins(twin))})


def _is_name(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return "." in host
    return False
