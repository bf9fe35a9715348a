"""A member's own report: what holds on their site, since when, and what to do next, in their language."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import partial
from importlib.metadata import version
from textwrap import fill

from markupsafe import Markup

from .. import i18n
from ..advice import OTHER, advice, html
from ..core.finding import Severity
from ..evaluate.verdict import SiteVerdict
from ..i18n import count, day, say
from . import text as for_terminal
from .answer import Answer
from .sheet import sheet
from .told import ANSWER_MARKS, SEVERITY_MARKS, answer, sampled, told
from .wire import printable

MOST_STEPS = 3
"""Points that a maker is asked to look at first; the check tells all of them."""

MOST_SPELLS = 8
"""Rows of the past on the page; `voorbehoud history` tells all of it."""


class Held(StrEnum):
    """What a visit came to, in the fewest words."""

    RESERVED = "reserved"
    NOT_ALL = "not-all"
    SILENT = "silent"


@dataclass(frozen=True, slots=True)
class Spell:
    """Visits in a row that came to the same."""

    held: Held
    first: datetime
    last: datetime
    visits: int


@dataclass(frozen=True, slots=True)
class Own:
    """A site of the member: the last visit to it, the platform (the last that was known; may be empty), and its past.

    `passed`: when others were visited and this one was not, later than its last visit; None: it is up to date.
    """

    verdict: SiteVerdict
    platform: str
    spells: tuple[Spell, ...]
    passed: datetime | None = None


def since(own: Own, lang: str) -> str:
    """Say how long it has been as it is, as far as visits can tell: what lay between two of them nobody saw."""
    if own.passed is None:
        return _since(own, lang)
    return f"{_since(own, lang)} {say('own.stale', lang, day=day(own.passed, lang))}"


def _since(own: Own, lang: str) -> str:
    last = own.spells[-1]
    heard = [spell for spell in own.spells if spell.held is not Held.SILENT]
    if last.held is Held.SILENT:
        silent = count("own.silent", last.visits, lang, first=day(last.first, lang))
        if not heard:
            return silent
        return f"{silent} {say(f'own.before-silence.{heard[-1].held}', lang, day=day(heard[-1].last, lang))}"
    row = _last_row(heard)
    first, visits = row[0].first, sum(spell.visits for spell in row)
    sentences = [count(f"own.since.{last.held}", visits, lang, day=day(first, lang))]
    earlier = heard[: -len(row)]
    if last.held is Held.NOT_ALL and earlier:
        sentences.append(say("own.was-reserved", lang, day=day(earlier[-1].last, lang)))
    missed = sum(
        spell.visits for spell in own.spells if spell.held is Held.SILENT and first < spell.first < last.last
    )
    if missed:
        sentences.append(count("own.missed", missed, lang))
    return " ".join(sentences)


def _last_row(heard: Sequence[Spell]) -> list[Spell]:
    """Give the spells at the end that came to the same; a silence between two of them changes nothing."""
    row = [heard[-1]]
    for spell in reversed(heard[:-1]):
        if spell.held is not row[0].held:
            break
        row.insert(0, spell)
    return row


def text(sites: Sequence[Own], lang: str, width: int = 80, colour: bool = False) -> str:
    """Give the report for a terminal: since when, and then what `voorbehoud check` tells."""
    voice = for_terminal.text([own.verdict for own in sites], lang, width, colour)
    columns = min(max(width, for_terminal.NARROWEST), for_terminal.WIDEST)
    lines = [fill(f"{printable(own.verdict.site)}: {since(own, lang)}", columns) for own in sites]
    return "\n".join(lines) + "\n\n" + voice


def page(sites: Sequence[Own], lang: str) -> str:
    """Give the report as one HTML page; a site fills about one sheet of paper.

    Text from the wire is escaped, and the content security policy allows nothing but the style of the page.
    """
    return sheet(
        "member.html",
        ("report.css", "member.css"),
        lang=lang,
        say=lambda key, **blanks: i18n.say(key, lang, **blanks),
        count=lambda key, number: i18n.count(key, number, lang),
        name=partial(i18n.name, lang=lang),
        day=partial(i18n.day, lang=lang),
        grouped=partial(i18n.grouped, lang=lang),
        sites=[_view(own, number, lang) for number, own in enumerate(sites, start=1)],
        tool=version("voorbehoud"),
        answer_marks=ANSWER_MARKS,
        severity_marks=SEVERITY_MARKS,
    )


def _view(own: Own, number: int, lang: str) -> dict[str, object]:
    verdict, sentence = answer(own.verdict, lang)
    to_do = [t for t in told(own.verdict, lang) if t.severity.weight > Severity.INFO.weight]
    page = advice(own.platform or OTHER, lang)
    open_ = verdict in {
        Answer.NOT_EVERYWHERE,
        Answer.NOT_RESERVED,
    }  # where nothing is known, first see what it says
    # Markup: the pages of advice are ours and ship with the package.
    return {
        "id": f"site-{number}",
        "own": own,
        "answer": verdict,
        "sentence": sentence,
        "since": since(own, lang),
        "to_do": to_do[:MOST_STEPS],
        "more": max(0, len(to_do) - MOST_STEPS),
        "platform": page.title if own.platform else None,
        "short": Markup(html(page.short)),  # noqa: S704
        "steps": Markup(html(page.steps)) if open_ else None,  # noqa: S704
        "advice": page.platform,
        "spells": own.spells[-MOST_SPELLS:][::-1],
        "sampled": sampled(own.verdict, lang),
        "checked": i18n.moment(own.verdict.checked, lang),
    }
