"""Where sites wait for their turn: never more open at once than this machine keeps up with, and few at one address.

Thousands of sites can stand at one address of a site builder.  To visit them together would be an attack, so an address has
a few sites open at a time and a pause between two of them; whoever waits for that holds up nobody else.
"""

import asyncio
import socket
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine, Iterable
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from ipaddress import ip_address
from time import process_time
from typing import Any
from urllib.parse import urlsplit

from ..core.evidence import Capture
from .address import wire_form
from .guard import is_private
from .settings import Settings
from .visit import SiteRequest

Resolve = Callable[[str], Awaitable[str | None]]
"""Gives the IP address of a host name; None where it has none."""

FIRST = 16
"""Sites that are open at once before it is known what this machine and its line can do."""

OFTEN = 0.25
"""Seconds between two looks at how this process keeps up."""

LATE = 1.0
"""Seconds that the loop may be late; an answer that lies unread much longer looks like a time-out."""

BUSY = 0.9
"""Share of a processor; who needs that much gains nothing by more open sites, and would lose more when it is killed."""

IDLE = 0.5
"""Share of a processor; who needs less than that has room for an eighth more sites at the next look."""


REST, LONGEST_REST = 10.0, 30.0
"""Seconds of peace for an address that says that it is asked too often, and the most that it can have for each site."""


def rest_wanted(captures: Iterable[Capture], address: str) -> float:
    """Give the seconds that the server at `address` wants no further site visited there: it answered 429, or 503 and a time.

    Source: RFC 6585, section 4; RFC 9110, section 10.2.3.
    """
    return max((_rest(c) for c in captures if address and c.address == address), default=0.0)


def _rest(capture: Capture) -> float:
    if capture.status not in {HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE}:
        return 0.0
    word = next(iter(capture.field("retry-after")), "")
    if not word and capture.status == HTTPStatus.SERVICE_UNAVAILABLE:
        return 0.0
    if word.isascii() and word.isdigit():
        wanted = float(word[:9])
    else:
        try:
            wanted = (parsedate_to_datetime(word) - capture.at).total_seconds()
        except (ValueError, TypeError, OverflowError):  # no date, or one without a time zone
            wanted = REST
    return min(max(wanted, REST), LONGEST_REST)


async def resolve(host: str) -> str | None:
    """Give the first address of `host`, as the system finds it; None where it has none.  Never raises."""
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return None
    return str(found[0][4][0]) if found else None


class Lobby:
    """Takes sites in from `take` (None: there are no more) and lets them out when they may be visited.

    At most `settings.lobby` sites wait for their address; then nobody is taken in until some of them had their turn.
    """

    def __init__(
        self, take: Callable[[], Awaitable[SiteRequest | None]], settings: Settings, find: Resolve = resolve
    ) -> None:
        self._take = take
        self._settings = settings
        self._find = find
        self._most = min(FIRST, settings.concurrency)
        self._grows = True
        self._waiting: dict[str, deque[SiteRequest]] = {}
        self._ready: deque[tuple[SiteRequest, str]] = deque()
        self._inside: dict[str, int] = {}
        self._open = 0
        self._looked_up = 0
        self._waits = 0
        self._ended = False
        self._change = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()
        self._error: BaseException | None = None

    async def next(self) -> tuple[SiteRequest, str] | None:
        """Give the next site that may be visited now, and its address (empty where it has none); None when all have been."""
        if not self._tasks and not self._ended:
            self._start(self._watch())
            self._start(self._fill())
        while True:
            self._change.clear()
            if self._error is not None:
                raise self._error
            if self._open < self._most and self._ready:
                self._open += 1
                self._change.set()
                return self._ready.popleft()
            if self._ended and not (self._ready or self._waits or self._looked_up):
                self.close()
                return None
            await self._change.wait()

    def leave(self, address: str, rest: float = 0.0) -> None:
        """Say that the visit of a site at `address` is over, so that another one may begin, after `rest` seconds at least."""
        self._open -= 1
        if self._grows and self._most < self._settings.concurrency:
            self._most += 1
        if not address:
            pass
        elif (pause := max(self._settings.address_pause, rest)) and not is_private(address):
            asyncio.get_running_loop().call_later(pause, self._make_room, address)
        else:
            self._make_room(address)
        self._change.set()

    def close(self) -> None:
        """Stop taking sites in."""
        for task in self._tasks:
            task.cancel()

    # ---- taking in ---------------------------------------------------------------------------------------------------
    async def _fill(self) -> None:
        while True:
            while self._full():
                self._change.clear()
                await self._change.wait()
            site = await self._take()
            if site is None:
                self._ended = True
                self._change.set()
                return
            host = urlsplit(wire_form(site.site)).hostname or ""
            if _is_address(host):
                self._sort_in(site, host)
            else:
                self._looked_up += 1
                self._start(self._look_up(site, host))

    def _full(self) -> bool:
        at_the_door = len(self._ready) + self._looked_up
        return at_the_door >= max(1, self._most - self._open) or self._waits >= self._settings.lobby

    async def _look_up(self, site: SiteRequest, host: str) -> None:
        try:
            address = await self._find(host)
        finally:
            self._looked_up -= 1
        self._sort_in(site, address or "")

    def _sort_in(self, site: SiteRequest, address: str) -> None:
        if address and self._inside.get(address, 0) >= self._settings.per_address:
            self._waiting.setdefault(address, deque()).append(site)
            self._waits += 1
        else:
            self._let_in(site, address)
        self._change.set()

    def _let_in(self, site: SiteRequest, address: str) -> None:
        if address:
            self._inside[address] = self._inside.get(address, 0) + 1
        self._ready.append((site, address))

    def _make_room(self, address: str) -> None:
        self._inside[address] -= 1
        queue = self._waiting.get(address)
        if queue:
            self._waits -= 1
            self._let_in(queue.popleft(), address)
        if not queue:
            self._waiting.pop(address, None)
            if not self._inside[address]:
                del self._inside[address]
        self._change.set()

    # ---- keeping up --------------------------------------------------------------------------------------------------
    async def _watch(self) -> None:
        """Open more sites where a processor idles, no more where it is busy, and fewer where the loop falls behind.

        Not only as others end: a visit takes ten seconds of waiting, and a list of a few hundred would be over before.
        """
        loop = asyncio.get_running_loop()
        while True:
            began, used = loop.time(), process_time()
            await asyncio.sleep(OFTEN)
            took = loop.time() - began
            share = (process_time() - used) / took
            self._grows = share < BUSY
            if took > OFTEN + LATE:
                self._most = max(min(FIRST, self._settings.concurrency), self._most // 2)
            elif share < IDLE and took < OFTEN + LATE / 4 and self._open >= self._most:
                self._most = min(self._settings.concurrency, self._most + self._most // 8 + 1)
                self._change.set()

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended_task)

    def _ended_task(self, task: "asyncio.Task[None]") -> None:
        self._tasks.discard(task)
        if not task.cancelled() and task.exception() is not None:
            self._error = task.exception()
            self._change.set()


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True
