"""`voorbehoud report`: what a run of visits comes to, for a union, for the public, for one member."""

import os
import sys
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from shutil import get_terminal_size
from typing import TYPE_CHECKING

import click

from .. import __version__
from ..core.errors import UserError
from ..i18n import say
from ..look import target_of
from .frame import lang_option

if TYPE_CHECKING:
    from ..history import Store
    from ..survey.overview import Survey

FORMATS = ("csv", "html", "json", "parquet", "text")
OWN_FORMATS = ("html", "json", "text")


@click.command()
@click.option("--store", required=True, help="The store of the crawls: a file, or postgresql://…")
@click.option("--format", "form", type=click.Choice(FORMATS), default="text", help="What to print.")
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write there instead of to stdout.",
)
@click.option("--run", "number", type=int, help="The number of a run; else the newest that is finished.")
@click.option("--public", is_flag=True, help="Name no member, no site and no group of fewer than five sites.")
@click.option(
    "--rows",
    type=click.Choice(["figures", "sites"]),
    default="figures",
    show_default=True,
    help="For csv and parquet: a row for each figure, or for each site.",
)
@click.option("--member", help="The own report of a member, by the number or name that the list gives them.")
@click.option("--site", help="The same for one site, by its address.")
@lang_option
def report(
    store: str,
    form: str,
    output: Path | None,
    number: int | None,
    public: bool,
    rows: str,
    member: str | None,
    site: str | None,
    lang: str,
) -> None:
    """Say how many sites of a run are reserved: by platform, network of the server, group of members and form of the
    reservation, with 95% intervals, worst first; what changed since the run before; and how it went over time.

    Sites that could not be fetched stand apart and are in no percentage.

    With --member or --site it is about those alone, for their owner: what holds, since when, and what to do next.
    """
    from ..history import open_store  # it takes longer to import than most commands to run
    from ..survey.overview import survey

    if public and rows == "sites":
        raise UserError("--public names no site, so it has no --rows sites. Leave out one of the two.")
    if form == "parquet" and output is None:
        raise UserError("--format parquet writes a file: give its name with -o report.parquet")
    if member is not None or site is not None:
        if (
            public
            or number is not None
            or form not in OWN_FORMATS
            or (member is not None and site is not None)
        ):
            raise UserError(
                "A report for one member goes with either --member or --site, as text, html or json, and without "
                "--public and --run."
            )
        with open_store(store, create=False) as opened:
            _deliver(
                _own(opened, member, site, form, lang, colour=output is None and sys.stdout.isatty()), output
            )
        return
    with open_store(store, create=False) as opened:
        found = survey(opened, number)
        if form == "parquet" and output is not None:
            _parquet(found, output, rows, public=public)
            return
        pieces = _pieces(
            found, form, rows, lang, colour=output is None and sys.stdout.isatty(), public=public
        )
        _deliver(pieces, output)


def _own(
    opened: "Store", member: str | None, site: str | None, form: str, lang: str, *, colour: bool
) -> Iterator[str]:
    """Yield the report for the owner of sites."""
    from ..report import data
    from ..report import member as told
    from ..survey.member import own_sites

    origin = None if site is None else target_of(site, None, ()).site
    sites = own_sites(opened, member=member, site=origin)
    if form == "json":
        yield data.dumps([own.verdict for own in sites], __version__)
    elif form == "html":
        yield told.page(sites, lang)
    else:
        yield told.text(sites, lang, get_terminal_size().columns, colour)


def _pieces(found: "Survey", form: str, rows: str, lang: str, *, colour: bool, public: bool) -> Iterator[str]:
    """Yield the report in one of the forms that are text; what has a line for each site is made while they are read."""
    from ..report import charts, overview_data, overview_page, overview_text
    from ..report.overview import Census

    census = Census()
    if form == "json" and not public:
        sites = census.counted(found.sites())
        yield from overview_data.dumps(sites, lambda: found.overview(census, public=False))
        return
    if form == "csv" and rows == "sites":
        yield from overview_data.csv_lines(
            overview_data.SITE_COLUMNS, map(overview_data.site_row, found.sites())
        )
        return
    told = found.told(public=public)
    if form == "json":
        yield from overview_data.dumps(None, lambda: told)
    elif form == "csv":
        yield from overview_data.csv_lines(overview_data.FIGURE_COLUMNS, overview_data.figure_rows(told))
    elif form == "html":
        drawn = charts.available()
        if not drawn:
            click.echo(say("overview.no-charts", lang), err=True)
        yield overview_page.page(told, lang, drawn=drawn)
    else:
        yield overview_text.text(told, lang, get_terminal_size().columns, colour)


def _parquet(found: "Survey", output: Path, rows: str, *, public: bool) -> None:
    from ..report import overview_data, parquet

    if rows == "sites":
        parquet.write(output, overview_data.SITE_COLUMNS, map(overview_data.site_row, found.sites()))
    else:
        told = found.told(public=public)
        parquet.write(output, overview_data.FIGURE_COLUMNS, overview_data.figure_rows(told))
    click.echo(f"{output}", err=True)


def _deliver(pieces: Iterable[str], output: Path | None) -> None:
    if output is None:
        for piece in pieces:
            click.echo(piece, nl=False)
    else:
        _write(output, pieces)


def _write(output: Path, pieces: Iterable[str]) -> None:
    """Write a file whole or not at all."""
    part = output.with_name(f".{output.name}.{os.getpid()}")
    try:
        with part.open("w", encoding="utf-8", newline="") as out:
            out.writelines(pieces)
        part.replace(output)
    except OSError as error:
        raise UserError(f"{output}: cannot be written ({error.strerror}). Give another place.") from error
    finally:
        with suppress(OSError):
            part.unlink()
    click.echo(f"{output}", err=True)
