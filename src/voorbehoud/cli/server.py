"""`voorbehoud server`: the configuration of one server or static host, on stdout."""

from pathlib import Path

import click

from ..publish import SERVERS, server_config
from ..workplace import read_declaration


@click.command()
@click.argument("name", type=click.Choice(sorted(SERVERS)))
@click.argument("folder", metavar="[DIR]", type=click.Path(path_type=Path), default=".")
@click.option(
    "--declaration", type=click.Path(path_type=Path), help="The declaration, if it is not in DIR or above it."
)
def server(name: str, folder: Path, declaration: Path | None) -> None:
    """Print the configuration that sends the headers of the declaration in DIR, for the server or host NAME."""
    _, wish = read_declaration(folder, declaration)
    click.echo(server_config(name, wish), nl=False)
