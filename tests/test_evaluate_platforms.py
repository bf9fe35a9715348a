"""Which platform a site runs on: vectors in tests/vectors/platforms, and that nothing a server sends can break it."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vectors_runner import load
from voorbehoud.core.evidence import Capture, Kind
from voorbehoud.evaluate.platform_clues import CLUES, Clue, Sort
from voorbehoud.evaluate.platforms import platforms, sought
from voorbehoud.evaluate.site import judge

SITE = "https://e.nl"
NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
CASES = load("platforms/recognised.yaml")


def capture(spec: dict[str, Any]) -> Capture:
    url = spec.get("url", SITE + "/")
    headers = [tuple(line.split(": ", 1)) for line in spec.get("headers", [])]
    return Capture(
        asked=url,
        url=url,
        kind=Kind(spec.get("kind", "page")),
        status=spec.get("status", 200),
        headers=(("Content-Type", "text/html; charset=utf-8"), *headers),
        body=spec.get("body", "").encode(),
        at=NOW,
        found_on=spec.get("found_on"),
    )


@pytest.mark.parametrize("case", [pytest.param(case, id=case["name"]) for case in CASES])
def test_vectors(case: dict[str, Any]) -> None:
    site = case.get("site", SITE)
    captures = [capture(spec) for spec in case["pages"]]
    found = platforms(site, captures)
    assert [platform.name for platform in found] == case["platforms"]
    assert all(platform.evidence for platform in found)
    assert judge(site, captures, NOW).platforms == found


def test_the_evidence_says_where() -> None:
    (wix,) = platforms(SITE, [capture({"headers": ["X-Wix-Request-Id: 17", "Server: Pepyaka"]})])
    assert [(origin.url, origin.where) for origin in wix.evidence] == [
        (SITE + "/", "header x-wix-request-id"),
        (SITE + "/", "header server"),
    ]


@pytest.mark.parametrize("clue", CLUES, ids=lambda clue: f"{clue.platform} {clue.sort} {clue.name}")
def test_each_clue_has_a_source_and_no_platform_rests_on_hints_of_one_sort(clue: Any) -> None:
    assert clue.source
    of_platform = [other for other in CLUES if other.platform == clue.platform]
    assert any(other.sure for other in of_platform)


OF_PAGES = [c for c in CLUES if c.sort not in {Sort.HOST, Sort.HEADER, Sort.COOKIE, Sort.ROBOTS}]


@pytest.mark.parametrize("clue", OF_PAGES, ids=lambda clue: f"{clue.platform} {clue.sort} {clue.name}")
@given(data=st.data())
def test_no_page_is_passed_over_that_holds_a_clue(clue: Clue, data: st.DataObject) -> None:
    value = data.draw(st.from_regex(clue.pattern)) if clue.pattern.pattern else ""
    assert clue in sought(f'<x {clue.name}="{value}">', SITE)


@pytest.mark.parametrize(
    ("where", "code"),
    [
        ("/", "https:&#47;&#47;static.parast&#111;rage.com/a.js"),
        ("/", "https://static.para\nstorage.com/a.js"),
        ("/", "HTTPS://STATIC.PARASTORAGE.COM/a.js"),
        ("/", "https://\u017ftatic.para\u017ftorage.com/a.js"),
    ],
)
def test_a_clue_is_found_however_it_is_spelled(where: str, code: str) -> None:
    page = capture(
        {"url": SITE + where, "body": f'<script src="{code}"></script>', "headers": ["Server: Pepyaka"]}
    )
    assert [platform.name for platform in platforms(SITE, [page])] == ["wix"]


def test_a_clue_may_begin_in_the_address_of_the_page() -> None:
    body = '<script src="shop/a.js"></script>'
    page = capture({"url": SITE + "/cdn/x", "body": body, "headers": ["Set-Cookie: _shopify_y=1"]})
    assert [platform.name for platform in platforms(SITE, [page])] == ["shopify"]


def test_a_page_is_read_on_until_every_clue_is_found() -> None:
    body = '<img src="/wp-content/a.jpg"><p>static.parastorage.com</p>' + "<b>" * 100
    body += '<script src="https://static.parastorage.com/a.js"></script><img src="https://static.wixstatic.com/a.jpg">'
    page = capture({"body": body, "headers": ["X-Pingback: https://e.nl/xmlrpc.php"]})
    assert [platform.name for platform in platforms(SITE, [page])] == ["wordpress", "wix"]


@given(
    body=st.binary(max_size=300),
    headers=st.lists(st.tuples(st.text(max_size=20), st.text(max_size=40)), max_size=5),
    url=st.sampled_from([SITE + "/", "http://[", "", "https://www.e.nl/x"]),
    kind=st.sampled_from(list(Kind)),
)
def test_nothing_that_a_server_sends_breaks_it(
    body: bytes, headers: list[tuple[str, str]], url: str, kind: Kind
) -> None:
    sent = Capture(
        SITE + "/", url, kind, 200, tuple(headers), b'<img src="http://["><html a' + body, NOW, found_on=url
    )
    platforms(SITE, [sent])
