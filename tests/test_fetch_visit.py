"""What is asked of a site, in which order, and what is kept of it."""

import asyncio
from contextlib import suppress
from datetime import UTC, datetime
from itertools import count, pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from awkward_servers import FIFTEEN, NEAR, Farm, Reply, answer, moved, page
from voorbehoud.agents.identify import identify
from voorbehoud.core.evidence import Capture, Failure, Kind
from voorbehoud.core.site import twins
from voorbehoud.evaluate.site import judge
from voorbehoud.evaluate.verdict import SiteVerdict
from voorbehoud.fetch.address import redirected, wire_form
from voorbehoud.fetch.guard import refusal
from voorbehoud.fetch.otherwise import readers
from voorbehoud.fetch.sample import sent_on, spread
from voorbehoud.fetch.settings import Settings
from voorbehoud.fetch.transport import Transport
from voorbehoud.fetch.visit import SiteRequest, SiteVisit, visit

pytest_plugins = ["awkward_servers"]

POLICIES = ["/robots.txt", "/.well-known/tdmrep.json", "/ai.txt"]
TRUST = ["/trust.txt", "/.well-known/trust.txt"]
OF_THE_SITE = [*POLICIES, *TRUST]


def now() -> datetime:
    return datetime.now(UTC)


def visited(
    site: str, *, settings: Settings = NEAR, media: tuple[str, ...] = (), extra: tuple[str, ...] = ()
) -> SiteVisit:
    async def run() -> SiteVisit:
        transport = Transport(settings)
        try:
            return await visit(SiteRequest(site, media, extra), transport, settings, now)
        finally:
            transport.close()

    return asyncio.run(run())


def one(found: SiteVisit, asked: str) -> Capture:
    (capture,) = [capture for capture in found.captures if capture.asked == asked]
    return capture


# ---- order and sample --------------------------------------------------------------------------------------------------
def test_policies_come_first_then_the_home_page_then_a_sample(farm: Farm) -> None:
    links = "".join(f'<a href="/p{n}">p</a><img src="/i{n}.png">' for n in range(9))
    site = farm.site({"/": page(links + '<a href="/list?by=year">y</a><a href="/list?by=name">n</a>')})
    found = visited(site)
    assert farm.paths(site) == [
        *OF_THE_SITE,
        "/",
        "/p0",
        "/p4",
        "/p8",
        "/list?by=year",
        "/i0.png",
        "/i4.png",
        "/i8.png",
    ]
    assert [capture.asked for capture in visited(site).captures] == [
        capture.asked for capture in found.captures
    ]
    assert one(found, f"{site}/p4").found_on == f"{site}/"
    assert one(found, f"{site}/i0.png").kind is Kind.IMAGE
    assert farm.connections[site] == 2  # one for each visit


def test_works_are_looked_for_on_the_sampled_pages_too(farm: Farm) -> None:
    site = farm.site(
        {
            "/": page("<a href=werk>w</a>"),
            "/werk": page('<img src="a.png"><audio src=b.mp3></audio><a href=c.pdf>c</a>'),
        }
    )
    found = visited(site)
    assert {capture.kind: capture.found_on for capture in found.captures[7:]} == {
        Kind.IMAGE: f"{site}/werk",
        Kind.AUDIO: f"{site}/werk",
        Kind.DOCUMENT: f"{site}/werk",
    }


def test_an_answer_is_kept_as_received(farm: Farm) -> None:
    site = farm.site({"/": page("hi", "X-A: 1", "X-B: 2", "X-A: 3")})
    before = now()
    home = one(visited(site), f"{site}/")
    assert home.headers[:4] == (("Content-Type", "text/html"), ("X-A", "1"), ("X-B", "2"), ("X-A", "3"))
    assert (home.status, home.body, home.address, home.tls, home.method) == (
        200,
        b"hi",
        "127.0.0.1",
        None,
        "GET",
    )
    assert before <= home.at <= now()
    assert home.agent.startswith("voorbehoud/")


def test_a_declared_media_origin_is_asked_for_its_policies_but_not_for_a_home_page(farm: Farm) -> None:
    audio = farm.site({"/song.mp3": answer(b"ID3")})
    site = farm.site({"/": page(f'<audio src="{audio}/song.mp3"></audio>')})
    found = visited(site, media=(audio,))
    assert farm.paths(audio) == [*POLICIES, "/song.mp3"]
    assert one(found, f"{audio}/song.mp3").ok


def test_one_work_of_every_declared_origin_is_looked_at(farm: Farm) -> None:
    audio = farm.site({"/song.mp3": answer(b"ID3")})
    mine = "".join(f"<audio src={n}.mp3></audio>" for n in range(9))
    site = farm.site({"/": page(f"<audio src=first.mp3></audio><audio src={audio}/song.mp3></audio>{mine}")})
    visited(site, media=(audio,))
    assert farm.paths(site)[-3:] == ["/first.mp3", "/3.mp3", "/8.mp3"]
    assert farm.paths(audio) == [*POLICIES, "/song.mp3"]


@pytest.mark.parametrize(
    ("shop", "strict", "protected"),
    [
        (page("hi", "tdm-reservation: 1"), "reserved", True),
        (page("hi"), "unset", False),
        (answer(status="403 Forbidden"), "reserved", False),
        (None, "reserved", False),
    ],
)
def test_a_declared_origin_of_which_no_work_shows_is_looked_at_all_the_same(
    farm: Farm, shop: Reply | None, strict: str, protected: bool
) -> None:
    media = farm.site({"/": shop} if shop else {})
    site = farm.site({"/": page(f"<img src={media}/gone.png>", "tdm-reservation: 1")})
    found = visited(site, media=(media,))
    assert farm.paths(media) == [*POLICIES, "/gone.png", "/"]
    verdict = judge(site, found.captures, now())
    assert (verdict.uses[0].strict, verdict.protected) == (strict, protected)
    assert ("GET112" in {f.code for f in verdict.findings}) is (strict == "reserved" and not protected)


def test_a_declared_origin_that_does_not_answer_leaves_it_open(farm: Farm) -> None:
    site = farm.site({"/": page("hi", "tdm-reservation: 1")})
    found = visited(site, media=("http://127.0.0.1:1",))
    verdict = judge(site, found.captures, now())
    assert (verdict.uses[0].strict, verdict.protected) == ("reserved", False)


def test_works_at_a_stranger_bring_the_strangers_policies(farm: Farm) -> None:
    cdn = farm.site({"/a.png": answer(b"png")})
    found = visited(farm.site({"/": page(f'<img src="{cdn}/a.png">')}))
    assert farm.paths(cdn) == [*POLICIES, "/a.png"]
    assert one(found, f"{cdn}/a.png").ok


def test_only_so_many_strangers_are_entered(farm: Farm) -> None:
    cdns = [farm.site({"/a.png": answer(b"png")}) for _ in range(3)]
    site = farm.site({"/": page("".join(f'<img src="{cdn}/a.png">' for cdn in cdns))})
    found = visited(site, settings=Settings(allow_private=True, otherwise=False, origins=1))
    entered = [cdn for cdn in cdns if farm.connections[cdn]]
    assert len(entered) == 1
    assert {one(found, f"{cdn}/a.png").failure for cdn in cdns if cdn not in entered} == {Failure.GAVE_UP}


def test_one_work_of_every_stranger_is_looked_at(farm: Farm) -> None:
    first, second = (farm.site({f"/{n}.png": answer(b"png") for n in range(9)}) for _ in range(2))
    images = [f"{first}/{n}.png" for n in range(9)] + [f"{second}/0.png"]
    found = visited(farm.site({"/": page("".join(f'<img src="{url}">' for url in images))}))
    assert one(found, f"{second}/0.png").ok
    assert sum(c.kind is Kind.IMAGE for c in found.captures) == 3


def test_a_document_of_a_stranger_that_is_only_linked_is_not_the_makers(farm: Farm) -> None:
    law, shop = farm.site({"/law.pdf": answer(b"%PDF")}), farm.site({"/a.pdf": answer(b"%PDF")})
    html = f'<a href="{law}/law.pdf">law</a><a href="{shop}/a.pdf">a</a><embed src="{shop}/b.pdf">'
    found = visited(farm.site({"/": page(html)}))
    assert [c.asked for c in found.captures if c.kind is Kind.DOCUMENT] == [f"{shop}/b.pdf"]
    found = visited(farm.site({"/": page(html)}), media=(law,))
    assert one(found, f"{law}/law.pdf").ok


def test_feeds_that_the_home_page_names_are_works_too(farm: Farm) -> None:
    rss, atom = "type='application/rss+xml'", "type='application/atom+xml; charset=utf-8'"
    stranger = farm.site({"/": page("")})
    site = farm.site(
        {
            "/": page(
                f"<base href='/blog/'><link rel='alternate' {rss} href='feed'><link rel='alternate' {atom} href='/atom.xml'>"
                f"<link rel='alternate' {rss} href='{stranger}/'><link rel=alternate hreflang=en href=/en><a href=/werk>w</a>"
            ),
            "/blog/feed": answer(b"<rss/>", "Content-Type: application/rss+xml"),
            "/atom.xml": answer(b"<feed/>", "Content-Type: application/atom+xml", "tdm-reservation: 1"),
            "/werk": page(f"<link rel='alternate' {rss} href='/more'>"),
        }
    )
    found = [c for c in visited(site).captures if c.kind is Kind.FEED]
    assert [(c.asked, c.ok, c.found_on) for c in found] == [
        (f"{site}/blog/feed", True, f"{site}/"),
        (f"{site}/atom.xml", True, f"{site}/"),
    ]
    assert found[1].field("tdm-reservation") == ("1",)


def test_a_page_in_a_frame_is_looked_at_wherever_it_stands(farm: Farm) -> None:
    inner = farm.site({"/": page("werk")})
    found = visited(farm.site({"/": page(f'<frameset><frame src="{inner}/"></frameset>')}))
    assert one(found, f"{inner}/").ok


def test_a_home_page_that_a_stranger_answers_brings_no_works(farm: Farm) -> None:
    stranger = farm.site({"/": page('<a href="/x">x</a><img src="/a.png">')})
    site = farm.site({"/": moved(f"{stranger}/")})
    found = visited(site)
    home = one(found, f"{site}/")
    assert (home.url, home.ok) == (f"{stranger}/", True)
    assert farm.paths(stranger) == [*POLICIES, "/"]


# ---- what is not seen is not passed over in silence --------------------------------------------------------------------
MANY = "".join(f"<a href=/{number}>" for number in range(2001))
LOGIN = page("<form><input name=p type='password'></form>")


@pytest.mark.parametrize(
    ("pages", "words"),
    [
        ({"/": page("x" * 1024 * 1024 + "<img src=/a.jpg>")}, "longer than the 1048576 bytes"),
        ({"/": page(MANY)}, "names 2000 addresses"),
        ({"/": moved("/login"), "/login": LOGIN}, "log in"),
        ({"/": page("<p>een gedicht")}, None),
        ({"/": LOGIN}, None),
    ],
    ids=["long", "many links", "log-in", "all seen", "a page with a log-in"],
)
def test_the_rest_of_a_page_is_named(farm: Farm, pages: dict[str, Reply], words: str | None) -> None:
    site = farm.site(pages)
    rest = [c for c in visited(site).captures if c.asked == f"{site}/#unseen"]
    assert [c.failure for c in rest] == [Failure.GAVE_UP] * bool(words)
    assert all(words in c.detail for c in rest if words)
    assert one(visited(site), f"{site}/").ok


def test_a_web_page_in_the_place_of_a_work_is_no_work(farm: Farm) -> None:
    html = '<img src="/a.jpg"><a href="/File:Foto.jpg">foto</a><a href="/lang.pdf">lang</a>'
    long_page = page("<title>lang</title>" + "x" * 70_000 + '<meta name="tdm-reservation" content="0">')
    site = farm.site(
        {"/": page(html), "/a.jpg": page("log in"), "/File:Foto.jpg": page("foto"), "/lang.pdf": long_page}
    )
    found = visited(site)
    image, about, long = (one(found, f"{site}/{name}") for name in ("a.jpg", "File:Foto.jpg", "lang.pdf"))
    assert (image.kind, image.failure, image.status) == (Kind.IMAGE, Failure.GARBLED, 200)
    assert "a web page came instead of the image" in image.detail
    assert (about.kind, about.ok) == (Kind.PAGE, True)
    assert (long.kind, long.ok, long.truncated) == (Kind.PAGE, True, False)


def test_a_work_that_leads_to_a_page_is_no_work(farm: Farm) -> None:
    site = farm.site({"/": page('<img src="/a.jpg">'), "/a.jpg": moved("/")})
    assert one(visited(site), f"{site}/a.jpg").failure is Failure.GARBLED


def test_works_that_robots_txt_closes_are_named_beside_those_that_are_open(farm: Farm) -> None:
    site = farm.site(
        {
            "/robots.txt": answer(b"User-agent: *\nDisallow: /werk/\n"),
            "/": page('<img src="/logo.jpg"><img src="/werk/a.jpg"><img src="/werk/b.jpg">'),
            "/logo.jpg": answer(b"jpg"),
        }
    )
    found = visited(site)
    assert one(found, f"{site}/logo.jpg").ok
    assert [c.asked for c in found.captures if c.failure is Failure.OBEYED_ROBOTS] == [f"{site}/werk/a.jpg"]


def test_extra_pages_are_always_asked(farm: Farm) -> None:
    site = farm.site({"/": page(""), "/verborgen?x=1": page("")})
    found = visited(site, extra=(f"{site}/verborgen?x=1", f"{site}/", f"{site}/los.jpg"))
    assert one(found, f"{site}/verborgen?x=1").ok
    assert one(found, f"{site}/los.jpg").kind is Kind.IMAGE
    assert farm.paths(site).count("/") == 1


@pytest.mark.parametrize(
    ("first", "asked"),
    [
        (answer(b"datatrainingallowed=no\n", "Content-Type: text/plain"), TRUST[:1]),
        (page("the home page, for any address"), TRUST),
        (answer(b"", status="403 Forbidden"), TRUST[:1]),  # whoever refuses the one has said enough
        (answer(b"", status="404 Not Found"), TRUST),
    ],
)
def test_trust_txt_is_looked_for_in_the_second_place_only_where_the_first_has_none(
    farm: Farm, first: Reply, asked: list[str]
) -> None:
    site = farm.site({"/": page("hi"), "/trust.txt": first})
    visited(site)
    assert farm.paths(site) == [*POLICIES, *asked, "/"]


def test_llms_txt_is_asked_for_once_and_only_in_a_thorough_look(farm: Farm) -> None:
    site = farm.site({"/": page("hi"), "/llms.txt": answer(b"# hi " * 9999, "Content-Type: text/plain")})
    visited(site)
    assert "/llms.txt" not in farm.paths(site)
    found = visited(site, settings=Settings(allow_private=True))
    assert farm.paths(site).count("/llms.txt") == 1
    llms = one(found, f"{site}/llms.txt")
    assert (llms.kind, len(llms.body), llms.truncated) == (Kind.LLMS_TXT, 4096, True)


@given(st.lists(st.integers(), max_size=40, unique=True), st.integers(0, 10))
def test_a_sample_is_spread_and_in_order(items: list[int], number: int) -> None:
    chosen = spread(items, number)
    assert len(chosen) == min(len(items), number)
    assert chosen == [item for item in items if item in chosen]
    if number > 1 and items:
        assert {items[0], items[-1]} <= set(chosen)


# ---- robots.txt is obeyed ----------------------------------------------------------------------------------------------
def test_pages_that_robots_txt_closes_are_not_asked_but_policies_are(farm: Farm) -> None:
    site = farm.site(
        {"/robots.txt": answer(b"User-agent: Voorbehoud\nDisallow: /\n"), "/": page("<a href=/a>a</a>")}
    )
    found = visited(site)
    assert farm.paths(site) == OF_THE_SITE
    home = one(found, f"{site}/")
    assert (home.failure, home.status) == (Failure.OBEYED_ROBOTS, None)
    assert "line 2" in home.detail


def test_the_sample_avoids_what_is_closed_and_names_it_where_all_is_closed(farm: Farm) -> None:
    html = "<a href=/in/1>1</a><a href=/open>o</a><img src=/in/1.png><img src=/in/2.png>"
    site = farm.site(
        {"/robots.txt": answer(b"User-agent: *\nDisallow: /in/\n"), "/": page(html), "/open": page("")}
    )
    found = visited(site)
    assert farm.paths(site) == [*OF_THE_SITE, "/", "/open"]
    assert [c.asked for c in found.captures if c.failure is Failure.OBEYED_ROBOTS] == [f"{site}/in/1.png"]


@pytest.mark.parametrize("status", ["500 Oops", "503 Busy", "429 Too Many Requests", "202 Accepted"])
def test_a_robots_txt_that_fails_closes_the_site(farm: Farm, status: str) -> None:
    site = farm.site({"/robots.txt": answer(b"", status=status), "/": page("")})
    home = one(visited(site), f"{site}/")
    assert home.failure is Failure.OBEYED_ROBOTS
    assert farm.paths(site) == POLICIES


@pytest.mark.parametrize("status", ["404 Not Found", "403 Forbidden", "410 Gone"])
def test_a_robots_txt_that_is_not_there_closes_nothing(farm: Farm, status: str) -> None:
    site = farm.site({"/robots.txt": answer(b"User-agent: *\nDisallow: /", status=status), "/": page("hi")})
    assert one(visited(site), f"{site}/").ok


# ---- redirects ---------------------------------------------------------------------------------------------------------
def test_every_hop_is_kept_apart_from_the_answer(farm: Farm) -> None:
    site = farm.site(
        {
            "/": Reply(moved("/een").raw.replace(b"\r\n", b"\r\ntdm-reservation: 1\r\n", 1)),
            "/een": moved("/twee"),
            "/twee": page("hi"),
        }
    )
    home = one(visited(site), f"{site}/")
    assert (home.url, home.status, home.body) == (f"{site}/twee", 200, b"hi")
    assert [(hop.url, hop.status) for hop in home.hops] == [(f"{site}/", 302), (f"{site}/een", 302)]
    assert not home.field("tdm-reservation")


def test_a_page_at_another_origin_brings_that_origins_policies_and_obeys_them(farm: Farm) -> None:
    www = farm.site({"/": page("hi"), "/robots.txt": answer(b"User-agent: *\nDisallow: /dicht")})
    site = farm.site({"/": moved(f"{www}/"), "/x": moved(f"{www}/dicht")})
    found = visited(site, extra=(f"{site}/x",))
    assert one(found, f"{site}/").body == b"hi"
    assert one(found, f"{site}/x").failure is Failure.OBEYED_ROBOTS
    assert farm.paths(www) == [*POLICIES, "/"]
    assert one(found, f"{www}/robots.txt").ok


REFRESH = '<meta http-equiv=Refresh content="0; url={}">'


def test_a_page_that_makes_way_for_another_is_a_redirect(farm: Farm) -> None:
    stranger = farm.site({"/": page("elders")})
    site = farm.site(
        {
            "/": page(REFRESH.format("/nl/"), "X-A: 1"),
            "/nl/": page("hallo", f"Refresh: 3; url={stranger}/"),
            "/stil": page(REFRESH.format("/stil") + "werk"),
            "/traag": page(REFRESH.format("/nl/").replace("0;", "30;") + "werk"),
            "/geen": page(f"<noscript>{REFRESH.format('/nl/')}</noscript>werk"),
        }
    )
    found = visited(site, extra=tuple(f"{site}/{name}" for name in ("stil", "traag", "geen")))
    home = one(found, f"{site}/")
    assert (home.url, home.body) == (f"{stranger}/", b"elders")
    assert [(hop.url, hop.status) for hop in home.hops] == [(f"{site}/", 200), (f"{site}/nl/", 200)]
    assert ("X-A", "1") in home.hops[0].headers
    assert [one(found, f"{site}/{name}").url for name in ("stil", "traag", "geen")] == [
        f"{site}/{name}" for name in ("stil", "traag", "geen")
    ]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
@pytest.mark.parametrize("written", [REFRESH, REFRESH.upper()])
def test_a_page_makes_way_however_that_is_written(written: str, encoding: str) -> None:
    assert (sent_on(written.format("/nl/").encode(encoding), "", ()) or "").lower() == "/nl/"


def test_a_redirect_in_a_circle_and_one_without_end(farm: Farm) -> None:
    site = farm.site({"/": moved("/b"), "/b": moved("/"), **{f"/{n}": moved(f"/{n + 1}") for n in range(20)}})
    found = visited(site, extra=(f"{site}/0",))
    circle, endless = one(found, f"{site}/"), one(found, f"{site}/0")
    assert (circle.failure, circle.status) == (Failure.REDIRECTS, 302)
    assert (endless.failure, len(endless.hops), endless.url) == (Failure.REDIRECTS, 5, f"{site}/5")


@pytest.mark.parametrize(
    "to", ["ftp://x.example/", "mailto:a@b.example", "http://", "http://[::1", "javascript:1", "http://a b/"]
)
def test_a_redirect_to_no_web_address(farm: Farm, to: str) -> None:
    site = farm.site({"/": moved(to)})
    assert one(visited(site), f"{site}/").failure is Failure.REDIRECTS


@pytest.mark.parametrize("path", ["/robots.txt", "/"])
@pytest.mark.parametrize(
    "to", ["http://10.0.0.1/", "http://169.254.169.254/latest/", "http://127.2/", "//[::ffff:10.0.0.1]/"]
)
def test_a_redirect_to_a_closed_address_is_refused(
    monkeypatch: pytest.MonkeyPatch, farm: Farm, path: str, to: str
) -> None:
    site = farm.site({path: moved(to)})
    monkeypatch.setattr(  # as if the site itself stood at a global address
        "voorbehoud.fetch.guard.refusal",
        lambda address, _: None if address == "127.0.0.1" else refusal(address, allow_private=False),
    )
    found = one(visited(site), f"{site}{path}")
    assert (found.failure, found.status, len(found.hops)) == (Failure.FORBIDDEN_ADDRESS, None, 1)


def test_a_closed_site_is_refused_for_every_kind(farm: Farm) -> None:
    site = farm.site({"/": page("hi")})
    found = visited(site, settings=Settings())
    assert {capture.failure for capture in found.captures} == {Failure.FORBIDDEN_ADDRESS}
    assert [capture.kind for capture in found.captures] == [
        Kind.ROBOTS,
        Kind.TDM_FILE,
        Kind.AI_TXT,
        Kind.PAGE,
    ]
    assert farm.connections[site] == 0


# ---- pace and patience -------------------------------------------------------------------------------------------------
def test_a_site_gets_no_more_than_its_time(farm: Farm) -> None:
    site = farm.site({"/robots.txt": answer(b""), "/ai.txt": Reply(b"", "stall"), "/": page("")})
    found = visited(site, settings=Settings(allow_private=True, otherwise=False, site_seconds=0.5))
    assert one(found, f"{site}/ai.txt").failure is Failure.TIMEOUT
    assert one(found, f"{site}/").failure is Failure.GAVE_UP
    assert (found.finished - found.started).total_seconds() < 2


def test_a_site_gets_no_more_than_its_bytes(farm: Farm) -> None:
    site = farm.site({"/robots.txt": answer(b"#" * 3000), "/": page("")})
    found = visited(site, settings=Settings(allow_private=True, otherwise=False, site_bytes=2000))
    assert one(found, f"{site}/robots.txt").ok
    assert one(found, f"{site}/").failure is Failure.GAVE_UP
    assert farm.paths(site) == ["/robots.txt"]


def test_there_is_a_pause_between_questions_to_a_global_address(
    monkeypatch: pytest.MonkeyPatch, farm: Farm
) -> None:
    monkeypatch.setattr("voorbehoud.fetch.visit.is_private", lambda _: False)
    site = farm.site({"/": page("")})
    found = visited(site, settings=Settings(allow_private=True, otherwise=False, delay=0.1))
    assert all((later.at - earlier.at).total_seconds() >= 0 for earlier, later in pairwise(found.captures))
    assert (found.finished - found.started).total_seconds() >= 0.3


def test_who_is_not_there_is_asked_once() -> None:
    found = visited("http://no-such-host.invalid")
    assert {capture.failure for capture in found.captures} == {Failure.DNS}
    assert len(found.captures) == 4


@pytest.mark.parametrize("name", sorted(FIFTEEN))
def test_an_awkward_site_never_breaks_a_visit(farm: Farm, name: str) -> None:
    reply = FIFTEEN[name]
    site = farm.site(dict.fromkeys([*POLICIES, "/"], reply))
    assert len(visited(site).captures) >= 4


# ---- addresses ---------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("written", "asked"),
    [
        ("https://Café.example", "https://xn--caf-dma.example/"),
        ("https://straße.example", "https://xn--strae-oqa.example/"),
        ("https://a_b.café。example", "https://a_b.xn--caf-dma.example/"),
        ("http://e.nl:80/a b?q=é#x", "http://e.nl/a%20b?q=%C3%A9"),
        ("https://naam:geheim@e.nl/%7Ex", "https://e.nl/%7Ex"),
        ("http://[::1]:8080", "http://[::1]:8080/"),
    ],
)
def test_the_wire_form(written: str, asked: str) -> None:
    assert wire_form(written) == asked
    assert wire_form(asked) == asked


@pytest.mark.parametrize(
    "written",
    [
        "e.nl",
        "ftp://e.nl",
        "http://",
        "http://e.nl:99999",
        "http://e nl/",
        "http://e.nl:x",
        "http://" + "ü" * 80,
    ],
)
def test_what_has_no_wire_form(written: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        wire_form(written)
    with pytest.raises(ValueError, match=r"."):
        SiteRequest(written)


@given(st.text())
def test_any_location_is_an_address_or_a_value_error(location: str) -> None:
    with suppress(ValueError):
        assert redirected("http://e.nl/a", location).isascii()


def test_a_host_name_in_another_script_is_asked_in_punycode(farm: Farm) -> None:
    origin = farm.site({"/": page("hi")})
    found = visited(origin.replace("127.0.0.1", "café.localhost"))
    home = next(capture for capture in found.captures if capture.kind is Kind.PAGE)
    assert (home.url, home.body) == (f"{origin.replace('127.0.0.1', 'xn--caf-dma.localhost')}/", b"hi")
    assert "Host: xn--caf-dma.localhost:" in farm.asked[-1][3]


def test_a_name_that_leads_to_ipv6_only(farm: Farm) -> None:
    try:
        origin = farm.site({"/": page("hi")}, address="::1")
    except OSError:
        pytest.skip("this machine has no IPv6 loopback")
    found = visited(origin.replace("[::1]", "six.localhost"))
    home = next(capture for capture in found.captures if capture.kind is Kind.PAGE)
    assert (home.body, home.address) == (b"hi", "::1")


def test_a_location_in_utf_8_is_understood() -> None:
    assert redirected("http://e.nl/a/", "b/é".encode().decode("latin-1")) == "http://e.nl/a/b/%C3%A9"


# ---- asked in other ways ---------------------------------------------------------------------------------------------
def test_other_readers_and_head_are_tried(farm: Farm) -> None:
    site = farm.site({"/": page('<img src="/a.jpg">'), "/robots.txt": page(""), "/a.jpg": answer(b"jpg")})
    found = visited(site, settings=Settings(allow_private=True))
    ours = found.captures[0].agent
    others = [
        (c.method, c.asked.removeprefix(site)) for c in found.captures if c.agent != ours or c.method != "GET"
    ]
    asked = ["/robots.txt", "/.well-known/tdmrep.json", "/"]
    assert others == [("GET", path) for path in asked * 2] + [("HEAD", "/"), ("HEAD", "/a.jpg")]
    assert all("voorbehoud" in c.agent for c in found.captures)


def test_every_reader_says_that_it_is_us_and_none_is_somebody_else() -> None:
    agent = Settings().agent
    assert all(agent in (manner.reader or "") for manner in readers(agent))
    assert not any(identify(manner.reader or "") for manner in readers(agent))


LICENSED = '<link rel=license href=/l.xml type="application/rsl+xml">'
GIFT = (
    b'{"@context": ["http://www.w3.org/ns/odrl.jsonld", "http://www.w3.org/ns/tdmrep.jsonld"], "@type": "Offer", '
    b'"profile": "http://www.w3.org/ns/tdmrep", "uid": "https://e.nl/p.json", "permission": [{"action": "tdm:mine"}]}'
)


def test_what_only_a_twin_names_is_read_too(farm: Farm, monkeypatch: pytest.MonkeyPatch) -> None:
    home = page(LICENSED, "tdm-reservation: 1", "tdm-policy: /p.json")
    twin = farm.site({"/": home, "/p.json": answer(GIFT, "Content-Type: application/json")})
    site = farm.site({"/": page("hi", "tdm-reservation: 1")})
    monkeypatch.setattr("voorbehoud.fetch.visit.twins", lambda _: (twin,))
    captures = visited(site, settings=Settings(allow_private=True)).captures
    named = [(c.asked, c.kind) for c in captures if c.kind in {Kind.TDM_POLICY, Kind.LICENCE}]
    assert named == [(f"{twin}/l.xml", Kind.LICENCE), (f"{twin}/p.json", Kind.TDM_POLICY)]
    verdict = judge(site, captures, now())
    assert (verdict.protected, "TDP301" in {f.code for f in verdict.findings}) == (False, True)


@pytest.mark.parametrize(
    ("home", "protected"),
    [
        (answer(status="403 Forbidden"), False),
        (answer(status="503 Service Unavailable"), False),
        (answer(status="404 Not Found"), True),
        (Reply(b"", "reset"), True),
        (moved("/"), True),
    ],
)
def test_a_twin_that_refuses_us_leaves_it_open_and_one_that_is_not_there_does_not(
    farm: Farm, monkeypatch: pytest.MonkeyPatch, home: Reply, protected: bool
) -> None:
    twin = farm.site({"/": home})
    site = farm.site({"/": page("hi", "tdm-reservation: 1")})
    monkeypatch.setattr("voorbehoud.fetch.visit.twins", lambda _: (twin,))
    captures = visited(site, settings=Settings(allow_private=True)).captures
    assert judge(site, captures, now()).protected is protected


@pytest.mark.parametrize(
    ("first", "protected"),
    [
        (
            page('<meta name="tdm-reservation" content="0"><meta http-equiv=refresh content="0; url=/home">'),
            False,
        ),
        (page("<meta http-equiv=refresh content='2; url=/home'>", "tdm-reservation: 0"), False),
        (page("<meta http-equiv=refresh content='2; url=/home'>", "tdm-reservation: 1"), True),
        (page("<meta http-equiv=refresh content='2; url=/home'>"), True),
        (page("", "tdm-reservation: 0", "Refresh: 0; url=/home"), True),  # nothing there that could be mined
    ],
)
def test_what_a_page_says_before_it_makes_way_is_heard(farm: Farm, first: Reply, protected: bool) -> None:
    site = farm.site({"/": first, "/home": page("hi", "tdm-reservation: 1")})
    verdict = judge(site, visited(site, settings=Settings(allow_private=True)).captures, now())
    assert (verdict.reachable, verdict.protected) == (True, protected)


def test_a_visit_that_is_cut_short_at_any_moment_protects_nobody(
    farm: Farm, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only the twin, which is looked at last, does not reserve."""
    twin, site = farm.site({"/": page("hi")}), farm.site({"/": page("hi", "tdm-reservation: 1")})

    def judged(seconds: float) -> SiteVerdict:
        clock = count()
        monkeypatch.setattr("voorbehoud.fetch.visit.monotonic", lambda: next(clock))
        settings = Settings(allow_private=True, site_seconds=seconds)
        return judge(site, visited(site, settings=settings).captures, now())

    assert judged(999).protected
    monkeypatch.setattr("voorbehoud.fetch.visit.twins", lambda _: (twin,))
    assert [cut for cut in range(6, 30) if judged(cut).protected] == []


def test_what_is_named_is_asked_for_once_however_often_we_look(farm: Farm) -> None:
    site = farm.site({"/": page(LICENSED, "tdm-reservation: 1", "tdm-policy: /")})
    found = visited(site, settings=Settings(allow_private=True)).captures
    named = [c for c in found if c.kind in {Kind.TDM_POLICY, Kind.LICENCE}]
    assert [(c.kind, c.method, c.body) for c in named] == [
        (Kind.LICENCE, "GET", b"no such thing"),
        (Kind.TDM_POLICY, "GET", LICENSED.encode()),
    ]


@pytest.mark.parametrize(
    ("site", "wanted"),
    [
        ("https://e.nl", ("http://e.nl", "https://www.e.nl")),
        ("http://www.e.nl", ("https://www.e.nl", "http://e.nl")),
        ("https://e.nl:8443", ()),
        ("https://127.0.0.1", ()),
        ("https://[2001:db8::1]", ()),
        ("https://localhost", ()),
    ],
)
def test_the_twins_of_a_site(site: str, wanted: tuple[str, ...]) -> None:
    assert twins(site) == wanted
