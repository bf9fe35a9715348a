"""Letters to a program: one POST, signed as Standard Webhooks says, to the address in the settings and to no other.

Spec: Standard Webhooks 1.0 (`webhook-id`, `webhook-timestamp`, `webhook-signature: v1,…`).
A name that leads to a private address is refused unless the settings allow it: whoever owns a name decides where it leads, and
what stands behind a firewall trusts whoever is inside.
"""

import base64
import hashlib
import hmac
import json
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from importlib.metadata import version
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import HTTPError, NewConnectionError
from urllib3.util.connection import create_connection

from .letter import Letter, Outcome
from .settings import Form, Webhook

SECONDS = 20.0
"""How long a program may take, all together."""

LARGEST = 2_000
"""Bytes of an answer that are read; only what a refusal says is of any use."""

LONGEST_BRIEF = 1_900
"""Characters of a message for a chat: Discord takes 2,000."""

LONGEST_WORDS = 200

Refusal = Callable[[str, bool], str | None]
"""Says why an IP address must not be connected to (None: it may be); the second argument allows private ones."""


def send(hook: Webhook, letter: Letter, at: datetime, refusal: Refusal) -> Outcome:
    """Send one letter; it is sent when the program answered with a status from 200 to 299.

    No redirect is followed: it could lead anywhere, and the letter with it.  The environment's proxy is not used.
    """
    body = payload(hook.form, letter)
    with requests.Session() as session, _Deadline(SECONDS) as deadline:
        session.trust_env = False
        door = _Door(refusal, hook.private, deadline)
        session.mount("http://", door)
        session.mount("https://", door)
        try:
            with session.post(
                hook.url,
                data=body,
                headers=headers(hook, letter, body, at),
                timeout=SECONDS,
                verify=True if hook.authorities is None else str(hook.authorities),
                allow_redirects=False,
                stream=True,
            ) as answer:
                if deadline.passed:  # http.client takes fields that end in the middle for all of them
                    return Outcome(False, _late(), unreached=True)
                if 200 <= answer.status_code < 300:
                    return Outcome(True)
                return Outcome(False, _words(answer), refused=_is_final(answer.status_code))
        except (requests.RequestException, HTTPError, OSError, ValueError) as error:
            words = door.refused or (
                f"no answer within {SECONDS:.0f} s" if deadline.passed else _plain(error)
            )
            return Outcome(False, words, refused=door.refused is not None, unreached=True)


def payload(form: Form, letter: Letter) -> bytes:
    """Give what is posted."""
    brief = letter.brief if len(letter.brief) <= LONGEST_BRIEF else letter.brief[: LONGEST_BRIEF - 1] + "…"
    if form is Form.SLACK:
        # Its own escapes: without them a name from the wire could call everybody (`<!channel>`) or become a link.
        shown = brief.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
        return json.dumps({"text": shown, "unfurl_links": False, "unfurl_media": False}).encode()
    if form is Form.DISCORD:
        return json.dumps({"content": brief, "allowed_mentions": {"parse": []}, "flags": 4}).encode()
    return letter.data.encode()


def headers(hook: Webhook, letter: Letter, body: bytes, at: datetime) -> dict[str, str]:
    """Give the fields of a request.  The signature covers the id, the time and every byte of the body."""
    said = {
        "Content-Type": "application/json; charset=utf-8",
        "User-Agent": f"voorbehoud/{version('voorbehoud')}",
        "webhook-id": letter.id,
        "webhook-timestamp": str(int(at.timestamp())),
    }
    if hook.secret is not None:
        signed = f"{letter.id}.{said['webhook-timestamp']}.".encode() + body
        digest = hmac.new(hook.secret, signed, hashlib.sha256).digest()
        said["webhook-signature"] = f"v1,{base64.b64encode(digest).decode()}"
    return said


def _late() -> str:
    return f"no whole answer within {SECONDS:.0f} s"


def _is_final(status: int) -> bool:
    """Tell a mistake in the settings from a bad moment: to be told to wait, or a fault of the server, passes."""
    return status < 500 and status not in {408, 425, 429}


def _words(answer: requests.Response) -> str:
    if answer.is_redirect:
        words = "is redirected; write the address that it leads to in the settings"
    else:
        with suppress(HTTPError, OSError):
            words = answer.raw.read(LARGEST, decode_content=False).decode("utf-8", "replace")
            return f"{answer.status_code} {' '.join(words.split())}".strip()[:LONGEST_WORDS]
        words = ""
    return f"{answer.status_code} {words}".strip()


def _plain(error: Exception) -> str:
    """Name what went wrong without the address, which may be a secret."""
    reason: Any = error
    while (inner := getattr(reason, "reason", None) or (reason.args[0] if reason.args else None)) is not None:
        if not isinstance(inner, Exception):
            break
        reason = inner
    if isinstance(reason, NewConnectionError):
        return "could not be connected to"
    return type(reason).__name__


# ---- whom we connect to ----------------------------------------------------------------------------------------------
class _Deadline:
    """Shuts every socket that it was given when the time is up: a server can drip so that no single wait is too long."""

    def __init__(self, seconds: float) -> None:
        self._timer = threading.Timer(seconds, self._end)
        self._timer.daemon = True
        self._sockets: list[socket.socket] = []
        self.passed = False

    def watch(self, opened: socket.socket) -> None:
        self._sockets.append(opened)

    def _end(self) -> None:
        self.passed = True
        for opened in self._sockets:
            with suppress(OSError):
                opened.shutdown(socket.SHUT_RDWR)

    def __enter__(self) -> "_Deadline":
        self._timer.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._timer.cancel()


class _Door(HTTPAdapter):
    """Connects only to addresses that may be, asked after DNS and about the very address that is connected to."""

    def __init__(self, refusal: Refusal, private: bool, deadline: _Deadline) -> None:
        self._refusal, self._private, self._deadline = refusal, private, deadline
        self.refused: str | None = None
        super().__init__(max_retries=0)

    def init_poolmanager(self, *words: Any, **more: Any) -> None:
        super().init_poolmanager(*words, **more)
        door = self

        class Plain(HTTPConnection):
            def _new_conn(self) -> socket.socket:
                with _as_urllib3(self):
                    return door.open(self._dns_host, self.port, self.timeout)

        class Secure(HTTPSConnection):
            def _new_conn(self) -> socket.socket:
                with _as_urllib3(self):
                    return door.open(self._dns_host, self.port, self.timeout)

        class PlainPool(HTTPConnectionPool):
            ConnectionCls = Plain

        class SecurePool(HTTPSConnectionPool):
            ConnectionCls = Secure

        self.poolmanager.pool_classes_by_scheme = {"http": PlainPool, "https": SecurePool}

    def open(self, host: str, port: int, timeout: Any) -> socket.socket:
        """Give a socket to `host`.  Raises OSError where none of its addresses may be, or can be, connected to."""
        failed: OSError | None = None
        for *_, place in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM):
            address = str(place[0])
            why = self._refusal(address, self._private)
            if why is not None:
                self.refused = why
                continue
            try:
                opened = create_connection((address, port), timeout=timeout)
            except OSError as error:
                failed = error
                continue
            self.refused = None
            self._deadline.watch(opened)
            return opened
        raise failed or OSError("no address that may be connected to")


@contextmanager
def _as_urllib3(connection: Any) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise NewConnectionError(connection, "not connected") from error
