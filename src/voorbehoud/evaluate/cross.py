"""Where layers disagree, and what that leaves uncovered: findings of the EFF room."""

from collections.abc import Collection, Iterator, Sequence

from ..core.evidence import Capture, Origin, origin_of
from ..core.finding import Finding
from ..core.preference import Preference
from ..core.statement import Audience, Reading, Statement
from ..core.use import Use
from .effective import bearing
from .effective import heard as heard_in
from .listen import Policy
from .rules import EFF401, EFF402, EFF403, EFF404, EFF405, EFF406, EFF407, EFF408, EFF409, EFF901
from .verdict import ResourceVerdict, UseVerdict, Verdict


def of_resource(
    site: str,
    capture: Capture,
    resource: ResourceVerdict,
    said: Collection[Statement],
) -> Iterator[Finding]:
    """Yield what the layers of one page or file do to each other."""
    here = Origin(capture.asked)
    literal = heard_in(said, Reading.STRICT, Audience.EVERYONE)
    yield from _overruled_by_zero(literal, here)
    for verdict in resource.uses:
        if verdict.contradictory and not _within_tdmrep(verdict.use, literal):
            yes, no = _sides(verdict.use, heard_in(said, Reading.STRICT))
            yield EFF401.at(here, use=verdict.use, yes=yes, no=no)
    if resource.fetched and resource.use(Use.TDM).strict in {Verdict.UNSET, Verdict.NOT_RESERVED}:
        elsewhere = origin_of(capture.url)
        if elsewhere == site:
            yield EFF404.at(here, kind=capture.kind)
        else:
            yield EFF403.at(here, kind=capture.kind, elsewhere=elsewhere)
    policies = sorted({s.policy for s in said if s.policy})
    if len(policies) > 1:
        yield EFF409.at(here, policies=", ".join(policies))


def of_site(
    site: str, uses: Sequence[UseVerdict], resources: Sequence[ResourceVerdict], protected: bool
) -> Iterator[Finding]:
    """Yield what the whole site amounts to."""
    here = Origin(site)
    mining, training = uses[0], uses[1]
    judged = [r for r in resources if r.fetched]
    nowhere = bool(judged) and all(
        r.use(Use.TDM).strict in {Verdict.UNSET, Verdict.NOT_RESERVED} for r in judged
    )
    if protected:
        yield EFF901.at(here, count=len(resources))
    elif nowhere and training.strict is Verdict.RESERVED:
        yield EFF407.at(here)
    elif nowhere and mining.protective is Verdict.UNSET:
        named = sorted(
            {
                a
                for r in judged
                for s in r.use(Use.TRAIN_AI).because
                if s.audience is Audience.NAMED
                and not s.exempting
                and s.family != "search-engines"  # a word to one that may come
                for a in s.agents
            }
        )
        if named and training.audience is Audience.NAMED:
            yield EFF405.at(here, agents=", ".join(named[:8]) + (", …" if len(named) > 8 else ""))
        else:
            yield EFF406.at(here)


def of_origin(policy: Policy) -> Iterator[Finding]:
    """Yield what the policy files of one origin do to each other: robots.txt may keep crawlers from the reservation itself."""
    files = {heard.signal.name: heard for heard in policy.heard if heard.model is not None}
    robots, reservation = files.get("robots-txt"), files.get("tdm-file")
    if robots is None or reservation is None:
        return
    everyone = robots.model.everyone
    access = everyone.access(reservation.capture.asked) if everyone is not None else None
    if access is not None and not access.allowed:
        yield EFF408.at(Origin(robots.capture.url, f"line {access.line}"))


def _overruled_by_zero(literal: Sequence[Statement], here: Origin) -> Iterator[Finding]:
    layers = [s for s in literal if s.use is Use.TDM and s.family == "tdmrep" and s.signal != "tdm-policy"]
    top = max((s.rank for s in layers), default=0)
    for stronger in (s for s in layers if s.rank == top and s.preference is Preference.ALLOWED):
        for weaker in (s for s in layers if s.rank < top and s.preference is Preference.DISALLOWED):
            yield EFF402.at(here, stronger=_place(stronger), weaker=_place(weaker))


def _within_tdmrep(use: Use, literal: Sequence[Statement]) -> bool:
    """Tell whether the contradiction is the one that EFF402 or a policy explains: nobody outside TDMRep takes part in it."""
    sayers = [s for s in literal if s.use is use]
    return use is Use.TDM and all(s.family == "tdmrep" for s in sayers)


def _sides(use: Use, literal: Sequence[Statement]) -> tuple[str, str]:
    said = {*bearing(use, literal), *(s for s in literal if s.use is use)}
    yes = sorted({_place(s) for s in said if s.preference is Preference.DISALLOWED})
    no = sorted({_place(s) for s in said if s.preference is Preference.ALLOWED})
    return ", ".join(yes), ", ".join(no)


def _place(statement: Statement) -> str:
    where = f", {statement.origin.where}" if statement.origin.where else ""
    return f"{statement.signal}{where}"
