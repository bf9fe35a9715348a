"""Servers that are far away: the files of the farm, each answer 150 to 250 ms late, every address 127.x.y.z a site."""

import asyncio
import random
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from ipaddress import IPv4Address
from pathlib import Path

from .farm import SITE, files

TYPES = {"html": "text/html", "txt": "text/plain", "json": "application/json", "xml": "application/rsl+xml"}


@dataclass(slots=True)
class Distant:
    """Sites far away, to be used as a Farm is."""

    sites: tuple[str, ...] = ()
    authorities: Path | None = None
    count: int = 0
    chance: random.Random = field(default_factory=lambda: random.Random(1))

    def requests(self) -> int:
        return self.count


_TALKS: set[asyncio.WriteTransport] = set()


class _Talk(asyncio.Protocol):
    def __init__(self, far: Distant, answers: dict[str, tuple[bytes, bytes]]) -> None:
        self._far = far
        self._answers = answers
        self._read = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.WriteTransport)  # noqa: S101 (TCP)
        self._transport = transport
        _TALKS.add(transport)
        address, port = transport.get_extra_info("sockname")[:2]
        self._site = f"{address}:{port}".encode()

    def connection_lost(self, _: Exception | None) -> None:
        _TALKS.discard(self._transport)

    def data_received(self, data: bytes) -> None:
        self._read += data
        while b"\r\n\r\n" in self._read:
            request, _, self._read = self._read.partition(b"\r\n\r\n")
            method, path, _ = request.split(b" ", 2)
            self._far.count += 1
            late = self._far.chance.uniform(0.15, 0.25)
            asyncio.get_running_loop().call_later(late, self._answer, path.decode(), method == b"HEAD")

    def _answer(self, path: str, only_head: bool) -> None:
        status, media_type, body = b"200 OK", b"text/html", b""
        if path in self._answers:
            media_type, body = self._answers[path]
            body = body.replace(SITE.encode(), self._site)
        else:
            status = b"404 Not Found"
        head = b"HTTP/1.1 %s\r\nContent-Type: %s\r\nContent-Length: %d\r\n\r\n" % (
            status,
            media_type,
            len(body),
        )
        if not self._transport.is_closing():
            self._transport.write(head if only_head else head + body)


@contextmanager
def distant(number: int) -> Iterator[Distant]:
    """Serve `number` sites as long as it lasts, from a thread of this process."""
    far = Distant()
    answers = {
        ("/" if name == "index.html" else f"/{name}"): (TYPES[name.rpartition(".")[2]].encode(), body)
        for name, body in files("http").items()
    }
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    opened = loop.create_server(lambda: _Talk(far, answers), "0.0.0.0", 0, backlog=4096)  # noqa: S104 (all of 127.x.y.z)
    server = asyncio.run_coroutine_threadsafe(opened, loop).result(10)
    port = server.sockets[0].getsockname()[1]
    far.sites = tuple(f"http://{IPv4Address('127.1.0.1') + n}:{port}" for n in range(number))
    try:
        yield far
    finally:
        asyncio.run_coroutine_threadsafe(_close(server), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        loop.close()


async def _close(server: asyncio.Server) -> None:
    server.close()
    for talk in _TALKS.copy():
        talk.abort()
    await asyncio.sleep(0)  # their ends are told in the next round of the loop
