"""`voorbehoud publish`: plan, diff, ask, write; or undo."""

from datetime import date
from pathlib import Path

import click

from .. import i18n
from ..core.errors import UserError
from ..publish import STATE, Plan, apply, diff, plan, undo
from ..workplace import read_declaration
from .frame import FINDINGS, lang_option
from .notes import note_line


@click.command()
@click.argument("folder", metavar="[DIR]", type=click.Path(path_type=Path), default=".")
@click.option("--yes", is_flag=True, help="Write (or undo) without asking.")
@click.option("--check", is_flag=True, help="Write nothing; exit 1 when anything would change.")
@click.option("--undo", "back", is_flag=True, help="Give every file back as it was before the first time.")
@click.option(
    "--declaration", type=click.Path(path_type=Path), help="The declaration, if it is not in DIR or above it."
)
@click.option(
    "--headers-file/--no-headers-file",
    default=None,
    help="Write _headers for Netlify or Cloudflare Pages; else only where the folder looks like one of theirs.",
)
@lang_option
@click.pass_context
def publish(
    context: click.Context,
    folder: Path,
    yes: bool,
    check: bool,
    back: bool,
    declaration: Path | None,
    headers_file: bool | None,
    lang: str,
) -> None:
    """Put the reservation of voorbehoud.yaml into the files of the site in DIR (else in this folder).

    Shows every line that would change and asks before it writes. The originals are kept in .voorbehoud beside the
    declaration, which should not be uploaded.
    """
    if check and back:
        raise UserError(
            "--check and --undo do not go together: the one writes nothing, the other puts things back."
        )
    if back:
        _undo(folder, _state(folder, declaration), yes, lang)
        return
    path, wish = read_declaration(folder, declaration)
    state = path.parent / STATE
    wanted = plan(wish, folder, state, headers_file=headers_file, today=date.today())
    click.echo(diff(wanted), nl=False)
    _tell(wanted, lang)
    if not wanted.changes:
        click.echo(i18n.say("publish.nothing", lang), err=True)
    elif check:
        context.exit(FINDINGS)
    elif yes or click.confirm(i18n.count("publish.ask", len(wanted.changes), lang), err=True):
        apply(wanted, state)
        click.echo(i18n.count("publish.done", len(wanted.changes), lang), err=True)
    else:
        click.echo(i18n.say("publish.left", lang), err=True)
    if wanted.conflicts:
        click.echo(i18n.count("publish.conflicts", len(wanted.conflicts), lang), err=True)
        context.exit(FINDINGS)


def _tell(wanted: Plan, lang: str) -> None:
    for conflict in wanted.conflicts:
        click.echo(f"{i18n.say('publish.conflict', lang)} {note_line(conflict, lang)}", err=True)
    for note in wanted.notes:
        click.echo(f"{i18n.say('publish.note', lang)} {note_line(note, lang)}", err=True)


def _state(folder: Path, declaration: Path | None) -> Path | None:
    """Give the folder with the originals.  The declaration itself is not read: with a fault in it, undo must work all the same."""
    if not folder.is_dir():
        raise UserError(f"{folder}: there is no such folder. Give the folder with the files of your site.")
    homes = (declaration.parent,) if declaration else (folder, folder.resolve().parent)
    return next((home / STATE for home in homes if (home / STATE).is_dir()), None)


def _undo(folder: Path, state: Path | None, yes: bool, lang: str) -> None:
    if state is None:
        click.echo(i18n.say("publish.nothing-to-undo", lang), err=True)
        return
    if not yes and not click.confirm(i18n.say("publish.ask-undo", lang, folder=folder), err=True):
        click.echo(i18n.say("publish.left", lang), err=True)
        return
    done = undo(state)
    for note in done.notes:
        click.echo(f"{i18n.say('publish.note', lang)} {note_line(note, lang)}", err=True)
    click.echo(
        i18n.say("publish.undone", lang, restored=len(done.restored), removed=len(done.removed)), err=True
    )
