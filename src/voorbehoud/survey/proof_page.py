"""The page of a bundle that people read first and print: what was reserved when, by which line, and how to check all of it."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from itertools import pairwise
from typing import Any

from .. import i18n
from ..core.evidence import Capture, Origin
from ..evaluate.observation import Observation
from ..evaluate.verdict import SiteVerdict, UseVerdict
from ..evidence import clock
from ..evidence.manifest import AUTHORITY, NAME, PAGES, SIGNATURE, STAMP, SUMS, Manifest
from ..evidence.verify import CONFIRMED
from ..report.page import VERDICT_MARKS
from ..report.sheet import sheet
from ..report.told import ANSWER_MARKS, answer, for_whom, sampled
from ..report.wire import printable

LINE = re.compile(r"line (\d+)")
HEADER = re.compile(r"header ([!#$%&'*+.^_`|~0-9A-Za-z-]+)")
CERTIFICATES = "tsa.pem"
"""What the page calls the file that readers get from the authority themselves: not the name of one that is in the bundle."""

MOST_FAILURES = 200
"""Rows of failures that the page shows; the archive holds them all."""


@dataclass(frozen=True, slots=True)
class Deciding:
    """A statement that decides, as people read it: which signal, where, and the words that stand there (None: not in one line)."""

    signal: str
    origin: Origin
    words: str | None


@dataclass(slots=True)
class Spell:
    """Observations in a row that came to the same, for the same reasons.  `at`: when each began."""

    verdict: SiteVerdict
    deciding: Mapping[str, tuple[Deciding, ...]]
    at: list[datetime] = field(default_factory=list)
    last: datetime | None = None


@dataclass(slots=True)
class Failed:
    """An address that gave no usable answer for one reason: how often, first and last."""

    first: datetime
    last: datetime
    times: int


@dataclass(slots=True)
class Timeline:
    """What the page tells of each observation, gathered one by one so that their bytes need not be kept."""

    site: str
    spells: list[Spell] = field(default_factory=list)
    failures: dict[tuple[str, str], Failed] = field(default_factory=dict)
    looks: list[tuple[datetime, datetime]] = field(default_factory=list)
    clocks: list[tuple[float, int]] = field(default_factory=list)

    def add(self, observation: Observation) -> None:
        """Take in the next observation."""
        verdict = observation.verdict
        deciding = {
            use.use.value: tuple(_deciding(use, observation.captures)) for use in verdict.uses if use.because
        }
        if (
            not self.spells
            or _told(self.spells[-1].verdict) != _told(verdict)
            or self.spells[-1].deciding != deciding
        ):
            self.spells.append(Spell(verdict, deciding))
        self.spells[-1].at.append(observation.started)
        self.spells[-1].last = observation.finished
        if verdict.reachable:
            self.looks.append((observation.started, observation.finished))
        if (beside := clock.beside_servers(observation.captures)) is not None:
            self.clocks.append(beside)
        for capture in observation.captures:
            if capture.failure is not None:
                known = self.failures.setdefault(
                    (capture.asked, capture.failure.value), Failed(capture.at, capture.at, 0)
                )
                known.last, known.times = capture.at, known.times + 1

    def gaps(self, before: datetime | None) -> tuple[tuple[datetime, datetime], ...]:
        """Where nobody saw the site for longer than what counts as confirmed; `before`: when it was seen last in the bundle before."""
        looks = [(before, before), *self.looks] if before is not None else self.looks
        pairs = ((end, start) for (_, end), (start, _) in pairwise(looks))
        return tuple((end, start) for end, start in pairs if start - end > CONFIRMED)


def page(manifest: Manifest, timeline: Timeline, lang: str) -> str:
    """Give the page of the bundle in `lang`.  Everything from the wire is escaped; nothing is loaded, and nothing runs."""
    return sheet(
        "evidence.html",
        ("report.css", "evidence.css"),
        lang=lang,
        say=lambda key, **blanks: i18n.say(f"evidence-page.{key}", lang, **blanks),
        word=lambda key: i18n.say(key, lang),
        count=lambda key, number: i18n.count(f"evidence-page.{key}", number, lang),
        name=partial(i18n.name, lang=lang),
        signal_name=partial(i18n.signal_name, lang=lang),
        where=lambda place: printable(i18n.where(place, lang)),
        moment=lambda when: exact(when, lang),
        failure=lambda reason: i18n.say(f"Failure.{reason}", lang),
        manifest=manifest,
        other=PAGES["en" if lang == "nl" else "nl"],
        spells=[_spell(spell, lang) for spell in timeline.spells],
        gaps=timeline.gaps(manifest.previous.last if manifest.previous is not None else None),
        seen_at_all=bool(timeline.looks),
        hours=lambda before, after: round((after - before) / timedelta(hours=1)),
        failures=list(timeline.failures.items())[:MOST_FAILURES],
        more_failures=max(0, len(timeline.failures) - MOST_FAILURES),
        clocks=_clocks(timeline.clocks),
        proves=_list("proves", lang),
        does_not_prove=_list("does-not-prove", lang),
        names={
            "manifest": NAME,
            "stamp": STAMP,
            "signature": SIGNATURE,
            "sums": SUMS,
            "authority": AUTHORITY,
        },
        certificates=CERTIFICATES,
        has_authority=any(entry.path == AUTHORITY for entry in manifest.files),
        answer_marks=ANSWER_MARKS,
        verdict_marks=VERDICT_MARKS,
    )


def exact(when: datetime, lang: str) -> str:
    """Give a moment to the second, in UTC: `24 november 2026, 09:05:30 UTC`."""
    told = i18n.moment(when, lang)
    return f"{told.removesuffix(' UTC')}:{when.second:02} UTC"


def _spell(spell: Spell, lang: str) -> dict[str, Any]:
    """Give everything that the template shows of a spell; it only places words, it decides nothing."""
    word, sentence = answer(spell.verdict, lang)
    return {
        "answer": word,
        "sentence": sentence,
        "sampled": sampled(spell.verdict, lang),
        "uses": [
            {
                "verdict": use,
                "for_whom": for_whom(use, lang),
                "deciding": spell.deciding.get(use.use.value, ()),
            }
            for use in spell.verdict.uses
        ],
        "at": spell.at,
        "last": spell.last,
        "rules": spell.verdict.rules,
    }


def _told(verdict: SiteVerdict) -> object:
    """Give what must be the same for two observations to be told as one."""
    resources = tuple((r.url, r.fetched, tuple(_bare(use) for use in r.uses)) for r in verdict.resources)
    return verdict.protected, verdict.reachable, verdict.rules, tuple(map(_bare, verdict.uses)), resources


def _bare(use: UseVerdict) -> object:
    return use.use, use.strict, use.protective, use.audience, use.contradictory


def _deciding(use: UseVerdict, captures: Sequence[Capture]) -> Iterable[Deciding]:
    told = dict.fromkeys((said.signal, said.origin) for said in use.because)
    return (Deciding(signal, origin, _words(captures, origin)) for signal, origin in told)


def _words(captures: Iterable[Capture], origin: Origin) -> str | None:
    """Give the line or the field at `origin`, as it was received."""
    capture = next((c for c in captures if c.url == origin.url and c.status is not None), None)
    if capture is None:
        return None
    if found := LINE.match(origin.where):
        lines = capture.body.splitlines()
        number = int(found[1])
        return lines[number - 1].decode("utf-8", "replace").strip() if 0 < number <= len(lines) else None
    if found := HEADER.match(origin.where):
        return ", ".join(capture.field(found[1])) or None
    return None


def _clocks(clocks: Sequence[tuple[float, int]]) -> dict[str, Any] | None:
    if not clocks:
        return None
    ahead = [seconds for seconds, _ in clocks]
    return {"least": f"{min(ahead):+.0f}", "most": f"{max(ahead):+.0f}", "answers": sum(n for _, n in clocks)}


def _list(key: str, lang: str) -> list[str]:
    return [i18n.say(f"evidence-page.{key}.{number}", lang) for number in range(1, 6)]
