"""A farm of sites for the crawl: one real nginx in which every address 127.x.y.z is a site of its own, with six files.

No two sites send the same bytes: nginx writes the address of the site into each of them.
"""

import json
import os
import re
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address, ip_address
from pathlib import Path
from urllib.request import urlopen

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from .made import ai_txt, page, robots

SITE = "@SITE@"
"""Where the address of the site is written."""

CONFIGURATION = """\
daemon off;
{user}
worker_processes 1;
worker_rlimit_nofile 20000;
pid {run}/nginx.pid;
error_log {run}/error.log;
events {{ worker_connections 10000; }}
http {{
  types {{ text/html html; text/plain txt; application/json json; application/rsl+xml xml; }}
  access_log off;
  keepalive_requests 100000;
  client_body_temp_path {run}/body;
  proxy_temp_path {run}/proxy;
  fastcgi_temp_path {run}/fastcgi;
  uwsgi_temp_path {run}/uwsgi;
  scgi_temp_path {run}/scgi;
  open_file_cache max=100;
  server {{
    listen 0.0.0.0:{port} backlog=4096;
    {tls}
    root {folder};
    sub_filter '{mark}' $server_addr:$server_port;
    sub_filter_types *;
    sub_filter_once off;
  }}
  server {{
    listen 127.0.0.1:{counter};
    location / {{ stub_status; }}
  }}
}}
"""


@dataclass(frozen=True, slots=True)
class Farm:
    """A farm that runs.  `authorities`: the file of the authority that its certificates come from; None for plain HTTP."""

    sites: tuple[str, ...]
    authorities: Path | None
    counter: str
    _asked: list[int] = field(default_factory=lambda: [0])

    def requests(self) -> int:
        """Give the number of requests that nginx has answered so far, those of this method left out."""
        with urlopen(self.counter, timeout=10) as answer:  # noqa: S310 (our own nginx)
            told = answer.read().decode()
        found = re.search(r"\n\s*\d+\s+\d+\s+(\d+)", told)
        if found is None:
            raise ValueError(f"this is not how stub_status counts: {told!r}")
        self._asked[0] += 1
        return int(found[1]) - self._asked[0]


def files(scheme: str) -> dict[str, bytes]:
    """Give the six files of a site: path and body."""
    address = f"{scheme}://{SITE}"
    licence = (
        '<rsl xmlns="https://rslstandard.org/rsl"><content url="/"><license><prohibits type="usage">ai-train</prohibits>'
        f'<payment type="none"/></license></content><!-- {SITE} --></rsl>'
    )
    tdm = [{"location": "/", "tdm-reservation": 1, "about": address}]
    home = _one_link(page(30_800, 1)).replace(b"<title>Atelier", f"<title>{SITE} Atelier".encode())
    sample = _one_link(page(30_000, 2)).replace(b"<title>Atelier", f"<title>{SITE} Werk".encode())
    return {
        "robots.txt": robots(1_600) + f"License: {address}/licence.xml\n".encode(),
        "ai.txt": ai_txt(400) + f"\n# {SITE}\n".encode(),
        ".well-known/tdmrep.json": json.dumps(tdm).encode(),
        "licence.xml": licence.encode(),
        "index.html": home,
        "werk.html": sample,
    }


def _one_link(body: bytes) -> bytes:
    """Let every link lead to the one sample page, and every picture be drawn by the page itself: a site has six files."""
    body = re.sub(rb'<a href="[^"]*"', b'<a href="/werk.html"', body)
    body = re.sub(rb"<img [^>]*>", b'<svg width="9" height="9"></svg>', body)
    body = re.sub(rb'<link rel="(license|alternate|icon)"[^>]*>\n', b"", body)
    body = re.sub(rb'<meta name="tdm-policy"[^>]*>\n', b"", body)
    return re.sub(rb'<meta (property="og|name="twitter):image"[^>]*>\n', b"", body)


@contextmanager
def farm(number: int, *, tls: bool = False) -> Iterator[Farm]:
    """Serve `number` sites as long as it lasts."""
    with tempfile.TemporaryDirectory() as name:
        run = Path(name)
        for path, body in files("https" if tls else "http").items():
            file = run / "public" / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(body)
        port, counter = _free_port(), _free_port()
        addresses = [str(IPv4Address("127.1.0.1") + n) for n in range(number)]
        authorities = certificates(run, addresses) if tls else None
        secure = f"ssl_certificate {run}/tls/$server_addr.pem; ssl_certificate_key {run}/tls/key.pem; ssl_protocols TLSv1.3;"
        text = CONFIGURATION.format(
            run=run, folder=run / "public", port=f"{port} ssl" if tls else port, counter=counter, mark=SITE,
            tls=secure if tls else "", user="user root;" if os.geteuid() == 0 else "",
        )  # fmt: skip
        (run / "nginx.conf").write_text(text)
        binary = shutil.which("nginx", path=f"{os.environ.get('PATH', os.defpath)}:/usr/sbin")
        if binary is None:
            raise SystemExit("The benchmark of the crawl needs nginx: sudo apt-get install nginx")
        process = subprocess.Popen([binary, "-p", run, "-c", run / "nginx.conf"])  # noqa: S603
        try:
            _wait(counter)
            scheme = "https" if tls else "http"
            sites = tuple(f"{scheme}://{address}:{port}" for address in addresses)
            yield Farm(sites, authorities, f"http://127.0.0.1:{counter}/")
        finally:
            process.terminate()
            process.wait()


def certificates(run: Path, addresses: Sequence[str]) -> Path:
    """Write a certificate for each address, all with one key, and give the file of the authority that signed them."""
    folder = run / "tls"
    folder.mkdir()
    key, root_key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    root = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "farm")])
    today = datetime.now(UTC)

    def signed(subject: x509.Name, public: ec.EllipticCurvePublicKey, extension: x509.ExtensionType) -> bytes:
        made = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(root)
            .public_key(public)
            .serial_number(x509.random_serial_number())
            .not_valid_before(today - timedelta(days=1))
            .not_valid_after(today + timedelta(days=9))
            .add_extension(extension, critical=isinstance(extension, x509.BasicConstraints))
            .sign(root_key, hashes.SHA256())
        )
        return made.public_bytes(serialization.Encoding.PEM)

    (folder / "key.pem").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    for address in addresses:
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, address)])
        names = x509.SubjectAlternativeName([x509.IPAddress(ip_address(address))])
        (folder / f"{address}.pem").write_bytes(signed(subject, key.public_key(), names))
    authority = folder / "authority.pem"
    authority.write_bytes(
        signed(root, root_key.public_key(), x509.BasicConstraints(ca=True, path_length=None))
    )
    return authority


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait(port: int) -> None:
    give_up = time.monotonic() + 20
    while time.monotonic() < give_up:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.01)
    raise SystemExit("nginx did not start within 20 seconds")
