"""Captures of a site in, its verdict out."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from ..core.evidence import Capture, Kind, Origin, origin_of
from ..core.finding import Finding, Severity
from ..core.preference import Preference
from ..core.statement import Audience, Reading, Statement
from ..core.use import Use
from ..signals.rsl import SIGNAL as RSL_SIGNAL
from ..signals.tdm_policy import SIGNAL as POLICY_SIGNAL
from . import cross, transport
from .effective import effective
from .effective import heard as heard_in
from .listen import Heard
from .platforms import platforms
from .readers import of_head, own_view, told_less, untold
from .riddle import without_riddles
from .verdict import RULES_VERSION, SignalResult, SignalState, SiteVerdict, Verdict
from .view import view


def judge(site: str, captures: Sequence[Capture], now: datetime) -> SiteVerdict:
    """Say what an outside reader must conclude about `site`, an origin.

    `captures`: all answers of one visit, policy files and resources, in any order.  `now` is the time of the judgement, UTC.
    Never raises because of what a server sent.
    """
    captures = without_riddles(captures)
    told = own_view(captures)
    ours = view(site, told)
    strays = tuple(transport.of_strays(site, told))
    others = (*told_less(site, captures, ours), *untold(captures))
    mining = ours.uses[0]
    protected = (
        mining.strict is Verdict.RESERVED
        and mining.audience is Audience.EVERYONE
        and not any(r.use(use).contradictory for r in ours.resources for use in (Use.TDM, Use.TRAIN_AI))
        and all(capture.tls in {None, "ok"} for capture in told)  # most readers would not have come this far
        and not any(capture.kind is Kind.ORIGIN for capture in told)
        and not strays
        and not others
    )
    findings = (
        *ours.findings,
        *transport.of_captures(told),
        *strays,
        *others,
        *of_head(captures),
        *cross.of_site(site, ours.uses, ours.resources, protected),
    )
    return SiteVerdict(
        site=site,
        checked=now,
        rules=RULES_VERSION,
        protected=protected,
        uses=ours.uses,
        signals=(
            *_signals(site, ours.files, ours.spoken),
            *_documents(site, RSL_SIGNAL.name, ours.licensed.heard),
            *_documents(site, POLICY_SIGNAL.name, ours.conditions.heard),
        ),
        resources=ours.resources,
        findings=sorted_findings(findings),
        reachable=any(r.fetched for r in ours.resources),
        platforms=platforms(site, told),
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


def _documents(site: str, name: str, found: Iterable[Heard]) -> Iterable[SignalResult]:
    """Give every document that something names, as it speaks of the home page; else once that there is none."""
    results = [_result(heard, site + "/") for heard in found]
    yield from results or [SignalResult(name, SignalState.ABSENT, (), Origin(site))]


def _result(heard: Heard, url: str) -> SignalResult:
    said = heard.say(url)
    literal = heard_in(said, Reading.STRICT)
    mentioned = {s.use for s in literal}
    uses = ((use, effective(use, _about(use, literal))) for use in Use if use in mentioned)
    told = tuple((use, preference) for use, preference in uses if preference is not Preference.UNKNOWN)
    return SignalResult(heard.signal.name, heard.state, told, next((s.origin for s in said), heard.origin))


def _about(use: Use, said: Iterable[Statement]) -> tuple[Statement, ...]:
    # What the signal itself says; that a reserved tdm entails train-ai is our reading of it and belongs to the verdict.
    return tuple(s for s in said if s.use is use)


def sorted_findings(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Give findings worst first, each once; good news once a code, however many places share it."""
    kept: dict[object, Finding] = {}
    for finding in findings:
        good = finding.severity is Severity.GOOD
        kept.setdefault(finding.code if good else (finding.code, finding.origin, finding.values), finding)
    return tuple(
        sorted(kept.values(), key=lambda f: (-f.severity.weight, f.code, f.origin.url, f.origin.where))
    )
