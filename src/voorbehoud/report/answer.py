"""The answer for people: what a site's verdict comes down to, and the causes where it is not "reserved"."""

from collections import Counter
from dataclasses import dataclass
from enum import StrEnum

from ..core.statement import Audience
from ..core.use import Use
from ..evaluate.verdict import ResourceVerdict, SiteVerdict, UseVerdict, Verdict


class Answer(StrEnum):
    """A site in a word or two; RESERVED exactly where the verdict says `protected`."""

    RESERVED = "reserved"
    NOT_EVERYWHERE = "not-everywhere"
    NOT_RESERVED = "not-reserved"
    NOT_ESTABLISHED = "not-established"


class Cause(StrEnum):
    """Why something is not reserved, in the order in which people should hear it."""

    CONTRADICTED = "contradicted"
    ALLOWED = "allowed"
    NAMED = "named"
    FAVOURABLE = "favourable"
    UNSET = "unset"
    UNDETERMINED = "undetermined"
    UNREACHABLE = "unreachable"
    OTHER = "other"  # the judge's reason lies outside the resources; the findings tell it


@dataclass(frozen=True, slots=True)
class Conclusion:
    """`causes` with the number of resources of `total` that each holds for; empty where the site is reserved."""

    answer: Answer
    causes: tuple[tuple[Cause, int], ...]
    total: int


def conclude(site: SiteVerdict) -> Conclusion:
    """Say in one word what a site's verdict comes down to.  Never milder than the verdict: only `protected` is RESERVED."""
    total = len(site.resources)
    if site.protected:
        return Conclusion(Answer.RESERVED, (), total)
    if not site.reachable:
        return Conclusion(Answer.NOT_ESTABLISHED, ((Cause.UNREACHABLE, total),), total)
    counted = Counter(cause for resource in site.resources if (cause := cause_of(resource)))
    if not counted:  # every resource is fine, or there is none: the site as a whole is not
        counted[_cause(site.use(Use.TDM)) or Cause.OTHER] = total
    if set(counted) == {Cause.UNDETERMINED}:
        answer = Answer.NOT_ESTABLISHED
    elif sum(counted.values()) < total:
        answer = Answer.NOT_EVERYWHERE
    else:
        answer = Answer.NOT_RESERVED
    return Conclusion(answer, tuple((cause, counted[cause]) for cause in Cause if cause in counted), total)


def cause_of(resource: ResourceVerdict) -> Cause | None:
    """Give the reason why a page or file does not count as reserved; None where it does."""
    if resource.use(Use.TRAIN_AI).contradictory:
        return Cause.CONTRADICTED
    return _cause(resource.use(Use.TDM))


def _cause(mining: UseVerdict) -> Cause | None:
    if mining.contradictory:
        return Cause.CONTRADICTED
    if mining.strict is Verdict.UNDETERMINED:
        return Cause.UNDETERMINED
    if mining.strict is Verdict.NOT_RESERVED:
        return Cause.ALLOWED
    if mining.strict is Verdict.RESERVED and mining.audience is Audience.EVERYONE:
        return None
    if mining.audience is Audience.NAMED:
        return Cause.NAMED
    return Cause.FAVOURABLE if mining.protective is Verdict.RESERVED else Cause.UNSET
