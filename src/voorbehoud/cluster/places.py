"""Where a site stands: its registrable domain and its addresses, so that two machines never visit one place together."""

import socket
from collections.abc import Callable, Collection, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from ipaddress import ip_address
from queue import Empty, SimpleQueue
from typing import Self
from urllib.parse import urlsplit

from publicsuffixlist import PublicSuffixList

from ..core.member import Member

AT_ONCE = 16
"""Names that are looked up at the same time: a resolver is somebody's server too."""

Find = Callable[[str], Collection[str]]
"""Gives the IP addresses of a host name; none where it has none.  Never raises."""


@dataclass(frozen=True, slots=True)
class Placed:
    """A member and every place that a visit of it touches: domains and addresses, of its media too."""

    member: Member
    places: frozenset[str]


def addresses(host: str) -> frozenset[str]:
    """Give the addresses of `host`, as the system finds them; none where it has none."""
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return frozenset()
    return frozenset(str(entry[4][0]) for entry in found)


def places_of(member: Member, find: Find = addresses) -> frozenset[str]:
    """Give the registrable domains and addresses of a member's site and media."""
    hosts = {urlsplit(origin).hostname or "" for origin in (member.site, *member.media)}
    return frozenset(place for host in hosts for place in _places_of_host(host, find))


def _places_of_host(host: str, find: Find) -> Iterator[str]:
    try:
        yield str(ip_address(host))
    except ValueError:
        yield domain_of(host)
        yield from find(host)


def domain_of(host: str) -> str:
    """Give what is registered: `a.b.example.co.uk` is of `example.co.uk`, and every shop of a builder is of the builder.

    So the private part of the public suffix list, which tells the customers of one builder apart, is left out.
    """
    return _suffixes().privatesuffix(host) or host


@cache
def _suffixes() -> PublicSuffixList:
    return PublicSuffixList(only_icann=True)


class Guide:
    """Looks up where members stand, a few names at a time, in threads of its own.  `open`: members not yet placed."""

    def __init__(self, find: Find = addresses) -> None:
        self._find = cache(find)
        self._threads = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="names")
        self._placed: SimpleQueue[Placed | Exception] = SimpleQueue()
        self.open = 0

    def ask(self, members: Iterable[Member]) -> None:
        for member in members:
            self.open += 1
            self._threads.submit(self._look_up, member)

    def found(self) -> Iterator[Placed]:
        """Yield the members that were placed by now.  A mistake of ours in a look-up is raised here: nobody waits for it."""
        with suppress(Empty):
            while True:
                placed = self._placed.get_nowait()
                if isinstance(placed, Exception):
                    raise placed
                self.open -= 1
                yield placed

    def _look_up(self, member: Member) -> None:
        try:
            self._placed.put(Placed(member, places_of(member, self._find)))
        except Exception as error:
            self._placed.put(error)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)
