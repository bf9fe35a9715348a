"""Who a User-Agent claims to be: real ones of agents and of everybody else, in three letter cases."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vectors_runner import load
from voorbehoud.agents.catalogue import Agent, catalogue
from voorbehoud.agents.identify import MAX_LENGTH, identify
from voorbehoud.core.purpose import Purpose

CLAIMED = load("agents/claimed.yaml")
OTHERS = load("agents/others.yaml")
LETTERS: tuple[Callable[[str], str], ...] = (str, str.lower, str.upper)
SHAPES = ("{}", "{}/1.0", "Mozilla/5.0 (compatible; {}/2.1; +https://example.com/bot)", "x;{};y")


def tokens(user_agent: str) -> list[str]:
    return [agent.token for agent in identify(user_agent)]


@pytest.mark.parametrize("case", CLAIMED + OTHERS, ids=lambda case: case["name"])
def test_identify_gives_who_is_claimed_in_any_case(case: dict[str, Any]) -> None:
    for letters in LETTERS:
        assert tokens(letters(case["user_agent"])) == case["agents"]


@pytest.mark.parametrize("case", OTHERS, ids=lambda case: case["name"])
def test_nobody_else_is_taken_for_an_agent_that_trains(case: dict[str, Any]) -> None:
    assert {agent.purpose for agent in identify(case["user_agent"])} <= {Purpose.SEARCH, Purpose.PREVIEW}


def test_the_corpus_is_large_enough() -> None:
    assert len({case["user_agent"] for case in CLAIMED}) >= 100
    assert len({case["user_agent"] for case in OTHERS}) >= 100
    assert len({token for case in CLAIMED for token in case["agents"]}) >= 70


@pytest.mark.parametrize("agent", catalogue().agents, ids=lambda agent: agent.token)
def test_every_pattern_finds_its_own_agent_and_no_other(agent: Agent) -> None:
    for pattern in agent.patterns:
        for shape in SHAPES:
            assert tokens(shape.format(pattern)) == [agent.token]


def test_the_longer_name_wins() -> None:
    assert tokens("Applebot-Extended") == ["Applebot-Extended"]
    assert tokens("Ai2Bot-Dolma") == ["Ai2Bot-Dolma"]
    assert tokens("Terra Cotta") == ["TerraCotta"]


def test_several_claims_are_given_in_their_order_and_once() -> None:
    assert tokens("ClaudeBot GPTBot/1.0 claudebot") == ["ClaudeBot", "GPTBot"]


def test_a_letter_that_only_folds_to_ascii_is_no_claim() -> None:
    assert tokens("\N{KELVIN SIGN}imiBot") == []
    assert tokens("Byte\N{LATIN SMALL LETTER LONG S}pider") == []


def test_only_the_beginning_of_a_very_long_text_is_read() -> None:
    assert tokens("x" * MAX_LENGTH + " GPTBot") == []


@given(st.text(max_size=300))
def test_no_text_is_too_odd(user_agent: str) -> None:
    identify(user_agent)


@given(st.sampled_from(CLAIMED), st.sampled_from(["A", "z", "9", "_", "-"]))
def test_a_name_inside_a_longer_word_is_no_claim(case: dict[str, Any], letter: str) -> None:
    for token in case["agents"]:
        assert token not in tokens(f"Mozilla/5.0 ({letter}{token}{letter}x)")
