"""One address, several readers: what only some of them are told is no reservation for everyone."""

from collections import Counter
from collections.abc import Iterator, Sequence

from ..core.evidence import Capture, Origin
from ..core.finding import Finding
from ..core.preference import Preference
from ..core.statement import Audience, Reading, Statement
from .effective import heard as heard_in
from .listen import listen, settled
from .rules import EFF410, GET109
from .transport import reason

SIGNAL_FIELDS = ("tdm-reservation", "tdm-policy", "content-usage", "x-robots-tag")


def own_view(captures: Sequence[Capture]) -> tuple[Capture, ...]:
    """Give what our crawler was told when it simply asked: the captures that a verdict is about.

    A page that two addresses lead to is one resource: a redirect to what was asked itself is left out.
    """
    ours = _our_agent(captures)
    plain = [c for c in captures if c.method == "GET" and c.agent == ours]
    asked = {c.asked for c in plain}
    return tuple(c for c in plain if c.kind.is_policy or not (c.hops and c.url in asked and c.url != c.asked))


def told_less(captures: Sequence[Capture]) -> tuple[Capture, ...]:
    """Give the captures in which another reader is told less than ours: a reservation is missing from its answer.

    An answer that did not come (a time-out, a reset) proves nothing; a refusal does: that reader never sees the file.
    """
    return tuple(
        other
        for other, ours in _pairs(captures)
        if other.method == "GET" and other.status is not None and not _reserved(ours) <= _reserved(other)
    )


def of_readers(captures: Sequence[Capture]) -> Iterator[Finding]:
    """Yield where another reader, or another method, gets another answer."""
    less = told_less(captures)
    for other, ours in _pairs(captures):
        if other.method == "HEAD":
            yield from _of_head(other, ours)
        elif other in less:
            how = reason(other) if not other.ok else "other signals"
            yield GET109.at(Origin(other.asked), what=other.kind, reader=other.agent, how=how)


def _of_head(other: Capture, ours: Capture) -> Iterator[Finding]:
    if not (other.ok and ours.ok):
        return  # many servers do not answer HEAD; who asks with GET is told all the same
    for name in SIGNAL_FIELDS:
        if sorted(other.field(name)) != sorted(ours.field(name)):
            yield EFF410.at(Origin(other.asked, f"header {name}"), name=name)


def _pairs(captures: Sequence[Capture]) -> Iterator[tuple[Capture, Capture]]:
    """Yield every capture that was asked in another way, with ours of the same address."""
    agent = _our_agent(captures)
    ours = {(c.asked, c.kind): c for c in captures if c.method == "GET" and c.agent == agent and _usable(c)}
    for capture in captures:
        if capture.method != "GET" or capture.agent != agent:
            base = ours.get((capture.asked, capture.kind))
            if base is not None:
                yield capture, base


def _our_agent(captures: Sequence[Capture]) -> str:
    """Give the User-Agent of our crawler: the one that asked most."""
    return next((agent for agent, _ in Counter(c.agent for c in captures).most_common(1)), "")


def _usable(capture: Capture) -> bool:
    return settled(capture) if capture.kind.is_policy else capture.ok


def _reserved(capture: Capture) -> frozenset[tuple[str, str]]:
    """Give the uses that the signals of one capture reserve for a literal reader, at the address asked."""
    said: list[Statement] = [s for heard in listen(capture) for s in heard.say(_about(capture))]
    literal = heard_in(said, Reading.STRICT, Audience.EVERYONE)
    return frozenset((s.signal, s.use) for s in literal if s.preference is Preference.DISALLOWED)


def _about(capture: Capture) -> str:
    """Give the address that a capture is asked about: a policy file is asked about the home page of its origin."""
    if capture.kind.is_policy:
        return "/".join(capture.asked.split("/", 3)[:3]) + "/"
    return capture.url
