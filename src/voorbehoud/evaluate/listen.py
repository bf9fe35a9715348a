"""Captures in, everything that was said out: which signal, where, about what."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from ..core.evidence import Capture, Kind, Origin, origin_of
from ..core.finding import Finding, Severity
from ..core.statement import Statement
from ..signals import SIGNALS, AnySignal, Asked
from .verdict import SignalState

NO_SUCH_FILE = frozenset({404, 410})
"""Statuses by which a server says in so many words that there is no such file.  Every other refusal leaves it open."""


@dataclass(frozen=True, slots=True)
class Heard:
    """One signal, read from one capture."""

    signal: AnySignal
    capture: Capture
    model: Any
    findings: tuple[Finding, ...]
    state: SignalState

    @property
    def origin(self) -> Origin:
        return Origin(self.capture.url)

    def say(self, url: str, agent: str | None = None) -> tuple[Statement, ...]:
        """Give what it says about `url`, to everybody or to one agent."""
        if self.model is None:
            return ()
        return self.signal.evaluate(self.model, Asked(url, agent), self.origin)


def listen(capture: Capture) -> Iterator[Heard]:
    """Read every signal that a capture of its kind can carry."""
    for signal in SIGNALS:
        if capture.kind not in signal.reads:
            continue
        if not capture.ok:
            gone = capture.absent and capture.kind.is_policy
            yield Heard(signal, capture, None, (), SignalState.ABSENT if gone else SignalState.UNDETERMINED)
            continue
        parsed = signal.parse(capture)
        yield Heard(signal, capture, parsed.model, parsed.findings, _state(parsed.model, parsed.findings))


def _state(model: Any, findings: Sequence[Finding]) -> SignalState:
    if model is not None:
        return SignalState.PRESENT
    wrong = any(f.severity.weight >= Severity.ERROR.weight for f in findings)
    return SignalState.BROKEN if wrong else SignalState.ABSENT


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
    The first usable answer counts where a file was fetched more than once.
    """
    asked: dict[str, dict[Kind, Capture]] = {}
    for capture in captures:
        if capture.kind.is_policy:
            files = asked.setdefault(origin_of(capture.asked), {})
            if capture.kind not in files or not settled(files[capture.kind]):
                files[capture.kind] = capture
    found = {}
    for origin, files in asked.items():
        heard = tuple(h for capture in files.values() for h in listen(capture))
        missing = {k for k in Kind if k.is_policy and (k not in files or not settled(files[k]))}
        # ai.txt is asked of the site alone: not having asked a media origin for it leaves nothing open.
        missing -= {Kind.AI_TXT} - files.keys()
        found[origin] = Policy(origin, heard, frozenset(missing))
    return found


def settled(capture: Capture) -> bool:
    """Tell whether the answer settles what the file says: it was received, or it does not exist."""
    return capture.ok or capture.absent
