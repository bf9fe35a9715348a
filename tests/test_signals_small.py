"""trust.txt, the words of search engines, and rights in structured data."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vectors_runner import AT, SITE, Case, capture_of, cases, check, sent
from voorbehoud.core.evidence import Capture, Kind, Origin
from voorbehoud.core.preference import Preference
from voorbehoud.core.use import Use
from voorbehoud.declaration.model import Declaration, Declarer, PathException
from voorbehoud.grammar.json_ld import MOST_BLOCKS, blocks
from voorbehoud.signals import schema_org, search_engines, trust_txt
from voorbehoud.signals.search_engines import EngineRules
from voorbehoud.signals.signal import Asked
from voorbehoud.signals.trust_txt import TrustTxt


@pytest.mark.parametrize("case", cases("trust-txt/variable.yaml"))
def test_trust_txt(case: Case) -> None:
    check(trust_txt.SIGNAL, case)


@pytest.mark.parametrize("case", cases("search-engines/words.yaml"))
def test_search_engines(case: Case) -> None:
    check(search_engines.SIGNAL, case)


@pytest.mark.parametrize("case", cases("schema-org/creative-work.yaml"))
def test_schema_org(case: Case) -> None:
    check(schema_org.SIGNAL, case)


# ---- the maker's wish ------------------------------------------------------------------------------------------------
def declaration(*exceptions: PathException, reserve: Use = Use.TRAIN_AI) -> Declaration:
    return Declaration(
        Declarer("Atelier Voorbeeld", "info@atelier.example"),
        SITE,
        date(2026, 1, 1),
        reserve=frozenset({reserve}),
        exceptions=exceptions,
    )


def test_trust_txt_speaks_for_the_whole_origin_or_not_at_all() -> None:
    free = PathException("/press/", allow=frozenset({Use.TRAIN_AI}))
    assert TrustTxt.of(declaration(), "/") == TrustTxt(False, False)
    assert TrustTxt.of(declaration(reserve=Use.TDM), "/") == TrustTxt(
        False, False
    )  # mining contains training
    assert TrustTxt.of(declaration(free), "/") is None
    assert TrustTxt.of(declaration(reserve=Use.SEARCH), "/") is None


@pytest.mark.parametrize("allowed", [True, False])
def test_trust_txt_is_read_back(allowed: bool) -> None:
    model = TrustTxt(allowed, allowed)
    (file,) = trust_txt.render(model)
    assert (file.path, file.media_type) == ("/trust.txt", "text/plain; charset=utf-8")
    parsed = trust_txt.parse(sent([file], capture_of("", Kind.TRUST_TXT)))
    assert parsed.model == model
    (said,) = trust_txt.evaluate(model, Asked(SITE + "/"), Origin(SITE + "/trust.txt"))
    assert (said.use, said.preference) == (
        Use.TRAIN_AI,
        Preference.ALLOWED if allowed else Preference.DISALLOWED,
    )


# ---- read back, and hostile content ------------------------------------------------------------------------------------
WORDS = st.sampled_from(
    ["noarchive", "nocache", "nosnippet", "max-snippet:0", "noimageindex", "max-image-preview:none"]
)
SAID = st.frozensets(
    st.tuples(WORDS, st.none() | st.sampled_from(["googlebot", "bingbot", "slurp"])), min_size=1
)


@given(SAID)
def test_the_words_of_engines_are_read_back(said: frozenset[tuple[str, str | None]]) -> None:
    model = EngineRules(said)
    assert search_engines.parse(sent(search_engines.render(model), capture_of([], Kind.IMAGE))).model == model


@given(SAID)
def test_no_word_to_an_engine_is_heard_by_everyone_or_by_a_stranger(
    said: frozenset[tuple[str, str | None]],
) -> None:
    model, here = EngineRules(said), Origin(SITE + "/")
    assert {agent for s in search_engines.evaluate(model, Asked(SITE + "/"), here) for agent in s.agents} <= {
        "Googlebot",
        "bingbot",
    }
    assert all(s.audience == "named-agents" for s in search_engines.evaluate(model, Asked(SITE + "/"), here))
    assert search_engines.evaluate(model, Asked(SITE + "/", "CCBot"), here) == ()


@given(st.binary(max_size=300) | st.text("datrinlowe=yo# \r\n", max_size=200).map(lambda text: text.encode()))
def test_trust_txt_survives_any_bytes(body: bytes) -> None:
    url = SITE + "/trust.txt"
    model = trust_txt.parse(Capture(url, url, Kind.TRUST_TXT, 200, (), body, AT)).model
    if model is not None:
        trust_txt.evaluate(model, Asked(SITE + "/"), Origin(url))


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["@type", "license", "schema:usageInfo", "@graph", "x"]), inner, max_size=3
        )
    ),
    max_leaves=8,
)


@given(JSON, st.integers(0, 40))
def test_structured_data_survive_anything(value: object, cut: int) -> None:
    import json

    text = json.dumps({"@context": "https://schema.org", "@graph": value})
    for inner in (text, text[: len(text) - cut], text.replace('"', "'")):
        page = f'<title>x</title><script type="application/ld+json">{inner}</script>'
        capture = capture_of(page, Kind.PAGE)
        parsed = schema_org.parse(capture)
        if parsed.model is not None:
            assert schema_org.evaluate(parsed.model, Asked(capture.url), Origin(capture.url)) == ()


def test_a_mistake_made_a_thousand_times_is_told_a_few_times() -> None:
    for line in ("datatrainingallowed = no\n", "datatrainingallowed=perhaps\n"):
        found = trust_txt.parse(capture_of(line * 1000, Kind.TRUST_TXT)).findings
        assert 5 <= len(found) < 10


def test_many_scripts_are_capped() -> None:
    one = b'<script type="application/ld+json">{"@context":"https://schema.org","@type":"Book"}</script>'
    assert len(blocks(one * 1000, "text/html", ("license",), ())) == MOST_BLOCKS
