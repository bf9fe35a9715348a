"""The pages of advice: both languages say the same in the same shape, and every platform has its page."""

import re
from pathlib import Path

import pytest
from click.testing import CliRunner
from markdown_it import MarkdownIt

from report_verdicts import SITE, resource, site
from voorbehoud import i18n
from voorbehoud.advice import LANGUAGES, OTHER, advice, html, names
from voorbehoud.cli import main
from voorbehoud.core.evidence import Origin
from voorbehoud.evaluate.platforms import NAMES
from voorbehoud.evaluate.verdict import Platform, SiteVerdict
from voorbehoud.publish import SERVERS
from voorbehoud.report import data, page, text

ROOT = Path(__file__).parents[1] / "src" / "voorbehoud" / "advice"
HEADINGS = {
    "nl": ["Wat hier kan", "Zo doe je het", "Wat niet kan of open blijft", "Bronnen"],
    "en": ["What is possible here", "Do this", "What is impossible or stays open", "Sources"],
}
CHECKED = {
    "nl": "Samengesteld uit de bronnen hieronder op 24 november 2026; niet uitgeprobeerd in een account.",
    "en": "Put together from the sources below on 24 November 2026; not tried out in an account.",
}
UNCONFIRMED = {
    "nl": "kijk dit na in je eigen instellingen (24 november 2026)",
    "en": "check this in your own settings (24 November 2026)",
}
PAGES = [(name, lang) for name in names() for lang in LANGUAGES]
WIX = Platform("wix", (Origin(SITE + "/", "header x-wix-request-id"),))


def on_wix(evidence: Origin = WIX.evidence[0]) -> SiteVerdict:
    verdict = site(resource())
    return SiteVerdict(
        **{field: getattr(verdict, field) for field in verdict.__slots__ if field != "platforms"},
        platforms=(Platform("wix", (evidence,)),),
    )


def shape(markdown: str) -> tuple[list[str], list[str], list[str]]:
    """The elements of a page in order, the addresses it links to, and its code."""
    tokens = MarkdownIt("commonmark").parse(markdown)
    inline = [child for token in tokens for child in token.children or ()]
    code = [token.content for token in (*tokens, *inline) if token.type in {"fence", "code_inline"}]
    links = [str(token.attrGet("href")) for token in inline if token.type == "link_open"]
    return [token.type for token in tokens], links, sorted(code)


def test_every_platform_has_a_page_in_both_languages_and_every_page_a_platform() -> None:
    assert set(names()) == {*NAMES, OTHER}
    assert LANGUAGES == i18n.LANGUAGES
    for lang in LANGUAGES:
        assert {path.stem for path in (ROOT / lang).iterdir()} == set(names())


@pytest.mark.parametrize(("name", "lang"), PAGES)
def test_a_page_has_the_headings_the_date_and_its_sources(name: str, lang: str) -> None:
    found = advice(name, lang)
    assert found.title
    assert not found.title.startswith("#")
    assert CHECKED[lang] in found.short
    assert re.findall(r"(?m)^## (.*)$", found.markdown) == HEADINGS[lang]
    assert "](https://" in found.markdown.split("## " + HEADINGS[lang][-1])[1]
    assert "voorbehoud check" in found.rest


@pytest.mark.parametrize("name", names())
def test_both_languages_have_the_same_shape_links_and_code(name: str) -> None:
    dutch, english = (advice(name, lang) for lang in ("nl", "en"))
    assert shape(dutch.markdown) == shape(english.markdown)
    counted = [advice(name, lang).markdown.count(UNCONFIRMED[lang]) for lang in LANGUAGES]
    assert counted[0] == counted[1]
    assert dutch.rest != english.rest


@pytest.mark.parametrize(("name", "lang"), PAGES)
def test_the_commands_in_a_page_exist(name: str, lang: str) -> None:
    for command, words in re.findall(r"`voorbehoud ([a-z]+)([^`]*)`", advice(name, lang).markdown):
        assert command in main.commands
        for option in re.findall(r"--[a-z-]+", words):
            assert any(option in parameter.opts for parameter in main.commands[command].params), option
        if command == "server":
            assert words.strip() in SERVERS


def test_a_platform_without_a_page_gets_the_page_for_all_others() -> None:
    assert advice("geocities", "en") == advice(OTHER, "en")


def test_markdown_brings_no_markup_of_its_own() -> None:
    shown = html("## A\n\n<script>x</script> [y](javascript:x) [z](https://e.nl)", level=4)
    assert "<script" not in shown
    assert "javascript:x)" in shown  # text, no link
    assert shown.count("href") == 1
    assert "<h4>A</h4>" in shown


@pytest.mark.parametrize("lang", LANGUAGES)
def test_explain_prints_the_page(lang: str) -> None:
    done = CliRunner().invoke(main, ["explain", "Wix", "--lang", lang])
    assert done.exit_code == 0
    assert done.stdout == advice("wix", lang).markdown


def test_explain_names_the_platforms_when_it_knows_none() -> None:
    done = CliRunner().invoke(main, ["explain", "wixx"])
    assert done.exit_code == 2
    assert "squarespace" in done.output


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_report_tells_the_platform_and_folds_the_steps(lang: str) -> None:
    plain = text.text([on_wix()], lang)
    assert i18n.say("report.on-platform", lang, platform="Wix") in plain
    assert "voorbehoud explain wix" in plain
    shown = page.page([on_wix()], lang)
    assert i18n.say("report.on-platform", lang, platform="Wix") in shown
    before, steps = shown.split(f"<summary>{i18n.say('report.steps', lang)}</summary>")
    assert "static.wixstatic.com" in steps
    assert "static.wixstatic.com" not in before
    assert "header x-wix-request-id" in steps


def test_without_a_platform_the_report_says_nothing_of_it() -> None:
    assert "On your platform" not in text.text([site(resource())], "en") + page.page([site(resource())], "en")


def test_the_evidence_is_from_the_wire_and_stays_text() -> None:
    shown = page.page([on_wix(Origin(SITE + "/", "header <script>alert(1)</script>"))], "en")
    assert "<script>" not in shown


def test_the_json_has_the_platforms_with_what_shows_them() -> None:
    (found,) = data.document([on_wix()], "0")["sites"]
    assert found["platforms"] == [
        {"name": "wix", "evidence": [{"url": SITE + "/", "where": "header x-wix-request-id"}]}
    ]
