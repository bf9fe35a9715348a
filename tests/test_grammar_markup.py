"""Meta and link elements, and the addresses of a page, against the HTML standard and a real parser of it."""

import html5lib
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from voorbehoud.core.evidence import Kind
from voorbehoud.grammar import page_links
from voorbehoud.grammar.markup import MOST, USUAL, Head, LinkElement, Place, head, links
from voorbehoud.grammar.page_links import MOST_LINKS, candidates, is_shell, refresh, resolve
from voorbehoud.grammar.text_encoding import decode

BASE = "https://atelier.example/werk/"


def named(
    page: str | bytes, content_type: str = "text/html; charset=utf-8"
) -> list[tuple[str | None, Place]]:
    """Give name and place of every meta element."""
    body = page.encode() if isinstance(page, str) else page
    return [(meta.name, meta.place) for meta in head(body, content_type).metas]


M = "<meta name=m>"
IN_HEAD, IN_BODY, IN_NOSCRIPT = [("m", Place.HEAD)], [("m", Place.BODY)], [("m", Place.NOSCRIPT)]


@pytest.mark.parametrize(
    ("page", "found"),
    [
        (M, IN_HEAD),
        (f"<!doctype html><html><head>{M}</head>", IN_HEAD),
        (f"\ufeff \n<!-- c --><HTML><HEAD>{M.upper()}", [("M", Place.HEAD)]),
        (f"<head></head>{M}<body>", IN_HEAD),  # after </head> it is still put into the head
        (f"<head></head><body>{M}", IN_BODY),
        (f"<head><div>{M}", IN_BODY),  # what is not of the head ends it
        (f"<head>text{M}", IN_BODY),
        (f"<head></body>{M}", IN_BODY),
        (f"<head><noscript>{M}</noscript>", IN_NOSCRIPT),
        (f"<head><noscript><img></noscript>{M}", IN_HEAD),  # a counting pixel ends no head for browsers
        (f"<!-- {M} -->", []),
        (f"<!--[if IE]>{M}<![endif]-->", []),
        (f"<!--[if !IE]><!-->{M}<!--<![endif]-->", IN_HEAD),
        (f"<!-->{M}-->", IN_HEAD),  # `<!-->` is a whole comment
        (f"<!-- --!>{M}", IN_HEAD),
        (f"<!--{M}", []),  # never closed: everything is comment
        (f"<template>{M}</template>", []),
        (f"<template><template></template>{M}</template>", []),
        (f"</template>{M}", IN_HEAD),
        (f"<script>{M}</script>", []),
        (f"<script>{M}</scripty>{M}", []),
        (f"<script><!-- <script></script>{M}--></script>", []),  # doubly escaped
        (f"<script><!-- <script> --></script>{M}", IN_HEAD),
        (f"<script><!--> <script></script>{M}", IN_HEAD),
        (f"<script></SCRIPT >{M}", IN_HEAD),
        (f"<style>{M}</style>", []),
        (f"<title>{M}</title>", []),
        (f"<textarea>{M}</textarea>", []),
        (f"<plaintext>{M}", []),
        (f"<body><img alt='{M}'>", []),
        (f"<body><img alt=x>y{M}", IN_BODY),
        (f"<body><p don't>{M}", IN_BODY),  # a quote outside a value quotes nothing
        ("<meta name=m", []),  # a tag that the file ends in
        ("<meta name='m>", []),
        ("<meta name=m/>", [("m/", Place.HEAD)]),
        ("<meta/name=m />", IN_HEAD),
        ("<meta name = 'm'>", IN_HEAD),
        ("<meta name=m name=n>", IN_HEAD),  # the first of two counts
        ("<meta NAME=m>", IN_HEAD),
        ("<meta name=&#109;>", IN_HEAD),
        ("<metal name=m>", []),
        ("< meta name=m>", []),
        (f"<![CDATA[{M}]]>", []),  # up to the first >, as a comment
        (f"<svg><![CDATA[>{M}]]></svg>", []),
        (f"<body><svg><title/></svg>{M}", IN_BODY),
        (f"<noscript><iframe src=x></noscript>{M}", IN_HEAD),  # as often pasted: no </iframe>
        (f"<noscript><style></noscript>{M}", IN_HEAD),
        (f"<noscript><!--</noscript>{M}", IN_HEAD),
        (f"<noscript><title>{M}", []),  # no end of either
        (
            f"<svg><template>{M}</template>",
            IN_BODY,
        ),  # one of SVG is no template, and a meta element ends the drawing
        (f"<svg><style><template>{M}", IN_BODY),
        (
            f"<svg><svg></svg><title>{M}",
            IN_BODY,
        ),  # still inside the outer drawing, where a title is no raw text
        (f"<svg><title>a</title><style>{M}", IN_BODY),
        (f"<svg><title><xmp>{M}</xmp>", []),  # HTML again, in which this is raw text
        (f"<svg><foreignObject><p></p></foreignObject><style>{M}", IN_BODY),
        (f"<svg></p><style>{M}", []),
        (f"<math><mi><noframes>{M}", []),
        (f"<template><svg></template>{M}", IN_HEAD),
        (f"<template><svg></template><title>{M}</title>", []),
        (f"<svg></template><title>{M}", IN_BODY),
        (f"<h1>{M}<frameset>", IN_NOSCRIPT),  # the body goes, and this with it, unless something was shown
        (f"<h1><frameset>{M}", IN_NOSCRIPT),
        (f"<head>{M}</head><h1><frameset>{M}", IN_HEAD + IN_NOSCRIPT),
        (f"<frameset>{M}</frameset>", []),
        (f"{{{{ x }}}}<frameset>{M}</frameset>", [("m", Place.NOSCRIPT)]),  # as served: text, and no frameset
        (f"<% x %><frameset>{M}</frameset>", [("m", Place.NOSCRIPT)]),
        (
            f"<?php if ($a > 1) {{ ?>{M}<?php }} ?>",
            IN_BODY,
        ),  # as served: a comment up to the first >, and then text
        (f"<? x >{M} ?>", IN_HEAD),
        (f"<?xml version='1.0'>{M}", IN_HEAD),
        (f"<head>{{% if a > b %}}{M}{{{{ head|safe }}}}{{# note #}}{M}", IN_HEAD * 2),
        (f"</>{M}</ x>{M}", IN_HEAD * 2),
    ],
)
def test_what_is_an_element_and_where(page: str, found: list[tuple[str | None, Place]]) -> None:
    assert named(page) == found


def test_the_source_of_a_php_page_is_read_as_such() -> None:
    page = f"<?php if ($a > 1) {{ echo '{M}' ?>{M}<?php }}"
    assert named(page, "application/x-httpd-php") == IN_HEAD
    assert named(page) == IN_BODY * 2


def test_xhtml_closes_what_html_does_not() -> None:
    page = f"<html><head><title/><script/>{M}<![CDATA[>{M}]]></head></html>"
    assert named(page, "application/xhtml+xml") == IN_HEAD
    assert named(page, "text/html") == []


def test_everything_that_a_page_says_about_itself() -> None:
    page = b"""<!doctype html>\r
<html lang="nl">\r
<head><base href="/map/"><title> Werk &amp;\r
 leven </title>\r
<meta property="og:title" content="a &quot;b&quot; &copy=1 &notit; &#x31;"><meta http-equiv="refresh" content="5">\r
<link rel="License  nofollow" href=" /l.xml " type="application/rsl+xml"><link rel=icon>\r
<script>add('tdm-reservation')</script>\r
</head>"""
    found = head(page, "text/html")
    assert (found.lang, found.base, found.title, found.complete) == ("nl", "/map/", "Werk & leven", True)
    assert [(m.property, m.http_equiv, m.content, m.line) for m in found.metas] == [
        ("og:title", None, 'a "b" &copy=1 &notit; 1', 5),
        (None, "refresh", "5", 5),
    ]
    assert found.links == (
        LinkElement(("license", "nofollow"), "/l.xml", "application/rsl+xml", 6, Place.HEAD),
    )
    assert found.scripted == (7,)


# ---- how much is read --------------------------------------------------------------------------------------------------
def test_a_long_head_is_read_to_its_end() -> None:
    page = b"<head><style>" + b"a{}" * 100_000 + b"</style><meta name=m></head><body>"
    assert len(page) > USUAL
    found = head(page)
    assert [m.name for m in found.metas] == ["m"]
    assert found.complete


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_a_second_meta_far_down_in_the_body_is_found(encoding: str) -> None:
    page = f"<head><meta name=m></head><body>{'<p>werk' * 40_000}<META name=n>".encode(encoding)
    assert len(page) > USUAL
    assert [(m.name, m.place) for m in head(page).metas] == [("m", Place.HEAD), ("n", Place.BODY)]


def test_a_head_beyond_the_limit_is_not_complete() -> None:
    found = head(b"<head><style>" + b"a{}" * MOST + b"</style><meta name=m></head>")
    assert (found.metas, found.complete) == ((), False)


@pytest.mark.parametrize(
    "page",
    [
        b"<" * 5_000_000,
        b"<a " * 1_700_000,
        b"<!--" * 1_200_000,
        b"<?php " * 800_000,
        b"<meta" * 1_000_000,
        b"<meta name='" * 400_000,
        b"<meta name=" + b"&" * 5_000_000,
        b"<meta content='" + b"&#1" * 1_000_000 + b"'>",
        b"<meta content=&#" + b"1" * 100_000 + b">",
        b"<script><!--<script" * 250_000,
        b"<template>" * 500_000,
        b"<svg>" * 1_000_000,
        b"{{" * 2_500_000,
        b"{%" * 2_500_000 + b"<meta>",
        b"<x a=b c" * 600_000,
        b"<img srcset='" + b"a (" * 1_000_000 + b"'>",
        bytes(range(256)) * 20_000,
        b"<style>" + b"url(" * 1_200_000,
        b"<p style='" + b"url( " * 1_000_000 + b"'>",
        b"".join(b"<a href=x:%d>" % n for n in range(400_000)),
    ],
    ids=lambda page: repr(page[:20]),
)
@pytest.mark.timeout(60)  # no measurement (benchmarks/ has those): what is not linear would take hours
def test_five_megabytes_of_anything_come_to_an_end(page: bytes) -> None:
    assert isinstance(head(page), Head)
    links(page, BASE)
    is_shell(page, BASE)


@given(
    st.binary(max_size=400) | st.text("<>/='\"!-[]mM etascripltnohdby?{}%&#;", max_size=400).map(str.encode)
)
def test_any_bytes_are_read(page: bytes) -> None:
    head(page)
    for link in links(page, BASE):
        assert link.url.isascii()
        assert link.url.startswith(("http://", "https://"))


# ---- a parser of the whole standard as the oracle -----------------------------------------------------------------------
PIECES = st.sampled_from(
    [
        "<html>", "<head>", "</head>", "<body>", "</body>", "</html>", "<title>", "</title>", "<style>", "</style>", "<script>",
        "</script>", "<!--", "-->", "--!>", "<!-->", "<p>", "</p>", "<div a='>'>", "</div>", "<br>", "</br>", " ", "\n", "x", "<",
        "<x y=\"<meta name=q>\">", "<textarea>", "</textarea>", "<link rel=a href=b>", "<base href=c>", "&nbsp;", "</", "<!doctype html>",
        "<meta name=a content=1>", "<META NAME='b' content=\"&amp;2\" content=3>", "<meta property=c/>", "<meta name=d", "'", "\"", "=", ">",
        "<![CDATA[", "]]>", "<?pi>", "<iframe>", "</iframe>", "<noframes>", "</noframes>", "<xmp>", "</xmp>", "<a href=x>", "</a>", "<img/>",
    ]
)  # fmt: skip


@given(st.lists(PIECES, max_size=14).map("".join))
@example("<meta name=a></head><!--x--><meta name=b>x<meta name=c>")
@example("<script><!--<script></script><meta name=a></script>")
def test_the_same_as_a_full_parser(page: str) -> None:
    """Names, contents and places of the meta elements are those of html5lib, which builds the whole tree."""
    document = html5lib.HTMLParser(namespaceHTMLElements=False).parse(page, scripting=True)
    whole = [
        ((meta.get("name"), meta.get("property"), meta.get("content")), place)
        for place in (Place.HEAD, Place.BODY)
        for meta in document.find(place).iter("meta")
    ]
    found = [
        ((m.name, m.property, m.content), m.place)
        for m in head(page.encode(), "text/html; charset=utf-8").metas
    ]
    assert found == whole


# ---- bytes into text ---------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("body", "content_type", "text"),
    [
        ("é".encode(), "", "é"),
        (b"\xe9", "", "é"),  # not UTF-8: as browsers do
        (b"\xe9", "text/html; charset=utf-8", "�"),
        ("é".encode(), "text/html; charset=iso-8859-1", "Ã©"),
        (b"\x80", 'text/html; Charset="ISO-8859-1"', "€"),  # the label means windows-1252
        ("é".encode(), "text/html; charset=zip", "é"),  # a codec of Python's that is no encoding
        (b"<meta charset=windows-1251>\xe9", "", "<meta charset=windows-1251>й"),
        (b"<meta http-equiv=content-type content='text/html; charset=koi8-r'>\xca", "", None),
        (b"<!--<meta charset=koi8-r>-->\xe9", "", "<!--<meta charset=koi8-r>-->é"),
        (b"<meta charset=utf-16>\xc3\xa9", "", "<meta charset=utf-16>é"),
        (b"\xef\xbb\xbf\xc3\xa9", "text/html; charset=koi8-r", "é"),
        ("é".encode("utf-16"), "", "é"),
        (b"\xfe\xff" + "é".encode("utf-16-be"), "", "é"),
        ("é".encode("utf-16-le"), "text/html; charset=utf-16", "é"),
        ("éé".encode()[:3], "", "é"),  # cut in the middle of a character
        (b"a\r\nb\rc\n", "", "a\nb\nc\n"),
    ],
)
def test_decoding(body: bytes, content_type: str, text: str | None) -> None:
    found = decode(body, content_type)
    assert found == text if text is not None else found.endswith("й")


@given(st.binary(max_size=200), st.text(max_size=60))
def test_any_bytes_are_decoded(body: bytes, content_type: str) -> None:
    assert isinstance(decode(body, f"text/html; charset={content_type}"), str)


# ---- addresses -----------------------------------------------------------------------------------------------------------
def found(page: str) -> list[tuple[str, str]]:
    """Give kind and address, the base cut off, of everything that a page points to."""
    return [
        (link.kind.value, link.url.removeprefix("https://atelier.example"))
        for link in links(page.encode(), BASE)
    ]


@pytest.mark.parametrize(
    ("page", "expected"),
    [
        ("<a href=over.html#naam>", [("page", "/werk/over.html")]),
        ("<a href=/>", [("page", "/")]),
        ("<a href='?p=2&amp;q=3&copy=4'>", [("page", "/werk/?p=2&q=3&copy=4")]),
        ("<a href=../cv.PDF>", [("document", "/cv.PDF")]),
        ("<area href=boek.epub?x=1>", [("document", "/werk/boek.epub?x=1")]),
        ("<a href=lied.mp3>", [("audio", "/werk/lied.mp3")]),
        ("<a href=groot.jpg><img src=klein.jpg></a>", [("image", "/werk/groot.jpg"), ("image", "/werk/klein.jpg")]),
        ("<a href=jpg>", [("page", "/werk/jpg")]),
        ("<a href=.jpg>", [("page", "/werk/.jpg")]),
        ("<a href='a&#98;.html'>", [("page", "/werk/ab.html")]),
        ("<a href=x><a href=x#y><a href=/werk/x>", [("page", "/werk/x")]),
        ("<a name=x>", []),
        ("<a href='mailto:a@b.nl'><a href='javascript:x'><a href='tel:1'><a href='data:,x'><img src='data:x,y'>", []),
        ("<a href='http://[x'><a href='https://x:99999/'><a href='https://a:b@c.nl/'>", []),
        ("<a href='https://xn--é/'><a href='https://a b/'><a href='https://a%00b/'>", []),
        ("<a href='https://münchen.example/ü?ü'>", [("page", "https://xn--mnchen-3ya.example/%C3%BC?%C3%BC")]),
        ("<a href='HTTPS://ELDERS.example:443/A'>", [("page", "https://elders.example/A")]),
        ("<a href='//elders.example:8443'>", [("page", "https://elders.example:8443/")]),
        ("<a href=' mijn werk\n.html '>", [("page", "/werk/mijn%20werk.html")]),
        ("<img src=a.webp srcset='b.webp 1x, c.webp 2x'>", [("image", f"/werk/{n}.webp") for n in "abc"]),
        ("<picture><source srcset='a.avif'><img src=a.jpg></picture>", [("image", "/werk/a.avif"), ("image", "/werk/a.jpg")]),
        ("<video src=f.mp4 poster=f.jpg></video>", [("video", "/werk/f.mp4"), ("image", "/werk/f.jpg")]),
        ("<audio><source src=l.bin></audio>", [("audio", "/werk/l.bin")]),
        ("<video><source src=f type=video/webm><source src=l.ogg></video>", [("video", "/werk/f"), ("audio", "/werk/l.ogg")]),
        ("<object data=a.pdf></object><embed src=b type=image/png>", [("document", "/werk/a.pdf"), ("image", "/werk/b")]),
        ("<noscript><img src=a.jpg></noscript>", [("image", "/werk/a.jpg")]),
        ("<template><a href=x></template><!-- <a href=y> --><script>'<a href=z>'</script>", []),
        ("<a href=x><base href=/map/><base href=/andere/>", [("page", "/map/x")]),
        ("<base href='javascript:x'><a href=x>", [("page", "/werk/x")]),
    ],
)  # fmt: skip
def test_addresses(page: str, expected: list[tuple[str, str]]) -> None:
    assert found(page) == expected


@pytest.mark.parametrize(
    ("srcset", "expected"),
    [
        ("a 1x, b 2x", ["a", "b"]),
        ("a,b 1x", ["a,b"]),
        ("a, b", ["a", "b"]),
        (" , a 100w ,b", ["a", "b"]),
        ("data:image/png;base64,AA 1x, b 2x", ["data:image/png;base64,AA", "b"]),
        ("a calc(1, 2), b", ["a", "b"]),
        ("", []),
    ],
)
def test_candidates_of_an_image(srcset: str, expected: list[str]) -> None:
    assert list(candidates(srcset)) == expected


WORK = [("image", "/werk/a.jpg")]


@pytest.mark.parametrize(
    ("page", "expected"),
    [
        ("<img data-src=a.jpg>", WORK),
        ("<img src='data:image/gif;base64,AA' data-lazy-src=a.jpg>", WORK),
        ("<img data-srcset='a.jpg 1x, b.jpg 2x'>", [*WORK, ("image", "/werk/b.jpg")]),
        ("<img data-original=/beeld/7>", [("image", "/beeld/7")]),
        ("<div data-bg=a.jpg>", WORK),
        ("<div data-bg='url(a.jpg)'>", WORK),
        ("<video data-src=a.mp4>", [("video", "/werk/a.mp4")]),
        ("<iframe data-src=/kaart>", [("page", "/kaart")]),
        ("<div data-src=app.js data-lazy=true data-zoom=1.5 data-image='{\"x\": 1}' data-src='/api'>", []),
        ("<div style='background: URL( \"a.jpg\" ) no-repeat'>", WORK),
        ("<div style='background: url(a.jpg?x=1), url(&quot;b.png&quot;)'>", [("image", "/werk/a.jpg?x=1"), ("image", "/werk/b.png")]),
        ("<style>@import url(/css); @font-face{src:url(f.woff2)} p{fill:url(#a);background:url('a.jpg')}</style>", WORK),
        ("<style>p{background:url(/beeld/7)}</style>", [("image", "/beeld/7")]),
        ("<table background=a.jpg>", WORK),
        ("<svg><image href=a.jpg /></svg>", WORK),
        ("<svg><image xlink:href=a.jpg></image></svg>", WORK),
        ("<input type=IMAGE src=a.jpg><input type=text src=b.jpg>", WORK),
        ("<link rel=preload as=image imagesrcset='a.jpg 1x' href=b.jpg>", [("image", "/werk/b.jpg"), *WORK]),
        ("<link rel=stylesheet href=a.css><link rel=preload as=script href=a.js>", []),
        ("<meta property=og:image content=a.jpg>", WORK),
        ("<meta name=twitter:image content=a.jpg>", WORK),
        ("<meta property=og:video content=speler>", [("page", "/werk/speler")]),
        ("<iframe src=b.html></iframe><frame src=c.html>", [("page", "/werk/b.html"), ("page", "/werk/c.html")]),
        ("<img src=p.gif width=1 height=1><img src=q.gif WIDTH=0 height=1px><img src=a.jpg width=1 height=200>", WORK),
    ],
)  # fmt: skip
def test_works_that_do_not_stand_in_the_usual_place(page: str, expected: list[tuple[str, str]]) -> None:
    assert found(page) == expected


@pytest.mark.parametrize(
    ("page", "shown"),
    [
        ("<a href=a.jpg>", False),
        ("<a href=a.jpg><img src=a.jpg></a>", True),
        ("<img src=a.jpg>", True),
        ("<frame src=a.html>", True),
        ("<iframe src=a.html>", False),
        ("<iframe src=a.pdf>", True),
        ("<meta property=og:video content=speler>", False),
    ],
)
def test_what_a_page_shows_is_told_from_where_it_leads(page: str, shown: bool) -> None:
    assert [link.shown for link in links(page.encode(), BASE)] == [shown]


@pytest.mark.parametrize(
    ("page", "shell"),
    [
        (
            "<meta property=og:image content=a.jpg><div id=root>Even geduld</div><script src=a.js></script>",
            True,
        ),
        ("<script></script><a href=/werk/>naar deze pagina zelf</a>", True),
        ("<script></script><a href=/>thuis</a>", False),
        ("<script></script><img src=a.jpg>", False),
        ("<script></script>" + "<p>een gedicht" * 5, False),
        ("<p>een gedicht", False),
        ("", False),
    ],
)
def test_a_page_that_leaves_everything_to_its_scripts(page: str, shell: bool) -> None:
    assert is_shell(page.encode(), BASE) is shell


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("0; url=/nl/", (0, "/nl/")),
        (" 3.5,URL = '/nl/'x", (3, "/nl/")),
        ('0;url="/a b"', (0, "/a b")),
        ("0 /nl/", (0, "/nl/")),
        (";/nl/", (0, "/nl/")),
        ("300", None),
        ("0;", None),
        ("", None),
        ("9" * 5000 + ";x", (999999999, "x")),
    ],
)
def test_a_page_that_loads_another(value: str, expected: tuple[int, str] | None) -> None:
    assert refresh(value) == expected


def test_a_page_of_links_is_capped() -> None:
    page = "".join(f"<a href=/{n}>" for n in range(3 * MOST_LINKS)).encode()
    assert len(links(page, BASE)) == MOST_LINKS


@given(st.text(max_size=60))
def test_any_address_is_resolved_or_refused(address: str) -> None:
    url = resolve(BASE, address)
    assert url is None or (url.isascii() and "#" not in url and " " not in url and resolve(BASE, url) == url)


WRITTEN = st.sampled_from(
    [
        "over.html", "/", "a", "b/", "..", ".", "/.", "//", ":", "?", "?p=2&q=a/b", "#", "#x?y", "%41", "%", "~a", "-", "_", ";p=1", " ", "\n", "é",
        "https://", "http://", "HTTPS://", "elders.nl", "elders.nl:443", "1.2.3.4", "/werk/", "a" * 400, "\\", "@", "x--é",
    ]
)  # fmt: skip
BASES = st.sampled_from(
    [BASE, "https://e.nl", "http://e.nl:8080/a/b.html?x=1#y", "https://e.nl/a/../b//c;p=1/d", "https://münchen.example/é/x", "ftp://e.nl/x", "https://e.nl/" + "a" * 1990 + "/b"]
)  # fmt: skip


@settings(max_examples=400)
@given(BASES, st.lists(WRITTEN, max_size=6).map("".join))
@example("https://e.nl/" + "a" * 1990 + "/b", "abc/x")
@example(BASE, "https://elders.nl/" + "a" * 1990)
def test_a_plain_address_becomes_what_the_careful_way_gives(base: str, address: str) -> None:
    assert resolve(base, address) == page_links._resolve(base, address)


def test_kinds_are_those_of_resources() -> None:
    page = b"<a href=a.html><a href=a.pdf><a href=a.jpg><a href=a.mp3><a href=a.mp4>"
    kinds = {kind for kind in Kind if kind.is_resource} - {Kind.FEED}  # feeds are named by link elements
    assert {link.kind for link in links(page, BASE)} == kinds
