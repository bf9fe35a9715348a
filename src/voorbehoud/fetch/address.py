"""From an address as people and servers write it to the one that is asked for."""

import re
from contextlib import suppress
from urllib.parse import quote, urljoin, urlsplit

import idna

from ..core.evidence import origin_of

SAFE = "%!$&'()*+,;=:@/?~-._[]|"
"""What stays as it is in a path or query; the rest is percent-encoded (RFC 3986, section 2)."""

_HOST = re.compile(r"[a-z0-9._-]+|[0-9a-f:.]+")

_DOTS = re.compile("[.。．｡]")  # UTS 46, section 4: all of these separate labels


def wire_form(url: str) -> str:
    """Give `url` in ASCII: host in punycode, path and query percent-encoded, without user name and fragment.

    Raises ValueError where it is no absolute http or https URL that could be asked for.
    """
    parts = urlsplit(url.strip())
    host = parts.hostname or ""
    if not host.isascii():  # label by label: an underscore, which idna refuses, may stand in another one
        host = ".".join(map(_punycode, _DOTS.split(host)))
    if not _HOST.fullmatch(host):
        raise ValueError(f"not the name of a host: {host!r}")
    port = "" if parts.port is None else f":{parts.port}"
    origin = origin_of(f"{parts.scheme}://" + (f"[{host}]" if ":" in host else host) + port)
    path = quote(parts.path or "/", safe=SAFE)
    return f"{origin}{path}" + (f"?{quote(parts.query, safe=SAFE)}" if parts.query else "")


def _punycode(label: str) -> str:
    return label if label.isascii() else idna.encode(label, uts46=True).decode("ascii")


def redirected(base: str, location: str) -> str:
    """Give the address that a Location field sends to, in wire form.  Raises ValueError where that is no web address.

    `location` is decoded as latin-1, as all header fields are, though servers often send UTF-8 in it.
    """
    with suppress(UnicodeError):
        location = location.encode("latin-1").decode("utf-8")
    return wire_form(urljoin(base, location.strip()))
