"""Nothing is written that says less than the declaration, or something else; and the page says it to people."""

import sys
from dataclasses import replace
from datetime import date

import html5lib
import pytest
from hypothesis import given
from hypothesis import strategies as st

from voorbehoud.core.artifact import RobotsGroup, RobotsRecord
from voorbehoud.core.errors import PublishError
from voorbehoud.core.use import Use
from voorbehoud.declaration.model import (
    Carrier,
    Consent,
    Declaration,
    Declarer,
    Licence,
    MediaOrigin,
    PathException,
    Terms,
)
from voorbehoud.publish.compose import Composition, compose, robots_text, sentences
from voorbehoud.publish.prove import prove, prove_page, prove_robots
from voorbehoud.publish.robots_merge import merge
from voorbehoud.signals import tdm_header

OPEN = frozenset({Use.TDM, Use.TRAIN_AI})
WISH = Declaration(
    Declarer("Sanne de Vries", "sanne@atelier.example"),
    "https://atelier.example",
    date(2026, 11, 1),
    carriers=tuple(Carrier),
)
PRESS = replace(WISH, exceptions=(PathException("/pers/", allow=OPEN),))


def test_what_we_compose_is_what_was_declared() -> None:
    assert prove(WISH, compose(WISH)).unsaid == ()
    assert prove(PRESS, compose(PRESS)).unsaid == ()


def test_a_form_without_paths_is_silent_where_paths_differ() -> None:
    ours = compose(PRESS)
    assert prove(PRESS, ours).stricter == ()
    signals = [line for line in robots_text(ours).splitlines() if line.startswith("Content-Signal")]
    assert signals
    assert not any("ai-train" in line for line in signals)


def _zero_in_the_file(ours: Composition) -> Composition:
    files = tuple(
        replace(f, body=f.body.replace(b'"tdm-reservation": 1', b'"tdm-reservation": 0')) for f in ours.files
    )
    return replace(ours, files=files)


def _true_in_the_file(ours: Composition) -> Composition:
    files = tuple(
        replace(f, body=f.body.replace(b'"tdm-reservation": 1', b'"tdm-reservation": true'))
        for f in ours.files
    )
    return replace(ours, files=files)


def _no_file(ours: Composition) -> Composition:
    return replace(ours, files=tuple(f for f in ours.files if not f.path.endswith("tdmrep.json")))


def _header_lost(ours: Composition) -> Composition:
    return replace(ours, levels=tuple(replace(level, headers=level.headers[1:]) for level in ours.levels))


def _tag_says_no(ours: Composition) -> Composition:
    return replace(
        ours,
        levels=tuple(
            replace(x, markup=tuple(replace(tag, content="0") for tag in x.markup)) for x in ours.levels
        ),
    )


def _robots_let_in(ours: Composition) -> Composition:
    return replace(ours, groups=tuple(RobotsGroup(g.agents, (("Allow", "/"),)) for g in ours.groups))


def _agent_forgotten(ours: Composition) -> Composition:
    return replace(ours, groups=ours.groups[1:])


def _records_swapped(ours: Composition) -> Composition:
    return replace(
        ours, records=(RobotsRecord("Content-Usage", "train-ai=y, ai-use=n, search=y"), *ours.records[1:])
    )


def _records_without_a_label(ours: Composition) -> Composition:
    return replace(
        ours, records=(RobotsRecord("Content-Usage", "train-ai=n; ai-use=n, search=y"), *ours.records[1:])
    )


@pytest.mark.parametrize(
    ("spoil", "carrier"),
    [
        (_zero_in_the_file, "tdm-file"),
        (_true_in_the_file, "tdm-file"),
        (_no_file, "tdm-file"),
        (_header_lost, "tdm-header|content-usage"),
        (_tag_says_no, "tdm-meta"),
        (_robots_let_in, "robots-txt"),
        (_agent_forgotten, "robots-txt"),
        (_records_swapped, "content-usage"),
        (_records_without_a_label, "content-usage"),
    ],
)
def test_less_or_something_else_is_refused_with_the_name_of_the_carrier(spoil, carrier: str) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(PublishError, match=carrier):
        prove(WISH, spoil(compose(WISH)))


def test_a_signal_that_misunderstands_the_declaration_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    given_away = replace(WISH, reserve=frozenset(), allow=frozenset(Use))
    wrong = replace(tdm_header.SIGNAL, of=lambda wish, path: tdm_header.SIGNAL.of(given_away, path))
    monkeypatch.setattr(sys.modules["voorbehoud.publish.compose"], "SIGNALS", (wrong,))
    with pytest.raises(PublishError, match="tdm-header says allowed"):
        prove(WISH, compose(WISH))


def test_a_merged_robots_txt_is_read_as_a_whole() -> None:
    ours = compose(WISH)
    assert prove_robots(WISH, ours, merge(b"User-agent: *\nDisallow: /prive/\n", ours).body) == ()
    against = merge(b"User-agent: *\nDisallow: /prive/\nContent-Usage: / train-ai=y\n", ours).body
    for_people = [message.told("nl") for message in prove_robots(WISH, ours, against)]
    assert any(
        "over AI trainen: toegestaan. Je verklaring zegt: voorbehouden." in text
        and text.endswith("Content-Usage in robots.txt")
        for text in for_people
    )


def test_a_page_is_read_with_everything_in_it() -> None:
    ours = compose(WISH)
    tags = "".join(f'<meta name="{tag.name}" content="{tag.content}">' for tag in ours.level("/").markup)
    good = f"<!doctype html><html><head>{tags}</head><body>".encode()
    assert prove_page(WISH, ours, "/", "text/html", good) is None
    twice = good + b'<meta name="tdm-reservation" content="0">'
    amiss = prove_page(WISH, ours, "/", "text/html", twice)
    assert amiss is not None
    assert "tdm-reservation meta tag" in str(amiss)


PATHS = st.sampled_from(["/pers/", "/pers/archief/", "/a", "/a/b/", "/caf\u00e9/", "/met spatie/", "/x.html"])
USES = st.frozensets(st.sampled_from(list(Use)))


@st.composite
def wishes(draw: st.DrawFn) -> Declaration:
    """Give declarations of every kind, also odd ones that `load` would let through."""
    reserve = draw(USES)
    allow = draw(USES) - reserve - ({Use.TRAIN_AI} if Use.TDM in reserve else set())
    exceptions = []
    for path in draw(st.lists(PATHS, max_size=3, unique=True)):
        shut = draw(USES)
        exceptions.append(
            PathException(path, shut, draw(USES) - shut - ({Use.TRAIN_AI} if Use.TDM in shut else set()))
        )
    carriers = draw(st.sets(st.sampled_from(list(Carrier))))
    return replace(
        WISH, reserve=reserve, allow=allow, exceptions=tuple(exceptions), carriers=tuple(sorted(carriers))
    )


@given(wishes())
def test_whatever_is_declared_is_composed_so_that_it_can_be_proved(wish: Declaration) -> None:
    prove(wish, compose(wish))
    prove(wish, compose(wish, "https://media.example"))


# ---- the page that people read -------------------------------------------------------------------------------------------
FULL = replace(
    PRESS,
    declarer=Declarer("Galerie <Noord>", "info@noord.example", on_behalf_of='Erven "J." & Jansen'),
    media=(MediaOrigin("https://media.example"),),
    licence=Licence("licentie@noord.example", "https://noord.example/licentie?a=1&b=2"),
    terms=Terms(Consent.NEVER, Consent.ASK, Consent.ALLOWED),
)


def policy_text(wish: Declaration, language: str) -> str:
    body = next(file.body for file in compose(wish).files if file.path == "/ai-voorbehoud/index.html")
    tree = html5lib.parse(body, namespaceHTMLElements=False)
    article = next(a for a in tree.iter("article") if a.get("lang") == language)
    return " ".join("".join(article.itertext()).split())


def test_the_page_says_who_what_since_when_and_where_it_ends() -> None:
    dutch, english = policy_text(FULL, "nl"), policy_text(FULL, "en")
    for text in (dutch, english):
        assert 'Erven "J." & Jansen' in text
        assert "Galerie <Noord>" in text
        assert "licentie@noord.example" in text
        assert "https://noord.example/licentie?a=1&b=2" in text
        assert "/pers/" in text
        assert "https://media.example" in text
        assert "2019/790" in text
        assert "15o" in text
        assert "/.well-known/tdmrep.json" in text
    assert "1 november 2026" in dutch
    assert "1 November 2026" in english
    assert "tekst- en datamining is toegestaan" in dutch
    assert "geen technisch slot" in dutch
    assert "no technical lock" in english


ONE, MANY = "Sanne de Vries", "De kunstenaars van Galerie Noord"


@pytest.mark.parametrize("name", [ONE, MANY])
@pytest.mark.parametrize("reserve", [frozenset({Use.TDM, Use.TRAIN_AI}), frozenset({Use.TRAIN_AI})])
def test_the_reservation_is_right_for_one_and_for_many(name: str, reserve: frozenset[Use]) -> None:
    """No verb and no pronoun depends on the name: the rights are reserved, whoever holds them."""
    wish = replace(WISH, declarer=replace(WISH.declarer, on_behalf_of=name), reserve=reserve)
    dutch, english = sentences(wish)
    assert f"alle rechten van {name} op tekst- en datamining" in dutch
    assert (
        "worden uitdrukkelijk voorbehouden op grond van artikel 15o Auteurswet en artikel 4 lid 3 van"
        in dutch
    )
    assert f"all rights of {name} to text and data mining" in english
    assert (
        "are expressly reserved under Article 4(3) of Directive (EU) 2019/790 and Article 15o of" in english
    )
    page = {language: policy_text(wish, language) for language in wish.languages}
    assert f"Alle rechten van {name} op het gebied van " in page["nl"]
    assert " worden uitdrukkelijk voorbehouden, voor alle werken" in page["nl"]
    assert f"All rights of {name} to " in page["en"]
    assert " are expressly reserved, for every work" in page["en"]
    assert f"Sanne de Vries, namens {name}" in page["nl"]
    assert f"Sanne de Vries, on behalf of {name}" in page["en"]
    for text in (dutch, english, *page.values()):
        assert f"{name} behoudt" not in text
        assert f"{name} expressly" not in text


def test_a_sentence_tells_of_exceptions_only_where_there_are_some() -> None:
    assert ["behalve waar" in text or "except where" in text for text in sentences(WISH)] == [False, False]
    assert ["behalve waar" in text or "except where" in text for text in sentences(PRESS)] == [True, True]


def test_the_page_holds_the_languages_of_the_declaration_in_their_order() -> None:
    body = next(f.body for f in compose(replace(WISH, languages=("en",))).files if f.path.endswith(".html"))
    tree = html5lib.parse(body, namespaceHTMLElements=False)
    assert tree.get("lang") == "en"
    assert [article.get("lang") for article in tree.iter("article")] == ["en"]


def test_a_page_never_reserves_what_is_not_reserved() -> None:
    wish = replace(WISH, reserve=frozenset(), allow=frozenset(Use))
    for language in wish.languages:
        text = policy_text(wish, language).lower()
        assert "uitdrukkelijk voorbehouden" not in text
        assert "expressly reserved" not in text
    only_training = replace(WISH, reserve=frozenset({Use.TRAIN_AI}), allow=frozenset({Use.TDM}))
    assert "text and data mining to train AI" in policy_text(only_training, "en")
