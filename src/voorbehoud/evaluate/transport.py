"""What went wrong on the way: findings of the GET room."""

from collections.abc import Iterator, Sequence

from ..core.evidence import Capture, Failure, Kind, Origin, origin_of
from ..core.finding import Finding
from ..core.site import family
from ..signals.rsl_links import is_challenge
from .listen import answered, settled
from .rules import GET101, GET102, GET103, GET104, GET105, GET106, GET107, GET108, GET110, GET111, GET112

REFUSALS = frozenset({401, 402, 403, 407, 429, 451})
TOLD_ELSEWHERE = frozenset({Kind.LLMS_TXT, Kind.RSL_MEDIA, Kind.TDM_POLICY})
"""What settles nothing where it cannot be had: the first two could not have said anything, the last lifts nothing (conditions.py)."""


def of_captures(captures: Sequence[Capture]) -> Iterator[Finding]:
    """Yield a finding for each answer that did not come, came from elsewhere, or came with its signal in the wrong place."""
    doubted = set()
    for capture in captures:
        here = Origin(capture.asked)
        if capture.kind in TOLD_ELSEWHERE or is_challenge(capture):
            pass
        elif capture.failure is Failure.OBEYED_ROBOTS:
            yield GET107.at(here)
        elif capture.kind is Kind.ORIGIN or (capture.failure is Failure.GAVE_UP and capture.kind.is_resource):
            yield GET112.at(here, reason=reason(capture), url=capture.asked.partition("#")[0])
        elif capture.failure is Failure.ELSEWHERE:
            yield GET108.at(here, kind=capture.kind, elsewhere=origin_of(capture.asked))
        elif not capture.kind.is_resource and not settled(capture):
            if capture.status in REFUSALS:
                yield GET102.at(here, what=capture.kind, status=capture.status, url=capture.asked)
            else:
                yield GET101.at(here, what=capture.kind, reason=reason(capture), url=capture.asked)
        elif capture.kind.is_resource and capture.absent and capture.found_on is not None:
            yield GET110.at(here, kind=capture.kind, status=capture.status)
        elif capture.kind.is_resource and not answered(capture):
            yield GET103.at(here, what=capture.kind, reason=reason(capture), url=capture.asked)
        elif capture.kind.is_policy and capture.ok and origin_of(capture.url) != origin_of(capture.asked):
            yield GET104.at(here, what=capture.kind, to=origin_of(capture.url))
        host = origin_of(capture.url)
        if capture.tls not in {None, "ok"} and host not in doubted:
            doubted.add(host)
            yield GET105.at(Origin(host), host=host, reason=capture.tls)
        if capture.hops and capture.ok and not capture.field("tdm-reservation"):
            for hop in capture.hops:
                if any(
                    name.lower() == "tdm-reservation" and value.strip() == "1" for name, value in hop.headers
                ):
                    yield GET106.at(Origin(hop.url, "header tdm-reservation"), to=capture.url)


def of_strays(site: str, captures: Sequence[Capture]) -> Iterator[Finding]:
    """Yield a finding where the home page leads to a site of another name: what is reserved there says nothing about here."""
    for capture in captures:
        if capture.asked == f"{site}/" and capture.ok and origin_of(capture.url) not in family(site):
            yield GET111.at(Origin(capture.asked), to=origin_of(capture.url))


def reason(capture: Capture) -> str:
    """Say in a few words why a capture is no usable answer."""
    if capture.ok and capture.status != 206:
        return "empty answer"
    if capture.failure is None:
        return f"status {capture.status}"
    return f"{capture.failure}: {capture.detail}" if capture.detail else str(capture.failure)
