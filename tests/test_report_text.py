"""The report on a terminal: the answer first, everything from the wire harmless."""

import re
import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from report_verdicts import BAD, BLOCKER, FINE, NOTE, SITE, SITES, WIRE, resource, site, use_verdict
from voorbehoud.core.evidence import Kind, Origin
from voorbehoud.core.finding import Finding, Rule, Severity
from voorbehoud.core.use import Use
from voorbehoud.evaluate.verdict import SiteVerdict, Verdict
from voorbehoud.report.text import text
from voorbehoud.report.wire import printable

LANGUAGES = st.sampled_from(["nl", "en"])
HERE = Origin(SITE + "/", "line 3")
SGR = re.compile(r"\x1b\[[0-9;]+m")
UNSET = use_verdict(strict=Verdict.UNSET)


def hidden(shown: str) -> set[str]:
    """What a terminal would act upon or hide, line ends excepted."""
    return {
        c for c in shown if unicodedata.category(c)[0] == "C" or unicodedata.category(c) in {"Zl", "Zp"}
    } - {"\n"}


@given(SITES, LANGUAGES, st.integers(0, 200))
def test_nothing_from_the_wire_reaches_the_terminal_as_a_command(
    verdict: SiteVerdict, lang: str, width: int
) -> None:
    assert hidden(text([verdict], lang, width)) == set()


@given(SITES, LANGUAGES)
def test_colour_adds_its_own_sequences_and_nothing_else(verdict: SiteVerdict, lang: str) -> None:
    painted = text([verdict], lang, colour=True)
    assert SGR.sub("", painted) == text([verdict], lang)


@given(WIRE)
@example("\n\n\nReserved: https://victim.example")
@example("a\u2028b\x85c\x0bd\re")
def test_a_value_cannot_begin_a_line_of_its_own(value: str) -> None:
    # One very long line per text: only an unescaped line break could make one more.
    quiet, loud = (
        text([site(resource(UNSET), findings=(_bad(v),))], "en", 100).count("\n\n") for v in ("x", value)
    )
    assert quiet == loud
    assert len(printable(value).splitlines()) <= 1


def _bad(value: str) -> Finding:
    return BAD.at(HERE, value=value)


@given(WIRE)
def test_what_is_printable_stays_as_it_is(value: str) -> None:
    assert printable(printable(value)) == printable(value)


@pytest.mark.parametrize(
    ("value", "seen"),
    [
        ("Käse, 日本語, ¿?", "Käse, 日本語, ¿?"),
        ("\x1b[31m", r"\x1b[31m"),
        ("\x9b31m", r"\x9b31m"),
        ("a\u202eb", r"a\u202eb"),
        ("a\r\nb\t", r"a\r\nb\t"),
        ("\udc80", r"\udc80"),
        ("\u200b\ufeff\U000e0041", r"\u200b\ufeff\U000e0041"),
        ("x" * 400, "x" * 299 + "…"),
    ],
)
def test_what_is_not_visible_is_written_out(value: str, seen: str) -> None:
    assert printable(value) == seen


# ---- what it says ------------------------------------------------------------------------------------------------------
def test_the_first_line_is_the_answer() -> None:
    good, bad = site(resource(), protected=True), site(resource(UNSET))
    assert text([good], "nl").splitlines()[0] == "✓ Voorbehouden: https://atelier.example"
    assert text([bad], "en").splitlines()[:2] == [
        "✗ Not reserved: https://atelier.example",
        "  Nothing reserves text and data mining.",
    ]
    assert text([site(reachable=False)], "en").startswith("? Not established: ")


def test_the_uses_stand_in_a_table() -> None:
    lines = text([site(resource(use_verdict()))], "en").splitlines()
    row = next(line for line in lines if line.strip().startswith("text and data mining"))
    assert re.split(r"\s{2,}", row.strip()) == ["text and data mining", "reserved", "everyone"]
    assert sum("nothing said" in line for line in lines) == len(Use) - 1


def test_a_favourable_reading_and_a_contradiction_are_told_beside_it() -> None:
    mining = use_verdict(strict=Verdict.UNSET, protective=Verdict.RESERVED, contradictory=True)
    shown = " ".join(text([site(resource(mining))], "en", 100).split())
    assert "nothing said everyone; contradicts itself; read favourably: reserved" in shown


def test_what_to_do_comes_before_notes_and_good_news() -> None:
    findings = (BLOCKER.at(HERE), BAD.at(HERE, value="yes"), NOTE.at(HERE), FINE.at(HERE))
    shown = text([site(resource(UNSET), findings=findings)], "en")
    order = [
        "What you can do",
        "serious ZZZ301",
        "error ZZZ201",
        "Good to know",
        "note ZZZ302",
        "What is fine already",
    ]
    places = [shown.index(words) for words in order]
    assert places == sorted(places)
    assert "Do this: Send `tdm: 1` for yes." in shown
    assert "Place: https://atelier.example/, line 3" in shown
    assert "✓ The file says 1." in shown


def test_the_same_finding_at_many_places_is_told_once() -> None:
    findings = tuple(BLOCKER.at(Origin(f"{SITE}/{number}")) for number in range(6))
    shown = text([site(resource(UNSET), findings=findings)], "en")
    assert shown.count("ZZZ301") == 1
    assert f"{SITE}/2" in shown
    assert f"{SITE}/3" not in shown
    assert "and 3 more places" in shown


def test_the_sample_and_the_limits_are_told() -> None:
    verdict = site(resource(), resource(kind=Kind.IMAGE), resource(kind=Kind.IMAGE), protected=True)
    shown = " ".join(text([verdict], "nl").split())
    assert "Bekeken: 1 pagina, 2 afbeeldingen." in shown
    assert "24 november 2026, 09:05 UTC" in shown
    assert "geen slot" in shown
    assert "steekproef" in shown


@pytest.mark.parametrize(("asked", "limit"), [(0, 40), (40, 40), (72, 72), (500, 100)])
@pytest.mark.parametrize("lang", ["nl", "en"])
def test_lines_keep_to_the_width(asked: int, limit: int, lang: str) -> None:
    mining = use_verdict(strict=Verdict.UNSET, protective=Verdict.RESERVED, contradictory=True)
    findings = (BLOCKER.at(HERE), _bad("yes"), FINE.at(HERE))
    lines = text([site(resource(mining), resource(), findings=findings)], lang, asked).splitlines()
    assert [line for line in lines if len(line) > limit and SITE not in line] == []
    assert max(map(len, lines)) > limit * 0.8


def test_code_is_not_torn_apart() -> None:
    for length in range(1, 60):  # somewhere in between the line ends inside the code
        rule = Rule("ZZZ202", Severity.ERROR, "a", "b", "x" * length + " `tdm: 1`", BAD.spec)
        assert "`tdm: 1`" in text([site(resource(UNSET), findings=(rule.at(HERE),))], "en", 44)


def test_no_site_is_said_so() -> None:
    assert text([], "en") == "No site was looked at.\n"
