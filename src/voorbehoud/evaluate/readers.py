"""One address, several readers: what only some of them are told is no reservation for everyone."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace

from ..core.evidence import Capture, Kind, Origin
from ..core.finding import Finding
from .rules import EFF410, GET109, GET113
from .transport import reason
from .verdict import Verdict
from .view import View, view

SIGNAL_FIELDS = ("tdm-reservation", "tdm-policy", "content-usage", "x-robots-tag")
UNREAD_FIELDS = frozenset(
    {
        "accept-ranges", "age", "cf-ray", "connection", "content-encoding", "content-length", "date", "etag", "expires",
        "keep-alive", "last-modified", "nel", "report-to", "server-timing", "set-cookie", "transfer-encoding", "vary",
        "x-request-id",
    }
)  # fmt: skip
"""Header fields that differ from answer to answer and that no signal reads (a test looks)."""

BUSY = 429
"""From this status up a server is busy or broken: we asked often, and that says nothing about the reader."""


def own_view(captures: Sequence[Capture]) -> tuple[Capture, ...]:
    """Give what our crawler was told when it simply asked: the captures that a verdict is about.

    A page that two addresses lead to is one resource: a redirect to a page that was asked itself is left out.
    """
    agent = _our_agent(captures)
    plain = [c for c in captures if c.method == "GET" and c.agent == agent]
    pages = {c.asked for c in plain if c.kind is Kind.PAGE and not c.hops and not c.absent}
    return tuple(c for c in plain if not (c.kind is Kind.PAGE and c.hops and c.url in pages - {c.asked}))


def told_less(site: str, captures: Sequence[Capture], ours: View) -> Iterator[Finding]:
    """Yield a finding for each other reader to whom less is reserved, or something is contradicted, than to ours.

    A time-out, a reset or a busy server proves nothing (`untold` names them); a refusal does: that reader never sees the file.
    An answer to HEAD counts where it gives away what GET reserves; headers that it lacks, GET tells all the same.
    """
    told = own_view(captures)
    for agent, method in dict.fromkeys((c.agent, c.method) for c in captures):
        theirs = {
            (c.asked, c.kind): c for c in captures if (c.agent, c.method) == (agent, method) and _tells(c)
        }
        if (agent, method) == (_our_agent(captures), "GET") or not theirs:
            continue
        swapped = [(mine, theirs.get((mine.asked, mine.kind))) for mine in told]
        if method == "HEAD":
            swapped = [(mine, _with_headers(mine, other) if other else None) for mine, other in swapped]
        if all(other is None or _alike(mine, other) for mine, other in swapped):
            continue  # who is told the same concludes the same
        seen = view(site, [other or mine for mine, other in swapped])
        if _less(ours, seen, only_permission=method == "HEAD"):
            mine, other = next(((m, o) for m, o in swapped if o and _differ(m, o)), (told[0], told[0]))
            how = reason(other) if not other.ok else "other signals"
            yield GET109.at(Origin(mine.asked), what=mine.kind, reader=agent, how=how)


def untold(captures: Sequence[Capture]) -> Iterator[Finding]:
    """Yield a finding for each other reader of whom it is not known what it is told where ours got an answer."""
    ours = {(c.asked, c.kind) for c in own_view(captures) if c.ok}
    agent, named = _our_agent(captures), set[str]()
    for c in captures:
        asked = c.method == "GET" and c.agent not in {agent, *named} and (c.asked, c.kind) in ours
        if asked and not _tells(c):
            named.add(c.agent)
            yield GET113.at(Origin(c.asked), what=c.kind, reader=c.agent, how=reason(c))


def of_head(captures: Sequence[Capture]) -> Iterator[Finding]:
    """Yield the headers with a signal that differ between HEAD and GET.  Many servers do not answer HEAD: that is no fault."""
    ours = {(c.asked, c.kind): c for c in own_view(captures)}
    for head in captures:
        got = ours.get((head.asked, head.kind))
        if head.method == "HEAD" and got is not None and head.ok and got.ok:
            for name in SIGNAL_FIELDS:
                if sorted(head.field(name)) != sorted(got.field(name)):
                    yield EFF410.at(Origin(head.asked, f"header {name}"), name=name)


def _less(ours: View, theirs: View, *, only_permission: bool) -> bool:
    for mine, other in zip(ours.uses, theirs.uses, strict=True):
        given_away = other.strict is Verdict.NOT_RESERVED or (other.contradictory and not mine.contradictory)
        lost = other.strict is not Verdict.RESERVED and not only_permission
        if (mine.strict is Verdict.RESERVED and (given_away or lost)) or (
            other.contradictory and not mine.contradictory
        ):
            return True
    return False


def _tells(capture: Capture) -> bool:
    return capture.failure is None and capture.status is not None and capture.status < BUSY


def _with_headers(ours: Capture, head: Capture) -> Capture:
    """Give our capture with the headers that HEAD got, where it was answered like a GET."""
    return replace(ours, headers=head.headers) if head.ok and ours.ok else ours


def _alike(one: Capture, other: Capture) -> bool:
    """Tell whether two answers leave a reader nothing to conclude otherwise."""
    if one is other:
        return True
    return (
        (one.status, one.url, one.kind, one.truncated, one.failure, one.tls, one.body)
        == (other.status, other.url, other.kind, other.truncated, other.failure, other.tls, other.body)
        and _read(one.headers) == _read(other.headers)
        and [(hop.url, hop.status, _read(hop.headers)) for hop in one.hops]
        == [(hop.url, hop.status, _read(hop.headers)) for hop in other.hops]
    )


def _read(headers: tuple[tuple[str, str], ...]) -> list[tuple[str, str]]:
    return [field for field in headers if field[0].lower() not in UNREAD_FIELDS]


def _differ(one: Capture, other: Capture) -> bool:
    fields = any(one.field(name) != other.field(name) for name in SIGNAL_FIELDS)
    return fields or (one.status, one.body) != (other.status, other.body)


def _our_agent(captures: Sequence[Capture]) -> str:
    """Give the User-Agent of our crawler: the one that asked most."""
    return next((agent for agent, _ in Counter(c.agent for c in captures).most_common(1)), "")
