"""The figures on a terminal."""

from collections.abc import Iterator, Sequence
from textwrap import wrap

from ..i18n import count, day, grouped, name, say
from . import overview_told as told_
from .answer import Answer
from .overview import LEAST, Cut, Overview, Table
from .shares import Tally
from .text import ANSWER_STYLES, NARROWEST
from .told import ANSWER_MARKS
from .wire import printable

WIDEST = 120

MOST_CHANGED = 20
"""Changed sites that a terminal shows; the page has more of them, the JSON has all."""

Cells = tuple[str, ...]


def text(told: Overview, lang: str, width: int = 80, colour: bool = False) -> str:
    """Give the report in `lang`, as wide as the terminal; `colour` adds SGR sequences, nothing else."""
    return "\n".join(_Voice(lang, min(max(width, NARROWEST), WIDEST), colour).lines(told)) + "\n"


class _Voice:
    def __init__(self, lang: str, width: int, colour: bool) -> None:
        self.lang, self.width, self.colour = lang, width, colour

    def lines(self, told: Overview) -> Iterator[str]:
        sites = count("overview.sites", told.total.sites, self.lang)
        yield self.paint(say("overview.title", self.lang), "1")
        lead = say("overview.lead", self.lang, sites=sites, day=day(told.round.started, self.lang))
        note = say(f"overview.{'public' if told.public else 'private'}", self.lang, least=LEAST)
        yield from self.wrapped(f"{lead} {note}")
        yield ""
        yield from self.wrapped(told_.headline(told, self.lang))
        yield ""
        yield from self.answers(told.total)
        for remark in told_.remarks(told, self.lang):
            yield from self.wrapped(remark)
        yield from self.changes(told)
        yield from self.course(told)
        for table in told.tables:
            yield from self.table(table)
        yield from self.heading(say("overview.how", self.lang))
        for line in told_.how(told, self.lang):
            yield from self.wrapped(line)

    def answers(self, tally: Tally) -> Iterator[str]:
        rows = [
            (
                f"{ANSWER_MARKS[answer]} {name(answer, self.lang)}",
                grouped(share.part, self.lang),
                told_.share(share, self.lang),
                told_.interval(share, self.lang),
            )
            for answer in Answer
            for share in [tally.share(answer)]
        ]
        head = tuple(
            say(f"overview.{key}", self.lang) for key in ("answer", "number", "share", "with-interval")
        )
        styles = [ANSWER_STYLES[answer] for answer in Answer]
        yield from self.grid(head, rows, styles)

    def changes(self, told: Overview) -> Iterator[str]:
        yield from self.heading(say("overview.changes", self.lang))
        yield from self.wrapped(told_.changes(told, self.lang))
        rows = [(name(state, self.lang), grouped(sites, self.lang)) for state, sites in told.turns]
        if rows:
            yield from self.grid((say("overview.state", self.lang), say("overview.number", self.lang)), rows)
        if told.changed:
            yield ""
            keys = ("site", "member", "state", "last-whole")
            yield from self.grid(
                tuple(say(f"overview.{key}", self.lang) for key in keys),
                [
                    (printable(site.verdict.site, 60), printable(site.member, 20), state, before)
                    for site in told.changed[:MOST_CHANGED]
                    for state, _, before in [told_.turn(site, self.lang)]
                ],
                numbers=False,
            )
            if len(told.changed) > MOST_CHANGED:
                yield from self.wrapped(say("overview.changed-more", self.lang, number=MOST_CHANGED))

    def course(self, told: Overview) -> Iterator[str]:
        if len(told.course) < 2:
            return
        yield from self.heading(say("overview.course", self.lang))
        keys = ("started", "number", "share", "with-interval")
        yield from self.grid(
            tuple(say(f"overview.{key}", self.lang) for key in keys),
            [
                (
                    day(point.at, self.lang),
                    grouped(point.reserved.whole, self.lang),
                    told_.share(point.reserved, self.lang),
                    told_.interval(point.reserved, self.lang),
                )
                for point in told.course
            ],
        )

    def table(self, table: Table) -> Iterator[str]:
        yield from self.heading(say(f"overview.cut.{table.cut}", self.lang))
        rows = []
        for line in told_.shown(table, self.lang):
            if not line.tally.fetched:
                continue  # where there is no room for the last columns it would say nothing
            reserved = line.tally.share(Answer.RESERVED)
            rows.append(
                (
                    printable(line.name, self.width // 2 - 2),
                    grouped(line.tally.fetched, self.lang),
                    told_.share(reserved, self.lang),
                    told_.interval(reserved, self.lang),
                    *(grouped(line.tally.answers[answer], self.lang) for answer in list(Answer)[1:]),
                    grouped(line.tally.unfetched, self.lang),
                    *(
                        (line.change,)
                        if line.says_no is None or line.broken is None
                        else (grouped(line.says_no, self.lang), grouped(line.broken, self.lang))
                    ),
                )
            )
        if not rows:
            yield from self.wrapped(say("overview.nothing", self.lang))
            return
        head = (
            say(f"overview.first.{table.cut}", self.lang),
            say("overview.number", self.lang),
            f"{ANSWER_MARKS[Answer.RESERVED]} %",
            say("overview.with-interval", self.lang),
            *(say(f"overview.short.{key}", self.lang) for key in (*list(Answer)[1:], "unfetched")),
            *(
                (say(f"overview.short.{key}", self.lang) for key in ("says-no", "broken"))
                if table.cut is Cut.SIGNAL
                else ("±",)
            ),
        )
        yield from self.grid(head, rows)

    def grid(
        self, head: Cells, rows: Sequence[Cells], styles: Sequence[str] = (), *, numbers: bool = True
    ) -> Iterator[str]:
        """Yield rows in columns, numbers to the right; too many columns for the terminal fall off at the right, the last ones first."""
        columns = range(len(head))
        widths = [max(len(row[column]) for row in (head, *rows)) for column in columns]
        while len(widths) > 2 and 2 + sum(widths) + 2 * (len(widths) - 1) > self.width:
            widths.pop()

        def line(row: Cells) -> str:
            cells = [
                f"{cell:>{width}}" if numbers and column else f"{cell:{width}}"
                for column, (cell, width) in enumerate(zip(row, widths, strict=False))
            ]
            return ("  " + "  ".join(cells)).rstrip()

        yield self.paint(line(head), "2")
        for index, row in enumerate(rows):
            yield self.paint(line(row), styles[index]) if styles else line(row)

    def heading(self, words: str) -> Iterator[str]:
        yield ""
        yield self.paint(words, "1")

    def wrapped(self, words: str) -> list[str]:
        return wrap(words, min(self.width, 100), break_long_words=False, break_on_hyphens=False)

    def paint(self, words: str, style: str) -> str:
        return f"\x1b[{style}m{words}\x1b[0m" if self.colour else words
