"""Two verdicts on a site, some time apart: what became weaker, and whether it is lost or only not seen.

Effects are compared, never bytes: for each address that both visits looked at, and for the site as a whole, how firmly each use
is reserved.  A file whose lines changed places is no drift.  What could not be fetched is neither kept nor lost.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import IntEnum, StrEnum

from ..core.evidence import Failure, Kind
from ..core.finding import Severity
from ..core.statement import Audience
from ..core.use import Use
from .observation import Observation
from .riddle import is_riddle
from .rules import GET109
from .verdict import SiteVerdict, UseVerdict, Verdict

APART = timedelta(hours=6)
"""What is gone at two visits this far apart is lost; a deploy that went wrong is often mended within the hour."""

REFUSALS = frozenset({401, 402, 403, 407, 429, 451})


class State(StrEnum):
    """How a site stands against what it reserved before."""

    PRESENT = "present"  # everything that was reserved still is
    ABSENT = "absent"  # nothing was reserved before either
    CHANGED = "changed"  # more is reserved, or for more agents, and nothing less
    WEAKENED = "weakened"  # something that was reserved is not any more
    LOST = "lost"  # a use that was reserved is so nowhere any more: seen twice, six hours apart
    UNREACHABLE = "unreachable"  # no answer, so nothing is known
    BLOCKED_US = "blocked-us"  # the site answers, but not us
    DIVERGENT = "divergent"  # other readers are told less than we are

    @property
    def is_silent(self) -> bool:
        """Nothing was learned about what is reserved."""
        return self in {State.UNREACHABLE, State.BLOCKED_US}


class Hold(IntEnum):
    """How firmly a use is reserved."""

    NONE = 0
    LIKELY = 1  # in the protective reading only
    NAMED = 2  # strictly, for some agents
    FULL = 3  # strictly, for everyone


@dataclass(frozen=True, slots=True)
class Move:
    """How firmly `use` was and is reserved at `url`; the origin of the site stands for the site as a whole."""

    url: str
    use: Use
    before: Hold
    after: Hold


@dataclass(frozen=True, slots=True)
class Memory:
    """What is remembered of a site between two visits.

    `state`: as of the last visit.  `known`: the last state that was not silent.  `uses`: those that are weaker than they were.
    `gone`: those of them that are reserved nowhere any more, and `gone_since`: when the last of these was first missed.
    """

    state: State
    known: State | None = None
    uses: tuple[Use, ...] = ()
    gone: tuple[Use, ...] = ()
    gone_since: datetime | None = None

    @property
    def settled(self) -> bool:
        """The visit is the one to compare the next with."""
        return self.state in {State.PRESENT, State.ABSENT, State.DIVERGENT}


@dataclass(frozen=True, slots=True)
class Drift:
    """A change that somebody should know of: from `was` to `state`, between two visits.

    `before`: when what was reserved was last seen whole; None: it never was.  `at`: the visit that showed the change.
    `moves`: what became weaker; for CHANGED and PRESENT what became stronger.
    """

    site: str
    state: State
    was: State
    severity: Severity
    before: datetime | None
    at: datetime
    moves: tuple[Move, ...]


@dataclass(frozen=True, slots=True)
class Step:
    """What a visit adds: the new memory, and a drift worth telling."""

    memory: Memory
    drift: Drift | None


def step(
    memory: Memory | None, before: SiteVerdict | None, seen: Observation, since: datetime | None = None
) -> Step:
    """Compare a visit with `before`, the verdict of the last settled visit, which began at `since`.

    Both verdicts come from the same rules.  `memory` is that of the last visit, None at the first one.
    """
    now = seen.verdict
    moves = tuple(_moves(before, now)) if before is not None else ()
    weaker = tuple(move for move in moves if move.after < move.before)
    uses = tuple(dict.fromkeys(move.use for move in weaker))
    gone = tuple(use for use in uses if before is not None and _is_gone(use, before, now))
    gone_since = _since(memory, gone, seen.started)
    state = _state(before, seen, moves, weaker, gone_since)
    told = weaker or tuple(move for move in moves if move.after > move.before)
    kept = State.PRESENT if state is State.CHANGED else state
    if state.is_silent:
        following = replace(memory, state=state) if memory is not None else Memory(state)
    else:
        following = Memory(kept, kept, uses, gone, gone_since)
    if memory is None or not _is_news(memory, state, following):
        return Step(following, None)
    drift = Drift(
        site=seen.site,
        state=state,
        was=memory.state,
        severity=_severity(state, weaker, gone),
        before=since,
        at=seen.started,
        moves=() if state.is_silent else told,
    )
    return Step(following, drift)


def same(memory: Memory) -> Memory | None:
    """Give the memory after a visit with the verdict of the one before; None where time makes a difference, so `step` must see it."""
    waits = memory.state is State.WEAKENED and memory.gone_since is not None
    return None if waits else memory


def hold(said: UseVerdict) -> Hold | None:
    """Say how firmly a use is reserved; None: it is not known."""
    if said.strict is Verdict.RESERVED:
        return Hold.FULL if said.audience is Audience.EVERYONE and not said.contradictory else Hold.NAMED
    if said.strict is Verdict.UNDETERMINED or said.undetermined:
        return None
    return Hold.LIKELY if said.protective is Verdict.RESERVED else Hold.NONE


def _moves(before: SiteVerdict, now: SiteVerdict) -> Iterator[Move]:
    """Yield what is known at both visits and differs, the site as a whole first."""
    for url, was, said in _pairs(before, now):
        first, second = hold(was), hold(said)
        if first is not None and second is not None and first is not second:
            yield Move(url, said.use, first, second)


def _pairs(before: SiteVerdict, now: SiteVerdict) -> Iterator[tuple[str, UseVerdict, UseVerdict]]:
    """Yield each use at each address that both visits asked, as it was and as it is, the site as a whole first."""
    then = {resource.url: resource.uses for resource in before.resources}
    pairs = [(now.site, before.uses, now.uses)]
    pairs += [(r.url, then[r.url], r.uses) for r in now.resources if r.url in then]
    for url, old, new in pairs:
        for was, said in zip(old, new, strict=True):
            yield url, was, said


def _state(
    before: SiteVerdict | None,
    seen: Observation,
    moves: tuple[Move, ...],
    weaker: tuple[Move, ...],
    gone_since: datetime | None,
) -> State:
    now = seen.verdict
    if not weaker and (silence := _silence(before, seen)) is not None:
        return silence
    if gone_since is not None:
        return State.LOST if seen.started - gone_since >= APART else State.WEAKENED
    if weaker:
        return State.WEAKENED
    if any(finding.code == GET109.code for finding in now.findings):
        return State.DIVERGENT
    if moves:
        return State.CHANGED
    held = any(hold(said) for verdict in (now, before) if verdict is not None for said in verdict.uses)
    return State.PRESENT if held else State.ABSENT


def _since(memory: Memory | None, gone: tuple[Use, ...], at: datetime) -> datetime | None:
    """Say when the last of the uses that are gone was first missed: each must be missed twice before it is lost."""
    if not gone:
        return None
    known = memory.gone_since if memory is not None and set(gone) <= set(memory.gone) else None
    return at if known is None else min(known, at)  # a clock that was wrong must not put off a loss for years


def _silence(before: SiteVerdict | None, seen: Observation) -> State | None:
    """Say why nothing is known of what was reserved; None where everything that was is known."""
    now = seen.verdict
    if now.reachable and not (before is not None and _is_open(before, now)):
        return None
    answers = [c for c in seen.captures if c.kind.is_policy or c.kind in {Kind.PAGE, Kind.LICENCE}]
    closed = any(c.status in REFUSALS or c.failure is Failure.OBEYED_ROBOTS or is_riddle(c) for c in answers)
    return State.BLOCKED_US if closed else State.UNREACHABLE


def _is_open(before: SiteVerdict, now: SiteVerdict) -> bool:
    """Say whether something that was reserved, on the whole site or at an address that was asked again, is now not known."""
    return any(hold(was) and hold(said) is None for _, was, said in _pairs(before, now))


def _is_gone(use: Use, before: SiteVerdict, now: SiteVerdict) -> bool:
    """Say whether a use that the site as a whole reserved is reserved at no address that answered any more."""
    places = [now.use(use), *(resource.use(use) for resource in now.resources if resource.fetched)]
    return bool(hold(before.use(use))) and all(hold(said) is Hold.NONE for said in places)


def _is_news(memory: Memory, state: State, following: Memory) -> bool:
    if state.is_silent or memory.known is None:
        return state is not memory.state
    if memory.state.is_silent and state in {State.PRESENT, State.ABSENT}:
        return True
    return state is not memory.known or following.uses != memory.uses


def _severity(state: State, weaker: tuple[Move, ...], gone: tuple[Use, ...]) -> Severity:
    if state is State.LOST:
        mining = {Use.TDM, Use.TRAIN_AI} & set(gone)
        full = any(move.before is Hold.FULL and move.use in mining for move in weaker)
        return Severity.BLOCKER if full else Severity.ERROR
    if state is State.WEAKENED:
        return Severity.WARNING if gone else Severity.ERROR
    return {
        State.UNREACHABLE: Severity.WARNING,
        State.BLOCKED_US: Severity.INFO,  # a question for the member, no alarm
        State.DIVERGENT: Severity.WARNING,
        State.CHANGED: Severity.INFO,
        State.ABSENT: Severity.INFO,
    }.get(state, Severity.GOOD)
