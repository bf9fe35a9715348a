"""The figures in a reader's language: what terminal and page both print."""

from collections.abc import Iterator
from dataclasses import dataclass

from ..advice import title
from ..evaluate.verdict import RULES_VERSION
from ..i18n import count, day, grouped, name, percent, say, signal_name
from .answer import Answer
from .overview import LEAST, Cut, Overview, Row, Site, Table
from .shares import Share, Tally
from .wire import printable

MOST_ROWS = 15
"""Parts that people get to see of one table; the others stand together below them."""

NO_SHARE = "–"


@dataclass(frozen=True, slots=True)
class Line:
    """A part of the sites as people read it.  `change`: in points since the run before, or a dash."""

    name: str
    tally: Tally
    change: str
    broken: int | None
    says_no: int | None


def shown(table: Table, lang: str) -> Iterator[Line]:
    """Yield the lines of a table, the worst first, and what is left together at the end.

    Parts of fewer than five sites stand alone only where there is room.  Those of which no site answered are one line, the last.
    """
    rows = tuple(row for row in table.rows if row.tally.fetched)
    signals = table.cut is Cut.SIGNAL
    if len(rows) > MOST_ROWS:
        large = [row for row in rows if row.tally.sites >= LEAST][:MOST_ROWS]
        rows = tuple(large) or rows[:MOST_ROWS]
    for row in rows:
        change = points(row, lang)
        yield Line(
            part_name(table.cut, row.name, lang),
            row.tally,
            change,
            row.broken if signals else None,
            row.says_no if signals else None,
        )
    if signals:
        return
    rest, hidden = Tally(), table.hidden
    rest.join(table.rest)
    for row in table.rows:
        if row not in rows and row.tally.fetched:
            rest.join(row.tally)
            hidden += 1
    if hidden:
        yield Line(count("overview.others", hidden, lang), rest, NO_SHARE, None, None)
    silent = Tally()
    for row in table.rows:
        if not row.tally.fetched:
            silent.join(row.tally)
    if silent.sites:
        yield Line(say("overview.silent", lang), silent, NO_SHARE, None, None)


def part_name(cut: Cut, value: str, lang: str) -> str:
    """Give the name of a part of the sites, safe to show."""
    if not value:
        return say("overview.unknown", lang)
    if cut is Cut.SIGNAL:
        return signal_name(value, lang)
    return printable(title(value, lang) if cut is Cut.PLATFORM else value, 80)


def share(told: Share, lang: str) -> str:
    """Give a share: `42.8%`; a dash where there is none."""
    return NO_SHARE if told.value is None else percent(told.value, lang)


def interval(told: Share, lang: str) -> str:
    """Give the 95 % interval of a share: `39.7%–45.9%`, `at most 3.0%`."""
    if told.low is None or told.high is None:
        return NO_SHARE
    if told.part == 0:  # "at most <0.1%" would be one word too many
        return say("overview.at-most", lang, high=percent(max(told.high, 0.001), lang))
    if told.part == told.whole:
        return say("overview.at-least", lang, low=percent(min(told.low, 0.999), lang))
    return say("overview.interval", lang, low=percent(told.low, lang), high=percent(told.high, lang))


def points(row: Row, lang: str) -> str:
    """Give how the share of reserved sites moved since the run before: `+2.3 pts`."""
    now, before = row.tally.share(Answer.RESERVED).value, row.before
    if now is None or before is None or before.value is None:
        return NO_SHARE
    moved = round((now - before.value) * 100, 1)
    sign = "+" if moved > 0 else "−" if moved < 0 else "±"
    text = f"{abs(moved):.1f}"
    return say("overview.points", lang, sign=sign, points=text.replace(".", ",") if lang == "nl" else text)


def headline(told: Overview, lang: str) -> str:
    """Give the one sentence that people take away."""
    reserved = told.total.share(Answer.RESERVED)
    if not reserved.whole:
        return say("overview.headline-none", lang)
    return say(
        "overview.headline", lang, part=grouped(reserved.part, lang), whole=grouped(reserved.whole, lang)
    )


def remarks(told: Overview, lang: str) -> tuple[str, ...]:
    """Give what must be known of the number of sites: what is not counted, and why."""
    about = told.round
    unvisited = about.listed - about.given_up - told.total.sites
    lines = []
    if about.finished is None:
        lines.append(say("overview.unfinished", lang))
    for key, missing in (
        ("unfetched-line", told.total.unfetched),
        ("given-up", about.given_up),
        ("unvisited", unvisited),
    ):
        if missing > 0:
            lines.append(count(f"overview.{key}", missing, lang))
    if older := [rules for rules in told.rules if rules != RULES_VERSION]:
        lines.append(say("overview.older-rules", lang, rules=", ".join(older), today=RULES_VERSION))
    return tuple(lines)


def how(told: Overview, lang: str) -> tuple[str, ...]:
    """Give how to read all of it."""
    return (
        say("overview.how-answers", lang),
        say("overview.how-interval", lang),
        say("overview.how-sample", lang),
        say("overview.how-rules", lang, rules=", ".join(told.rules), tool=told.tool, run=told.round.number),
    )


def changes(told: Overview, lang: str) -> str:
    """Say what the changes are compared with, or that there is nothing to compare."""
    if told.since is None:
        return say("overview.changes-first", lang)
    since = say("overview.changes-since", lang, day=day(told.since, lang))
    return since if told.turns else f"{since} {say('overview.changes-none', lang)}"


def turn(site: Site, lang: str) -> tuple[str, str, str]:
    """Give what a visit changed at a site: the state, the one before, and until when all was seen in order."""
    changed = site.changed
    if changed is None:
        return NO_SHARE, NO_SHARE, NO_SHARE
    before = NO_SHARE if changed.before is None else day(changed.before, lang)
    return name(changed.state, lang), name(changed.was, lang), before
