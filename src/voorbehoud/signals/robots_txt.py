"""Allow and Disallow of robots.txt: who is asked to stay away.

Spec: RFC 9309; Google's parser where it is silent.
A crawl rule is a request and no authorisation (RFC 9309, section 3), so it never counts as a reservation for a literal
reader; a favourable one may take it for one.  A list of names says nothing about mining at large, and nothing to a crawler
that is not on it (Rb. Amsterdam, ECLI:NL:RBAMS:2024:6563).  `Allow` gives no permission for any use.
"""

from collections.abc import Iterator
from dataclasses import replace

from ..agents.catalogue import Agent, catalogue, chosen, robots_tokens
from ..core.artifact import RobotsGroup
from ..core.evidence import Capture, Kind, Origin
from ..core.finding import Parsed
from ..core.preference import Preference
from ..core.purpose import DEFAULT_PURPOSES
from ..core.statement import Audience, Reading, Statement
from ..core.use import TERMS, Use
from ..declaration.model import Carrier, Declaration
from ..grammar.robots import Access, CombinedGroup, RobotsTxt, encoded, read, written
from .robots_audience import is_web_page
from .robots_txt_notice import notice
from .robots_txt_rules import RBT101, RULES
from .signal import Asked, Signal

FAMILY, RANK = "robots", 0
NOBODY_REFUSED = ("Disallow", "")
"""A rule that ends the list of agents for every parser and matches nothing.

Not `Allow: /`: groups of the same agent merge and Allow wins a tie, so that would cancel a `Disallow: /` of the site itself.
"""


# ---- model: the grammar's RobotsTxt ----------------------------------------------------------------------------------
def of(wish: Declaration, path: str) -> RobotsTxt | None:
    """Give the maker's wish as groups; None where no agent is to be refused.

    One group for each chosen agent, each complete in itself: what somebody inserts into one changes no other.  The last group
    is for everybody else and refuses nothing: Content-Usage and Content-Signal need a place.
    """
    groups = [
        RobotsGroup(robots_tokens(agent), rules)
        for agent in chosen(wish.agents)
        if (rules := tuple(_rules(wish, agent)))
    ]
    if not groups:
        return None
    return RobotsTxt.parse(written([*groups, RobotsGroup(("*",), (NOBODY_REFUSED,))]).encode())


def _rules(wish: Declaration, agent: Agent) -> Iterator[tuple[str, str]]:
    """Yield the rules for one agent, the most general first; none where the maker refuses nothing that it comes for.

    A path is left out where it changes nothing.  The longest match decides, so exceptions need no order.
    """
    levels = wish.paths()[::-1]  # shortest first
    refused = {level: _refuses(wish, agent, level) for level in levels}
    if not any(refused.values()):
        return
    for level in levels:
        shorter = [other for other in levels if other != level and level.startswith(other)]
        if not shorter or refused[max(shorter, key=len)] != refused[level]:
            yield "Disallow" if refused[level] else "Allow", encoded(level)


def _refuses(wish: Declaration, agent: Agent, path: str) -> bool:
    """Tell whether `agent` is to stay away from `path`.

    An agent that comes for training, data sets or control is refused where that use is; one that was asked for by purpose or
    name (search, user-fetch, preview, `add`) everywhere, except where an exception allows what it comes for.
    """
    uses = TERMS["agent-purpose"][agent.purpose]
    wanted = {wish.preference(use, path) for use in uses}
    if Preference.DISALLOWED in wanted:
        return True
    by_name = agent.token.casefold() in {token.casefold() for token in wish.agents.add}
    if agent.purpose in DEFAULT_PURPOSES and not by_name:
        return False
    excepted = (e for e in wish.exceptions if path.startswith(e.path))
    return not any(use in exception.allow for exception in excepted for use in uses)


# ---- parse: what is there --------------------------------------------------------------------------------------------
def parse(capture: Capture) -> Parsed[RobotsTxt]:
    """Read the crawl rules of a robots.txt.  Never raises: mistakes come back as findings.

    A file without a single group has no model: it exists and says nothing.
    """
    if not capture.ok:
        return Parsed(None)
    file = read(capture.body)
    if is_web_page(file, capture):
        return Parsed(None, (RBT101.at(Origin(capture.url)),))
    return Parsed(file if file.groups else None, notice(capture, file))


# ---- render: what to write; parse() gives `model` back ---------------------------------------------------------------
def render(model: RobotsTxt) -> tuple[RobotsGroup, ...]:
    """Give the groups, each with a rule: one without would swallow the next (RFC 9309, section 2.2.4)."""
    return tuple(
        RobotsGroup(group.tokens, tuple((rule.verb, rule.path) for rule in group.rules) or (NOBODY_REFUSED,))
        for group in model.groups
    )


# ---- evaluate: what it means -----------------------------------------------------------------------------------------
def evaluate(model: RobotsTxt, asked: Asked, origin: Origin) -> tuple[Statement, ...]:
    """Say what the crawl rules amount to for the address that was asked about; silence where it may be fetched."""
    if asked.agent is not None:
        answer = model.access(asked.agent, asked.url)
        audience = Audience.NAMED if model.names(asked.agent) else Audience.EVERYONE
        agents = (asked.agent,) if audience is Audience.NAMED else ()
        return tuple(_refusals(tuple(Use), answer, origin, Reading.BOTH, audience, agents))
    return model.once(
        (SIGNAL.name, origin, model.matching(asked.url)),
        lambda: (*_for_everybody(model, asked.url, origin), *_for_named(model, asked.url, origin)),
    )


def _for_everybody(model: RobotsTxt, url: str, origin: Origin) -> Iterator[Statement]:
    if model.everyone is None:
        return
    let_in = model.let_in(url)
    audience = Audience.NAMED if let_in else Audience.EVERYONE
    refusals = _refusals(tuple(Use), model.everyone.access(url), origin, Reading.PROTECTIVE, audience, let_in)
    yield from (replace(refusal, exempting=bool(let_in)) for refusal in refusals)


def _for_named(model: RobotsTxt, url: str, origin: Origin) -> Iterator[Statement]:
    refused: dict[Use, list[tuple[str, Access]]] = {}
    for token, group, agent in model.once(_catalogued, lambda: _catalogued(model)):
        if (answer := group.access(url)).allowed:
            continue
        for use in TERMS["agent-purpose"][agent.purpose]:
            refused.setdefault(use, []).append((token, answer))
    for use, answers in refused.items():
        tokens = tuple(token for token, _ in answers)
        yield from _refusals((use,), answers[0][1], origin, Reading.PROTECTIVE, Audience.NAMED, tokens)


def _catalogued(model: RobotsTxt) -> tuple[tuple[str, CombinedGroup, Agent], ...]:
    known = catalogue()
    return tuple((token, group, agent) for token, group in model.named if (agent := known.by_token(token)))


def _refusals(
    uses: tuple[Use, ...],
    answer: Access,
    origin: Origin,
    reading: Reading,
    audience: Audience,
    agents: tuple[str, ...],
) -> Iterator[Statement]:
    if answer.allowed:
        return
    where = Origin(origin.url, f"line {answer.line}")
    for use in uses:
        yield Statement(
            use, Preference.DISALLOWED, SIGNAL.name, FAMILY, RANK, where, reading, audience, agents
        )


SIGNAL = Signal(
    name="robots-txt",
    carrier=Carrier.ROBOTS_TXT,
    family=FAMILY,
    reads=frozenset({Kind.ROBOTS}),
    rules=RULES,
    of=of,
    parse=parse,
    render=render,
    evaluate=evaluate,
)
