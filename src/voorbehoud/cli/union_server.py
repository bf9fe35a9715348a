"""A process that serves all sites of the invented union: `python -m voorbehoud.cli.union_server COUNT`.

It listens on loopback only, at an address of its own for each site, tells the addresses as one line of JSON, and then serves the
week that each line of its input names.  It ends when its input does, so that it never outlives whoever started it.
"""

import asyncio
import json
import socket
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from http import HTTPStatus
from typing import IO, cast

from ..core.errors import UserError
from .union_sites import JPEG, MEDIA, PAGE_404, SITE, TYPES, Answering, Site, picture, union

LONGEST = 64 * 1024
QUEUE = 128
PATIENCE = 10


# ---- for whoever starts it -------------------------------------------------------------------------------------------
class UnionServer:
    """The running process.  `origins`: of each site, its own and (where it has one) that of its media."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process
        self.origins: tuple[tuple[str, ...], ...] = tuple(map(tuple, json.loads(self._line())))

    def week(self, number: int) -> None:
        """Return when every site answers as in that week, from 1."""
        to = cast(IO[str], self._process.stdin)
        to.write(f"{number}\n")
        to.flush()
        self._line()

    def _line(self) -> str:
        line = cast(IO[str], self._process.stdout).readline()
        if not line:
            raise UserError(
                "The example sites cannot be served: this system gives too few addresses or open files. "
                "Raise the limit (`ulimit -n 4096`), or ask for fewer with --sites."
            )
        return line


@contextmanager
def open_union(count: int) -> Iterator[UnionServer]:
    """Give a server of `count` sites; nothing of it is left running."""
    process = subprocess.Popen(  # noqa: S603  this Python, our own module
        [sys.executable, "-P", "-m", "voorbehoud.cli.union_server", str(count)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with process:
        try:
            yield UnionServer(process)
        finally:
            process.kill()


# ---- the process -----------------------------------------------------------------------------------------------------
class _Origin:
    """One address, and who answers there."""

    def __init__(self, site: Site, media: bool) -> None:
        self._site = site
        self._media = media
        self._here, listening = _listen(site)
        self._listening: socket.socket | None = listening
        self._server: asyncio.Server | None = None
        self._week = site.kind.weeks[0]
        self._fill: tuple[tuple[bytes, bytes], ...] = ()

    @property
    def origin(self) -> str:
        return f"http://{self._here[0]}:{self._here[1]}"

    def knows(self, site: str, media: str) -> None:
        self._fill = (
            (SITE, site.encode()),
            (MEDIA, media.encode()),
            (b"NAME", self._site.name.encode()),
        )

    async def serve(self, week: Answering) -> None:
        self._week = week
        if week.closed:
            if self._server is not None:
                self._server.close()
                self._server = None
            if self._listening is not None:
                self._listening.close()
                self._listening = None
        elif self._server is None:
            listening = self._listening or socket.create_server(self._here, backlog=QUEUE)
            self._server = await asyncio.start_server(self._talk, sock=listening, limit=LONGEST)

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError, ValueError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
                method, target, *_ = head.split(" ", 2)
                if self._week.delay:
                    await asyncio.sleep(self._week.delay)
                writer.write(self._answer(method, target.partition("?")[0], head))
                await writer.drain()
        writer.close()

    def _answer(self, method: str, path: str, head: str) -> bytes:
        week = self._week
        status, media_type, body = HTTPStatus.NOT_FOUND, TYPES["html"], PAGE_404
        if week.status != HTTPStatus.OK and week.only_for in head.lower():
            status = HTTPStatus(week.status)
        elif path.endswith(".jpg"):
            status, media_type, body = HTTPStatus.OK, JPEG, picture(path)
        elif not self._media and (path in week.files or week.shell):
            known = path in week.files
            status, body = HTTPStatus.OK, week.files[path if known else "/"]
            media_type = TYPES.get(path.rpartition(".")[2], TYPES["html"]) if known else TYPES["html"]
            for ours, theirs in self._fill:
                body = body.replace(ours, theirs)
        headers = "" if self._media else "".join(f"{name}: {value}\r\n" for name, value in week.headers)
        for ours, theirs in self._fill:
            headers = headers.replace(ours.decode(), theirs.decode())
        top = (
            f"HTTP/1.1 {status.value} {status.phrase}\r\nContent-Type: {media_type}\r\n"
            f"Content-Length: {len(body)}\r\n{headers}\r\n"
        )
        return top.encode("latin-1") + (b"" if method == "HEAD" else body)


def _listen(site: Site) -> tuple[tuple[str, int], socket.socket]:
    """Give a free place at an address of the site's own in the network of its company; 127.0.0.1 where a system has no other."""
    for address in (f"127.0.{site.kind.company}.{1 + site.number % 250}", "127.0.0.1"):
        with suppress(OSError):
            found = socket.create_server((address, 0), backlog=QUEUE)
            return (address, found.getsockname()[1]), found
    raise OSError("no address left")


async def _run(sites: Sequence[Site]) -> None:
    origins = [
        (_Origin(site, media=False), _Origin(site, media=True) if site.kind.has_media else None)
        for site in sites
    ]
    for own, media in origins:
        for each in filter(None, (own, media)):
            each.knows(own.origin, media.origin if media else own.origin)
    _say(json.dumps([[each.origin for each in pair if each is not None] for pair in origins]))
    while line := await asyncio.to_thread(sys.stdin.readline):
        for site, pair in zip(sites, origins, strict=True):
            for each in filter(None, pair):
                await each.serve(site.kind.weeks[int(line) - 1])
        _say("ready")


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def main() -> None:
    """Serve until the input ends."""
    if sys.platform != "win32":
        import resource

        most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
        with suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    asyncio.run(_run(union(int(sys.argv[1]))))


if __name__ == "__main__":
    main()
