"""What a work says itself: TDMRep in PDF and EPUB."""

import json
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import real_files
from vectors_runner import AT, SITE, Case, capture_of, cases, check, sent
from voorbehoud.core.evidence import Capture, Kind, Origin
from voorbehoud.core.preference import Preference
from voorbehoud.core.use import Use
from voorbehoud.evaluate.explain import explain
from voorbehoud.evaluate.site import judge
from voorbehoud.evaluate.verdict import SignalState, SiteVerdict, Verdict
from voorbehoud.signals import tdm_epub, tdm_pdf
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
    for signal, work in ((tdm_pdf.SIGNAL, {"type": "pdf"}), (tdm_epub.SIGNAL, book("0"))):
        like = capture_of({"file": work}, Kind.DOCUMENT)
        assert signal.parse(sent(signal.render(model), like)).model == model
