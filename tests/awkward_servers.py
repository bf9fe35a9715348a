"""Servers on loopback that say exactly the bytes they are told to, however wrong: one thread serves them all.

A test module that names this one in `pytest_plugins` gets the fixture `farm`; `ask` puts questions to it.
PYTEST_DONT_REWRITE: the test modules import from here before pytest takes it for a plugin.
"""

import asyncio
import datetime
import ipaddress
import ssl
import threading
from collections.abc import Coroutine, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from voorbehoud.fetch.otherwise import PLAIN, Manner
from voorbehoud.fetch.settings import Settings
from voorbehoud.fetch.transport import Answer, Transport

OPT_OUT = "tdm-reservation"
NEAR = Settings(allow_private=True, otherwise=False)

T = TypeVar("T")


@dataclass(frozen=True)
class Reply:
    """Raw bytes, and what happens after them: the connection is kept, closed, reset, stalled, or never stops sending."""

    raw: bytes
    then: str = "keep"  # keep | close | reset | stall | endless | drip


def answer(body: bytes = b"", *fields: str, status: str = "200 OK") -> Reply:
    """Give a correct answer."""
    head = [f"HTTP/1.1 {status}", *fields, f"Content-Length: {len(body)}", "", ""]
    return Reply("\r\n".join(head).encode("latin-1") + body)


def page(html: str, *fields: str) -> Reply:
    return answer(html.encode(), "Content-Type: text/html", *fields)


def moved(location: str, status: str = "302 Found") -> Reply:
    return answer(b"over there", f"Location: {location}", status=status)


def _raw(*lines: bytes, body: bytes = b"hello", end: bytes = b"\r\n", then: str = "close") -> Reply:
    return Reply(end.join([*lines, b"", b""]) + body, then)


OK, YES, LENGTH = b"HTTP/1.1 200 OK", b"tdm-reservation: 1", b"Content-Length: 5"

FIFTEEN: Mapping[str, Reply] = {
    "duplicate": _raw(OK, YES, YES, LENGTH),
    "no-colon": _raw(OK, YES, b"this is no header", LENGTH),
    "folded": _raw(OK, b"X-Long: one", b"  two", YES, LENGTH),
    "latin-1": _raw(OK, b"X-Maker: Ren\xe9e", YES, LENGTH),
    "space-before-colon": _raw(OK, b"tdm-reservation : 1", LENGTH),
    "nul": _raw(OK, YES, b"X-Nul: a\0b", LENGTH),
    "103-first": Reply(
        b"HTTP/1.1 103 Early Hints\r\ntdm-reservation: 0\r\n\r\n" + _raw(OK, YES, LENGTH).raw, "close"
    ),
    "20-kb-header": _raw(OK, b"X-Big: " + b"x" * 20_000, YES, LENGTH),
    "600-headers": _raw(OK, *(b"X-%d: x" % number for number in range(600)), YES, LENGTH),
    "bare-lf": _raw(OK, YES, LENGTH, end=b"\n"),
    "no-phrase": _raw(b"HTTP/1.1 200", YES, LENGTH),
    "http-1.0": _raw(b"HTTP/1.0 200 OK", YES),
    "short-body": _raw(OK, YES, b"Content-Length: 50"),
    "false-gzip": _raw(OK, YES, b"Content-Encoding: gzip", LENGTH),
    "two-content-usage": _raw(OK, b"Content-Usage: train-ai=n", YES, b"Content-Usage: search=y", LENGTH),
}


class Farm:
    """Any number of sites, each an origin of its own.  `asked`: (origin, method, path, headers) of every request so far."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str, str, str]] = []
        self.connections: dict[str, int] = {}
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self._servers: list[asyncio.Server] = []
        self._talks: set[asyncio.Task[Any]] = set()

    def site(
        self,
        pages: Mapping[str, Reply],
        *,
        address: str = "127.0.0.1",
        tls: ssl.SSLContext | None = None,
    ) -> str:
        """Give the origin of a new site.  `pages` by path, with query; what is not there is a 404."""
        return self._do(self._open(pages, address, tls))

    def paths(self, origin: str) -> list[str]:
        """Give what was asked of a site, in order."""
        return [path for where, _, path, _ in self.asked if where == origin]

    async def _open(self, pages: Any, address: str, tls: ssl.SSLContext | None) -> str:
        origin = ""

        async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            task = asyncio.current_task()
            assert task is not None
            self._talks.add(task)
            self.connections[origin] += 1
            try:
                await self._talk(origin, pages, reader, writer)
            except (OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
                pass
            finally:
                self._talks.discard(task)
                writer.transport.abort()

        server = await asyncio.start_server(talk, address, 0, ssl=tls)
        self._servers.append(server)
        host = f"[{address}]" if ":" in address else address
        origin = f"http{'s' if tls else ''}://{host}:{server.sockets[0].getsockname()[1]}"
        self.connections[origin] = 0
        return origin

    async def _talk(
        self,
        origin: str,
        pages: Mapping[str, Reply],
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
    ) -> None:
        then = "keep"
        while then == "keep":
            first = await reader.readexactly(1)
            if first == b"\x16":  # a TLS handshake; nginx answers it like this too
                writer.write(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")
                await writer.drain()
                return
            request = (first + await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
            method, path, _ = request.split(" ", 2)
            self.asked.append((origin, method, path, request))
            reply = pages.get(path) or answer(b"no such thing", status="404 Not Found")
            then = reply.then
            writer.write(reply.raw)
            await writer.drain()
            while then == "endless":
                writer.write(b"# and so on\n" * 4096)
                await writer.drain()
            while then == "drip":
                writer.write(b"x")
                await asyncio.sleep(0.05)
            if then == "stall":
                await asyncio.sleep(60)
        if then == "close" and writer.can_write_eof():
            writer.write_eof()
            await reader.read()

    def _do(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(10)

    def close(self) -> None:
        self._do(self._close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    async def _close(self) -> None:
        for server in self._servers:
            server.close()
        for talk in tuple(self._talks):
            talk.cancel()
        await asyncio.gather(*self._talks, return_exceptions=True)


def certificate(
    folder: Path, name: str = "127.0.0.1", days: tuple[int, int] = (-1, 1)
) -> tuple[ssl.SSLContext, Path]:
    """Give a server's TLS with a self-signed certificate for an IP address or a host name, and the file to trust it by.

    `days`: from when to when it is valid, seen from today.
    """
    key = ec.generate_private_key(ec.SECP256R1())
    who = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    try:
        alternative: x509.GeneralName = x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        alternative = x509.DNSName(name)
    today = datetime.datetime.now(datetime.UTC)
    signed = (
        x509.CertificateBuilder()
        .subject_name(who)
        .issuer_name(who)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(today + datetime.timedelta(days=days[0]))
        .not_valid_after(today + datetime.timedelta(days=days[1]))
        .add_extension(x509.SubjectAlternativeName([alternative]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    file = folder / f"{name}.pem"
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    file.write_bytes(secret + signed.public_bytes(serialization.Encoding.PEM))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    return context, file


def ask(
    *urls: str, settings: Settings = NEAR, cap: int = 100_000, seconds: float = 5.0, manner: Manner = PLAIN
) -> list[Answer]:
    """Give the answers to `urls`, asked one after another through one transport."""

    async def run() -> list[Answer]:
        transport = Transport(settings)
        try:
            return [await transport.ask(url, cap=cap, seconds=seconds, manner=manner) for url in urls]
        finally:
            transport.close()

    return asyncio.run(run())


@pytest.fixture(scope="session")
def farm() -> Iterator[Farm]:
    farm = Farm()
    yield farm
    farm.close()
