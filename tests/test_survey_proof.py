"""From a visit over real sockets to a bundle, and from the bundle back to the same verdict."""

import gzip
import io
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace

import pytest
from warcio.archiveiterator import ArchiveIterator
from warcio.checker import Checker

from awkward_servers import FIFTEEN, Farm, Reply, answer, moved
from voorbehoud.evaluate.observation import Observation
from voorbehoud.evaluate.site import judge
from voorbehoud.evidence import archive
from voorbehoud.evidence.verify import Trust
from voorbehoud.fetch.crawl import crawl
from voorbehoud.fetch.settings import Settings
from voorbehoud.fetch.visit import SiteRequest
from voorbehoud.survey import proof

pytest_plugins = ["awkward_servers"]

PAGE = b'<!doctype html><title>Werk</title><meta name="tdm-reservation" content="1"><img src="/a.jpg">'
VERDICT = b'{"schema": "voorbehoud.check/1", "sites": []}'
FILE = b'[{"location": "/", "tdm-reservation": 1}]'


@pytest.fixture(scope="module")
def visits(farm: Farm) -> tuple[Observation, ...]:
    """What the real fetcher gets: from a site with a redirect, a compressed page and an early hint, then from the awkward ones."""
    fields = (
        "Content-Type: text/html",
        "Content-Encoding: gzip",
        "X-Odd: caf\xe9",
        "Set-Cookie: a",
        "Set-Cookie: b",
    )
    hint = b"HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\n"
    maker = {
        "/": moved("/nl/"),
        "/nl/": Reply(hint + answer(gzip.compress(PAGE), *fields).raw),
        "/a.jpg": answer(b"\xff\xd8\xff\xe0", "Content-Type: image/jpeg"),
        "/.well-known/tdmrep.json": answer(FILE, "Content-Type: application/json"),
    }
    sites = [farm.site(pages) for pages in (maker, *({"/": reply} for reply in FIFTEEN.values()))]
    settings = Settings(allow_private=True, delay=0.01, request_seconds=3, otherwise=False)
    started = datetime.now(UTC)
    visits = crawl([SiteRequest(site) for site in sites], settings, now=lambda: datetime.now(UTC))
    found = {visit.request.site: visit.captures for visit in visits}
    finished = datetime.now(UTC)
    return tuple(
        Observation(site, found[site], started, finished, judge(site, found[site], finished), "0.1.0")
        for site in sites
    )


@pytest.fixture(scope="module")
def seen(visits: tuple[Observation, ...]) -> Observation:
    return visits[0]


def test_what_was_really_received_proves_its_verdict(seen: Observation, tmp_path: Path) -> None:
    assert seen.verdict.protected
    out = tmp_path / "bundle"
    proof.export(
        [seen], out, site=seen.site, since=None, until=None, seal=proof.Seal(), now=lambda: datetime.now(UTC)
    )
    outcome = proof.check(out, Trust())
    assert [found.key for found in outcome.problems] == ["not-signed", "not-stamped"]
    assert outcome.judged == 1
    (file,) = (out / "archive").iterdir()
    assert archive.read(file.read_bytes()).captures == seen.captures


def test_the_archive_of_a_real_visit_replays(seen: Observation) -> None:
    warc = archive.write(seen, VERDICT, "0001.warc.gz")
    answers = [
        (record.http_headers, record.content_stream().read())
        for record in ArchiveIterator(io.BytesIO(warc))
        if record.rec_type == "response"
    ]
    head = next(head for head, body in answers if body == PAGE)
    assert head.get_header("X-Archive-Orig-Content-Encoding") == "gzip"
    assert head.get_header("Content-Encoding") is None
    assert [value for name, value in head.headers if name == "Set-Cookie"] == ["a", "b"]
    codes = {head.get_statuscode() for head, _ in answers}
    assert codes == {"200", "302", "404"}, "an early hint is no answer"


def test_what_awkward_servers_send_is_archived_whole(visits: tuple[Observation, ...], tmp_path: Path) -> None:
    assert len(visits) == 16
    file = tmp_path / "0001.warc.gz"
    for one in visits:
        file.write_bytes(archive.write(one, VERDICT, file.name))
        assert archive.read(file.read_bytes()).captures == one.captures
        assert Checker(SimpleNamespace(inputs=[str(file)], verbose=False)).process_all() == 0
