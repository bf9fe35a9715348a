"""What is composed once for many says for each of them, to the byte, what would have been composed for it alone."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from voorbehoud.core.errors import PublishError
from voorbehoud.core.use import Use
from voorbehoud.declaration import values
from voorbehoud.declaration.model import (
    AgentProfile,
    Carrier,
    Consent,
    Declaration,
    Declarer,
    DeclarerKind,
    Licence,
    MediaOrigin,
    Mining,
    PathException,
    Terms,
)
from voorbehoud.publish import compose, mould, robots_merge
from voorbehoud.publish.compose import Composition
from voorbehoud.publish.mould import Mould, Moulds, wrapped
from voorbehoud.publish.plan import Ready, ready
from voorbehoud.publish.quoting import comment

FULL = Declaration(
    Declarer("Sanne de Vries", "sanne@atelier.example", DeclarerKind.ORGANISATION, "Erven Zoë Ünal"),
    "https://atelier.example",
    date(2026, 11, 1),
    exceptions=(PathException("/pers/", allow=frozenset({Use.TDM, Use.TRAIN_AI})),),
    licence=Licence("rechten@atelier.example", "https://licenties.example/a_b/1", None),
    terms=Terms(Consent.NEVER, Consent.ASK, Consent.ALLOWED),
    languages=("en", "nl"),
    carriers=tuple(Carrier),
)
SHAPES = (
    Declaration(Declarer("Jo", "jo@a.example"), "https://a.example", date(2020, 2, 29)),
    FULL,
    replace(FULL, licence=Licence(None, None, Mining.PAID), languages=("nl",), exceptions=()),
    replace(FULL, carriers=(Carrier.ROBOTS_TXT, Carrier.RSL), agents=AgentProfile(add=("Jobot",))),
    replace(FULL, reserve=frozenset({Use.TRAIN_AI}), allow=frozenset(), exceptions=()),
)
ONE = Moulds()
"""For all examples, as in a run."""

HOSTILE = (
    "Xqnaam Zwartekunst", "END voorbehoud", "# END", "Jan-Willem St. Clair", "O'Brien & Zn.", "{{ x }}", "A  B", "Sjaan " * 30,
    "x" * 200, "https://xqsite.example", "28 maart 2017", "x\nUser-agent: *", "</style><script>", "$1 %2 \\", "\u202eabc",
)  # fmt: skip
words = st.from_regex(mould._INERT["name"], fullmatch=True) | st.text(max_size=40) | st.sampled_from(HOSTILE)
mails = st.from_regex(mould._INERT["contact"], fullmatch=True) | st.from_regex(
    r"[a-z0-9._%+'-]{1,20}@[a-z0-9]{1,30}\.(example|nl)", fullmatch=True
)
sites = st.from_regex(r"https?://([a-z0-9_-]{1,20}\.){1,3}(example|nl)(:80[0-9][0-9])?", fullmatch=True)
days = st.dates(date(1990, 1, 1), date(2100, 12, 31))


def kept(text: str, value: Callable[[str], str], plain: str) -> str:
    """Give what a declaration makes of `text`; `plain` where no declaration holds it."""
    try:
        return value(text)
    except ValueError:
        return plain


def long_way(wish: Declaration) -> tuple[Ready, bytes | None]:
    said = ready(wish, wish.site)
    merged = robots_merge.merge(None, said.composition)
    return said, merged.body


@settings(max_examples=40, deadline=None)
@given(st.sampled_from(SHAPES), words, words, mails, mails, sites, days)
def test_a_mould_gives_what_the_long_way_gives(
    shape: Declaration, name: str, behalf: str, contact: str, ask: str, site: str, since: date
) -> None:
    name, behalf = kept(name, values.name, "Jo"), kept(behalf, values.name, "Jo")
    contact, ask = kept(contact, values.mail, "jo@a.example"), kept(ask, values.mail, "ask@a.example")
    site = kept(site, values.origin, "https://a.example")
    who, licence = shape.declarer, shape.licence
    wish = replace(
        shape,
        declarer=replace(who, name=name, contact=contact, on_behalf_of=who.on_behalf_of and behalf),
        licence=replace(licence, contact=licence.contact and ask),
        site=site,
        since=since,
    )
    said, robots = long_way(wish)
    fast = ONE.ready(wish, wish.site)
    assert (fast.composition, fast.proof) == (said.composition, said.proof)
    assert fast.robots in {None, robots}


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("name", ["Maker 12 de Vries", "Zoë Ünal-Смит"])
def test_plain_words_go_the_short_way(shape: Declaration, name: str) -> None:
    wish = replace(shape, declarer=replace(shape.declarer, name=name, on_behalf_of=None))
    moulds = Moulds()
    moulds.ready(wish, wish.site)
    assert moulds.by_hand == (shape.licence.mining is not None and not name.isascii())


@pytest.mark.parametrize(
    "wish",
    [
        replace(FULL, declarer=replace(FULL.declarer, name="O'Brien")),
        replace(FULL, declarer=replace(FULL.declarer, name="END voorbehoud")),
        replace(FULL, declarer=replace(FULL.declarer, on_behalf_of="BEGIN Voorbehoud")),
        replace(FULL, declarer=replace(FULL.declarer, contact="a+b@c.nl")),
        replace(FULL, licence=replace(FULL.licence, offer="https://a.nl/?q=1&r=2")),
        replace(FULL, site="http://atelier.example"),
        replace(FULL, media=(MediaOrigin("https://img.atelier.example"),)),
    ],
)
def test_words_that_a_syntax_could_take_for_its_own_go_the_long_way(wish: Declaration) -> None:
    moulds = Moulds()
    assert moulds.ready(wish, wish.site) == ready(wish, wish.site)
    assert moulds.by_hand == 1


def test_a_shape_that_depends_on_more_than_the_words_gets_no_mould(monkeypatch: pytest.MonkeyPatch) -> None:
    def by_length(wish: Declaration, origin: str | None = None) -> Composition:
        said = compose(wish, origin)
        return replace(said, comment=said.comment + "\n#" * (len(wish.declarer.name) // 10))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(mould, "compose", by_length)
        with pytest.raises(mould.UnfitError):
            Mould(mould.STAND_IN.into(FULL))
    moulds = Moulds()
    monkeypatch.setattr(mould, "compose", by_length)
    assert moulds.ready(FULL, FULL.site) == ready(FULL, FULL.site)
    assert moulds.by_hand == 1


def test_a_shape_that_cannot_be_proven_is_told_in_the_makers_own_words(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    wish = replace(FULL, licence=replace(FULL.licence, mining=Mining.ASK), carriers=(Carrier.TDM_FILE,))
    with pytest.raises(PublishError, match="tdm-policy"):
        Moulds().ready(wish, wish.site)


@given(st.lists(st.text("abcdeé-.", min_size=1, max_size=130), min_size=1, max_size=60))
def test_words_are_wrapped_as_in_every_other_comment(each: list[str]) -> None:
    text = " ".join(each)
    assert wrapped(text) == comment(text)


@pytest.mark.parametrize("length", [98, 99, 100, 101, 102])
def test_a_line_is_as_long_as_it_may_be(length: int) -> None:
    text = f"{'a' * (length - 51)} {'b' * 50} c {'d' * 150} e {'f' * 120}"
    assert wrapped(text) == comment(text)
