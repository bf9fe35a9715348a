"""noai and noimageai in header and page, and ai.txt."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vectors_runner import AT, SITE, Case, capture_of, cases, check, sent
from voorbehoud.core.evidence import Capture, Kind, Origin
from voorbehoud.core.statement import Reading
from voorbehoud.core.use import Use
from voorbehoud.declaration.model import Declaration, Declarer, PathException
from voorbehoud.grammar.robots_rules import RobotsRule, rules
from voorbehoud.signals import ai_txt, robots_meta, x_robots
from voorbehoud.signals.ai_txt import AiGroup, AiTxt
from voorbehoud.signals.noai_words import NoAi
from voorbehoud.signals.signal import AnySignal, Asked

BOTH_WORDS = NoAi((RobotsRule("noai"), RobotsRule("noimageai")))


@pytest.mark.parametrize("case", cases("robots-meta/x-robots-tag.yaml"))
def test_the_header(case: Case) -> None:
    check(x_robots.SIGNAL, case)


@pytest.mark.parametrize("case", cases("robots-meta/robots-meta.yaml"))
def test_the_page(case: Case) -> None:
    check(robots_meta.SIGNAL, case)


@pytest.mark.parametrize("case", cases("ai-txt/spawning.yaml"))
def test_ai_txt(case: Case) -> None:
    check(ai_txt.SIGNAL, case)


# ---- the maker's wish ------------------------------------------------------------------------------------------------
def declaration(*exceptions: PathException, reserve: Use = Use.TRAIN_AI) -> Declaration:
    return Declaration(
        Declarer("Atelier Voorbeeld", "info@atelier.example"),
        SITE,
        date(2026, 1, 1),
        reserve=frozenset({reserve}),
        exceptions=exceptions,
    )


FREE = PathException("/press/", allow=frozenset({Use.TRAIN_AI}))


@pytest.mark.parametrize("signal", [x_robots.SIGNAL, robots_meta.SIGNAL], ids=lambda s: s.name)
def test_the_words_follow_training(signal: AnySignal) -> None:
    wish = declaration(FREE)
    assert signal.of(wish, "/werk/") == BOTH_WORDS
    assert signal.of(wish, "/press/a.jpg") is None
    assert signal.of(declaration(reserve=Use.TDM), "/") == BOTH_WORDS  # mining at large contains training
    assert signal.of(declaration(reserve=Use.SEARCH), "/") is None


@pytest.mark.parametrize("kind", [Kind.IMAGE, Kind.PAGE, Kind.AUDIO, Kind.DOCUMENT])
def test_what_we_send_reserves_training_for_every_reader(kind: Kind) -> None:
    answer = sent(x_robots.render(BOTH_WORDS), capture_of([], kind))
    model = x_robots.parse(answer).model
    assert model == BOTH_WORDS
    assert model is not None
    (said,) = x_robots.evaluate(model, Asked(answer.url), Origin(answer.url))
    assert (said.use, said.reading) == (Use.TRAIN_AI, Reading.BOTH)


def test_ai_txt_is_for_the_whole_origin_or_not_at_all() -> None:
    model = AiTxt.of(declaration(), "/")
    assert model is not None
    (file,) = ai_txt.render(model)
    assert (file.path, file.media_type) == ("/ai.txt", "text/plain; charset=utf-8")
    capture = sent([file], capture_of({"body": ""}, Kind.AI_TXT))
    parsed = ai_txt.parse(capture)
    assert parsed.model == model
    assert [f.code for f in parsed.findings] == ["AIT901"]
    for path in ("/", "/werk/1.html", "/a.AVIF", "/diep/b.jpeg?w=1"):
        (said,) = ai_txt.evaluate(model, Asked(SITE + path), Origin(capture.url))
        assert (said.use, said.reading) == (Use.TRAIN_AI, Reading.BOTH)
    assert AiTxt.of(declaration(FREE), "/") is None
    assert AiTxt.of(declaration(reserve=Use.SEARCH), "/") is None


# ---- read back, and hostile content ------------------------------------------------------------------------------------
AGENT = st.none() | st.sampled_from(["googlebot", "bingbot", "slurp"])
RULES = st.lists(
    st.builds(RobotsRule, st.sampled_from(["noai", "noimageai"]), AGENT), min_size=1, unique=True
)


@given(RULES)
def test_header_and_page_are_read_back(said: list[RobotsRule]) -> None:
    said.sort(key=lambda rule: rule.agent or "")  # what is for one agent stands together
    for signal in (x_robots.SIGNAL, robots_meta.SIGNAL):
        model = NoAi(tuple(said))
        assert signal.parse(sent(signal.render(model), capture_of({"body": ""}, Kind.PAGE))).model == model


GROUP = st.builds(
    lambda agents, patterns: AiGroup(tuple(agents), tuple(patterns)),
    st.lists(st.sampled_from(["*", "Spawning", "GPTBot"]), min_size=1, unique=True),
    st.lists(st.sampled_from(["/", "*", "*.jpg", "/a*b$", "/é/"]), min_size=1),
)


@given(st.lists(GROUP, min_size=1, max_size=3))
def test_ai_txt_is_read_back(groups: list[AiGroup]) -> None:
    model = AiTxt(tuple(groups))
    assert ai_txt.parse(sent(ai_txt.render(model), capture_of({"body": ""}, Kind.AI_TXT))).model == model


@given(st.text(max_size=80) | st.text(",:; noai*bt-", max_size=80))
def test_the_rules_survive_any_text(text: str) -> None:
    for rule in rules(text):
        assert rule.name == rule.name.lower().strip()
        assert rule.agent is None or rule.agent.strip()


@given(st.binary(max_size=300) | st.text("User-agent: *\nDisallow: /.jpg#", max_size=200).map(str.encode))
def test_ai_txt_survives_any_bytes(body: bytes) -> None:
    url = SITE + "/ai.txt"
    model = ai_txt.parse(Capture(url, url, Kind.AI_TXT, 200, (), body, AT)).model
    if model is not None:
        ai_txt.evaluate(model, Asked(SITE + "/a.jpg"), Origin(url))


def test_many_rules_are_capped() -> None:
    assert len(rules("noai," * 100_000)) == 1000


def test_a_date_is_no_agent() -> None:
    assert rules("unavailable_after: Wed, 25 Jun 2026 15:00:00 GMT, noai") == (
        RobotsRule("unavailable_after", None, "Wed, 25 Jun 2026 15:00:00 GMT"),
        RobotsRule("noai"),
    )
    assert rules("bot: unavailable_after: 25 Jun 2026 15:00:00 PST, noai") == (
        RobotsRule("unavailable_after", "bot", "25 Jun 2026 15:00:00 PST"),
        RobotsRule("noai", "bot"),
    )


def test_the_star_addresses_everyone_again() -> None:
    assert rules("bot: noindex, *: noai")[1] == RobotsRule("noai")
