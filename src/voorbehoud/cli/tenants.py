"""`voorbehoud publish --tenants`: many makers on one host, from one list."""

import sys
from datetime import date
from pathlib import Path
from time import monotonic

import click

from .. import i18n
from ..publish.apply import Undone
from ..publish.tenants import (
    Fault,
    Ledger,
    News,
    Outcome,
    Tenants,
    ledger_of,
    publish_tenants,
    undo_tenants,
)
from ..report.wire import printable
from .frame import FINDINGS
from .notes import note_line

EVERY, EVERY_DRAWN = 10.0, 0.5
"""Seconds between two lines of progress, and between two states of one line on a terminal."""

LONGEST = 4096
"""Characters of one line about one tenant."""


def publish_all(
    file: Path, *, yes: bool, check: bool, verify: bool, headers_file: bool | None, lang: str
) -> int:
    """Publish for every tenant of `file`, and give the exit code.  Without `yes`: tell what would change, and ask."""
    tenants, folder = Tenants(file), ledger_of(file)
    if check or not yes:
        with Ledger.opened(folder, write=False) as ledger:
            outcome = _run(tenants, ledger, False, verify, headers_file, lang)
        if check or not outcome.changed:
            return FINDINGS if outcome.amiss or outcome.changed else 0
        if not click.confirm(i18n.count("tenants.ask", outcome.changed, lang), err=True):
            click.echo(i18n.say("publish.left", lang), err=True)
            return FINDINGS if outcome.amiss else 0
    with Ledger.opened(folder) as ledger:
        outcome = _run(tenants, ledger, True, verify, headers_file, lang)
    return FINDINGS if outcome.amiss else 0


def undo_all(file: Path, folder: Path | None, *, yes: bool, lang: str) -> int:
    """Put everything of one tenant back, or of all of them, and give the exit code."""
    state, what = ledger_of(file), str(folder or file)
    if not (state / Ledger.NAME).exists():
        click.echo(i18n.say("publish.nothing-to-undo", lang), err=True)
        return 0
    if not yes and not click.confirm(i18n.say("tenants.ask-undo", lang, what=what), err=True):
        click.echo(i18n.say("publish.left", lang), err=True)
        return 0
    restored = removed = 0

    def tell(_tenant: Path, done: Undone) -> None:
        nonlocal restored, removed
        restored, removed = restored + len(done.restored), removed + len(done.removed)
        for note in done.notes:
            click.echo(f"{i18n.say('publish.note', lang)} {note_line(note, lang)}", err=True)

    with Ledger.opened(state) as ledger:
        whole = undo_tenants(ledger, folder, tell)
    click.echo(i18n.say("publish.undone", lang, restored=restored, removed=removed), err=True)
    return 0 if whole else FINDINGS


def _run(
    tenants: Tenants, ledger: Ledger, write: bool, verify: bool, headers_file: bool | None, lang: str
) -> Outcome:
    drawn = _Progress(lang)

    def tell(news: Fault | News | None, outcome: Outcome) -> None:
        if isinstance(news, Fault):
            drawn.say("\n".join(printable(line, LONGEST) for line in news.text.split("\n")))
        elif news is not None:
            for conflict in news.conflicts:
                drawn.say(f"{i18n.say('publish.conflict', lang)} {note_line(conflict, lang)}")
            if news.files:
                click.echo(printable(f"{news.folder}: {', '.join(news.files)}", LONGEST))
        drawn.draw(outcome)

    outcome = publish_tenants(
        tenants, ledger, write=write, tell=tell, headers_file=headers_file, verify=verify, today=date.today()
    )
    for key, number in outcome.notes.items():
        told = note_line(outcome.examples[key], lang)
        if number > 1:
            told += " " + i18n.say("tenants.and-more", lang, number=number - 1)
        drawn.say(f"{i18n.say('publish.note', lang)} {told}")
    drawn.say(i18n.say("tenants.done" if write else "tenants.would", lang, **drawn.numbers(outcome)))
    if outcome.left_over:
        drawn.say(i18n.count("tenants.left-over", outcome.left_over, lang, file=tenants.file))
    return outcome


class _Progress:
    """One line on stderr: drawn anew on a terminal, else now and then another one."""

    def __init__(self, lang: str) -> None:
        self._lang, self._terminal = lang, sys.stderr.isatty()
        self._began = self._last = monotonic()

    def say(self, text: str) -> None:
        click.echo(("\r\x1b[K" if self._terminal else "") + text, err=True)

    def draw(self, outcome: Outcome) -> None:
        now = monotonic()
        if now - self._last >= (EVERY_DRAWN if self._terminal else EVERY):
            self._last = now
            spent = now - self._began
            left = spent / outcome.share - spent if outcome.share else 0.0
            line = i18n.say(
                "tenants.line",
                self._lang,
                **self.numbers(outcome),
                rate=round(outcome.done / spent),
                left=f"{int(left) // 60}:{int(left) % 60:02}",
            )
            click.echo(f"\r\x1b[K{line}" if self._terminal else line, err=True, nl=not self._terminal)

    def numbers(self, outcome: Outcome) -> dict[str, int]:
        """Give what every line counts."""
        return {
            "done": outcome.done,
            "changed": outcome.changed,
            "unchanged": outcome.unchanged,
            "contradicted": outcome.contradicted,
            "faulty": outcome.faulty,
        }
