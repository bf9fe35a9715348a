"""What `noai` and `noimageai` say, wherever they stand: shared by X-Robots-Tag and the robots meta element.

DeviantArt defined both in 2022 and binds visitors to them in its terms; no AI vendor has promised to follow them.
CHOICE: for a reader of that convention they reserve training, `noimageai` for images only.  The words of search engines
that stand in the same place (nosnippet, noarchive) are read by `search_engines`.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from ..core.evidence import Origin
from ..core.preference import Preference
from ..core.statement import Audience, Reading, Statement
from ..core.use import TERMS, Use
from ..declaration.model import Declaration
from ..grammar.markup import Meta
from ..grammar.robots_rules import RobotsRule, rules

FAMILY, RANK = "robots-meta", 0
NOAI, NOIMAGEAI = "noai", "noimageai"
WORDS = TERMS[FAMILY]


@dataclass(frozen=True, slots=True)
class NoAi:
    """The rules of one resource that speak of AI.

    `rules`: for every reader of the convention.  `loose`: what only a favourable reader takes for one of them.
    `image`: they travel with an image, so that `noimageai` speaks of this very file.
    """

    rules: tuple[RobotsRule, ...] = ()
    loose: tuple[RobotsRule, ...] = ()
    image: bool = field(default=False, compare=False)

    @classmethod
    def of(cls, wish: Declaration, path: str) -> "NoAi | None":
        """The maker's wish at `path`: both words where training is reserved; there is no word that allows it."""
        return cls((RobotsRule(NOAI), RobotsRule(NOIMAGEAI))) if wish.reserves(Use.TRAIN_AI, path) else None

    @property
    def general(self) -> frozenset[str]:
        """The words that are addressed to every crawler."""
        return frozenset(rule.name for rule in self.rules if rule.agent is None)


def of_ai(rules: Iterable[RobotsRule]) -> tuple[RobotsRule, ...]:
    """Give the rules that speak of AI, each once."""
    return tuple(dict.fromkeys(RobotsRule(rule.name, rule.agent) for rule in rules if rule.name in WORDS))


def run_together(rules: Iterable[RobotsRule]) -> tuple[RobotsRule, ...]:
    """Give the words that stand in one rule without a comma between them: `noai noimageai` is no known rule."""
    return tuple(
        dict.fromkeys(
            RobotsRule(word, rule.agent)
            for rule in rules
            if " " in rule.name
            for word in rule.name.split()
            if word in WORDS
        )
    )


def says_noml(said: Iterable[RobotsRule]) -> bool:
    """Tell whether a rule is Mojeek's proposal of 2023: recognised, and counted in no reading (docs/decisions/0029)."""
    return any(rule.name == "noml" for rule in said)


def meta_rules(meta: Meta) -> tuple[RobotsRule, ...]:
    """Give the rules of a meta element that addresses crawlers: `robots`, or one that has the name of an agent."""
    name = (meta.name or "").lower()
    if name == "robots":
        return rules(meta.content or "", scoped=False)
    return rules(meta.content or "", agent=name, scoped=False) if _AGENT_NAME.fullmatch(name) else ()


_AGENT_NAME = re.compile(r"[a-z][a-z0-9]*bot(?:-[a-z]+)*|slurp|teoma|ccbot|claudebot")
"""CHOICE: which names of meta elements address an agent.  Any other name (`keywords`, `description`) may hold the words too."""


def statements(model: NoAi, signal: str, agent: str | None, origin: Origin) -> tuple[Statement, ...]:
    """Say what the words reserve, one statement for every crawler and one for each agent that is addressed by name.

    `agent`: on behalf of whom it is asked; what is addressed to another one is then left out.
    """
    heard: dict[tuple[str | None, Use], Reading] = {}
    for rule, strict in [*((r, True) for r in model.rules), *((r, False) for r in model.loose)]:
        if agent is not None and rule.agent is not None and rule.agent.lower() != agent.lower():
            continue
        both = strict and (rule.name == NOAI or model.image)
        for use in WORDS[rule.name]:
            key = (rule.agent and rule.agent.lower(), use)
            if both or key not in heard:
                heard[key] = Reading.BOTH if both else Reading.PROTECTIVE
    return tuple(
        Statement(
            use,
            Preference.DISALLOWED,
            signal,
            FAMILY,
            RANK,
            origin,
            reading,
            Audience.EVERYONE if named is None else Audience.NAMED,
            () if named is None else (named,),
        )
        for (named, use), reading in heard.items()
    )
