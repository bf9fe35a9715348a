"""The network that an address belongs to: as much as a store knows of the company that hosts a site."""

from functools import lru_cache
from ipaddress import ip_address, ip_network

PREFIX = {4: 24, 6: 48}
"""Bits that addresses of one hosting company usually share; what is announced on the Internet is no smaller."""


@lru_cache(maxsize=65_536)  # thousands of sites share a few addresses
def network(address: str | None) -> str:
    """Give the network of an address, `192.0.2.0/24` or `2001:db8:1::/48`; empty where there is no address."""
    if not address:
        return ""
    try:
        known = ip_address(address.partition("%")[0])
    except ValueError:
        return ""
    if known.version == 6 and known.ipv4_mapped is not None:
        known = known.ipv4_mapped
    return str(ip_network(f"{known}/{PREFIX[known.version]}", strict=False))
