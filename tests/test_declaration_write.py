"""voorbehoud.yaml written: `load` reads back what was meant, whatever the maker is called."""

from dataclasses import replace
from datetime import date
from unicodedata import category

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from voorbehoud.core.purpose import Purpose
from voorbehoud.core.use import Use, entailed
from voorbehoud.declaration.load import LANGUAGES, load
from voorbehoud.declaration.model import (
    AgentProfile,
    Carrier,
    Consent,
    Declaration,
    Declarer,
    DeclarerKind,
    Licence,
    MediaOrigin,
    PathException,
    Terms,
)
from voorbehoud.declaration.write import scalar, write

WISH = Declaration(
    Declarer("Atelier Voorbeeld", "rechten@atelier.example"), "https://atelier.example", date(2026, 11, 24)
)
ODD_NAMES = [
    "No", "yes", "off", "NULL", "~", "null", "1984", "1e3", "0x1F", "2026-11-24", "12:30:45", ".inf", "true", "<<", "=",
    "- Jan", "-Jan", "? Jan", "Jan: de Vries", "Jan:", "Jan #1", "#Jan", "Jan's", '"Jan"', "'Jan'", 'Jan "de" Vries', "Jan\\n",
    "C:\\werk", "[Jan]", "{Jan}", "Jan, Piet", "&Jan", "*Jan", "!Jan", "|", ">", "%Jan", "@Jan", "`Jan`", "Zoë", "中村", "🎨 Jan",
    "a\u00a0b", "علی\u200cرضا", "Jan  Piet", "Jan & <b>Piet</b>", "{{ name }}", "${HOME}", "*", "---", "...", "\ufffe", "\U0001ffff",
]  # fmt: skip


@pytest.mark.parametrize("lang", ["nl", "en"])
@pytest.mark.parametrize("name", ODD_NAMES)
def test_any_name_is_read_back(name: str, lang: str) -> None:
    wish = replace(WISH, declarer=Declarer(name, "jan@atelier.example", on_behalf_of=name))
    assert load(write(wish, lang), "x") == wish


@pytest.mark.parametrize("name", ODD_NAMES)
def test_any_reader_of_yaml_takes_a_name_for_the_same_text(name: str) -> None:
    assert yaml.safe_load(f"a: {scalar(name)}") == {"a": name}
    assert yaml.safe_load(f"a: [{scalar(name)}, b]") == {"a": [name, "b"]}


def test_what_is_safe_stays_without_quotes() -> None:
    for text in (
        "Atelier Voorbeeld",
        "rechten@atelier.example",
        "https://atelier.example/licentie",
        "/press/",
        "A. Maker",
    ):
        assert scalar(text) == text


@pytest.mark.parametrize(("lang", "word"), [("nl", "nabootsing"), ("en", "imitations")])
def test_the_comments_speak_the_language(lang: str, word: str) -> None:
    assert word in write(WISH, lang)


@pytest.mark.parametrize("lang", ["nl", "en"])
def test_what_is_not_said_stands_there_as_an_example(lang: str) -> None:
    text = write(WISH, lang)
    for example in ("# exceptions:", "# licence:", "# terms:", "# agents:"):
        assert example in text.splitlines()
    bare = "\n".join(
        line.removeprefix("# ") if line.startswith("# ") and is_example(line) else line
        for line in text.splitlines()
    )
    assert load(bare, "x").terms == Terms(Consent.ASK, Consent.ASK, Consent.ASK)


def is_example(line: str) -> bool:
    """Tell an example from an explanation: a key, or what stands below one."""
    return line.removeprefix("# ").startswith((" ", "exceptions:", "licence:", "terms:", "agents:"))


def test_lines_end_as_unix_lines_and_nothing_trails() -> None:
    text = write(WISH, "nl")
    assert text.endswith("]\n")
    assert "\r" not in text
    assert all(line == line.rstrip() for line in text.splitlines())


# ---- any declaration -------------------------------------------------------------------------------------------------
def printable(text: str) -> bool:
    return not any(category(char) in {"Cc", "Cf", "Cs", "Zl", "Zp"} for char in text)


NAMES = st.text(min_size=1, max_size=40).map(str.strip).filter(bool).filter(printable) | st.sampled_from(
    ODD_NAMES
)
WORDS = st.from_regex(r"[a-z][a-z0-9]{0,8}", fullmatch=True)
ORIGINS = st.builds("https://{}.{}.example".format, WORDS, WORDS)
MAILS = st.builds("{}@{}.example".format, WORDS, WORDS)
USES = st.frozensets(st.sampled_from(Use))
TOKENS = st.from_regex(r"[A-Z][a-z]{2,8}(Bot|[-_ .]?[a-z0-9]{1,4})", fullmatch=True)


@st.composite
def wishes(draw: st.DrawFn) -> tuple[frozenset[Use], frozenset[Use]]:
    """Reserved and allowed uses that do not contradict each other."""
    reserve = draw(USES)
    return reserve, draw(USES) - entailed(reserve)


@st.composite
def exceptions(draw: st.DrawFn) -> tuple[PathException, ...]:
    paths = draw(st.lists(WORDS.map("/{}/".format), max_size=3, unique=True))
    return tuple(PathException(path, *draw(wishes().filter(any))) for path in paths)


@st.composite
def profiles(draw: st.DrawFn) -> AgentProfile:
    tokens = draw(st.lists(TOKENS, max_size=4, unique_by=str.casefold))
    cut = draw(st.integers(0, len(tokens)))
    purposes = draw(st.lists(st.sampled_from(Purpose), unique=True))
    return AgentProfile(tuple(purposes), tuple(tokens[:cut]), tuple(tokens[cut:]))


@st.composite
def declarations(draw: st.DrawFn) -> Declaration:
    site, *media = draw(st.lists(ORIGINS, min_size=1, max_size=4, unique=True))
    reserve, allow = draw(wishes())
    consents = st.none() | st.sampled_from(Consent)
    return Declaration(
        declarer=Declarer(
            draw(NAMES), draw(MAILS), draw(st.sampled_from(DeclarerKind)), draw(st.none() | NAMES)
        ),
        site=site,
        since=draw(st.dates(date(1990, 1, 1))),
        media=tuple(MediaOrigin(origin, draw(st.none() | WORDS.map("../{}".format))) for origin in media),
        reserve=reserve or frozenset({Use.TDM}),
        allow=allow - entailed(reserve or {Use.TDM}),
        exceptions=draw(exceptions()),
        licence=Licence(draw(st.none() | MAILS), draw(st.none() | ORIGINS.map("{}/a,b?c=[d]#e".format))),
        terms=Terms(draw(consents), draw(consents), draw(consents)),
        agents=draw(profiles()),
        languages=tuple(draw(st.lists(st.sampled_from(LANGUAGES), min_size=1, unique=True))),
        carriers=tuple(draw(st.lists(st.sampled_from(Carrier), min_size=1, unique=True))),
    )


@given(declarations(), st.sampled_from(["nl", "en"]))
def test_load_reads_back_what_was_written(wish: Declaration, lang: str) -> None:
    assert load(write(wish, lang), "x") == wish
