"""What to tell of changes: one piece of news a site, the worst first, and nothing that is only a suspicion as an alarm."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from ..alerts.settings import Kind
from ..core.finding import Finding, Severity
from ..evaluate.drift import State
from ..evaluate.verdict import SiteVerdict
from ..history import Change

MOST_TO_DO = 2
"""Findings that a message repeats of one site; `voorbehoud check` has them all."""

Verdicts = Callable[[int], SiteVerdict]
"""Gives the verdict of an observation, by its number."""


@dataclass(frozen=True, slots=True)
class News:
    """What became of one site.  `change`: as it stands now; `others`: what else is told of it, oldest first.

    `to_do`: what to mend, the worst first; `platform`: what the site is built with; both only where something became worse.
    """

    kind: Kind
    change: Change
    others: tuple[Change, ...] = ()
    platform: str = ""
    to_do: tuple[Finding, ...] = ()


def kind_of(change: Change) -> Kind:
    """Say what a change is to its reader.  No answer is no loss, and what was missed once may be back in an hour."""
    drift = change.drift
    if drift.state in {State.LOST, State.DIVERGENT}:
        return Kind.WORSE
    if drift.state is State.WEAKENED:
        return Kind.UNSURE if drift.severity is Severity.WARNING else Kind.WORSE
    return Kind.BETTER if drift.state in {State.PRESENT, State.CHANGED} else Kind.UNSURE


def news(changes: Iterable[Change], verdicts: Verdicts, tell: frozenset[Kind]) -> tuple[News, ...]:
    """Give the news of the kinds in `tell`, worst first.  A site that fell silent after a loss is still a site with a loss."""
    by_site: dict[str, list[Change]] = {}
    for change in changes:
        by_site.setdefault(change.member.site, []).append(change)
    found = [each for each in map(_of_site, by_site.values()) if each.kind in tell]
    order = list(Kind.__members__.values())
    found.sort(key=lambda n: (order.index(n.kind), -n.change.drift.severity.weight, n.change.member.site))
    return tuple(_with_advice(each, verdicts) if each.kind is Kind.WORSE else each for each in found)


def _of_site(changes: Sequence[Change]) -> News:
    spoken = [change for change in changes if not change.drift.state.is_silent]
    now = (spoken or changes)[-1]
    return News(kind_of(now), now, tuple(change for change in changes if change is not now))


def _with_advice(told: News, verdicts: Verdicts) -> News:
    verdict = verdicts(told.change.observation)
    mind = [f for f in verdict.findings if f.severity.weight >= Severity.ERROR.weight]
    platform = verdict.platforms[0].name if verdict.platforms else ""
    return News(told.kind, told.change, told.others, platform, tuple(mind[:MOST_TO_DO]))
