"""What may have weakened a reservation: differences between two visits, the likeliest first.

A cause is what was seen beside the change, not a proof of it.  Names of CNAME records are not among the captures; the address that
answered is.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from ..core.evidence import Capture, Failure, Kind, Origin, origin_of
from ..core.site import family
from ..grammar.robots import LIMIT, read
from .observation import Observation
from .verdict import SignalState, SiteVerdict

MARKERS = (
    b"BEGIN voorbehoud",
    b"BEGIN Cloudflare Managed",
    b"START YOAST BLOCK",
    b"BEGIN AIOSEO",
    b"BEGIN Rank Math",
)
"""Begin what a program keeps in a robots.txt that others write too."""

PARKED = (
    b"domain is for sale",
    b"this domain is parked",
    b"buy this domain",
    b"sedoparking",
    b"parkingcrew",
)
PAGE_READ = 64 * 1024


class Why(StrEnum):
    """What may be behind a change; i18n has the sentence for each."""

    GONE = "domain-gone"  # its name is not known any more
    PARKED = "domain-parked"
    ELSEWHERE = "redirected"  # to another host
    PLATFORM = "platform-changed"
    HTML = "html-as-robots"
    ENCODING = "robots-encoding"
    TOO_LARGE = "robots-too-large"
    MARKERS_GONE = "block-gone"
    MARKERS_CAME = "block-added"
    ALLOW = "new-allow"
    TDM_FILE_BROKEN = "tdm-file-broken"
    FILE_GONE = "file-gone"
    SIGNAL_GONE = "signal-gone"  # a header, a tag, an entry
    MEDIA_MOVED = "media-moved"
    NEW_PAGE = "new-page"  # one that was not looked at before says nothing
    ADDRESS = "address-changed"


@dataclass(frozen=True, slots=True)
class Cause:
    """`detail`: what differs, in the words of the wire: escape before showing."""

    why: Why
    origin: Origin
    detail: str = ""


def causes(before: Observation, now: Observation) -> tuple[Cause, ...]:
    """Give what differs between two visits and could explain that less is reserved, the likeliest first, each once."""
    found: dict[Why, Cause] = {}
    for cause in _all(before, now):
        found.setdefault(cause.why, cause)
    order = list(Why)
    return tuple(sorted(found.values(), key=lambda cause: order.index(cause.why)))


def _all(before: Observation, now: Observation) -> Iterator[Cause]:
    yield from _domain(now)
    yield from _redirects(before, now)
    yield from _platform(before.verdict, now.verdict)
    old, new = _robots(before), _robots(now)
    if new is not None and new.ok:
        yield from _robots_answer(old, new)
        if old is not None and old.ok:
            yield from _robots_text(old, new)
    yield from _files(before, now)
    yield from _signals(before.verdict, now.verdict)
    yield from _media(before, now)
    yield from _pages(before.verdict, now.verdict)
    yield from _address(before, now)


def _domain(now: Observation) -> Iterator[Cause]:
    for capture in now.captures:
        if capture.kind is Kind.PAGE and capture.failure is Failure.DNS:
            yield Cause(Why.GONE, Origin(capture.asked), capture.detail)
        elif capture.kind is Kind.PAGE and any(sign in capture.body[:PAGE_READ].lower() for sign in PARKED):
            yield Cause(Why.PARKED, Origin(capture.url))


def _redirects(before: Observation, now: Observation) -> Iterator[Cause]:
    known = {_asked(c): _origin(c.url) for c in before.captures}
    for capture in now.captures:
        if (
            capture.ok
            and capture.hops
            and capture.kind in {Kind.ROBOTS, Kind.TDM_FILE, Kind.AI_TXT, Kind.PAGE}
        ):
            asked, here = _origin(capture.asked), _origin(capture.url)
            then = known.get(_asked(capture))
            if asked and here not in family(asked) and then not in {None, here}:
                yield Cause(Why.ELSEWHERE, Origin(capture.asked), here)


def _platform(before: SiteVerdict, now: SiteVerdict) -> Iterator[Cause]:
    old, new = ([platform.name for platform in verdict.platforms] for verdict in (before, now))
    if old != new and now.reachable:
        place = next((origin for platform in now.platforms for origin in platform.evidence), Origin(now.site))
        yield Cause(Why.PLATFORM, place, f"{', '.join(old) or '-'} > {', '.join(new) or '-'}")


def _robots_answer(old: Capture | None, new: Capture) -> Iterator[Cause]:
    here = Origin(new.url)
    if _is_html(new) and not (old is not None and _is_html(old)):
        yield Cause(Why.HTML, here)
    if _odd_encoding(new.body) and not (old is not None and _odd_encoding(old.body)):
        yield Cause(Why.ENCODING, here, new.body[:3].hex(" "))
    if _too_large(new) and not (old is not None and _too_large(old)):
        yield Cause(Why.TOO_LARGE, here)


def _robots_text(old: Capture, new: Capture) -> Iterator[Cause]:
    for marker in MARKERS:
        had, has = marker.lower() in old.body.lower(), marker.lower() in new.body.lower()
        if had is not has:
            yield Cause(Why.MARKERS_GONE if had else Why.MARKERS_CAME, Origin(new.url), marker.decode())
    if _is_html(new):
        return
    allowed = {
        (token.lower(), rule.path)
        for group in read(old.body).groups
        for token in group.tokens
        for rule in group.rules
        if rule.allow
    }
    for group in read(new.body).groups:
        for rule in group.rules:
            if rule.allow and not any((token.lower(), rule.path) in allowed for token in group.tokens):
                yield Cause(Why.ALLOW, Origin(new.url, f"line {rule.line}"), str(rule))


def _files(before: Observation, now: Observation) -> Iterator[Cause]:
    had = {_asked(c) for c in before.captures if c.ok}
    for capture in now.captures:
        if capture.absent and capture.kind.is_policy and _asked(capture) in had:
            yield Cause(Why.FILE_GONE, Origin(capture.asked), str(capture.status))
    for said in now.verdict.signals:
        if said.signal == "tdm-file" and said.state is SignalState.BROKEN:
            then = {s.state for s in before.verdict.signals if s.signal == said.signal}
            if SignalState.BROKEN not in then:
                yield Cause(Why.TDM_FILE_BROKEN, said.origin)


def _signals(before: SiteVerdict, now: SiteVerdict) -> Iterator[Cause]:
    """Yield the signals that said something and say nothing any more, where they were."""
    has = {said.signal for said in now.signals if said.uses or said.state is SignalState.UNDETERMINED}
    for said in before.signals:
        if said.uses and said.signal not in has:
            yield Cause(Why.SIGNAL_GONE, said.origin, said.signal)


def _media(before: Observation, now: Observation) -> Iterator[Cause]:
    old, new = ({_origin(c.asked) for c in seen.captures if c.kind is Kind.IMAGE} for seen in (before, now))
    if old and new and not new <= old:
        yield Cause(Why.MEDIA_MOVED, Origin(min(new - old)), min(old))


def _pages(before: SiteVerdict, now: SiteVerdict) -> Iterator[Cause]:
    known = {resource.url for resource in before.resources}
    weak = {said.use for said in now.uses if said.strict != before.use(said.use).strict}
    for resource in now.resources:
        if resource.url not in known and any(
            resource.use(use).strict is not before.use(use).strict for use in weak
        ):
            yield Cause(Why.NEW_PAGE, Origin(resource.url))


def _address(before: Observation, now: Observation) -> Iterator[Cause]:
    old, new = (
        [c.address for c in seen.captures if c.address and c.asked == f"{seen.site}/"]
        for seen in (before, now)
    )
    if old and new and not set(old) & set(new):
        yield Cause(Why.ADDRESS, Origin(now.site), f"{old[0]} > {new[0]}")


# ---- answers ---------------------------------------------------------------------------------------------------------
def _robots(seen: Observation) -> Capture | None:
    return next((c for c in seen.captures if c.asked == f"{seen.site}/robots.txt"), None)


def _origin(url: str) -> str:
    try:
        return origin_of(url)
    except ValueError:
        return ""


def _asked(capture: Capture) -> tuple[str, str]:
    return capture.asked, capture.method


def _is_html(capture: Capture) -> bool:
    start = capture.body[:512].lstrip().lower()
    return start.startswith((b"<!doctype html", b"<html", b"<head", b"<?xml"))


def _odd_encoding(body: bytes) -> bool:
    return body.startswith((b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")) or b"\0" in body[:64]


def _too_large(capture: Capture) -> bool:
    return capture.truncated or len(capture.body) > LIMIT
