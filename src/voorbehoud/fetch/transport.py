"""One question to one server at a time, many servers at once: libcurl's multi interface on the asyncio loop."""

import asyncio
import re
import socket
import ssl
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pycurl

from ..core.evidence import Failure
from . import guard
from .otherwise import PLAIN, Manner
from .settings import Settings

FAILURES = {
    pycurl.E_COULDNT_RESOLVE_HOST: Failure.DNS,
    pycurl.E_COULDNT_CONNECT: Failure.CONNECT,
    pycurl.E_OPERATION_TIMEDOUT: Failure.TIMEOUT,
    pycurl.E_GOT_NOTHING: Failure.RESET,
    pycurl.E_SEND_ERROR: Failure.RESET,
    pycurl.E_RECV_ERROR: Failure.RESET,
    pycurl.E_PARTIAL_FILE: Failure.RESET,
    92: Failure.RESET,  # CURLE_HTTP2_STREAM, for which pycurl has no name
    pycurl.E_SSL_CONNECT_ERROR: Failure.TLS,
    pycurl.E_SSL_CERTPROBLEM: Failure.TLS,
    pycurl.E_SSL_CIPHER: Failure.TLS,
    pycurl.E_SSL_ISSUER_ERROR: Failure.TLS,
    pycurl.E_PEER_FAILED_VERIFICATION: Failure.TLS,
}
"""Every other error of libcurl's is about an answer that it cannot read: GARBLED."""

_TOOK = re.compile(r" after \d+ ms| after \d+ milliseconds")
"""How long it took to fail differs each time, and the failure is the same."""

CONNECTIONS = 2
"""Connections kept for each visit that is under way: its own, and one to wherever else it looks."""

NAMES_KEPT = 10
"""Seconds that the address of a name is remembered: libcurl looks through all of them after every request."""

RAW_ALLOWANCE = 1024 * 1024
"""Bytes on the wire beyond the cap of a body: only padding that decodes to nothing can need them."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back for one request; redirects are answers too.  The fields mean what they mean in `Capture`."""

    status: int | None
    headers: tuple[tuple[str, str], ...]
    body: bytes
    seconds: float
    truncated: bool = False
    failure: Failure | None = None
    detail: str = ""
    address: str | None = None
    tls: str | None = None


@dataclass(slots=True)
class _Crowd:
    """Those who ask one origin at the moment, or wait for their turn."""

    turns: asyncio.Semaphore
    number: int = 0


class Transport:
    """Asks servers.  Belongs to the running loop; `close()` it there.

    Connections are kept for the next request to the same origin, and closed when more are open than the visits need.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._loop = asyncio.get_running_loop()
        self._timer: asyncio.TimerHandle | None = None
        self._due: float | None = None
        self._watched: dict[int, int] = {}
        self._waiting: dict[pycurl.Curl, asyncio.Future[tuple[int, str]]] = {}
        self._free: dict[tuple[Manner, bool], list[_Asker]] = {}
        self._distrusted: dict[str, str] = {}
        self._crowds: dict[str, _Crowd] = {}
        self._authorities = settings.ca_file or system_authorities()
        self._multi = pycurl.CurlMulti()
        self._multi.setopt(pycurl.M_SOCKETFUNCTION, self._watch)
        self._multi.setopt(pycurl.M_TIMERFUNCTION, self._set_timer)
        self._visits = 0

    @contextmanager
    def visiting(self) -> Iterator[None]:
        """Keep connections for one more visit as long as it lasts; the ones that were idle longest make room."""
        self._keep_for(self._visits + 1)
        try:
            yield
        finally:
            self._keep_for(self._visits - 1)

    def _keep_for(self, visits: int) -> None:
        self._visits = visits
        self._multi.setopt(pycurl.M_MAXCONNECTS, CONNECTIONS * max(1, visits))

    async def ask(self, url: str, *, cap: int, seconds: float, manner: Manner = PLAIN) -> Answer:
        """Give the answer to one request within `seconds`; redirects are not followed.  Never raises because of a server.

        At most `per_address` questions are open at one origin, whoever asks: where all visits want one picture of somebody's
        small server, they wait, again up to `seconds`, and then give up.  `url`: in wire form.  At most `cap` bytes of the body are kept, after decoding.
        A certificate that cannot be trusted is told in `tls`, and the answer is taken all the same: what it says must be
        judged, and the verdict must say that nobody needs to believe it.
        """
        origin = "/".join(url.split("/", 3)[:3])
        crowd = self._crowds.setdefault(origin, _Crowd(asyncio.Semaphore(self._settings.per_address)))
        crowd.number += 1
        try:
            if crowd.turns.locked():
                await asyncio.wait_for(crowd.turns.acquire(), seconds)
            else:
                await crowd.turns.acquire()
        except TimeoutError:
            words = f"so many other visits ask {origin} that there was no turn for this one"
            return Answer(None, (), b"", seconds, failure=Failure.GAVE_UP, detail=words)
        else:
            try:
                return await self._trusting_or_not(origin, url, cap, seconds, manner)
            finally:
                crowd.turns.release()
        finally:
            crowd.number -= 1
            if not crowd.number:
                del self._crowds[origin]

    async def _trusting_or_not(
        self, origin: str, url: str, cap: int, seconds: float, manner: Manner
    ) -> Answer:
        if origin not in self._distrusted:
            answer = await self._once(url, cap, seconds, manner, distrusted=None)
            if answer.failure is not Failure.TLS or answer.tls is None:
                return answer
            self._distrusted[origin] = answer.tls
        return await self._once(url, cap, seconds, manner, distrusted=self._distrusted[origin])

    async def _once(
        self, url: str, cap: int, seconds: float, manner: Manner, distrusted: str | None
    ) -> Answer:
        free = self._free.setdefault((manner, distrusted is not None), [])
        asker = (
            free.pop()
            if free
            else _Asker(self._settings, self._authorities, manner, trusting=distrusted is not None)
        )
        handle = asker.begin(url, cap, seconds)
        done: asyncio.Future[tuple[int, str]] = self._loop.create_future()
        self._waiting[handle] = done
        try:
            self._multi.add_handle(handle)
            self._act(pycurl.SOCKET_TIMEOUT, 0)  # it would only wait for a timer that is due at once
            error, words = await done
            answer = _answer(handle, asker.reader, error, words, asker.door.refused, distrusted)
        finally:
            del self._waiting[handle]
            self._multi.remove_handle(handle)
            asker.door.close()
        free.append(asker)
        return answer

    # ---- libcurl tells which sockets and which timer it waits for; the loop tells when ---------------------------------
    def _watch(self, what: int, fd: int, _multi: object, _data: object) -> None:
        before = self._watched.get(fd, pycurl.POLL_NONE)
        after = what & pycurl.POLL_INOUT if what != pycurl.POLL_REMOVE else pycurl.POLL_NONE
        if before & ~after & pycurl.POLL_IN:
            self._loop.remove_reader(fd)
        if before & ~after & pycurl.POLL_OUT:
            self._loop.remove_writer(fd)
        if after & ~before & pycurl.POLL_IN:
            self._loop.add_reader(fd, self._act, fd, pycurl.CSELECT_IN)
        if after & ~before & pycurl.POLL_OUT:
            self._loop.add_writer(fd, self._act, fd, pycurl.CSELECT_OUT)
        if after:
            self._watched[fd] = after
        else:
            self._watched.pop(fd, None)

    def _set_timer(self, milliseconds: int) -> None:
        # Never act in here: libcurl is in the middle of a call (CURLMOPT_TIMERFUNCTION).
        self._due = None if milliseconds < 0 else self._loop.time() + milliseconds / 1000

    def _act(self, fd: int, event: int) -> None:
        self._multi.socket_action(fd, event)
        more = 1
        while more:
            more, fine, broken = self._multi.info_read()
            for handle in fine:
                self._settle(handle, pycurl.E_OK, "")
            for handle, error, words in broken:
                self._settle(handle, error, words)
        # Nearly every request puts the time off that the one before it had set: one that rings early looks again.
        if self._due is not None and (self._timer is None or self._due < self._timer.when()):
            if self._timer is not None:
                self._timer.cancel()
            self._timer = self._loop.call_at(self._due, self._ring)

    def _ring(self) -> None:
        self._timer = None
        if self._due is None:
            return
        if self._due > self._loop.time():
            self._timer = self._loop.call_at(self._due, self._ring)
            return
        self._due = None
        self._act(pycurl.SOCKET_TIMEOUT, 0)

    def _settle(self, handle: pycurl.Curl, error: int, words: str) -> None:
        done = self._waiting[handle]
        if not done.done():
            done.set_result((error, words))

    def close(self) -> None:
        """Close every connection."""
        if self._timer is not None:
            self._timer.cancel()
        self._multi.close()


class _Asker:
    """A handle of libcurl's with what it hands over to, for questions of one manner: all but the address is set once."""

    def __init__(
        self, settings: Settings, authorities: str | None, manner: Manner, *, trusting: bool
    ) -> None:
        self.reader = _Reader(settings.header_bytes)
        self.door = _Door(settings.allow_private)
        self._handle = pycurl.Curl()
        self._seconds = 0.0
        self._connect_seconds = settings.connect_seconds
        option = self._handle.setopt
        option(pycurl.PATH_AS_IS, 1)  # robots.txt was asked about exactly this path
        option(pycurl.PROTOCOLS, pycurl.PROTO_HTTP | pycurl.PROTO_HTTPS)
        option(pycurl.HTTP09_ALLOWED, 0)
        option(pycurl.PROXY, "")  # the environment's proxy would connect on our behalf, past the guard
        option(pycurl.USERAGENT, manner.reader or settings.agent)
        # Whatever this libcurl can decode; a part of what is packed nobody can.
        option(pycurl.ACCEPT_ENCODING, "identity" if manner.last else "")
        option(pycurl.NOSIGNAL, 1)
        option(pycurl.DNS_CACHE_TIMEOUT, NAMES_KEPT)
        option(pycurl.NOPROGRESS, 0)
        option(pycurl.HEADERFUNCTION, self.reader.header)
        option(pycurl.WRITEFUNCTION, self.reader.write)
        option(pycurl.XFERINFOFUNCTION, self.reader.progress)
        option(pycurl.OPENSOCKETFUNCTION, self.door.open)
        if manner.method == "HEAD":
            option(pycurl.NOBODY, 1)
        if manner.last:
            option(pycurl.RANGE, f"-{manner.last}")
        if trusting:
            option(pycurl.SSL_VERIFYPEER, 0)
            option(pycurl.SSL_VERIFYHOST, 0)
        elif authorities is not None:
            option(pycurl.CAINFO, authorities)
        else:
            option(pycurl.SSL_OPTIONS, pycurl.SSLOPT_NATIVE_CA)

    def begin(self, url: str, cap: int, seconds: float) -> pycurl.Curl:
        """Give the handle, ready to ask for `url`."""
        self.reader.begin(cap)
        self.door.refused.clear()
        option = self._handle.setopt
        option(pycurl.URL, url)
        if seconds != self._seconds:
            self._seconds = seconds
            option(pycurl.TIMEOUT_MS, max(1, round(seconds * 1000)))
            option(pycurl.CONNECTTIMEOUT_MS, max(1, round(min(seconds, self._connect_seconds) * 1000)))
        return self._handle


class _Door:
    """Opens the sockets of one request, to addresses that the guard lets through."""

    def __init__(self, allow_private: bool) -> None:
        self.refused: list[str] = []
        self._allow_private = allow_private
        self._opened: list[socket.socket] = []

    def open(self, _purpose: int, address: Any) -> socket.socket | int:
        reason = guard.refusal(address.addr[0], self._allow_private)
        if reason is not None:
            self.refused.append(reason)
            return pycurl.SOCKET_BAD
        try:
            opened = socket.socket(address.family, address.socktype, address.protocol)
        except OSError:  # no IPv6 on this machine: libcurl tries the next address
            return pycurl.SOCKET_BAD
        self._opened.append(opened)
        return opened

    def close(self) -> None:
        """Close our ends; libcurl goes on with duplicates of its own, and may keep those for the next request."""
        while self._opened:
            self._opened.pop().close()


class _Reader:
    """Takes in what libcurl hands over, and tells it to stop when that is enough."""

    def __init__(self, header_cap: int) -> None:
        self._header_cap = header_cap

    def begin(self, cap: int) -> None:
        """Forget the answer before."""
        self.status: int | None = None
        self.lines: list[bytes] = []
        self.complete = False
        self.pieces: list[bytes] = []
        self.truncated = False
        self.overlong = False
        self._room = cap
        self._raw_room = cap + RAW_ALLOWANCE
        self._header_room = self._header_cap

    def header(self, line: bytes) -> int | None:
        self._header_room -= len(line)
        if self._header_room < 0:
            self.overlong = True
            return 0
        if self.complete:
            return None  # a trailer, after the body: no header field (RFC 9110, section 6.5.1)
        line = line.rstrip(b"\r\n")
        if line:
            if not self.lines:
                self.status = _status(line)
            self.lines.append(line)
        elif self.status is not None and self.status >= 200:
            self.complete = True
        else:
            self.status = None
            self.lines.clear()  # 100 and 103 announce the answer, they are not it (RFC 9110, section 15.2)
        return None

    def write(self, piece: bytes) -> int | None:
        self.pieces.append(piece[: self._room])
        if len(piece) > self._room:
            self._room = 0
            self.truncated = True
            return 0
        self._room -= len(piece)
        return None

    def progress(self, _total: int, received: int, _up_total: int, _sent: int) -> int | None:
        if received > self._raw_room:
            self.truncated = True
            return 1
        return None


def _status(line: bytes) -> int | None:
    words = line.split(None, 2)
    return int(words[1]) if len(words) > 1 and words[1].isdigit() else None


def _answer(
    handle: pycurl.Curl, reader: _Reader, error: int, words: str, refused: list[str], distrusted: str | None
) -> Answer:
    fields, odd = fields_of(reader.lines[1:])
    failure, detail = None, f"{odd} header lines without a colon" if odd else ""
    if reader.overlong:
        failure, detail = Failure.GARBLED, "the headers do not end"
    elif error != pycurl.E_OK and not reader.truncated:
        failure, detail = (
            FAILURES.get(error, Failure.GARBLED),
            _TOOK.sub("", words) or f"libcurl error {error}",
        )
        if failure is Failure.CONNECT and refused:
            failure, detail = Failure.FORBIDDEN_ADDRESS, refused[-1]
    elif not reader.complete:
        # libcurl takes what it has for an answer: one that says nothing, where the server was about to.
        failure, detail = Failure.RESET, "the connection was closed before the headers were whole"
    tls = distrusted
    if error == pycurl.E_PEER_FAILED_VERIFICATION:
        tls = detail
    elif tls is None and reader.status is not None and handle.getinfo(pycurl.SCHEME).lower() == "https":
        tls = "ok"
    return Answer(
        status=reader.status,
        headers=fields,
        body=b"".join(reader.pieces),
        seconds=handle.getinfo(pycurl.TOTAL_TIME),
        truncated=reader.truncated,
        failure=failure,
        detail=detail,
        address=handle.getinfo(pycurl.PRIMARY_IP) or None,
        tls=tls,
    )


def fields_of(lines: list[bytes]) -> tuple[tuple[tuple[str, str], ...], int]:
    """Give the header fields of one answer, as received and in order, and the number of lines that are none.

    `lines`: without the status line and line ends.  A folded line belongs to the one before it (RFC 9112, section 5.2).
    """
    fields: list[tuple[str, str]] = []
    odd = 0
    for line in lines:
        text = line.decode("latin-1")
        if text[:1] in {" ", "\t"} and fields:
            name, value = fields[-1]
            fields[-1] = (name, value + " " + text.strip(" \t"))
            continue
        name, colon, value = text.partition(":")
        if colon:
            fields.append((name, value.strip(" \t")))
        else:
            odd += 1
    return tuple(fields), odd


def system_authorities() -> str | None:
    """Give the file of certificate authorities that this system trusts; None where the system keeps them elsewhere.

    The wheels of pycurl look where Red Hat keeps it, which is not where Debian does.
    """
    found = ssl.get_default_verify_paths().cafile
    if found is not None or sys.platform in {"win32", "darwin"}:
        return found
    usual = ("/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/cert.pem")
    return next((path for path in usual if Path(path).exists()), None)
