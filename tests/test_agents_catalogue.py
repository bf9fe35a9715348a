"""The catalogue: every record sound, nobody in it who should not be, and what a maker's choice makes of it."""

import re
from collections import Counter
from datetime import date
from importlib.resources import files
from urllib.parse import urlsplit

import pytest
import yaml

from voorbehoud.agents.catalogue import Agent, Respect, catalogue, chosen, robots_tokens
from voorbehoud.core.purpose import DEFAULT_PURPOSES, Purpose
from voorbehoud.declaration.model import AgentProfile

AGENTS = catalogue().agents
FIELDS = {
    "token", "operator", "purpose", "respects", "source", "checked", "patterns", "addresses", "rdns", "valid-from", "valid-to", "note",
}  # fmt: skip
ENTRIES = yaml.safe_load(files("voorbehoud.agents").joinpath("catalogue.yaml").read_text(encoding="utf-8"))[
    "agents"
]
each_agent = pytest.mark.parametrize("agent", AGENTS, ids=lambda agent: agent.token)


def tokens(profile: AgentProfile) -> list[str]:
    return [agent.token for agent in chosen(profile)]


def known(token: str) -> Agent:
    agent = catalogue().by_token(token)
    assert agent is not None
    return agent


# ---- records ---------------------------------------------------------------------------------------------------------
def test_it_has_at_least_a_hundred_agents_of_every_purpose() -> None:
    assert len(AGENTS) >= 100
    assert set(Counter(agent.purpose for agent in AGENTS)) == set(Purpose)


def test_tokens_and_patterns_belong_to_one_agent_each() -> None:
    for names in ([agent.token for agent in AGENTS], [name for agent in AGENTS for name in agent.patterns]):
        counted = Counter(name.casefold() for name in names)
        assert [name for name, count in counted.items() if count > 1] == []


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry["token"])
def test_a_record_has_known_fields_only(entry: dict[str, object]) -> None:
    assert set(entry) <= FIELDS


@each_agent
def test_a_record_is_sound(agent: Agent) -> None:
    version = catalogue().version
    assert re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._/ -]{3,63}", agent.token), (
        "at least four characters, fit for robots.txt"
    )
    assert agent.operator.strip() == agent.operator != ""
    assert date(2026, 1, 1) <= agent.checked <= version
    for day in (agent.valid_from, agent.valid_to):
        assert day is None or day <= version
    assert agent.valid_from is None or agent.valid_to is None or agent.valid_from <= agent.valid_to
    for url in (agent.source, *agent.addresses):
        assert urlsplit(url).scheme == "https"
        assert "." in urlsplit(url).netloc
    for suffix in agent.rdns:
        assert re.fullmatch(r"[a-z0-9-]+(\.[a-z0-9-]+)+", suffix), (
            "a suffix on a label boundary, without a dot in front"
        )
    assert agent.patterns
    assert all(len(pattern) >= 4 and pattern.isascii() for pattern in agent.patterns)
    assert agent.note == agent.note.strip()


@each_agent
def test_what_makes_no_requests_is_not_said_to_obey(agent: Agent) -> None:
    assert (agent.purpose is Purpose.CONTROL) == (agent.respects is Respect.NOT_APPLICABLE)


GENERIC = [
    "Code",
    "Operator",
    "Spider",
    "Cursor",
    "OpenAI",
    "LCC",
    "YaK",
    "Scrapy",
    "Crawl4AI",
    "Mozilla",
    "Chrome",
    "bot",
    "AI",
    "*",
]


@pytest.mark.parametrize("word", GENERIC)
def test_words_of_people_and_of_other_software_are_no_agents(word: str) -> None:
    assert catalogue().by_token(word) is None
    assert word.casefold() not in {name.casefold() for agent in AGENTS for name in agent.patterns}


@pytest.mark.parametrize(
    ("token", "purpose"),
    [
        ("GPTBot", Purpose.TRAINING),
        ("ClaudeBot", Purpose.TRAINING),
        ("Bytespider", Purpose.TRAINING),
        ("meta-externalagent", Purpose.TRAINING),
        ("CCBot", Purpose.DATASET),
        ("Google-Extended", Purpose.CONTROL),
        ("Applebot-Extended", Purpose.CONTROL),
        ("OAI-SearchBot", Purpose.SEARCH),
        ("Applebot", Purpose.SEARCH),
        ("Googlebot", Purpose.SEARCH),
        ("bingbot", Purpose.SEARCH),
        ("ChatGPT-User", Purpose.USER_FETCH),
        ("Perplexity-User", Purpose.USER_FETCH),
        ("facebookexternalhit", Purpose.PREVIEW),
    ],
)  # fmt: skip
def test_the_best_known_have_the_purpose_that_their_operators_give(token: str, purpose: Purpose) -> None:
    assert known(token).purpose is purpose


def test_by_token_does_not_look_at_case() -> None:
    assert known(" gptbot ") is known("GPTBOT")
    assert catalogue().by_token("nobody") is None


# ---- a maker's choice ------------------------------------------------------------------------------------------------
def test_the_default_names_who_trains_and_nobody_else() -> None:
    found = chosen(AgentProfile())
    assert {agent.purpose for agent in found} == set(DEFAULT_PURPOSES)
    assert {"GPTBot", "CCBot", "Google-Extended"} <= {agent.token for agent in found}
    assert not {"Googlebot", "bingbot", "ChatGPT-User", "facebookexternalhit", "Applebot"} & {
        a.token for a in found
    }


def test_the_choice_is_sorted_without_regard_to_case() -> None:
    found = tokens(AgentProfile(tuple(Purpose)))
    assert found == sorted(found, key=str.casefold)


def test_retired_names_are_left_out_unless_asked_for() -> None:
    assert known("anthropic-ai").valid_to is not None
    assert "anthropic-ai" not in tokens(AgentProfile())
    assert "anthropic-ai" in tokens(AgentProfile(add=("Anthropic-AI",)))


def test_in_use_counts_the_first_and_the_last_day() -> None:
    retired = known("anthropic-ai")
    assert retired.valid_to is not None
    assert retired.in_use(retired.valid_to)
    assert not retired.in_use(date(2026, 1, 1))


def test_tokens_can_be_added_and_left_in_any_case() -> None:
    found = tokens(AgentProfile((Purpose.CONTROL,), add=("NewBot", "googlebot"), leave=("GOOGLE-extended",)))
    assert found == ["Applebot-Extended", "Googlebot", "NewBot", "Webzio-Extended"]


def test_an_added_token_that_nobody_knows_is_taken_to_train() -> None:
    (agent,) = chosen(AgentProfile((), add=("NewBot",)))
    assert (agent.purpose, agent.respects, agent.patterns) == (Purpose.TRAINING, Respect.UNKNOWN, ("NewBot",))


def test_no_purposes_and_no_additions_name_nobody() -> None:
    assert chosen(AgentProfile(())) == ()


# ---- robots.txt ------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("token", "written"),
    [
        ("GPTBot", ["GPTBot"]),
        ("Factset_spyderbot", ["Factset_spyderbot"]),
        ("AI2Bot", ["AI2Bot"]),  # RFC 9309 readers keep `AI`: far too wide
        ("img2dataset", ["img2dataset"]),
        ("Channel3Bot", ["Channel3Bot"]),  # an everyday word
        ("Brightbot 1.0", ["Brightbot 1.0", "Brightbot"]),
        ("Kangaroo Bot", ["Kangaroo Bot", "Kangaroo"]),
        ("bigsur.ai", ["bigsur.ai", "bigsur"]),
    ],
)  # fmt: skip
def test_robots_tokens_are_the_published_name_and_a_stump_that_is_not_too_wide(
    token: str, written: list[str]
) -> None:
    assert list(robots_tokens(known(token))) == written


@pytest.mark.parametrize("token", ["Applebot 2.0", "GPTBot/1.1", "Crawler2000", "Search3", "Ab1"])
def test_the_stump_of_an_added_token_never_means_others(token: str) -> None:
    (agent,) = chosen(AgentProfile((), add=(token,)))
    assert robots_tokens(agent) == (token,)


@each_agent
def test_no_stump_is_the_token_of_another_agent(agent: Agent) -> None:
    for written in robots_tokens(agent):
        other = catalogue().by_token(written)
        assert other in {None, agent}
