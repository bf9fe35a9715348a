"""The quick reader of plain heads says what the careful one says, or nothing: over every kind of page, and byte by byte."""

from pathlib import Path

import html5lib
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from benchmarks.made import page as generated
from voorbehoud.grammar import markup
from voorbehoud.grammar.markup import MOST, SCRIPTED, USUAL, Head, Place, head
from voorbehoud.grammar.octets import find
from voorbehoud.grammar.plain_head import BLOCK, HITS, holds_meta, plain_head
from voorbehoud.grammar.text_encoding import beginning, decode

UTF_8 = "text/html; charset=utf-8"
EXAMPLES = sorted((Path(__file__).parents[1] / "site_examples").rglob("*.html"))
PAGES = [*(path.read_bytes() for path in EXAMPLES), generated(8_000)]


def careful(body: bytes, content_type: str = UTF_8, truncated: bool = False) -> Head:
    return markup._careful(body, content_type, truncated)


def quick(body: bytes, content_type: str = UTF_8) -> Head | None:
    return plain_head(body, content_type, USUAL, MOST, SCRIPTED)


def plain(inside: str, attributes: str = "") -> str:
    return f"<!doctype html>\n<html lang=nl>\n<head>\n{inside}\n</head>\n<body{attributes}>\n<main><p>werk"


# ---- it is used, and right -------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "body", PAGES, ids=[*(str(path.parent.name + "-" + path.stem) for path in EXAMPLES), "made"]
)
def test_pages_as_they_are_need_no_careful_reader(body: bytes) -> None:
    assert head(body, UTF_8) == careful(body) != Head()
    assert (quick(body) is None) == (b"<HEAD>" in body)  # capitals are left to the careful reader


PLAIN = (
    '<meta charset="utf-8">', '<meta name="tdm-reservation" content="1">', '<meta property="og:title" content="a &amp; b &copy=1">',
    '<meta name="a&amp;b" content="<meta name=q>" />', '<meta\n name="x"\n content="y"\n>', "<meta content=1 name=tdm-reservation>",
    '<meta name="tdm-reservation" content="0" content="1">', "<meta name='robots' content='noai'/>", '<meta http-equiv=refresh content="5; url=/">',
    "<meta>", "<meta/name=a>", '<meta name="a"content="b">', '<link rel="License x" href=" /l&amp;.xml " type=" a/b ">', '<link rel="icon" href="/i">',
    '<link href=/x rel=license>', "<link rel=a>", '<link rel="a&amp;b" href="c"/>', "<title> Werk &amp;\n leven </title>", "<title></title>",
    "<style>p > a { color: red }</style>", '<script>if (a<b) c("<p>", "</p>")</script>', "<script src=a.js></script>",
    "<script>add('tdm-reservation')</script>", "<!-- een - twee -->", "<!--[if IE]><meta name=a><![endif]-->", "<base href=/map/>", "<base href=/b>",
    '<script type="application/ld+json">{"a": "<\\/script>"}</script>', "\n", "\r\n", " ", '<link rel="é" href="ü">', '<meta name="é" content="’">',
)  # fmt: skip
"""What the quick reader takes, each for itself."""


@pytest.mark.parametrize("inside", PLAIN)
def test_what_is_plain_is_read_at_once(inside: str) -> None:
    body = plain(inside).encode()
    assert quick(body) == careful(body)


UNUSUAL = (
    "x", "<p>", "</p>", "<noscript><meta name=n></noscript>", "<template><meta name=t></template>", "<svg><title/><meta name=s></svg>",
    "<script><!-- <script></script><meta name=a>--></script>", "<!-- --!>", "<!-->", "<!--->", "<!--", "<style>a</style", "<title>a<b</title>",
    "<META NAME=a>", "<?php if ($a > 1) { ?>", "<?xml version='1.0'>", "<![CDATA[<meta name=c>]]>", "<meta name=a", "<meta name='a>", "\0", "</head x>",
    "<iframe>", "<noframes><meta name=f></noframes>", "<style><meta name=a></style>", "{% if a %}", "<meta name=\"a\"content='b\">", "</ x>", "<frameset>",
    "<title>a</TITLE>", "<script>a</SCRIPT >", "<style>a</style x>", "<script>a</scripty></script>", "<metal name=\"a\" content=\"b\">", "<html lang=en>",
    "</head>", "<body>", "<head>", "</html>", "<!doctype html>", "<meta name=\"a\"\x0bcontent=\"b\">", "<meta name=\"a\" content=\"b\">x", "\x00<\x00m\x00e\x00t\x00a",
)  # fmt: skip

ANYTHING = st.lists(
    st.sampled_from(PLAIN) | st.sampled_from(UNUSUAL) | st.text("<>/='\"! -metahd", max_size=6), max_size=8
).map("".join)
BEHIND = st.sampled_from(
    ["", "<meta name=late content=1>", "<METAL>", "<mark>" * 3, "<script>'tdm-reservation'</script>", "<m\0eta>", "<\0meta", "<link rel=a href=b>"]
)  # fmt: skip
TYPES = st.sampled_from(
    [UTF_8, "text/html", "", "text/html; charset=iso-8859-1", "text/html; charset=shift_jis", "text/html; charset=utf-16", "application/xhtml+xml", "application/x-httpd-php"]
)  # fmt: skip


@pytest.mark.parametrize(
    ("inside", "content_type"),
    [
        ("<script><!-- <script></script><meta name=a><script>--></script>", UTF_8),
        ("<!--><meta name=a><!-- -->", UTF_8),
        ("<script src=a /><meta name=a></script>", "application/xhtml+xml"),
        ("<script src=a /><meta name=a></script>", UTF_8),
        ("<?php echo '>' ?><meta name=a>", "application/x-httpd-php"),
        ("</head><title>a</title><link rel=license href=a>", UTF_8),
    ],
)
def test_traps_on_the_way_to_the_end_of_the_head(inside: str, content_type: str) -> None:
    body = plain(inside).encode()
    assert head(body, content_type) == careful(body, content_type)


def test_a_page_with_a_nul_is_left_to_the_careful_reader() -> None:
    body = plain("").encode() + b"\0" + b"x" * USUAL + b"<\0m\0e\0t\0a<script>'tdm-reservation'</script>"
    assert head(body, UTF_8) == careful(body)


@settings(max_examples=500)
@given(st.lists(st.sampled_from(PLAIN), max_size=12).map("".join), ANYTHING, BEHIND, TYPES, st.booleans())
@example("", "</head>", "<link rel=a href=b>", UTF_8, False)
@example("", "<meta name=a></head><title>", "", UTF_8, False)
def test_the_quick_reader_says_the_same_or_nothing(
    before: str, inside: str, behind: str, content_type: str, truncated: bool
) -> None:
    body = (plain(before + inside) + behind).encode()
    assert head(body, content_type, truncated) == careful(body, content_type, truncated)


PATCHES = st.sampled_from([*(piece.encode() for piece in (*PLAIN, *UNUSUAL)), b"", b"<", b">", b'"', b"'", b"=", b"&", b"\xe9", b"\xef\xbb\xbf", b"\xff\xfe", b"\r"])  # fmt: skip


@settings(max_examples=500)
@given(
    st.sampled_from(PAGES),
    st.lists(st.tuples(st.floats(0, 1), st.integers(0, 12), PATCHES), max_size=3),
    TYPES,
)
def test_real_pages_with_damage_are_read_the_same(
    body: bytes, damage: list[tuple[float, int, bytes]], content_type: str
) -> None:
    """`damage`: where, as a part of what stands before the body; how much is lost there; and what comes instead."""
    for where, lost, patch in damage:
        place = int(where * (body.find(b"<body") + 40))
        body = body[:place] + patch + body[place + lost :]
    assert head(body, content_type) == careful(body, content_type)


@given(st.lists(st.sampled_from(PLAIN), max_size=12).map("".join))
def test_the_same_as_a_full_parser(inside: str) -> None:
    body = plain(inside).encode()
    document = html5lib.HTMLParser(namespaceHTMLElements=False).parse(plain(inside), scripting=True)
    told = [
        (meta.get("name"), meta.get("property"), meta.get("content"))
        for meta in document.find("head").iter("meta")
    ]
    found = quick(body)
    assert found is not None
    assert [(meta.name, meta.property, meta.content) for meta in found.metas] == told
    assert {meta.place for meta in found.metas} <= {Place.HEAD}


@pytest.mark.parametrize("inside", UNUSUAL[:24])
def test_where_it_is_not_sure_it_says_nothing(inside: str) -> None:
    assert quick(plain(inside).encode()) is None


# ---- what stands behind the head ----------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "where",
    [0, 1, BLOCK - 3, BLOCK - 2, BLOCK - 1, BLOCK, BLOCK + 1, USUAL - 3, USUAL, 3 * BLOCK - 1, MOST - 6_000],
)
@pytest.mark.parametrize("written", ["<meta name=n>", "<MeTa name=n>"])
def test_a_meta_element_anywhere_behind_the_head_is_found(where: int, written: str) -> None:
    start = plain('<meta name="m" content="1">').encode()
    opening = start.index(b"<body")
    body = start + b"x" * (opening + where - len(start)) + written.encode() + b"x" * 10
    body = body if where > len(start) else start + written.encode()
    assert [meta.name for meta in head(body, UTF_8).metas] == ["m", "n"]
    assert quick(body) is None


def test_other_elements_that_begin_alike_are_no_reason_to_look_twice() -> None:
    body = plain('<meta name="m" content="1">').encode()
    for number in (1, HITS - 2, HITS, 3 * HITS):
        assert quick(body + b"<mark>" * number) is not None
        assert quick(body + b"<mark>" * number + b"<Meta name=n>") is None


@pytest.mark.parametrize("late", [b"<script>'tdm-reservation'</script>", b"tdm-reservation"])
def test_a_mention_in_the_body_is_looked_at(late: bytes) -> None:
    body = plain('<meta name="m" content="1">').encode() + late
    assert quick(body) is None
    assert head(body, UTF_8).scripted == ((7,) if b"script" in late[:8] else ())


def test_a_reservation_that_the_body_withdraws_is_seen() -> None:
    start = plain('<meta name="tdm-reservation" content="1">').encode()
    body = start + b"<p>werk" * 100_000 + b"<meta name=tdm-reservation content=0>"
    assert [(meta.content, meta.place) for meta in head(body, UTF_8).metas] == [
        ("1", Place.HEAD),
        ("0", Place.BODY),
    ]


# ---- octets ---------------------------------------------------------------------------------------------------------------
@given(st.binary(max_size=300) | st.text("<mM\0", max_size=300).map(str.encode), st.sampled_from([b"<m", b"<", b"\0", b"m\0<"]), st.integers(0, 320), st.integers(0, 320))  # fmt: skip
def test_octets_are_found_where_python_finds_them(octets: bytes, sought: bytes, start: int, end: int) -> None:
    assert find(octets, sought, start, end) == octets.find(sought, start, end)
    assert find(octets, sought, start) == octets.find(sought, start)


@given(st.text("<mMeEtTaA x", max_size=40).map(str.encode), st.integers(0, 40))
def test_what_looks_like_a_meta_element_is_what_a_pattern_finds(octets: bytes, start: int) -> None:
    assert holds_meta(octets, start, len(octets)) == (b"<meta" in octets[start:].lower())


@given(st.binary(max_size=60) | st.text(max_size=40).map(str.encode), TYPES)
@example(b"\xff\xfea", UTF_8)
def test_the_beginning_of_a_text_is_that_of_the_whole(octets: bytes, content_type: str) -> None:
    body = octets + b"<p>" + octets
    told = beginning(body, len(octets) + 3, content_type)
    assert told is None or decode(body, content_type).startswith(told)
    assert told is None or told.endswith("<p>")
