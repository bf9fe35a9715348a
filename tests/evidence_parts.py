"""What the tests of evidence share: observations, and a time-stamp authority that is a real one, made with OpenSSL."""

import hashlib
import json
import ssl
import subprocess
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from voorbehoud.core.evidence import Capture, Failure, Hop, Kind
from voorbehoud.evaluate.observation import Observation
from voorbehoud.evaluate.site import judge
from voorbehoud.evidence import manifest as manifests
from voorbehoud.evidence import signing
from voorbehoud.evidence.manifest import Entry, Manifest, Seen
from voorbehoud.evidence.verify import Verification
from voorbehoud.survey import proof
from voorbehoud.survey.proof_page import Timeline, page

SITE = "https://atelier.example"
FIRST = datetime(2026, 11, 1, 12, 0, 0, 250_000, tzinfo=UTC)
DAY = timedelta(days=1)
AGENT = "voorbehoud/0.1 (+https://voorbehoud.example)"
RESERVED = b'[\n  {"location": "/", "tdm-reservation": 1}\n]\n'


def capture(kind: Kind, path: str, body: bytes = b"", **fields: Any) -> Capture:
    """An answer of the site; without `status` it is a 200."""
    types = {Kind.TDM_FILE: "application/json", Kind.PAGE: "text/html", Kind.IMAGE: "image/jpeg"}
    headers = (("Content-Type", types.get(kind, "text/plain")), ("Date", "Sun, 01 Nov 2026 12:00:00 GMT"))
    given: dict[str, Any] = {
        "status": 200,
        "headers": headers,
        "at": FIRST,
        "tls": "ok",
        "address": "192.0.2.7",
        "agent": AGENT,
    }
    return Capture(SITE + path, SITE + path, kind, body=body, **(given | fields))


def captures(file: bytes | None = RESERVED) -> tuple[Capture, ...]:
    """One visit of a site that reserves with tdmrep.json (None: it is gone), one redirect and one failure in it."""
    hop = Hop(SITE + "/", 301, (("Location", "/nl/"), ("Set-Cookie", "a=1"), ("Set-Cookie", "b=2")), FIRST)
    gone = {"status": 404} if file is None else {}
    return (
        capture(Kind.ROBOTS, "/robots.txt", status=404),
        capture(Kind.TDM_FILE, "/.well-known/tdmrep.json", file or b"", **gone),
        capture(Kind.AI_TXT, "/ai.txt", status=404),
        replace(
            capture(Kind.PAGE, "/", b"<!doctype html><title>Werk</title>", hops=(hop,)), url=SITE + "/nl/"
        ),
        capture(
            Kind.IMAGE,
            "/werk/1.jpg",
            b"\xff\xd8\xff\xe0" + bytes(range(256)),
            truncated=True,
            found_on=SITE + "/nl/",
        ),
    )


def observation(at: datetime = FIRST, seen: Sequence[Capture] | None = None) -> Observation:
    """What was seen at `at`, and the verdict that follows from it."""
    moved = tuple(
        replace(c, at=at, hops=tuple(replace(h, at=at) for h in c.hops))
        for c in (captures() if seen is None else seen)
    )
    return Observation(SITE, moved, at, at + timedelta(seconds=9), judge(SITE, moved, at), "0.1.0")


def days(number: int) -> list[Observation]:
    """One observation a day; at the last a page does not answer."""
    lost = capture(
        Kind.PAGE,
        "/over",
        status=None,
        headers=(),
        failure=Failure.TIMEOUT,
        detail="after 10 s",
        address=None,
    )
    return [
        observation(FIRST + timedelta(days=day), None if day < number - 1 else (*captures(), lost))
        for day in range(number)
    ]


def proof_page(seen: Iterable[Observation], lang: str = "en", **fields: Any) -> str:
    """The page about observations; `fields` of the manifest are changed."""
    seen = list(seen)
    timeline = Timeline(SITE)
    for one in seen:
        timeline.add(one)
    told = tuple(
        Seen(
            o.started,
            o.finished,
            o.tool,
            o.verdict.rules,
            f"archive/{n}",
            o.verdict.reachable,
            o.verdict.protected,
            (),
        )
        for n, o in enumerate(seen)
    )
    manifest = Manifest(
        SITE,
        FIRST,
        FIRST + 9 * DAY,
        FIRST + 9 * DAY,
        "0.1.0",
        "2026-11-24",
        told,
        (Entry("archive/0", 12, "ab" * 32),),
    )
    return page(replace(manifest, **fields), timeline, lang)


# ---- bundles, true and forged ------------------------------------------------------------------------------------------
def export(seen: Sequence[Observation], out: Path, **more: Any) -> manifests.Manifest:
    given = {
        "site": SITE,
        "since": None,
        "until": None,
        "seal": proof.Seal(),
        "now": lambda: datetime.now(UTC),
    }
    return proof.export(seen, out, **(given | more))


def found(outcome: Verification) -> list[tuple[str, str]]:
    return [(p.key, p.file) for p in outcome.problems]


def reseal(folder: Path, edit: Callable[[dict[str, Any]], object], key: Path | None = None) -> None:
    """Change the manifest and make everything fit again, as somebody would who has the key: only the content can tell."""
    told = json.loads((folder / manifests.NAME).read_bytes())
    edit(told)
    for entry in told["files"]:
        content = (folder / entry["path"]).read_bytes()
        entry |= {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
    body = json.dumps(told).encode()
    (folder / manifests.NAME).write_bytes(body)
    if key is not None:
        signature = signing.open_key(key, str).sign(body, FIRST, manifests.NAME)
        (folder / manifests.SIGNATURE).write_bytes(signature)
    there = (p for p in sorted(folder.rglob("*")) if p.is_file() and p.name != manifests.SUMS)
    entries = [manifests.Entry.of(p.relative_to(folder).as_posix(), p.read_bytes()) for p in there]
    (folder / manifests.SUMS).write_bytes(manifests.sums(entries))


# ---- a time-stamp authority ------------------------------------------------------------------------------------------
CONFIGURATION = """\
[tsa]
default_tsa = here
[here]
serial = serial
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256
accuracy = secs:1
ess_cert_id_chain = no
ess_cert_id_alg = sha256
"""
NEW_KEY = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes")


@dataclass
class Authority:
    """An authority in a folder of its own.  `chain`: it sends more certificates than its own.  `answer`: sent instead of a stamp."""

    folder: Path
    name: str
    chain: bool = False
    url: str = ""
    status: int = 200
    answer: bytes | None = None
    asked: list[dict[str, str]] = field(default_factory=list)

    @property
    def certificates(self) -> Path:
        return self.folder / "ca.pem"

    def openssl(self, *arguments: str) -> None:
        done = subprocess.run(
            ["openssl", *arguments], cwd=self.folder, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr

    def make(self) -> None:
        (self.folder / "tsa.cnf").write_text(CONFIGURATION)
        (self.folder / "serial").write_text("01\n")
        (self.folder / "usage").write_text(
            "keyUsage=critical,digitalSignature\nextendedKeyUsage=critical,timeStamping\n"
        )
        root = (
            "-subj",
            f"/O={self.name}/CN={self.name} root",
            "-days",
            "3650",
            "-keyout",
            "ca.key",
            "-out",
            "ca.pem",
        )
        self.openssl("req", "-x509", *NEW_KEY, *root)
        self.openssl(
            "req", "-new", *NEW_KEY, "-subj", f"/CN={self.name}", "-keyout", "tsa.key", "-out", "tsa.csr"
        )
        signed = (
            "-CA",
            "ca.pem",
            "-CAkey",
            "ca.key",
            "-CAcreateserial",
            "-days",
            "3650",
            "-extfile",
            "usage",
        )
        self.openssl("x509", "-req", "-in", "tsa.csr", *signed, "-out", "tsa.pem")
        if self.chain:
            more = ("-subj", "/CN=more", "-days", "9", "-keyout", "more.key", "-out", "more.pem")
            self.openssl("req", "-x509", *NEW_KEY, *more)
            sent = [(self.folder / name).read_text() for name in ("more.pem", "ca.pem")]
            backwards = sorted(sent, key=ssl.PEM_cert_to_DER_cert, reverse=True)
            (self.folder / "chain.pem").write_text("".join(backwards))  # in an order that DER does not allow

    def stamp(self, question: bytes) -> bytes:
        (self.folder / "question").write_bytes(question)
        chain = ("-chain", "chain.pem") if self.chain else ()
        signer = ("-signer", "tsa.pem", "-inkey", "tsa.key", *chain)
        self.openssl("ts", "-reply", "-config", "tsa.cnf", "-queryfile", "question", *signer, "-out", "reply")
        return (self.folder / "reply").read_bytes()


@contextmanager
def open_authority(folder: Path, name: str, *, chain: bool = False) -> Iterator[Authority]:
    """Make an authority and serve it on loopback while the block lasts."""
    folder.mkdir()
    authority = Authority(folder, name, chain)
    authority.make()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            authority.asked.append(dict(self.headers))
            question = self.rfile.read(int(self.headers["Content-Length"]))
            body = authority.stamp(question) if authority.answer is None else authority.answer
            self.send_response(authority.status)
            self.send_header("Content-Type", "application/timestamp-reply")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def do_HEAD(self) -> None:
            self.send_response(200)  # with a Date, as every server of the standard library sends
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Stay silent."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        authority.url = f"http://127.0.0.1:{server.server_address[1]}/tsa"
        try:
            yield authority
        finally:
            server.shutdown()
            thread.join()
