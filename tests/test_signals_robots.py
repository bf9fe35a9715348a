"""The signals of robots.txt and the Content-Usage header: vectors, and the way from a declaration and back."""

import re
from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vectors_runner import AT, SITE, Case, capture_of, cases, check, meanings, sent
from voorbehoud.agents import catalogue, identify
from voorbehoud.core.artifact import RobotsGroup
from voorbehoud.core.evidence import Capture, Kind, Origin
from voorbehoud.core.preference import Preference
from voorbehoud.core.purpose import Purpose
from voorbehoud.core.statement import Audience, Reading
from voorbehoud.core.use import Use
from voorbehoud.declaration.model import AgentProfile, Declaration, Declarer, PathException
from voorbehoud.grammar.robots import LIMIT, RobotsTxt, read, written
from voorbehoud.signals import content_signal, content_usage, content_usage_header, robots_txt
from voorbehoud.signals.signal import AnySignal, Asked

SIGNALS: tuple[AnySignal, ...] = (robots_txt.SIGNAL, content_usage.SIGNAL, content_signal.SIGNAL)
PREFERENCES: tuple[AnySignal, ...] = (content_usage.SIGNAL, content_signal.SIGNAL)


@pytest.mark.parametrize("case", cases("rfc9309/signal.yaml"))
def test_robots_txt(case: Case) -> None:
    check(robots_txt.SIGNAL, case)


@pytest.mark.parametrize("case", cases("aipref/robots-rule.yaml"))
def test_content_usage(case: Case) -> None:
    check(content_usage.SIGNAL, case)


@pytest.mark.parametrize("case", cases("aipref/header.yaml"))
def test_content_usage_header(case: Case) -> None:
    check(content_usage_header.SIGNAL, case)


@pytest.mark.parametrize("case", cases("content-signals/line.yaml"))
def test_content_signal(case: Case) -> None:
    check(content_signal.SIGNAL, case)


@pytest.mark.parametrize("case", cases("content-signals/managed.yaml"))
def test_the_managed_block(case: Case) -> None:
    check({s.name: s for s in SIGNALS}[case.said.get("signal", "robots-txt")], case)


# ---- policy tokens: dated data, which another list replaces -----------------------------------------------------------
@pytest.fixture
def listed(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[bool], None]]:
    """Give a function that makes the list say of its tokens whether they are confirmed."""
    caches = (catalogue.policy_tokens, catalogue.catalogue, identify._patterns, identify._identify, read)

    def say(confirmed: bool) -> None:
        data = catalogue._data

        def changed(name: str) -> Any:
            found = data(name)
            for token in found["tokens"] if name == "policy_tokens.yaml" else ():
                token["confirmed"] = confirmed
            return found

        monkeypatch.setattr(catalogue, "_data", changed)
        for cache in caches:
            cache.cache_clear()

    yield say
    monkeypatch.undo()
    for cache in caches:
        cache.cache_clear()


@pytest.mark.parametrize("case", cases("rfc9309/policy-tokens.yaml"))
def test_policy_tokens(case: Case, listed: Callable[[bool], None]) -> None:
    listed(case.said["confirmed"])
    check(robots_txt.SIGNAL, case)


def test_a_confirmed_policy_token_is_written_like_google_extended(listed: Callable[[bool], None]) -> None:
    (token,) = (t.token for t in catalogue.policy_tokens().values())
    for confirmed in (False, True):
        listed(confirmed)
        model = robots_txt.SIGNAL.of(wish(), "/")
        assert model is not None
        groups = {agent: group.rules for group in robots_txt.render(model) for agent in group.agents}
        assert groups["Google-Extended"] == (("Disallow", "/"),)
        assert groups.get(token) == (groups["Google-Extended"] if confirmed else None)


def test_every_policy_token_says_where_it_was_read() -> None:
    for token in catalogue.policy_tokens().values():
        assert token.source.startswith("https://")
        assert token.checked >= date(2026, 10, 30)  # the day of the draft
        assert re.fullmatch("[A-Za-z_-]+", token.token)  # RFC 9309, section 2.2.1


def test_long_lines_and_long_files_are_told() -> None:
    body = b"User-agent: Foo\nDisallow: /\n#" + b"x" * 20_000
    codes = [f.code for f in robots_txt.parse(robots(body)).findings]
    assert codes == ["RBT105"]
    codes = [f.code for f in robots_txt.parse(robots(body + b"\n" * LIMIT)).findings]
    assert codes == ["RBT103", "RBT105"]


def test_a_mistake_made_ten_thousand_times_is_told_a_few_times() -> None:
    body = (
        b"User-agent: Foo\n"
        + b"Disallow: x\n" * 10_000
        + b"".join(b"Field%d: x\n" % n for n in range(10_000))
    )
    assert len(robots_txt.parse(robots(body)).findings) < 20


# ---- from a declaration ----------------------------------------------------------------------------------------------
def wish(**changes: object) -> Declaration:
    return Declaration(Declarer("Mina", "mina@atelier.example"), SITE, date(2026, 1, 1), **changes)  # type: ignore[arg-type]


def robots(body: bytes) -> Capture:
    return capture_of({"headers": ["Content-Type: text/plain"], "hex": body.hex()}, Kind.ROBOTS)


def published(declared: Declaration) -> Capture:
    """The robots.txt that the three signals make together."""
    said = [a for s in SIGNALS if (m := s.of(declared, "/")) is not None for a in s.render(m)]
    return sent(said, robots(b""))


def told(signal: AnySignal, capture: Capture, path: str, agent: str | None = None) -> dict[str, str]:
    model = signal.parse(capture).model
    said = () if model is None else signal.evaluate(model, Asked(SITE + path, agent), Origin(capture.url))
    return {use: about["strict"] for use, about in meanings(said).items() if about["strict"] != "unknown"}


def test_the_default_keeps_training_agents_out_and_search_in() -> None:
    file = RobotsTxt.parse(published(wish()).body)
    for token in ("GPTBot", "ClaudeBot", "CCBot", "Google-Extended", "Applebot-Extended"):
        assert not file.access(token, "/werk/1.jpg").allowed
    for token in ("Googlebot", "bingbot", "OAI-SearchBot", "ChatGPT-User", "facebookexternalhit", "Whoever"):
        assert file.access(token, "/werk/1.jpg").allowed


def test_every_group_has_a_rule_before_anything_else() -> None:
    text = published(
        wish(exceptions=(PathException("/press/", allow=frozenset({Use.TRAIN_AI})),))
    ).body.decode()
    for group in text.strip().split("\n\n"):
        names = [line.split(":")[0] for line in group.split("\n")]
        ranks = [
            ("User-agent", "Allow", "Disallow").index(n) > 0
            if n in {"User-agent", "Allow", "Disallow"}
            else 2
            for n in names
        ]
        assert ranks == sorted(ranks)
        assert {"Allow", "Disallow"} & set(names)
    assert not [f for s in SIGNALS for f in s.parse(published(wish())).findings if f.severity.weight > 1]


def test_it_does_not_cancel_a_refusal_of_the_site_itself() -> None:
    ours = published(wish()).body
    file = RobotsTxt.parse(b"User-agent: *\nDisallow: /\n\n" + ours)
    assert not file.access("Whoever", "/").allowed


def test_exceptions_by_path() -> None:
    declared = wish(
        exceptions=(PathException("/press/", allow=frozenset({Use.TDM, Use.TRAIN_AI, Use.AI_USE})),)
    )
    capture = published(declared)
    file = RobotsTxt.parse(capture.body)
    assert file.access("GPTBot", "/press/kit.zip").allowed
    assert not file.access("GPTBot", "/pressroom").allowed
    assert told(content_usage.SIGNAL, capture, "/press/kit.zip")["train-ai"] == "allowed"
    assert told(content_usage.SIGNAL, capture, "/werk/")["train-ai"] == "disallowed"
    assert told(content_usage.SIGNAL, capture, "/press/kit.zip", "GPTBot")["train-ai"] == "allowed"


def test_an_exception_that_changes_nothing_for_an_agent_adds_no_line() -> None:
    plain, other = wish(), wish(exceptions=(PathException("/forum/", allow=frozenset({Use.AI_USE})),))
    assert robots_txt.of(other, "/") == robots_txt.of(plain, "/")


def test_a_path_that_needs_escaping() -> None:
    declared = wish(exceptions=(PathException("/mijn werk/*$", allow=frozenset({Use.TRAIN_AI, Use.TDM})),))
    file = RobotsTxt.parse(published(declared).body)
    assert file.access("GPTBot", "/mijn%20werk/*$").allowed
    assert not file.access("GPTBot", "/mijn%20werk/x").allowed


def test_who_allows_training_names_nobody() -> None:
    declared = wish(reserve=frozenset({Use.AI_USE}), allow=frozenset({Use.TRAIN_AI}))
    assert robots_txt.of(declared, "/") is None
    assert told(content_usage.SIGNAL, published(declared), "/") == {
        "train-ai": "allowed",
        "ai-use": "disallowed",
    }


def test_reserved_below_one_path_only() -> None:
    declared = wish(
        reserve=frozenset(),
        allow=frozenset({Use.TRAIN_AI}),
        exceptions=(PathException("/werk/", reserve=frozenset({Use.TDM})),),
    )
    capture = published(declared)
    file = RobotsTxt.parse(capture.body)
    assert not file.access("GPTBot", "/werk/1").allowed
    assert file.access("GPTBot", "/").allowed
    assert told(content_usage.SIGNAL, capture, "/werk/1")["train-ai"] == "disallowed"
    assert told(content_signal.SIGNAL, capture, "/werk/1") == {}  # it has no paths, and `yes` would be untrue


def test_other_agents_only_when_asked() -> None:
    by_purpose = wish(agents=AgentProfile(purposes=(Purpose.USER_FETCH, Purpose.PREVIEW)))
    file = RobotsTxt.parse(published(by_purpose).body)
    assert not file.access("ChatGPT-User", "/").allowed
    assert not file.access("facebookexternalhit", "/").allowed
    assert file.access("GPTBot", "/").allowed
    by_name = RobotsTxt.parse(published(wish(agents=AgentProfile(add=("MyOwnBot",), leave=("GPTBot",)))).body)
    assert not by_name.access("MyOwnBot", "/").allowed
    assert by_name.access("GPTBot", "/").allowed


def test_nothing_wanted_nothing_said() -> None:
    silent = wish(reserve=frozenset(), allow=frozenset())
    assert all(signal.of(silent, "/") is None for signal in (*SIGNALS, content_usage_header.SIGNAL))


USES = st.frozensets(st.sampled_from(list(Use)))
PATHS = st.sampled_from(["/a/", "/a/b/", "/é/", "/x y", "/a/b/c$"])


@st.composite
def declarations(draw: st.DrawFn) -> Declaration:
    reserve = draw(USES)
    exceptions = []
    for path in draw(st.lists(PATHS, unique=True, max_size=3)):
        refused = draw(USES)
        exceptions.append(PathException(path, refused, draw(USES) - refused))
    return wish(reserve=reserve, allow=draw(USES) - reserve, exceptions=tuple(exceptions))


@given(declarations(), st.sampled_from(["/", "/a/x", "/a/b/x", "/é/1", "/x yz", "/a/b/c$"]))
def test_content_usage_says_what_was_declared(declared: Declaration, path: str) -> None:
    capture = published(declared)
    wanted = {
        use.value: p
        for use in (Use.TRAIN_AI, Use.AI_USE, Use.SEARCH)
        if (p := declared.preference(use, path))
    }
    said = told(content_usage.SIGNAL, capture, path)
    assert said == {use: preference.name.lower() for use, preference in wanted.items()}
    header = content_usage_header.SIGNAL.of(declared, path)
    found = () if header is None else content_usage_header.render(header)
    literal = told(content_usage_header.SIGNAL, sent(found, capture_of([], Kind.PAGE)), path)
    assert literal == said


@given(declarations(), st.sampled_from(["/", "/a/x", "/a/b/x", "/é/1"]))
def test_content_signal_never_allows_what_was_refused(declared: Declaration, path: str) -> None:
    said = told(content_signal.SIGNAL, published(declared), path)
    for use in Use:
        if declared.preference(use, path) is Preference.DISALLOWED:
            assert said.get(use.value) != "allowed"


@given(declarations(), st.sampled_from(["/", "/a/x", "/a/b/x", "/é/1"]))
def test_training_agents_are_kept_out_exactly_where_training_is_refused(
    declared: Declaration, path: str
) -> None:
    file = RobotsTxt.parse(published(declared).body)
    assert file.access("GPTBot", path).allowed is (declared.reserves(Use.TRAIN_AI, path) is not True)


@given(declarations())
def test_what_is_rendered_is_read_again(declared: Declaration) -> None:
    for signal in SIGNALS:
        model = signal.of(declared, "/")
        if model is not None:
            assert signal.parse(sent(signal.render(model), robots(b""))).model == model


@given(st.binary(max_size=300))
def test_any_bytes(body: bytes) -> None:
    capture = Capture(
        SITE + "/robots.txt",
        SITE + "/robots.txt",
        Kind.ROBOTS,
        200,
        (("content-usage", body.decode("latin-1")),),
        body,
        AT,
    )
    for signal in (*SIGNALS, content_usage_header.SIGNAL):
        parsed = signal.parse(capture)
        if parsed.model is not None:
            signal.evaluate(parsed.model, Asked(SITE + "/a"), Origin(capture.url))
            signal.evaluate(parsed.model, Asked(SITE + "/a", "GPTBot"), Origin(capture.url))


LINES = st.sampled_from(
    ["User-agent: *", "User-agent: GPTBot", "User-agent: Googlebot", "Disallow: /", "Disallow:", "Allow: /", "Allow: /a",
     "Content-Usage: train-ai=n", "Content-Usage: /a search=y", "Content-Signal: ai-train=no", "Content-Usage: Train-AI=n",
     "# BEGIN Cloudflare Managed content", "# END Cloudflare Managed Content", "Disalow: /", "disallow /"]
)  # fmt: skip


@given(st.lists(LINES, max_size=20), st.sampled_from(["GPTBot", "Googlebot", "Foo"]))
def test_what_everyone_is_told_every_agent_is_told(lines: list[str], agent: str) -> None:
    """The law behind the audience: a strict refusal for everyone reaches each agent that may fetch the page at all."""
    capture = robots("\n".join(lines).encode())
    for signal in PREFERENCES:
        model = signal.parse(capture).model
        if model is None:
            continue
        here = Origin(capture.url)
        own = meanings(signal.evaluate(model, Asked(SITE + "/a", agent), here))
        kept_out = not model.file.access(agent, SITE + "/a").allowed
        for said in signal.evaluate(model, Asked(SITE + "/a"), here):
            strictly = said.reading.heard_in(Reading.STRICT) and said.audience is Audience.EVERYONE
            if strictly and said.preference is Preference.DISALLOWED:
                assert kept_out or own[said.use]["strict"] == "disallowed"


def test_one_group_of_many_agents_reads_the_same_as_many_groups() -> None:
    tokens = ("GPTBot", "CCBot")
    one = RobotsTxt.parse(written([RobotsGroup(tokens, (("Disallow", "/"),))]).encode())
    many = RobotsTxt.parse(
        written([RobotsGroup((token,), (("Disallow", "/"),)) for token in tokens]).encode()
    )
    assert all(one.access(t, "/").allowed == many.access(t, "/").allowed for t in (*tokens, "Foo"))
