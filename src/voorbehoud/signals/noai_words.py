"""What `noai` and `noimageai` say, wherever they stand: shared by X-Robots-Tag and the robots meta element.

DeviantArt defined both in 2022 and binds visitors to them in its terms; no AI vendor has promised to follow them.
CHOICE: for a reader of that convention they reserve training, `noimageai` for images only.  The terms of search engines
that stand in the same place (nosnippet, noarchive) reserve nothing, they are findings.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from ..core.evidence import Origin
from ..core.preference import Preference
from ..core.statement import Audience, Reading, Statement
from ..core.use import TERMS, Use
from ..declaration.model import Declaration
from ..grammar.robots_rules import RobotsRule

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


def of_search_engines(rules: Sequence[RobotsRule]) -> Iterator[tuple[str, str]]:
    """Yield what touches AI among the rules of search engines: the digits that its finding has in every room, the word."""
    names = {rule.name for rule in rules}
    if {"noarchive", "nocache"} <= names:
        yield "302", "noarchive, nocache"
    if "nosnippet" in names:
        yield "303", "nosnippet"
    if any(rule.name == "max-snippet" and rule.value == "0" for rule in rules):
        yield "303", "max-snippet:0"
    if "noml" in names:
        yield "304", "noml"
    if len(alone := names & {"noarchive", "nocache"}) == 1:
        yield "306", next(iter(alone))


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
