"""`voorbehoud publish`: plan, diff, ask, write; or undo."""

from datetime import date
from functools import partial
from pathlib import Path

import click
from click.core import ParameterSource

from .. import i18n
from ..core.errors import UserError
from ..look import headers_amiss, target_of
from ..publish import STATE, Plan, apply, diff, plan, server_parts, undo
from ..publish.reload import LIVE, Live, config_plan, install, live_server, unheard
from ..publish.untested import left_untested, put_back
from ..workplace import read_declaration
from .frame import FINDINGS, lang_option
from .notes import note_line
from .tenants import publish_all, undo_all


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
@click.option(
    "--tenants",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="Publish for every tenant of FILE: JSON lines or SQLite (with --undo: for all, or the one of DIR).",
)
@click.option(
    "--verify", is_flag=True, help="With --tenants: look into every file, also where nothing seems changed."
)
@click.option(
    "--target", type=click.Choice(sorted(LIVE)), help="Also put the configuration of this server in place."
)
@click.option(
    "--reload",
    is_flag=True,
    help="Reload that server, look from outside, and put all back if it is not right.",
)
@click.option(
    "--server-folder",
    type=click.Path(path_type=Path),
    help="Where the server includes it from; else as on Debian.",
)
@click.option(
    "--test-with", metavar="COMMAND", help="How to test the server's configuration; else as on Debian."
)
@click.option("--reload-with", metavar="COMMAND", help="How to reload it; else as on Debian.")
@click.option(
    "--allow-private",
    is_flag=True,
    envvar="VOORBEHOUD_ALLOW_PRIVATE",
    help="Look at addresses that are not public too (with --reload).",
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
    tenants: Path | None,
    verify: bool,
    target: str | None,
    reload: bool,
    server_folder: Path | None,
    test_with: str | None,
    reload_with: str | None,
    allow_private: bool,
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
    if tenants is not None:
        given = context.get_parameter_source("folder") is not ParameterSource.DEFAULT
        if declaration or target or (given and not back):
            raise UserError(
                "--tenants takes folders and declarations from its file: leave out DIR, --declaration and --target."
            )
        context.exit(
            undo_all(tenants, folder if given else None, yes=yes, lang=lang)
            if back
            else publish_all(
                tenants, yes=yes, check=check, verify=verify, headers_file=headers_file, lang=lang
            )
        )
    if verify:
        raise UserError("--verify goes with --tenants; without it every file is looked into anyway.")
    if back:
        _undo(folder, _state(folder, declaration), yes, lang)
        return
    if target is None and (reload or server_folder or test_with or reload_with):
        raise UserError(
            "--reload and its options need --target: the server that is meant, such as --target nginx."
        )
    path, wish = read_declaration(folder, declaration)
    state = path.parent / STATE
    live = None if target is None else live_server(target, server_folder, test_with, reload_with)
    if not _untested_gone(live, state, check, yes, lang):
        context.exit(FINDINGS if check else 0)
    wanted = plan(wish, folder, state, headers_file=headers_file, today=date.today())
    config = None
    if target is not None and live is not None:
        config = config_plan(server_parts(target, wish, lang=lang), live.folder, state)
    changes = (*wanted.changes, *(config.changes if config else ()))
    click.echo(diff(wanted) + (diff(config) if config else ""), nl=False)
    _tell(wanted, lang)
    if not changes and not reload:
        click.echo(i18n.say("publish.nothing", lang), err=True)
    elif check and changes:
        context.exit(FINDINGS)
    elif check:
        click.echo(i18n.say("publish.nothing", lang), err=True)
    elif yes or not changes or click.confirm(i18n.count("publish.ask", len(changes), lang), err=True):
        apply(wanted, state)
        if target is not None and live is not None and config is not None:
            look = partial(headers_amiss, wish, target_of(wish.site, None, ()), allow_private=allow_private)
            install(target, live, config, state, reload=reload, look=look)
            _tell_target(live, wish.site, reload, lang)
        click.echo(i18n.count("publish.done", len(changes), lang), err=True)
    else:
        click.echo(i18n.say("publish.left", lang), err=True)
    if wanted.conflicts:
        click.echo(i18n.count("publish.conflicts", len(wanted.conflicts), lang), err=True)
        context.exit(FINDINGS)


def _untested_gone(live: Live | None, state: Path, check: bool, yes: bool, lang: str) -> bool:
    """Tell of configuration that a killed run left without a test, and put it back where it is that of `live`.

    False where it is and stays.  Raises UserError where another server is meant: its own note would take the place of this one.
    """
    left = left_untested(state)
    if left is None:
        return True
    files = ", ".join(change.name for change in left.back.changes)
    told = i18n.say("publish.untested", lang, server=left.server, files=files)
    click.echo(f"{i18n.say('publish.note', lang)} {told}", err=True)
    how = i18n.say("publish.untested-how", lang, server=left.server)
    if live is None:
        click.echo(how, err=True)
        return True
    if not left.below(live.folder):
        raise UserError(how)
    if check:
        return False
    if not yes and not click.confirm(i18n.say("publish.ask-untested", lang), err=True):
        click.echo(i18n.say("publish.left", lang), err=True)
        return False
    put_back(left, state)
    click.echo(i18n.say("publish.untested-gone", lang, server=left.server), err=True)
    return True


def _tell_target(live: Live, site: str, reloaded: bool, lang: str) -> None:
    """Say which lines of the server's own read our files, and which of its blocks lose our headers."""
    if not reloaded:
        for line in live.lines(site):
            click.echo(i18n.say("publish.include", lang, line=line), err=True)
    for block in unheard(live, site):
        told = i18n.say("publish.unheard", lang, block=block.name, line=f"include {live.headers(site)};")
        click.echo(f"{i18n.say('publish.note', lang)} {block.file}:{block.line}: {told}", err=True)


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
