"""`voorbehoud server`: the configuration of one server or static host, on stdout."""

from pathlib import Path

import click

from ..publish import SERVERS, server_config
from ..publish.server import server_notes
from ..workplace import read_declaration
from .frame import lang_option


@click.command()
@click.argument("name", type=click.Choice(sorted(SERVERS)))
@click.argument("folder", metavar="[DIR]", type=click.Path(path_type=Path), default=".")
@click.option(
    "--declaration", type=click.Path(path_type=Path), help="The declaration, if it is not in DIR or above it."
)
@click.option(
    "--block",
    is_flag=True,
    help="Also refuse the agents that robots.txt names. That is not a reservation: it only stops who gives that name.",
)
@lang_option
def server(name: str, folder: Path, declaration: Path | None, block: bool, lang: str) -> None:
    """Print the configuration that sends the headers of the declaration in DIR, for the server or host NAME.

    Comments in it say where it goes.
    """
    _, wish = read_declaration(folder, declaration)
    click.echo(server_config(name, wish, lang=lang, blocking=block), nl=False)
    for note in server_notes(name, wish, lang):
        click.echo(note, err=True)
