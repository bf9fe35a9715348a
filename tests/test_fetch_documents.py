"""How much of a long document is fetched, and that its end is asked for apart: from a real nginx, and from a folder."""

import asyncio
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

import real_files
from awkward_servers import NEAR, Farm, answer, page
from conftest import Serve
from voorbehoud.core.evidence import Capture, Kind
from voorbehoud.core.use import Use
from voorbehoud.evaluate.site import judge
from voorbehoud.evaluate.verdict import Verdict
from voorbehoud.fetch.caps import CAPS, TAIL
from voorbehoud.fetch.folder import captures_of
from voorbehoud.fetch.tail import part_of
from voorbehoud.fetch.transport import Answer, Transport
from voorbehoud.fetch.visit import SiteRequest, visit

pytest_plugins = ["awkward_servers"]

CAP = CAPS[Kind.DOCUMENT]
ZERO = {"type": "pdf", "xmp": {"attributes": 'tdm:reservation="0"'}}
BOOK = {"type": "epub", "opf": {"version": "2.0", "metas": '<meta name="tdm:reservation" content="0"/>'}}


def now() -> datetime:
    return datetime.now(UTC)


def long_pdf(size: int) -> bytes:
    """Give a document of at least `size` bytes, nearly all of them a comment before the objects."""
    padding = b"% " + os.urandom(size // 2).hex().encode() + b"\n"
    body = real_files.made(ZERO).body
    first = body.index(b"\n") + 1
    return body[:first] + padding + _shifted(body, len(padding), first)


def _shifted(body: bytes, by: int, first: int) -> bytes:
    """Move everything behind the first line of a document by so many bytes, its table included."""
    table = body.index(b"xref\n0 ")
    head, rows = body[first:table], body[table:].split(b"\n")
    moved = [b"%010d%s" % (int(row[:10]) + by, row[10:]) if row.endswith(b" n ") else row for row in rows]
    where = rows.index(b"startxref")
    moved[where + 1] = str(int(rows[where + 1]) + by).encode()
    return head + b"\n".join(moved)


def visited(site: str) -> tuple[Capture, ...]:
    async def run() -> tuple[Capture, ...]:
        transport = Transport(NEAR)
        try:
            return (await visit(SiteRequest(site), transport, NEAR, now)).captures
        finally:
            transport.close()

    return asyncio.run(run())


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    (folder / "index.html").write_text('<a href="lang.pdf">lang</a>', encoding="utf-8")
    (folder / ".well-known").mkdir()
    (folder / ".well-known" / "tdmrep.json").write_text(
        '[{"location": "/", "tdm-reservation": 1}]', encoding="utf-8"
    )
    (folder / "lang.pdf").write_bytes(long_pdf(CAP + TAIL + 100_000))
    return folder


def zero_is_heard(site: str, captures: tuple[Capture, ...]) -> None:
    document = next(c for c in captures if c.kind is Kind.DOCUMENT)
    assert (len(document.body), len(document.tail), document.truncated) == (CAP, TAIL, True)
    assert document.size is not None
    assert document.size > CAP + TAIL
    resource = next(r for r in judge(site, captures, now()).resources if r.kind is Kind.DOCUMENT)
    assert resource.use(Use.TDM).strict is Verdict.NOT_RESERVED


@pytest.mark.needs("nginx")
def test_a_zero_at_the_end_of_a_long_document_is_heard(nginx: Serve, shelf: Path) -> None:
    site = nginx(shelf)
    zero_is_heard(site, visited(site))


def test_a_folder_reads_the_same_parts(shelf: Path) -> None:
    zero_is_heard("https://e.nl", captures_of(shelf, "https://e.nl", None, now))


def test_a_server_that_sends_no_parts_leaves_it_undetermined(farm: Farm) -> None:
    body = long_pdf(CAP + 10)
    file = answer(b'[{"location": "/", "tdm-reservation": 1}]', "Content-Type: application/json")
    site = farm.site(
        {"/": page('<a href="/l.pdf">l</a>'), "/l.pdf": answer(body), "/.well-known/tdmrep.json": file}
    )
    captures = visited(site)
    assert farm.paths(site).count("/l.pdf") == 2
    (asked,) = [head for _, _, path, head in farm.asked if path == "/l.pdf" and "range:" in head.lower()]
    assert f"bytes=-{TAIL}" in asked
    verdict = judge(site, captures, now())
    assert not verdict.protected
    assert verdict.use(Use.TDM).strict is Verdict.UNDETERMINED


def test_a_short_document_is_asked_for_once(farm: Farm) -> None:
    site = farm.site({"/": page('<a href="/k.pdf">k</a>'), "/k.pdf": answer(real_files.made(ZERO).body)})
    visited(site)
    assert farm.paths(site).count("/k.pdf") == 1


@pytest.mark.parametrize(
    ("spec", "fields"),
    [
        (ZERO, ("Content-Type: application/pdf",)),
        (ZERO, ()),
        (BOOK, ("Content-Type: application/epub+zip",)),
        (BOOK, ("Content-Type: application/octet-stream",)),
    ],
    ids=["PDF", "PDF without a type", "EPUB", "EPUB without a type of its own"],
)
def test_a_document_behind_an_address_like_a_page_is_read(
    farm: Farm, spec: dict[str, Any], fields: tuple[str, ...]
) -> None:
    file = answer(b'[{"location": "/", "tdm-reservation": 1}]', "Content-Type: application/json")
    body = answer(real_files.made(spec).body, *fields)
    home = page('<a href="/download">d</a>')
    site = farm.site({"/": home, "/download": body, "/.well-known/tdmrep.json": file})
    verdict = judge(site, visited(site), now())
    (document,) = [r for r in verdict.resources if r.url == f"{site}/download"]
    assert document.kind is Kind.DOCUMENT
    assert document.use(Use.TDM).strict is Verdict.NOT_RESERVED


def test_a_document_that_is_shown_as_a_picture_is_read(farm: Farm) -> None:
    file = answer(b'[{"location": "/", "tdm-reservation": 1}]', "Content-Type: application/json")
    work = answer(b"\n" + real_files.made(ZERO).body, "Content-Type: application/octet-stream")
    site = farm.site({"/": page('<img src="/affiche">'), "/affiche": work, "/.well-known/tdmrep.json": file})
    verdict = judge(site, visited(site), now())
    (document,) = [r for r in verdict.resources if r.url == f"{site}/affiche"]
    assert (document.kind, document.use(Use.TDM).strict) == (Kind.DOCUMENT, Verdict.NOT_RESERVED)
    assert not verdict.protected


WHOLE = Answer(200, (("ETag", '"a"'), ("Content-Length", "9")), b"12345", 0.0, truncated=True)
PART = Answer(206, (("ETag", '"a"'), ("Content-Range", "bytes 6-8/9")), b"789", 0.0)


def test_a_part_counts_where_it_is_the_end_of_the_same_file() -> None:
    assert part_of(PART, WHOLE) == (9, b"789")


@pytest.mark.parametrize(
    "part",
    [
        Answer(200, PART.headers, PART.body, 0.0),
        Answer(206, (("ETag", '"b"'), ("Content-Range", "bytes 6-8/9")), b"789", 0.0),
        Answer(206, (("ETag", '"a"'), ("Content-Range", "bytes 5-7/9")), b"678", 0.0),
        Answer(206, (("ETag", '"a"'), ("Content-Range", "bytes 5-8/9")), b"789", 0.0),
        Answer(206, (("ETag", '"a"'), ("Content-Range", "bytes 6-8/*")), b"789", 0.0),
        Answer(206, (("ETag", '"a"'),), b"789", 0.0),
        Answer(206, PART.headers, b"789", 0.0, truncated=True),
        Answer(206, (*PART.headers, ("Content-Encoding", "gzip")), b"789", 0.0),
    ],
    ids=[
        "all of it",
        "another file",
        "the middle",
        "fewer bytes",
        "no length",
        "no place",
        "cut off",
        "packed",
    ],
)
def test_any_other_part_does_not(part: Answer) -> None:
    assert part_of(part, WHOLE) is None
