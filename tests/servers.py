"""Real web servers of Debian, each inside a configuration as sites have them: an image location with headers of its own, rules
against dot files, a reverse proxy, a rewrite to an application, compression.

`ours` is what voorbehoud made, or nothing: the same server without us is what "changes nothing else" is measured by.
"""

import json
import os
import re
import shutil
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import programs
from conftest import free_port
from voorbehoud.publish.targets.sending import Part

TYPES = "text/html html\ntext/plain txt\napplication/json json\nimage/jpeg jpg\napplication/pdf pdf\n"
MODULES = [
    "mpm_event",
    "authz_core",
    "authz_host",
    "dir",
    "mime",
    "headers",
    "setenvif",
    "rewrite",
    "alias",
    "proxy",
    "proxy_http",
    "filter",
    "deflate",
    "env",
]
MODULE_FOLDERS = ("/usr/lib/apache2/modules", "/usr/lib64/httpd/modules", "/usr/libexec/apache2")


class RefusedError(Exception):
    """A server that would not start; the text is what it wrote."""


# ---- the site and its application ----------------------------------------------------------------------------------------
@contextmanager
def site_of(files: Mapping[str, bytes]) -> Iterator[Path]:
    """Make a site that the servers' own users can read, and give its folder."""
    folder = Path(tempfile.mkdtemp(prefix="voorbehoud-site-"))
    for name, body in {**SITE, **files}.items():
        path = folder / name.lstrip("/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(body)
        os.utime(path, (MADE, MADE))
    for path in (folder, *folder.rglob("*")):
        path.chmod(0o755 if path.is_dir() else 0o644)
    try:
        yield folder
    finally:
        shutil.rmtree(folder)


MADE = 1_790_000_000
"""When each file was last changed."""
PAGE = b"<!doctype html><html><head><title>Atelier</title></head><body>" + b"werk " * 400 + b"</body></html>"
PICTURE = bytes(range(256)) * 40
SITE = {
    "index.html": PAGE,
    "404.html": b"<!doctype html><title>weg</title>",
    "werk/diep/index.html": PAGE,
    "werk/foto.jpg": PICTURE,
    "werk/catalogus.pdf": b"%PDF-1.4\n" + PICTURE,
    "pers/foto.jpg": PICTURE,
    "pers/archief/oud.jpg": PICTURE,
    ".env": b"SECRET=1",
    ".well-known/security.txt": b"Contact: mailto:a@e.nl\n",
    ".well-known/acme-challenge/token": b"token.key",
}


class App(BaseHTTPRequestHandler):
    """An application behind the server.  It says of itself which robots may index it, and on one page what we say too."""

    def do_GET(self) -> None:
        body = f"app {self.path}".encode()
        self.send_response(404 if "weg" in self.path else 200)
        self.send_header("Content-Type", "text/plain")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("X-Robots-Tag", "noindex")
        if "eigen" in self.path:
            self.send_header("tdm-reservation", "0")
            self.send_header("X-Robots-Tag", "googlebot: nosnippet")
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(body)

    do_HEAD = do_GET  # noqa: N815  http.server calls it by that name

    def log_message(self, format: str, *args: object) -> None:
        pass


@contextmanager
def application() -> Iterator[int]:
    """Run the application; give its port."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), App)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


# ---- asking --------------------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Answer:
    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes

    def all(self, name: str) -> list[str]:
        return [value for key, value in self.headers if key.lower() == name.lower()]


def ask(port: int, path: str, method: str = "GET", **headers: str) -> Answer:
    """Ask one thing on a connection of its own; the path goes out as it stands here."""
    with connection(port) as held:
        return ask_on(held, path, method, **headers)


def ask_on(held: HTTPConnection, path: str, method: str = "GET", **headers: str) -> Answer:
    held.request(method, path, headers={name.replace("_", "-"): value for name, value in headers.items()})
    answer = held.getresponse()
    return Answer(answer.status, tuple(answer.getheaders()), answer.read())


@contextmanager
def connection(port: int) -> Iterator[HTTPConnection]:
    held = HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        yield held
    finally:
        held.close()


# ---- configurations ------------------------------------------------------------------------------------------------------
@dataclass
class Place:
    """Where one server runs: its folder, its port, the site, the application, and what voorbehoud made (by name)."""

    run: Path
    port: int
    site: Path
    app: int
    ours: Sequence[Part] = ()
    files: dict[str, Path] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for part in self.ours:
            path = self.run / "voorbehoud" / part.name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(part.text, encoding="utf-8")
            self.files[part.name.rpartition("/")[2] if not part.name.startswith("http/") else "http"] = path
        for path in (self.run, *self.run.rglob("*")):
            path.chmod(0o755 if path.is_dir() else 0o644)

    def include(self, name: str, line: str = 'include "{}";') -> str:
        """Give the line that includes a file of ours; nothing where there is none."""
        return line.format(self.files[name]) if name in self.files else ""


def nginx(at: Place, everywhere: bool = True) -> Path:
    """A site as agencies configure it; `everywhere`: ours is also included where a block has headers of its own."""
    again = at.include("headers.conf") if everywhere else ""
    user = "user root;" if os.geteuid() == 0 else ""
    (at.run / "nginx.conf").write_text(
        f"""\
daemon off; {user} worker_processes 1; pid {at.run}/pid; error_log {at.run}/error.log;
events {{ worker_connections 64; }}
http {{
    types {{ {TYPES.replace(chr(10), ";")} }}
    default_type application/octet-stream;
    access_log off;
    client_body_temp_path {at.run}/t1; proxy_temp_path {at.run}/t2; fastcgi_temp_path {at.run}/t3;
    uwsgi_temp_path {at.run}/t4; scgi_temp_path {at.run}/t5;
    gzip on;
    {at.include("http")}
    server {{
        listen 127.0.0.1:{at.port};
        root {at.site};
        index index.html;
        error_page 404 /404.html;
        {at.include("headers.conf")}
        {at.include("once.conf")}
        location / {{ try_files $uri $uri/ =404; }}
        location ~* \\.(jpg|png)$ {{
            add_header Cache-Control "public";
            {again}
        }}
        location ~ /\\. {{ deny all; }}
        location ^~ /.well-known/acme-challenge/ {{ default_type text/plain; }}
        location = /.well-known/security.txt {{ add_header X-Eigen "ja"; {again} }}
        location = /.well-known/webfinger {{ proxy_pass http://127.0.0.1:{at.app}; }}
        location /app/ {{ proxy_pass http://127.0.0.1:{at.app}; }}
        location /blog/ {{ rewrite ^/blog/(.*)$ /app/blog/$1 last; }}
        location /pers/artikel/ {{ rewrite ^/pers/(.*)$ /app/$1 last; }}
    }}
}}
"""
    )
    return at.run / "nginx.conf"


def apache(at: Place) -> Path:
    """A virtual host; what voorbehoud made stands in it, or in the .htaccess of the site before the maker's own lines."""
    folder = next(path for path in MODULE_FOLDERS if Path(path).is_dir())
    loaded = "\n".join(
        f"LoadModule {name}_module {folder}/mod_{name}.so"
        for name in MODULES
        if Path(f"{folder}/mod_{name}.so").exists()
    )
    (at.run / "types").write_text(TYPES)
    user = "User www-data\nGroup www-data" if os.geteuid() == 0 else ""
    own = f"RewriteEngine On\nRewriteRule ^blog/(.*)$ http://127.0.0.1:{at.app}/app/blog/$1 [P]\n"
    own += own.partition("\n")[2].replace("blog/", "pers/artikel/")
    made = at.files.get(".htaccess")
    (at.site / ".htaccess").write_text(
        (made.read_text(encoding="utf-8") if made else "") + own, encoding="utf-8"
    )
    (at.run / "apache.conf").write_text(
        f"""\
ServerRoot {at.run}
PidFile {at.run}/pid
DefaultRuntimeDir {at.run}
ErrorLog {at.run}/error.log
Listen 127.0.0.1:{at.port}
ServerName localhost
{loaded}
{user}
StartServers 1
ThreadsPerChild 8
MaxRequestWorkers 16
ServerLimit 2
TypesConfig {at.run}/types
<VirtualHost *:{at.port}>
    DocumentRoot {at.site}
    DirectoryIndex index.html
    ErrorDocument 404 /404.html
    AddOutputFilterByType DEFLATE text/html
    <Directory {at.site}>
        AllowOverride All
        Require all granted
    </Directory>
    <DirectoryMatch "/\\.">
        Require all denied
    </DirectoryMatch>
    <FilesMatch "^\\.">
        Require all denied
    </FilesMatch>
    <LocationMatch "^/\\.well-known/(security\\.txt|acme-challenge/|webfinger)">
        Require all granted
    </LocationMatch>
    <FilesMatch "\\.(jpg|png)$">
        Header set Cache-Control "public"
    </FilesMatch>
    ProxyPass /app/ http://127.0.0.1:{at.app}/app/
    ProxyPass /.well-known/webfinger http://127.0.0.1:{at.app}/.well-known/webfinger
    {at.include("voorbehoud.conf", "Include {}")}
</VirtualHost>
"""
    )
    return at.run / "apache.conf"


def caddy(at: Place) -> Path:
    (at.run / "Caddyfile").write_text(
        f"""\
{{
    admin off
    auto_https off
}}
http://127.0.0.1:{at.port} {{
    {at.include("voorbehoud.caddy", "import {}")}
    root * {at.site}
    encode gzip
    @images path *.jpg
    header @images Cache-Control public
    @hidden {{
        path */.*
        not path /.well-known/*
    }}
    respond @hidden 403
    rewrite /blog/* /app{{uri}}
    rewrite /pers/artikel/* /app{{uri}}
    reverse_proxy /app/* 127.0.0.1:{at.app}
    reverse_proxy /.well-known/webfinger 127.0.0.1:{at.app}
    file_server
    handle_errors {{
        rewrite * /404.html
        file_server
    }}
}}
"""
    )
    return at.run / "Caddyfile"


def lighttpd(at: Place) -> Path:
    types = ", ".join(f'".{end}" => "{kind}"' for kind, end in (line.split() for line in TYPES.splitlines()))
    (at.run / "lighttpd.conf").write_text(
        f"""\
server.modules = ( "mod_access", "mod_rewrite", "mod_proxy" )
server.document-root = "{at.site}"
server.bind = "127.0.0.1"
server.port = {at.port}
etag.use-inode = "disable"
server.errorlog = "{at.run}/error.log"
server.errorfile-prefix = "{at.site}/"
index-file.names = ( "index.html" )
mimetype.assign = ( {types} )
server.modules += ( "mod_setenv" )
setenv.add-response-header = ( "X-Eigen" => "ja" )
$HTTP["url"] =~ "\\.(jpg|png)$" {{
    setenv.add-response-header = ( "Cache-Control" => "public" )
}}
$HTTP["url"] =~ "/\\.(?!well-known/)" {{ url.access-deny = ( "" ) }}
url.rewrite-once = ( "^/blog/(.*)" => "/app/blog/$1", "^/pers/artikel/(.*)" => "/app/artikel/$1" )
$HTTP["url"] =~ "^/(app/|\\.well-known/webfinger)" {{
    proxy.server = ( "" => (( "host" => "127.0.0.1", "port" => {at.app} )) )
}}
{at.include("voorbehoud.conf", 'include "{}"')}
"""
    )
    return at.run / "lighttpd.conf"


def haproxy(at: Place) -> Path:
    """In front of an origin that knows nothing of us; `app` is its port."""
    ours = at.files["haproxy.cfg"].read_text(encoding="utf-8") if at.files else ""
    (at.run / "haproxy.cfg").write_text(
        f"""\
global
    maxconn 64
defaults
    mode http
    timeout connect 5s
    timeout client 10s
    timeout server 10s
frontend site
    bind 127.0.0.1:{at.port}
{ours}
    http-request deny if {{ path_beg /geheim }}
    default_backend origin
backend origin
    server one 127.0.0.1:{at.app}
"""
    )
    return at.run / "haproxy.cfg"


def varnish(at: Place) -> Path:
    """A cache in front of an origin that knows nothing of us; `app` is its port."""
    (at.run / "site.vcl").write_text(
        f"""\
vcl 4.1;
{at.include("voorbehoud.vcl")}
backend origin {{ .host = "127.0.0.1"; .port = "{at.app}"; }}
sub vcl_recv {{
    if (req.url ~ "^/geheim") {{ return (synth(403, "Nee")); }}
    unset req.http.cookie;
}}
sub vcl_synth {{ set resp.body = "Nee"; return (deliver); }}
sub vcl_deliver {{ set resp.http.X-Cache = "varnish"; }}
"""
    )
    return at.run / "site.vcl"


def traefik(at: Place) -> Path:
    """In front of an origin that knows nothing of us; the routers are those that our comments ask for."""
    made = at.files["voorbehoud.yml"].read_text(encoding="utf-8") if at.files else ""
    rules = ["PathPrefix(`/`)", *re.findall(r"(?m)^# (PathRegexp\(.+\))$", made)]
    routers = {
        f"r{number}": {
            "rule": rule,
            "priority": number + 1,
            "service": "origin",
            "middlewares": [f"voorbehoud-{number}@file" if number else "voorbehoud@file"] if made else [],
        }
        for number, rule in enumerate(rules)
    }
    hidden = {"rule": "PathPrefix(`/geheim`)", "priority": 99, "service": "origin", "middlewares": ["hidden"]}
    hide = {"hidden": {"ipAllowList": {"sourceRange": ["192.0.2.1"]}}}
    origin = {"origin": {"loadBalancer": {"servers": [{"url": f"http://127.0.0.1:{at.app}"}]}}}
    site = {"routers": routers | {"hidden": hidden}, "services": origin, "middlewares": hide}
    sites = at.run / "sites"
    sites.mkdir(exist_ok=True)
    (sites / "site.yml").write_text(json.dumps({"http": site}), encoding="utf-8")
    if made:
        (sites / "voorbehoud.yml").write_text(made, encoding="utf-8")
    (at.run / "traefik.yml").write_text(
        f"""\
entryPoints: {{ web: {{ address: "127.0.0.1:{at.port}" }} }}
providers: {{ file: {{ directory: {sites}, watch: false }} }}
global: {{ checkNewVersion: false, sendAnonymousUsage: false }}
log: {{ level: WARN }}
"""
    )
    return at.run / "traefik.yml"


@dataclass(frozen=True)
class Kind:
    """How a server is configured, tested and started.  `{}` is the file; `behind`: it stands in front of an nginx.

    `test`: nothing for a server that has none.  `late`: it knows its sites a moment after its port is open.
    """

    program: str
    configure: Callable[[Place], Path]
    start: tuple[str, ...]
    test: tuple[str, ...]
    target: str
    behind: bool = False
    late: bool = False


KINDS = {
    "nginx": Kind("nginx", nginx, ("-p", "{run}", "-c", "{}"), ("-t", "-p", "{run}", "-c", "{}"), "nginx"),
    "apache": Kind("apache2", apache, ("-DFOREGROUND", "-f", "{}"), ("-t", "-f", "{}"), "apache"),
    "htaccess": Kind("apache2", apache, ("-DFOREGROUND", "-f", "{}"), ("-t", "-f", "{}"), "htaccess"),
    "caddy": Kind(
        "caddy", caddy, ("run", "--config", "{}", "--adapter", "caddyfile"),
        ("adapt", "--validate", "--config", "{}", "--adapter", "caddyfile"), "caddy",
    ),
    "lighttpd": Kind("lighttpd", lighttpd, ("-D", "-f", "{}"), ("-tt", "-f", "{}"), "lighttpd"),
    "haproxy": Kind("haproxy", haproxy, ("-db", "-f", "{}"), ("-c", "-f", "{}"), "haproxy", behind=True),
    "varnish": Kind(
        "varnish", varnish, ("-F", "-j", "none", "-n", "{run}/work", "-a", "127.0.0.1:{port}", "-s", "malloc,8m", "-f", "{}"),
        ("-C", "-j", "none", "-n", "{run}/test", "-f", "{}"), "varnish", behind=True,
    ),
    "traefik": Kind("traefik", traefik, ("--configFile={}",), (), "traefik", behind=True, late=True),
}  # fmt: skip


def command(kind: Kind, at: Place, file: Path, words: Sequence[str]) -> list[str]:
    binary = programs.find(kind.program)
    assert binary is not None
    return [str(binary), *(word.replace("{}", str(file)).format(run=at.run, port=at.port) for word in words)]


def environment(at: Place) -> dict[str, str]:
    """What is set for a server: Caddy keeps things below its home."""
    return os.environ | {"HOME": str(at.run), "XDG_DATA_HOME": str(at.run), "XDG_CONFIG_HOME": str(at.run)}


def tested(kind: Kind, at: Place) -> str:
    """Ask the server's own test; give what it says where it refuses, else nothing."""
    if not kind.test:
        return ""
    done = subprocess.run(
        command(kind, at, kind.configure(at), kind.test),
        capture_output=True,
        text=True,
        check=False,
        env=environment(at),
    )
    return "" if done.returncode == 0 else done.stdout + done.stderr


@contextmanager
def running(
    kind: Kind,
    site: Path,
    app: int,
    ours: Sequence[Part] = (),
    configure: Callable[[Place], Path] | None = None,
) -> Iterator[Place]:
    """Run one server; raises RefusedError, with its own words, for a configuration that it refuses."""
    run = Path(tempfile.mkdtemp(prefix="voorbehoud-run-"))
    try:
        for attempts_left in reversed(range(5)):
            at = Place(run, free_port(), site, app, ours)
            try:
                process = _started(kind, at, (configure or kind.configure)(at))
            except RefusedError as refused:  # somebody else may take the port before the server does
                if not attempts_left or "in use" not in str(refused):
                    raise
            else:
                break
        try:
            yield at
        finally:
            process.terminate()
            try:
                process.wait(5)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, 9)
                process.wait()
    finally:
        shutil.rmtree(run, ignore_errors=True)


def _started(kind: Kind, at: Place, file: Path) -> "subprocess.Popen[bytes]":
    for path in at.run.rglob("*"):
        path.chmod(0o755 if path.is_dir() else 0o644)
    with (at.run / "said").open("w") as said:
        process = subprocess.Popen(
            command(kind, at, file, kind.start), stdin=subprocess.DEVNULL, stdout=said, stderr=said,
            env=environment(at), start_new_session=True,
        )  # fmt: skip
    _await(process, kind, at)
    return process


def _await(process: "subprocess.Popen[bytes]", kind: Kind, at: Place) -> None:
    give_up = time.monotonic() + 20
    while process.poll() is None and time.monotonic() < give_up:
        with socket.socket() as probe:
            open = probe.connect_ex(("127.0.0.1", at.port)) == 0
        if open and not (kind.late and ask(at.port, "/").status == 404):
            return
        time.sleep(0.01)
    process.kill()
    process.wait()
    log = at.run / "error.log"
    raise RefusedError((at.run / "said").read_text() + (log.read_text() if log.exists() else ""))
