"""Captures in, everything that was said out: which signal, where, about what."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from ..core.evidence import Capture, Kind, Origin, origin_of
from ..core.finding import Finding, Severity
from ..core.statement import Reading, Statement
from ..signals import SIGNALS, AnySignal, Asked, read
from .effective import heard as heard_in
from .verdict import SignalState


@dataclass(frozen=True, slots=True)
class Heard:
    """One signal, read from one capture.  `unread`: a place where it may stand could not be read."""

    signal: AnySignal
    capture: Capture
    model: Any
    findings: tuple[Finding, ...]
    state: SignalState
    unread: bool = False

    @property
    def origin(self) -> Origin:
        return Origin(self.capture.url)

    def say(self, url: str, agent: str | None = None) -> tuple[Statement, ...]:
        """Give what it says about `url`, to everybody or to one agent."""
        if self.model is None:
            return ()
        return self.signal.evaluate(self.model, Asked(url, agent), self.origin)


_BY_KIND = {kind: tuple(signal for signal in SIGNALS if kind in signal.reads) for kind in Kind}


def listen(capture: Capture) -> Iterator[Heard]:
    """Read every signal that a capture of its kind can carry."""
    for signal in _BY_KIND[capture.kind]:
        if not capture.ok:
            gone = capture.absent and capture.kind.is_policy
            yield Heard(signal, capture, None, (), SignalState.ABSENT if gone else SignalState.UNDETERMINED)
            continue
        parsed = read(signal, capture)
        heard = Heard(signal, capture, parsed.model, parsed.findings, SignalState.PRESENT, parsed.unread)
        yield replace(heard, state=_state(heard))


NEVER_LITERAL = frozenset({"robots"})
"""Families that no literal reader takes for a reservation (docs/decisions/0002): their silence to that reader proves no fault."""


def _state(heard: Heard) -> SignalState:
    """Say whether a signal that was received is there.

    One with mistakes that leave nothing for a literal reader is broken, also when a favourable reader could guess.
    """
    if any(f.severity.weight >= Severity.ERROR.weight for f in heard.findings):
        literal = heard.signal.family in NEVER_LITERAL or heard_in(
            heard.say(heard.capture.url), Reading.STRICT
        )
        if heard.model is None or not literal:
            return SignalState.BROKEN
    if heard.model is None:
        return SignalState.UNDETERMINED if heard.unread else SignalState.ABSENT
    return SignalState.PRESENT


@dataclass(frozen=True, slots=True)
class Policy:
    """The policy files of one origin, as they were answered.  `missing`: those that could not be fetched."""

    origin: str
    heard: tuple[Heard, ...] = ()
    missing: frozenset[Kind] = frozenset(kind for kind in Kind if kind.is_policy)

    def say(self, url: str, agent: str | None = None) -> tuple[Statement, ...]:
        """Give what the files of this origin say about `url`, an address of this origin."""
        return tuple(statement for heard in self.heard for statement in heard.say(url, agent))


def policies(captures: Sequence[Capture]) -> dict[str, Policy]:
    """Give the policy of every origin that was asked for one.

    A file belongs to the origin that was asked, also when a redirect led elsewhere: RFC 9309, section 2.3.1.2; TDMRep likewise.
    The first usable answer counts where a file was fetched more than once.  One that may stand in two places (trust.txt)
    is what the last place that was asked has, unless that has nothing.
    """
    asked: dict[str, dict[Kind, dict[str, Capture]]] = {}
    for capture in captures:
        if capture.kind.is_policy:
            places = asked.setdefault(origin_of(capture.asked), {}).setdefault(capture.kind, {})
            if capture.asked not in places or not settled(places[capture.asked]):
                places[capture.asked] = capture
    found = {}
    for origin, kinds in asked.items():
        files = {kind: _told(tuple(places.values())) for kind, places in kinds.items()}
        heard = tuple(h for capture in files.values() for h in listen(capture))
        missing = {k for k in Kind if k.is_policy and (k not in files or not settled(files[k]))}
        # Both are asked of the site alone: not having asked a media origin for them leaves nothing open.
        missing -= {Kind.AI_TXT, Kind.TRUST_TXT} - files.keys()
        found[origin] = Policy(origin, heard, frozenset(missing))
    return found


def _told(places: Sequence[Capture]) -> Capture:
    """Give the capture that counts among those of one kind; the shortest address is asked first."""
    ordered = sorted(places, key=lambda capture: len(capture.asked))
    return ordered[0] if ordered[-1].absent else ordered[-1]


def settled(capture: Capture) -> bool:
    """Tell whether the answer settles what the file says: it was received, or it does not exist."""
    return capture.ok or capture.absent


def answered(capture: Capture) -> bool:
    """Tell whether a page or work was really received: an empty page is as good as none (204, 205, a script that broke off).

    So is a part of a page (206), which nobody asked for.
    """
    page = capture.kind is Kind.PAGE
    return capture.ok and not (
        capture.status in {204, 205} or (page and (capture.status == 206 or not capture.body.strip()))
    )
