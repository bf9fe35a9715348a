"""`voorbehoud alerts`: tell people what changed."""

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from .. import i18n
from ..core.errors import UserError
from ..report.wire import printable
from .frame import FINDINGS, NO_ANSWER, lang_option

if TYPE_CHECKING:
    from ..survey.alerts import Told, Waiting


@click.command()
@click.option("--store", required=True, help="The store of the crawls: a file, or postgresql://…")
@click.option(
    "--config",
    required=True,
    type=click.Path(path_type=Path),
    help="A TOML file that says whom to tell, and through what; docs/howto/alerts.md has one to begin with.",
)
@click.option(
    "--to-members",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Also write to each member about their own sites; FILE is CSV with member, email and optionally lang.",
)
@click.option(
    "--dry-run",
    is_flag=True,
    help="Print what would be sent, and what could not be sent so far; send nothing.",
)
@click.option(
    "--test", is_flag=True, help="Send a message without news on every channel, and look into no store."
)
@click.option("--now", "at_once", is_flag=True, help="Do not wait before trying again what failed.")
@lang_option
@click.pass_context
def alerts(
    context: click.Context,
    store: str,
    config: Path,
    to_members: Path | None,
    dry_run: bool,
    test: bool,
    at_once: bool,
    lang: str,
) -> None:
    """Tell what changed since last time: by mail, webhook and Atom feed.

    Each channel is told each change once.  What could not be sent is kept in the store, and the next call tries it again.

    Exit codes: 0 everybody was told, 1 an address was refused for good, or a member has none, 2 your input,
    3 a channel could not be told now.
    """
    from ..alerts.settings import read_settings
    from ..history import open_store  # SQLAlchemy takes its time, and --help has no use for it
    from ..survey.addresses import read_addresses
    from ..survey.alerts import tell, trials, waiting

    settings = read_settings(config, os.environ)
    members = None if to_members is None else read_addresses(to_members)
    if members is not None and settings.smtp is None:
        raise UserError(f"{config}: [smtp] is missing; --to-members sends mail. Add it with server and from.")
    if test:
        tried = list(trials(settings, lang, datetime.now(UTC)))
        for told in tried:
            key = "alerts.trial-failed" if told.failed else "alerts.trial-sent"
            line = i18n.say(key, lang, words=printable(told.words))
            click.echo(f"{told.channel}: {line}", err=told.failed)
        context.exit(NO_ANSWER if any(told.failed for told in tried) else 0)
    code = 0
    with open_store(store, create=False) as opened:
        if dry_run:
            for each in waiting(opened, settings, lang, members):
                _show(each, lang)
            return
        nothing = True
        for told in tell(opened, settings, lang, members, at_once=at_once):
            nothing = nothing and not (told.sent or told.failed or told.unaddressed)
            _say(told, lang)
            code = max(code, _code(told))
    if nothing:
        click.echo(i18n.say("alerts.nothing", lang), err=True)
    context.exit(code)


def _code(told: "Told") -> int:
    if told.failed and told.again is not None:
        return NO_ANSWER
    return FINDINGS if told.failed or told.unaddressed or told.words else 0


def _say(told: "Told", lang: str) -> None:
    words = printable(told.words)
    if told.unaddressed:
        line = i18n.count("alerts.unaddressed", told.unaddressed, lang)
    elif told.failed:
        when = i18n.moment(told.again, lang) if told.again else i18n.say("alerts.never", lang)
        line = i18n.say("alerts.failed", lang, words=words, again=when)
    elif told.sent:
        line = i18n.count("alerts.told", told.changes, lang) + (f" ({words})" if words else "")
    else:
        return
    click.echo(f"{told.channel}: {line}", err=_code(told) != 0)


def _show(each: "Waiting", lang: str) -> None:
    click.echo(f"{each.channel}: {i18n.count('alerts.would', len(each.letters), lang)}")
    for stuck in each.stuck:
        when = i18n.moment(stuck.again, lang) if stuck.again else i18n.say("alerts.never", lang)
        line = i18n.count("alerts.stuck", stuck.number, lang, words=printable(stuck.error), again=when)
        click.echo(f"  {line}")
    for letter in each.letters:
        click.echo(f"\n  {letter.subject}\n")
        for line in letter.text.splitlines():
            click.echo(f"  | {line}".rstrip())
        click.echo()
