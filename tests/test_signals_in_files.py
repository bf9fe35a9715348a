"""What a work says itself: TDMRep in PDF and EPUB, PLUS in XMP."""

import inspect
import json
import re
import struct
import subprocess
import zlib
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from functools import cache
from itertools import cycle
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import programs
import real_files
from vectors_runner import AT, SITE, Case, capture_of, cases, check, load, sent
from voorbehoud import i18n
from voorbehoud.core.artifact import MediaTag
from voorbehoud.core.evidence import Capture, Kind, Origin
from voorbehoud.core.preference import Preference
from voorbehoud.core.statement import Audience, Reading
from voorbehoud.core.use import Use
from voorbehoud.declaration.model import Declaration, Declarer
from voorbehoud.evaluate.explain import explain
from voorbehoud.evaluate.site import judge
from voorbehoud.evaluate.verdict import SignalState, SiteVerdict, Verdict
from voorbehoud.grammar import cbor, epub, pdf
from voorbehoud.grammar.extent import Extent
from voorbehoud.grammar.pdf import metadata
from voorbehoud.grammar.xml_tree import Refusal
from voorbehoud.signals import cawg, media_xmp, tdm_epub, tdm_pdf
from voorbehoud.signals.cawg import Cawg
from voorbehoud.signals.media_xmp import MediaXmp
from voorbehoud.signals.signal import AnySignal, Asked
from voorbehoud.signals.tdm_words import TdmWords

EXAMPLES = Path(__file__).parents[1] / "site_examples"
ONE = {"attributes": 'tdm:reservation="1"'}
ZERO = {"attributes": 'tdm:reservation="0"'}
PREFIX = 'prefix="tdm: http://www.w3.org/ns/tdmrep#"'


def book(value: str) -> dict[str, Any]:
    return {
        "type": "epub",
        "opf": {"attributes": PREFIX, "metas": f'<meta property="tdm:reservation">{value}</meta>'},
    }


@pytest.mark.parametrize("case", cases("tdmrep/sec-tdm-pdf.yaml"))
def test_the_pdf(case: Case) -> None:
    check(tdm_pdf.SIGNAL, case)


@pytest.mark.parametrize("case", cases("tdmrep/sec-tdm-epub.yaml"))
def test_the_epub(case: Case) -> None:
    check(tdm_epub.SIGNAL, case)


@pytest.mark.parametrize(
    "case", cases("plus/data-mining.yaml", "plus/storage.yaml", "plus/digital-source-type.yaml")
)
def test_the_xmp(case: Case) -> None:
    check(media_xmp.SIGNAL, case)


@pytest.mark.parametrize("case", cases("cawg/training-mining.yaml"))
def test_the_manifest(case: Case) -> None:
    check(cawg.SIGNAL, case)


REASONS = re.compile(r'"((?:it|its|the archive|a package|META-INF)\b[^"{]*)"')


def test_every_reason_for_not_reading_is_told_in_dutch_too() -> None:
    named = {reason for module in (pdf, epub) for reason in REASONS.findall(inspect.getsource(module))}
    named |= {f"it has no {epub.CONTAINER}", f"{epub.CONTAINER} cannot be read"}
    named |= {f"{epub.CONTAINER} names no package document"}
    named |= {f"it has more than {epub.MOST_PACKAGES} package documents", *map(str, Refusal)}
    assert len(named) > 12
    for reason in named - {epub.CONTAINER}:
        assert i18n.say(f"phrase.{reason}", "nl") != reason


# ---- the verdict on a work, and on the site that offers it -------------------------------------------------------------
FILE = json.dumps([{"location": "/", "tdm-reservation": 1}])


def site_with(
    work: Mapping[str, Any] | Capture, file: str = "", fields: tuple[tuple[str, str], ...] = ()
) -> tuple[Capture, ...]:
    """Give the answers of a site with a home page, one work, and a tdmrep.json where `file` is not empty."""
    one = work if isinstance(work, Capture) else capture_of({"file": work}, Kind.DOCUMENT)
    one = replace(one, headers=(*one.headers, *fields))
    json_type = (("Content-Type", "application/json"),)
    html = (("Content-Type", "text/html"), *fields)
    place = SITE + "/.well-known/tdmrep.json"
    policy = Capture(place, place, Kind.TDM_FILE, 200 if file else 404, json_type, file.encode(), AT)
    others = [
        Capture(SITE + path, SITE + path, kind, 404, (), b"", AT)
        for path, kind in (("/robots.txt", Kind.ROBOTS), ("/ai.txt", Kind.AI_TXT))
    ]
    home = Capture(SITE + "/", SITE + "/", Kind.PAGE, 200, html, b"<title>Werk</title>", AT)
    return (policy, *others, home, one)


def of_work(verdict: SiteVerdict) -> tuple[Verdict, Verdict]:
    mining = next(r for r in verdict.resources if r.kind is not Kind.PAGE).use(Use.TDM)
    return mining.strict, mining.protective


@pytest.mark.parametrize("work", [{"type": "pdf", "xmp": ONE}, book("1")], ids=lambda w: w["type"])
def test_a_reservation_inside_a_document_alone_shows_in_its_verdict(work: Mapping[str, Any]) -> None:
    verdict = judge(SITE, site_with(work), AT)
    assert of_work(verdict) == (Verdict.RESERVED, Verdict.RESERVED)
    assert not verdict.protected  # the page is not reserved by it
    assert verdict.use(Use.TDM).strict is Verdict.UNSET
    (said,) = [s for s in verdict.signals if s.signal == f"tdm-{work['type']}"]
    assert said.state is SignalState.PRESENT
    assert said.uses == ((Use.TDM, Preference.DISALLOWED),)


@pytest.mark.parametrize("work", [{"type": "pdf", "xmp": ZERO}, book("0")], ids=lambda w: w["type"])
def test_a_zero_inside_a_document_lifts_what_file_and_header_reserve(work: Mapping[str, Any]) -> None:
    verdict = judge(SITE, site_with(work, FILE, (("tdm-reservation", "1"),)), AT)
    assert of_work(verdict) == (Verdict.NOT_RESERVED, Verdict.NOT_RESERVED)
    assert not verdict.protected
    told = [f for f in verdict.findings if f.code == "EFF402"]
    assert {f"tdm-{work['type']}" in f.message for f in told} == {True}
    assert len(told) == 2  # the header and the file


def test_a_reservation_inside_a_document_overrules_a_zero_of_the_file() -> None:
    verdict = judge(SITE, site_with({"type": "pdf", "xmp": ONE}, FILE.replace("1}", "0}")), AT)
    assert of_work(verdict) == (Verdict.RESERVED, Verdict.RESERVED)
    assert verdict.use(Use.TDM).contradictory


UNREAD: list[dict[str, Any]] = [
    {"type": "pdf", "encrypted": "all", "xmp": ONE},
    {"type": "pdf", "cut": True, "xmp": ZERO},
    {"type": "epub", "container": False, "opf": {"metas": ""}},
]


@pytest.mark.parametrize("work", UNREAD, ids=str)
@pytest.mark.parametrize("file", [FILE, ""], ids=["reserved around it", "nothing around it"])
def test_what_could_not_be_read_is_undetermined_and_never_protects(
    work: Mapping[str, Any], file: str
) -> None:
    captures = site_with(work, file)
    verdict = judge(SITE, captures, AT)
    assert of_work(verdict) == (Verdict.UNDETERMINED, Verdict.UNDETERMINED)
    assert not verdict.protected
    answer = explain(captures, captures[-1].asked, "ClaudeBot", Use.TRAIN_AI)
    assert answer.verdict.strict is Verdict.UNDETERMINED


def test_what_another_family_reserves_stands_whatever_an_unread_document_says() -> None:
    captures = site_with(UNREAD[0], "", (("Content-Usage", "train-ai=n"),))
    resource = next(r for r in judge(SITE, captures, AT).resources if r.kind is Kind.DOCUMENT)
    assert resource.use(Use.TRAIN_AI).strict is Verdict.RESERVED
    assert resource.use(Use.TDM).strict is Verdict.UNDETERMINED


@pytest.mark.parametrize(
    "work",
    [{"type": "pdf"}, {"type": "pdf", "encrypted": "all"}, {"type": "epub", "opf": {"metas": ""}}],
    ids=str,
)
def test_a_document_that_says_nothing_stands_in_nobodys_way(work: Mapping[str, Any]) -> None:
    assert judge(SITE, site_with(work, FILE), AT).protected


PROHIBITED = {"attributes": 'plus:DataMining="http://ns.useplus.org/ldf/vocab/DMI-PROHIBITED"'}
GIVEN = {"attributes": 'plus:DataMining="http://ns.useplus.org/ldf/vocab/DMI-ALLOWED"'}


@pytest.mark.parametrize("name", sorted(real_files.TYPES.keys() - {"epub"}))
def test_a_reservation_in_the_xmp_of_a_work_alone_shows_in_its_verdict(name: str) -> None:
    verdict = judge(SITE, site_with({"type": name, "xmp": PROHIBITED}), AT)
    resource = next(r for r in verdict.resources if r.kind is not Kind.PAGE)
    told = {use: (resource.use(use).strict, resource.use(use).audience) for use in Use}
    reserved = (Verdict.RESERVED, Audience.EVERYONE)
    assert told == {**dict.fromkeys(Use, reserved), Use.AI_USE: (Verdict.UNSET, None)}
    assert [s.signal for s in resource.use(Use.TDM).because] == ["media-xmp"]
    assert not verdict.protected  # the page is not reserved by it


def test_a_permission_inside_an_image_contradicts_a_site_that_reserves() -> None:
    """licensing, G.1 case 25: reserved is what counts, and nobody may call it protected."""
    verdict = judge(SITE, site_with({"type": "jpeg", "xmp": GIVEN}, FILE), AT)
    assert of_work(verdict) == (Verdict.RESERVED, Verdict.RESERVED)
    assert verdict.use(Use.TDM).contradictory
    assert not verdict.protected
    (told,) = [f for f in verdict.findings if f.code == "EFF401" and " tdm " in f.message]
    assert "media-xmp" in told.message


def test_an_image_that_was_not_read_to_its_end_changes_no_verdict() -> None:
    whole = capture_of({"file": {"type": "png"}}, Kind.IMAGE)
    cut = replace(whole, body=whole.body[:60], truncated=True)
    verdict = judge(SITE, site_with(cut, FILE), AT)
    assert verdict.protected
    assert "MXP101" in {f.code for f in verdict.findings}
    (said,) = [s for s in verdict.signals if s.signal == "media-xmp"]
    assert said.state is SignalState.UNDETERMINED


@pytest.mark.parametrize("row", [pytest.param(r, id=r["name"]) for r in load("plus/copies.yaml")])
def test_copies_of_an_image(row: dict[str, Any]) -> None:
    works = [
        replace(
            capture_of({"file": spec, "truncated": spec.get("truncated", False)}, Kind.IMAGE),
            url=f"{SITE}/{n}",
            asked=f"{SITE}/{n}",
        )
        for n, spec in enumerate(row["given"])
    ]
    captures = (*site_with(works[0])[:-1], *works)
    found = judge(SITE, captures, AT).findings
    assert [f.origin.url for f in found if f.code == "MXP401"] == [SITE + path for path in row["without"]]


def test_a_claim_in_a_manifest_alone_shows_in_the_verdict_of_its_image_and_protects_nothing() -> None:
    verdict = judge(SITE, site_with({"type": "jpeg", "signed": "full.jpg"}), AT)
    assert of_work(verdict) == (Verdict.UNSET, Verdict.RESERVED)
    resource = next(r for r in verdict.resources if r.kind is Kind.IMAGE)
    assert [resource.use(use).protective for use in (Use.TRAIN_AI, Use.AI_USE)] == [Verdict.RESERVED] * 2
    (said,) = [s for s in verdict.signals if s.signal == "cawg"]
    assert said.state is SignalState.PRESENT


@pytest.mark.parametrize("row", [pytest.param(r, id=r["name"]) for r in load("rsl/in-files.yaml")])
def test_a_licence_inside_a_work(row: dict[str, Any]) -> None:
    verdict = judge(SITE, site_with(capture_of({"file": row["given"]}, Kind.IMAGE)), AT)
    resource = next(r for r in verdict.resources if r.kind is not Kind.PAGE)
    told = {use.value: f"{resource.use(use).strict}/{resource.use(use).protective}" for use in Use}
    assert {use: said for use, said in told.items() if said != "unset/unset"} == row["uses"]
    assert sorted(f.code for f in verdict.findings if f.code.startswith("RSL")) == row["findings"]
    assert not verdict.protected
    (signal,) = [s for s in verdict.signals if s.signal == "rsl"]
    assert signal.state == row.get("state", "present" if row["findings"] else "absent")


# ---- parts of a long file ----------------------------------------------------------------------------------------------
@pytest.mark.parametrize("work", [{"type": "pdf", "xmp": ONE}, {"type": "pdf", "objects": True, "xmp": ONE}, book("1")], ids=str)  # fmt: skip
def test_beginning_and_end_say_what_the_whole_says_or_that_they_do_not_know(work: Mapping[str, Any]) -> None:
    whole = capture_of({"file": work}, Kind.DOCUMENT)
    signal = tdm_epub.SIGNAL if work["type"] == "epub" else tdm_pdf.SIGNAL
    size, known = len(whole.body), signal.parse(whole)
    seen = set()
    for head in range(30, size, 31):
        for tail in range(30, size, 97):
            part = replace(whole, body=whole.body[:head], truncated=True, size=size, tail=whole.body[-tail:])
            parsed = signal.parse(part)
            seen.add(parsed.unread)
            assert parsed.unread or parsed == known
            if head + tail >= size:
                assert parsed == known
    assert seen == {True, False}


# ---- hostile files -----------------------------------------------------------------------------------------------------
@cache
def real_documents() -> tuple[bytes, ...]:
    """Real documents of every making: ours, those of the example sites, and those of the vectors."""
    found = [file.read_bytes() for file in sorted(EXAMPLES.rglob("*")) if file.suffix in {".pdf", ".epub"}]
    specs: list[dict[str, Any]] = [
        {"type": "pdf", "xmp": ONE}, {"type": "pdf", "objects": True, "xmp": ONE}, {"type": "pdf", "linear": True, "xmp": ONE},
        book("1"),
    ]  # fmt: skip
    return (*found, *(real_files.made(spec).body for spec in specs))


@cache
def real_works() -> tuple[bytes, ...]:
    """Images, sound and film with a packet in each, and those of the example sites, without their long ends."""
    suffixes = {".jpg", ".png", ".webp", ".mp3"}
    found = [file.read_bytes()[:2000] for file in sorted(EXAMPLES.rglob("*")) if file.suffix in suffixes]
    names = sorted(real_files.TYPES.keys() - {"epub"})
    made = [real_files.made({"type": name, "xmp": PROHIBITED}).body for name in names]
    odd = [
        {"type": "jpeg", "xmp": ONE, "extended": PROHIBITED},
        {"type": "png", "place": "compressed", "xmp": ONE},
    ]
    return (*found, *made, *(real_files.made(spec).body for spec in odd))


@st.composite
def damaged(draw: st.DrawFn, files: tuple[bytes, ...]) -> bytes:
    """A real file, cut off somewhere, with some bytes changed and a stretch moved, and numbers that lie."""
    body = bytearray(draw(st.sampled_from(files)))
    for _ in range(draw(st.integers(0, 6))):
        at = draw(st.integers(0, len(body) - 1))
        body[at] = draw(st.sampled_from(b"\0\x01\x7f\x80\xff<>/[]()R 0159"))
    for _ in range(draw(st.integers(0, 2))):
        at, length = draw(st.integers(0, len(body) - 1)), draw(st.integers(0, 200))
        del body[at : at + length]
    return bytes(body[: draw(st.integers(0, len(body)))] if draw(st.booleans()) else body)


@cache
def signed() -> tuple[bytes, ...]:
    return tuple(file.read_bytes() for file in sorted(real_files.SIGNED.iterdir()) if file.suffix != ".md")


@given(st.data())
def test_no_manifest_is_too_damaged(data: st.DataObject) -> None:
    heard(cawg.SIGNAL, data.draw(damaged(signed())))


def test_a_store_that_breaks_off_never_shows_an_earlier_manifest() -> None:
    body = (real_files.SIGNED / "again.jpg").read_bytes()
    for end in range(len(body)):
        assert cawg.parse(picture(body[:end], truncated=True)).model is None


def test_chunks_of_a_webp_are_even() -> None:
    body = (real_files.SIGNED / "full.webp").read_bytes()
    odd = body[:12] + b"ODD " + struct.pack("<I", 1) + b"x\0" + body[12:]
    assert cawg.parse(picture(odd)).model == cawg.parse(picture(body)).model is not None


@given(st.binary(max_size=200))
def test_no_cbor_is_too_strange(body: bytes) -> None:
    cbor.value(body)


@pytest.mark.parametrize(
    ("data", "value"),
    [
        ("a2626162a16163f5616418ff", {"ab": {"c": True}, "d": 255}),
        ("bf61619f0102ffff", {"a": [1, 2]}),
        ("7f61616162ff", "ab"),
        ("c1fb3ff8000000000000", 1.5),
        ("a10102", {}),
        ("3903e7", -1000),
        ("f6", None),
        ("82", None),
        ("61ff", None),
        ("ff", None),
        ("81" * 40 + "01", None),
        ("9bffffffffffffffff", None),
        ("5bffffffffffffffff00", None),
        ("9f" + "01" * 20_000 + "ff", None),
    ],
    ids=lambda given: str(given)[:20],
)
def test_cbor(data: str, value: object) -> None:
    """RFC 8949, appendix A, and what is no CBOR or too much of it."""
    assert cbor.value(bytes.fromhex(data)) == value


def heard(signal: AnySignal, body: bytes, truncated: bool = False) -> None:
    url = SITE + "/w"
    capture = Capture(url, url, min(signal.reads), 200, (), body, AT, truncated=truncated)
    parsed = signal.parse(capture)
    if parsed.model is not None:
        signal.evaluate(parsed.model, Asked(url), Origin(url))


@given(st.data(), st.booleans())
def test_no_document_is_too_damaged(data: st.DataObject, truncated: bool) -> None:
    body = data.draw(damaged(real_documents()))
    for signal in (tdm_pdf.SIGNAL, tdm_epub.SIGNAL):
        heard(signal, body, truncated)


@given(st.data(), st.booleans())
def test_no_work_is_too_damaged(data: st.DataObject, truncated: bool) -> None:
    heard(media_xmp.SIGNAL, data.draw(damaged(real_works())), truncated)


@pytest.mark.parametrize("body", real_works(), ids=lambda body: body[:12].hex())
def test_a_work_that_breaks_off_anywhere_is_read_to_there(body: bytes) -> None:
    whole = media_xmp.parse(picture(body))
    for end in range(0, len(body), 7):
        part = media_xmp.parse(picture(body[:end], truncated=True))
        assert part.model is None or (whole.model and {*part.model.mining} <= {*whole.model.mining})


def picture(body: bytes, truncated: bool = False) -> Capture:
    url = SITE + "/w"
    return Capture(url, url, Kind.IMAGE, 200, (), body, AT, truncated=truncated)


STARTS = (
    b"", b"\xff\xd8\xff\xe1", b"\x89PNG\r\n\x1a\n", b"RIFF\xff\0\0\0WEBPVP8X\x0a\0\0\0\x04", b"RIFF\xff\0\0\0WAVE", b"GIF89a",
    b"II*\0\x08\0\0\0", b"MM\0*\0\0\0\x08", b"\0\0\0\x08ftyp", b"ID3\3\0\0\0\0\1\0", b"ID3\4\0\x40\0\0\1\0", b"<svg ",
)  # fmt: skip


@given(st.sampled_from(STARTS), st.binary(max_size=300), st.booleans())
def test_no_bytes_of_a_work_are_too_strange(start: bytes, rest: bytes, truncated: bool) -> None:
    media_xmp.parse(picture(start + rest, truncated))


LONG = {
    "segments without end": b"\xff\xd8" + b"\xff\xe1\0\2" * 1_000_000,
    "fill bytes without end": b"\xff\xd8" + b"\xff" * 2_000_000,
    "extended packets without end": b"\xff\xd8"
    + (b"\xff\xe1\0\x4ehttp://ns.adobe.com/xmp/extension/\0" + bytes(41)) * 20_000,
    "chunks without end": b"\x89PNG\r\n\x1a\n" + (bytes(4) + b"iTXt" + bytes(4)) * 200_000,
    "packed text without end": b"\x89PNG\r\n\x1a\n"
    + struct.pack(">I4s", 3_000_000, b"iTXt")
    + b"XML:com.adobe.xmp\0\1\0\0\0"
    + zlib.compress(bytes(50_000_000)),
    "boxes without end": b"\0\0\0\x08ftyp" * 300_000,
    "frames without end": b"ID3\3\0\0\x7f\x7f\x7f\x7f" + (b"PRIV" + bytes(6)) * 300_000,
    "elements without end": b"<svg xmlns='http://www.w3.org/2000/svg'>" + b"<g>" * 700_000 + b"<metadata>",
    "metadata without end": b"<svg xmlns='http://www.w3.org/2000/svg'><metadata>" + b"<g>" * 700_000,
    "blocks without end": b"GIF89a" + bytes(7) + b"\x21\xfe" + b"\1a" * 900_000,
}


@pytest.mark.parametrize("body", LONG.values(), ids=LONG)
@pytest.mark.timeout(20)  # no measurement: what is not linear would take hours
def test_hostile_works_come_to_an_end(body: bytes) -> None:
    parsed = media_xmp.parse(picture(body))
    assert parsed.model is None
    assert parsed.unread


def test_what_a_hybrid_pdf_hides_from_some_readers_leaves_it_open() -> None:
    body, at = b"%PDF-1.5\n", []
    metadata_stream = b"<</Type/Metadata/Subtype/XML/Length 4>>stream\n<x/>\nendstream"
    for words in (b"<</Type/Catalog/Metadata 2 0 R>>", metadata_stream):
        at.append(len(body))
        body += b"%d 0 obj%s\nendobj\n" % (len(at), words)
    hidden, row = len(body), struct.pack(">BIB", 1, at[1], 0)
    body += b"3 0 obj<</Type/XRef/W[1 4 1]/Index[2 1]/Length 6>>stream\n%s\nendstream\nendobj\n" % row
    start = len(body)
    for free, told in (
        (b"2 65535 f\r\n%010d 00000 n\r\n0000000000 00000 f", ""),
        (b"0 65535 f\r\n%010d 00000 n", "<x/>"),
    ):
        table = b"xref\n0 %d\n000000000" % (free.count(b"\n") + 1) + free % at[0]
        whole = (
            body + table + b"\r\ntrailer<</Root 1 0 R/XRefStm %d>>\nstartxref\n%d\n%%%%EOF" % (hidden, start)
        )
        found = metadata(Extent(whole, len(whole)))
        assert found is not None
        assert ((found.packet or b"").decode(), bool(found.unread)) == (told, not told)


WORDS_OF_PDF = st.sampled_from(
    b"%PDF-1.7 |startxref|xref|trailer|<<|>>|[|]|/Root|/Prev|/W|/Index|/Size|/Length|/Filter|/FlateDecode|/Metadata|/Type|"
    b"/XRef|1 0 R|1 0 obj|stream\r\n|endobj|0|1|9|99999999999|0000000000 00000 n \n|(|)|<|#|%".split(b"|")
)


@given(st.lists(WORDS_OF_PDF | st.binary(max_size=4), max_size=40).map(b" ".join))
def test_no_words_of_pdf_are_too_strange(words: bytes) -> None:
    heard(tdm_pdf.SIGNAL, b"%PDF-1.4\n" + words)
    heard(tdm_pdf.SIGNAL, b"%PDF-1.4\n" + words + b"\nstartxref 9 %%EOF")


@given(st.binary(max_size=300))
def test_no_bytes_are_too_strange(body: bytes) -> None:
    for start in (b"", b"%PDF-", b"PK\3\4" + bytes(26) + b"mimetypeapplication/epub+zip"):
        heard(tdm_pdf.SIGNAL, start + body)
        heard(tdm_epub.SIGNAL, start + body)


HOSTILE = {
    "a table in a circle": b"%PDF-1.4\nxref\n0 0\ntrailer<</Prev 9>>\nstartxref 9",
    "a table in a million pieces": b"%PDF-1.4\nxref\n" + b"0 0\n" * 1_000_000 + b"startxref 9",
    "a table of more objects than there are bytes": b"%PDF-1.4\nxref\n0 9999999999\ntrailer<<>>\nstartxref 9",
    "a dictionary without end": b"%PDF-1.4\nxref\n0 0\ntrailer" + b"<</A" * 500_000 + b"startxref 9",
    "an array without end": b"%PDF-1.4\nxref\n0 0\ntrailer<</A[" + b"1 " * 1_000_000 + b"startxref 9",
    "strings in strings": b"%PDF-1.4\nxref\n0 0\ntrailer<</A" + b"(" * 1_000_000 + b"startxref 9",
    "white space without end": b"%PDF-1.4\nxref" + b" " * 2_000_000 + b"startxref 9",
    "comments without end": b"%PDF-1.4\nxref" + b"%\n" * 1_000_000 + b"startxref 9",
}


@pytest.mark.parametrize("body", HOSTILE.values(), ids=HOSTILE)
@pytest.mark.timeout(20)  # no measurement: what is not linear would take hours
def test_hostile_documents_come_to_an_end(body: bytes) -> None:
    assert tdm_pdf.parse(capture_of({"kind": "document", "hex": body.hex()}, Kind.DOCUMENT)).unread


# ---- render ------------------------------------------------------------------------------------------------------------
@given(
    st.booleans(), st.none() | st.sampled_from(["https://atelier.example/p", "https://atelier.example/p?a=1"])
)
def test_what_is_rendered_is_read_back(reserved: bool, policy: str | None) -> None:
    model = TdmWords(reserved, policy, reserved)
    signal: AnySignal
    for signal, work in ((tdm_pdf.SIGNAL, {"type": "pdf"}), (tdm_epub.SIGNAL, book("0"))):
        like = capture_of({"file": work}, Kind.DOCUMENT)
        assert signal.parse(sent(signal.render(model), like)).model == model


@pytest.mark.parametrize("name", sorted(real_files.TYPES.keys() - {"epub"}))
@given(
    st.sampled_from(sorted(media_xmp.KEYS)), st.sampled_from([None, "digitalCreation", "compositeSynthetic"])
)
@settings(max_examples=5)
def test_what_is_rendered_into_a_work_is_read_back(name: str, key: str, source: str | None) -> None:
    constraints = "Vraag eerst." if key == media_xmp.CONSTRAINED else None
    model = MediaXmp((key,), (), constraints, source)
    like = capture_of({"file": {"type": name}}, Kind.IMAGE)
    assert media_xmp.parse(sent(media_xmp.render(model), like)).model == model


@pytest.mark.parametrize("model", [MediaXmp(("DMI-ALLOWED", "DMI-PROHIBITED")), MediaXmp((), ("DMI-PROHIBITED",)), MediaXmp(tdm=True)])  # fmt: skip
def test_a_faulty_model_is_never_published(model: MediaXmp) -> None:
    with pytest.raises(ValueError, match="cannot be published"):
        media_xmp.render(model)


@pytest.mark.parametrize(
    ("reserve", "allow", "key"),
    [
        ({Use.TDM}, {Use.SEARCH}, "DMI-PROHIBITED-EXCEPTSEARCHENGINEINDEXING"),
        ({Use.TDM, Use.SEARCH}, set(), "DMI-PROHIBITED"),
        ({Use.TRAIN_AI}, {Use.SEARCH}, "DMI-PROHIBITED-GENAIMLTRAINING"),
        (set(), {Use.TDM, Use.TRAIN_AI, Use.SEARCH}, "DMI-ALLOWED"),
        ({Use.AI_USE}, {Use.SEARCH}, None),
    ],
)
def test_the_wish_in_the_words_of_plus(reserve: set[Use], allow: set[Use], key: str | None) -> None:
    declarer = Declarer("Atelier Voorbeeld", "info@atelier.example")
    wish = Declaration(declarer, SITE, date(2026, 1, 1), reserve=frozenset(reserve), allow=frozenset(allow))
    model = MediaXmp.of(wish, "/")
    assert model == (None if key is None else MediaXmp((key,)))
    for said in media_xmp.evaluate(model or MediaXmp(), Asked(SITE), Origin(SITE)):
        assert said.preference is wish.preference(said.use)
        assert said.reading is Reading.BOTH


# ---- another reader ----------------------------------------------------------------------------------------------------
@pytest.mark.needs("exiftool")
def test_exiftool_reads_the_same(tmp_path: Path) -> None:
    program = programs.find("exiftool")
    assert program is not None
    wanted = {}
    for name, key in zip(sorted(real_files.TYPES.keys() - {"epub"}), cycle(sorted(media_xmp.KEYS))):
        tags = [MediaTag(media_xmp.PLUS_NS, "DataMining", media_xmp.VOCABULARY + key)]
        media_type = real_files.TYPES[name][1]
        body = real_files.tagged(media_type, tags)
        (tmp_path / f"werk.{name}").write_bytes(body)
        model = media_xmp.parse(capture_of({"file": {"type": name}}, Kind.IMAGE)).model
        assert model is None
        wanted[f"werk.{name}"] = key
    tags_read = ("-XMP-plus:all", "-n", "-j")  # in an SVG it calls the property MetadataDataMining
    done = subprocess.run([program, *tags_read, tmp_path], capture_output=True, text=True, check=False)
    told = {
        Path(row["SourceFile"]).name: next(
            value for name, value in row.items() if name.endswith("DataMining")
        )
        for row in json.loads(done.stdout)
    }
    assert told == {name: media_xmp.VOCABULARY + key for name, key in wanted.items()}


@pytest.mark.needs("exiftool")
def test_what_exiftool_writes_is_read(tmp_path: Path) -> None:
    program = programs.find("exiftool")
    assert program is not None
    names = ["gif", "jpeg", "mp4", "pdf", "png", "tiff", "webp"]  # the others it only reads
    for name in names:
        (tmp_path / f"werk.{name}").write_bytes(real_files.made({"type": name}).body)
    address = "http://cv.iptc.org/newscodes/digitalsourcetype/humanEdits"
    write = ("-overwrite_original", "-q", "-n", f"-XMP-iptcExt:DigitalSourceType={address}")
    subprocess.run([program, *write, tmp_path], check=True, capture_output=True)
    for name in names:
        kind, media_type = real_files.TYPES[name]
        body = (tmp_path / f"werk.{name}").read_bytes()
        capture = Capture(SITE, SITE, kind, 200, (("Content-Type", media_type),), body, AT)
        parsed = media_xmp.parse(capture)
        assert (name, parsed.model) == (name, MediaXmp(source_type="humanEdits"))
        assert not parsed.unread


@pytest.mark.parametrize("reserve", [{Use.TDM}, {Use.TRAIN_AI}, {Use.TDM, Use.AI_USE}, set()])
def test_the_wish_in_a_manifest(reserve: set[Use]) -> None:
    declarer = Declarer("Atelier Voorbeeld", "info@atelier.example")
    wish = Declaration(
        declarer, SITE, date(2026, 1, 1), reserve=frozenset(reserve), allow=frozenset(set(Use) - reserve)
    )
    model = Cawg.of(wish, "/")
    assert model is not None
    assert dict(model.entries).get("ai_training") == ("notAllowed" if Use.TDM in reserve else None)
    for said in cawg.evaluate(model, Asked(SITE), Origin(SITE)):
        assert said.preference is wish.preference(said.use)
    like = capture_of({"file": {"type": "jpeg"}}, Kind.IMAGE)
    assert cawg.parse(sent(cawg.render(model), like)).model == model


def chained(sections: int, rows: bytes, settings: bytes) -> bytes:
    """Give a PDF with so many tables in streams, each pointing to the one before it and unpacking to `rows`."""
    packed, body, places = zlib.compress(rows), b"%PDF-1.7\n", list[int]()
    for number in range(1, sections + 1):
        before = b"/Prev %d" % places[-1] if places else b""
        places.append(len(body))
        body += b"%d 0 obj<</Type/XRef/W[1 2 1]/Size 9/Root 9 0 R%s%s" % (number, before, settings)
        body += b"/Filter/FlateDecode/Length %d>>stream\n%s\nendstream endobj\n" % (len(packed), packed)
    return body + b"startxref\n%d\n%%%%EOF" % places[-1]


@pytest.mark.parametrize(
    ("sections", "row", "settings", "why"),
    [
        (64, b"\4" + b"\1" * 60, b"/DecodeParms<</Predictor 15/Columns 60>>", "its table is far too long"),
        (64, b"\0" * 61, b"", "its metadata cannot be unpacked, or is far too long"),
    ],
    ids=["worked out byte by byte", "only unpacked"],
)
def test_tables_that_only_cost_time_are_given_up(
    sections: int, row: bytes, settings: bytes, why: str
) -> None:
    body = chained(sections, row * 10_000, settings)
    assert len(body) < 150_000
    found = metadata(Extent(body, len(body)))
    assert found is not None
    assert found.unread == why
