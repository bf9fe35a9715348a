"""RSL: documents, the places that name them, and what a hostile one must not do."""

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from awkward_servers import NEAR, Farm, answer, page
from test_evaluate_site import NOW, SITE, told, visit
from test_fetch_visit import visited
from vectors_runner import Case, capture_of, cases, check, load, sent
from voorbehoud.core.evidence import Capture, Failure, Kind, Origin
from voorbehoud.core.preference import Preference
from voorbehoud.core.use import Use
from voorbehoud.declaration.model import Carrier, Declaration, Declarer, PathException
from voorbehoud.evaluate.explain import explain
from voorbehoud.evaluate.site import judge
from voorbehoud.evaluate.verdict import SignalState, Verdict
from voorbehoud.fetch.folder import captures_of
from voorbehoud.fetch.visit import MOST_LICENCES
from voorbehoud.grammar.xml_tree import Element, Refusal, read
from voorbehoud.publish.compose import compose
from voorbehoud.publish.prove import prove
from voorbehoud.publish.robots_merge import UnreadableError, merge
from voorbehoud.signals import rsl, rsl_links, rsl_read
from voorbehoud.signals.signal import Asked

pytest_plugins = ["awkward_servers"]

WISH = Declaration(
    Declarer("A. & B. <Maker>", "rights@e.nl"),
    SITE,
    date(2026, 1, 1),
    carriers=(Carrier.ROBOTS_TXT, Carrier.RSL),
)


@pytest.mark.parametrize("case", cases("rsl/document.yaml"))
def test_document(case: Case) -> None:
    check(rsl.SIGNAL, case)


@pytest.mark.parametrize("row", [pytest.param(r, id=r["name"]) for r in load("rsl/association.yaml")])
def test_association(row: dict[str, Any]) -> None:
    result = judge(SITE, captures(row), NOW)
    for name, wanted in row["uses"].items():
        assert told(result, Use(name), wanted.count("/")) == wanted, name
    assert result.protected is row["protected"]
    for path, wanted in row.get("resources", {}).items():
        assert next(r for r in result.resources if r.url == SITE + path).use(Use.TRAIN_AI).strict == wanted
    assert [v.use for v in result.uses if v.contradictory] == row.get("contradictory", [])
    assert sorted({f.code for f in result.findings if f.code.startswith("RSL")}) == row["findings"]
    asked_for_a_licence = {f.origin.url for f in result.findings if f.code == "RSL110"}
    assert not asked_for_a_licence & {f.origin.url for f in result.findings if f.code == "GET103"}
    assert all(r.kind is not Kind.LICENCE for r in result.resources)


def captures(row: dict[str, Any]) -> tuple[Capture, ...]:
    """The captures of a row; a document is served as what it is."""
    typed = {"headers": ["Content-Type: application/rsl+xml"]}
    found = visit(row["captures"])
    return tuple(
        capture_of({**typed, "body": c.body.decode(), "url": c.asked}, Kind.LICENCE)
        if c.kind is Kind.LICENCE and c.ok
        else c
        for c in found
    )


def row(name: str) -> dict[str, Any]:
    return next(r for r in load("rsl/association.yaml") if r["name"] == name)


@pytest.mark.parametrize(
    ("name", "state"),
    [
        ("a License line above all groups speaks to everyone", SignalState.PRESENT),
        ("a named document that does not exist is no statement", SignalState.BROKEN),
        ("a document that could not be fetched may say anything", SignalState.UNDETERMINED),
        ("a Link header without the type is a link for people", SignalState.PRESENT),
        ("a licence inside the page", SignalState.PRESENT),
        ("a broken licence inside the page", SignalState.BROKEN),
    ],
)
def test_the_signal_shows_in_the_verdict(name: str, state: SignalState) -> None:
    (signal,) = [s for s in judge(SITE, captures(row(name)), NOW).signals if s.signal == "rsl"]
    assert signal.state is state


def test_no_licence_is_an_absent_signal() -> None:
    (signal,) = [
        s for s in judge(SITE, visit([{"kind": "page", "path": "/"}]), NOW).signals if s.signal == "rsl"
    ]
    assert (signal.state, signal.uses) == (SignalState.ABSENT, ())


@pytest.mark.parametrize(("agent", "strict"), [("GPTBot", Verdict.UNSET), ("ClaudeBot", Verdict.RESERVED)])
def test_one_agent_hears_its_own_licence(agent: str, strict: Verdict) -> None:
    found = captures(row("a group with a licence of its own does not hear the general one"))
    answer = explain(found, SITE + "/", agent, Use.TRAIN_AI)
    assert answer.verdict.strict is strict
    assert "rsl" in {voice.signal for voice in answer.voices if voice.said}


# ---- publishing --------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("wish", "tokens"),
    [
        ({}, {"permits": "search", "prohibits": "ai-all"}),
        ({"reserve": frozenset(Use), "allow": frozenset()}, {"prohibits": "all"}),
        ({"reserve": frozenset(), "allow": frozenset(Use)}, {"permits": "all"}),
        (
            {"reserve": frozenset({Use.TDM}), "allow": frozenset({Use.AI_USE, Use.SEARCH})},
            {"permits": "ai-input search", "prohibits": "ai-train"},
        ),
    ],
)
def test_the_wish_in_its_words(wish: dict[str, Any], tokens: dict[str, str]) -> None:
    model = rsl.of(declared(**wish), "/")
    assert model is not None
    (licence,) = model.contents[0].licences
    lists = {"permits": licence.permits, "prohibits": licence.prohibits}
    assert {name: " ".join(found[0].tokens) for name, found in lists.items() if found} == tokens


@given(
    st.sets(st.sampled_from(list(Use))),
    st.sets(st.sampled_from(list(Use))),
    st.sampled_from(list(Use)),
)
def test_what_is_published_says_what_is_meant(reserve: set[Use], exempt: set[Use], use: Use) -> None:
    """No use that the maker reserves is given away, and none is refused that the maker allows, at any path."""
    everything = frozenset(Use)
    other = PathException("/pers/", frozenset(exempt), everything - exempt)
    wish = declared(reserve=frozenset(reserve), allow=everything - reserve, exceptions=(other,))
    model = rsl.of(wish, "/")
    assert model is not None
    document = sent(rsl.render(model), capture_of({"body": ""}, Kind.LICENCE))
    again = rsl.parse(document)
    assert again.model == model
    for path in ("/", "/werk.jpg", "/pers/foto.jpg"):
        said = rsl.evaluate(model, Asked(SITE + path), Origin(SITE + rsl.PATH))
        preferences = {s.preference for s in said if s.use is use}
        wanted = wish.preference(use, path)
        if use is Use.TDM:  # RSL has no word for it, only `all`
            assert Preference.ALLOWED not in preferences or wanted is Preference.ALLOWED
        else:
            assert preferences == {wanted}


def test_a_use_that_is_left_open_cannot_be_said() -> None:
    assert rsl.of(declared(reserve=frozenset({Use.TDM}), allow=frozenset()), "/") is None


def test_a_published_licence_is_named_and_proved() -> None:
    ours = compose(WISH)
    prove(WISH, ours)
    assert [r.value for r in ours.records if r.name == "License"] == [SITE + rsl.PATH]
    assert [f.path for f in ours.files if f.media_type == "application/rsl+xml"] == [rsl.PATH]


def test_a_licence_of_the_makers_own_is_not_silenced() -> None:
    ours = compose(WISH)
    own = f"License: {SITE + rsl.PATH}\nUser-agent: *\nDisallow: /prive/\n".encode()
    assert own in merge(own, ours).body
    with pytest.raises(UnreadableError, match="line 1 names a licence of your own"):
        merge(own.replace(b"license.xml", b"mine.xml"), ours)


def declared(**wish: Any) -> Declaration:
    return Declaration(WISH.declarer, SITE, WISH.since, carriers=WISH.carriers, **wish)


# ---- fetching ----------------------------------------------------------------------------------------------------------
DOCUMENT = b'<rsl xmlns="https://rslstandard.org/rsl"><content url="/"><license/></content></rsl>'


def test_licences_are_read_once_each_and_at_most_four(farm: Farm) -> None:
    other = farm.site({f"/{n}.xml": answer(DOCUMENT) for n in range(6)})
    lines = "".join(f"License: {other}/{n}.xml\n" for n in (0, 0, 1, 2, 3, 4, 5))
    robots = f"User-agent: *\nDisallow: /werk/\n{lines}".encode()
    site = farm.site({"/robots.txt": answer(robots), "/": page("hi")})
    found = [c for c in visited(site).captures if c.kind is Kind.LICENCE]
    assert [c.asked for c in found] == [f"{other}/{n}.xml" for n in range(MOST_LICENCES)]
    assert all(c.ok and c.body == DOCUMENT and c.found_on == f"{site}/robots.txt" for c in found)


def test_a_licence_that_nobody_serves_leaves_the_uses_open(farm: Farm) -> None:
    named = "https://127.0.0.1:1/license.xml"
    link = f'<link rel=license type=application/rsl+xml href="{named}">'
    site = farm.site({"/": page(link)})
    found = visited(site).captures
    (licence,) = [c for c in found if c.kind is Kind.LICENCE]
    assert (licence.asked, licence.status, licence.body) == (named, None, b"")
    assert judge(site, found, NOW).use(Use.TRAIN_AI).strict is Verdict.UNDETERMINED


def test_a_folder_holds_its_own_licence_and_no_other(tmp_path: Path) -> None:
    (tmp_path / "index.html").write_text("<p>hi</p>")
    (tmp_path / "license.xml").write_bytes(DOCUMENT)
    (tmp_path / "robots.txt").write_text(
        f"License: {SITE}/license.xml\nLicense: {SITE}/no.xml\nLicense: https://x.nl/l.xml\n"
    )
    found = {c.asked: c for c in captures_of(tmp_path, SITE, None, lambda: NOW) if c.kind is Kind.LICENCE}
    assert found[f"{SITE}/license.xml"].body == DOCUMENT
    assert found[f"{SITE}/no.xml"].absent
    assert found["https://x.nl/l.xml"].failure is Failure.ELSEWHERE


FEED = b"""<rss version="2.0" xmlns:rsl="https://rslstandard.org/rsl"><channel><item><rsl:content url="/1">
<rsl:license><rsl:prohibits type="usage">ai-all</rsl:prohibits></rsl:license></rsl:content></item></channel></rss>"""


def test_feeds_that_the_home_page_names_are_read_for_licences(farm: Farm) -> None:
    padding = b"<!-- " + b"x" * 100_000 + b" -->"
    site = farm.site(
        {
            "/": page('<link rel=alternate type="application/rss+xml" href="/feed.xml"><a href="/1">1</a>'),
            "/1": page("work"),
            "/feed.xml": answer(padding + FEED, "Content-Type: application/rss+xml"),
        }
    )
    result = judge(site, visited(site).captures, NOW)
    verdicts = {r.url: r.use(Use.TRAIN_AI).strict for r in result.resources}
    assert verdicts[f"{site}/1"] is Verdict.RESERVED
    assert verdicts[f"{site}/"] is Verdict.UNSET
    (found,) = [s for s in result.signals if s.signal == "rsl"]
    assert (found.state, found.origin.url) == (SignalState.PRESENT, f"{site}/feed.xml")


def test_a_licence_named_by_a_refusal_is_read_and_rsl_media_is_asked_for(farm: Farm) -> None:
    xml = "Content-Type: application/xml"
    site = farm.site(
        {"/license.xml": answer(DOCUMENT, xml), "/.well-known/rsl-media.xml": answer(b"<m/>", xml)}
    )
    paid = farm.site(
        {
            "/": answer(
                b"pay",
                "WWW-Authenticate: License",
                f'Link: <{site}/license.xml>; rel="license"; type="application/rsl+xml"',
                status="402 Payment Required",
            )
        }
    )
    found = visited(paid).captures
    assert [c.asked for c in found if c.kind is Kind.LICENCE] == [f"{site}/license.xml"]
    open_site = farm.site({"/": page("hi"), "/.well-known/rsl-media.xml": answer(b"<m/>", xml)})
    captures = visited(open_site, settings=replace(NEAR, otherwise=True)).captures
    assert [c.body for c in captures if c.kind is Kind.RSL_MEDIA] == [b"<m/>"]


def test_a_folder_with_rsl_media_and_licensed_items(tmp_path: Path) -> None:
    (tmp_path / "index.html").write_text('<link rel=alternate type="application/rss+xml" href="feed.xml">')
    (tmp_path / "1.html").write_text("<p>work</p>")
    (tmp_path / "feed.xml").write_bytes(FEED.replace(b'"/1"', b'"/1.html"'))
    (tmp_path / ".well-known").mkdir()
    (tmp_path / ".well-known" / "rsl-media.xml").write_bytes(b"<m/>")
    result = judge(SITE, captures_of(tmp_path, SITE, None, lambda: NOW), NOW)
    assert (
        next(r for r in result.resources if r.url.endswith("/1.html")).use(Use.TRAIN_AI).strict == "reserved"
    )
    assert "RSL111" in {f.code for f in result.findings}


# ---- strangers' bytes --------------------------------------------------------------------------------------------------
PIECES = st.sampled_from(
    [
        b'<rsl xmlns="https://rslstandard.org/rsl">', b"</rsl>", b'<content url="/">', b"</content>", b"<license>",
        b"</license>", b'<permits type="usage">', b"</permits>", b"all", b"ai-all,search", b'<payment type="royalty"/>',
        b'<prohibits type="geo">NL EU</prohibits>', b'<?xml version="1.0" encoding="x"?>', b"<!DOCTYPE a>", b"&a;", b"<![CDATA[",
    ]
)  # fmt: skip


@given(st.binary(max_size=300) | st.lists(PIECES, max_size=14).map(b"".join))
def test_no_document_raises(body: bytes) -> None:
    url = SITE + rsl.PATH
    model = rsl.parse(Capture(url, url, Kind.LICENCE, 200, (), body, NOW)).model
    if model is not None:
        rsl.evaluate(model, Asked(SITE + "/"), Origin(url))


FEEDS = st.sampled_from(
    [
        b'<rss xmlns:rsl="https://rslstandard.org/rsl">', b"</rss>", b"<channel>", b"<item>", b"</item>", b"</channel>",
        b'<rsl:content url="http://[">', b'<rsl:content url="">', b"</rsl:content>", b"<rsl:license/>", b"<link>http://[</link>",
    ]
)  # fmt: skip


@given(st.lists(FEEDS, max_size=14).map(b"".join))
def test_no_feed_raises(body: bytes) -> None:
    url = SITE + "/feed.xml"
    model = rsl_read.feed(body, url).model
    assert model is None or rsl.evaluate(model, Asked(SITE + "/"), Origin(url)) == ()


@given(st.text(max_size=200), st.sampled_from(["robots.txt", "page", "image"]))
def test_no_naming_raises(text: str, kind: str) -> None:
    fields = (("Link", text), ("Content-Type", "text/html"))
    body = f"License: {text}\n<link rel=license type=application/rsl+xml href='{text}'>".encode()
    capture = Capture(SITE + "/", SITE + "/", Kind(kind), 200, fields, body, NOW)
    assert len(rsl_links.named(capture).namings) <= rsl_links.MOST


@pytest.mark.parametrize(
    ("body", "refusal"),
    [
        (b"<a>" * 40 + b"</a>" * 40, Refusal.TOO_LARGE),
        (b"<a>" + b"<b/>" * 10_001 + b"</a>", Refusal.TOO_LARGE),
        (b'<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>', Refusal.DOCTYPE),
        (b'<?xml version="1.0" encoding="none-such"?><a/>', Refusal.NOT_XML),
        (b"", Refusal.NOT_XML),
    ],
)
def test_a_document_that_is_refused(body: bytes, refusal: Refusal) -> None:
    assert read(body) is refusal


def test_a_document_in_another_encoding() -> None:
    root = read('<?xml version="1.0"?><a>é</a>'.encode("utf-16"))
    assert isinstance(root, Element)
    assert root.text == "é"
