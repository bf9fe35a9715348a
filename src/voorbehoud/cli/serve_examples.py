"""Sites on loopback, as their hosts would serve them: by a real nginx where it is installed, else by a server of our own.

Both send the same headers, the same media types and the same 404s, so that a verdict does not depend on which of them answered.
"""

import http.client
import os
import shutil
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Protocol
from urllib.parse import quote, unquote, urlsplit

from ..core.errors import UserError
from ..publish.compose import Composition
from ..publish.quoting import nginx, nginx_pattern, prefix
from ..publish.targets.nginx import nginx as nginx_parts
from ..publish.targets.sending import sending

MEDIA_TYPES = {
    "html": "text/html", "css": "text/css", "txt": "text/plain", "json": "application/json", "xml": "application/xml",
    "jpg": "image/jpeg", "png": "image/png", "webp": "image/webp", "svg": "image/svg+xml",
    "mp3": "audio/mpeg", "pdf": "application/pdf", "epub": "application/epub+zip",
}  # fmt: skip
"""Without a charset: the pages of some makers say theirs themselves, and a header would overrule them."""

OTHER_TYPE = "application/octet-stream"
FIRST_ADDRESS = 11
WAIT = 10.0
"""Seconds after which a server that does not answer is given up."""


@dataclass(frozen=True, slots=True)
class HostHeader:
    """A header that the host sends by itself with everything below `path`."""

    path: str
    name: str
    value: str


@dataclass(frozen=True, slots=True)
class Host:
    """One origin at one moment.

    `headers`: what the host sends by itself.  `ours`: whose headers it sends as well; None before publishing, or where it cannot.
    `instead`: absolute paths at which the host answers with a file of its own, None for 404; a path that ends in `/` means all below it.
    """

    address: str
    port: int
    folder: Path
    headers: tuple[HostHeader, ...] = ()
    ours: Composition | None = None
    instead: tuple[tuple[str, Path | None], ...] = ()

    @property
    def origin(self) -> str:
        return f"http://{self.address}:{self.port}"


class Server(Protocol):
    """Something that serves hosts.  `serve` may be called again, with the same addresses: it replaces what was served."""

    name: str

    def serve(self, hosts: Sequence[Host]) -> None:
        """Return when every host answers in its new state."""

    def close(self) -> None:
        """Stop; nothing of it is left running."""


@contextmanager
def open_server(kind: str, run: Path) -> Iterator[Server]:
    """Give a server: `nginx`, `builtin`, or for `auto` nginx where it is installed.  `run` is a folder for its own files.

    Raises UserError where nginx is asked for and not installed.
    """
    binary = find_nginx() if kind != "builtin" else None
    if kind == "nginx" and binary is None:
        raise UserError(
            "nginx is not installed. Install it (`apt-get install nginx-light`), or use --server builtin."
        )
    server: Server = Nginx(binary, run) if binary else Builtin()
    try:
        yield server
    finally:
        server.close()


def find_nginx() -> str | None:
    """Give the path of nginx.  Debian keeps it in /usr/sbin, which is not on the PATH of ordinary users."""
    return shutil.which(
        "nginx", path=os.pathsep.join((os.environ.get("PATH", os.defpath), "/usr/sbin", "/usr/local/sbin"))
    )


def free_addresses(count: int) -> tuple[tuple[str, int], ...]:
    """Give `count` loopback addresses with a free port each: 127.0.0.11 and on; 127.0.0.1 where a system has no other (macOS)."""
    with ExitStack() as held:
        return tuple(_free(held, f"127.0.0.{FIRST_ADDRESS + number}") for number in range(count))


def _free(held: ExitStack, address: str) -> tuple[str, int]:
    probe = held.enter_context(socket.socket())
    try:
        probe.bind((address, 0))
    except OSError:
        probe.bind(("127.0.0.1", 0))
    found, port = probe.getsockname()
    return str(found), int(port)


# ---- nginx -----------------------------------------------------------------------------------------------------------
class Nginx:
    """One nginx for all hosts, in the foreground, with everything that it writes below `run`."""

    name = "nginx"

    def __init__(self, binary: str, run: Path) -> None:
        self._binary, self._run = binary, run
        self._configuration = run / "nginx.conf"
        self._control = free_addresses(1)[0]
        self._process: subprocess.Popen[bytes] | None = None

    def serve(self, hosts: Sequence[Host]) -> None:
        self._configuration.write_text(_configuration(hosts, self._run, self._control), encoding="utf-8")
        self._test()
        before = None
        if self._process is None:
            # A session of its own: Ctrl-C in the terminal is for us, and we stop nginx.
            self._process = subprocess.Popen(  # noqa: S603  every word of the command line is ours
                self._command(), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                start_new_session=True,
            )  # fmt: skip
        else:
            before = self._worker()
            self._process.send_signal(signal.SIGHUP)
        self._wait(
            self._process,
            lambda: (now := self._worker()) is not None and now != before and not _runs(before),
        )

    def close(self) -> None:
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(WAIT)
        except subprocess.TimeoutExpired:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()

    def _command(self, *more: str) -> list[str]:
        return [self._binary, "-p", str(self._run), "-c", str(self._configuration), *more]

    def _test(self) -> None:
        tested = subprocess.run(  # noqa: S603  every word of the command line is ours
            self._command("-t"), stdin=subprocess.DEVNULL, capture_output=True, check=False
        )
        if tested.returncode != 0:
            words = tested.stderr.decode(errors="replace").strip()
            raise UserError(
                f"nginx refused the configuration of the examples:\n{words}\nUse --server builtin to go without nginx."
            )

    def _worker(self) -> int | None:
        """Give the process that answers at this moment: nginx starts a new one for a new configuration."""
        asked = http.client.HTTPConnection(*self._control, timeout=1)
        try:
            asked.request("GET", "/", headers={"Connection": "close"})
            return int(asked.getresponse().read())
        except (OSError, http.client.HTTPException, ValueError):
            return None
        finally:
            asked.close()

    def _wait(self, process: subprocess.Popen[bytes], ready: Callable[[], bool]) -> None:
        give_up = time.monotonic() + WAIT
        while not ready():
            if process.poll() is not None or time.monotonic() > give_up:
                log = self._run / "error.log"
                words = log.read_text(errors="replace")[-2000:].strip() if log.exists() else ""
                raise UserError(
                    f"nginx does not serve the examples:\n{words}\nUse --server builtin to go without nginx."
                )
            time.sleep(0.01)


def _runs(process: int | None) -> bool:
    if process is None:
        return False
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass  # it runs as somebody else
    return True


def _configuration(hosts: Sequence[Host], run: Path, control: tuple[str, int]) -> str:
    """Give nginx.conf for `hosts`; at `control` the worker tells its process number."""
    types = " ".join(f"{media_type} {suffix};" for suffix, media_type in MEDIA_TYPES.items())
    temporary = "\n".join(
        f"{use}_temp_path {run}/{use};" for use in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    # A worker of another user could not look into our folder, which is closed to others.
    user = "user root;" if os.geteuid() == 0 else ""
    return f"""\
daemon off;
{user}
worker_processes 1;
pid {run}/nginx.pid;
error_log {run}/error.log;
events {{ worker_connections 256; }}
http {{
access_log off;
{temporary}
types {{ {types} }}
default_type {OTHER_TYPE};
server {{ listen {control[0]}:{control[1]}; location / {{ return 200 "$pid"; }} }}
{"".join(_server(host, number) for number, host in enumerate(hosts))}}}
"""


def _server(host: Host, number: int) -> str:
    """Give a `server`, with the maps that it uses in front of it."""
    parts = nginx_parts(sending(host.ours, "en")) if host.ours else ()
    ours_http = "".join(part.text for part in parts if part.name.startswith("http/"))
    ours_server = "".join(part.text for part in parts if part.name.endswith("headers.conf"))
    # Not in locations: one add_header there would drop all that stand above it.
    maps = "".join(
        f'map $request_uri $host{number}_{index} {{ default ""; {nginx_pattern(prefix(header.path))} {nginx(header.value)}; }}\n'
        for index, header in enumerate(host.headers)
    )
    sent = "".join(
        f"add_header {header.name} $host{number}_{index} always;\n"
        for index, header in enumerate(host.headers)
    )
    return f"""\
{ours_http}{maps}server {{
listen {host.address}:{host.port};
root {host.folder};
absolute_redirect off;
{ours_server}{sent}{"".join(_location(path, file) for path, file in host.instead)}}}
"""


def _location(path: str, file: Path | None) -> str:
    match = f"^~ {path}" if path.endswith("/") else f"= {path}"
    return f"location {match} {{ {f'alias {file};' if file else 'return 404;'} }}\n"


# ---- our own -----------------------------------------------------------------------------------------------------------
class Builtin:
    """A thread for each host: enough HTTP for a demonstration, not for the open network."""

    name = "builtin"

    def __init__(self) -> None:
        self._running: dict[str, _Listener] = {}

    def serve(self, hosts: Sequence[Host]) -> None:
        for host in hosts:
            if host.origin in self._running:
                self._running[host.origin].host = host
                continue
            try:
                self._running[host.origin] = _Listener(host)
            except OSError as error:
                raise UserError(f"{host.origin} cannot be served: {error.strerror}. Try again.") from error

    def close(self) -> None:
        for listener in self._running.values():
            listener.shutdown()
            listener.server_close()
        self._running.clear()


class _Listener(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def __init__(self, host: Host) -> None:
        self.host = host
        super().__init__((host.address, host.port), _Answer)
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing: a client that goes away is not our reader's concern."""


class _Answer(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 5
    server: _Listener

    def do_GET(self) -> None:
        path = urlsplit(self.path).path
        found = _find(self.server.host, path)
        if found is not None and found.is_dir():
            if not path.endswith("/"):
                self._send(
                    HTTPStatus.MOVED_PERMANENTLY, "text/html", b"", ("Location", quote(unquote(path)) + "/")
                )
                return
            found /= "index.html"
        if found is None or not found.is_file():
            self._send(HTTPStatus.NOT_FOUND, "text/html", b"<!doctype html><title>404</title><h1>404</h1>\n")
            return
        self._send(HTTPStatus.OK, MEDIA_TYPES.get(found.suffix[1:], OTHER_TYPE), found.read_bytes())

    do_HEAD = do_GET  # noqa: N815  the name is that of http.server

    def _send(self, status: HTTPStatus, media_type: str, body: bytes, *more: tuple[str, str]) -> None:
        host, path = self.server.host, urlsplit(self.path).path
        self.send_response(status)
        ours = host.ours.level(path).headers if host.ours else ()
        sent = [(header.name, header.value) for header in ours]
        sent += [(header.name, header.value) for header in host.headers if path.startswith(header.path)]
        for name, value in (("Content-Type", media_type), ("Content-Length", str(len(body))), *more, *sent):
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def version_string(self) -> str:
        return "voorbehoud-demo"

    def log_message(self, *_: object) -> None:
        """Keep the terminal for the table."""


def _find(host: Host, path: str) -> Path | None:
    """Give the file or folder that stands at `path`; None where nothing may be served."""
    for own, file in host.instead:
        if path == own or (own.endswith("/") and path.startswith(own)):
            return file
    segments = unquote(path).split("/")
    if ".." in segments or "\0" in path or "%00" in path:
        return None
    return host.folder.joinpath(*filter(None, segments))
