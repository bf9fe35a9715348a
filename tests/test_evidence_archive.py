"""The archive: common tools read it, replay gives the same bytes, and nothing that a server sends breaks it."""

import dataclasses
import gzip
import io
import json
import sys
import threading
from contextlib import redirect_stdout, suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import requests
from hypothesis import given, settings
from hypothesis import strategies as st
from warcio.archiveiterator import ArchiveIterator
from warcio.checker import Checker

from evidence_parts import AGENT, FIRST, SITE, capture, captures, observation
from voorbehoud.core.errors import UserError
from voorbehoud.core.evidence import Capture, Failure, Hop, Kind
from voorbehoud.evaluate.observation import Observation
from voorbehoud.evidence import archive
from voorbehoud.evidence import record as lossless
from voorbehoud.evidence.archive import ArchiveError

VERDICT = b'{"schema": "voorbehoud.check/1", "sites": []}'
NAME = "0001.warc.gz"


def written(*seen: Capture) -> bytes:
    return archive.write(of(*seen), VERDICT, NAME)


def of(*seen: Capture) -> Observation:
    # The verdict plays no part here: it is the same whatever was seen.
    return replace(observation(seen=()), captures=seen)


def records(warc: bytes) -> list[tuple[Any, bytes]]:
    """Every record as warcio reads it, with its content."""
    return [(record, record.content_stream().read()) for record in ArchiveIterator(io.BytesIO(warc))]


def complaints(warc: bytes, file: Path) -> str:
    """What `warcio check` says of it."""
    file.write_bytes(warc)
    checker = Checker(SimpleNamespace(inputs=[str(file)], verbose=False))
    with redirect_stdout(io.StringIO()) as said:
        code = checker.process_all()
    return f"{code} {said.getvalue()}".strip()


# ---- what is in it ---------------------------------------------------------------------------------------------------
def test_what_was_seen_comes_back_as_it_was() -> None:
    held = archive.read(written(*captures()))
    assert held.captures == captures()
    assert held.verdict == json.loads(VERDICT)


def test_the_lossless_record_leaves_out_no_field_of_a_capture() -> None:
    """Whoever adds one to `Capture` finds here that evidence has to keep it too."""
    told = json.loads(lossless.dumps(captures()[3]))
    assert {field.name for field in dataclasses.fields(Capture)} <= told.keys()
    assert {field.name for field in dataclasses.fields(Hop)} == told["hops"][0].keys()


def test_warcio_reads_every_request_and_answer_redirects_included(tmp_path: Path) -> None:
    warc = written(*captures())
    assert complaints(warc, tmp_path / NAME) == "0"
    read = [
        (
            r.rec_type,
            r.rec_headers.get_header("WARC-Target-URI"),
            r.http_headers and r.http_headers.get_statuscode(),
        )
        for r, _ in records(warc)
        if r.rec_type == "response"
    ]
    assert read == [
        ("response", f"{SITE}/robots.txt", "404"),
        ("response", f"{SITE}/.well-known/tdmrep.json", "200"),
        ("response", f"{SITE}/ai.txt", "404"),
        ("response", f"{SITE}/", "301"),
        ("response", f"{SITE}/nl/", "200"),
        ("response", f"{SITE}/werk/1.jpg", "200"),
    ]
    kinds = [record.rec_type for record, _ in records(warc)]
    assert kinds == ["warcinfo", *["request", "response", "metadata"] * 3, *["request", "response"] * 2, "metadata",
                     "request", "response", "metadata", "metadata"]  # fmt: skip


def test_a_record_says_when_from_where_and_what_it_belongs_to() -> None:
    by_type: dict[str, list[Any]] = {}
    for record, _ in records(written(captures()[1])):
        by_type.setdefault(record.rec_type, []).append(record)
    info, request, response, metadata = (
        by_type[kind][0] for kind in ("warcinfo", "request", "response", "metadata")
    )
    fields = {
        record.rec_type: dict(record.rec_headers.headers) for record in (info, request, response, metadata)
    }
    assert {record.rec_headers.protocol for record in (info, request, response, metadata)} == {"WARC/1.1"}
    for kind in ("request", "response", "metadata"):
        assert fields[kind]["WARC-Date"] == "2026-11-01T12:00:00.250000Z"
        assert fields[kind]["WARC-IP-Address"] == "192.0.2.7"
        assert fields[kind]["WARC-Block-Digest"].startswith("sha256:")
        assert fields[kind]["WARC-Payload-Digest"].startswith("sha256:")
        assert fields[kind]["WARC-Warcinfo-ID"] == fields["warcinfo"]["WARC-Record-ID"]
    assert fields["response"]["WARC-Concurrent-To"] == fields["request"]["WARC-Record-ID"]
    assert fields["metadata"]["WARC-Concurrent-To"] == fields["response"]["WARC-Record-ID"]
    assert request.http_headers.get_header("User-Agent") == AGENT
    assert request.http_headers.get_header("Host") == "atelier.example"


def test_repeated_fields_stay_apart_and_in_order() -> None:
    (hop,) = (
        r
        for r, _ in records(written(captures()[3]))
        if r.http_headers and r.http_headers.get_statuscode() == "301"
    )
    assert hop.http_headers.headers == list(captures()[3].hops[0].headers)
    assert hop.rec_headers.get_header("WARC-Truncated") == "unspecified", "the body of a redirect is not kept"


def test_a_failure_is_told_and_no_answer_is_made_up() -> None:
    lost = capture(
        Kind.PAGE, "/", status=None, headers=(), failure=Failure.DNS, detail="no such host", address=None
    )
    found = records(written(lost))
    assert [record.rec_type for record, _ in found] == ["warcinfo", "metadata", "metadata"]
    told = json.loads(found[1][1])
    assert (told["failure"], told["detail"], told["asked"]) == ("dns", "no such host", f"{SITE}/")


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"truncated": True}, "length"),
        ({"failure": Failure.TIMEOUT}, "time"),
        ({"failure": Failure.RESET}, "disconnect"),
        ({"failure": Failure.GARBLED}, "unspecified"),
        ({}, None),
    ],
)
def test_a_body_that_is_not_whole_is_told_to_be_so(fields: dict[str, Any], said: str | None) -> None:
    (response,) = (
        r for r, _ in records(written(capture(Kind.PAGE, "/", b"half", **fields))) if r.rec_type == "response"
    )
    assert response.rec_headers.get_header("WARC-Truncated") == said


def test_fields_about_bytes_on_the_wire_are_renamed_and_kept_in_the_lossless_record() -> None:
    headers = (
        ("Content-Encoding", "gzip"),
        ("content-length", "9"),
        ("Transfer-Encoding", "chunked"),
        ("ETag", "1"),
    )
    found = records(written(capture(Kind.PAGE, "/", b"decoded", headers=headers)))
    ((response, body),) = ((r, b) for r, b in found if r.rec_type == "response")
    assert body == b"decoded"
    assert [name for name, _ in response.http_headers.headers] == [
        "X-Archive-Orig-Content-Encoding", "X-Archive-Orig-content-length", "X-Archive-Orig-Transfer-Encoding", "ETag",
    ]  # fmt: skip
    metadata = next(json.loads(b) for r, b in found if r.rec_type == "metadata")
    assert metadata["headers"] == [list(line) for line in headers]


def test_the_same_observation_gives_the_same_bytes_and_another_one_other_identifiers() -> None:
    assert written(*captures()) == written(*captures())
    ids = [r.rec_headers.get_header("WARC-Record-ID") for r, _ in records(written(*captures(), *captures()))]
    assert len(set(ids)) == len(ids)
    later = replace(of(*captures()), started=FIRST + timedelta(days=1))
    others = [
        r.rec_headers.get_header("WARC-Record-ID") for r, _ in records(archive.write(later, VERDICT, NAME))
    ]
    assert not set(ids) & set(others)


# ---- replay ----------------------------------------------------------------------------------------------------------
def test_a_replay_server_gives_back_the_bytes_that_were_received() -> None:
    """What any replay tool does: index the responses, find the offset, send status, fields and body from the archive."""
    wanted = captures()
    warc = written(*wanted)
    index: dict[str, int] = {}
    reader = ArchiveIterator(io.BytesIO(warc))
    for record in reader:
        if record.rec_type == "response":
            index[record.rec_headers.get_header("WARC-Target-URI")] = reader.get_record_offset()

    class Replay(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            record = next(iter(ArchiveIterator(io.BytesIO(warc[index[SITE + self.path] :]))))
            body = record.content_stream().read()
            self.send_response_only(int(record.http_headers.get_statuscode()))
            for name, value in record.http_headers.headers:
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Stay silent."""

    with HTTPServer(("127.0.0.1", 0), Replay) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            for seen in wanted:
                url = f"http://127.0.0.1:{server.server_address[1]}{seen.url.removeprefix(SITE)}"
                answer = requests.get(url, timeout=10)
                assert answer.status_code == seen.status
                assert answer.content == seen.body
                assert answer.headers["Content-Type"] == seen.content_type
        finally:
            server.shutdown()
            thread.join()


# ---- what servers send -----------------------------------------------------------------------------------------------
BYTES = st.characters(max_codepoint=255)
HEADERS = st.lists(
    st.tuples(
        st.text(BYTES, max_size=12)
        | st.sampled_from(["", " a", "a ", "a:b", "Content-Encoding", "X", "é", "a\r\nb", "\0"]),
        st.text(BYTES, max_size=20)
        | st.sampled_from(["", "a\r\nWARC/1.1\r\n\r\n", "\0", "\x85", "é\n", "gzip", "chunked"]),
    ),
    max_size=5,
).map(tuple)
URLS = st.sampled_from(
    [
        f"{SITE}/",
        f"{SITE}/é?q=ü#f",
        "http://[",
        f"{SITE}/a\r\nWARC-Type: warcinfo",
        f"{SITE}/\ud800",
        f"{SITE}?q",
        "http://u:p@e.nl",
    ]
)
TIMES = st.datetimes(datetime(1990, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))
BODIES = st.binary(max_size=60) | st.sampled_from(
    [b"", b"\r\n\r\n", b"WARC/1.1\r\n\r\n", b"HTTP/1.1 103 \r\n\r\n"]
)
HOPS = st.lists(st.builds(Hop, URLS, st.integers(100, 599), HEADERS, TIMES), max_size=2).map(tuple)
CAPTURES = st.builds(
    Capture, URLS, URLS, st.sampled_from(Kind), st.none() | st.integers(100, 999), HEADERS, BODIES, TIMES,
    seconds=st.floats(0, 1000), hops=HOPS, truncated=st.booleans(), size=st.none() | st.integers(0, 10**12), tail=st.binary(max_size=20), failure=st.none() | st.sampled_from(Failure),
    detail=st.text(max_size=20), address=st.sampled_from([None, "2001:db8::1", "1\r\n2"]), tls=st.sampled_from([None, "ok", "expired\n"]),
    method=st.sampled_from(["GET", "HEAD"]), found_on=st.none() | URLS, agent=st.sampled_from(["", AGENT, "a\r\nb: c", "é"]),
)  # fmt: skip


@settings(max_examples=40)
@given(st.lists(CAPTURES, max_size=3))
def test_nothing_that_a_server_sends_breaks_the_archive_or_is_lost(
    tmp_path_factory: pytest.TempPathFactory, seen: list[Capture]
) -> None:
    warc = written(*seen)
    assert archive.read(warc).captures == tuple(seen)
    assert complaints(warc, tmp_path_factory.getbasetemp() / NAME) == "0"
    found = records(warc)
    assert sum(record.rec_type == "warcinfo" for record, _ in found) == 1
    assert sum(record.rec_type == "metadata" for record, _ in found) == len(seen) + 1
    answers = [body for record, body in found if record.rec_type == "response"]
    assert len(answers) == sum(len(c.hops) + (c.status is not None) for c in seen)


def test_a_large_body_is_held_whole() -> None:
    huge = capture(Kind.IMAGE, "/1.jpg", bytes(range(256)) * 80_000)
    assert archive.read(written(huge)).captures == (huge,)


# ---- archives of others ----------------------------------------------------------------------------------------------
def packed(edit: Any) -> bytes:
    """The archive with its records changed and compressed again: hashes inside it are all that can tell."""
    return gzip.compress(edit(gzip.decompress(written(*captures()))), mtime=0)


def doubled(warc: bytes, sign: bytes) -> bytes:
    """The records with the first one that holds `sign` twice."""
    head, *records = warc.split(b"WARC/1.1\r\n")
    place = next(n for n, one in enumerate(records) if sign in one)
    return b"WARC/1.1\r\n".join([head, *records[: place + 1], *records[place:]])


SHOWN = "not what is recorded beside it"


@pytest.mark.parametrize(
    ("archive_", "reason"),
    [
        (b"", "no verdict"),
        (b"WARC/1.1\r\n", "decompressed"),
        (written(*captures())[:-20], "decompressed"),
        (gzip.compress(b"GIF89a", mtime=0), "Unknown archive format"),
        (packed(lambda warc: warc.replace(b"tdm-reservation", b"tdm-reservatiom", 1)), "digest"),
        (packed(lambda warc: warc.replace(b'"status": 200', b'"status": 201', 1)), "digest"),
        (packed(lambda warc: warc.replace(b"sha256:", b"sha257:", 1)), "digest"),
        (packed(lambda warc: warc[: warc.rindex(b"WARC/1.1")]), "no verdict"),
        (packed(lambda warc: warc.replace(b"URI: https://atelier.example/n", b"URI: https://x/n", 1)), SHOWN),
        (packed(lambda warc: warc.replace(b"Date: 2026-11-01T", b"Date: 2026-10-01T")), SHOWN),
        (packed(lambda warc: warc.replace(b"IP-Address: 192", b"IP-Address: 203", 1)), SHOWN),
        (packed(lambda warc: doubled(warc, b"WARC-Type: response")), SHOWN),
        (packed(lambda warc: doubled(warc, b"WARC-Type: metadata")), SHOWN),
        (packed(lambda warc: warc + warc[warc.index(b"WARC/1.1", 9) :]), "behind the verdict"),
    ],
)
def test_an_archive_that_is_not_ours_or_was_changed_is_refused(archive_: bytes, reason: str) -> None:
    with pytest.raises(ArchiveError, match=reason):
        archive.read(archive_)


def test_an_answer_that_shows_other_than_was_recorded_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody makes an archive with digests that are right, in which replay tools would show a field that never came."""
    head = archive._head
    for told in (200, 301):  # an answer, a redirect
        monkeypatch.setattr(
            archive,
            "_head",
            lambda status, headers, told=told: head(
                status, (*headers, *([("tdm-reservation", "1")] if status == told else []))
            ),
        )
        forged = written(*captures())
        monkeypatch.undo()
        with pytest.raises(ArchiveError, match=SHOWN):
            archive.read(forged)


def test_a_body_that_is_not_the_one_recorded_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    dumps = lossless.dumps
    monkeypatch.setattr(lossless, "dumps", lambda seen: dumps(dataclasses.replace(seen, body=b"another")))
    with pytest.raises(ArchiveError, match="not the one that the record describes"):
        archive.read(written(*captures()))


def test_what_unpacks_to_more_than_we_hold_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "LARGEST", 1_000)
    with pytest.raises(ArchiveError, match="larger than 1,000 bytes"):
        archive.read(written(*captures()))


@settings(max_examples=80)
@given(st.data())
def test_no_change_to_the_records_of_an_archive_raises_anything_else(data: st.DataObject) -> None:
    warc = bytearray(gzip.decompress(PLAIN))
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, len(warc) - 1))
        warc[at : at + data.draw(st.integers(0, 9))] = data.draw(st.binary(max_size=9))
    with suppress(ArchiveError):
        archive.read(gzip.compress(warc, 1))


PLAIN = written(*captures())


def test_packages_that_are_missing_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "warcio.warcwriter", None)
    monkeypatch.setitem(sys.modules, "warcio.archiveiterator", None)
    with pytest.raises(UserError, match=r"pip install 'voorbehoud\[evidence\]'"):
        written()
    with pytest.raises(UserError, match=r"pip install 'voorbehoud\[evidence\]'"):
        archive.read(PLAIN)
