"""A member's own report: what holds, since when, what to do next, in their language."""

import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner, Result

from history_stores import Clock
from made_visits import START, WEEK, visit
from report_verdicts import BAD
from report_verdicts import site as verdict_of
from voorbehoud.advice import LANGUAGES, advice, names
from voorbehoud.cli import main
from voorbehoud.core.evidence import Failure, Origin
from voorbehoud.core.finding import Finding
from voorbehoud.core.member import Member
from voorbehoud.evaluate.observation import Observation
from voorbehoud.evaluate.verdict import RULES_VERSION
from voorbehoud.history import open_store
from voorbehoud.report.member import Held, Own, Spell
from voorbehoud.report.member import page as own_page

if TYPE_CHECKING:
    from playwright.sync_api import Page

GOOD, LOST, DARK, NEVER = (f"https://{name}.example" for name in ("good", "lost", "dark", "never"))
OF = {GOOD: "K-1", LOST: "K-1", DARK: "K-2", NEVER: "K-3"}
WIX = (("X-Wix-Request-Id", "1"),)


def report(*words: str) -> Result:
    return CliRunner().invoke(main, ["report", *words])


def week(number: int) -> list[Observation]:
    """Give the visits of a week, of four: one stays as it is (and is silent once), one is lost, one goes dark, one never answers."""
    at = START + number * WEEK
    silent = Failure.TIMEOUT
    return [
        visit(GOOD, at, failure=silent if number == 1 else None),
        visit(LOST, at, page_fields=WIX) if number < 2 else visit(LOST, at, tdm=None, page_fields=WIX),
        visit(DARK, at, failure=silent if number > 1 else None),
        visit(NEVER, at, failure=silent),
    ]


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> str:
    file = str(tmp_path_factory.mktemp("member") / "members.db")
    for number in range(4):
        with open_store(file, now=Clock(START + number * WEEK)) as opened:
            run = opened.begin([Member(site, member) for site, member in OF.items()])
            opened.claim(run, len(OF))
            assert opened.keep(run, week(number)) == len(OF)
    return file


@pytest.mark.parametrize(
    ("site", "lang", "told"),
    [
        (GOOD, "nl", "Zo was het bij 3 bezoeken op rij, sinds 2 november 2026. Daartussen gaf de site 1 keer geen bruikbaar antwoord."),
        (GOOD, "en", "So it was at 3 visits in a row, since 2 November 2026. Between those the site gave no usable answer 1 time."),
        (LOST, "nl", "Zo was het bij 2 bezoeken op rij, sinds 16 november 2026. Op 9 november 2026 was alles nog voorbehouden."),
        (DARK, "nl", "Al 2 bezoeken, sinds 16 november 2026, geeft de site ons geen bruikbaar antwoord. Wat er nu staat is dus niet bekend. De laatste keer dat er wel een kwam, op 9 november 2026, was alles voorbehouden."),
        (NEVER, "en", "For 4 visits, since 2 November 2026, the site gives us no usable answer. So what it says now is not known."),
    ],
)  # fmt: skip
@pytest.mark.parametrize("form", ["text", "html"])
def test_since_when_is_told_as_far_as_anybody_saw(
    store: str, site: str, lang: str, told: str, form: str
) -> None:
    done = report("--store", store, "--site", site, "--lang", lang, "--format", form)
    assert done.exit_code == 0, done.output
    assert told in " ".join(done.stdout.split())


def test_a_site_that_later_rounds_passed_by_is_not_told_as_of_today(store: str, tmp_path: Path) -> None:
    file = str(tmp_path / "members.db")
    at = START + 4 * WEEK
    with open_store(file, now=Clock(START)) as opened:
        run = opened.begin([Member(GOOD, "K-1"), Member(DARK, "K-2")])
        opened.claim(run, 2)
        opened.keep(run, [visit(GOOD), visit(DARK)])
    with open_store(file, now=Clock(at)) as opened:
        run = opened.begin([Member(DARK, "K-2")])
        opened.claim(run, 1)
        opened.keep(run, [visit(DARK, at)])
    passed = " ".join(report("--store", file, "--site", GOOD, "--lang", "nl").stdout.split())
    assert "daarna is deze site niet meer bekeken, andere sites wel, tot 30 november 2026" in passed
    assert "niet meer bekeken" not in report("--store", file, "--site", DARK, "--lang", "nl").stdout


def test_what_older_rules_called_reserved_is_judged_by_those_of_today(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = str(tmp_path / "members.db")
    with open_store(file, now=Clock(START)) as opened, monkeypatch.context() as then:
        then.setattr("voorbehoud.evaluate.site.RULES_VERSION", "2020-01-01")
        for number in range(2):
            at = START + number * WEEK
            run = opened.begin([Member(GOOD), Member(LOST)])
            opened.claim(run, 2)
            bad = visit(LOST, at, tdm=None)
            wrong = replace(bad.verdict, protected=True)
            opened.keep(run, [visit(GOOD, at), replace(bad, verdict=wrong)])
    lost = report("--store", file, "--site", LOST, "--lang", "en", "--format", "html").stdout
    assert '<header class="result not-reserved">' in lost
    assert "everything was still reserved" not in lost
    good = " ".join(report("--store", file, "--site", GOOD, "--lang", "en").stdout.split())
    assert "So it was at 2 visits in a row, since 2 November 2026." in good
    assert RULES_VERSION in good


def test_a_silent_site_is_not_called_reserved(store: str) -> None:
    page = report("--store", store, "--site", DARK, "--lang", "nl", "--format", "html").stdout
    assert '<header class="result not-established">' in page
    assert "</span> Voorbehouden</h2>" not in page


def test_a_member_gets_all_their_sites_and_nobody_else_s(store: str) -> None:
    page = report("--store", store, "--member", "K-1", "--lang", "nl", "--format", "html").stdout
    assert page.count("<article") == 2
    assert GOOD in page
    assert LOST in page
    assert DARK not in page
    assert "K-1" not in page, "it may be handed on"


def test_what_to_do_is_told_with_the_steps_of_the_platform(store: str) -> None:
    page = report("--store", store, "--site", LOST, "--lang", "nl", "--format", "html").stdout
    assert "Op jouw platform: Wix" in page
    assert "Custom Code" in page
    assert "voorbehoud explain wix" in page
    assert "EFF404" in page
    well = report("--store", store, "--site", GOOD, "--lang", "nl", "--format", "html").stdout
    assert "Niets. Er wordt weer gekeken." in well
    assert 'class="platform"' not in well


def test_a_maker_is_asked_three_things_at_most_and_told_of_the_rest() -> None:
    found = tuple(Finding(BAD, Origin(GOOD), (("value", word),)) for word in "abcde")
    own = Own(verdict_of(findings=found), "", (Spell(Held.NOT_ALL, START, START, 1),))
    made = own_page([own], "nl")
    assert made.count("ZZZ201") == 3
    assert "En nog 2 punten" in made


@pytest.mark.parametrize("platform", names())
@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_steps_of_a_platform_are_steps(platform: str, lang: str) -> None:
    assert advice(platform, lang).steps.startswith("1. ")


def test_json_is_that_of_a_check(store: str) -> None:
    done = report("--store", store, "--member", "K-1", "--format", "json")
    told = json.loads(done.stdout)
    assert told["schema"] == "voorbehoud.check/1"
    assert [(site["site"], site["protected"]) for site in told["sites"]] == [(GOOD, True), (LOST, False)]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--member", "K-9"], "no list that was crawled into this store had that member"),
        (["--site", "https://nobody.example"], "never visited"),
        (["--site", GOOD, "--member", "K-1"], "either --member or --site"),
        (["--site", GOOD, "--public"], "either --member or --site"),
        (["--site", GOOD, "--format", "csv"], "text, html or json"),
    ],
)
def test_a_mistake_is_told_with_the_way_out(store: str, words: list[str], told: str) -> None:
    done = report("--store", store, *words)
    assert (done.exit_code, told in done.output) == (2, True), done.output


def test_a_site_fills_one_sheet_of_paper(store: str, tmp_path: Path, page: "Page") -> None:
    import pikepdf

    file = tmp_path / "own.html"
    for site in (GOOD, LOST, DARK):
        done = report("--store", store, "--site", site, "--lang", "nl", "--format", "html", "-o", str(file))
        assert done.exit_code == 0, done.output
        page.goto(file.as_uri())
        page.pdf(path=str(tmp_path / "own.pdf"), prefer_css_page_size=True)
        with pikepdf.open(tmp_path / "own.pdf") as printed:
            assert len(printed.pages) == 1
            assert [round(float(number)) for number in printed.pages[0].mediabox] == pytest.approx(
                [0, 0, 595, 842], abs=2
            )
