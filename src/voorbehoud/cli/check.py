"""`voorbehoud check`: fetch, judge, explain."""

import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

import click

from ..core.errors import UserError
from ..core.finding import Severity
from ..evaluate.verdict import SiteVerdict
from ..look import folders_of, look, target_of
from ..report import FORMATS, render
from ..workplace import read_declaration
from .frame import FINDINGS, NO_ANSWER, lang_option

FAIL_ON = (*[str(s) for s in Severity if s is not Severity.GOOD], "never")


@click.command()
@click.argument("targets", metavar="TARGET...", nargs=-1, required=True)
@click.option("--format", "form", type=click.Choice(sorted(FORMATS)), default="text", help="What to print.")
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write there instead of to stdout.",
)
@click.option(
    "--also",
    metavar="FORMAT=FILE",
    multiple=True,
    help="Write the same result in another format as well, without looking twice; may be repeated.",
)
@click.option(
    "--fail-on",
    type=click.Choice(FAIL_ON),
    default="error",
    show_default=True,
    help="Exit 1 from this severity up.",
)
@click.option(
    "--expect",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="A voorbehoud.yaml: also say where what is served differs from it.",
)
@click.option(
    "--origin",
    metavar="ADDRESS",
    help="Where the server itself answers, without the CDN in front: say which of the two changed what differs.",
)
@click.option("--site", help="For a folder: the address it is published at; else that of its declaration.")
@click.option(
    "--media", multiple=True, help="Another address that serves works of the site; may be repeated."
)
@click.option(
    "--allow-private",
    is_flag=True,
    envvar="VOORBEHOUD_ALLOW_PRIVATE",
    help="Also fetch from loopback and private addresses.",
)
@lang_option
@click.pass_context
def check(
    context: click.Context,
    targets: tuple[str, ...],
    form: str,
    output: Path | None,
    also: tuple[str, ...],
    fail_on: str,
    expect: Path | None,
    origin: str | None,
    site: str | None,
    media: tuple[str, ...],
    allow_private: bool,
    lang: str,
) -> None:
    """Say what is reserved at each TARGET, for whom, and how to mend the rest.

    TARGET is an address (https://atelier.example), a folder with the files of a site, or - for a list of them on
    stdin, one a line.
    """
    copies = [_copy(word) for word in also]
    wanted = [target_of(word, site, media) for word in _expand(targets)]
    if not wanted:
        raise UserError("stdin held no address and no folder. Give one a line.")
    if origin is not None and (expect is None or len(wanted) != 1 or wanted[0].folder is not None):
        raise UserError(
            "--origin compares one site with the server behind it: give one address, and --expect with its declaration."
        )
    wish = read_declaration(expect.parent, expect)[1] if expect is not None else None
    progress = _progress if len(wanted) > 1 else None
    verdicts = look(wanted, allow_private=allow_private, on_done=progress, wish=wish, behind=origin)
    folders = [folders_of(target) for target in wanted]
    colour = output is None and sys.stdout.isatty()
    text = render(form, verdicts, lang=lang, colour=colour, folders=folders)
    if output is None:
        click.echo(text, nl=not text.endswith("\n"))
    else:
        _write(output, text)
    for other, file in copies:
        _write(file, render(other, verdicts, lang=lang, folders=folders))
    context.exit(_exit_code(verdicts, fail_on))


def _exit_code(verdicts: Iterable[SiteVerdict], fail_on: str) -> int:
    """3 where a site could not be fetched at all; else 1 from the chosen severity up; else 0."""
    verdicts = tuple(verdicts)
    if not all(verdict.reachable for verdict in verdicts):
        return NO_ANSWER
    if fail_on == "never":
        return 0
    limit = Severity(fail_on).weight
    return FINDINGS if any(f.severity.weight >= limit for v in verdicts for f in v.findings) else 0


def _copy(word: str) -> tuple[str, Path]:
    form, mark, file = word.partition("=")
    if form not in FORMATS or not mark or not file:
        raise UserError(f"--also {word}: give a format and a file, such as --also sarif=voorbehoud.sarif")
    return form, Path(file)


def _write(file: Path, text: str) -> None:
    try:
        file.write_text(text, encoding="utf-8", newline="")
    except OSError as error:
        raise UserError(f"{file}: cannot be written ({error.strerror}). Give another place.") from error
    click.echo(f"{file}", err=True)


def _expand(words: Iterable[str]) -> Iterator[str]:
    for word in words:
        if word == "-":
            lines = (line.decode("utf-8", "replace").strip() for line in sys.stdin.buffer)
            yield from (line for line in lines if line and not line.startswith("#"))
        else:
            yield word


def _progress(done: int, total: int, site: str) -> None:
    click.echo(f"{done}/{total} {site}", err=True)
