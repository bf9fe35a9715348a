"""The HTML report: one file, nothing loaded, nothing from the wire believed."""

import base64
import hashlib
import re
from itertools import pairwise

import lxml.html
import pytest
from hypothesis import given
from hypothesis import strategies as st

from report_verdicts import BAD, BLOCKER, FINE, NOTE, SITE, SITES, WIRE, resource, site, use_verdict
from voorbehoud import package_data
from voorbehoud.core.evidence import Origin
from voorbehoud.core.finding import Finding
from voorbehoud.evaluate.verdict import SiteVerdict, Verdict
from voorbehoud.report.page import page
from voorbehoud.report.sheet import href

LANGUAGES = st.sampled_from(["nl", "en"])
UNSET = use_verdict(strict=Verdict.UNSET)
HERE = Origin(SITE + "/", "line 3")
WATCHED = ("a", "script", "img", "link", "iframe", "form", "base", "object", "style", "meta")


def parsed(html: str) -> lxml.html.HtmlElement:
    """The page as a reader gets it: parsed from UTF-8 bytes."""
    return lxml.html.document_fromstring(html.encode("utf-8"))


def words(element: lxml.html.HtmlElement) -> str:
    return " ".join(element.text_content().split())


# ---- from the wire -----------------------------------------------------------------------------------------------------
@given(SITES, LANGUAGES)
def test_no_text_from_the_wire_becomes_markup(verdict: SiteVerdict, lang: str) -> None:
    document = parsed(page([verdict], lang))
    assert {e.tag for e in document.iter(*WATCHED)} <= {"a", "style", "meta"}
    assert len(list(document.iter("style"))) == 1
    attributes = {name for e in document.iter() if isinstance(e.tag, str) for name in e.attrib}
    assert not [name for name in attributes if name.startswith("on") or name in {"style", "src", "action"}]
    for link in document.iter("a"):
        assert re.match(r"(https?://[^/]|#)", link.get("href"))


@given(WIRE)
def test_a_value_is_shown_as_the_text_that_it_is(value: str) -> None:
    finding = Finding(BAD, HERE, (("value", value),))
    plain = Finding(BAD, HERE, (("value", "x"),))
    loud, quiet = (parsed(page([site(resource(UNSET), findings=(f,))], "en")) for f in (finding, plain))
    tags = [[e.tag for e in document.iter()] for document in (loud, quiet)]
    assert tags[0] == tags[1]


def test_a_backtick_in_a_value_makes_nothing_into_code() -> None:
    finding = BAD.at(HERE, value="`rm -rf /`")
    document = parsed(page([site(resource(UNSET), findings=(finding,))], "en"))
    assert [code.text for code in document.iter("code")] == ["tdm: 1"]


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "JaVaScRiPt:alert(1)",
        "data:text/html,<script>",
        "//evil.example/",
        "/path",
        "https:",
        "http://[",
        "https://e.nl/\u202egpj",
        "\thttps://e.nl/\n",
        "file:///etc/passwd",
        "",
    ],
)
def test_only_addresses_of_the_web_become_links(url: str) -> None:
    assert href(url) is None


def test_an_address_of_the_web_becomes_a_link() -> None:
    assert href("https://e.nl/a?b=c&d#e") == "https://e.nl/a?b=c&d#e"


# ---- one self-contained file -------------------------------------------------------------------------------------------
def test_the_policy_of_the_page_allows_its_own_style_and_nothing_else() -> None:
    document = parsed(page([site(resource())], "nl"))
    (style,) = document.iter("style")
    digest = base64.b64encode(hashlib.sha256(style.text.encode()).digest()).decode()
    policy = document.xpath("//meta[@http-equiv='Content-Security-Policy']/@content")
    assert policy == [f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"]
    assert "url(" not in style.text
    assert "@import" not in style.text


@pytest.mark.parametrize(
    ("lang", "title"), [("nl", "Controle van het voorbehoud"), ("en", "Check of the reservation")]
)
def test_the_page_speaks_one_language_and_says_which(lang: str, title: str) -> None:
    document = parsed(page([site(resource())], lang))
    assert document.get("lang") == lang
    assert document.findtext(".//title") == f"{title}: {SITE}"
    assert document.findtext(".//h1") == title


def test_a_screen_reader_finds_landmarks_headings_in_order_and_named_tables() -> None:
    findings = (BLOCKER.at(HERE), NOTE.at(HERE), FINE.at(HERE))
    document = parsed(
        page([site(resource(UNSET), findings=findings), site(resource(), url="https://b.nl")], "nl")
    )
    assert (
        len(document.xpath("//main"))
        == len(document.xpath("//body/header"))
        == len(document.xpath("//footer"))
        == 1
    )
    levels = [int(heading.tag[1]) for heading in document.iter("h1", "h2", "h3", "h4")]
    assert levels[0] == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))
    names = document.xpath("//@id")
    assert len(names) == len(set(names))
    assert {ref for value in document.xpath("//@aria-labelledby") for ref in value.split()} <= set(names)
    assert not [th for th in document.iter("th") if th.get("scope") not in {"col", "row"}]
    # Signs are for the eye; beside each stands a word.
    for sign in document.xpath("//*[@aria-hidden='true']"):
        assert words(sign.getparent()) != words(sign)


# ---- what it says --------------------------------------------------------------------------------------------------------
def test_each_site_opens_with_its_answer() -> None:
    good, bad = (
        site(resource(), protected=True, url="https://a.nl"),
        site(resource(UNSET), url="https://b.nl"),
    )
    document = parsed(page([good, bad], "en"))
    found = [words(result) for result in document.xpath("//article/header")]
    assert found[0].startswith("https://a.nl ✓ Reserved Text and data mining is reserved, for everyone")
    assert found[1].startswith("https://b.nl ✗ Not reserved Nothing reserves text and data mining.")
    overview = words(document.xpath("//section[@class='overview']")[0])
    assert "https://a.nl ✓ Reserved 0 points" in overview
    assert "https://b.nl ✗ Not reserved 0 points" in overview


def test_a_finding_has_its_fix_places_and_source() -> None:
    findings = tuple(BLOCKER.at(Origin(f"{SITE}/{number}", "line 2")) for number in range(7))
    document = parsed(page([site(resource(UNSET), findings=findings)], "nl"))
    (told,) = document.xpath("//li[contains(@class, 'finding')]")
    assert "ernstig ZZZ301" in words(told)
    assert "Doe dit Write 1." in words(told)
    assert len(told.xpath("./ul/li")) == 5
    assert words(told.xpath("./details/summary")[0]) == "en nog 2 plekken"
    assert words(told.xpath("./ul/li")[0]) == f"{SITE}/0, regel 2"
    assert told.xpath("./p[@class='source']/a/@href") == [BLOCKER.spec.url]


def test_the_evidence_names_time_tool_and_rules() -> None:
    verdict = site(resource(), resource(UNSET, SITE + "/b"))
    document = parsed(page([verdict], "nl", tool="9.8.7"))
    evidence = words(document.xpath("//details[@class='evidence']")[0])
    for fact in (
        "24 november 2026, 09:05 UTC",
        "voorbehoud 9.8.7",
        verdict.rules,
        SITE + "/b",
        "bestand tdmrep.json",
    ):
        assert fact in evidence
    assert document.xpath("//time/@datetime") == ["2026-11-24T09:05:30+00:00"]


def test_before_and_after_stand_side_by_side() -> None:
    before = [site(resource(UNSET))]
    after = [site(resource(), protected=True), site(resource(), protected=True, url="https://new.nl")]
    document = parsed(page(after, "nl", before=before))
    rows = [" ".join(map(words, row)) for row in document.xpath("//section[@class='overview']//tr")]
    assert rows == [
        "Site Vóór Na Te doen",
        f"{SITE} ✗ Niet voorbehouden ✓ Voorbehouden 0 punten",
        "https://new.nl niet eerder bekeken ✓ Voorbehouden 0 punten",
    ]
    assert "Vóór: niet voorbehouden. Niets behoudt" in words(document.xpath("//article/header")[0])


def test_without_a_comparison_one_site_needs_no_overview() -> None:
    assert parsed(page([site(resource())], "nl")).xpath("//section[@class='overview']") == []
    assert parsed(page([site(resource())], "nl", before=[])).xpath("//section[@class='overview']") != []


def test_no_site_is_said_so() -> None:
    assert "No site was looked at." in words(parsed(page([], "en")).find(".//main"))


# ---- legible -------------------------------------------------------------------------------------------------------------
def palettes() -> list[dict[str, str]]:
    """The colours of the style sheet by name: light, dark and print."""
    css = (package_data.templates() / "page" / "report.css").read_text(encoding="utf-8")
    blocks = re.findall(r":root \{(.*?)\}", css, re.DOTALL)
    return [dict(re.findall(r"--([a-z-]+): (#[0-9a-f]+)", block)) for block in blocks]


def luminance(colour: str) -> float:
    """WCAG 2.2, "relative luminance"."""
    digits = colour[1:] if len(colour) == 7 else "".join(char * 2 for char in colour[1:])
    parts = [int(digits[place : place + 2], 16) / 255 for place in (0, 2, 4)]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("palette", palettes(), ids=["light", "dark", "print"])
def test_every_colour_of_text_stands_out_from_every_ground(palette: dict[str, str]) -> None:
    grounds = ("paper", "card", "good-bg", "bad-bg", "mind-bg", "code")
    for text in ("ink", "soft", "link", "good", "bad", "mind", "note"):
        for ground in grounds:
            dark, light = sorted((luminance(palette[text]), luminance(palette[ground])))
            assert (light + 0.05) / (dark + 0.05) >= 4.5, f"{text} on {ground}: WCAG 2.2, 1.4.3 (AA)"


def test_a_site_can_be_called_by_its_name() -> None:
    origin = SITE
    plain, named = (
        page([site(), site()], "en"),
        page([site(), site(url="https://e.nl")], "en", names={origin: "the <b>gallery"}),
    )
    assert "gallery" not in plain
    assert named.count("the &lt;b&gt;gallery") == 2
    assert origin in named
