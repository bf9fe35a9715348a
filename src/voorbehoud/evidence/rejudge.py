"""The verdict of an archive, worked out again from its own captures."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from ..evaluate.site import judge
from ..evaluate.verdict import RULES_VERSION, SiteVerdict, Verdict
from .archive import ArchiveError, read
from .manifest import Seen
from .problem import Problem, problem

Write = Callable[[SiteVerdict, str], Mapping[str, Any]]
"""Gives the document (`voorbehoud.check/1`) of one verdict; the text is the version of the program."""

SLACK = timedelta(minutes=5)
"""How far a clock may be from itself within one observation."""


def judge_again(
    site: str, seen: Seen, archive: bytes, write: Write
) -> tuple[list[Problem], tuple[datetime, ...]]:
    """Give what does not fit: between the archive and what the manifest says of it, and between its captures and its verdict.

    With it: when answers came in, where these tell anything of the site.  They bound a gap, for an observation lasts as long
    as whoever made it says.
    """
    try:
        held = read(archive)
        (told,) = held.verdict["sites"]
        summary = _summary(told)
        checked = datetime.fromisoformat(told["checked"])
        again = judge(site, held.captures, checked)
        (ours,) = write(again, seen.tool)["sites"]
        differing = _differing(told, ours)
        claims_more = _claims(told) - _claims(ours)
    except (ArchiveError, ValueError, TypeError, AttributeError, LookupError, ArithmeticError) as error:
        return [problem("archive-damaged", seen.archive, reason=str(error))], ()
    found = []
    if told["site"] != site or summary != (seen.rules, seen.reachable, seen.protected, dict(seen.uses)):
        found.append(problem("summary-wrong", seen.archive))
    if any(not seen.started - SLACK <= c.at <= seen.finished + SLACK for c in held.captures):
        found.append(problem("time-outside", seen.archive, started=seen.started, finished=seen.finished))
    if told["rules"] == RULES_VERSION and differing:
        found.append(problem("verdict-does-not-follow", seen.archive, what=", ".join(differing)))
    elif claims_more:
        more = ", ".join(sorted(claims_more))
        found.append(problem("verdict-claims-more", seen.archive, what=more, rules=RULES_VERSION))
    elif told["rules"] != RULES_VERSION and _outcome(told) != _outcome(ours):
        found.append(problem("rules-changed", seen.archive, theirs=str(told["rules"]), ours=RULES_VERSION))
    return found, tuple(c.at for c in held.captures if c.status is not None) if again.reachable else ()


def _summary(told: Mapping[str, Any]) -> tuple[Any, ...]:
    uses = {use: verdict["strict"] for use, verdict in told["uses"].items()}
    return told["rules"], told["reachable"], told["protected"], uses


def _differing(told: Mapping[str, Any], ours: Mapping[str, Any]) -> list[str]:
    """Give the parts of a verdict that are not what the captures give.  The words of findings may change; what is found may not."""
    parts = ["protected", "reachable", "uses", "signals", "resources"]
    differing = [part for part in parts if told[part] != ours[part]]
    found, find = ([(f["code"], f["origin"]) for f in one["findings"]] for one in (told, ours))
    return differing + (["findings"] if found != find else [])


def _outcome(told: Mapping[str, Any]) -> Any:
    return told["protected"], told["reachable"], _words(told["uses"]), _resources(told)


def _claims(told: Mapping[str, Any]) -> set[str]:
    """Give what a verdict says is reserved: the site as a whole, and each use of each resource."""
    claims = {"protected"} if told["protected"] else set()
    everything = {"": _words(told["uses"]), **_resources(told)}
    return claims | {
        f"{use} {url}".strip()
        for url, uses in everything.items()
        for use, (strict, *_) in uses.items()
        if strict == Verdict.RESERVED
    }


def _resources(told: Mapping[str, Any]) -> dict[str, Any]:
    return {resource["url"]: _words(resource["uses"]) for resource in told["resources"]}


def _words(uses: Mapping[str, Any]) -> dict[str, tuple[Any, ...]]:
    return {use: (v["strict"], v["protective"], v["audience"]) for use, v in uses.items()}
