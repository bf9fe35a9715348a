"""Which IP addresses may be connected to.

Asked by libcurl for every socket it is about to open, with the address after DNS: so redirects, names that change their
address between two look-ups, and odd spellings (`0x7f000001`, `2130706433`, `127.1`) all pass here.
"""

from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address

NAT64 = IPv6Network(
    "64:ff9b::/96"
)  # RFC 6052, section 2.1: the last 32 bits are the IPv4 address that is reached
NAT64_LOCAL = IPv6Network("64:ff9b:1::/48")  # RFC 8215: where the IPv4 address stands is up to the network
IPV4_COMPATIBLE = IPv6Network(
    "::/96"
)  # RFC 4291, section 2.5.5.1: deprecated, but some stacks still unpack it


def refusal(address: str, allow_private: bool) -> str | None:
    """Say why `address` (an IP address, as `getpeername` gives it) must not be connected to; None where it may be.

    `allow_private` opens loopback and the private networks, never link-local addresses (where clouds keep their secrets).
    """
    try:
        ip = ip_address(address.partition("%")[0])
    except ValueError:
        return f"{address} is not an IP address"
    real = reached(ip)
    if real is None or real.is_multicast or real.is_unspecified or real.is_link_local:
        return f"{address} is not the address of a site"
    if is_near(real):
        return None if allow_private else f"{address} is not a global address"
    return None if real.is_global else f"{address} is not a global address"


@lru_cache(maxsize=2_048)  # asked before every question, and a site has one address
def is_private(address: str | None) -> bool:
    """Tell whether an answer came from loopback or a private network."""
    if address is None:
        return False
    real = reached(ip_address(address.partition("%")[0]))
    return real is not None and is_near(real)


def is_near(ip: IPv4Address | IPv6Address) -> bool:
    """Tell loopback and private networks from the rest."""
    return ip.is_loopback or (ip.is_private and not ip.is_reserved)


def reached(ip: IPv4Address | IPv6Address) -> IPv4Address | IPv6Address | None:
    """Give the address that a packet to `ip` ends at: the IPv4 address inside for mapped, 6to4 and NAT64 ones.

    None where that cannot be known.
    """
    if isinstance(ip, IPv4Address):
        return ip
    if ip in NAT64_LOCAL or ip.is_site_local or ip.teredo is not None:
        return None
    if ip in NAT64 or (ip in IPV4_COMPATIBLE and int(ip) > 1):
        return IPv4Address(int(ip) & 0xFFFFFFFF)
    return ip.ipv4_mapped or ip.sixtofour or ip
