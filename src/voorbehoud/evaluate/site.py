"""Captures of a site in, its verdict out."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from ..core.evidence import Capture, Origin, origin_of
from ..core.finding import Finding, Severity
from ..core.preference import Preference
from ..core.statement import Audience, Reading, Statement
from ..core.use import Use
from . import cross, transport
from .effective import effective
from .effective import heard as heard_in
from .listen import Heard, Policy, listen, policies
from .readers import of_readers, own_view, told_less
from .resource import judge_use
from .verdict import (
    RULES_VERSION,
    ResourceVerdict,
    SignalResult,
    SignalState,
    SiteVerdict,
    UseVerdict,
    Verdict,
)

WEAKEST_FIRST = (Verdict.NOT_RESERVED, Verdict.UNSET, Verdict.UNDETERMINED, Verdict.RESERVED)
"""How resources add up: a site is as well reserved as the least reserved thing on it."""


def judge(site: str, captures: Sequence[Capture], now: datetime) -> SiteVerdict:
    """Say what an outside reader must conclude about `site`, an origin.

    `captures`: all answers of one visit, policy files and resources, in any order.  `now` is the time of the judgement, UTC.
    Never raises because of what a server sent.
    """
    ours = own_view(captures)
    by_origin = policies(ours)
    resources: list[ResourceVerdict] = []
    findings: list[Finding] = []
    spoken: list[Heard] = []
    for capture in ours:
        if capture.kind.is_policy:
            continue
        own = tuple(listen(capture))
        policy = by_origin.get(origin_of(capture.url)) or Policy(origin_of(capture.url))
        said = policy.say(capture.url) + tuple(s for h in own for s in h.say(capture.url))
        uses = tuple(judge_use(use, said, policy.missing, capture.ok) for use in Use)
        resource = ResourceVerdict(capture.asked, capture.kind, uses, capture.found_on, capture.ok)
        resources.append(resource)
        spoken += own
        findings += cross.of_resource(site, capture, resource, said)

    files = [heard for policy in by_origin.values() for heard in policy.heard]
    findings += [finding for heard in (*files, *spoken) for finding in heard.findings]
    findings += [finding for policy in by_origin.values() for finding in cross.of_origin(policy)]
    findings += transport.of_captures(ours)
    findings += of_readers(captures)
    uses = tuple(_site_use(use, resources) for use in Use)
    mining = uses[0]
    protected = (
        bool(resources)
        and mining.strict is Verdict.RESERVED
        and mining.audience is Audience.EVERYONE
        and not any(r.use(use).contradictory for r in resources for use in (Use.TDM, Use.TRAIN_AI))
        and not told_less(captures)
    )
    findings += cross.of_site(site, uses, resources, protected)
    return SiteVerdict(
        site=site,
        checked=now,
        rules=RULES_VERSION,
        protected=protected,
        uses=uses,
        signals=tuple(_signals(site, files, spoken)),
        resources=tuple(resources),
        findings=_sorted(findings),
        reachable=any(r.fetched for r in resources),
    )


def _site_use(use: Use, resources: Sequence[ResourceVerdict]) -> UseVerdict:
    """Give the verdict on the whole site: the weakest of its resources, in each reading."""
    parts = [resource.use(use) for resource in resources]
    if not parts:
        return UseVerdict(use, Verdict.UNDETERMINED, Verdict.UNDETERMINED, undetermined=True)
    strict = min((part.strict for part in parts), key=WEAKEST_FIRST.index)
    protective = min((part.protective for part in parts), key=WEAKEST_FIRST.index)
    deciding = next(p for p in parts if p.strict is strict)
    audience = None
    if Verdict.RESERVED in {strict, protective}:
        audiences = {part.audience for part in parts}
        audience = Audience.EVERYONE if audiences == {Audience.EVERYONE} else Audience.NAMED
    return UseVerdict(
        use=use,
        strict=strict,
        protective=protective,
        audience=audience,
        contradictory=any(part.contradictory for part in parts),
        undetermined=any(part.undetermined for part in parts),
        because=deciding.because,
        overruled=deciding.overruled,
    )


def _signals(site: str, files: Iterable[Heard], spoken: Iterable[Heard]) -> Iterable[SignalResult]:
    """Give every policy signal at every origin; the others wherever something was said, else once as absent."""
    for heard in files:
        yield _result(heard, origin_of(heard.capture.asked) + "/")
    by_name: dict[str, list[Heard]] = {}
    for heard in spoken:
        by_name.setdefault(heard.signal.name, []).append(heard)
    for name, places in by_name.items():
        present = [h for h in places if h.state in {SignalState.PRESENT, SignalState.BROKEN}]
        if present:
            for heard in present:
                yield _result(heard, heard.capture.url)
        else:
            known = any(h.state is SignalState.ABSENT for h in places)
            yield SignalResult(
                name, SignalState.ABSENT if known else SignalState.UNDETERMINED, (), Origin(site)
            )


def _result(heard: Heard, url: str) -> SignalResult:
    said = heard.say(url)
    literal = heard_in(said, Reading.STRICT)
    uses = tuple((use, effective(use, _about(use, literal))) for use in Use)
    told = tuple((use, preference) for use, preference in uses if preference is not Preference.UNKNOWN)
    return SignalResult(heard.signal.name, heard.state, told, next((s.origin for s in said), heard.origin))


def _about(use: Use, said: Iterable[Statement]) -> tuple[Statement, ...]:
    # What the signal itself says; that a reserved tdm entails train-ai is our reading of it and belongs to the verdict.
    return tuple(s for s in said if s.use is use)


def _sorted(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Give findings worst first, each once; good news once a code, however many places share it."""
    kept: dict[object, Finding] = {}
    for finding in findings:
        good = finding.severity is Severity.GOOD
        kept.setdefault(finding.code if good else (finding.code, finding.origin, finding.values), finding)
    return tuple(
        sorted(kept.values(), key=lambda f: (-f.severity.weight, f.code, f.origin.url, f.origin.where))
    )
