"""`voorbehoud history`: what a site reserved, and when."""

import sys

import click

from ..core.errors import UserError
from ..evaluate.verdict import RULES_VERSION
from ..i18n import count
from ..look import target_of
from .frame import lang_option


@click.command()
@click.argument("site", required=False)
@click.option("--store", required=True, help="The store of the crawls: a file, or postgresql://…")
@click.option("--format", "form", type=click.Choice(["json", "text"]), default="text", help="What to print.")
@click.option(
    "--rejudge",
    is_flag=True,
    help="First judge what was seen by today's rules, without fetching, beside the verdicts of then.",
)
@lang_option
def history(site: str | None, store: str, form: str, rejudge: bool, lang: str) -> None:
    """Tell what SITE reserved from visit to visit, what changed, and what may be behind it.

    With --rejudge and without SITE, everything in the store is judged by today's rules.  It can be stopped and goes on
    where it was; each verdict of then stays.
    """
    from ..history import open_store  # it takes longer to import than most commands to run
    from ..survey.timeline import document, text, timeline

    if site is None and not rejudge:
        raise UserError(
            f"Which site? Example: voorbehoud history https://atelier.example --store {store}\n"
            "Without a site, --rejudge judges everything in the store by today's rules."
        )
    origin = target_of(site, None, ()).site if site is not None else None
    with open_store(store, create=False) as opened:
        if rejudge:
            done = 0
            for done, _ in enumerate(opened.rejudge(origin), start=1):
                if done % 100 == 0 and sys.stderr.isatty():
                    click.echo(f"\r{done}", nl=False, err=True)
            click.echo(count("history.rejudged", done, lang, rules=RULES_VERSION), err=True)
        if origin is None:
            return
        told = timeline(opened, origin)
    if told is None:
        raise UserError(
            f"{origin}: the store {store} has never seen this site. The address must be the one of the list, "
            "with http:// or www. where that has it; `voorbehoud report` names all sites."
        )
    click.echo(document(told) if form == "json" else text(told, lang), nl=form == "json")
