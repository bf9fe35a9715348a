"""What a site reserved week by week: for people as text, for programs as JSON."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any

from ..advice import title
from ..core.finding import Severity
from ..core.use import Use
from ..evaluate.drift import Hold, State
from ..evaluate.drift_causes import Cause, Why
from ..evaluate.verdict import Verdict
from ..history import Change, Standing, Store
from ..i18n import count, moment, name, say, signal_name, where
from ..report.wire import printable

SCHEMA = "voorbehoud.history/1"
MOST_PLACES = 4
"""Addresses that people get to see of one change; the JSON has those that the store has."""


@dataclass(frozen=True, slots=True)
class Timeline:
    """Everything that the store knows of one site, oldest first.  `again`: observations as judged by later rules."""

    site: str
    standings: tuple[Standing, ...]
    changes: tuple[Change, ...]
    again: tuple[Standing, ...]


def timeline(store: Store, site: str) -> Timeline | None:
    """Give the timeline of a site, an origin in wire form; None where it was never seen."""
    standings = tuple(store.timeline(site))
    if not standings:
        return None
    return Timeline(site, standings, tuple(store.changes(site=site)), tuple(store.judged_again(site)))


# ---- for people ------------------------------------------------------------------------------------------------------
def text(told: Timeline, lang: str) -> str:
    """Give the timeline in `lang`: what held, from when to when, and each change where it was seen."""
    member = told.standings[-1].member
    lines = [count("history.title", len(told.standings), lang, site=printable(told.site))]
    about = [
        say(f"history.{key}", lang, **{key: printable(value)})
        for key, value in (("member", member.member), ("group", member.group))
        if value
    ]
    lines += [f"  {', '.join(about)}"] if about else []
    changes = {change.observation: change for change in told.changes}
    again = {standing.observation: standing for standing in told.again}
    for _, spell in groupby(
        told.standings, key=lambda s: (s.observation in changes and s.observation, _holds(s))
    ):
        lines += ["", *_spell(tuple(spell), changes, again, lang)]
    return "\n".join(lines) + "\n"


def _holds(standing: Standing) -> object:
    """Give what makes two visits one line of the timeline."""
    return standing.uses, standing.protected, standing.reachable, standing.contradictory, standing.platform


def _spell(
    spell: Sequence[Standing], changes: dict[int, Change], again: dict[int, Standing], lang: str
) -> Iterator[str]:
    first, last = spell[0], spell[-1]
    when = moment(first.at, lang)
    if first is not last:
        times = count("history.times", len(spell), lang)
        when = f"{say('history.span', lang, first=when, last=moment(last.at, lang))} ({times})"
    yield when
    if (change := changes.get(first.observation)) is not None:
        yield from change_lines(change, lang)
    yield f"  {_outcome(first, lang)}"
    judged = again.get(last.observation)
    if judged is not None and _holds(judged) != _holds(last):
        yield "  " + say("history.again", lang, rules=judged.rules, outcome=_outcome(judged, lang))


def _outcome(standing: Standing, lang: str) -> str:
    if not standing.reachable:
        return say("history.silent", lang)
    parts = [say("history.protected", lang)] if standing.protected else []
    for verdict in Verdict:
        for audience in dict.fromkeys(said.audience for said in standing.uses):
            uses = [
                name(said.use, lang)
                for said in standing.uses
                if said.strict is verdict and said.audience is audience
                if not (standing.protected and said.use is Use.TDM)
            ]
            if uses:
                whom = (
                    f" ({name(audience, lang)})"
                    if audience is not None and verdict is Verdict.RESERVED
                    else ""
                )
                parts.append(f"{', '.join(uses)}: {name(verdict, lang)}{whom}")
    if standing.contradictory:
        parts.append(say("history.contradictory", lang))
    if standing.platform:
        parts.append(say("history.platform", lang, platform=title(standing.platform, lang)))
    return "; ".join(parts)


def change_lines(change: Change, lang: str) -> Iterator[str]:
    drift = change.drift
    details = []
    if drift.state is State.WEAKENED and drift.severity is Severity.WARNING:
        details.append(say("history.once", lang))
    weaker = any(move.after < move.before for move in drift.moves)
    if drift.before is not None and (weaker or drift.state.is_silent):
        details.append(say("history.before", lang, at=moment(drift.before, lang)))
    state, severity = name(drift.state, lang), name(drift.severity, lang)
    yield "  " + "; ".join((say("history.change", lang, state=state, severity=severity), *details))
    places: dict[tuple[str, Hold, Hold], list[Use]] = {}
    for move in drift.moves:
        places.setdefault((move.url, move.before, move.after), []).append(move.use)
    for (url, before, after), uses in list(places.items())[:MOST_PLACES]:
        yield "    " + say(
            "history.move",
            lang,
            uses=", ".join(name(use, lang) for use in uses),
            before=name(before, lang),
            after=name(after, lang),
            where=say("history.site", lang) if url == drift.site else printable(url),
        )
    if (rest := len(places) - MOST_PLACES) > 0:
        yield f"    {count('history.more', rest, lang)}"
    for cause in change.causes:
        yield f"    {_cause(cause, lang)}"


def _cause(cause: Cause, lang: str) -> str:
    detail = _platforms(cause.detail, lang) if cause.why is Why.PLATFORM else signal_name(cause.detail, lang)
    place = ", ".join(
        dict.fromkeys(filter(None, (cause.origin.url, where(cause.origin.where, lang), detail)))
    )
    return f"{say('history.cause', lang, why=name(cause.why, lang))} ({printable(place)})"


def _platforms(detail: str, lang: str) -> str:
    """Give `wix > wordpress, cloudflare` with the names that people know."""
    sides = (", ".join(title(each, lang) for each in side.split(", ")) for side in detail.split(" > "))
    return " > ".join(sides)


# ---- for programs ----------------------------------------------------------------------------------------------------
def document(told: Timeline) -> str:
    """Give the timeline as JSON, described in docs/json.md."""
    return json.dumps(
        {
            "schema": SCHEMA,
            "site": told.site,
            "observations": [_standing(standing) for standing in told.standings],
            "judged_again": [_standing(standing) for standing in told.again],
            "changes": [change_data(change) for change in told.changes],
        },
        ensure_ascii=False,
        indent=2,
    )


def _standing(standing: Standing) -> dict[str, Any]:
    return {
        "at": _time(standing.at),
        "protected": standing.protected,
        "reachable": standing.reachable,
        "contradictory": standing.contradictory,
        "worst": standing.worst,
        "platform": standing.platform or None,
        "address": standing.address,
        "rules": standing.rules,
        "tool": standing.tool,
        "uses": {
            said.use: {"strict": said.strict, "protective": said.protective, "audience": said.audience}
            for said in standing.uses
        },
    }


def change_data(change: Change) -> dict[str, Any]:
    drift = change.drift
    return {
        "at": _time(drift.at),
        "before": None if drift.before is None else _time(drift.before),
        "state": drift.state,
        "was": drift.was,
        "severity": drift.severity,
        "moves": [
            {"url": m.url, "use": m.use, "before": m.before.name.lower(), "after": m.after.name.lower()}
            for m in drift.moves
        ],
        "causes": [
            {"why": c.why, "url": c.origin.url, "where": c.origin.where, "detail": c.detail}
            for c in change.causes
        ],
    }


def _time(at: datetime) -> str:
    return f"{at:%Y-%m-%dT%H:%M:%SZ}"
