"""What is passed over on the way to the addresses of a page points nowhere: the quick way and the long one find the same."""

import re
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from voorbehoud.grammar import page_links
from voorbehoud.grammar.markup import links

BASE = "https://atelier.example/werk/"
TYPES = st.sampled_from(["text/html; charset=utf-8", "application/xhtml+xml", "application/x-httpd-php"])
PAGES = [path.read_bytes().decode("latin-1") for path in sorted(Path("site_examples").rglob("*.html"))]
PIECES = st.sampled_from(
    [
        '<p class="a">', "<p class='a'>", "</p>", "<p", "<P>", "<div/>", "<div a=b>", '<div title="<a href=/no>">', "<div title='>'>",
        '<div style="background:url(/s.png)">', '<div STYLE="background:url(/s.png)">', '<li data-src="/d.png">', '<td background="/b.png">',
        "<template>", "</template>", "</template >", "<svg>", '<svg class="a">', "<svg/>", "</svg>", '<path d="M0 0"/>', '<image href="/i.png">',
        "<script>", "<script/>", "<script>1</script>", "</script>", "<!--", "-->", "<![CDATA[", "]]>", "<?php", "?>", "<title>", "</title>",
        "<textarea>", "</textarea>", "<iframe src=/f>", "</iframe>", "<style>p{background:url(/c.png)}</style>", "<base href=/b/>",
        '<a href="/1">', '<a class="m" href="/2">', "<a href='/3'>", '<a href="/4" href="/5">', '<a href="/6" width="1" height="0">',
        '<a type="image/png" href="/7">', '<a href="/8?a=1&amp;b=2">', '<a href="/9.pdf" style="background:url(/n.png)">', '<a href="/1"',
        '<video src="/v">', '<audio src="/w">', '<source src="/s">', '<img src="/m.png" srcset="/l.png 2x">', '"', "'", "<", ">", "=", "x", "\n",
    ]
)  # fmt: skip


@given(st.lists(PIECES, max_size=14).map("".join), TYPES)
@example('<template><a href="/1"></template><a href="/2">', "text/html")
@example('<svg><image href="/i.png"></svg>', "text/html")
@example('<svg class="a"><path d="M"/><p><a href="/1"></svg>', "text/html")
@example('<svg><![CDATA[<a href="/1">]]></svg><a href="/2">', "text/html")
@example('<div title="<a href=/no>"><p data-src="/d.png"><b style="background:url(/s.png)">', "text/html")
@example(
    '<td background="/b.png"><a type="image/png" href="/7"><a href="/6" width="1" height="0">', "text/html"
)
@example('<a href="/8?a=1&amp;b=2"><a href="/9.pdf" style="background:url(/n.png)">', "text/html")
@example("<script>1</script><script><a href=/1></script><script/><a href=/2>", "application/xhtml+xml")
def test_pieces_of_a_page_lead_to_the_same(page: str, content_type: str) -> None:
    _both_ways(page, content_type)


@given(st.sampled_from(PAGES), st.lists(st.tuples(st.integers(0, 4_000), PIECES), max_size=4), TYPES)
def test_a_damaged_page_leads_to_the_same(
    page: str, damage: list[tuple[int, str]], content_type: str
) -> None:
    for at, piece in damage:
        page = page[:at] + piece + page[at + len(piece) // 2 :]
    _both_ways(page, content_type)


def _both_ways(page: str, content_type: str) -> None:
    quick = links(page.encode("latin-1"), BASE, content_type)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(page_links, "_POINTING_NOWHERE", None)
        patch.setattr(page_links, "_PLAIN_LINK", re.compile("(?!)"))
        assert quick == links(page.encode("latin-1"), BASE, content_type)


def test_an_iframe_left_open_in_a_noscript_hides_no_work_behind_it() -> None:
    page = b"<body><noscript><iframe src='https://count.example/ns.html'></noscript><p><img src=/werk.jpg>"
    assert "https://atelier.example/werk.jpg" in [
        link.url for link in links(page, "https://atelier.example/")
    ]
