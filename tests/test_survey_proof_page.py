"""The page of a bundle: what it tells, in two languages, and that nothing from the wire becomes markup."""

import base64
import hashlib
import re
from dataclasses import replace
from datetime import timedelta

import lxml.html
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evidence_parts import FIRST, SITE, capture, captures, days, observation, proof_page
from report_verdicts import WIRE
from voorbehoud.core.evidence import Capture, Failure, Kind
from voorbehoud.evidence.clock import Reading
from voorbehoud.evidence.manifest import Link
from voorbehoud.survey.proof_page import MOST_FAILURES

LANGUAGES = pytest.mark.parametrize("lang", ["nl", "en"])
DAY = timedelta(days=1)


def parsed(text: str) -> lxml.html.HtmlElement:
    """The page as a reader gets it: parsed from UTF-8 bytes."""
    return lxml.html.document_fromstring(text.encode("utf-8"))


def words(text: str) -> str:
    return " ".join(parsed(text).text_content().split())


# ---- what it tells -----------------------------------------------------------------------------------------------------
@LANGUAGES
def test_the_page_loads_nothing_runs_nothing_and_says_its_language(lang: str) -> None:
    document = parsed(proof_page(days(3), lang))
    (style,) = document.iter("style")
    digest = base64.b64encode(hashlib.sha256(style.text.encode()).digest()).decode()
    policy = document.xpath("//meta[@http-equiv='Content-Security-Policy']/@content")
    assert policy == [f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"]
    assert document.get("lang") == lang
    assert not list(document.iter("script", "img", "link", "iframe", "form"))


def test_the_deciding_line_is_quoted_as_it_was_received() -> None:
    header = capture(
        Kind.PAGE, "/", b"<title>x</title>", headers=(("TDM-Reservation", "1"), ("Content-Type", "text/html"))
    )
    told = words(proof_page([observation(FIRST, (*captures()[:3], header))]))
    assert "tdm-reservation header, https://atelier.example/, header tdm-reservation 1" in told
    told = words(proof_page([observation()]))
    assert (
        'file tdmrep.json, https://atelier.example/.well-known/tdmrep.json, line 2 {"location": "/", "tdm-reservation": 1}'
        in told
    )


def test_observations_that_say_the_same_stand_together_and_a_change_stands_out() -> None:
    lost = observation(FIRST + 2 * DAY, captures(None))
    told = proof_page([observation(), observation(FIRST + DAY), lost, observation(FIRST + 3 * DAY)])
    headings = [heading.text_content() for heading in parsed(told).iter("h3")]
    assert headings == [
        "1 November 2026, 12:00:00 UTC to 2 November 2026, 12:00:00 UTC2 observations",
        "3 November 2026, 12:00:00 UTC1 observation",
        "4 November 2026, 12:00:00 UTC1 observation",
    ]
    assert "Reserved at 3 of 4 observations" in words(told)
    assert "result not-everywhere" in told


def test_the_same_result_by_another_line_is_told_apart() -> None:
    other = (
        *captures()[:1],
        replace(captures()[1], body=b'[{"location": "/", "tdm-reservation": 1}]'),
        *captures()[2:],
    )
    told = proof_page([observation(), observation(FIRST + DAY, other)])
    assert told.count('<article class="spell"') == 2


def test_gaps_are_told_those_since_the_bundle_before_too() -> None:
    seen = [observation(), observation(FIRST + DAY), observation(FIRST + 5 * DAY)]
    told = words(proof_page(seen))
    assert (
        "From 2 November 2026, 12:00:09 UTC to 6 November 2026, 12:00:00 UTC (96 hours) nobody saw the site"
        in told
    )
    assert told.count("nobody saw the site") == 1
    link = Link("cd" * 32, FIRST - 3 * DAY, FIRST - 3 * DAY)
    chained = words(proof_page(seen, previous=link))
    assert chained.count("nobody saw the site") == 2
    assert "cd" * 32 in chained
    assert "nobody saw the site" not in words(proof_page(seen[:2]))
    assert "The site answered at none of the observations." in words(proof_page([observation(FIRST, ())]))


def test_failures_are_told_once_with_how_often() -> None:
    lost = capture(Kind.PAGE, "/over", status=None, headers=(), failure=Failure.TIMEOUT)
    told = words(proof_page([observation(FIRST + n * DAY, (*captures(), lost)) for n in range(3)]))
    assert (
        "https://atelier.example/over no answer in time 3 1 November 2026, 12:00:00 UTC3 November 2026, 12:00:00 UTC"
        in told
    )
    many = [replace(lost, asked=f"{SITE}/{n}") for n in range(MOST_FAILURES + 7)]
    told = words(proof_page([observation(FIRST, (*captures(), *many))]))
    assert "7 more stand in the archive." in told
    assert "Every address that was asked gave an answer." in words(proof_page([observation()]))


@LANGUAGES
def test_what_is_missing_is_loud_and_what_is_there_can_be_checked(lang: str) -> None:
    weak, strong = (
        proof_page(days(1), lang),
        proof_page(days(1), lang, stamped=True, authority="https://tsa.example/", key="RWabc"),
    )
    assert weak.count('class="mind"') == 2
    assert 'class="mind"' not in strong
    for command in ("openssl ts -verify", "openssl ts -reply", "minisign -V", "--tsa-ca"):
        assert command in strong
        assert command not in weak
    for page_ in (weak, strong):
        assert "sha256sum --check --strict SHA256SUMS" in page_
        assert "ab" * 32 in page_


def test_the_clock_is_told_within_its_bounds() -> None:
    told = words(proof_page(days(1), clock=(Reading("https://tijd.example/", FIRST, FIRST, -0.75, 0.5),)))
    assert (
        "between -0.75 and 0.5 seconds ahead (with a minus: behind) of that of https://tijd.example/" in told
    )
    assert "(field Date, 5 answers) it was +0 to +0 seconds ahead" in told


# ---- from the wire -----------------------------------------------------------------------------------------------------
@settings(max_examples=40)
@given(WIRE, WIRE, st.sampled_from(["nl", "en"]))
def test_no_text_from_the_wire_becomes_markup(body: str, url: str, lang: str) -> None:
    robots = capture(
        Kind.ROBOTS,
        "/robots.txt",
        f"User-agent: *\nContent-Usage: train-ai=n{body}\n".encode("utf-8", "replace"),
    )
    lost: Capture = capture(Kind.PAGE, "/" + url, status=None, headers=(), failure=Failure.RESET)
    seen = [observation(FIRST, (robots, *captures()[1:], lost))]
    document = parsed(proof_page(seen, lang))
    attributes = {name for e in document.iter() if isinstance(e.tag, str) for name in e.attrib}
    assert not [name for name in attributes if name.startswith("on") or name in {"style", "src", "action"}]
    assert not list(document.iter("script", "img", "iframe", "form", "base", "object"))
    for link in document.iter("a"):
        assert re.match(r"(https?://[^/]|#)", link.get("href"))


def test_a_quoted_line_is_the_text_that_it_is() -> None:
    line = b'[{"location": "/", "tdm-reservation": 1, "x": "<script>alert(1)</script>\xe2\x80\xae"}]'
    file = (*captures()[:1], replace(captures()[1], body=line), *captures()[2:])
    told = proof_page([observation(FIRST, file)])
    assert "&lt;script&gt;alert(1)&lt;/script&gt;\\u202e" in told
    assert not list(parsed(told).iter("script"))
