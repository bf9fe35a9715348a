"""Our tags in pages as people have them: exactly one of each, in the head, and no other byte changed."""

from collections.abc import Sequence
from contextlib import suppress
from unittest import mock

import html5lib
import lxml.html
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from benchmarks.made import page as generated
from voorbehoud.core.artifact import Markup
from voorbehoud.publish import splice as splice_module
from voorbehoud.publish.splice import BEGIN, END, SNIFFED, ClashError, NoPlaceError, cut, splice

TAGS = (
    Markup("tdm-reservation", "1"),
    Markup("tdm-policy", "https://atelier.example/ai-voorbehoud/"),
    Markup("robots", "noai, noimageai"),
)
MADE = generated(8_000).replace(b'<meta name="tdm-reservation" content="1">', b"")
BODY = b"<body><p>hallo</p></body></html>"

AWKWARD = {
    "CRLF and tabs": b'<!DOCTYPE html>\r\n<html>\r\n<head>\r\n\t<meta charset="utf-8">\r\n\t<title>x</title>\r\n</head>\r\n' + BODY,
    "CR alone": b"<!DOCTYPE html>\r<html>\r<head>\r<title>x</title>\r</head>\r" + BODY,
    "latin-1": '<!DOCTYPE html>\n<head>\n  <META CHARSET="iso-8859-1">\n  <title>Café</title></head>'.encode("latin-1") + BODY,
    "windows charset by http-equiv": b'<html><head><meta http-equiv="Content-Type" content="text/html; charset=windows-1252">\n<title>x</title></head>' + BODY,
    "byte order mark": b"\xef\xbb\xbf<!doctype html>\n<html>\n<head>\n<title>x</title></head>" + BODY,
    "one line": b'<!doctype html><html><head><meta charset=utf-8><title>x</title></head>' + BODY,
    "no head tag": b"<!doctype html>\n<html lang=nl>\n<title>x</title>\n" + BODY,
    "no html tag": b"<!doctype html>\n<meta charset=utf-8>\n<title>x</title>\n<p>hallo",
    "doctype alone": b"<!doctype html>\n<title>x</title>\n<p>hallo",
    "html then body": b"<html>" + BODY,
    "end of head in a script": b"<html><head><script>var a = '</head><body>';</script>\n<title>x</title></head>" + BODY,
    "script before the charset": b"<html><head>\n<script>if (a < b) { c('<meta charset=x>') }</script>\n<meta charset=utf-8>\n</head>" + BODY,
    "head in a comment": b"<!-- <html><head><meta charset=utf-8> -->\n<html>\n<head>\n<title>x</title></head>" + BODY,
    "comment that ends at once": b"<!doctype html><html><!--><head><title>x</title></head>" + BODY,
    "conditional comments": (
        b'<!doctype html>\n<!--[if lt IE 9]> <html class="old"> <![endif]-->\n<!--[if gt IE 8]><!--> <html class="new"> <!--<![endif]-->\n'
        b"<head>\n  <meta charset='utf-8'>\n  <!--[if IE]><meta name='x' content='</head>'><![endif]-->\n</head>" + BODY
    ),
    "end of head in a title": b"<html><head><title></head></title></head>" + BODY,
    "header, not head": b"<!doctype html>\n<html>\n<header>x</header>" + BODY,
    "quotes with a bracket": b'<html data-x="a>b" class=\'</head>\'>\n<head>\n<title>x</title></head>' + BODY,
    "apostrophe in a bare value": b"<html>\n<head>\n<meta name=x content=it's>\n<meta charset=utf-8>\n<title>it's</title></head>" + BODY,
    "frameset": b'<html>\n<head>\n<title>x</title>\n</head>\n<frameset cols="50%,50%"><frame src="a.html"></frameset></html>',
    "upper case": b'<HTML>\n<HEAD>\n    <META HTTP-EQUIV="Content-Type" CONTENT="text/html; charset=utf-8">\n<TITLE>X</TITLE></HEAD>' + BODY,
    "noscript in the head": b"<html><head><noscript><style>a{}</style></noscript><title>x</title></head>" + BODY,
    "long style before the title": b"<!doctype html><html><head><meta charset=utf-8><style>" + b"a{b:c}" * 900 + b"</style><title>x</title></head>" + BODY,
    "XHTML": (
        b'<?xml version="1.0" encoding="utf-8"?>\n<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Strict//EN" "http://www.w3.org/TR/xhtml1/DTD/xhtml1-strict.dtd">\n'
        b'<html xmlns="http://www.w3.org/1999/xhtml">\n<head>\n  <title>x</title>\n</head>\n' + BODY
    ),
}  # fmt: skip

TEMPLATES = {
    "PHP before the page": b"<?php $x = ['a' => 1]; if ($x->b) { echo '<head>'; } ?>\n<!doctype html>\n<html>\n<head>\n<meta charset=utf-8>\n</head>" + BODY,
    "PHP in a tag": b'<html <?php language_attributes(); ?>>\n<head>\n<meta charset="<?php bloginfo("charset"); ?>">\n<title>x</title></head>' + BODY,
    "front matter": b"---\nlayout: page\ntitle: <head>\n---\n<!doctype html>\n<html>\n<head>\n<title>{{ page.title }}</title></head>" + BODY,
    "Liquid in attributes": b'<html lang="{{ page.lang | default: "nl" }}">\n<head>\n  <meta charset="utf-8">\n{% seo %}</head>' + BODY,
    "a block round the title": b"<html>\n<head>\n{% block title %}<title>x</title>{% endblock %}</head>" + BODY,
    "ERB": b"<!doctype html>\n<html>\n<head>\n<%= csrf_meta_tags %>\n<title>x</title></head>" + BODY,
}  # fmt: skip

LEFT_ALONE = {
    "UTF-16": "<!doctype html><html><head></head></html>".encode("utf-16"),
    "UTF-16 without mark": "<!doctype html><html><head></head></html>".encode("utf-16-le"),
    "fragment": b"<div><p>hallo</p></div>\n",
    "verification file": b"google-site-verification: google0123.html",
    "empty": b"",
    "child template": b'{% extends "base.html" %}\n{% block content %}<p>x</p>{% endblock %}',
    "head in a condition": b"<!doctype html>\n{% if a %}<html>\n<head>{% endif %}\n<title>x</title></head>" + BODY,
    "head in a PHP condition": b"<?php if ($a): ?>\n<html><head><title>x</title></head><body></body></html>\n<?php endif; ?>",
    "script that is never closed": b"<html><head><script>x",
    "script in a comment in a script": b"<html><head><script><!-- <script> </script> </head> --></script><title>x</title></head>" + BODY,
    "charset far down": b"<html><head>\n<!--" + b"x" * 900 + b"-->\n{% if a %}<meta charset=utf-8>{% endif %}</head>" + BODY,
    "empty XHTML head": b'<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml"><head/><body/></html>',
}  # fmt: skip


def metas(page: bytes) -> list[tuple[str, str]]:
    """Give name and content of every meta element in the head, as html5lib (a whole HTML parser) sees them."""
    tree = html5lib.parse(page, namespaceHTMLElements=False, transport_encoding=None)
    found = tree.findall("head//meta[@name]")
    return [(meta.get("name", ""), meta.get("content", "")) for meta in found]


@pytest.mark.parametrize("name", AWKWARD | TEMPLATES)
def test_each_tag_stands_once_and_nothing_else_changes(name: str) -> None:
    page = (AWKWARD | TEMPLATES)[name]
    done = splice(page, TAGS)
    start, end = done.index(BEGIN), done.index(END) + len(END)
    assert cut(done) == page
    assert done[: done.rindex(b">", 0, start) + 1] + done[end:] == page
    assert splice(done, TAGS) == done
    for tag in TAGS:
        assert done.count(f'name="{tag.name}"'.encode()) == 1


@pytest.mark.parametrize("name", AWKWARD)
def test_a_browser_finds_the_tags_in_the_head(name: str) -> None:
    done = splice(AWKWARD[name], TAGS)
    assert [(n, c) for n, c in metas(done) if n in {tag.name for tag in TAGS}] == [
        (t.name, t.content) for t in TAGS
    ]
    found = lxml.html.document_fromstring(done).xpath("//meta[@name='tdm-reservation']/@content")
    assert found == ["1"]


@pytest.mark.parametrize("name", LEFT_ALONE)
def test_where_no_place_is_certain_nothing_is_written(name: str) -> None:
    with pytest.raises(NoPlaceError):
        splice(LEFT_ALONE[name], TAGS)


def test_the_line_end_and_the_indent_are_those_of_the_page() -> None:
    done = splice(AWKWARD["CRLF and tabs"], TAGS)
    assert (
        b'charset="utf-8">\r\n\t<!-- voorbehoud: begin -->\r\n\t<meta name="tdm-reservation" content="1">\r\n'
        in done
    )
    assert b"\n" not in done.replace(b"\r\n", b"")


def test_xhtml_gets_empty_elements_with_a_slash() -> None:
    done = splice(AWKWARD["XHTML"], TAGS)
    assert lxml.etree.fromstring(done).xpath("count(//*[local-name()='meta'])") == 3


def test_the_charset_stays_where_browsers_look_for_it() -> None:
    done = splice(AWKWARD["script before the charset"], TAGS)
    assert 0 < done.index(b"<meta charset=utf-8>") < done.index(BEGIN) < SNIFFED


def test_the_content_of_a_tag_is_quoted() -> None:
    done = splice(b"<html><head></head></html>", (Markup("tdm-policy", 'https://e.nl/?a=1&b="><script>é'),))
    assert metas(done) == [("tdm-policy", 'https://e.nl/?a=1&b="><script>é')]
    assert done.isascii()


def test_a_tag_that_is_there_already_is_left_and_not_doubled() -> None:
    page = b'<html><head><META NAME="TDM-Reservation" content=" 1 "><meta name=robots content="noindex, NOAI, noimageai"></head></html>'
    done = splice(page, TAGS)
    assert done.lower().count(b"tdm-reservation") == 1
    assert b"tdm-policy" in done
    assert done.count(b"noimageai") == 1
    assert splice(page, (TAGS[0], TAGS[2])) == page


@pytest.mark.parametrize("content", ["0", "yes", "", "true"])
def test_a_tag_that_says_something_else_is_a_conflict(content: str) -> None:
    page = f'<html>\n<head>\n<meta name="tdm-reservation" content="{content}">\n</head></html>'.encode()
    with pytest.raises(ClashError, match="tdm-reservation") as clash:
        splice(page, TAGS)
    assert clash.value.line == 3


def test_another_robots_tag_is_no_conflict_for_directives_add_up() -> None:
    done = splice(b'<html><head><meta name="robots" content="noindex"></head></html>', TAGS)
    assert [content for name, content in metas(done) if name == "robots"] == ["noai, noimageai", "noindex"]


def test_new_wishes_replace_the_old_ones_at_the_same_place() -> None:
    page = AWKWARD["CRLF and tabs"]
    once = splice(page, TAGS)
    assert splice(once, TAGS[:1]) == splice(page, TAGS[:1])
    assert splice(once, ()) == page


@pytest.mark.parametrize(
    "damage", [lambda p: p.replace(END, b""), lambda p: p.replace(BEGIN, b""), lambda p: p + p]
)
def test_damaged_markers_are_not_guessed_at(damage) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(ClashError, match="damaged"):
        splice(damage(splice(AWKWARD["one line"], TAGS)), TAGS)


# No <template>: html5lib, the oracle, does not know it.
PIECES = st.sampled_from(
    [
        b"<!doctype html>", b"<html>", b"<html lang='a>b'>", b"<head>", b"<HEAD class=x>", b"</head>", b"<body>", b"<meta charset=utf-8>",
        b'<meta charset="utf-8"/>', b"<title>a</title>", b"<title></head></title>", b"<script>a='</head>'</script>", b"<style>a{}</style>",
        b"<!-- a -->", b"<!--><head>-->", b"<!-- <head> --!>", b"<link rel=a>", b"<base href=/>", b"<noscript><link></noscript>", b"<p>", b"</p>",
        b"text", b" ", b"\n", b"\r\n", b"\t", b"<meta name=robots content=noindex>", b"<a b='", b"<", b">", b"</html>",
        b"<header>", b"<br>", b"</br>", b"<svg><title>", b"<![CDATA[x]]>", b"<!x>", b"</x>", b"<meta name=viewport content='a=\"b\"'>",
    ]
)  # fmt: skip


@given(st.lists(PIECES, max_size=14).map(b"".join))
def test_whatever_the_page_the_tags_are_in_the_head_or_nowhere(page: bytes) -> None:
    try:
        done = splice(page, TAGS[:1])
    except (NoPlaceError, ClashError):
        return
    assert cut(done) == page
    assert splice(done, TAGS[:1]) == done
    assert [content for name, content in metas(done) if name == "tdm-reservation"] == ["1"]


@given(st.binary(max_size=400))
def test_any_bytes_come_back(page: bytes) -> None:
    with suppress(NoPlaceError, ClashError):
        assert cut(splice(page, TAGS)) == cut(page)


# ---- the quick way to the head --------------------------------------------------------------------------------------------
def outcome(page: bytes, tags: Sequence[Markup]) -> bytes | str:
    try:
        return splice(page, tags)
    except (NoPlaceError, ClashError) as refused:
        return f"{type(refused).__name__} {refused}"


def same_both_ways(page: bytes, tags: Sequence[Markup] = TAGS) -> bool:
    with mock.patch.object(splice_module, "_plain_head", return_value=None):
        carefully = outcome(page, tags)
    return outcome(page, tags) == carefully


PLAIN = (
    b'<meta name="viewport" content="width=device-width">', b"<meta name='a' content='b'>", b'<meta content="a > b &amp; c" property="og:title"/>',
    b'<meta http-equiv="refresh" content="5">', b'<meta http-equiv="Content-Type" content="text/html; charset=utf-8">', b'<meta content="a>b" charset="x">',
    b'<link rel="icon" href="/i" data-2="x">', b"<title>{{ a }}</title>", b"<style>a{}</style>", b"<style media='print'>b</style>", b"<!-- een - twee -->",
    b"<script async>if (a<b) c()</script>", b'<script type="application/ld+json">{"a": "<\\/script>"}</script>', b"\n\t", b"\r\n", b'<meta charset="utf-8" />',
)  # fmt: skip
ODD = (
    b'<meta name="tdm-reservation" content="1">', b'<meta name="TDM-Reservation" content="0">', b'<meta name="tdm&#45;reservation" content="0">',
    b'<meta name="robots" content="noai, noimageai">', b"<meta name = 'robots' content=noindex>", b'<meta nAme="tdm&#45;reservation" content="0">', b"<p>", b"x",
    b'<meta content="{% if a %}" name="b">', b"{% if a %}", b"{{ a }}", b"<?php if ($a): ?>", b'<link href="<% a %>">', b"<base href='/'>", b"<META charset=x>", b"</head>",
    b"<script><!-- <script> </script> --></script>", b"<script>a</script x>", b"<!-- a -- b -->", b"<!-->", b"<!--->", b"<!-- a --!>", b"<head>", b"<html xmlns='x'>", b"<noscript></noscript>",
    b"<!-- //DTD XHTML -->", b'<meta name="a" content="b', b"<title>a<b</title>", b"\0", b"<title></head></title>", b"<!-- voorbehoud: begin -->", b'<meta name="tdm-policy" content="&">',
)  # fmt: skip


@settings(max_examples=400)
@given(
    st.lists(st.sampled_from(PLAIN), max_size=5).map(b"".join),
    st.lists(st.sampled_from(PLAIN) | st.sampled_from(ODD), max_size=4).map(b"".join),
    st.sampled_from([b' lang="nl"', b"", b" class='a' xmlns=\"x\"", b" a={{b}}"]),
    st.sampled_from([b"", b"\xef\xbb\xbf", b"---\na: b\n---\n", b"\n", b"<?xml version='1.0'?>"]),
)
@example(b'<meta content="a>b" charset="x"><meta charset="utf-8">', b"", b"", b"")
@example(b'<meta charset="utf-8">', b'<meta name="tdm&#45;reservation" content="0">', b"", b"")
@example(b'<!-- a --!><meta charset="x"><!-- b -->', b"", b"", b"")
@example(b'<!--><meta charset="x"><!-- b -->', b"", b"", b"")
@example(b'<script><!-- <script> </script><meta charset="x"><script>--></script>', b"", b"", b"")
@example(b'<meta charset="utf-8">', b"<!-- //DTD XHTML -->", b"", b"")
@example(b'<meta charset="utf-8">', b"", b' xmlns="x"', b"")
def test_a_plain_head_gets_what_a_careful_reading_gives(
    before: bytes, after: bytes, attributes: bytes, start: bytes
) -> None:
    head = before + b'<meta charset="utf-8">' + after
    assert same_both_ways(
        start + b"<!doctype html><html" + attributes + b"><head>" + head + b"</head>" + BODY
    )


@settings(max_examples=400)
@given(
    st.floats(0, 1),
    st.integers(0, 9),
    st.sampled_from((*PLAIN, *ODD, b"", b"<", b">", b'"', b"'", b"=", b"{")),
)
def test_a_damaged_page_gets_what_a_careful_reading_gives(where: float, lost: int, patch: bytes) -> None:
    place = int(where * MADE.index(b"<body"))
    assert same_both_ways(MADE[:place] + patch + MADE[place + lost :])


def test_the_quick_way_is_taken() -> None:
    assert splice_module._plain_head(MADE, TAGS[:1]) is not None
    for inside in (*PLAIN, b"".join(PLAIN)):
        page = b'<!doctype html><html><head><meta charset="utf-8">' + inside + b"</head>"
        assert splice_module._plain_head(page, TAGS) is not None
    for odd in ODD[:8]:
        assert (
            splice_module._plain_head(
                b'<!doctype html><html><head><meta charset="x">' + odd + b"</head>", TAGS
            )
            is None
        )
