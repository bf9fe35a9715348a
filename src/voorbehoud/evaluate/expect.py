"""What is served, held against what the maker declared: findings of the EXP room, and zeros that were meant left out."""

from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import replace
from urllib.parse import urlsplit

from ..core.artifact import RobotsGroup
from ..core.evidence import Capture, Failure, Kind, Origin, origin_of
from ..core.finding import Finding
from ..core.preference import Preference
from ..core.statement import Audience, Statement
from ..core.use import Use
from ..declaration.model import POLICY_PATH, Carrier, Declaration
from ..grammar.location import plain
from ..signals import SIGNALS, AnySignal, Asked, tdm_policy
from .expect_rules import (
    EXP101,
    EXP102,
    EXP103,
    EXP301,
    EXP302,
    EXP303,
    EXP401,
    EXP402,
    EXP403,
    EXP404,
    EXP901,
)
from .listen import Heard, listen, policies, settled
from .readers import own_view
from .resource import judge_use
from .site import sorted_findings
from .verdict import SignalState, SiteVerdict, Verdict

ZEROS = frozenset({"TDH302", "TDM302", "EFF402"})
"""Findings about an address that gives mining away."""
ZEROS_OF_A_RULE = frozenset({"TDF303", "TDF304"})
"""The same in tdmrep.json, which says where by a pattern."""
UNRESERVED = frozenset({"EFF403", "EFF404"})
UNRESERVED_SITE = frozenset({"EFF406", "EFF407"})
"""Findings that mining is not reserved at an address, or anywhere on the site."""
NOT_ASKED = frozenset({Failure.ELSEWHERE})
"""A look into a folder cannot tell; GET108 says so, and a deploy should not fail over it."""


def expect(
    wish: Declaration, captures: Sequence[Capture], verdict: SiteVerdict, *, headers: bool = True
) -> SiteVerdict:
    """Give `verdict`, its findings completed by what differs from `wish` and rid of what `wish` intends.

    `captures`: those that `verdict` was judged from.  `headers` False: they come from a folder whose host is not known,
    so that a header which is not there proves nothing.  The verdicts themselves stay as they are: nothing is reserved by intention.
    Paths are compared, not origins: a copy of the site at a test address is held against the same declaration.
    """
    ours = own_view(captures)
    found = [*_effects(wish, ours, verdict), *_layers(wish, ours, verdict.site, headers)]
    if verdict.resources and not found:
        found.append(EXP901.at(Origin(verdict.site), count=len(verdict.resources)))
    kept = (finding for finding in verdict.findings if not _meant(wish, finding))
    return replace(verdict, findings=sorted_findings([*kept, *found]))


# ---- effects: what a reader must conclude --------------------------------------------------------------------------------
def _effects(wish: Declaration, ours: Sequence[Capture], verdict: SiteVerdict) -> Iterator[Finding]:
    asked = {capture.asked: capture for capture in ours if capture.kind.is_resource}
    for resource in verdict.resources:
        capture = asked.get(resource.url)
        if capture is not None and capture.failure in NOT_ASKED:
            continue
        url = capture.url if capture is not None else resource.url
        level, here = _level(wish, url), Origin(resource.url)
        lost, unknown, refused = list[Use](), list[Use](), list[Use]()
        for judged in resource.uses:
            wanted = wish.preference(judged.use, level)
            if wanted is Preference.DISALLOWED and judged.strict is Verdict.UNDETERMINED:
                unknown.append(judged.use)
            elif wanted is Preference.DISALLOWED and judged.strict is not Verdict.RESERVED:
                lost.append(judged.use)  # a list of names is never strict: what is strict holds for everyone
            elif wanted is Preference.ALLOWED and judged.strict is Verdict.RESERVED:
                refused.append(judged.use)
        published = _published(wish, url, resource.kind) if refused else ()
        # Some carriers have no form for paths and refuse more than was asked: that is how it was published.
        refused = [u for u in refused if judge_use(u, published, (), True).strict is not Verdict.RESERVED]
        for rule, uses in ((EXP301, lost), (EXP303, unknown), (EXP302, refused)):
            if uses:
                yield rule.at(here, uses=", ".join(uses))


def _published(wish: Declaration, url: str, kind: Kind) -> tuple[Statement, ...]:
    """Give what all carriers of the declaration together say about an address."""
    said = list[Statement]()
    for signal in SIGNALS:
        wide = _site_wide(signal)
        if signal.carrier in wish.carriers and (wide or kind in signal.reads):
            said += _said(signal, signal.of(wish, "/" if wide else _level(wish, url)), url)
    return tuple(said)


# ---- layers: what each carrier says --------------------------------------------------------------------------------------
def _layers(wish: Declaration, ours: Sequence[Capture], site: str, headers: bool) -> Iterator[Finding]:
    origins = {site, *(place.origin for place in wish.media)}
    for origin, policy in policies(ours).items():
        if origin in origins:
            for heard in policy.heard:
                yield from _of_file(wish, origin, heard)
    for capture in ours:
        if capture.kind is Kind.TDM_POLICY:
            yield from _of_policy(wish, origins, capture)
        if capture.kind.is_resource and capture.ok and origin_of(capture.url) in origins:
            for heard in listen(capture):
                if headers or heard.signal.reads == {Kind.PAGE}:
                    yield from _of_answer(wish, heard)


def _of_policy(wish: Declaration, origins: Set[str], capture: Capture) -> Iterator[Finding]:
    """Yield that the policy for programs is gone or is another one; not where it may only be out of reach for the moment."""
    meant = tdm_policy.of(wish, "/") if Carrier.TDM_POLICY in wish.carriers else None
    asked = urlsplit(capture.asked).path == POLICY_PATH and origin_of(capture.asked) in origins
    if meant is not None and asked and settled(capture) and tdm_policy.parse(capture).model != meant:
        yield EXP404.at(Origin(capture.asked), url=capture.asked)


def _of_file(wish: Declaration, origin: str, heard: Heard) -> Iterator[Finding]:
    signal = heard.signal
    meant = signal.of(wish, "/") if signal.carrier in wish.carriers else None
    if meant is None or heard.state is SignalState.UNDETERMINED:
        return
    here = Origin(heard.capture.asked)
    if heard.model is None:
        yield EXP101.at(here, signal=signal.name, url=heard.capture.asked)
        return
    for path in wish.paths():
        yield from _differences(heard, meant, origin + path, path)
    if signal.carrier is Carrier.ROBOTS_TXT:
        let_in = sorted(_let_in(wish, heard, meant, origin), key=str.casefold)
        if let_in:
            yield EXP403.at(here, agents=", ".join(let_in))


def _let_in(wish: Declaration, heard: Heard, meant: object, origin: str) -> set[str]:
    """Give the agents that the declaration refuses at some path and the file that is served does not."""
    groups = (artifact for artifact in heard.signal.render(meant) if isinstance(artifact, RobotsGroup))
    agents = {agent for group in groups for agent in group.agents} - {"*"}
    return {
        agent
        for agent in agents
        for path in wish.paths()
        if _said(heard.signal, meant, origin + path, agent) and not heard.say(origin + path, agent)
    }


def _of_answer(wish: Declaration, heard: Heard) -> Iterator[Finding]:
    signal, url = heard.signal, heard.capture.url
    level = _level(wish, url)
    meant = signal.of(wish, level) if signal.carrier in wish.carriers else None
    if meant is None:
        return
    if signal.reads == {Kind.PAGE} and "html" not in (heard.capture.media_type or "html"):
        return  # a page leads to a feed as to a page; only what is HTML has tags
    if heard.model is None:
        rule = EXP103 if signal.reads == {Kind.PAGE} else EXP102
        yield rule.at(Origin(heard.capture.asked), signal=signal.name)
    else:
        yield from _differences(heard, meant, url, urlsplit(url).path or "/")


def _differences(heard: Heard, meant: object, url: str, path: str) -> Iterator[Finding]:
    """Yield what the carrier, as declared, would tell everybody about `url`, and as served does not."""
    got = {(s.use, s.preference, s.reading) for s in heard.say(url) if s.audience is Audience.EVERYONE}
    lost: Mapping[Preference, set[Use]] = {Preference.DISALLOWED: set(), Preference.ALLOWED: set()}
    for s in _said(heard.signal, meant, url):
        if s.audience is Audience.EVERYONE and (s.use, s.preference, s.reading) not in got:
            lost[s.preference].add(s.use)
    for rule, uses in ((EXP401, lost[Preference.DISALLOWED]), (EXP402, lost[Preference.ALLOWED])):
        if uses:
            listed = ", ".join(use for use in Use if use in uses)
            yield rule.at(Origin(heard.capture.asked), signal=heard.signal.name, uses=listed, path=path)


# ---- what the declaration intends ----------------------------------------------------------------------------------------
def _meant(wish: Declaration, finding: Finding) -> bool:
    """Tell whether a finding complains of something that the declaration says in so many words."""
    if finding.code in ZEROS:
        return wish.preference(Use.TDM, _level(wish, finding.origin.url)) is Preference.ALLOWED
    if finding.code in ZEROS_OF_A_RULE:
        # A wildcard inside the path of an exception makes the rule wider than the exception, and no prefix of it any more.
        location = dict(finding.values)["location"]
        return wish.preference(Use.TDM, _level(wish, location)) is Preference.ALLOWED
    if finding.code in UNRESERVED:
        return not wish.reserves(Use.TDM, _level(wish, finding.origin.url))
    if finding.code in UNRESERVED_SITE:
        return not any(wish.reserves(Use.TDM, path) for path in wish.paths())
    return False


def _level(wish: Declaration, url: str) -> str:
    """Give the path of the declaration that an address (absolute, or a path) falls under; escapes may differ."""
    wanted = plain(url)
    return next(path for path in wish.paths() if path == "/" or wanted.startswith(plain(path)))


def _site_wide(signal: AnySignal) -> bool:
    return any(kind.is_policy for kind in signal.reads)


def _said(signal: AnySignal, model: object, url: str, agent: str | None = None) -> Iterable[Statement]:
    return () if model is None else signal.evaluate(model, Asked(url, agent), Origin(url))
