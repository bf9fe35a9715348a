"""What one reader is told about a site: every page and file with its verdict, and the site as a whole."""

from collections.abc import Sequence
from dataclasses import dataclass

from ..core.evidence import Capture, Kind, origin_of
from ..core.finding import Finding
from ..core.statement import Audience
from ..core.use import Use
from . import asides, cross, prose
from .conditions import Conditions, conditions
from .licences import Licences, licences
from .listen import Heard, Policy, answered, listen, policies
from .resource import judge_use, unless
from .verdict import ResourceVerdict, UseVerdict, Verdict

WEAKEST_FIRST = (Verdict.NOT_RESERVED, Verdict.UNSET, Verdict.UNDETERMINED, Verdict.RESERVED)
"""How resources add up: a site is as well reserved as the least reserved thing on it."""


@dataclass(frozen=True, slots=True)
class View:
    """`files`: signals read from policy files.  `spoken`: signals that came with pages and works."""

    uses: tuple[UseVerdict, ...]
    resources: tuple[ResourceVerdict, ...]
    files: tuple[Heard, ...]
    spoken: tuple[Heard, ...]
    licensed: Licences
    conditions: Conditions
    findings: tuple[Finding, ...]


def view(site: str, captures: Sequence[Capture]) -> View:
    """Give what a reader that got `captures` must conclude about `site`.

    What a page names and the server does not have (404, 410) is no work: there is nothing to reserve.
    """
    by_origin = policies(captures)
    licensed = licences(captures)
    offered = conditions(captures)
    resources: list[ResourceVerdict] = []
    findings: list[Finding] = []
    spoken: list[Heard] = []
    for capture in captures:
        if not capture.kind.is_resource or (capture.absent and capture.found_on is not None):
            continue
        own = tuple(listen(capture))
        policy = by_origin.get(origin_of(capture.url)) or Policy(origin_of(capture.url))
        governed = licensed.govern(capture.url, capture)
        said = (*policy.say(capture.url), *(s for h in own for s in h.say(capture.url)), *governed.said)
        said = (*said, *offered.govern(capture.url, capture, said))
        missing = policy.missing | ({Kind.LICENCE} if governed.open else frozenset())
        fetched = answered(capture)
        inside = frozenset(h.signal.family for h in own if h.unread)
        unread = offered.unread(capture.url, capture, said)
        uses = tuple(judge_use(use, said, missing, fetched, inside) for use in Use)
        if unread or inside:
            uses = tuple(unless(verdict, (*said, *unread)) for verdict in uses)
        resource = ResourceVerdict(capture.asked, capture.kind, uses, capture.found_on, fetched)
        resources.append(resource)
        spoken += own
        findings += cross.of_resource(site, capture, resource, said)
        findings += asides.of_resource(capture, own, resource, policy)
    files = tuple(heard for policy in by_origin.values() for heard in policy.heard)
    findings += [finding for heard in (*files, *spoken) for finding in heard.findings]
    findings += [finding for policy in by_origin.values() for finding in cross.of_origin(policy)]
    findings += (*licensed.findings, *offered.findings)
    findings += prose.of_captures(captures)
    findings += asides.of_captures(captures)
    findings += asides.of_works(spoken)
    uses = tuple(_site_use(use, resources) for use in Use)
    return View(uses, tuple(resources), files, tuple(spoken), licensed, offered, tuple(findings))


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
