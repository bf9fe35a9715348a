"""A mail server on loopback that keeps what it is given: enough SMTP (RFC 5321) for our own alerts, not for the open network."""

import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage

LONGEST = 64 * 1024


class PostBox(socketserver.ThreadingTCPServer):
    """`letters`: what came, in the order in which it came."""

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Clerk)
        self.letters: list[EmailMessage] = []

    @property
    def port(self) -> int:
        return int(self.server_address[1])


class _Clerk(socketserver.StreamRequestHandler):
    timeout = 30
    server: PostBox

    def handle(self) -> None:
        self._say("220 localhost")
        while line := self.rfile.readline(LONGEST):
            match line[:4].upper().strip():
                case b"DATA":
                    self._say("354 go on")
                    self._take()
                    self._say("250 kept")
                case b"QUIT":
                    self._say("221 goodbye")
                    return
                case b"EHLO" | b"HELO" | b"MAIL" | b"RCPT" | b"RSET" | b"NOOP":
                    self._say("250 fine")
                case _:
                    self._say("502 not known here")

    def _take(self) -> None:
        lines: list[bytes] = []
        while (line := self.rfile.readline(LONGEST)) not in {b".\r\n", b""}:
            lines.append(line.removeprefix(b"."))
        made = message_from_bytes(b"".join(lines), policy=policy.default)
        self.server.letters.append(made)

    def _say(self, line: str) -> None:
        self.wfile.write(f"{line}\r\n".encode())


@contextmanager
def open_post_box() -> Iterator[PostBox]:
    """Give a post box; nothing of it is left running."""
    with PostBox() as box:
        threading.Thread(target=box.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        try:
            yield box
        finally:
            box.shutdown()
