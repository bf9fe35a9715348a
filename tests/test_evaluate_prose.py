"""Sentences for people: told, and never counted."""

from typing import Any

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from test_evaluate_site import NOW, SITE, visit
from vectors_runner import load
from voorbehoud.core.use import Use
from voorbehoud.evaluate.site import judge
from voorbehoud.evaluate.verdict import Verdict
from voorbehoud.grammar.plain_words import on_page, saying, visible


@pytest.mark.parametrize(
    "row", [pytest.param(r, id=r["name"]) for r in load("plain-words/dutch-and-english.yaml")]
)
def test_a_sentence_is_told_and_never_counted(row: dict[str, Any]) -> None:
    specs = [{"kind": "page", "path": "/", "body": row.get("page", "<p>Welkom</p>")}]
    specs += [{"kind": "robots.txt", "body": row["robots"]}] if "robots" in row else []
    result = judge(SITE, visit(specs), NOW)
    assert [f.code for f in result.findings if f.code.startswith("WRD")] == row["findings"]
    assert {(v.strict, v.protective) for v in (result.use(use) for use in Use)} == {
        (Verdict.UNSET, Verdict.UNSET)
    }
    assert "EFF406" in {f.code for f in result.findings}


def test_the_same_footer_is_told_once() -> None:
    page = {"kind": "page", "body": "<p>Datamining verboden</p>"}
    result = judge(SITE, visit([{**page, "path": f"/{n}"} for n in range(4)]), NOW)
    assert [f.code for f in result.findings if f.code.startswith("WRD")] == ["WRD301"]


@given(st.binary(max_size=400) | st.text("<!->/abq tdm", max_size=200).map(str.encode))
def test_no_page_raises(body: bytes) -> None:
    saying(visible(body))


PIECES = (
    "text and data mining is reserved", "tekst- en datamining is voorbehouden", "tdm", "alle rechten voorbehouden", " is not reserved ",
    "All Rights Reserved", "ｔｄｍ", "m\u00adining", "m&shy;ining", "m&#105;ning", "data&#8209;mining is verboden", "ｍining", "reſerved", "café",
    "<p>", "</p>", "<b>", "<!-- ", " -->", "<meta name=tdm-reservation content=1>", '<meta content="a > tdm is reserved">', "<?php ", "?>",
    "<![CDATA[", "]]>", "<plaintext>", " is verboden", "<meta name=tdm>", "<script>", "</script>", "<a title='", "'>", "&nbsp;", "<META name='tdm' ", "<svg>", "</svg>", "<q>", "</q>",
    "&lt;meta name=x ", "＜meta name=x ", "min&#1;ing", "min&#x49;ng", "all rights ", "reserved", "&amp;", "&", "&copy", "&eacute;", "&shy;", "min", "ing",
    "alle rechten&nbsp;", "voorbehouden", "rechten", "<META\n", "ß", "K",
)  # fmt: skip


@given(st.lists(st.sampled_from(PIECES), max_size=8), st.sampled_from(["text/html", "application/xhtml+xml"]))
@example(["<![CDATA[", "<meta name=tdm>", " is verboden", "]]>"], "application/xhtml+xml")
@example(["<plaintext>", "<meta name=tdm>", " is verboden"], "text/html")
@example(["<p>", "ｔｄｍ", " is verboden"], "text/html")
@example(["<p>", "data", "m&shy;ining", " is verboden"], "text/html")
@example(["<p>", "t&#100;m", " is verboden"], "text/html")
@example(["&lt;meta name=x ", "tdm", " is verboden", "'>"], "text/html")
@example(["＜meta name=x ", "tdm", " is verboden", "'>"], "text/html")
@example(["<p>data", "min&#1;ing", " is verboden"], "text/html")
@example(["<meta name=tdm>", "tdm", " is verboden"], "text/html")
@example(["all rights ", "reserved"], "text/html")
@example(["alle rechten&nbsp;", "voorbehouden"], "text/html")
def test_a_page_without_the_words_need_not_be_taken_apart(pieces: list[str], content_type: str) -> None:
    # Of a value that holds tags, and of a tag that never ends, `visible` takes a part for text, and a meta element in it too.
    assume("<a title='" not in pieces or not any("meta" in piece.lower() for piece in pieces))
    body = "".join(pieces).encode()
    assert on_page(body, content_type) == saying(visible(body, content_type))
