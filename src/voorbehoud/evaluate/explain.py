"""May this agent do that with this address?  The answer, with what every signal says about it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from ..core.evidence import Capture, Kind, origin_of
from ..core.statement import Audience, Statement
from ..core.use import Use
from .conditions import conditions
from .licences import licences
from .listen import Policy, answered, listen, policies
from .readers import own_view
from .resource import judge_use, unless
from .riddle import without_riddles
from .verdict import SignalState, UseVerdict


@dataclass(frozen=True, slots=True)
class Voice:
    """What one signal at one place says to the agent about the use; `said` is empty where it says nothing."""

    signal: str
    state: SignalState
    url: str
    said: tuple[Statement, ...]


@dataclass(frozen=True, slots=True)
class Answer:
    """`verdict.strict` RESERVED: no, it may not; NOT_RESERVED: yes; UNSET: nobody said no, which is not permission."""

    url: str
    agent: str
    use: Use
    verdict: UseVerdict
    voices: tuple[Voice, ...]


def explain(captures: Sequence[Capture], url: str, agent: str, use: Use) -> Answer:
    """Say what the signals in `captures` amount to for one agent, one URL and one use.

    `url` is one of the resources in `captures` (as asked), or another address of an origin whose policy files are among them.
    """
    captures = own_view(without_riddles(captures))
    resource = next((c for c in captures if c.kind.is_resource and c.asked == url), None)
    final = resource.url if resource is not None and resource.ok else url
    policy = policies(captures).get(origin_of(final)) or Policy(origin_of(final))
    own = tuple(listen(resource)) if resource is not None else ()
    heard = (*policy.heard, *own)
    voices = tuple(
        Voice(h.signal.name, h.state, h.capture.url, tuple(s for s in h.say(final, agent) if _bears(s, use)))
        for h in heard
    )
    licensed = licences(captures)
    governed = licensed.govern(final, resource, agent)
    for document in licensed.heard:
        bearing = tuple(s for s in governed.said if _bears(s, use))
        voices += (Voice(document.signal.name, document.state, document.capture.url, bearing),)
    offered = conditions(captures)
    gifts = offered.govern(
        final, resource, (*(s for h in heard for s in h.say(final, agent)), *governed.said)
    )
    for document in offered.heard:
        given = tuple(s for s in gifts if _bears(s, use) and s.origin.url == document.capture.url)
        voices += (Voice(document.signal.name, document.state, document.capture.url, given),)
    # To this agent, everything that reaches it is said in full: names no longer matter.
    reaching = (*(s for h in heard for s in h.say(final, agent)), *governed.said, *gifts)
    said = tuple(replace(s, audience=Audience.EVERYONE) for s in reaching)
    missing = policy.missing | ({Kind.LICENCE} if governed.open else frozenset())
    # Who may not fetch it needs no header of its own to know what that means.
    kept_out = any(s.family == "robots" for s in said)
    fetched = kept_out or (resource is not None and answered(resource))
    unread = frozenset() if kept_out else frozenset(h.signal.family for h in own if h.unread)
    unseen = offered.unread(final, resource, said)
    verdict = unless(judge_use(use, said, missing, fetched, unread), (*said, *unseen))
    return Answer(url, agent, use, verdict, voices)


def _bears(statement: Statement, use: Use) -> bool:
    return statement.use is use or (statement.use is Use.TDM and use is Use.TRAIN_AI)
