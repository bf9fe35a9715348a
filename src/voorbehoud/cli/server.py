"""`voorbehoud server`: the configuration of one server or static host, on stdout."""

import re
import sys
from pathlib import Path

import click

from .. import i18n
from ..core.errors import UserError
from ..declaration.model import Declaration
from ..publish import SERVERS, server_config, server_parts
from ..publish.manifest import replace_file
from ..publish.server import server_notes, wordpress_plugin
from ..publish.targets.wordpress import NAME as WORDPRESS
from ..workplace import read_declaration
from .frame import lang_option

SHARED = frozenset({".htaccess", "_headers", "web.config", "haproxy.cfg", "vhconf.conf"})
"""Names under which a server reads lines of anybody: our first line does not make such a file ours to replace."""
OURS = re.compile(
    rb"\W*(?:<[^>]*>\W*)?(?:Made by|Gemaakt door) voorbehoud |PK\x03\x04.{26}voorbehoud/", re.DOTALL
)
"""How a file begins that holds what we made and nothing else."""


@click.command()
@click.argument("name", type=click.Choice(sorted([*SERVERS, WORDPRESS])))
@click.argument("folder", metavar="[DIR]", type=click.Path(path_type=Path), default=".")
@click.option(
    "--declaration", type=click.Path(path_type=Path), help="The declaration, if it is not in DIR or above it."
)
@click.option(
    "--block",
    is_flag=True,
    help="Also refuse the agents that robots.txt names. That is not a reservation: it only stops who gives that name.",
)
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    help="Write there instead of to stdout: a file, or a folder that is there for each file by its own name. "
    "A file with lines of somebody else's is left as it is.",
)
@lang_option
def server(
    name: str, folder: Path, declaration: Path | None, block: bool, output: Path | None, lang: str
) -> None:
    """Print the configuration that sends the headers of the declaration in DIR, for the server or host NAME.

    Comments in it say where it goes. NAME may also be wordpress: that is a plug-in, which says all there is to say.
    """
    _, wish = read_declaration(folder, declaration)
    if name == WORDPRESS:
        _plugin(wish, output, block, lang)
        return
    if output is not None and output.is_dir():
        for part in server_parts(name, wish, lang=lang, blocking=block):
            _write(output / part.name, part.text.encode())
    else:
        text = server_config(name, wish, lang=lang, blocking=block)
        if output is None:
            click.echo(text, nl=False)
        else:
            _write(output, text.encode())
    for note in server_notes(name, wish, lang):
        click.echo(note, err=True)


def _plugin(wish: Declaration, output: Path | None, block: bool, lang: str) -> None:
    if block:
        raise UserError(
            "wordpress: a plug-in cannot refuse who asks for files; leave out --block, or configure the web server."
        )
    if output is None and sys.stdout.isatty():
        raise UserError("wordpress: the plug-in is a zip, which no screen can show. Add: -o voorbehoud.zip")
    packed = wordpress_plugin(wish, lang=lang)
    if output is None:
        click.echo(packed, nl=False)
    else:
        _write(output, packed)
    click.echo(i18n.say("server.wordpress", lang), err=True)


def _write(output: Path, body: bytes) -> None:
    """Write a file.  Raises UserError for one that is there and may hold a line of somebody else's."""
    try:
        there = output.read_bytes() if output.exists() else body
        if there != body and (output.name in SHARED or not OURS.match(there)):
            raise UserError(
                f"{output}: is there already, and not only ours. Nothing was written to it. Put the lines in by hand (without "
                "-o they are printed), or give another name."
            )
        output.parent.mkdir(parents=True, exist_ok=True)
        replace_file(output, body)
    except OSError as error:
        raise UserError(f"{output}: cannot be written ({error.strerror}). Give another place.") from error
    click.echo(f"{output}", err=True)
