"""Both languages say the same things, and every word that the code asks for is there."""

import ast
import importlib
import pkgutil
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from enum import Enum
from pathlib import Path
from string import Formatter

import pytest

import voorbehoud.evaluate
import voorbehoud.signals
from voorbehoud import i18n, package_data
from voorbehoud.core.evidence import Failure, Kind, Origin
from voorbehoud.core.finding import Finding, Rule, Severity
from voorbehoud.core.preference import Preference
from voorbehoud.core.purpose import Purpose
from voorbehoud.core.spec import HOUSE
from voorbehoud.core.statement import Audience, Reading
from voorbehoud.core.use import Use
from voorbehoud.evaluate.drift import Hold, State
from voorbehoud.evaluate.drift_causes import Why
from voorbehoud.evaluate.verdict import SignalState, Verdict
from voorbehoud.report.answer import Answer, Cause
from voorbehoud.signals import SIGNALS

KEY = r"[A-Za-z]+(?:\.[A-Za-z0-9-]+)+"
SOURCE = Path(voorbehoud.__file__).parent
ENUMS = (
    Hold, State, Why,
    Answer, Audience, Cause, Failure, Kind, Preference, Purpose, Reading, Severity, SignalState, Use, Verdict,
)  # fmt: skip


def rules() -> Iterator[Rule]:
    """Every rule that a room of signals or evaluation declares."""
    for room in (voorbehoud.signals, voorbehoud.evaluate):
        for found in pkgutil.iter_modules(room.__path__, room.__name__ + "."):
            module = importlib.import_module(found.name)
            yield from (value for value in vars(module).values() if isinstance(value, Rule))


RULES = {rule.code: rule for rule in rules()}


def blanks(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


# ---- rules -----------------------------------------------------------------------------------------------------------
def test_the_dutch_catalogue_holds_exactly_the_rules_that_exist() -> None:
    assert sorted(i18n._rules_nl()) == sorted(RULES)


@pytest.mark.parametrize("code", sorted(RULES))
def test_a_rule_has_the_same_blanks_and_whole_code_in_both_languages(code: str) -> None:
    english, dutch = (i18n.rule_text(RULES[code], lang) for lang in ("en", "nl"))
    for face in ("message", "why", "fix"):
        ours, theirs = getattr(english, face), getattr(dutch, face)
        assert blanks(theirs) == blanks(ours), face
        assert theirs.count("`") % 2 == ours.count("`") % 2 == 0, f"{face}: a backtick without its pair"
        assert theirs == theirs.strip(), face
    assert not english.message.endswith("."), "the report adds the full stop"
    assert not dutch.message.endswith(".")


@pytest.mark.parametrize("code", sorted(RULES))
@pytest.mark.parametrize("lang", i18n.LANGUAGES)
def test_a_rule_can_be_told_with_values_that_look_like_blanks(code: str, lang: str) -> None:
    rule = RULES[code]
    wanted = blanks(rule.message) | blanks(rule.why) | blanks(rule.fix)
    values = tuple((blank, "{use} {0.__class__}") for blank in sorted(wanted))
    finding = i18n.finding_text(Finding(rule, Origin("https://e.nl"), values), lang)
    assert all(finding)


def test_a_rule_without_dutch_is_told_in_english() -> None:
    rule = Rule("ZZZ201", Severity.ERROR, "{value} is odd", "Why.", "Fix.", HOUSE.section("none"))
    finding = rule.at(Origin("https://e.nl"), value="this")
    assert i18n.finding_text(finding, "nl") == ("this is odd", "Why.", "Fix.")


def test_our_own_words_in_a_finding_are_told_in_the_reader_s_language() -> None:
    rule = Rule(
        "ZZZ202", Severity.ERROR, "{what}, {use}: {reason}", "{agents}", "Fix.", HOUSE.section("none")
    )
    values = {"what": Kind.PAGE, "use": Use.TDM, "reason": "timeout: after 10 s", "agents": "page"}
    finding = rule.at(Origin("https://e.nl"), **values)
    message, why, _ = i18n.finding_text(finding, "nl")
    assert message == "pagina, tekst- en datamining: geen antwoord binnen de tijd (after 10 s)"
    assert why == "page", "a blank that holds text from the wire is left alone"
    assert i18n.finding_text(finding, "en")[0] == "page, text and data mining: no answer in time (after 10 s)"


# ---- interface -------------------------------------------------------------------------------------------------------
def test_both_languages_of_every_text_have_the_same_blanks() -> None:
    for key, text in i18n._interface().items():
        assert text["nl"].strip(), key
        assert text["en"].strip(), key
        assert blanks(text["nl"]) == blanks(text["en"]), key


@pytest.mark.parametrize("kind", ENUMS, ids=lambda kind: kind.__name__)
@pytest.mark.parametrize("lang", i18n.LANGUAGES)
def test_every_member_has_a_word_of_its_own(kind: type[Enum], lang: str) -> None:
    words = [i18n.name(member, lang) for member in kind]
    assert len(set(words)) == len(words), words


@pytest.mark.parametrize("lang", i18n.LANGUAGES)
def test_every_signal_has_a_name(lang: str) -> None:
    for signal in SIGNALS:
        assert f"signal.{signal.name}" in i18n._interface()
        assert i18n.signal_name(signal.name, lang)
    assert i18n.signal_name("not-yet-known", lang) == "not-yet-known"


def test_every_text_that_is_asked_for_exists() -> None:
    known = i18n._interface()
    prefixes = {key.rsplit(".", depth)[0] for key in known for depth in (1, 2)}
    for where, key in asked():
        assert key in known or key in prefixes, f"{where} asks for {key}"


def asked() -> Iterator[tuple[str, str]]:
    """Every literal key in a call of `say` or `count`, in Python and in the templates."""
    for path in sorted(SOURCE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call) or not node.args:
                continue
            called = getattr(node.func, "attr", getattr(node.func, "id", ""))
            first = node.args[0]
            key = first.value if isinstance(first, ast.Constant) and isinstance(first.value, str) else ""
            if called in {"say", "count"} and re.fullmatch(KEY, key):  # not "text".count("\n")
                yield path.name, key
    for page in ("report.html", "overview.html", "member.html"):
        template = (package_data.templates() / "page" / page).read_text(encoding="utf-8")
        for key in re.findall(rf"""(?:say|count)\(["']({KEY})["']""", template):
            yield page, key


def test_an_unknown_key_or_language_is_our_own_mistake() -> None:
    with pytest.raises(KeyError):
        i18n.say("no.such.text", "nl")
    with pytest.raises(KeyError):
        i18n.say("report.title", "fr")


@pytest.mark.parametrize("word", ["veilig", "safe", "beschermd", "protected"])
def test_no_text_promises_a_wall(word: str) -> None:
    texts = [text for both in i18n._interface().values() for text in both.values()]
    texts += [text for rule in i18n._rules_nl().values() for text in rule.values()]
    assert [text for text in texts if re.search(rf"\b{word}\b", text, re.IGNORECASE)] == []


# ---- times and places ------------------------------------------------------------------------------------------------
def test_a_moment_is_told_in_utc() -> None:
    amsterdam = timezone(timedelta(hours=1))
    assert i18n.moment(datetime(2026, 3, 1, 0, 30, tzinfo=amsterdam), "nl") == "28 februari 2026, 23:30 UTC"
    assert i18n.moment(datetime(2026, 11, 24, 9, 5, tzinfo=UTC), "en") == "24 November 2026, 09:05 UTC"
    assert i18n.moment(datetime(2026, 11, 24, 9, 5), "nl") == "24 november 2026, 09:05 UTC"


@pytest.mark.parametrize(
    ("place", "dutch"),
    [
        ("line 3", "regel 3"),
        ("line 12, meta tdm-policy", "regel 12, meta tdm-policy"),
        ("header line", "header line"),
        ("", ""),
    ],
)
def test_a_place_is_told_in_dutch_and_names_stay(place: str, dutch: str) -> None:
    assert i18n.where(place, "nl") == dutch
    assert i18n.where(place, "en") == place


def test_one_and_more_are_told_apart() -> None:
    assert i18n.count("sampled.page", 1, "nl") == "1 pagina"
    assert i18n.count("sampled.page", 0, "nl") == "0 pagina’s"


def test_places_and_several_uses_in_a_finding_are_told_in_dutch() -> None:
    rule = Rule(
        "ZZZ203", Severity.ERROR, "{yes}; {no}", "{uses}", "{media_type}, {kept}", HOUSE.section("none")
    )
    finding = rule.at(
        Origin("https://e.nl"),
        yes="tdm-file, line 3",
        no="meta tdm-reservation",
        uses="train-ai, search",
        media_type="no media type",
        kept="train-ai",
    )
    assert i18n.finding_text(finding, "nl") == (
        "tdm-file, regel 3; meta tdm-reservation",
        "AI trainen, zoekmachines",
        "geen mediatype, train-ai",
    )


# ---- numbers ---------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("share", "dutch", "english"),
    [
        (0, "0%", "0%"),
        (1, "100%", "100%"),
        (0.4284, "42,8%", "42.8%"),
        (0.00049, "<0,1%", "<0.1%"),
        (0.99951, ">99,9%", ">99.9%"),
        (0.9994, "99,9%", "99.9%"),
    ],
)
def test_only_nothing_is_no_percent_and_only_everything_a_hundred(
    share: float, dutch: str, english: str
) -> None:
    assert (i18n.percent(share, "nl"), i18n.percent(share, "en")) == (dutch, english)


def test_large_numbers_are_grouped() -> None:
    assert (i18n.grouped(12345, "nl"), i18n.grouped(12345, "en"), i18n.grouped(999, "nl")) == (
        "12.345",
        "12,345",
        "999",
    )
    assert i18n.count("overview.sites", 50_000, "nl") == "50.000 sites"
