"""The catalogue of agents: who they are, what they come for, and which of them a maker's robots.txt names."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any, Protocol

import yaml

from ..core.purpose import Purpose


class Respect(StrEnum):
    """What an operator says about robots.txt; catalogue.yaml explains the words."""

    DOCUMENTED = "documented"
    PARTLY = "partly"
    BY_DESIGN_NO = "by-design-no"
    DISPUTED = "disputed"
    UNKNOWN = "unknown"
    NOT_APPLICABLE = "not-applicable"


@dataclass(frozen=True, slots=True)
class Agent:
    """One agent, or one name that only stands in robots.txt (`Purpose.CONTROL`).

    `token` as published, compared without case.  `source`: the operator's page, else the catalogue that names the agent.
    `checked`: the day of that comparison.  `patterns`: how it names itself in a User-Agent, whole words without case.
    `addresses`: URLs of IP lists.  `rdns`: suffixes of host names.  `valid_to`: the last day the name is known to be in use.
    """

    token: str
    operator: str
    purpose: Purpose
    respects: Respect
    source: str
    checked: date
    patterns: tuple[str, ...]
    addresses: tuple[str, ...] = ()
    rdns: tuple[str, ...] = ()
    valid_from: date | None = None
    valid_to: date | None = None
    note: str = ""

    def in_use(self, day: date) -> bool:
        """Tell whether the name is known to be in use on `day`, as far as anybody said."""
        return (self.valid_from is None or self.valid_from <= day) and (
            self.valid_to is None or day <= self.valid_to
        )


@dataclass(frozen=True, slots=True)
class Catalogue:
    """All agents, sorted by token.  `version` is the day of the last change."""

    version: date
    agents: tuple[Agent, ...]
    _index: Mapping[str, Agent] = field(repr=False, compare=False)

    def by_token(self, token: str) -> Agent | None:
        """Give the agent with this product token, compared without case."""
        return self._index.get(token.strip().casefold())


class Profile(Protocol):
    """The maker's choice, as `declaration.model.AgentProfile` holds it: that room may not be imported from here."""

    @property
    def purposes(self) -> tuple[Purpose, ...]: ...
    @property
    def add(self) -> tuple[str, ...]: ...
    @property
    def leave(self) -> tuple[str, ...]: ...


@dataclass(frozen=True, slots=True)
class PolicyToken:
    """A name in robots.txt for everybody who has a purpose; policy_tokens.yaml explains the words."""

    token: str
    confirmed: bool
    source: str
    checked: date
    note: str = ""

    def agent(self) -> Agent:
        """Give it as what it is once it is confirmed: a name that makes no requests and stands for those who train."""
        return Agent(
            self.token, "", Purpose.CONTROL, Respect.NOT_APPLICABLE, self.source, self.checked, (self.token,), note=self.note
        )  # fmt: skip


@cache
def policy_tokens() -> Mapping[str, PolicyToken]:
    """Give the policy tokens by their spelling in small letters."""
    tokens = (PolicyToken(**entry) for entry in _data("policy_tokens.yaml")["tokens"])
    return MappingProxyType({token.token.casefold(): token for token in tokens})


@cache
def catalogue() -> Catalogue:
    """Give the catalogue that comes with this version of the package, and the policy tokens that are confirmed."""
    data = _data("catalogue.yaml")
    tokens = [token.agent() for token in policy_tokens().values() if token.confirmed]
    agents = tuple(sorted((*map(_agent, data["agents"]), *tokens), key=lambda agent: agent.token.casefold()))
    return Catalogue(
        data["version"], agents, MappingProxyType({agent.token.casefold(): agent for agent in agents})
    )


def _data(name: str) -> Any:
    text = files(__package__).joinpath(name).read_text(encoding="utf-8")
    return yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506 - both are safe loaders


def _agent(entry: Mapping[str, Any]) -> Agent:
    values = {key.replace("-", "_"): value for key, value in entry.items()}
    lists = {key: tuple(values.pop(key)) for key in ("patterns", "addresses", "rdns") if key in values}
    return Agent(
        **values
        | {"patterns": (entry["token"],)}
        | lists
        | {"purpose": Purpose(entry["purpose"]), "respects": Respect(entry["respects"])}
    )


def chosen(profile: Profile) -> tuple[Agent, ...]:
    """Give the agents that robots.txt has to name, sorted by token.

    All of the profile's purposes whose name was still in use on the day of the catalogue, and those of `add`, without those
    of `leave`.  A token of `add` that nobody knows becomes an agent of its own, taken to come for training.
    """
    known = catalogue()
    found = {
        agent.token.casefold(): agent
        for agent in known.agents
        if agent.purpose in profile.purposes and agent.in_use(known.version)
    }
    for token in profile.add:
        agent = known.by_token(token) or _unknown(token, known.version)
        found[agent.token.casefold()] = agent
    for token in profile.leave:
        found.pop(token.casefold(), None)
    return tuple(found[key] for key in sorted(found))


def _unknown(token: str, day: date) -> Agent:
    return Agent(token, "", Purpose.TRAINING, Respect.UNKNOWN, "", day, (token,), note="Added by the maker.")


# ---- robots.txt ------------------------------------------------------------------------------------------------------
_PRODUCT_TOKEN = re.compile(r"[A-Za-z_-]*")
"""RFC 9309, section 2.2.1: a parser that holds to it stops reading a token at the first other character."""

_SHORTEST = 6
_GENERIC = frozenset(
    {
        "agent", "archive", "browser", "channel", "client", "crawler", "crawling", "fetcher", "google", "mozilla", "preview",
        "reader", "research", "robots", "scraper", "search", "searchbot", "spider", "webcrawler",
    }
)  # fmt: skip
"""Words that would speak to agents which nobody meant."""


def robots_tokens(agent: Agent) -> tuple[str, ...]:
    """Give what to write after `User-agent:` so that strict and lenient parsers both find `agent`.

    The published token, and where RFC 9309 does not allow it, what a strict parser keeps of it: `Brightbot 1.0` and
    `Brightbot`.  Never a stump that means others: `AI2Bot` does not become `AI`, nor anything the token of another agent.
    """
    stump = _PRODUCT_TOKEN.match(agent.token)[0].rstrip("-_")  # type: ignore[index]  # matches the empty text too
    other = catalogue().by_token(stump)
    if (
        stump == agent.token
        or len(stump) < _SHORTEST
        or stump.casefold() in _GENERIC
        or (other is not None and other.token != agent.token)
    ):
        return (agent.token,)
    return (agent.token, stump)
