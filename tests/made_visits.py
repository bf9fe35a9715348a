"""Visits of sites as a crawl would bring them home, made without a network: for everything that works on a store."""

from datetime import UTC, datetime, timedelta

from voorbehoud.core.evidence import Capture, Failure, Kind
from voorbehoud.evaluate.observation import Observation
from voorbehoud.evaluate.site import judge

START = datetime(2026, 11, 2, 3, tzinfo=UTC)
WEEK = timedelta(days=7)

AGENT = "voorbehoud/0.1.0 (+https://voorbehoud.example/bot)"
RESERVED = b'[{"location": "/", "tdm-reservation": 1}]'
PAGE = b"<!doctype html><html><head><title>Atelier</title></head><body><p>Werk</p></body></html>"

Fields = tuple[tuple[str, str], ...]


def answer(
    url: str,
    kind: Kind,
    body: bytes | None,
    at: datetime,
    *,
    status: int | None = None,
    fields: Fields = (),
    failure: Failure | None = None,
    address: str | None = "192.0.2.7",
    found_on: str | None = None,
) -> Capture:
    """Give an answer: 200 with `body`, 404 where that is None, or what `status` or `failure` say."""
    if failure is not None:
        return Capture(
            url, url, kind, None, (), b"", at, failure=failure, detail="made", agent=AGENT, found_on=found_on
        )
    types = {Kind.ROBOTS: "text/plain", Kind.TDM_FILE: "application/json", Kind.IMAGE: "image/jpeg"}
    headers = (
        ("Date", at.strftime("%a, %d %b %Y %H:%M:%S GMT")),
        ("Server", "nginx"),
        ("Content-Type", types.get(kind, "text/html; charset=utf-8")),
        *fields,
    )
    status = status or (404 if body is None else 200)
    return Capture(
        url, url, kind, status, headers, body or b"", at, 0.03, address=address, tls="ok", agent=AGENT,
        found_on=found_on,
    )  # fmt: skip


def visit(
    site: str,
    at: datetime = START,
    *,
    tdm: bytes | None = RESERVED,
    robots: bytes | None = b"User-agent: *\nAllow: /\n",
    page: bytes = PAGE,
    page_fields: Fields = (),
    status: int | None = None,
    failure: Failure | None = None,
    address: str | None = "192.0.2.7",
) -> Observation:
    """Give a visit of three requests; `status` and `failure` are those of every answer."""
    captures = tuple(
        answer(site + path, kind, body, at, status=status, failure=failure, fields=fields, address=address)
        for path, kind, body, fields in (
            ("/robots.txt", Kind.ROBOTS, robots, ()),
            ("/.well-known/tdmrep.json", Kind.TDM_FILE, tdm, ()),
            ("/", Kind.PAGE, page, page_fields),
        )
    )
    done = at + timedelta(seconds=2)
    return Observation(site, captures, at, done, judge(site, captures, done), "0.1.0")
