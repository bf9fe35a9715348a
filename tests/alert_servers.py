"""Real servers on loopback that alerts are sent to: a mail server that can refuse in every way, and a program behind a webhook."""

import asyncio
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

SECRET = "geheim-é"  # noqa: S105
DROP = "drop"
"""In the place of a reply: the connection is cut."""


@dataclass
class Mailbox:
    """What a mail server took, and what it says: one reply after another for each address and each letter, then 250."""

    letters: list[tuple[tuple[str, ...], EmailMessage]] = field(default_factory=list)
    mail: list[str] = field(default_factory=list)
    rcpt: dict[str, list[str]] = field(default_factory=dict)
    data: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    connections: int = 0
    port: int = 0
    login: bool = False

    async def handle_MAIL(  # noqa: N802  aiosmtpd calls it by that name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self.login and not session.authenticated:
            return "530 5.7.0 log in first"
        envelope.mail_from = address
        return self.mail.pop(0) if self.mail else "250 OK"

    async def handle_RCPT(  # noqa: N802  aiosmtpd calls it by that name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        self.asked.append(address)
        replies = self.rcpt.get(address)
        reply = replies.pop(0) if replies else "250 OK"
        if reply.startswith("250"):
            envelope.rcpt_tos.append(address)
        return reply

    async def handle_DATA(  # noqa: N802  aiosmtpd calls it by that name
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        reply = self.data.pop(0) if self.data else "250 OK"
        if reply.startswith("250") or reply == DROP:  # cut after it was taken: the sender cannot know
            made = message_from_bytes(envelope.original_content or b"", policy=default)
            assert isinstance(made, EmailMessage)
            self.letters.append((tuple(envelope.rcpt_tos), made))
        if reply == DROP:
            assert isinstance(server.transport, asyncio.WriteTransport)
            server.transport.abort()
            await asyncio.sleep(3600)  # until the server notices
        return reply


def _check(server: SMTP, session: Session, envelope: Envelope, mechanism: str, given: Any) -> AuthResult:
    right = isinstance(given, LoginPassword) and (given.login, given.password) == (b"ict", SECRET.encode())
    return AuthResult(success=right, handled=False, message=None if right else "535 5.7.8 wrong password")


@contextmanager
def mail_server(
    *, starttls: ssl.SSLContext | None = None, tls: ssl.SSLContext | None = None, login: bool = False
) -> Iterator[Mailbox]:
    """Run a mail server; `starttls`: it is demanded, with this certificate."""
    box = Mailbox(login=login)
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()

    def one() -> SMTP:
        box.connections += 1
        return SMTP(
            box,
            hostname="mail.test",
            loop=loop,
            tls_context=starttls,
            require_starttls=starttls is not None,
            authenticator=_check if login else None,
            auth_require_tls=starttls is not None,
        )

    async def begin() -> asyncio.Server:
        return await loop.create_server(one, "127.0.0.1", 0, ssl=tls)

    async def end() -> None:
        server.close()
        rest = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in rest:
            task.cancel()
        await asyncio.gather(*rest, return_exceptions=True)

    server = asyncio.run_coroutine_threadsafe(begin(), loop).result(10)
    box.port = server.sockets[0].getsockname()[1]
    try:
        yield box
    finally:
        asyncio.run_coroutine_threadsafe(end(), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        loop.close()


@dataclass(frozen=True)
class Posted:
    path: str
    headers: dict[str, str]
    body: bytes


Act = Callable[[BaseHTTPRequestHandler], None]


@dataclass
class Hooks:
    """What a program was sent, and what it does: one act after another, then 204."""

    posted: list[Posted] = field(default_factory=list)
    acts: list[Act] = field(default_factory=list)
    port: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hook?token=geheim"


def status(code: int, body: bytes = b"", **fields: str) -> Act:
    def act(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(code)
        for name, value in fields.items():
            handler.send_header(name, value)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    return act


@contextmanager
def hook_server(tls: ssl.SSLContext | None = None) -> Iterator[Hooks]:
    hooks = Hooks()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            fields = {name.lower(): value for name, value in self.headers.items()}
            hooks.posted.append(Posted(self.path, fields, body))
            act = hooks.acts.pop(0) if hooks.acts else status(204)
            try:
                act(self)
            except OSError:  # the other side did not wait for the end
                self.close_connection = True

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    hooks.port = server.server_port
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield hooks
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
